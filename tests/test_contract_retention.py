# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The retention job on either store: what it takes, what it leaves, what the seals say of it."""
import pytest
from factories import make_phone
from stores import KINDS, new_service
from test_contract_periods import Office

from attribution.deeds import Actor
from attribution.office import appeals, corrections, periods
from attribution.proof import checks, heads
from attribution.resident import claims
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, day_of, day_start
from attribution.rule.people import identify
from attribution.store import (
    StoreError,
    background_write,
    feed_batches,
    feed_chunks,
    log,
    standings,
)
from attribution.store.ids import first_id_at
from attribution.upkeep import retention, shredding
from qrgen.shell import Fault


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield Office(service, tmp_path)


def person(office, number):
    return identify(make_phone(number), office.service.settings.person_pepper).digest


def seal(office):
    heads.seal_now(office.ledger, office.service.settings, instants.now() + 1000)


def sound(office):
    return checks.check(office.ledger)


def rows(office, table, **where):
    condition = " and ".join(f"{name} = :{name}" for name in where) or "1 = 1"
    with office.store.read() as connection:
        return connection.rows(f"select * from {table} where {condition}", where)


def erase(office, number, claim):
    claims.erase(office.ledger, person(office, number), claim, instants.now(),
                 by_whom="receipt", reason="asked")


def run(office, now=None):
    return retention.run(office.ledger, now or instants.now(), Actor("test"))


def test_contract_one_erased_claim_of_several_is_unlinked_alone(office):
    """The first of two claims for a unit: the person stays one person in the counts."""
    first = office.claim(1, "N07", office.now - 3 * DAY)
    second = office.claim(1, "N07", office.now - 2 * DAY)
    office.claim(1, "N08", office.now - DAY)
    office.correct("hold", first)
    office.correct("release", first)
    seal(office)
    before = office.live()
    erase(office, 1, first)
    office.file((1, office.now - HOUR))
    seal(office)
    planned = retention.run(office.ledger, instants.now(), Actor("t"), dry_run=True)
    assert 1 == planned.claims == run(office).claims
    assert [] == rows(office, "claim", person=person(office, 1), id=first)
    (alone,) = rows(office, "claim", id=first)
    assert ("", "", "N07") == (alone["last4"], alone["network"], alone["unit"])
    events = rows(office, "claim_event", claim=first)
    assert {alone["person"]} == {event["person"] for event in events}
    for table in ("form", "proposal", "erasure_asked"):
        assert {alone["person"]} == {row["person"] for row in rows(office, table, claim=first)}
    assert {second} < {row["id"] for row in rows(office, "claim", person=person(office, 1))}
    for unit in ("N07", "N08"):
        assert before[unit]["claimant"] == office.live()[unit]["claimant"]
    (standing,) = rows(office, "standing", person=person(office, 1))
    assert "N08" == standing["credited"]
    assert [] == sound(office)
    checks.rebuild_tallies(office.ledger, instants.now(), Actor("test"))
    assert before["N07"]["claimant"] == office.live()["N07"]["claimant"]
    assert 0 == run(office).claims


def test_contract_an_erased_claim_that_a_credit_rests_on_stays_until_the_person_goes(office):
    first = office.claim(1, "N07", office.now - 2 * DAY)
    office.file((1, office.now - HOUR))
    second = office.claim(1, "N08", office.now - 3 * DAY)
    erase(office, 1, first)
    seal(office)
    assert 0 == run(office).claims
    assert rows(office, "claim", person=person(office, 1), id=first)
    assert [] == sound(office)
    erase(office, 1, second)
    assert 1 == run(office).asked
    assert [] == rows(office, "claim", person=person(office, 1))
    assert 1 == len(rows(office, "credit"))
    assert [] == sound(office)


