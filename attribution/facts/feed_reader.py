"""
The platform's file, read row by row: CSV or XLSX, as banks and offices really send it.

Tolerant of form (encodings, headings, spaces, Excel's own dates and numbers), and
strict of content: a row that cannot be read is reported with its line (`bad_rows`), and the
caller then takes nothing at all. Reports name line and column, never a number.

Files come from outside, so this reading runs in a process of its own (`feed_rows`).
"""
import csv
import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

from attribution.facts import bad_rows
from attribution.facts.bad_rows import BadRow, Problem
from attribution.facts.unpacking import check_unpacked
from attribution.faults import Code
from attribution.rule.instants import Instant, from_datetime, parse_instant, plain_instant
from attribution.rule.people import BadPhone, is_number, normalise_phone
from attribution.rule.stated import NO_AS_OF, Stated, of_day, of_instant, parse_stated
from qrgen.files import csv_problem
from qrgen.shapes import column_letter, shape_of
from qrgen.shell import Fault

FIELDS = ("phone", "registered_at", "card_bound_at", "first_txn_at", "as_of")
REQUIRED = FIELDS[:4]

# Headings seen in practice, besides the field's own name.
HEADINGS = {
    "phone": ("手机号", "手机号码", "电话", "mobile"),
    "registered_at": ("注册时间", "注册日期", "开户时间"),
    "card_bound_at": ("绑卡时间", "绑卡日期", "首次绑卡时间"),
    "first_txn_at": ("首笔交易时间", "首次交易时间", "交易时间", "首笔交易日期"),
    "as_of": ("数据日期", "业务日期", "截至日期"),
}

# Words that stand for "not yet" in such files.
_EMPTY = frozenset({"", "-", "--", "—", "/", "无", "未", "否", "null", "none", "n/a", "#n/a"})
_EXCEL_EPOCH = datetime(1899, 12, 30)

Cell = str | int | float | bool | date | datetime | time | timedelta | None


class FeedRow(NamedTuple):
    """
    One row of the file. *line* counts from 1 and includes the heading.

    *as_of* is `NO_AS_OF` where the column is there and the cell is empty, None without one.
    """

    line: int
    phone: str
    registered_at: Stated | None
    card_bound_at: Stated | None
    first_txn_at: Stated | None
    as_of: Instant | None


