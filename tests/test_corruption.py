# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
Files corrupted byte by byte and row by row: refused whole, or told row by row.

A credit that changes is in the report (new, lost or moved), its row among those somebody must
look at where it contradicts what was known, and an automatic adjustment says why.
"""
import csv
import io
from collections import Counter

import openpyxl
import pytest
from factories import make_phone
from feeding import import_feed
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from stores import KINDS, new_service, wipe
from test_contract_periods import Office

from attribution.facts import intake
from attribution.proof import checks
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, local_text
from attribution.rule.people import identify
from qrgen.shell import Fault

PEOPLE = 6
HEAD = ("手机号", "注册时间", "绑卡时间", "首笔交易时间")


def quick(examples):
    return settings(
        max_examples=examples, deadline=None, database=None,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield Office(service, tmp_path)


def begun(office):
    """Empty the ledger; four of six have a claim, and all came by a good file."""
    wipe(office.store)
    office.now = (instants.now() - HOUR) // 1_000_000 * 1_000_000
    for number in range(1, 5):
        office.claim(number, "N07" if number % 2 else "A01", office.now - 3 * DAY)
    table = [HEAD, *(
        (make_phone(number), *(local_text(office.now - 2 * DAY + m * MINUTE) for m in (0, 5, 9)))
        for number in range(1, PEOPLE + 1)
    )]
    (office.folder / "good.csv").write_bytes(as_csv(table))
    take(office, office.folder / "good.csv", 0)
    return table


def as_csv(table):
    text = io.StringIO()
    csv.writer(text).writerows(table)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(table):
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in table:
        sheet.append(row)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def take(office, path, minutes):
    """Take *path* in some minutes later; return the report and where each row ended."""
    ended: list[intake.Outcome] = []
    report = import_feed(
        office.ledger, path, pepper=office.service.settings.person_pepper,
        digest="sha256", now=instants.now() + minutes * MINUTE, by_whom="test",
        reading=intake.Reading(losses=True), details=ended.append)
    return report, ended


def credits(office):
    with office.store.read() as connection:
        return {row["person"]: row["credited"] for row in connection.rows(
            "select person, credited from standing where credited is not null")}


def count(office, table, condition="1 = 1"):
    with office.store.read() as connection:
        return connection.one(f"select count(*) as n from {table} where {condition}")["n"]


def holds(office, raw, suffix):
    """Take the corrupted *raw* in, and hold what became of it against what was told."""
    before, rows = credits(office), count(office, "fact")
    path = office.folder / f"corrupted{suffix}"
    path.write_bytes(raw)
    try:
        report, ended = take(office, path, 5)
    except Fault as fault:
        assert fault.cause
        assert (before, rows) == (credits(office), count(office, "fact"))
        assert 0 == count(office, "batch", "id = 'corrupted'")
        return
    after = credits(office)
    if report.repeated:
        assert before == after
        return
    assert report.rows == len(ended) == sum(report.categories.values())
    assert count(office, "fact") == rows + report.rows
    lost = {person for person in before if person not in after}
    moved = {person for person in before.keys() & after.keys() if before[person] != after[person]}
    new = after.keys() - before.keys()
    assert (len(lost), len(new | moved)) == (report.lost, report.credited)
    last4s = {
        identify(make_phone(n), office.service.settings.person_pepper).digest: make_phone(n)[-4:]
        for n in range(1, PEOPLE + 1)
    }
    told = Counter(
        outcome.last4 for outcome in ended if outcome.category in ("conflict", "time_anomaly"))
    for person in lost | moved:
        assert told[last4s[person]], ended
    assert len(lost | moved) <= count(
        office, "adjustment", "automatic = 1 and reason = 'feed_correction'")
    assert sum(told.values()) == count(office, "difference", "batch = 'corrupted'")
    assert [] == checks.check(office.ledger)


BYTES = st.tuples(st.sampled_from(["flip", "put", "drop", "cut", "set"]), st.floats(0, 1),
                  st.integers(0, 255))


def corrupted(raw, hurts):
    for deed, where, value in hurts:
        place = min(int(where * len(raw)), max(len(raw) - 1, 0))
        if deed == "cut":
            raw = raw[:place]
        elif deed == "drop":
            raw = raw[:place] + raw[place + 1:]
        elif deed == "put":
            raw = raw[:place] + bytes([value]) + raw[place:]
        elif raw:
            old = raw[place] ^ (1 << value % 8) if deed == "flip" else value
            raw = raw[:place] + bytes([old]) + raw[place + 1:]
    return raw


# A digit in the place of another leaves a file that reads well, and says something else.
DIGITS = st.tuples(st.just("set"), st.floats(0.1, 1), st.sampled_from(b"0123456789"))


def test_contract_csv_corrupted_byte_by_byte(office):
    @quick(60 if office.store.database.dialect == "sqlite" else 12)
    @given(st.lists(BYTES | DIGITS, min_size=1, max_size=3))
    def hurt(hurts):
        holds(office, corrupted(as_csv(begun(office)), hurts), ".csv")

    hurt()


def test_contract_xlsx_corrupted_byte_by_byte(office):
    @quick(40 if office.store.database.dialect == "sqlite" else 8)
    @given(st.lists(BYTES, min_size=1, max_size=3))
    def hurt(hurts):
        holds(office, corrupted(as_xlsx(begun(office)), hurts), ".xlsx")

    hurt()


CELL = st.sampled_from([
    "", "-", "0", "2022-10-11", "2099-01-01 00:00:00", "1999-01-01 00:00:00", "45000",
    "20221011", "昨天", "'", "=1+1", "12345678901234567890",
]) | st.text(max_size=8)
ROWS = st.one_of(
    st.tuples(st.sampled_from(["drop", "twice", "swap", "shift", "split"]),
              st.integers(1, PEOPLE), st.integers(1, PEOPLE)),
    st.tuples(st.just("cell"), st.integers(1, PEOPLE), st.integers(0, 3), CELL),
    st.tuples(st.just("times"), st.integers(1, PEOPLE), st.integers(1, PEOPLE)),
)


def rearranged(table, deeds):
    table = [list(row) for row in table]
    for deed, one, *rest in deeds:
        if one >= len(table):
            continue
        if deed == "drop":
            del table[one]
        elif deed == "twice":
            table.insert(rest[0] % (len(table) + 1) or 1, list(table[one]))
        elif deed == "cell" and rest[0] < len(table[one]):
            table[one][rest[0]] = rest[1]
        elif deed == "shift":
            table[one] = table[one][1:]
        elif deed == "split":
            table[one:one + 1] = [table[one][:2], table[one][2:]]
        elif rest and isinstance(rest[0], int) and rest[0] < len(table):
            other = rest[0]
            if deed == "swap":
                table[one], table[other] = table[other], table[one]
            elif deed == "times":
                table[one][1:], table[other][1:] = table[other][1:], table[one][1:]
    return table


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_contract_corrupted_row_by_row(office, suffix):
    @quick(40 if office.store.database.dialect == "sqlite" else 8)
    @given(st.lists(ROWS, min_size=1, max_size=4))
    def hurt(deeds):
        table = rearranged(begun(office), deeds)
        try:
            raw = as_csv(table) if suffix == ".csv" else as_xlsx(table)
        except Exception:  # openpyxl writes no control characters, nor has CSV a NUL
            return
        holds(office, raw, suffix)

    hurt()