def test_contract_lapsed_persons_and_old_scans_go_and_the_counts_stay(office):
    old = office.now - 200 * DAY
    ids = [first_id_at(old)]
    lapsed = office.claim(1, "N07", office.now - 20 * DAY)
    office.claim(2, "N08", office.now - DAY)
    for at in (old, office.now):
        id = ids.pop() if ids else office.store.next_id(at)
        scan = log.Scan(id, office.campaign.id, at, "N07", 1, None, "n", "w")
        office.store.write(lambda c, scan=scan: log.add_scans(c, [scan]))
    office.file((2, office.now - HOUR))
    seal(office)
    before = office.live()
    office.last_file()
    done = run(office, office.settled)
    assert (1, 0, 0, 1) == (done.lapsed, done.asked, done.claims, done.scans)
    (row,) = rows(office, "claim", id=lapsed)
    assert ("", False) == (row["last4"], row["person"] == person(office, 1))
    assert before == office.live()
    assert [] == sound(office)
    for table in ("scan", "claim", "form", "credit"):
        with pytest.raises(StoreError, match="append-only"):
            office.store.write(lambda c, table=table: c.run(f"delete from {table}"))


def test_contract_shredding_turns_all_persons_into_counts(office):
    office.claim(1, "N07", office.now - 2 * DAY)
    office.file((1, office.now - HOUR))
    seal(office)
    before, instance = office.live(), office.service.settings.instance
    pepper = office.service.settings.person_pepper
    after = instants.from_datetime(office.campaign.settle_end) + DAY
    shredding.shred(office.ledger, instance, after, Actor("test"))
    for table in ("claim", "fact", "standing"):
        assert {""} == {row["last4"] for row in rows(office, table)}
    assert before == office.live()
    assert pepper not in (instance / "keys" / "person.keys").read_text()
    assert [] == sound(office)


def test_contract_an_unlinked_person_with_a_correction_breaks_no_seal(office):
    claim = office.claim(1, "N07", office.now - 2 * DAY)
    office.file((1, office.now - HOUR))
    office.correct("reassign", claim, to_unit="N08")
    seal(office)
    erase(office, 1, None)
    assert 1 == run(office).asked
    assert [] == sound(office)
    with office.store.read() as connection:
        assert {} == standings.standings_of(connection, office.campaign.id, [person(office, 1)])
    with pytest.raises(Exception, match="no claim"):
        office.correct("reverse", 7)


def waiting(office, now=None):
    return [why.told("en") for why in retention.waiting(office.ledger, now or office.settled)]


def lapsed(office, now=None):
    """Return how many would lapse and do, which are the same."""
    planned = retention.run(
        office.ledger, now or office.settled, Actor("t"), dry_run=True)
    assert planned.lapsed == run(office, now or office.settled).lapsed
    return planned.lapsed


def named(office, *numbers):
    return [bool(rows(office, "claim", person=person(office, number))) for number in numbers]


def test_contract_a_file_two_weeks_late_costs_nobody_a_credit(office):
    """8 of 14 lost theirs, in no list and with a sound ledger, for the job ran every day."""
    everyone = range(14)
    for number in everyone:
        office.claim(number, "N07", office.now - (24 - number) * DAY)
    for day in range(14):
        assert 0 == lapsed(office, office.now + day * DAY)
    report = office.file(
        *((number, office.now - (23 - number) * DAY) for number in everyone),
        now=office.now + 14 * DAY,
    )
    assert (14, 14) == (report.people, report.credited)
    assert 14 == office.live()["N07"]["effective"]


def test_contract_the_last_file_two_weeks_late_costs_nobody_a_credit(office):
    """Its rows are of the settlement's last days; what came before told of nobody yet."""
    for number in range(14):
        office.claim(number, "N07", office.now - (24 - number) * DAY)
    office.file((100, office.now - HOUR))
    late = office.settled + 7 * DAY
    assert 0 == lapsed(office, late)
    assert ["no file of the platform reaches"] == [why[:31] for why in waiting(office, late)]
    office.file(*((number, office.now - (23 - number) * DAY) for number in range(14)), now=late)
    assert 14 == office.live()["N07"]["effective"]


