"""
A total says what it adds up: over random ledgers, on every surface, for every role.

Nothing here asks the product for a sum. Each total is added up again from the rows that a
browser, a workbook or a shell shows, and the county's from the list of credited people; a name
that stands beside a number has the same number wherever it stands, whoever looks.
"""
import io
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import openpyxl
import pytest
from console import PASSWORD, Visitor, add_everyone, signed_in
from test_console_pages import claimed, feed
from test_console_queues import imported

from attribution.cli import main
from attribution.deeds import Actor
from attribution.office import accounts
from attribution.reports import progress_picture
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR
from attribution.service import Service
from attribution.store import registry
from attribution.store.registry import Unit

PEOPLE = 60
VIEWS = ("area", "bank", "line", "department", "matrix")


class Tables(HTMLParser):
    """The tables of a page: rows of the words of their cells; small print is apart."""

    def __init__(self, page: str):
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._open = False
        self._small = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self._open = True
        elif tag == "small":
            self._small += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._open = False
        elif tag == "small":
            self._small -= 1

    def handle_data(self, data: str) -> None:
        if self._open and not self._small:
            self.tables[-1][-1][-1] += data


def number(text: str) -> int:
    """Return the number in a cell as it is shown: thousands in threes, a dash for none."""
    text = text.strip()
    assert text in ("—", "") or f"{int(text.replace(',', '')):,}" == text, text
    return 0 if text in ("—", "") else int(text.replace(",", ""))


@pytest.fixture
def county(service: Service, request: pytest.FixtureRequest) -> Service:
    """A registry and people by chance: areas without a line, alone with a bank, with several."""
    chance = random.Random(getattr(request, "param", 7))
    add_everyone(service)
    with service.store.read() as connection:
        units = registry.read(connection, service.campaign.id).units
    made = [
        replace(unit, area=chance.choice(["A01", "A02", "A03", "A07"]), bank="B01",
                branch=chance.choice(["甲支行", "乙支行"]))
        if unit.kind == "line" and chance.random() < 0.2 else
        replace(unit, target=None) if unit.kind == "area" and chance.random() < 0.1 else unit
        for unit in units.values()
    ]
    more = units["A40"], units["D01"], units["N87"]
    made += [
        replace(more[0], id="A41", name="没有网点的镇", target=321, position=900),
        replace(more[1], id="D90", name="一个新部门", position=901),
        replace(more[2], id="N88", name="没有乡镇的网点", area=None, position=902, target=7),
    ]
    service.store.write(lambda c: registry.put(c, service.campaign.id, made))
    everyone = [unit.id for unit in made]
    few = [*chance.sample(everyone, 12), "A01", "A41", "D01", "B01", "N88"]
    for n in range(1, PEOPLE + 1):
        claimed(service, n, chance.choice(few), 2 * HOUR + chance.randrange(6) * DAY)
    imported(signed_in(service, "office"), feed(*range(1, PEOPLE + 11)))
    return service


def units_of(service: Service) -> dict[str, Unit]:
    with service.store.read() as connection:
        return registry.read(connection, service.campaign.id).units


def visitors(service: Service) -> Iterator[tuple[str, Visitor]]:
    """Yield each role that sees figures, and those who see odd parts."""
    units = units_of(service)
    lines = [unit for unit in units.values() if unit.kind == "line" and unit.area]
    lonely = next(
        line for line in lines if [line.id] == [o.id for o in lines if o.area == line.area]
    )
    for name, role, scopes in (
        ("branch", "bank", [lonely.id]), ("two", "bank", [lines[0].id, lines[5].id]),
        ("lonely", "area", [lonely.area or ""]), ("its-bank", "bank", [lonely.bank or ""]),
        ("mixed", "viewer", ["A02", "D01", "B02", "D90"]), ("two-areas", "area", ["A03", "A41"]),
    ):
        accounts.add(
            service.store, name, PASSWORD, role, instants.now(), scopes, by=Actor("test")
        )
        yield name, signed_in(service, name)
    for role in accounts.ROLES:
        if role != "accounts":
            yield role, signed_in(service, role)


def effective_of(page: str) -> list[tuple[str, int, str]]:
    """Return of each row of a progress table: its name, its effective users, and its class."""
    rows = next(iter(Tables(page).tables), [])
    if not rows:
        return []
    place = rows[0].index("有效新用户")
    return [
        (row[1], number(row[place]), kind)
        for row, kind in zip(rows[1:], classes(page), strict=True)
    ]


