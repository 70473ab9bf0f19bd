"""
The rows of a new campaign's table, as somebody corrects them, and the units they come to.

A row is a branch of a township with its number; a township without branches is a row by itself.
Its target is what its rows add up to, so that no correction can make the two differ. Ids are
given in the order of the rows, once, when the campaign is published.
"""
import re
from collections.abc import Mapping, Sequence
from typing import Any

from qrgen.campaign import Unit

COLUMNS = ("area", "branch", "bank", "number")


def number_of(text: str) -> int | None:
    """Return the whole number above 0 that *text* is; None for anything else."""
    digits = text.replace(",", "").replace("，", "").strip()
    return int(digits) if re.fullmatch("[1-9][0-9]{0,8}", digits) else None


def units_of(told: Mapping[str, Any]) -> list[Unit]:
    """Return the units of the corrected table, as far as its rows are whole."""
    rows: Sequence[Mapping[str, str]] = told.get("rows", ())
    areas: dict[str, list[Mapping[str, str]]] = {}
    banks: dict[str, str] = {}
    for row in rows:
        if row["area"]:
            areas.setdefault(row["area"], []).append(row)
        if row["branch"] and row["bank"]:
            banks.setdefault(row["bank"], f"B{len(banks) + 1:02}")
    ids = {name: f"A{n:02}" for n, name in enumerate(areas, 1)}
    made = [
        Unit(ids[name], "area", name, sum(number_of(row["number"]) or 0 for row in of) or None)
        for name, of in areas.items()
    ]
    lines = [row for of in areas.values() for row in of if row["branch"]]
    made += [
        Unit(
            f"N{n:02}", "line", f"{row['area']}·{row['branch']}", number_of(row["number"]),
            area=ids[row["area"]], bank=banks.get(row["bank"]), branch=row["branch"],
        )
        for n, row in enumerate(lines, 1)
    ]
    made += [
        Unit(f"D{n:02}", "department", name)
        for n, name in enumerate(told.get("departments", ()), 1)
    ]
    made += [Unit(id, "bank", name) for name, id in banks.items()]
    return made


def wrong_of(told: Mapping[str, Any]) -> dict[int, str]:
    """Return what is to be mended in the rows, by their number from 0."""
    wrong: dict[int, str] = {}
    seen: dict[tuple[str, str], int] = {}
    with_branches = {row["area"] for row in told.get("rows", ()) if row["branch"]}
    for n, row in enumerate(told.get("rows", ())):
        pair = row["area"], row["branch"]
        if not row["area"]:
            wrong[n] = "没有写乡镇（社区）。"
        elif number_of(row["number"]) is None:
            wrong[n] = "任务数要写 1 以上的整数。"
        elif row["branch"] and not row["bank"]:
            wrong[n] = "没有写这个网点是哪家银行。"
        elif row["bank"] and not row["branch"]:
            wrong[n] = "写了银行，没有写网点。"
        elif not row["branch"] and row["area"] in with_branches:
            wrong[n] = "这个乡镇的其他行有网点，这一行没有。"
        elif pair in seen:
            wrong[n] = f"和第 {seen[pair] + 1} 行是同一个乡镇、同一个网点。"
        seen.setdefault(pair, n)
    return wrong
