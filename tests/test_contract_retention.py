# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The retention job on either store: what it takes, what it leaves, what the seals say of it."""
import pytest
from factories import make_phone
from stores import KINDS, new_service
from test_contract_periods import Office

from attribution import checks, claims, corrections, instants, retention, seals
from attribution.instants import DAY, HOUR
from attribution.people import identify
from attribution.store import StoreError, ledger, log
from attribution.store.ids import first_id_at


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield Office(service, tmp_path)


def person(office, number):
    return identify(make_phone(number), office.service.settings.person_pepper).digest


def seal(office):
    seals.seal_days(office.store, office.campaign, office.service.settings.seal_keys,
                    instants.now() + 1000, digest="sha256", today=True)


def sound(office):
    return checks.check(office.store, office.campaign, office.service.settings.seal_keys)


def rows(office, table, **where):
    condition = " and ".join(f"{name} = :{name}" for name in where) or "1 = 1"
    with office.store.read() as connection:
        return connection.rows(f"select * from {table} where {condition}", where)


def erase(office, number, claim):
    claims.erase(office.store, office.campaign, person(office, number), claim, instants.now(),
                 by_whom="receipt", reason="asked")


def run(office):
    return retention.run(office.store, office.campaign, instants.now(), "test")


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
    planned = retention.run(office.store, office.campaign, instants.now(), "t", dry_run=True)
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
    checks.rebuild_tallies(office.store, office.campaign)
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
    done = run(office)
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
    retention.shred(office.store, office.campaign, instance, after, "test")
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
        assert {} == ledger.standings_of(connection, office.campaign.id, [person(office, 1)])
    with pytest.raises(Exception, match="no claim"):
        corrections.find_person(office.store, office.campaign, 7)
