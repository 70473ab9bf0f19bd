# mypy: allow-untyped-calls
"""Who leaves hands over, and who takes over is the asker: never the second person to it."""
import io
from pathlib import Path

import pytest
from console import PASSWORD, Visitor, add_everyone, signed_in
from test_facts import claimed

from attribution import cli
from attribution.deeds import Actor, Entry
from attribution.faults import Code
from attribution.office import (
    accounts,
    appeals,
    audit,
    campaign_deeds,
    corrections,
    handing_over,
    periods,
    requests,
)
from attribution.proof import checks
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, day_of, day_start
from attribution.service import Service
from attribution.store import handovers, staff
from qrgen.faults import Fault

SHELL = Actor("shell:root")


@pytest.fixture(params=["service", "postgres_service"])
def here(request: pytest.FixtureRequest) -> Service:
    """Two of the office who each asked for something, a third, and a checker."""
    found: Service = request.getfixturevalue(request.param)
    add_everyone(found)
    for name in ("zhang", "wang", "zhao"):
        accounts.add(found.store, name, PASSWORD, "office", instants.now(), by=SHELL)
    claimed(found, 1, "N07", instants.now() - 2 * HOUR, 101)
    claimed(found, 2, "N07", instants.now() - 2 * HOUR, 102)
    return found


def ask(service: Service, by: str, row: int = 101) -> int:
    return corrections.ask(
        service.ledger, "hold", row, reason="review", note="核查", asked_by=Actor(by),
        now=instants.now(),
    )


def answer(service: Service, proposal: int, by: str) -> None:
    corrections.answer(
        service.ledger, proposal, approve=True, answered_by=Actor(by), now=instants.now()
    )


def give(
    service: Service, leaver: str, successor: str, close: bool = False
) -> dict[str, list[int]]:
    return handing_over.hand_over(
        service.ledger, leaver, successor, instants.now(), by=SHELL, close=close
    )


def entries(service: Service, kind: str) -> list[Entry]:
    return [
        Entry.from_text(row["detail"]) for row in audit.entries(service.store)
        if row["what"] == kind
    ]


def test_everything_open_goes_over_in_one_deed(here: Service) -> None:
    now = instants.now()
    proposal = ask(here, "zhang")
    appeal = appeals.file(here, "N07", "101", "核对", Actor("zhang"), now)
    request = periods.ask(
        here.ledger, day_start(day_of(now - 9 * DAY)), asked_by=Actor("zhang"), now=now
    )
    wanted = requests.ask(
        here.ledger, "rebuild", "campaign x", {}, asked_by=Actor("zhang"), now=now
    )
    done = ask(here, "zhang", 102)
    answer(here, done, "checker")
    items = give(here, "zhang", "wang", close=True)
    assert {
        "corrections": [proposal], "appeals": [appeal], "requests": [wanted],
        "periods": [request],
    } == items
    (entry,) = entries(here, "handed_over")
    assert ("account zhang", "wang", items) == (
        entry.subject, entry.after, dict(entry.more)["items"]
    )
    assert accounts.find(here.store, "zhang") is None
    # None of it can be answered by whoever answers for it now.
    with pytest.raises(Fault) as told:
        answer(here, proposal, "wang")
    assert Code.OWN_QUESTION == told.value.code
    with pytest.raises(Fault) as told:
        appeals.decide(here, appeal, uphold=False, note="无据", answered_by=Actor("wang"), now=now)
    assert Code.OWN_QUESTION == told.value.code
    with pytest.raises(Fault) as told:
        periods.approve(here.ledger, request, approved_by=Actor("wang"), now=now)
    assert Code.PERIOD_OWN_REQUEST == told.value.code
    with pytest.raises(Fault) as told:
        requests.approve(here, wanted, {}, by=Actor("wang"), now=now)
    assert Code.OWN_QUESTION == told.value.code
    answer(here, proposal, "zhao")
    requests.refuse(here.ledger, wanted, by=Actor("checker"), now=now)
    appeals.decide(here, appeal, uphold=False, note="无据", answered_by=Actor("checker"), now=now)
    periods.approve(here.ledger, request, approved_by=Actor("checker"), now=now)
    assert [] == checks.check(here.ledger)
    with here.store.read() as connection:
        assert {} == handing_over.open_of(connection, here.campaign.id, "wang")


def test_a_chain_of_successors_is_one_asker(here: Service) -> None:
    proposal = ask(here, "zhang")
    give(here, "zhang", "wang")
    later = ask(here, "zhang", 102)  # stays theirs: it came after
    give(here, "wang", "zhao")
    for name in ("wang", "zhao"):
        with pytest.raises(Fault):
            answer(here, proposal, name)
    answer(here, proposal, "checker")
    answer(here, later, "wang")


def test_the_chain_follows_time() -> None:
    rows = [
        {"leaver": "a", "successor": "b", "at": 10}, {"leaver": "b", "successor": "a", "at": 20},
        {"leaver": "a", "successor": "c", "at": 30},
    ]
    assert ("a", "b", "a", "c") == handovers.chain(rows, "a", 5)
    assert ("a", "c") == handovers.chain(rows, "a", 15)
    assert ("b",) == handovers.chain(rows, "b", 25)
    assert {"a", "b", "c"} == set(handovers.may_hold(rows, "c"))