def test_contract_nobody_lapses_before_a_week_after_the_settlement(office):
    office.claim(1, "N07", office.now - 20 * DAY)
    office.last_file()
    assert 0 == lapsed(office, office.settled - 1)
    assert ["nothing lapses before "] == [why[:22] for why in waiting(office, office.settled - 1)]
    assert [] == waiting(office)
    assert 1 == lapsed(office)
    assert [False] == named(office, 1)


@pytest.mark.parametrize(("before_end", "reaches"), [
    pytest.param(DAY, True, id="the day before, as a bare date"),
    pytest.param(DAY - HOUR, False, id="an hour of that day"),
    pytest.param(0, True, id="the end"),
])
def test_contract_a_file_reaches_as_far_as_its_rows_say(office, before_end, reaches):
    """The day on which it was taken in is no business date."""
    office.claim(1, "N07", office.now - 20 * DAY)
    office.last_file(office.settled - 7 * DAY - before_end, now=office.settled)
    assert reaches == (1 == lapsed(office))


def test_contract_a_business_date_to_come_is_refused_and_reaches_nowhere(office):
    """One row of 2062 would otherwise say that everything has been told."""
    office.claim(1, "N07", office.now - 20 * DAY)
    with pytest.raises(Fault, match="cannot be read"):
        office.last_file(office.now + 36 * 365 * DAY, now=office.now)
    assert 0 == lapsed(office)
    office.last_file(batch="true")
    assert 1 == lapsed(office)


def test_contract_a_held_claim_is_not_forgotten_while_it_waits(office):
    held = office.claim(1, "N07", office.now - 20 * DAY)
    again = office.claim(2, "N07", office.now - 20 * DAY)
    office.claim(3, "N07", office.now - 20 * DAY)
    for claim in (held, again):
        office.correct("hold", claim)
    for kind in ("release", "hold"):
        office.correct(kind, again)
    office.last_file()
    assert 1 == lapsed(office)
    assert [True, True, False] == named(office, 1, 2, 3)
    for claim in (held, again):
        office.correct("release", claim)
    office.file((1, office.now - 19 * DAY), now=office.settled)
    assert 1 == office.live()["N07"]["effective"]
    assert 1 == lapsed(office)
    assert [True, False] == named(office, 1, 2)


def test_contract_a_withdrawn_claim_is_held_no_more(office):
    held = office.claim(1, "N07", office.now - 20 * DAY)
    office.correct("hold", held)
    claims.withdraw(office.ledger, person(office, 1), held, instants.now(),
                    by_whom="receipt", reason="asked")
    office.last_file()
    assert 1 == lapsed(office)


def test_contract_who_awaits_a_correction_stays_until_it_is_answered(office):
    claim = office.claim(1, "N07", office.now - 20 * DAY)
    office.claim(2, "N07", office.now - 20 * DAY)
    asked = corrections.ask(office.ledger, "hold", claim, reason="appeal",
                            note="n", asked_by=Actor("ann"), now=instants.now())
    office.last_file()
    assert 1 == lapsed(office)
    assert [True, False] == named(office, 1, 2)
    corrections.answer(office.ledger, asked, approve=False, answered_by=Actor("ben"),
                       now=instants.now())
    assert 1 == lapsed(office)


def test_contract_an_undecided_appeal_may_mean_anybody(office):
    """It names a receipt or four digits; whom it means is found out by who decides."""
    office.claim(1, "N07", office.now - 20 * DAY)
    appeal = appeals.file(
        office.service, "N07", "0001@2022-10-11", "n", Actor("ann"), instants.now()
    )
    office.last_file()
    assert ["1 appeal waits for an answer"] == waiting(office)
    assert 0 == lapsed(office)
    appeals.decide(office.service, appeal, uphold=False, note="n", answered_by=Actor("ben"),
                   now=instants.now())
    assert 1 == lapsed(office)


