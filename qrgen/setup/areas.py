"""
The areas of a sheet, row by row: names, numbers, branches; what is none of them is told.

A number that stands in one cell for several rows is the area's; one in each row is the branch's.
"""
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from qrgen.setup import sums
from qrgen.setup.amounts import NoAmount, amount_of, is_nothing
from qrgen.setup.branches import name_of, pieces_of
from qrgen.setup.columns import Role, is_wan, role_of
from qrgen.setup.draft import Department, Part, Remark, Row, note
from qrgen.setup.fault_codes import Code
from qrgen.setup.finding import Found
from qrgen.setup.grids import ERROR, FORMULA, Grid
from qrgen.setup.ids import is_id
from qrgen.setup.items import Item, Total
from qrgen.setup.repeating import shown
from qrgen.tables.cells import Cell, TableRow
from qrgen.tables.headings import key_of
from qrgen.tables.merges import filled_down
from qrgen.tables.totals import Apart, apart
from qrgen.texts import clean, squeeze

_WHOLE = re.compile(r"全[国省市县区镇乡]|本[县市区]")
_OWN = re.compile(r"[\u3400-\u9fff]{1,7}?(?:自治县|[县市区镇乡])")
_UNIT = re.compile(r"单位\s*[:：]|[（(]\s*万?户\s*[)）]")
_EXCLUDED = re.compile(
    r"[（(]\s*(?:不含|除)?([\u3400-\u9fff、]+?)\s*(?:除外|不参加|不参与)\s*[)）]"
)
# What stands behind a bank's name over its column of numbers.
_OF_A_BANK = re.compile(r"(指导|分配|新增|推广)*(任务|目标|指标|计划|户数)*数?([（(].*[)）])?$")
_ASIDE = re.compile(r"(单位|附件|附表|填报|制表|日期|时间|金额|联系)[\d一二三：: ]*")


_PLACES = {
    "area_target": (Role.TARGET,), "branch": (Role.BRANCH, Role.BANK), "target": (Role.SHARE,),
}


@dataclass
class Taken:
    """What all sheets together came to."""

    rows: list[Row] = field(default_factory=list)
    departments: list[Department] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    title: str = ""


