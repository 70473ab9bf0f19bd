"""Who was registered at a counter is counted apart: a part of the registered, day by day."""
import random
from collections import Counter
from functools import partial
from typing import Any

import pytest
from console import add_everyone, signed_in
from factories import make_phone
from test_counter import Desk, token_of
from test_totals import Tables, classes, number
from visitors import claim

from attribution.rule import instants
from attribution.rule.instants import DAY, day_of
from attribution.service import Service
from attribution.store import Store, forgetting, log, tallies
from attribution.store.engine.database import Connection
from attribution.store.migrations import m030_assisted
from attribution.store.triggers import past_the_triggers

C = "xingguo-2022"
UNITS = ("A01", "N01", "B01")


def claims(store: Store, chance: random.Random) -> list[log.ClaimRow]:
    """Forty claims of nine people, also such as are older than those that came before them."""
    start = instants.now() - 40 * DAY
    return [
        log.ClaimRow(
            store.next_id(start), C, f"p{chance.randrange(9)}",
            start + chance.randrange(12) * DAY // 3, chance.choice(UNITS), 1, None, None, False,
            "0000", "c", "n", chance.choice(("counter", "wechat")), token=f"t{n}",
        )
        for n in range(40)
    ]


def of_kind(counts: Counter[Any], kind: str) -> dict[tuple[str, int], int]:
    return {(unit, day): n for (unit, day, one), n in counts.items() if one == kind and n}


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_first_claim_of_the_unit_whatever_came_first(store: Store, seed: int) -> None:
    """So that it is a part of the registered on each day, also where a proof comes late."""
    made = claims(store, random.Random(seed))
    first: dict[tuple[str, str], log.ClaimRow] = {}
    for row in sorted(made, key=lambda row: (row.at, row.id)):
        first.setdefault((row.person, row.unit), row)
    due = Counter(
        (row.unit, day_of(row.at)) for row in first.values() if row.client == "counter"
    )
    for row in made:
        store.write(partial(log.add_claim, claim=row))
    with store.read() as connection:
        kept, counted = tallies.recorded(connection, C), tallies.counted(connection, C)
        of_one = tallies.counted(connection, C, "N01")
    assert due == of_kind(kept, "assisted") == of_kind(counted, "assisted")
    assert kept == counted
    assert of_kind(of_one, "assisted") == {key: n for key, n in due.items() if key[0] == "N01"}
    registered = of_kind(kept, "claimant")
    assert all(n <= registered[key] for key, n in due.items())


def test_a_ledger_from_before_is_counted_once(store: Store) -> None:
    for row in claims(store, random.Random(9)):
        store.write(partial(log.add_claim, claim=row))
    with store.read() as connection:
        due = tallies.recorded(connection, C)
    store.write(lambda c: c.run("delete from tally where kind = 'assisted'"))
    [statement] = m030_assisted.STEP.statements
    store.write(lambda c: c.run(statement))
    with store.read() as connection:
        assert due == tallies.recorded(connection, C)


def test_a_claim_that_is_forgotten_alone_leaves_the_counts_as_they_were(store: Store) -> None:
    made = claims(store, random.Random(4))
    for row in made:
        store.write(partial(log.add_claim, claim=row))
    with store.read() as connection:
        before = tallies.recorded(connection, C)

    def forget(connection: Connection, row: log.ClaimRow) -> None:
        with past_the_triggers(connection, store.database.dialect, [*forgetting.LOGS, "form"]):
            forgetting.unlink_claim(connection, C, row.person, row.id, row.unit, f"x{row.id}")

    for row in made[:6]:
        store.write(partial(forget, row=row))
    with store.read() as connection:
        assert before == tallies.recorded(connection, C) == tallies.counted(connection, C)


def test_tables_and_downloads_have_them_beside_the_registered(service: Service) -> None:
    add_everyone(service)
    office = signed_in(service, "office")
    assert "其中柜台协助" not in office.text("/admin/table?view=bank")  # nobody was
    desk = Desk(service, office.client.application, "bank", "B01")
    for n in range(3):
        token_of(desk.take(make_phone(100 * n + 1)))
    claim(office.client.application.test_client(), service, make_phone(900), "B01")
    for view in ("bank", "area"):
        page = office.text(f"/admin/table?view={view}&size=500")
        rows = Tables(page).tables[0]
        place = rows[0].index("其中柜台协助")
        assert "登记" == rows[0][place - 1]
        shown = {row[1]: (number(row[place - 1]), number(row[place])) for row in rows[1:]}
        assert (4, 3) == shown["全县合计"]
        lines = [row for row, kind in zip(rows[1:], classes(page), strict=True) if not kind]
        assert 3 == sum(number(row[place]) for row in lines)
    told = office.text("/admin/export/progress.csv?by=bank").splitlines()
    assert any(",4,3," in line for line in told if "全县合计" in line)