def classes(page: str) -> list[str]:
    """Return of each row of a table what kind it is: total, child, or none."""
    shown = page.split("<tbody>")[1].split("</tbody>")[0].split("<tr")[1:]
    return [
        next((kind for kind in ("total", "child") if tag.startswith(f' class="{kind}"')), "")
        for tag in shown
    ]


def credits_of(office: Visitor) -> Counter[str]:
    """Return unit -> credited people, counted in the workbook of them."""
    body = office.get("/admin/export/credits.xlsx?purpose=x").get_data()
    rows = list(openpyxl.load_workbook(io.BytesIO(body)).worksheets[0].iter_rows(values_only=True))
    place = next(n for n, row in enumerate(rows) if "归属单位" in row)
    column = rows[place].index("归属单位")
    return Counter(str(row[column]) for row in rows[place + 1 :] if row[column])


class Told:
    """Which number stands beside each name, and where it was read."""

    def __init__(self) -> None:
        self._found: defaultdict[str, set[tuple[int, str]]] = defaultdict(set)

    def add(self, name: str, n: int, where: str) -> None:
        self._found[name].add((n, where))

    def of(self, name: str) -> int:
        [(n, _), *_] = self._found[name]
        return n

    @property
    def contradictions(self) -> dict[str, set[tuple[int, str]]]:
        return {
            name: found for name, found in self._found.items() if len({n for n, _ in found}) > 1
        }


def look_at_the_overview(who: str, visitor: Visitor, told: Told) -> tuple[str, int]:
    """Return whose the sum on the first page is, and the sum."""
    page = visitor.text("/admin/")
    own = page.split('<p class="sub">')[1].split("，")[0]
    card = page.split('class="cards"')[1].split("<b>")[1].split("</b>")[0].split("<small>")[0]
    total = number(Tables(f"<table><tr><td>{card}</td></tr></table>").tables[0][0][0])
    told.add(own, total, f"{who} overview")
    return own, total


def look_at_tables(who: str, visitor: Visitor, told: Told, own: str, total: int) -> None:
    for view in VIEWS[:4]:
        rows = effective_of(visitor.text(f"/admin/table?view={view}&size=500"))
        if not rows:
            continue
        heads = [kind for _, _, kind in rows].count("total")
        assert (own, total) == rows[0][:2], (who, view)
        above = sum(n for _, n, kind in rows[heads:] if not kind)
        if heads > 1:
            assert rows[1][1] == above and own != rows[1][0], (who, view)
            above += sum(n for _, n, _ in rows[2:heads])
        assert total == above, (who, view)
        for name, n, _ in rows:
            told.add(name, n, f"{who} {view}")
        below: dict[str, list[int]] = {}  # branches add up to their bank
        for name, n, kind in rows[heads:]:
            if kind:
                list(below.values())[-1].append(n)
            else:
                below[name] = []
        assert [] == [
            (who, name) for name, n, kind in rows[heads:]
            if not kind and below[name] and n != sum(below[name])
        ]


def look_at_the_matrix(who: str, visitor: Visitor, told: Told, own: str, total: int) -> None:
    page = visitor.text("/admin/table?view=matrix")
    for table in Tables(page).tables:
        fields = {row[0]: [number(cell) for cell in row[1:]] for row in table[1:]}
        areas = [
            row[0] for row, kind in zip(table[1:], classes(page), strict=True)
            if not kind and not row[0].endswith(("专码", "专码）"))
        ]
        [part] = [name for name in fields if name.endswith("网点合计")]
        assert total == fields[own][-1]
        assert all(sum(fields[name][:-1]) == fields[name][-1] for name in areas)
        assert [sum(column) for column in zip(*map(fields.get, areas), strict=True)] == fields[part]
        for name in (own, part):
            told.add(name, fields[name][-1], f"{who} matrix")


def look_at_the_workbooks(who: str, visitor: Visitor, told: Told) -> None:
    for by in VIEWS[:4]:
        body = visitor.get(f"/admin/export/progress.xlsx?by={by}").get_data()
        values = openpyxl.load_workbook(io.BytesIO(body)).worksheets[0].values
        rows: list[Any] = [row for row in values if row[1:].count(None) < len(row) - 1]
        name, place, level = (rows[0].index(word) for word in ("名称", "有效新用户", "层级"))
        lines = [(row[level], row[name], row[place]) for row in rows[1:]]
        for _, called, n in lines:
            told.add(called, n, f"{who} xlsx {by}")
        sums = [n for kind, _, n in lines if kind == "合计"]
        others = sum(n for kind, _, n in lines if kind == "其他")
        above = sum(n for kind, _, n in lines if kind in ("乡镇", "银行", "网点", "部门"))
        assert sums[0] == above + others and above == sums[-1] - others * (len(sums) == 1)


