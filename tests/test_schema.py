"""The page of the schema is what the steps make, and tells of every table and column."""
import schema

from attribution.store import Store, transfer


def test_the_page_is_made_from_the_steps() -> None:
    """A schema that somebody wrote down is the one of the day it was written."""
    assert schema.page() == schema.PAGE.read_text(encoding="utf-8"), "run scripts/schema.py"


def test_every_table_and_column_is_on_the_page(store: Store) -> None:
    """On both engines: what is said of one holds for the other."""
    tables = {
        text.partition(" ")[0]: text.partition("strict;")[0]
        for text in schema.page().split("create table ")[1:]
    }
    assert {table.name for table in transfer.tables()} <= tables.keys()
    with store.read() as connection:
        for table in transfer.tables():
            rows = connection.rows(COLUMNS[store.database.dialect], {"name": table.name})
            assert rows
            for column in rows:
                assert f"\n    {column['name']} " in tables[table.name], (table.name, column)


COLUMNS = {
    "sqlite": "select name from pragma_table_info(:name)",
    "postgresql": "select column_name as name from information_schema.columns"
                  " where table_name = :name and table_schema = current_schema()",
}
