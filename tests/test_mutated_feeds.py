# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
A file damaged anywhere never changes a credit without a word.

Every byte of a text and of a workbook, and of the parts inside it, is changed, taken out and
doubled; the files are cut off at every byte; rows are lost, doubled and exchanged. What is not
refused, and tells nothing else than before, must state the same steps of the same rows; and who
loses a credit by a value that now is another one is for somebody to look at, by name, or, where the
row's own time is now one that the rule does not count, ends as ruled out. Whoever held a credit
before a damaged file and would not after it is told by the row, before the file counts.
"""
import contextlib
import io
import os
import re
import zipfile
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple

import pytest
from factories import make_phone
from stores import new_service
from workbooks import DECLARED, book_bytes, sheet_xml, text_cell

from attribution.facts import feed_reader
from attribution.facts.absorb import absorb
from attribution.facts.bad_rows import BadRow
from attribution.facts.batches import add_batch
from attribution.facts.feed_notes import Note
from attribution.facts.feed_reader import FeedRow
from attribution.facts.report import TO_WORK_OFF, Report
from attribution.facts.rows import Item, Rows
from attribution.facts.spool import _not_ahead
from attribution.facts.survey import Survey
from attribution.ledger import Ledger
from attribution.rule import instants
from attribution.rule.instants import HOUR, local_text
from attribution.rule.people import identifier
from attribution.rule.stated import NO_AS_OF
from attribution.store import log
from qrgen.shell import Fault

# Numbers of which no two are alike but for one digit: a slip makes nobody another claimant.
PEOPLE = [make_phone(number) for number in (1122, 23_344, 345_566, 4_567_788, 56_789_900)]
# Of a workbook every byte takes minutes: ZHUANMA_TEST_EVERY_BYTE=1 goes through all of them.
STEP = 1 if os.environ.get("ZHUANMA_TEST_EVERY_BYTE") else 7
HEAD = ["手机号", "注册时间", "绑卡时间", "首笔交易时间", "数据日期", "备注"]


class Read(NamedTuple):
    """What a file says: of each row number and steps, where it ends, who is credited."""

    rows: list[tuple[Any, ...]]
    notes: list[Note]
    credited: frozenset[str]
    endings: dict[str, str]


@pytest.fixture(scope="module")
def county(made_instance, tmp_path_factory):
    """Four claimed yesterday; of the fifth nobody ever heard."""
    folder = tmp_path_factory.mktemp("mutated")
    with new_service("sqlite", made_instance, folder) as service:
        yield County(service, folder)


class County:
    def __init__(self, service, folder):
        self.store, self.campaign = service.store, service.campaign
        self.identify = identifier(service.settings.person_pepper, service.settings.digest)
        self.folder, self.now = folder, instants.now()
        claimed = self.now - 26 * HOUR
        with self.store.transaction() as connection:
            for number, phone in enumerate(PEOPLE[:4], 1):
                person, last4 = self.identify(phone)
                log.add_claim(connection, log.ClaimRow(
                    number, self.campaign.id, person, claimed, "N07", 1, None, None, False, last4,
                    "c", "n", "other", token=f"t{number}",
                ))
        since = datetime.fromisoformat(local_text(self.now - 25 * HOUR))
        day = [since + timedelta(minutes=15 * step) for step in range(3)]
        # Three are credited, one of them by a row of an odd business day; one has not paid, one
        # has not bound and nobody ever heard of the last.
        today = day[2] + timedelta(hours=1)
        self.table: list[list[Any]] = [
            [PEOPLE[0], *day, today, "新"], [PEOPLE[1], *day, today, None],
            [PEOPLE[2], *day[:2], None, today, None], [PEOPLE[3], *day, None, None],
            [PEOPLE[4], day[0], None, day[2], today, "新"],
        ]

    def rows(self, content, name="a.csv"):
        """Return the notes of *content* and its rows; None where it is refused, and so told."""
        path = self.folder / name
        path.write_bytes(content)
        try:
            items = list(feed_reader.rows_here(path))
        except Fault:
            return None
        rows = [item if isinstance(item, Note) else _not_ahead(item, self.now) for item in items]
        if any(isinstance(row, BadRow) for row in rows):
            return None
        notes = [row for row in rows if isinstance(row, Note)]
        found = [row for row in rows if isinstance(row, FeedRow)]
        return (notes, found) if found else None

    def laid(self, found):
        """Return *found*, rows of a file, as a chunk of it."""
        return Rows.of(sorted([
            Item._make([
                row.line, *self.identify(row.phone),
                self.now if row.as_of in (None, NO_AS_OF) else row.as_of,
                *[value or None for value in row[2:5]], 0 in row[2:5], None,
            ]) for row in found
        ], key=itemgetter(1, 0)))

    def read(self, content, name="a.csv"):
        """Return what *content* says; None where it is refused, and so told."""
        if (rows := self.rows(content, name)) is None:
            return None
        notes, found = rows
        survey = Survey(self.campaign, Report("x"), self.now)
        with self.store.read() as connection:
            told = survey.look(connection, self.laid(found))
        by_line = {row.line: row.phone for row in found}
        ending = {by_line[outcome.line]: outcome for outcome in told.outcomes}
        return Read(
            [(row.phone, *row[2:5]) for row in found], notes,
            frozenset(p for p, outcome in ending.items() if outcome.reason == "credited"),
            {phone: outcome.category for phone, outcome in ending.items()},
        )

    def text(self, encoding="utf-8", *, total=False):
        lines = [",".join(HEAD)]
        lines += [",".join("" if cell is None else str(cell) for cell in row)
                  for row in self.table]
        if total:
            lines.append("合计,5,4,4,,")
        return ("\r\n".join(lines) + "\r\n").encode(encoding)

    def workbook(self):
        """Return it with texts kept once, dates as numbers by their style, and a hidden sheet."""
        texts = [*HEAD, *PEOPLE, "新"]
        rows: list[list[Any]] = [HEAD, *self.table]
        tab = "".join(
            f'<row r="{number}">' + "".join(
                f'<c r="{letter}{number}" t="s"><v>{texts.index(cell)}</v></c>'
                if isinstance(cell, str)
                else f'<c r="{letter}{number}" s="1"><v>{days(cell)}</v></c>'
                for letter, cell in zip("ABCDEF", row, strict=True) if cell is not None
            ) + "</row>" for number, row in enumerate(rows, 1)
        )
        shared = "".join(f"<si><t>{text}</t></si>" for text in texts)
        return book_bytes(
            sheet_xml(tab), sheet_xml(f'<row r="1">{text_cell("A1", "旧")}</row>'),
            texts=f"{DECLARED}<sst>{shared}</sst>", states={2: "hidden"},
        )


def days(when):
    return (when - datetime(1899, 12, 30)) / timedelta(days=1)


def silent(was, now):
    """Return what *now* says otherwise than *was* without a word; None where all is told."""
    if now is None or now.notes != was.notes or len(now.rows) != len(was.rows):
        return None
    others = 0
    for before, after in zip(was.rows, now.rows, strict=True):
        others += before[0] != after[0]
        for step, value in zip(before[1:], after[1:], strict=True):
            if (value is None) != (step is None):
                return f"a step of {before[0]} came or went"
    if others > 1:
        return "several rows are about others"
    stated = {row[0]: row[1:] for row in was.rows}
    states = {row[0]: row[1:] for row in now.rows}
    for phone in was.credited - now.credited:
        ending = now.endings.get(phone)
        # An outcome and no difference (docs/ledger.md), but of a time of one's own row alone.
        by_its_time = ending == "ruled_out" and states[phone] != stated[phone]
        if ending is not None and ending not in TO_WORK_OFF and not by_its_time:
            return f"{phone} lost a credit and is {ending}"
    if len(now.credited - was.credited) > others:
        return "somebody is credited"
    return None


def changes(content, others):
    """Yield what one slip at any byte makes of *content*."""
    for place in range(len(content)):
        for other in others(content[place]):
            yield f"{place}:={other:02x}", content[:place] + bytes([other]) + content[place + 1:]
        yield f"{place}:out", content[:place] + content[place + 1:]
        yield f"{place}:twice", content[:place + 1] + content[place:]


def alike(byte):
    """Bytes one bit away, the next digit, and what parts cells and lines."""
    near = {byte ^ 1, *b',"'} if STEP > 1 else {byte ^ 1, byte ^ 0x80, *b',"\n 0'}
    return sorted(near - {byte})


@pytest.mark.parametrize(("encoding", "total"), [("utf-8", False), ("gb18030", True)])
def test_no_byte_of_a_text_changes_a_credit_in_silence(county, encoding, total):
    content = county.text(encoding, total=total)
    was = county.read(content)
    assert {PEOPLE[0], PEOPLE[1], PEOPLE[3]} == was.credited
    missed = {
        name: why for name, other in changes(content, alike)
        if (why := silent(was, county.read(other))) is not None
    }
    assert {} == missed


class Undone(Exception):
    """So that nothing stays of what was taken in to see what it does."""


def test_whoever_would_lose_a_credit_is_told_by_the_row_before_it_counts(county):
    """A day's file, taken in; the next day's is the same, and damaged: what it does is told."""
    content, later = county.text(), county.now + HOUR
    ledger = Ledger(county.store, county.campaign)
    wrong, losing = {}, 0
    for place, byte in enumerate(content):
        if place and not 0x30 <= byte <= 0x39:
            continue  # a digit is another digit, at first none is
        changed = bytes([byte ^ 1]) if place else content[:1]
        rows = county.rows(content[:place] + changed + content[place + 1:])
        if rows is None:
            continue
        with contextlib.suppress(Undone), county.store.transaction() as connection:
            take(county, ledger, connection, county.rows(content)[1], "first", county.now)
            before = credited(connection)
            # A day later; the file's own business date stays what it is.
            moved = [row._replace(as_of=later) for row in rows[1]]
            report = take(county, ledger, connection, moved, "second", later)
            after = credited(connection)
            lines = {county.identify(row.phone)[0]: row.line for row in moved}
            due = sorted(lines[p] for p in before if after.get(p) != before[p])
            told = sorted(line for loss in report.losses for line in loss.lines)
            losing += bool(due)
            if due != told or len(due) != report.lost + report.moved:
                wrong[place] = (due, report.losses)
            raise Undone
    assert {} == wrong
    assert losing > 5


def take(county, ledger, connection, found, batch, now):
    report = Report(batch, rows=len(found), sha256=batch)
    surveyed = Survey(county.campaign, report, now).look(connection, county.laid(found))
    add_batch(connection, county.campaign, report, ("file", "ann"), now, now)
    absorb(ledger, connection, batch, now, surveyed, now)
    return report


def credited(connection):
    return {
        row["person"]: row["credited"]
        for row in connection.rows("select person, credited from standing where credited <> ''")
    }


def test_a_text_cut_off_anywhere_tells_it(county):
    """Half a file is the commonest damage; with a row of totals it cannot pass at all."""
    content = county.text()
    was = county.read(content)
    missed = {
        end: why for end in range(len(content))
        if (why := silent(was, county.read(content[:end]))) is not None
    }
    assert {} == missed
    totalled = county.text(total=True)
    rows = totalled.splitlines(keepends=True)
    assert county.read(totalled) is not None
    for place in range(1, len(rows) - 1):
        assert county.read(b"".join(rows[:place] + rows[place + 1:])) is None, place
        assert county.read(b"".join(rows[:place] + rows[place:place + 1] + rows[place:])) is None


def test_rows_in_another_order_or_twice_credit_the_same(county):
    rows = county.text().splitlines(keepends=True)
    was = county.read(b"".join(rows))
    for one in range(1, len(rows)):
        for other in range(one + 1, len(rows)):
            moved = list(rows)
            moved[one], moved[other] = moved[other], moved[one]
            assert county.read(b"".join(moved)).credited == was.credited
        assert county.read(b"".join([*rows, rows[one]])).credited == was.credited


def test_no_byte_of_a_workbook_changes_a_credit_in_silence(county):
    content = county.workbook()
    was = county.read(content, "a.xlsx")
    assert {PEOPLE[0], PEOPLE[1], PEOPLE[3]} == was.credited
    missed = {}
    for place in range(0, len(content), STEP):
        for other in (content[place] ^ 1, content[place] ^ 0x20):
            changed = content[:place] + bytes([other]) + content[place + 1:]
            if (why := silent(was, county.read(changed, "a.xlsx"))) is not None:
                missed[f"{place}:={other:02x}"] = why
    for end in range(0, len(content), 7 * STEP):
        if (why := silent(was, county.read(content[:end], "a.xlsx"))) is not None:
            missed[f"until {end}"] = why
    assert {} == missed


PARTS = ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml",
         "xl/_rels/workbook.xml.rels", "[Content_Types].xml", "_rels/.rels")


@pytest.mark.parametrize("part", PARTS)
def test_no_byte_inside_a_workbook_changes_a_credit_in_silence(county, part):
    """
    As a program writes it that has a slip: the checksums of the packing are right again.

    But for the letter of a cell's column, which nothing else says.
    """
    with zipfile.ZipFile(io.BytesIO(county.workbook())) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    was = county.read(packed_again(parts), "a.xlsx")
    missed = {}
    letters = {found.start(1) for found in re.finditer(rb' r="([A-Z])[0-9]', parts[part])}
    for place, byte in enumerate(parts[part]):
        if place in letters:
            continue
        for other in {byte ^ 1, byte ^ 0x04} if place % STEP == 0 else ():
            changed = bytearray(parts[part])
            changed[place] = other
            now = county.read(packed_again({**parts, part: bytes(changed)}), "a.xlsx")
            if (why := silent(was, now)) is not None:
                missed[f"{place}:={other:02x} {bytes(changed[place - 20:place + 20])!r}"] = why
    assert {} == missed


def packed_again(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return out.getvalue()
