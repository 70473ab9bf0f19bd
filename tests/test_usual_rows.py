"""The short ways of a file: what they read, judge and write is what the long ones do."""
import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from factories import make_phone
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.facts import feed_rows
from attribution.facts.feed_blocks import RowBlock, unpacked
from attribution.facts.feed_reader import blocks_here, rows_here
from attribution.facts.usual_rows import UsualRows
from attribution.rule.people import Identifier
from attribution.store.ids import IdMaker
from qrgen import apart
from qrgen.shell import Fault
from qrgen.tables import encodings
from qrgen.tables.opening import sheets

HEAD = ("phone", "registered_at", "card_bound_at", "first_txn_at", "数据日期")
TIMES = st.sampled_from([
    "", "2026-11-20 09:30:00", "2026-11-20T23:59:59", "2026-11-21 00:00:00", "2026-11-20",
    "2026-11-20 24:00:00", "2026-11-31 09:30:00", "2009-12-31 23:59:59", "1970-01-01 08:00:00",
    " 2026-11-20 09:30:00", "2026-11-20 09:30:00 ", "2026-11-20 09:30", "已退款", "-",
    "2026-11-20 09:30:0０", "20261120093000", "x",
])
PHONES = st.one_of(
    st.integers(0, 40).map(make_phone),
    st.sampled_from(["", "合计", "phone", "12345678901", "1 5400000001", "154****0001", "１５４"]),
)
ROWS = st.lists(
    st.one_of(
        st.tuples(PHONES, TIMES, TIMES, TIMES, TIMES).map(list),
        # Most rows of a file are usual, so that blocks of them are cut in between.
        st.integers(0, 40).map(lambda n: [make_phone(n), "2026-11-20 09:30:00", "", "", ""]),
        st.lists(TIMES, max_size=7),
    ),
    max_size=12,
)


def ends(read: Callable[[Path], Any], path: Path) -> list[object]:
    found: list[object] = []
    try:
        found += read(path)
    except Fault as fault:
        found.append(str(fault))
    return found


@pytest.mark.parametrize("head", [HEAD, HEAD[:4]])
@settings(max_examples=60)
@given(rows=ROWS)
def test_usual_rows_are_read_as_others_are(
    head: tuple[str, ...], rows: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("feed") / "day.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *(row[: len(head)] for row in rows)])
    short = ends(rows_here, path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(UsualRows, "reads", staticmethod(lambda _: False))
        assert ends(rows_here, path) == short


def test_a_file_of_usual_rows_comes_in_blocks(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    rows = [[make_phone(n), "2026-11-20 09:30:00", "", ""] for n in range(1201)]
    rows[700][1] = "2026-11-20"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEAD[:4], *rows])
    blocks = [item for item in blocks_here(path) if isinstance(item, RowBlock)]
    assert sum(len(block.lines) for block in blocks) == 1200
    assert len(blocks) == 4
    assert unpacked(blocks[0].packed()) == blocks[0]
    assert [*rows_here(path)] == [*feed_rows.read_feed(path)]


NOW = 1_790_000_000_000_000
ONE = RowBlock([2], [15_400_000_001], [NOW], [0], [0], [-1])


@pytest.mark.parametrize("text", [
    "", "AAAA", "?", ONE.packed()[:-4], ONE._replace(numbers=[12_345_678_901]).packed(),
    ONE._replace(numbers=[20_000_000_000]).packed(), ONE._replace(lines=[0]).packed(),
    ONE._replace(registered_at=[1]).packed(), ONE._replace(first_txn_at=[20261120]).packed(),
    ONE._replace(card_bound_at=[-NOW]).packed(), ONE._replace(as_of=[-2]).packed(),
])
def test_a_block_that_is_none_is_refused(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="not "):
        unpacked(text)
    monkeypatch.setattr(apart, "read", lambda *_, **__: iter([text]))
    with pytest.raises(Fault, match="its reader broke"):
        list(feed_rows.read_feed(tmp_path / "day.csv"))


def one_by_one(path: Path) -> list[tuple[int, list[str]]]:
    """Read *path* as the csv module does, and tell on which line each row begins."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, strict=True)
        found: list[tuple[int, list[str]]] = []
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return [(line, cells) for line, cells in found if any(cells)]
            found.append((line, cells))


@settings(max_examples=200)
@given(
    text=st.text(st.sampled_from('a1,"\n\r'), max_size=40),
    size=st.sampled_from([1, 5, 1 << 15]),
)
def test_lines_are_cut_into_rows_as_the_csv_module_does(
    text: str, size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("csv") / "day.csv"
    path.write_bytes(("a,b,c\n" * 60 + text).encode())
    try:
        expected: object = one_by_one(path)
    except csv.Error:
        expected = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encodings, "_SOME", size)
        try:
            found: object = [tuple(row) for sheet in sheets(path) for row in sheet.rows]
        except Fault:
            found = None
    assert found == expected


def test_marks_within_are_taken_out_of_blocks_too(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_bytes("\ufeffa,b\n\ufeff\"1\",2\n".encode())
    assert [["a", "b"], ["1", "2"]] == [row.cells for sheet in sheets(path) for row in sheet.rows]


@pytest.mark.parametrize("digest", ["sha256", "sm3"])
@pytest.mark.parametrize("pepper", ["p", "p" * 64, "p" * 65, "胡椒" * 30])
def test_many_numbers_have_the_digests_of_each(pepper: str, digest: str) -> None:
    identify = Identifier(pepper, digest)
    numbers = [make_phone(n) for n in range(20)]
    assert [identify(number)[0] for number in numbers] == identify.many(numbers)


def test_ids_made_together_are_those_made_one_by_one() -> None:
    """Over the end of a millisecond, and with a clock that goes back."""
    one, many = IdMaker(1027), IdMaker(1027)
    found = []
    for at, count in ((NOW, 5000), (NOW - 10_000_000, 3), (NOW + 5000, 0), (NOW + 9000, 2)):
        found += many.some(at, count)
        assert [one.next(at) for _ in range(count)] == found[len(found) - count :]
    assert sorted(set(found)) == found