@pytest.mark.parametrize("successor", ["checker", "zhang", "nobody", "gone", "viewer"])
def test_a_successor_is_another_open_account_of_the_same_role(
    here: Service, successor: str
) -> None:
    accounts.add(here.store, "gone", PASSWORD, "office", instants.now(), by=SHELL)
    accounts.close(here.store, "gone", instants.now(), by=SHELL)
    with pytest.raises(Fault) as told:
        give(here, "zhang", successor, close=True)
    assert Code.SUCCESSOR_UNFIT == told.value.code
    assert [] == entries(here, "handed_over") and accounts.find(here.store, "zhang")


def test_a_successor_has_the_units_too(here: Service) -> None:
    for name, unit in (("a01", "A01"), ("a02", "A02")):
        accounts.add(here.store, name, PASSWORD, "area", instants.now(), [unit], by=SHELL,
                     campaign=here.campaign.id)
    with pytest.raises(Fault):
        give(here, "area", "a02")
    give(here, "area", "a01")


def test_the_last_of_a_role_stays_and_so_does_what_they_asked(here: Service) -> None:
    """Closing is part of the deed: where it is refused nothing went over."""
    accounts.add(here.store, "checker2", PASSWORD, "checker", instants.now(), by=SHELL)
    give(here, "checker", "checker2", close=True)
    with pytest.raises(Fault):
        accounts.close(here.store, "checker2", instants.now(), by=SHELL)


def test_a_file_that_waits_is_no_longer_anybodys_to_confirm_alone(
    here: Service, tmp_path: Path
) -> None:
    """An upload that only its owner sees, and a plan that its asker may not confirm."""
    campaign_deeds.set_values(here.ledger, SHELL, {"second_person": True}, instants.now())
    zhang, wang = signed_in(here, "zhang"), signed_in(here, "wang")

    def upload(visitor: Visitor, name: str) -> str:
        sent = visitor.post(
            "/admin/feeds", {"file": (io.BytesIO(b"phone,registered_at\n"), name)},
            content_type="multipart/form-data",
        )
        return str(sent.headers["Location"])

    own = upload(zhang, "own.csv")
    assert 404 == wang.get(own).status_code
    give(here, "zhang", "wang")
    assert wang.get(own).status_code in (200, 400)  # an empty file is told, to who has it now
    assert 404 == zhang.get(own).status_code
    assert 404 == signed_in(here, "zhao").get(own).status_code


def test_the_page_hands_over_and_tells_the_successor(here: Service) -> None:
    ask(here, "zhang")
    office = signed_in(here, "office")
    page = office.text("/admin/users/zhang")
    assert "还没有办完：更正 1 件" in page and "移交" in page
    answer_ = office.post(
        "/admin/users/zhang", {"deed": "hand_over", "successor": "wang", "close": "1"}
    )
    assert 302 == answer_.status_code
    assert "已停用" in office.text("/admin/users/zhang")
    wang = signed_in(here, "wang")
    told = wang.text("/admin/corrections")
    assert "移交" in told and "账号 zhang 没有办完的事交给账号 wang" in told
    assert "zhang，现由 wang 负责" in told and "等另一个人批准" in told
    assert "说明（可不填" not in told
    assert "说明（可不填" in signed_in(here, "zhao").text("/admin/corrections")


def test_posters_ordered_by_who_left_are_the_successors(here: Service) -> None:
    accounts.add(here.store, "a01", PASSWORD, "area", instants.now(), ["A01"], by=SHELL,
                 campaign=here.campaign.id)
    id = here.store.next_id(instants.now())
    here.store.write(lambda c: c.run(
        """insert into poster_job (id, campaign, at, by_whom, format, units, total, done, seen_at,
               state, problem)
           values (:id, :campaign, :at, 'area', 'a4', 'A01', 1, 1, :at, 'done', '')""",
        {"id": id, "campaign": here.campaign.id, "at": instants.now()},
    ))
    heir = signed_in(here, "a01")
    assert f"posters/{id}.zip" not in heir.text("/admin/posters")
    assert {"posters": [id]} == give(here, "area", "a01")
    assert f"posters/{id}.zip" in heir.text("/admin/posters")


def test_the_shell_hands_over(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    add_everyone(service)
    claimed(service, 1, "N07", instants.now() - 2 * HOUR, 101)
    accounts.add(service.store, "zhang", PASSWORD, "office", instants.now(), by=SHELL)
    proposal = ask(service, "zhang")
    folder = ["--instance", str(service.settings.instance)]
    assert 0 == cli.main(["user", "hand-over", "zhang", "office", "--close", *folder])
    assert f"corrections\t{proposal}" in capsys.readouterr().out
    assert 2 == cli.main(["user", "hand-over", "office", "checker", *folder])
    with service.store.read() as connection:
        row = staff.account(connection, "zhang")
    assert row and row["closed_at"] is not None
