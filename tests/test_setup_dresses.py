"""
One table in many dresses is one campaign.

What a table means does not depend on who typed it: brackets, separators, widths of digits, where
the total stands, merged or repeated names, a sheet, a paste or a page.
"""
import contextlib
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from qrgen.setup.amounts import NoAmount, amount_of
from qrgen.setup.branches import pieces_of
from qrgen.setup.grids import Grid
from qrgen.setup.opening import read_text
from qrgen.setup.pasted import grids_of
from qrgen.setup.recognising import recognise
from qrgen.setup.understanding import understand
from qrgen.shell import Fault
from qrgen.tables.cells import Area

BANKS = ("农商行", "邮储银行", "农业银行", "新华村镇银行", "赣州银行", "工商银行")
PLACES = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"

Table = list[tuple[str, list[tuple[str, int]]]]  # areas: branches with their numbers


@st.composite
def tables(draw: st.DrawFn) -> Table:
    names = draw(st.lists(
        st.tuples(st.text(PLACES, min_size=2, max_size=3), st.sampled_from(["镇", "乡", "社区"])),
        min_size=2, max_size=6, unique_by=lambda one: one[0],
    ))
    made = []
    for stem, kind in names:
        banks = draw(st.lists(st.sampled_from(BANKS), min_size=1, max_size=4, unique=True))
        made.append((stem + kind, [
            (f"{bank}{stem}支行", draw(st.integers(1, 99)) * 50) for bank in banks
        ]))
    return made


def wide(text: str) -> str:
    return text.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})


BRACKETS = ("（{}）", "({})", "［{}］", "【{}】", "（{}户）", "：{}", "{}户", "（{})")
JOINTS = ("、", "，", "；", ";", "\n", "、 ", "/")


@st.composite
def cells(draw: st.DrawFn, branches: list[tuple[str, int]]) -> str:
    """Return how somebody may write *branches* into one cell."""
    bracket, joint = draw(st.sampled_from(BRACKETS)), draw(st.sampled_from(JOINTS))
    ways: list[Callable[[str], str]] = [str, wide, lambda n: f"{int(n):,}"]
    digits = draw(st.sampled_from(ways))
    if draw(st.booleans()) and bracket.startswith("（"):
        digits = lambda n: f"{int(n) / 10_000:g}万"  # noqa: E731
    told = [name + bracket.format(digits(str(number))) for name, number in branches]
    return joint.join(told)


@settings(deadline=None)
@given(tables().flatmap(lambda table: st.tuples(st.just(table[0][1]), cells(table[0][1]))))
def test_a_cell_of_branches_is_read_however_it_is_written(
    case: tuple[list[tuple[str, int]], str]
) -> None:
    wanted, cell = case
    assert wanted == [(piece.branch, amount_of(piece.amount)) for piece in pieces_of(cell)]


@given(st.text(max_size=60))
def test_no_cell_is_too_odd_to_be_read(cell: str) -> None:
    """What cannot be told apart stays one name, to be seen and corrected."""
    for piece in pieces_of(cell):
        assert piece.branch or piece.amount
    with contextlib.suppress(NoAmount):
        assert (amount_of(cell) or 0) >= 0


@st.composite
def dressed(draw: st.DrawFn, table: Table) -> list[Grid]:
    """Return *table* as somebody may write it."""
    total = sum(number for _, branches in table for _, number in branches)
    heads = draw(st.sampled_from([
        ("乡镇（社区）", "指导任务数", "对接银行"),
        ("单位全称", "任务数（户）", "责任银行及任务数"),
        ("辖区", "2026年目标", "包干网点"),
    ]))
    first, sentence = draw(st.booleans()), draw(st.booleans())
    dress = draw(st.sampled_from(["tabs", "markdown", "page", "fallen", "merged", "repeated"]))
    if dress in ("merged", "repeated"):
        return [_a_row_a_branch(table, total, dress == "merged")]
    rows: list[list[str]] = [list(heads)]
    body = [
        [name, str(sum(n for _, n in branches)), draw(cells(branches)).replace("\n", "、")]
        for name, branches in table
    ]
    line = ["全县合计", str(total), "县内各网点"]
    rows += [line, *body] if first else [*body, line]
    tail = ["注：完成一笔交易才算。"] if sentence else []
    if dress == "tabs":
        text = "\n".join(["\t".join(row) for row in rows] + tail)
    elif dress == "markdown":
        text = "\n".join(["| " + " | ".join(row) + " |" for row in rows] + tail)
    elif dress == "page":
        text = "<table>" + "".join(
            "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) for row in rows
        ) + "</table>" + "".join(tail)
    else:
        text = "某县任务表\n" + "\n".join(
            "".join(f"\t{cell}\n" for cell in row) for row in rows
        ) + "".join(tail)
    return grids_of(text)


def _a_row_a_branch(table: Table, total: int, merged: bool) -> Grid:
    grid = Grid("任务", {1: ["乡镇", "任务总数", "责任银行网点", "分配任务"]})
    number = 1
    for name, branches in table:
        top = number + 1
        for place, (branch, share) in enumerate(branches):
            number += 1
            whole = str(sum(n for _, n in branches))
            told = [name, whole] if place == 0 or not merged else ["", ""]
            grid.rows[number] = [*told, branch, str(share)]
        if merged and number > top:
            grid.merged += [Area(top, 0, number, 0), Area(top, 1, number, 1)]
    grid.rows[number + 1] = ["合  计", str(total), "", str(total)]
    return grid


@settings(deadline=None, max_examples=150)
@given(tables().flatmap(lambda table: st.tuples(st.just(table), dressed(table))))
def test_one_table_in_many_dresses_is_one_campaign(case: tuple[Table, list[Grid]]) -> None:
    table, grids = case
    made = understand(recognise(grids))
    assert () == made.problems, [one.told("en") for one in made.problems]
    assert table == [
        (area.name, [(line.branch, line.target) for line in area.lines]) for area in made.areas
    ]
    assert made.draft.stated_total == made.total == sum(area.target for area in made.areas)
    # The same code judges what a page hands back, and nothing moves.
    assert made.units == understand(made.draft).units


@settings(deadline=None)
@given(st.text(alphabet="乡镇任务数银行合计甲乙12,，\t\n|（）<td> ", max_size=120))
def test_whatever_is_pasted_ends_in_words(text: str) -> None:
    try:
        made = understand(recognise(read_text(text)))
    except Fault as fault:
        assert fault.told("zh")
        return
    for one in made.remarks:
        assert one.told("zh") and one.told("en")
