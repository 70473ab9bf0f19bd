"""
A campaign out of the table that an office has: read, corrected in place, made.

    grids = opening.read_file(path)          # or opening.read_text(pasted)
    draft = recognising.recognise(grids)     # rows, as they can be shown and handed back
    made = understanding.understand(draft, {"bank:农行": "农业银行"})

`made.draft` is the draft with ids: keep it (`as_plain`, `from_plain`), show its `rows`, put what
somebody corrected in their place (`dataclasses.replace(draft, rows=…)`) and ask `understand` again.
`made.remarks` are notes, questions and problems, each with its place (`place`), its words (`told`,
`advice`) and the key of its answer; no campaign is made while there are `made.problems`.
`made.units` is ``units.csv``.

`grids` is a sheet as text, `pasted` and `pages` what is no file of a spreadsheet; `finding` and
`columns` where a table lies and what its columns are; `areas` its rows, `sums` which of them add up
others, `departments` a list of those; `branches`, `amounts` and `banks` what stands in a cell;
`damage` and `near` what a name cannot be; `ids` and `known` what is printed. `folder` begins a
campaign, `repeating` is what may be told of a cell.
"""
