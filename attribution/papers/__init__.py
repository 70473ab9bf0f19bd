"""
What the office sends: papers made of a snapshot, whole files that a person hands on.

A paper names the snapshot (`reports.figures`) that it is made of, says nothing that is not in it,
and is made again byte for byte on the same installation. Nothing here posts itself anywhere.

The progress pack: `pack_tables` (what it says, out of `beside_before`) and `pack_words` beside it;
`pack_workbook`, `pack_pdf` and `pack_pictures` show it, `pack` puts them together, `giving` enters
that it is given out. `how_named` is how far units are named and ranked.
"""
