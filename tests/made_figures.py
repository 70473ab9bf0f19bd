"""
Figures of a county as large as the packaged one, made up, with what papers stumble over.

Forty areas, eighty-seven lines, eleven banks and eighteen departments by the names of Attachment 1;
in the week from 3 to 9 October 2022, with the days before 3 October locked:

- `TIED` are four areas with one rate, a zero (`NOTHING`) and one that has reached its target;
- `UNASKED` and its lines have no target; of departments nothing is asked at all;
- `MERGED_AREA` was merged into `HEIR` on 26 September, the line `CLOSED_LINE` closed on the 20th;
- a locked day of `CORRECTED` lost three in a correction of the reported week;
- the name of `LONG` has twenty characters.
"""
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from attribution.proof import signed_notes
from attribution.reports.figures import About, Figures, GoalFigure
from attribution.rule.instants import parse_instant
from attribution.rule.unit_history import ACTIVE, CLOSED, MERGED, UnitChange, UnitOn
from qrgen.instance import PACKAGED_CAMPAIGN
from qrgen.registry import load_campaign

TIED, NOTHING, ATTAINED = ("A27", "A28", "A29", "A30"), "A05", "A13"
UNASKED, MERGED_AREA, HEIR, CLOSED_LINE = "A26", "A14", "A07", "N14"
CORRECTED, LONG = "N03", "A21"
LONG_NAME = "樟木革命老区易地搬迁安置点联合社区居委会"

FIRST, SINCE, UNTIL, BEFORE = date(2022, 9, 1), date(2022, 10, 3), date(2022, 10, 10), \
    date(2022, 9, 26)
# A signed head as notes are written; it verifies nowhere.
HEAD = signed_notes.from_one_line(" ".join((
    "ysf.example.gov.cn/zhuanma", "20371", b64encode(bytes(range(32))).decode(),
    b64encode(bytes(range(68))).decode(),
)))
_KINDS = ("scan", "claimant", "registered", "bound", "effective")


def figures(**changes: Any) -> Figures:
    """Return the figures, with *changes*."""
    units = _units()
    daily = {unit.id: _days(place, unit) for place, unit in enumerate(units)}
    put_right = {CORRECTED: {"effective": -3}}
    days = [FIRST + timedelta(days=n) for n in range((UNTIL - FIRST).days)]
    by_day: dict[int, dict[str, int]] = {
        _number(day): _sum(kinds.get(day, {}) for kinds in daily.values()) for day in days
    }
    by_day[_number(SINCE)]["effective"] -= 3
    made = Figures(
        about=About(
            "xingguo-2022", "兴国县移动支付便民工程暨智慧金融平台推广实施方案",
            "兴国县移动支付便民工程", "兴府办字〔2022〕81号", "兴国县人民政府办公室",
            parse_instant("2022-09-01"), parse_instant("2023-01-01"), parse_instant("2023-01-08"),
            False,
        ),
        at=parse_instant("2022-10-10 09:00:00"), since=_number(SINCE), until=_number(UNTIL),
        before=_number(BEFORE), locked=_number(SINCE), elapsed=39, days=122,
        units=units,
        changes=(
            UnitChange(1, CLOSED_LINE, 20220920, 1, {"state": ACTIVE}, {"state": CLOSED}),
            UnitChange(
                2, MERGED_AREA, 20220926, 2, {"state": ACTIVE, "successor": None},
                {"state": MERGED, "successor": HEIR},
            ),
            UnitChange(3, HEIR, 20220926, 2, {"target": 350}, {"target": 1050}),
        ),
        steps={
            id: _sum([_between(kinds, FIRST, UNTIL), put_right.get(id, {})])
            for id, kinds in daily.items()
        },
        corrected=put_right,
        fresh={id: _between(kinds, SINCE, UNTIL) for id, kinds in daily.items()},
        put_right=put_right,
        earlier={id: _between(kinds, BEFORE, SINCE) for id, kinds in daily.items()},
        held={"N01": 4, "N20": 1}, turned={CORRECTED: 3}, by_day=by_day,
        goals=(
            GoalFigure(
                "active_users", "云闪付活跃用户", 120_000, "2022-12-31", 61_300, 20220930,
                "银联商务月报",
            ),
            GoalFigure("all_users", "云闪付用户", 200_000, "2024-12-31"),
        ),
        households={unit.id: 900 + 37 * n for n, unit in enumerate(units) if unit.kind == "area"},
        told=parse_instant("2022-10-10 08:30:00"), batches=39, last_batch="f3" * 16,
        terms="last_claim@1-5b0c2d4e", head=HEAD,
    )
    return replace(made, **changes)


def _units() -> tuple[UnitOn, ...]:
    """Return the units of the packaged campaign as they are on the week's last day."""
    changed: dict[str, dict[str, Any]] = {
        UNASKED: {"target": None}, HEIR: {"target": 1050}, LONG: {"name": LONG_NAME},
        MERGED_AREA: {"state": MERGED, "successor": HEIR, "since": 20220926},
        CLOSED_LINE: {"state": CLOSED, "since": 20220920},
    }
    made = []
    for unit in load_campaign(PACKAGED_CAMPAIGN).units:
        on = UnitOn(
            unit.id, unit.kind, unit.name, unit.target, unit.position, area=unit.area,
            bank=unit.bank, branch=unit.branch, sector=unit.sector,
        )
        if unit.area == UNASKED:
            on = replace(on, target=None)
        made.append(replace(on, **changed.get(unit.id, {})))
    return tuple(made)


def _days(place: int, unit: UnitOn) -> dict[date, dict[str, int]]:
    """Return what each day brought to the unit at *place*, five steps, each a part of the last."""
    if NOTHING in (unit.id, unit.area) or unit.kind == "bank":
        return {}
    found = {}
    for n in range((UNTIL - FIRST).days):
        day = FIRST + timedelta(days=n)
        if unit.id == CLOSED_LINE and day >= date(2022, 9, 20):
            break
        if unit.area in TIED:
            # Of two lines with 450 and 200 asked, the same each day in each of the four.
            most = 4 if unit.target == 450 else 1
        elif unit.area == ATTAINED:
            most = 20
        elif unit.kind == "line":
            most = max((unit.target or 300) * (3 + place % 5) // 640, 1)
        elif unit.id in TIED:
            most = 0
        else:
            most = (place + n) % 3
        scans = most * 3 + (n * 5 + place) % 4 if most else 0
        if unit.area in TIED or unit.area == ATTAINED:
            scans = most * 3
        counts = (scans, most + most // 2, most + most // 4, most, most)
        if any(counts):
            found[day] = dict(zip(_KINDS, counts, strict=True))
    return found


def _between(days: Mapping[date, Mapping[str, int]], since: date, until: date) -> dict[str, int]:
    return _sum(kinds for day, kinds in days.items() if since <= day < until)


def _sum(many: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for kinds in many:
        for kind, n in kinds.items():
            found[kind] = found.get(kind, 0) + n
    return found


def _number(day: date) -> int:
    return int(f"{day:%Y%m%d}")
