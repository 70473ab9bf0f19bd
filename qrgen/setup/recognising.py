"""
From sheets to a draft: which rows are areas with their branches, and which are not.

Totals, notes, hidden rows and columns that nobody asked for are told and left out; nothing is
left out in silence, and no number is made up.
"""
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from qrgen.setup.amounts import NoAmount, amount_of, is_nothing
from qrgen.setup.branches import name_of, pieces_of
from qrgen.setup.columns import Role, is_wan, role_of
from qrgen.setup.departments import departments_in
from qrgen.setup.draft import Department, Draft, Part, Remark, Row, note
from qrgen.setup.fault_codes import Code
from qrgen.setup.finding import Found, tables_of
from qrgen.setup.grids import ERROR, FORMULA, Grid
from qrgen.setup.repeating import shown
from qrgen.tables.cells import TableRow
from qrgen.tables.headings import key_of
from qrgen.tables.merges import filled_down
from qrgen.tables.totals import Apart, apart
from qrgen.texts import clean

_WHOLE = re.compile(r"全[国省市县区镇乡]|本[县市区]")
_OWN = re.compile(r"[\u3400-\u9fff]{1,7}?(?:自治县|[县市区镇乡])")
_UNIT = re.compile(r"单位\s*[:：]|[（(]\s*万?户\s*[)）]")
_EXCLUDED = re.compile(
    r"[（(]\s*(?:不含|除)?([\u3400-\u9fff、]+?)\s*(?:除外|不参加|不参与)\s*[)）]"
)
_ASIDE = re.compile(r"(单位|附件|附表|填报|制表|日期|时间|金额|联系)[\d一二三：: ]*")


@dataclass
class _Item:
    """A row of a table: an area, its number, its branches with theirs."""

    row: int
    area: str
    parent: str
    target: str
    lines: list[tuple[str, str, str]] = field(default_factory=list)  # bank, branch, number
    share: bool = False  # the numbers of its branches stand in a column of their own
    hidden: bool = False
    first: bool = True  # the area's name stands here, and not in a row above


@dataclass
class _Total:
    name: str
    number: int | None
    row: int
    at: int  # how many items stand above


def recognise(grids: Sequence[Grid]) -> Draft:
    """
    Return what *grids* (`qrgen.setup.opening`) say, as rows to be seen and corrected.

    A sheet that holds no table we know is told of. Nothing is raised: what cannot be taken is a
    problem among the remarks, here or of `qrgen.setup.understanding.understand`.
    """
    reader = _Recognised()
    for grid in grids:
        reader.sheet(grid)
    return reader.draft()


class _Recognised:
    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.departments: list[Department] = []
        self.remarks: list[Remark] = []
        self.parts: list[Part] = []
        self.excluded: list[str] = []
        self.totals: list[int] = []
        self.title = ""

    def draft(self) -> Draft:
        if not self.rows and not self.departments:
            self.remarks.append(Remark("problem", Code.NO_TABLE, file=""))
        return Draft(
            tuple(self.rows), tuple(self.departments),
            sum(self.totals) if self.totals else None, self.title,
            tuple(dict.fromkeys(self.excluded)), tuple(self.parts), tuple(self.remarks),
        )

    def sheet(self, grid: Grid) -> None:
        if not grid.rows:
            return
        if grid.hidden:
            self.remarks.append(note(Code.SHEET_HIDDEN, grid.name))
            return
        found = tables_of(grid)
        areas = [table for table in found if table.is_areas]
        lists = [table for table in found if table.is_departments]
        if not areas and not lists:
            self.remarks.append(note(Code.SHEET_PASSED, grid.name, min(grid.rows)))
            return
        if areas:
            _Areas(self, grid, areas).read()
        for table in lists:
            self.departments += departments_in(table)


