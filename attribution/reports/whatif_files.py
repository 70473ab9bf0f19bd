"""
The two files of a what-if: tables as its page says, or our own downloads as they left the house.

A download says who somebody is by their first claim, and whom nobody claimed by their place in the
file; that is enough to judge them again, and tells nobody who they are. Both come through the one
reader of tables (`facts.plain_tables`).
"""
from collections.abc import Iterator
from pathlib import Path

from attribution.facts import plain_tables
from attribution.facts.row_numbers import line_text
from attribution.faults import Code
from qrgen.faults import Fault

# How our downloads head what is wanted here (`exports.EXPORTS`: claims, attribution).
_OWN = {
    "person": ("first_claim", "首次登记流水号"), "unit": ("单位编号",), "at": ("登记时间",),
    "verified": ("验证码核实",), "state": ("状态",), "registered_at": ("注册时间",),
    "card_bound_at": ("绑卡时间",), "first_txn_at": ("首笔交易时间",),
    "reason_text": ("结论",), "held": (), "withdrawn": (), "as_of": (),
}
_STATES = {"待核查": "held", "已撤回": "withdrawn"}
_OPTIONAL = ("state", "reason_text", "held", "withdrawn", "as_of")


def rows(
    path: Path, columns: tuple[str, ...], faults: list[Fault]
) -> Iterator[tuple[str, dict[str, str]]]:
    """
    Yield the line and the fields of each row of *path*; what is wrong with others to *faults*.

    Raises:
        Fault: it cannot be read, or lacks some of *columns*.
    """
    words = {name: _OWN[name] for name in (*columns, *_OPTIONAL)}
    try:
        for row in plain_tables.read(path, words, columns):
            if isinstance(row, Fault):
                line = line_text(row.data["line"])
                faults.append(Fault(Code.WHATIF_ROW, file=path, line=line, problem=row))
            elif isinstance(row, plain_tables.PlainTableRow):
                yield line_text(row.line), _own_row(row.line, row.texts)
    except Fault as fault:
        if fault.code is Code.TABLE_COLUMNS:
            raise Fault(
                Code.WHATIF_NO_COLUMN, file=path, missing=fault.data["columns"],
                columns=",".join(columns),
            ) from None
        raise


def _own_row(line: int, row: dict[str, str]) -> dict[str, str]:
    """Return *row* with what our downloads say in their own way as the rule wants it."""
    row["person"] = row.get("person", "").strip().removeprefix("#")
    if "reason_text" in row:
        # Whom nobody claimed: one row each, and no other row is theirs.
        row["person"] = row["person"] or f"无登记-{line}"
    if state := _STATES.get(row.get("state", "")):
        row[state] = "是"
    return row
