"""
What the platform says of people: the only way facts enter the ledger.

A file goes through four steps: `feed_reader` reads its rows, `spool` proves the file whole and
sorts the rows by person, `survey` tells where each row would end without writing anything,
`absorb` writes them chunk by chunk beside a service that must not wait. `intake` leads through
all four (usual rows go through them as blocks, `feed_blocks`, and people whom nobody claimed by a
short way, `organic`), and `counting` is the one transaction from which a file counts, with its
entry in the audit log. What a row gives of a number where it is not the whole (`identities`) is
data; before digits count, every claimant is known by theirs (`claimants`). `partners` brings the
same facts by signed requests (`pushes`), and `known_users` the list of those who were there
before. What cannot be read is told in data (`bad_rows`), never in sentences. Counts that name
nobody (`count_reader`, `platform_counts`) are kept beside all this and make no fact.
"""
