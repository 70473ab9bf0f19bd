"""
Why the numbers can be believed.

`merkle` and `signed_notes` are the tree of RFC 9162 and the signed heads of the C2SP, pure;
`log_keys` holds what signs them, and `key_change` renews it.
`seals` chains what each log held, day by day (`seal_digests`: what of a row goes into one),
`seal_checks` finds rows that were changed behind them, `export_seals` tells a given-out file
from an altered copy, `given_out` is the one way out for all doors, and `checks` asks every
question whose answer must be "none".
"""
