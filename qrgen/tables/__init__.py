"""
The one reader for tables that come from outside, whatever program wrote them.

It gives sheets, rows and headings, and knows of no field: what a phone number or a time is
belongs to whoever asks. A file that cannot be read is refused by its true name, with the cure;
nothing is left out in silence. It belongs in a process with bounds (`qrgen.apart`) and holds a
few rows at a time, however many there are.

`opening` tells what a file is, whatever it is called, and gives its sheets: `separated` reads
CSV in every usual encoding (`encodings`), `workbook` and `worksheet` read XLSX out of their
parts (`parts`, `shared`, `formats`), `legacy` old Excel and its kin (`biff` what hides in it).
`cells` says what a sheet, a row and a cell are. `headings` finds where a table begins, `totals`
which rows are no items of it, `merges` what stands in a merged area.
"""
