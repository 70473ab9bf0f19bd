"""
What a ledger needs done to it: made, copied, kept up, and in the end forgotten.

`new_instance` makes one, `running` tells which services it has, `housekeeping` and
`background` run beside a service, `daily` is the night's round, `retention` forgets what the
law says and `shredding` everybody at the end, `backup` and `copying` move the whole of it and
prove that nothing was lost, `distributing` spreads it over a cluster, `judging_again` brings it
under the present rule of credit. What a person does with
these is a deed, entered in the audit log.
"""