class Areas:
    """
    The tables of areas on one sheet.

    Args:
        into: Gets its rows, and what there is to say of them.
    """

    def __init__(self, into: Taken, grid: Grid, tables: list[Found]) -> None:
        self._into = into
        self._grid = grid
        self._tables = tables
        self._items: list[Item] = []
        self._totals: list[Total] = []
        self._order = 0
        self._above()
        wan = [is_wan(name) for table in tables for name in table.names.values()]
        wan += [is_wan(text) for text in self._lines[-3:] if _UNIT.search(text)]
        self._unit = 10_000 if True in wan else 1

    def _above(self) -> None:
        first = min((min(table.heads, default=0) for table in self._tables), default=0)
        lines = [
            clean(cell) for number, cells in sorted(self._grid.rows.items()) if number < first
            for cell in cells if cell
        ]
        self._lines = [*self._grid.above, *lines]
        titles = [line for line in self._lines if len(line) >= 4 and not _is_aside(line)]
        if titles and not self._into.title:
            self._into.title = "".join(titles[-2:])
        self._county = {found for line in self._lines for found in _OWN.findall(line)}

    def read(self) -> None:
        for table in self._tables:
            self._columns(table)
            if self._lists_areas(table):
                self._by_banks(table)
            else:
                self._table(table)
        if self._unit > 1:
            self._say(note(Code.UNIT_WAN, self._grid.name, min(self._tables[0].heads, default=0)))
        items = self._without_sums()
        for rows in self._rows(items):
            self._into.rows.extend(rows)
        if not any(item.lines for item in items):
            self._say(note(Code.NO_BANKS, self._grid.name, self._tables[0].rows[0]
                           if self._tables[0].rows else 0))

    def _next(self) -> int:
        self._order += 1
        return self._order

    def _say(self, remark: Remark) -> None:
        self._into.remarks.append(remark)

    def _columns(self, table: Found) -> None:
        head = max(table.heads, default=0)
        hidden = self._grid.hidden_columns
        for at in sorted(hidden.intersection(table.columns)):
            if table.roles.get(at) in (Role.TARGET, Role.SHARE, Role.OWN, Role.BRANCH, Role.LEFT):
                table.roles[at] = Role.LEFT
                self._say(note(
                    Code.COLUMN_HIDDEN, self._grid.name, head, at,
                    name=_heading(table.names.get(at, "")),
                ))
        left = [
            name for at, name in table.names.items()
            if table.roles.get(at, Role.LEFT) is Role.LEFT and at not in hidden
            and key_of(name) not in ("序号", "no", "no.")
        ]
        if left:
            columns = [_heading(name) for name in left]
            self._say(note(Code.COLUMNS_LEFT, self._grid.name, head, columns=columns))
        targets = table.of(Role.TARGET)
        branches = table.of(Role.BRANCH)
        if len(branches) > 1 and all(at + 1 in targets for at in branches):
            # 网点一, 任务, 网点二, 任务
            table.roles.update({at + 1: Role.SHARE for at in branches})
            targets = table.of(Role.TARGET)
        if len(targets) > 1:
            self._which(table, targets, head)

    def _which(self, table: Found, targets: list[int], head: int) -> None:
        """Leave one column of numbers of the areas, and ask whether it is the right one."""
        def worth(at: int) -> tuple[int, int, int]:
            name = table.names.get(at, "")
            years = [int(year) for year in re.findall(r"20\d\d", name)]
            return (max(years, default=0), "合计" in name or "总" in name, -at)

        kept = max(targets, key=worth)
        shares = [at for at in targets if at != kept and table.of(Role.BRANCH) and (
            at > min(table.of(Role.BRANCH)) > kept)]
        for at in targets:
            if at != kept:
                table.roles[at] = Role.SHARE if at in shares else Role.LEFT
        others = [table.names.get(at, "") for at in targets if at != kept and at not in shares]
        if others:
            self._say(Remark(
                "question", Code.WHICH_TARGET, self._grid.name, head, kept,
                name=_heading(table.names.get(kept, "")),
                others=[_heading(name) for name in others],
            ))

    def _lists_areas(self, table: Found) -> bool:
        """Whether a row is a bank, with its areas in one cell: 甲子镇（600）、乙丑镇（400）."""
        area = table.of(Role.AREA)[0]
        cells = [cell for number in table.rows if (cell := self._grid.cell(number, area))]
        several = [cell for cell in cells if len(pieces_of(cell)) > 1]
        return bool(several) and len(several) * 2 >= len(cells) and bool(
            table.of(Role.BRANCH, Role.BANK)
        )

    def _by_banks(self, table: Found) -> None:
        area = table.of(Role.AREA)[0]
        branch = table.of(Role.BRANCH, Role.BANK)[0]
        columns = {"area": area, "branch": branch, "target": area}
        for number in table.rows:
            row = TableRow(
                number, [self._grid.cell(number, at) or None for at in range(self._grid.width)]
            )
            kind = apart(row)
            bank = name_of(self._grid.cell(number, branch))
            if kind is Apart.TOTAL:
                self._total(table, row, "")
            if kind is not None or not bank or _is_aside_row(row):
                continue
            pieces = pieces_of(self._grid.cell(number, area))
            target = self._number(table, row, Role.TARGET)
            numbers = []
            for piece in pieces:
                told = self._amount(piece.amount) or (target if len(pieces) == 1 else "")
                numbers.append(int(told) if told.isdecimal() else 0)
                self._items.append(Item(
                    number, piece.branch, "", "", [("", bank, told)], True,
                    number in self._grid.hidden_rows, columns, self._next(),
                ))
            if target.isdecimal() and int(target) != sum(numbers):
                self._say(Remark(
                    "problem", Code.PART_DIFFERS, self._grid.name, number, None,
                    name=shown(bank), stated=int(target), found=sum(numbers),
                ))

    def _table(self, table: Found) -> None:
        grid = self._grid
        names = table.of(Role.AREA)
        area_at = names[-1]
        parent_at = names[0] if len(names) > 1 else None
        numbered = [
            TableRow(n, [grid.cell(n, at) or None for at in range(grid.width)])
            for n in table.rows
        ]
        columns = {"area": area_at}
        for key, roles in _PLACES.items():
            if found := table.of(*roles):
                columns[key] = found[0]
        columns.setdefault("target", columns.get("branch", columns.get("area_target", area_at)))
        held = [at for at in table.of(Role.BRANCH, Role.BANK) if at < area_at]
        whole = filled_down(
            numbered, grid.merged, {*names, *table.of(Role.BRANCH, Role.BANK)}
        )
        for column in held:
            # A bank before its areas is meant for each of them, merged or not.
            _carried_down(whole, column)
        area = parent = ""
        for row, filled in zip(numbered, whole, strict=True):
            own = TableRow(row.number, [row.cells[at] for at in table.columns])
            if not any(own.cells):
                continue
            kind = apart(own)
            told = self._name(filled, area_at)
            if kind is None and _WHOLE.match(told) and not self._branches(table, filled):
                kind = Apart.TOTAL
            if kind is Apart.TOTAL:
                self._total(table, row, told)
                continue
            if kind is not None:
                if kind is Apart.NOTE:
                    words = " ".join(str(cell) for cell in own.cells if cell)
                    self._say(note(Code.NOTE_LEFT, grid.name, row.number, words=shown(words)))
                continue
            if _is_aside_row(own):
                self._say(note(Code.NOTE_LEFT, grid.name, row.number, words=shown(told)))
                continue
            above = self._name(filled, parent_at) if parent_at is not None else ""
            if told == area:
                # Merged over rows of one area (for a contact in each) a branch is one all the same.
                for at in table.of(Role.BRANCH) or table.of(Role.BANK):
                    filled.cells[at] = row.cells[at]
            lines = self._branches(table, filled)
            target = self._number(table, row, Role.TARGET)
            if above and not told:
                # A town alone in its row: an area itself, or what its communities add up to.
                told, above, parent = above, "", above
            elif told:
                above = parent = above or (parent if parent_at is not None else "")
            elif lines:
                told, above = area, parent if parent_at is not None else ""
            if not told and (lines or not is_nothing(target)):
                told = ""
            elif not told:
                continue
            area = told
            self._items.append(Item(
                row.number, told, above if above != told else "", target, lines,
                bool(table.of(Role.SHARE)) or bool(table.of(Role.OWN)),
                row.number in grid.hidden_rows, columns, self._next(),
                self._id(table, filled),
            ))

    def _id(self, table: Found, row: TableRow) -> str:
        for at in table.of(Role.ID):
            if is_id(told := squeeze(str(row.cells[at] or "")).upper(), told[:1]):
                return told
        return ""

    def _name(self, row: TableRow, at: int | None) -> str:
        if at is None or at >= len(row.cells):
            return ""
        text = str(row.cells[at] or "")
        return "" if is_nothing(text) else name_of(text)

    def _number(self, table: Found, row: TableRow, role: Role) -> str:
        for at in table.of(role):
            if row.cells[at]:
                return self._amount(str(row.cells[at]))
        return ""

    def _amount(self, text: str) -> str:
        """Return *text* as a number of people; as it stands where it is none."""
        try:
            number = amount_of(text, self._unit)
        except NoAmount:
            return text
        return "" if number is None else str(number)

    def _branches(self, table: Found, row: TableRow) -> list[tuple[str, str, str]]:
        lines: list[tuple[str, str, str]] = []
        share_columns = table.of(Role.SHARE)
        banks = table.of(Role.BANK)
        branches = table.of(Role.BRANCH) or banks
        beside = banks[0] if banks and table.of(Role.BRANCH) else None
        for place, at in enumerate(branches):
            cell = str(row.cells[at] or "")
            if is_nothing(cell):
                continue
            bank = "" if beside is None else name_of(str(row.cells[beside] or ""))
            after = branches[place + 1] if place + 1 < len(branches) else self._grid.width
            shares = [s for s in share_columns if at < s < after] or (
                share_columns if len(branches) == 1 else [])
            share = str(row.cells[shares[0]] or "") if shares else ""
            pieces = pieces_of(cell)
            shared = pieces_of(share) if len(pieces) > 1 and share else []
            for number, piece in enumerate(pieces):
                told = piece.amount
                if not told and len(pieces) == 1:
                    told = share
                elif not told and len(shared) == len(pieces):
                    told = shared[number].amount or shared[number].branch
                lines.append((bank, piece.branch, self._amount(told)))
        for at in table.of(Role.OWN):
            cell = str(row.cells[at] or "")
            if not is_nothing(cell):
                name = _OF_A_BANK.sub("", name_of(table.names[at].rpartition("/")[2]))
                lines.append((name, name, self._amount(cell)))
        return lines

    def _total(self, table: Found, row: TableRow, told: str) -> None:
        columns = [*table.of(Role.TARGET), *table.of(Role.SHARE)]
        texts = [str(row.cells[at]) for at in columns if row.cells[at]]
        number = None
        for text in texts:
            if text in (FORMULA, ERROR):
                continue
            try:
                number = amount_of(text, self._unit)
            except NoAmount:
                continue
            break
        owns = [str(row.cells[at] or "") for at in table.of(Role.OWN)]
        if number is None and owns and not texts:
            try:
                number = sum(amount_of(cell, self._unit) or 0 for cell in owns)
            except NoAmount:
                number = None
        if number is None and any(text in (FORMULA, ERROR) for text in texts):
            at = next((at for at in columns if row.cells[at] in (FORMULA, ERROR)), None)
            self._say(Remark("question", Code.TOTAL_UNKNOWN, self._grid.name, row.number, at))
        name = told or clean(str(next((cell for cell in row.cells if cell), "")))
        self._totals.append(Total(name, number, row.number, self._next()))
        for cell in row.cells:
            for found in _EXCLUDED.findall(str(cell or "")):
                self._into.excluded += [word for word in found.split("、") if word]
                self._say(note(Code.EXCLUDED, self._grid.name, row.number, banks=found))

    def _without_sums(self) -> list[Item]:
        """Return the rows that are areas; what the others add up is kept, to be compared."""
        sheet, into = self._grid.name, self._into
        totals = sums.without_a_word(self._items, self._county)
        self._totals += [
            Total(item.area, int(item.target), item.row, item.order) for item in totals
        ]
        self._totals.sort(key=lambda total: total.order)
        items = [item for item in self._items if item not in totals]
        for town, under in sums.rolled_up(items):
            items.remove(town)
            area = shown(town.area)
            self._say(note(Code.ROLLED_UP, sheet, town.row, area=area, number=town.target))
            if town.target.isdecimal():
                into.parts.append(
                    sums.part_of(town.area, int(town.target), under, sheet, town.row)
                )
        whole, parts = sums.told_apart(items, self._totals, sheet)
        into.parts += parts
        if whole is not None:
            into.totals.append(whole)
        if self._totals:
            self._say(note(
                Code.TOTAL_LEFT, sheet, self._totals[0].row,
                rows=[f"{total.row}（{shown(total.name)}）" for total in self._totals],
            ))
        return items

    def _rows(self, items: list[Item]) -> list[list[Row]]:
        made = []
        often = {}  # type: dict[tuple[str, str], list[Item]]
        for item in items:
            often.setdefault((item.parent, item.area), []).append(item)
        for item in items:
            others = often[item.parent, item.area]
            lines, target = item.lines, item.target
            if len(lines) == 1 and not lines[0][2] and not item.share:
                numbers = [one for one in others if one.target]
                if len(others) > 1 and len(numbers) == len(others):
                    # A line for each branch: the column's number is the branch's.
                    lines, target = [(lines[0][0], lines[0][1], target)], ""
            if is_nothing(target) and not lines and len(others) == 1:
                area = shown(item.area)
                self._say(note(Code.NOTHING_ASKED, self._grid.name, item.row, area=area))
                continue
            if item.hidden:
                self._say(Remark(
                    "question", Code.ROW_HIDDEN, self._grid.name, item.row, None,
                    f"row:{self._grid.name}!{item.row}", area=shown(item.area),
                ))
            rows = [
                Row(item.area, item.parent, target if at == 0 else "", bank, branch, number,
                    sheet=self._grid.name, row=item.row, taken=not item.hidden,
                    columns=item.columns, **_given(item.id, at))
                for at, (bank, branch, number) in enumerate(lines or [("", "", "")])
            ]
            made.append(rows)
        return made


def _carried_down(rows: Sequence[TableRow], column: int) -> None:
    last: Cell = None
    for row in rows:
        if len(row.cells) > column:
            if apart(row) is None:
                row.cells[column] = row.cells[column] or last
            last = row.cells[column]


def _given(id: str, place: int) -> dict[str, str]:
    """Return which of a row's ids the table gave: its area's, or its first branch's."""
    if id.startswith("A"):
        return {"area_id": id}
    return {"line_id": id} if id.startswith("N") and place == 0 else {}


def _heading(name: str) -> str:
    """Return a heading as it may be told: one that we know, as it stands."""
    return name if len(name) <= 20 and role_of(name, None) is not None else shown(name)


def _is_aside_row(row: TableRow) -> bool:
    """Whether *row* is a sentence below a table: 抄送：县委办。"""
    told = [str(cell) for cell in row.cells if cell]
    return len(told) == 1 and (len(told[0]) > 20 or re.search("[：:。；]", told[0]) is not None)


def _is_aside(line: str) -> bool:
    """Whether *line* above a table is no title: 单位：户, 附件1."""
    return _ASIDE.match(line) is not None
