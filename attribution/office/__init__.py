"""
What the office does: accounts, units, corrections, appeals, closed periods, posters.

Each is a deed of somebody with a name (`attribution.deeds`): the change and its entry are one
transaction, whichever door it came through. `trace` follows a number back to what proves it.
"""
