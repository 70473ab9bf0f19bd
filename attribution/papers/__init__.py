"""
What the office sends: papers made of a snapshot, whole files that a person hands on.

A paper names the snapshot (`reports.figures`) that it is made of, says nothing that is not in it,
and is made again byte for byte on the same installation. Nothing here posts itself anywhere.
"""
