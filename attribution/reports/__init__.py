"""
What is shown and given out: progress against targets, trends, alarms, downloads.

Everything here only reads. `counted` has what was counted and asked of each code, by the units
of that day (`units_then`); `progress` rolls it up to areas and banks (`lines`: rates, ranks,
sums; `whose`: what they are called), `below` says what one of these is made of, `pace` how far
each stands from its time, `forecast` what will come out, `weeks` what this week is beside the
last, `silent` who brings nobody and `lagging` why somebody lags (all five pure); `outlook` reads
what the first page says of them. `finance_points` has the survey points, which are in none of
these. `trends` and `alarms` look at them over time, `exports` says
which tables leave the ledger (`export_rows`: their rows, `about`: what they are of),
`spreadsheets` makes CSV and (`xlsx`) workbooks of them block by block, `progress_picture` pictures
for chat groups, `whatif` compares policies (`whatif_files`: over which files), and `metrics` is
for the machine's monitoring. `figures` are all numbers of one moment, kept to be told again: what
`papers` are made of.
"""