def test_contract_a_row_nobody_could_read_may_mean_anybody(office):
    office.claim(1, "N07", office.now - 20 * DAY)
    office.last_file()
    row = {"id": office.store.next_id(office.now), "at": office.now, "batch": "last", "line": 3,
           "person": None, "last4": "", "category": "malformed", "reason": "row"}
    office.store.write(lambda c: feed_batches.add_differences(c, office.campaign.id, [row]))
    assert 0 == lapsed(office)
    done = {"difference": row["id"], "id": office.store.next_id(office.now), "at": office.now,
            "note": "n", "by_whom": "ann"}
    assert office.store.write(lambda c: feed_batches.finish(c, office.campaign.id, done))
    assert 1 == lapsed(office)


def test_contract_a_file_that_waits_for_its_second_person_is_awaited(office):
    office.claim(1, "N07", office.now - 20 * DAY)
    office.last_file()
    plan = {"id": office.store.next_id(office.settled), "at": office.settled - DAY, "batch": "p",
            "sha256": "0", "asked_by": "ann", "terms": "{}", "report": "{}"}
    office.store.write(lambda c: feed_batches.add_plan(c, office.campaign.id, plan))
    assert 0 == lapsed(office)
    assert 1 == lapsed(office, office.settled + 30 * DAY)


def test_contract_a_file_on_its_way_is_awaited(office):
    """Its people are nobody's facts before it counts."""
    office.claim(1, "N07", office.now - 20 * DAY)
    office.last_file()
    job = {"id": office.store.next_id(office.now), "batch": "b", "at": office.now,
           "seen_at": instants.now()}
    office.store.write(lambda c: feed_chunks.begin(c, office.campaign.id, **job))
    assert 0 == lapsed(office)
    office.store.write(lambda c: feed_chunks.drop(c, office.campaign.id, job["id"]))
    assert 1 == lapsed(office)


def test_contract_an_appeal_that_comes_during_the_run_keeps_who_is_left(office, monkeypatch):
    monkeypatch.setattr(retention, "_PERSONS", 2)
    for number in range(6):
        office.claim(number, "N07", office.now - 20 * DAY)
    office.last_file()
    write, steps = background_write.write, []

    def write_and_appeal(store, step):
        steps.append(write(store, step))
        appeals.file(office.service, "N07", "0001@2022-10-11", "n", Actor("ann"), instants.now())
        return steps[-1]

    with monkeypatch.context() as patch:
        patch.setattr(retention, "settle_files", lambda *_: None)
        patch.setattr(retention, "unlink_claims", lambda *_: 0)
        patch.setattr(background_write, "write", write_and_appeal)
        assert 2 == run(office, office.settled).lapsed
    assert 4 == sum(named(office, *range(6)))


@pytest.mark.parametrize("what", ["held", "proposal", "appeal", "difference", "lock"])
def test_contract_nothing_is_shredded_while_something_is_undecided(office, what):
    claim = office.claim(1, "N07", office.now - 2 * DAY)
    if what == "held":
        office.correct("hold", claim)
    elif what == "proposal":
        corrections.ask(office.ledger, "hold", claim, reason="appeal", note="n",
                        asked_by=Actor("ann"), now=instants.now())
    elif what == "appeal":
        appeals.file(office.service, "N07", "0001@2022-10-11", "n", Actor("ann"), instants.now())
    elif what == "difference":
        office.file((1, office.now - HOUR))
        office.file((1, office.now - HOUR // 2))
    else:
        periods.ask(office.ledger, day_start(day_of(office.now - 9 * DAY)),
                    asked_by=Actor("ann"), now=office.now)
    folder = office.service.settings.instance
    pepper = (folder / "keys" / "person.keys").read_text()
    after = instants.from_datetime(office.campaign.settle_end) + DAY
    with pytest.raises(Fault, match="not everything is decided: 1 "):
        shredding.shred(office.ledger, folder, after, Actor("test"))
    assert pepper == (folder / "keys" / "person.keys").read_text()
    assert [True] == named(office, 1)
    assert {""} != {row["last4"] for row in rows(office, "claim")}