def sha256_of(path: Path) -> str:
    """Return the hash that identifies the content of *path*."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def plain_rows(
    path: str, mapping: Mapping[str, str], required: Sequence[str]
) -> Iterator[FeedRow | BadRow]:
    """Yield what `read_feed` does, for `feed_rows` in another process."""
    return read_feed(Path(path), mapping, required=required)


def read_feed(
    path: Path, mapping: Mapping[str, str] | None = None, *,
    required: Sequence[str] = REQUIRED,
) -> Iterator[FeedRow | BadRow]:
    """
    Yield the rows of *path* in order.

    Args:
        mapping: Field name -> the heading it stands under in this file.

    Raises:
        Fault: the file as a whole cannot be read.
    """
    if not path.is_file():
        raise Fault(Code.FEED_MISSING, file=path)
    rows = _xlsx(path) if _is_zip(path) else _csv(path)
    numbered = ((line, cells) for line, cells in rows if any(map(_present, cells)))
    try:
        heading = next(numbered, None)
        if heading is None:
            raise Fault(Code.FEED_EMPTY, file=path)
        places = _places(path, heading[1], mapping or {}, required)
        width = len(heading[1])
        usual = _usual(places, width)
        for line, cells in numbered:
            yield usual(line, cells) or _row(line, cells, places, width)
    except csv.Error as error:
        raise Fault(Code.FEED_NOT_CSV, file=path, problem=csv_problem(error)) from None


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _csv(path: Path) -> Iterator[tuple[int, Sequence[Cell]]]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline()
        file.seek(0)
        delimiter = max(",\t;", key=first.count)
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        while True:
            # A quoted cell may span lines: the row begins on the line after the last.
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise Fault(
                    Code.FEED_QUOTES, file=path, line=line, problem=csv_problem(error)
                ) from None
            yield line, cells


def _encoding(path: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with path.open(encoding=encoding) as file:
                while chunk := file.read(1 << 16):
                    if "\0" in chunk:
                        raise Fault(Code.FEED_NOT_TEXT, file=path)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Fault(Code.FEED_ENCODING, file=path)


def _xlsx(path: Path) -> Iterator[tuple[int, Sequence[Cell]]]:
    from python_calamine import CalamineError, CalamineWorkbook

    check_unpacked(path)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        sheet = workbook.get_sheet_by_index(0)
        rows = sheet.iter_rows()
    except (CalamineError, OSError, IndexError, ValueError):
        # Without the reader's own words, which may quote a cell.
        raise Fault(Code.FEED_NOT_XLSX, file=path) from None
    # iter_rows starts at the sheet's first row, blank ones included.
    yield from zip(itertools.count(1), rows)


def _places(
    path: Path, heading: Sequence[Cell], mapping: Mapping[str, str], required: Sequence[str]
) -> dict[str, int]:
    names = [_text(cell).strip().lower() for cell in heading]
    places: dict[str, int] = {}
    for field in FIELDS:
        wanted = [mapping[field]] if field in mapping else [field, *HEADINGS[field]]
        found = [
            names.index(w.strip().lower()) for w in wanted if w.strip().lower() in names
        ]
        if field in names and field not in mapping:
            found = [names.index(field)]  # our own name needs no guessing
        if len(found) > 1 or any(names.count(names[place]) > 1 for place in found):
            alike = {names[place] for place in found}
            twice = [place for place, name in enumerate(names) if name in alike]
            raise Fault(
                Code.FEED_COLUMN_TWICE, file=path, name=field, field=bad_rows.FIELDS[field],
                columns=[column_letter(place) for place in twice[:20]],
            )
        if found:
            places[field] = found[0]
    missing = [field for field in required if field not in places]
    if missing:
        raise Fault(
            Code.FEED_COLUMN_MISSING, file=path, headings=_seen(names),
            fields=[bad_rows.FIELDS[field] for field in missing],
            option="--phone " if list(required) == ["phone"] else f"--map {missing[0]}=",
            names=",".join(required),
        )
    return places


def _seen(names: Sequence[str]) -> list[Fault | str]:
    """
    Tell of *names*, perhaps headings: those we know by name, of the others the shape.

    Where a file has no headings its first row stands there, somebody's number and name; a word
    that we do not know can be either.
    """
    known = {word for field in FIELDS for word in (field, *HEADINGS[field])}
    told = [
        Fault(
            Code.HEADING, column=column_letter(place),
            heading=name if name in known else shape_of(name),
        )
        for place, name in enumerate(names) if name
    ]
    return [*told[:20], *(["…"] if len(told) > 20 else [])]


def _usual(
    places: Mapping[str, int], width: int
) -> Callable[[int, Sequence[Cell]], FeedRow | None]:
    """
    Return what reads a row written in the usual way, and gives None for every other.

    Nearly all rows are, and this takes a fifth of the time; it must never read one otherwise
    than `_row` does.
    """
    phone = places["phone"]
    instants = [places.get(field) for field in FIELDS[1:]]

    def read(line: int, cells: Sequence[Cell]) -> FeedRow | None:
        if len(cells) != width:
            return None
        number = cells[phone]
        if not isinstance(number, str) or not is_number(number):
            return None
        found: list[Instant | None] = []
        for place in instants:
            text = None if place is None else cells[place]
            if text is None or text == "":
                found.append(None)
                continue
            instant = plain_instant(text) if isinstance(text, str) else None
            if instant is None:
                return None
            found.append(instant)
        registered, bound, paid, as_of = found
        if as_of is None and instants[3] is not None:
            as_of = NO_AS_OF
        return FeedRow(
            line, number, None if registered is None else of_instant(registered),
            None if bound is None else of_instant(bound),
            None if paid is None else of_instant(paid), as_of,
        )

    return read


def _row(
    line: int, cells: Sequence[Cell], places: Mapping[str, int], width: int
) -> FeedRow | BadRow:
    # A row cut short would read as "not yet", and one with a stray comma as
    # another column's value.
    if len(cells) <= max(places[field] for field in REQUIRED if field in places):
        return BadRow(line, [bad_rows.short(len(cells), width)])
    if any(_present(cell) for cell in cells[width:]):
        return BadRow(line, [bad_rows.long(len(cells), width)])

    def cell(field: str) -> Cell:
        place = places.get(field)
        return cells[place] if place is not None and place < len(cells) else None

    problems: list[Problem] = []
    phone = ""
    try:
        phone = normalise_phone(_text(cell("phone")))
    except BadPhone as error:
        problems.append(bad_rows.no_phone(error.digits))
    found: dict[str, Stated | None] = {}
    for field in FIELDS[1:]:
        try:
            found[field] = _as_of(cell(field)) if field == "as_of" else _stated(cell(field))
        except ValueError:
            found[field] = None
            problems.append(bad_rows.no_time(field, shape_of(str(cell(field)).strip())))
    if problems:
        return BadRow(line, problems)
    if found["as_of"] is None and "as_of" in places:
        found["as_of"] = NO_AS_OF
    return FeedRow(
        line, phone, found["registered_at"], found["card_bound_at"],
        found["first_txn_at"], found["as_of"],
    )


def _present(cell: Cell) -> bool:
    if isinstance(cell, str) and cell.isalnum():
        return True  # as most first cells are
    return _text(cell).strip() != ""


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # a number kept as a number in Excel
    # A leading ' marks text in Excel; ="…" is how some systems keep long numbers.
    text = str(cell).strip()
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text.removeprefix("'")


def _stated(cell: Cell) -> Stated | None:
    """Return what *cell* states of a step: Excel's own dates without a time of day are days."""
    moment = _read_time(cell)
    if not isinstance(moment, str):
        if isinstance(moment, datetime):
            return of_instant(from_datetime(moment))
        return None if moment is None else of_day(
            moment.year * 10_000 + moment.month * 100 + moment.day
        )
    return parse_stated(moment)


def _as_of(cell: Cell) -> Instant | None:
    """Return the instant that *cell* names; of a bare date its first."""
    moment = _read_time(cell)
    if isinstance(moment, str):
        return parse_instant(moment)
    if moment is None or isinstance(moment, datetime):
        return None if moment is None else from_datetime(moment)
    return from_datetime(datetime(moment.year, moment.month, moment.day))


def _read_time(cell: Cell) -> datetime | date | str | None:
    """Return the time that *cell* holds, or the text that is still to be read as one."""
    if isinstance(cell, bool):
        raise ValueError("not a time")
    if isinstance(cell, date):  # and so a datetime
        return cell
    text = _text(cell).strip()
    if text.lower() in _EMPTY:
        return None
    if isinstance(cell, int | float):
        # Excel's day number, where the cell lost its date format: 2009 to 2064.
        if 40_000 <= cell <= 60_000:
            moment = _EXCEL_EPOCH + timedelta(seconds=round(cell * 86_400))
            return moment.date() if float(cell).is_integer() else moment
        raise ValueError("not a time")
    if text.isdecimal() and len(text) in (8, 14):
        text = f"{text[:4]}-{text[4:6]}-{text[6:8]}" + (
            f" {text[8:10]}:{text[10:12]}:{text[12:]}" if len(text) == 14 else ""
        )
    return text
