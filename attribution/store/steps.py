"""The three steps as tables keep them, an instant each and their precision, read as stated."""
from attribution.rule.stated import from_columns
from attribution.store.engine.database import Columns, Row

STEPS = ("registered_at", "card_bound_at", "first_txn_at")


def stated(row: Row) -> Row:
    """Return *row* with its steps as they were stated."""
    values = from_columns([row[step] for step in STEPS], row["precision"])
    told = {**row, **dict(zip(STEPS, values, strict=True))}
    del told["precision"]
    return told


def stated_block(block: Columns) -> Columns:
    """Return *block*, rows by columns, with its steps as they were stated."""
    rows = zip(*(block[step] for step in STEPS), block["precision"], strict=True)
    values = [from_columns(row[:3], row[3]) for row in rows]
    told = {**block, **{step: [row[n] for row in values] for n, step in enumerate(STEPS)}}
    del told["precision"]
    return told
