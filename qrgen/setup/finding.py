"""
Where tables lie on a sheet: their heading lines, their columns, their rows.

A sheet may hold several, one below another or side by side, and a heading of two lines whose
upper one is merged. A table without any heading is found by what stands in it.
"""
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from qrgen.setup.amounts import NoAmount, amount_of, is_nothing
from qrgen.setup.columns import Role, is_own, role_of
from qrgen.setup.grids import Grid
from qrgen.tables.cells import TableRow
from qrgen.tables.headings import key_of
from qrgen.tables.merges import filled_down
from qrgen.tables.totals import apart

_LONGEST_HEADING = 40
_AMONG = re.compile(r"^其\s*中\s*[:：]")


@dataclass
class Found:
    """
    A table of a sheet.

    Args:
        columns: Those that are its own, in order.
        roles: Of each column whose heading is known.
        names: What stands above each column, lines joined by ``/``.
        rows: Numbers of the rows below the headings.
        heads: Numbers of the heading lines.
    """

    grid: Grid
    columns: list[int]
    roles: dict[int, Role]
    names: dict[int, str]
    rows: list[int]
    heads: list[int] = field(default_factory=list)

    def of(self, *roles: Role) -> list[int]:
        """Return the columns of any of *roles*, from left to right."""
        return [column for column in self.columns if self.roles.get(column) in roles]

    @property
    def is_areas(self) -> bool:
        return bool(self.of(Role.AREA)) and bool(
            self.of(Role.BRANCH, Role.BANK, Role.TARGET, Role.SHARE, Role.OWN)
        )

    @property
    def is_departments(self) -> bool:
        return bool(self.of(Role.DEPARTMENT)) and not self.of(
            Role.BRANCH, Role.TARGET, Role.SHARE, Role.OWN
        )


def tables_of(grid: Grid) -> list[Found]:
    """Return the tables of *grid* from top to bottom, from left to right."""
    numbers = sorted(grid.rows)
    heads = _heads(grid, numbers)
    found: list[Found] = []
    for at, lines in enumerate(heads):
        end = heads[at + 1][0] if at + 1 < len(heads) else numbers[-1] + 1
        rows = [number for number in numbers if lines[-1] < number < end]
        found += _side_by_side(grid, lines, rows)
    return found or _without_heading(grid, numbers)


def _heads(grid: Grid, numbers: list[int]) -> list[list[int]]:
    """Return the numbers of the lines of each heading."""
    heads: list[list[int]] = []
    taken: set[int] = set()
    for at, number in enumerate(numbers):
        if number in taken or not _is_head(grid, number):
            continue
        lines = [number]
        above = numbers[at - 1] if at else 0
        if above and above not in taken and _is_upper(grid, above):
            lines.insert(0, above)
        for below in numbers[at + 1:at + 3]:
            if not _goes_on(grid, lines, below):
                break
            lines.append(below)
        taken.update(lines)
        heads.append(lines)
    return heads


def _texts(grid: Grid, number: int) -> list[tuple[int, str]]:
    return [(at, cell) for at, cell in enumerate(grid.rows[number]) if cell]


def _is_words(cells: Iterable[tuple[int, str]]) -> bool:
    """Whether *cells* may be headings: short words, no number."""
    for _, cell in cells:
        if len(cell) > _LONGEST_HEADING or _is_number(cell):
            return False
        words = _AMONG.sub("", cell)  # 其中：各承办银行 is a heading, 单位：户 is none
        if "：" in words.rstrip("：") or ":" in words.rstrip(":"):
            return False
    return True


def _is_number(cell: str) -> bool:
    try:
        # Part of a person is a number too: 0.35, of a table in 万户.
        return amount_of(cell, 10_000_000_000) is not None
    except NoAmount:
        return False


def _is_head(grid: Grid, number: int) -> bool:
    cells = _texts(grid, number)
    if not cells or not _is_words(cells):
        return False
    if apart(TableRow(number, list(grid.rows[number]))):
        words = [cell for _, cell in cells]
        if not any("合计" in word for word in words[1:]):
            return False
    roles = [role_of(cell, None) for _, cell in cells]
    values = {Role.TARGET, Role.BRANCH, Role.BANK, Role.SHARE, Role.OWN}
    if Role.AREA in roles and values & set(roles):
        return not _is_data(grid, number)
    plain = roles == [Role.AREA] and cells[0][1] in ("单位", "单位名称", "单位全称")
    if plain or Role.DEPARTMENT in roles:
        known = [role for role in roles if role is not None]
        return len(known) * 2 > len(cells) and not _is_title(grid, number)
    return False


def _is_data(grid: Grid, number: int) -> bool:
    """Whether row *number* is of names: 枫边乡, 农商行枫边支行."""
    cells = [key_of(cell) for _, cell in _texts(grid, number)]
    areas = [cell for cell in cells if role_of(cell, None) is Role.AREA]
    generic = {"乡镇", "镇", "乡", "街道", "社区", "村", "区域", "单位", "辖区", "片区", "地区"}
    return bool(areas) and all(
        len(cell) >= 3 and cell[-1] in "镇乡区村道" and cell[:2] not in generic
        and "(" not in cell and "、" not in cell and "/" not in cell
        and not cell.startswith((
            "各", "责任", "对接", "所属", "所在", "行政", "包干", "负责", "挂钩", "分管", "承办",
        ))
        for cell in areas
    )


def _is_title(grid: Grid, number: int) -> bool:
    """Whether row *number* is one long line above a table, or one below which nothing stands."""
    cells = _texts(grid, number)
    below = [other for other in sorted(grid.rows) if other > number][:1]
    if len(cells) == 1 and not below:
        return True
    return len(cells) == 1 and (len(cells[0][1]) > 16 or len(_texts(grid, below[0])) > 2)