@pytest.mark.parametrize("county", range(3), indirect=True)
def test_one_name_has_one_number_on_every_surface(
    county: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[str, str]] = []

    def watched(title: Any, subtitle: Any, columns: Any, rows: Any, *more: Any) -> bytes:
        place = [column.heading for column in columns].index("有效")
        drawn.extend((row[1], row[place]) for row in rows)
        return b""  # what it looks like is for test_progress_pictures

    monkeypatch.setattr(progress_picture, "table_picture", watched)
    monkeypatch.setattr(progress_picture, "MOST_ROWS", 1000)  # one picture of each
    told = Told()
    for who, visitor in visitors(county):
        own, total = look_at_the_overview(who, visitor, told)
        assert ("全县合计" == own) == (who in ("office", "checker", "viewer")), (who, own)
        look_at_tables(who, visitor, told, own, total)
        look_at_the_matrix(who, visitor, told, own, total)
        look_at_the_workbooks(who, visitor, told)
        for view in VIEWS[:4]:
            drawn.clear()
            assert 200 == visitor.get(f"/admin/table.png?view={view}").status_code
            for name, text in drawn:
                told.add(name, number(text), f"{who} picture {view}")
    assert {} == told.contradictions

    # The county's, from the list of people and for the machine's monitoring.
    office = signed_in(county, "office")
    credited = credits_of(office)
    assert PEOPLE == credited.total() == told.of("全县合计")
    assert f"zhuanma_effective_total {PEOPLE:.1f}" in office.text("/metrics")
    # Each area, by the registry alone.
    units = units_of(county)
    areas: Counter[str] = Counter()
    for id, n in credited.items():
        unit = units[id]
        area = unit.id if unit.kind == "area" else unit.area
        areas[units[area].name if area else ""] += n
    rows = effective_of(office.text("/admin/table?view=area&size=500"))
    shown = {name: n for name, n, _ in rows}
    assert [] == [name for name, n in areas.items() if name and n != shown[name]]
    assert areas[""] == sum(n for name, n in shown.items() if name.startswith("未分区"))


def test_who_makes_accounts_is_shown_no_number(county: Service) -> None:
    keeper, office = signed_in(county, "accounts"), signed_in(county, "office")
    paths = [
        "/admin/", "/admin/table?view=matrix", "/admin/export/credits.xlsx?purpose=x",
        *(f"/admin/table?view={view}&size=500" for view in VIEWS[:4]),
        *(f"/admin/export/progress.xlsx?by={view}" for view in VIEWS[:4]),
        *(f"/admin/table.png?view={view}" for view in VIEWS[:4]),
    ]
    refused = {path: keeper.get(path).status_code for path in paths}
    assert {} == {path: status for path, status in refused.items() if status != 403}
    assert {200} == {office.get(path).status_code for path in paths}
    assert "全县合计" not in keeper.text("/admin/users")


def test_targets_are_the_same_in_every_table_too(county: Service) -> None:
    """What is asked of an area without a line is in no bank's sum, and still in the county's."""
    office = signed_in(county, "office")
    found = set()
    for view in VIEWS[:4]:
        rows = Tables(office.text(f"/admin/table?view={view}&size=500")).tables[0]
        place = rows[0].index("指导任务数")
        total = number(rows[1][place])
        found.add(total)
        kinds = classes(office.text(f"/admin/table?view={view}&size=500"))
        shown = [
            number(row[place]) for row, kind in zip(rows[1:], kinds, strict=True) if kind != "child"
        ]
        if view in ("area", "bank"):
            assert total == sum(shown[1:])
        else:
            assert total == shown[1] + shown[2] and shown[1] == sum(shown[3:])
    assert 1 == len(found)


def test_a_search_has_the_sum_of_what_it_found(county: Service) -> None:
    """The county's total above one bank's line read as if that line were the county."""
    page = signed_in(county, "office").text("/admin/table?view=area&q=没有网点")
    rows = effective_of(page)
    assert ["查到的1行合计", "没有网点的镇"] == [name for name, _, _ in rows]
    assert rows[0][1] == rows[1][1] and "全县合计" not in page


def test_the_shell_has_the_same_total(
    county: Service, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(county.settings.instance)
    out = tmp_path / "progress.csv"
    assert 0 == main(["export", "progress", "--out", str(out), "--instance", folder])
    lines = out.read_text(encoding="utf-8-sig").splitlines()
    assert any("全县合计" in line and f",{PEOPLE}," in line for line in lines)
    assert 0 == main(["period", "show", "--instance", folder])
    assert f"全县合计\t{PEOPLE}\t+0\t{PEOPLE}" in capsys.readouterr().out
