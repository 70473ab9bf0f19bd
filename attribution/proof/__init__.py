"""
Why the numbers can be believed.

`merkle` and `signed_notes` are the tree of RFC 9162 and the signed heads of the C2SP, pure;
`log_keys` holds what signs them, and `key_change` renews it.
`leaves` is what of a row goes into one, `states` of what changes, `unit_counts` of a day;
`tiles` keep the tree, `sealer` extends it by what is `unsealed`, `heads` is its face to others;
`tree_checks` finds rows that were changed behind their leaves. `taking_over` begins the log of a
ledger that has `old_seals`. `export_seals` tells a given-out file from an altered copy,
`given_out` is the one way out for all doors, and `checks` asks every question whose answer must
be "none".
"""
