# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""After the end nobody is taken in any more, by whatever door, and every figure stays."""
import re
from pathlib import Path

import pytest
from factories import make_phone
from feeding import import_feed
from stores import KINDS, new_service
from test_contract_periods import Office
from test_contract_retention import rows

from attribution import deeds
from attribution.deeds import Actor
from attribution.facts import intake, known_users
from attribution.facts.feed_blocks import FeedRow
from attribution.facts.pushes import Push, take_items
from attribution.faults import Code
from attribution.proof import checks
from attribution.rule.instants import DAY, HOUR
from attribution.rule.people import Identifier, identifier, identify
from attribution.settings import load_settings
from attribution.store import one_time_passwords, residents
from attribution.upkeep import shredding
from qrgen.codes import Code as PosterCode
from qrgen.faults import Fault

ME = Actor("test")


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield Office(service, tmp_path)


@pytest.fixture
def ended(office):
    """A county whose two people were forgotten; this process still holds the old pepper."""
    office.claim(1, "N07", office.now - 2 * DAY)
    office.claim(2, "N08", office.now - DAY)
    office.file((1, office.now - HOUR))
    office.before = office.live()
    shredding.shred(office.ledger, office.service.settings.instance, office.settled, ME)
    return office


def refused(function, *arguments, **named):
    with pytest.raises(Fault) as told:
        function(*arguments, **named)
    return told.value.code is Code.PEOPLE_GONE


def test_contract_nobody_is_taken_in_after_the_end_though_a_worker_holds_the_old_pepper(ended):
    campaign, store = ended.campaign.id, ended.store
    pepper = ended.service.settings.person_pepper
    assert refused(ended.claim, 3, "N07", ended.now)
    assert refused(ended.file, (3, ended.now))
    assert refused(import_feed, ended.ledger, ended.folder / "1.csv", pepper=pepper,
                   digest="sha256", now=ended.now, by_whom="test", aim=intake.Aim.TRY)
    users = ended.folder / "users.csv"
    users.write_text(f"phone\n{make_phone(4)}\n", encoding="utf-8")
    key = Identifier(pepper, "sha256")
    assert refused(known_users.import_known_users, ended.ledger, users, key, ME, ended.now)
    pushed = FeedRow(0, make_phone(5), None, None, None, None)
    push = Push("api-1", [pushed], "0" * 64, ended.now, "partner:x", {})
    assert refused(deeds.do, store, ME, ended.now,
                   lambda doing: take_items(ended.ledger, doing, push, key))
    digest = identify(make_phone(1), pepper).digest
    assert refused(store.write, lambda c: residents.add_newness(
        c, campaign, digest, id=1, claim=1, at=1, state="new", source="http"))
    assert refused(store.write, lambda c: one_time_passwords.add_one_time(c, campaign, {}))
    assert [] == rows(ended, "fact", batch="api-1")
    assert 2 == len(rows(ended, "claim")) and [] == rows(ended, "newness")


def test_contract_a_scan_after_the_end_counts_and_tells_nothing_of_who_scanned(ended):
    scans = ended.service.scans
    scans.snapshot()
    opened = scans.open(scans.sign(PosterCode("N07", 1)))
    logged = scans.record(opened, ended.now, address="203.0.113.9", client="other")
    (row,) = rows(ended, "scan", id=logged.id)
    assert ("N07", "") == (row["unit"], row["network"])


def test_contract_figures_and_the_log_stay_as_they_are_and_no_key_names_anybody(ended):
    live = ended.live()
    assert ended.before == live
    assert [] == checks.check(ended.ledger)
    assert {"shredding", "shredded"} == {row["kind"] for row in rows(ended, "end_mark")}
    folder: Path = ended.service.settings.instance
    key = folder / "keys" / "person.keys"
    assert 0o600 == key.stat().st_mode & 0o777
    assert ended.service.settings.person_pepper not in key.read_text()
    again = load_settings(folder, environ={"ZHUANMA_DATABASE": ended.service.settings.database})
    assert refused(identify, make_phone(1), again.person_pepper)
    assert refused(identifier, again.person_pepper, "sha256")
    assert not re.search(r"1[3-9]\d{9}", key.read_text())


def test_contract_the_end_can_be_gone_through_again(ended):
    """Whoever is not sure that it went through runs it again."""
    folder = ended.service.settings.instance
    shredding.shred(ended.ledger, folder, ended.settled + DAY, ME)
    assert shredding.is_destroyed(folder)
    assert [] == checks.check(ended.ledger)
