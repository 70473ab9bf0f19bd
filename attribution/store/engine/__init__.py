"""
The two engines, SQLite and PostgreSQL, and how they commit.

`database` is what both promise; `group_commit` lets all who wait at one moment share one
sync, `awaited` does so for an event loop, `writer_queue` makes processes take turns. Nothing
above `attribution.store` knows which engine it has.
"""