def _is_upper(grid: Grid, number: int) -> bool:
    """Whether row *number*, above a heading, is its upper line and no title."""
    cells = _texts(grid, number)
    if len(cells) < 2 or not _is_words(cells):
        return False
    return not _is_data(grid, number)


def _goes_on(grid: Grid, lines: list[int], below: int) -> bool:
    """Whether row *below* is another line of the heading that ends with *lines*."""
    cells = _texts(grid, below)
    if below != lines[-1] + 1 or not cells or not _is_words(cells):
        return False
    roles = _roles(grid, lines, None)
    if any(area.top in lines and area.bottom >= below and area.left == at
           for area in grid.merged for at, role in roles.items()
           if role in (Role.AREA, Role.DEPARTMENT)):
        return True  # the heading of the areas reaches down to it
    areas = [at for at, role in roles.items() if role in (Role.AREA, Role.DEPARTMENT)]
    if any(grid.cell(below, at) and grid.cell(below, at) != grid.cell(lines[-1], at)
           and role_of(grid.cell(below, at), None) is not Role.AREA for at in areas):
        return False
    if any(grid.cell(below, at) for at in areas) and _is_data(grid, below):
        return False
    told = [role_of(cell, None) for _, cell in cells]
    # A branch below an empty area is data that goes on, unless the cell is one bank's name.
    return any(told) and all(
        role is not None or is_own(cell) for role, (_, cell) in zip(told, cells, strict=True)
    ) and not any("支行" in cell or ("（" in cell and _has_number(cell)) for _, cell in cells)


def _has_number(cell: str) -> bool:
    return any(letter.isdecimal() for letter in cell)


def _names(grid: Grid, lines: list[int]) -> dict[int, str]:
    """Return what stands above each column; an upper heading reaches over empty cells."""
    rows = filled_down(
        [TableRow(number, list(grid.rows[number])) for number in lines],
        [area for area in grid.merged if area.top in lines], range(grid.width),
    )
    made: dict[int, list[str]] = {at: [] for at in range(grid.width)}
    for place, row in enumerate(rows):
        over = ""
        last = place == len(rows) - 1
        for at in range(grid.width):
            cell = row.cells[at] if at < len(row.cells) else None
            text = str(cell or "").replace("\n", "")
            if text:
                over = text
            elif last or not over or not any(
                at < len(lower.cells) and lower.cells[at] for lower in rows[place + 1:]
            ):
                continue
            told = text or over
            if told not in made[at]:
                made[at].append(told)
    return {at: "/".join(words) for at, words in made.items() if words}


def _roles(grid: Grid, lines: list[int], numeric: Mapping[int, bool] | None) -> dict[int, Role]:
    roles = {}
    for at, name in _names(grid, lines).items():
        role = role_of(name, None if numeric is None else numeric.get(at))
        if role is not None:
            roles[at] = role
    return roles


def _numeric(grid: Grid, rows: list[int]) -> dict[int, bool]:
    """Return of each column with anything in it whether most of that is numbers."""
    told: dict[int, bool] = {}
    for at in range(grid.width):
        cells = [cell for number in rows if (cell := grid.cell(number, at))]
        cells = [cell for cell in cells if not is_nothing(cell)]
        if cells:
            numbers = sum(_is_number(cell) or cell[0] in "=#" for cell in cells)
            told[at] = numbers * 2 > len(cells)
    return told


def _side_by_side(grid: Grid, lines: list[int], rows: list[int]) -> list[Found]:
    roles = _roles(grid, lines, _numeric(grid, rows))
    names = _names(grid, lines)
    begins: list[int] = []
    value = False
    for at in range(grid.width):
        role = roles.get(at)
        if role in (Role.AREA, Role.DEPARTMENT):
            if value or not begins:
                begins.append(at)
                value = role is Role.DEPARTMENT
        elif role in (Role.TARGET, Role.BRANCH, Role.SHARE, Role.OWN):
            value = True
    if not begins:
        return []
    found = []
    for place, begin in enumerate(begins):
        first = 0 if place == 0 else begin
        end = begins[place + 1] if place + 1 < len(begins) else grid.width
        columns = list(range(first, end))
        found.append(Found(
            grid, columns, {at: roles[at] for at in columns if at in roles},
            {at: names[at] for at in columns if at in names}, rows, lines,
        ))
    return found


def _without_heading(grid: Grid, numbers: list[int]) -> list[Found]:
    """Return the table of rows like 潋江镇, 1450, 农商行…, if the sheet is one."""
    if not numbers:
        return []
    area = target = branch = -1
    for at in range(grid.width):
        cells = [cell for number in numbers if (cell := grid.cell(number, at))]
        if not cells:
            continue
        if sum(_is_number(cell) for cell in cells) * 2 > len(cells):
            ordinal = [cell for cell in cells if cell.isdecimal()] == [
                str(n) for n in range(1, len(cells) + 1)
            ]
            target = at if target < 0 and not ordinal else target
        elif area < 0 and sum(cell[-1] in "镇乡区村道办" for cell in cells) * 2 > len(cells):
            area = at
        elif branch < 0 and sum("行" in cell or "社" in cell for cell in cells) * 2 > len(cells):
            branch = at
    if area >= 0 and (target >= 0 or branch >= 0):
        roles = {area: Role.AREA}
        if target >= 0:
            roles[target] = Role.TARGET
        if branch >= 0:
            roles[branch] = Role.BRANCH
        return [Found(grid, list(range(grid.width)), roles, {}, numbers)]
    return []