class _Areas:
    """The tables of areas on one sheet."""

    def __init__(self, into: _Recognised, grid: Grid, tables: list[Found]) -> None:
        self._into = into
        self._grid = grid
        self._tables = tables
        self._items: list[_Item] = []
        self._totals: list[_Total] = []
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
            self._table(table)
        if self._unit > 1:
            self._say(note(Code.UNIT_WAN, self._grid.name, min(self._tables[0].heads, default=0)))
        self._county_is_total()
        items = self._rolled_up()
        self._sums(items)
        for rows in self._rows(items):
            self._into.rows.extend(rows)
        if not any(item.lines for item in items):
            self._say(note(Code.NO_BANKS, self._grid.name, self._tables[0].rows[0]
                           if self._tables[0].rows else 0))

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

    def _table(self, table: Found) -> None:
        grid = self._grid
        names = table.of(Role.AREA)
        area_at = names[-1]
        parent_at = names[0] if len(names) > 1 else None
        numbered = [
            TableRow(n, [grid.cell(n, at) or None for at in range(grid.width)])
            for n in table.rows
        ]
        whole = filled_down(numbered, grid.merged, {*names})
        area = parent = ""
        for row, filled in zip(numbered, whole, strict=True):
            own = TableRow(row.number, [row.cells[at] for at in table.columns])
            if not any(own.cells):
                continue
            kind = apart(own)
            told = self._name(filled, area_at)
            if kind is None and _WHOLE.match(told) and not self._branches(table, row):
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
            lines = self._branches(table, row)
            target = self._number(table, row, Role.TARGET)
            first = True
            if above and not told:
                # A town alone in its row: an area itself, or what its communities add up to.
                told, above, parent = above, "", above
            elif told:
                above = parent = above or (parent if parent_at is not None else "")
            elif lines:
                told, above, first = area, parent if parent_at is not None else "", False
            if not told and (lines or not is_nothing(target)):
                told = ""
            elif not told:
                continue
            first = first and not self._is_covered(row.number, area_at)
            area = told
            self._items.append(_Item(
                row.number, told, above if above != told else "", target, lines,
                bool(table.of(Role.SHARE)) or bool(table.of(Role.OWN)),
                row.number in grid.hidden_rows, first,
            ))

    def _is_covered(self, number: int, column: int) -> bool:
        return any(
            area.top < number <= area.bottom and area.left <= column <= area.right
            for area in self._grid.merged
        )

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
                name = table.names[at].rpartition("/")[2]
                lines.append((name_of(name), name_of(name), self._amount(cell)))
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
        self._totals.append(_Total(name, number, row.number, len(self._items)))
        for cell in row.cells:
            for found in _EXCLUDED.findall(str(cell or "")):
                self._into.excluded += [word for word in found.split("、") if word]
                self._say(note(Code.EXCLUDED, self._grid.name, row.number, banks=found))

    def _county_is_total(self) -> None:
        """Take the row that bears the county's own name, or adds up all others, as a total."""
        for place, item in enumerate(list(self._items)):
            others = [one for one in self._items if one is not item and not one.hidden]
            if item.lines or len(others) < 2 or not item.target.isdecimal():
                continue
            sums = sum(self._worth(one) for one in others)
            ours = item.area in self._county or re.fullmatch(r".{1,8}[县市]", item.area)
            alone = place in (0, len(self._items) - 1) and any(one.lines for one in others)
            if (ours and (sums == int(item.target) or item.area[-1] in "县市")) or (
                alone and sums == int(item.target)
            ):
                self._items.remove(item)
                at = sum(one.row < item.row for one in self._items)
                self._totals.append(_Total(item.area, int(item.target), item.row, at))
                self._totals.sort(key=lambda total: total.row)
                return

    def _worth(self, item: _Item) -> int:
        if item.target.isdecimal():
            return int(item.target)
        return sum(int(n) for _, _, n in item.lines if n.isdecimal())

    def _rolled_up(self) -> list[_Item]:
        """Leave out towns whose communities stand below with numbers of their own."""
        parents = {item.parent for item in self._items if item.parent}
        kept = []
        for item in self._items:
            under = [one for one in self._items if one.parent == item.area and not one.hidden]
            if item.area in parents and not item.parent and not item.lines and under:
                self._say(note(
                    Code.ROLLED_UP, self._grid.name, item.row, area=shown(item.area),
                    number=item.target,
                ))
                if item.target.isdecimal():
                    self._into.parts.append(Part(
                        item.area, int(item.target), tuple(one.area for one in under),
                        self._grid.name, item.row,
                    ))
            else:
                kept.append(item)
        return kept

    def _sums(self, items: list[_Item]) -> None:
        """Tell the whole's total from totals of parts."""
        count = len(self._items)
        told = [total for total in self._totals if total.number is not None]
        ends = [total for total in told if total.at in (0, count)]
        whole = next((t for t in reversed(ends) if "小计" not in t.name), None) or (
            ends[-1] if ends and len(told) == 1 else None
        )
        if whole is not None and whole.number is not None:
            self._into.totals.append(whole.number)
        before = 0
        for total in told:
            if total is whole:
                if total.at:
                    before = total.at
                continue
            assert total.number is not None
            below = next((t.at for t in told if t.at > total.at), count)
            inside = self._items[before:total.at]
            after = self._items[total.at:below]
            if sum(map(self._worth, inside)) != total.number and (
                after and sum(map(self._worth, after)) == total.number
            ):
                inside = after
            names = tuple(one.area for one in inside if one in items and not one.hidden)
            self._into.parts.append(Part(
                total.name, total.number, names, self._grid.name, total.row
            ))
            before = total.at
        if self._totals:
            self._say(note(
                Code.TOTAL_LEFT, self._grid.name, self._totals[0].row,
                rows=[f"{total.row}（{shown(total.name)}）" for total in self._totals],
            ))

    def _rows(self, items: list[_Item]) -> list[list[Row]]:
        made = []
        often = {}  # type: dict[tuple[str, str], list[_Item]]
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
                    sheet=self._grid.name, row=item.row, taken=not item.hidden)
                for at, (bank, branch, number) in enumerate(lines or [("", "", "")])
            ]
            made.append(rows)
        return made


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
