"""
Ids that an earlier campaign gave out: whoever takes part again keeps theirs.

Posters of the earlier one still hang: an id that meant somebody else there is never given.
"""
from collections.abc import Sequence
from dataclasses import replace

from qrgen.campaign import Unit
from qrgen.setup.draft import Draft
from qrgen.setup.ids import is_id
from qrgen.texts import squeeze


def with_known(draft: Draft, units: Sequence[Unit]) -> Draft:
    """Return *draft* with the ids that *units* (an earlier campaign's, closed ones too) have."""
    by_name = {
        (unit.kind, squeeze(word)): unit.id
        for unit in reversed(units) for word in (*unit.aliases, unit.name) if word
    }
    by_line = {
        (unit.area, squeeze(unit.branch or "")): unit.id for unit in units if unit.kind == "line"
    }
    rows = []
    for row in draft.rows:
        area = row.area_id or by_name.get(("area", squeeze(row.area)), "")
        line = row.line_id or by_line.get((area, squeeze(row.branch)), "")
        rows.append(replace(row, area_id=area, line_id=line if is_id(line, "N") else ""))
    departments = tuple(
        replace(one, id=one.id or by_name.get(("department", squeeze(one.name)), ""))
        for one in draft.departments
    )
    banks = {unit.name: unit.id for unit in units if unit.kind == "bank"}
    return replace(
        draft, rows=tuple(rows), departments=departments,
        used=draft.used | {unit.id for unit in units}, bank_ids={**banks, **draft.bank_ids},
    )
