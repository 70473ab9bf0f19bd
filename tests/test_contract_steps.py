# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The retention job killed with -9, over and over: nothing by halves, and the next run goes on."""
import subprocess
import sys

import pytest
from needs import unix
from stores import KINDS, new_service
from test_contract_periods import Office
from test_contract_retention import rows, seal, sound

from attribution.deeds import Actor
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR
from attribution.store import log, partitions
from attribution.store.ids import first_id_at
from attribution.store.partitions import WEEK
from attribution.upkeep import retention, shredding

unix("kill -9")
assert sys.platform != "win32"

SCANS, PERSONS = 600, 30
# The job in a process of its own, in small steps; after the one that leaves few enough it ends
# itself as kill -9 would.
JOB = """
import os
import signal
import sys
from pathlib import Path
from attribution.upkeep import retention, shredding
from attribution.settings import load_settings
from attribution.deeds import Actor
from attribution.service import open_service
from attribution.store import background_write
retention._ROWS, retention._PERSONS = 10, 2
shredding._ROWS, shredding._PERSONS = 10, 20
folder, url, now, what, left, enough = sys.argv[1:]
folder, now = Path(folder), int(now)
here = open_service(load_settings(folder, environ={"ZHUANMA_DATABASE": url}))
write = background_write.write

def write_and_look(*given):
    done = write(*given)
    with here.store.read() as connection:
        if connection.one(left)["n"] <= int(enough):
            os.kill(os.getpid(), signal.SIGKILL)
    return done

background_write.write = write_and_look
if what == "run":
    retention.run(here.ledger, now, Actor("test"))
else:
    shredding.shred(here.ledger, folder, now, Actor("test"))
"""


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        office = Office(service, tmp_path)
        # A quarter of them at the end of one week, whatever day it is today.
        old = partitions.week_of(office.now - 200 * DAY) + WEEK - SCANS // 4 * HOUR // 4
        if request.param == "postgres":
            service.store.database.prepare(old, old + 1)  # that week to drop, the rest by rows
        service.store.write(lambda c: log.add_scans(c, [
            log.Scan(
                first_id_at(at), office.campaign.id, at, f"N0{n % 7 + 1}", 1, None, "n", "w",
                "bot" if n % 5 == 0 else None,
            )
            for n in range(SCANS) for at in [old + n * HOUR // 4]
        ]))
        for n in range(PERSONS):
            office.claim(n, "N07", office.now - 20 * DAY)
        office.claim(PERSONS, "N08", office.now - DAY)
        office.file((PERSONS, office.now - HOUR))
        seal(office)
        assert [] == sound(office)
        yield office


def killed(office, what, now, left, enough):
    """Run the job, killed as soon as *left*, a query, says that *enough* is left."""
    settings = office.service.settings
    assert count(office, left) > enough
    job = subprocess.run([
        sys.executable, "-c", JOB, str(settings.instance), settings.database, str(now), what,
        left, str(enough),
    ])
    assert -9 == job.returncode


def count(office, sql):
    with office.store.read() as connection:
        return connection.one(sql)["n"]


def test_contract_a_killed_retention_run_leaves_a_sound_ledger(office):
    before = office.live()
    office.last_file()
    persons = "select count(*) as n from claim where last4 <> ''"
    scans = "select count(*) as n from scan"
    for left, enough in ((persons, PERSONS - 5), (scans, SCANS // 2)):
        killed(office, "run", office.settled, left, enough)
        assert enough - 10 <= count(office, left) <= enough
        assert [] == sound(office)
        assert before == office.live()
    retention.run(office.ledger, office.settled, Actor("test"))
    assert (1, 0) == (count(office, persons), count(office, scans))
    done = rows(office, "retention_run", log="scan", kind="deleted")
    assert len(done) > 10 and SCANS == sum(row["rows"] for row in done)
    assert before == office.live()
    assert [] == sound(office)


def test_contract_a_killed_shredding_is_finished_by_the_next(office):
    before, folder = office.live(), office.service.settings.instance
    after = instants.from_datetime(office.campaign.settle_end) + DAY
    pepper = (folder / "keys" / "person.keys").read_text()

    networks = "select count(*) as n from scan where network <> ''"
    digits = "select count(*) as n from standing where last4 <> ''"
    for left, enough in ((networks, SCANS // 2), (digits, PERSONS // 2)):
        killed(office, "shred", after, left, enough)
        assert [] == sound(office)
        assert pepper == (folder / "keys" / "person.keys").read_text()
    shredding.shred(office.ledger, folder, after, Actor("test"))
    assert (0, 0) == (count(office, networks), count(office, digits))
    assert pepper != (folder / "keys" / "person.keys").read_text()
    assert before == office.live()
    assert [] == sound(office)
