# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""Scans of one process lie on one shard for some minutes: the hash, the ids, the slots."""
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores import new_url

from attribution.store import ids, open_store
from attribution.store.engine import lanes
from attribution.store.engine.lanes import LANE_MS, Lanes, Shard, hash_of

AT = 1_900_000_000_000_000
EDGES = [0, 1, -1, 1 << 31, 1 << 32, -(1 << 31), -(1 << 32), (1 << 63) - 1, -(1 << 63)]


def shards(count, nodes):
    width = (1 << 32) // count
    return [
        Shard(n * width - (1 << 31), (n + 1) * width - 1 - (1 << 31), n * nodes // count)
        for n in range(count)
    ]


def holds(shard, number):
    return shard.low <= hash_of(number) <= shard.high


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with new_url("postgres", tmp_path_factory.mktemp("lanes")) as url:
        store = open_store(url)
        yield store
        store.close()


@given(st.lists(st.one_of(
    st.sampled_from(EDGES), st.integers(-(1 << 63), (1 << 63) - 1), st.integers(-300, 300)
), min_size=1, max_size=200))
def test_the_hash_is_the_server_s(server, numbers):
    with server.read() as connection:
        found = connection.rows(
            "select hashint8(n) as hash from unnest(:numbers::bigint[]) with ordinality"
            " as t (n, place) order by place", {"numbers": numbers},
        )
    assert [hash_of(number) for number in numbers] == [row["hash"] for row in found]


@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), max_size=60))
def test_the_hash_of_a_text_is_the_server_s(server, texts):
    with server.read() as connection:
        found = connection.rows(
            'select hashtext(n collate "C") as hash from unnest(:texts::text[]) with ordinality'
            " as t (n, place) order by place", {"texts": texts},
        )
    assert [lanes.hash_of_text(text) for text in texts] == [row["hash"] for row in found]


@pytest.mark.parametrize(("count", "nodes", "names"), [(32, 4, 2), (4, 2, 2), (2, 2, 2), (1, 1, 1)])
def test_marks_lie_on_two_shards_of_the_lane_s_node(count, nodes, names):
    made = shards(count, nodes)
    numbers = map(str, range(10_000))
    one = Lanes(1, made, made, made)
    found = one.marks(lambda: next(numbers))
    lie = {
        shard for shard in made for name in found
        if shard.low <= lanes.hash_of_text(name) <= shard.high
    }
    assert names == len(lie) == len(found)
    assert count // nodes < 2 or {one._now().node} == {shard.node for shard in lie}


@given(st.integers(0, 1023), st.sampled_from([1, 2, 3, 7, 32, 60]), st.integers(0, 10**9))
def test_a_scan_s_id_lies_in_the_lane_of_its_own_time(writer, count, later):
    made = Lanes(writer, shards(count, 3), shards(32, 3))
    maker = ids.LaneIdMaker(writer, made)
    at = AT + later * 1000
    found = [maker.scan(at) for _ in range(40)]
    assert all(one < other for one, other in pairwise(found))
    for id in found:
        milliseconds = ids.instant_of(id) // 1000
        assert at // 1000 <= milliseconds < at // 1000 + 40
        assert id // ids.PER_MS % ids.WRITERS == writer
        assert holds(made.at(milliseconds), id)
    # And between them, of rows that need no lane.
    assert found[-1] < maker.next(at) < maker.scan(at)


@given(st.integers(-(1 << 31), (1 << 31) - 1), st.integers(0, 1 << 40), st.integers(0, 4000))
def test_the_loop_hashes_as_the_function_does(bound, milliseconds, first):
    lead = (milliseconds * ids.WRITERS + 5) * ids.PER_MS
    counts = range(first, ids.PER_MS)
    for shard in (Shard(bound, (1 << 31) - 1, 0), Shard(-(1 << 31), bound, 0)):
        right = next((count for count in counts if holds(shard, lead + count)), None)
        assert right == lanes.first_in(shard, lead, counts)


def test_an_empty_lane_is_passed_over_by_the_milliseconds():
    """A shard so narrow that no count of a millisecond hits it costs time, not a row."""
    narrow = [Shard(0, 100_000, 0)]
    maker = ids.LaneIdMaker(3, Lanes(3, narrow, shards(32, 1)))
    id = maker.scan(AT)
    assert holds(narrow[0], id)
    assert ids.instant_of(id) > AT


def test_lanes_go_round_the_nodes_and_over_all_shards():
    made = shards(32, 4)
    writers = [Lanes(writer, made, made) for writer in range(4)]
    assert {0, 1, 2, 3} == {one.at(AT // 1000).node for one in writers}
    over = [writers[0].at(AT // 1000 + turn * LANE_MS) for turn in range(32)]
    assert set(made) == set(over)


@pytest.mark.parametrize(("nodes", "each"), [(1, 16), (2, 8), (3, 5), (20, 2)])
def test_slots_lie_where_the_lane_does(nodes, each, monkeypatch):
    made = shards(40, nodes)
    one = Lanes(0, made, made)
    for turn in range(40):
        at = AT + turn * LANE_MS * 1000
        monkeypatch.setattr(time, "time_ns", lambda at=at: at * 1000)
        node = one.at(at // 1000).node
        seen = {one.slot() for _ in range(300)}
        assert len(seen) == each
        assert all(slot > 0 for slot in seen)
        assert {node} == {shard.node for shard in made for slot in seen if holds(shard, slot)}


def test_a_node_that_takes_nothing_is_kept_off_for_a_while(monkeypatch):
    made = shards(8, 2)
    one = Lanes(0, made, made, made)
    monkeypatch.setattr(time, "time_ns", lambda: AT * 1000)
    now = AT // 1000
    lost = one.at(now).node
    one.shun()
    one.shun()  # the same batch again
    assert {1 - lost} == {one.at(now + later).node for later in range(0, LANE_MS, 1000)}
    assert {0, 1} == {one.at(now + LANE_MS * turn).node for turn in (1, 2)}
    lonely = Lanes(0, shards(2, 1), shards(2, 1))
    lonely.shun()
    assert 0 == lonely.at(now).node


def test_counts_on_no_node_of_the_log_are_kept_all_the_same():
    apart = Lanes(0, [Shard(-(1 << 31), (1 << 31) - 1, 1)], [Shard(0, 9, 2)])
    assert 0 < apart.slot() <= 16


def test_on_one_server_ids_and_slots_are_what_they_were(server):
    assert server.database.lanes(7) is None
    assert ids.IdMaker.scan is ids.IdMaker.next
