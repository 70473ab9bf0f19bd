# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The retention job killed with -9, over and over: nothing by halves, and the next run goes on."""
import os
import subprocess
import sys
import time

import pytest
from stores import KINDS, new_service
from test_contract_periods import Office
from test_contract_retention import rows, seal, sound

from attribution import instants, retention
from attribution.instants import DAY, HOUR
from attribution.store import log, partitions
from attribution.store.ids import first_id_at
from attribution.store.partitions import WEEK

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kill -9")

SCANS, PERSONS = 600, 30
# The job in a process of its own, in steps so small that a kill meets it between two.
JOB = """
import sys
from pathlib import Path
from attribution import retention
from attribution.config import load_settings
from attribution.service import open_service
retention._ROWS, retention._PERSONS = 10, 2
folder, url, now, what = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
here = open_service(load_settings(folder, environ={"ZHUANMA_DATABASE": url}))
if what == "run":
    retention.run(here.store, here.campaign, now, "test")
else:
    retention.shred(here.store, here.campaign, folder, now, "test")
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
    """Run the job until *left* says that *enough* is left, and kill it."""
    settings = office.service.settings
    job = subprocess.Popen(
        [sys.executable, "-c", JOB, str(settings.instance), settings.database, str(now), what]
    )
    try:
        until = time.monotonic() + 60
        while left() > enough:
            assert job.poll() is None and time.monotonic() < until
            time.sleep(0.002)
    finally:
        job.kill()
    assert -9 == job.wait()


def count(office, sql):
    with office.store.read() as connection:
        row = connection.one(sql)
    return int(next(iter(row.values())))


def test_contract_a_killed_retention_run_leaves_a_sound_ledger(office):
    before = office.live()

    def persons():
        return count(office, "select count(*) from claim where last4 <> ''")

    def scans():
        return count(office, "select count(*) from scan")

    for left, enough in ((persons, PERSONS - 5), (scans, SCANS // 2)):
        killed(office, "run", office.now, left, enough)
        assert 0 < left() <= enough or left is scans
        assert [] == sound(office)
        assert before == office.live()
    retention.run(office.store, office.campaign, office.now, "test")
    assert (1, 0) == (persons(), scans())
    done = rows(office, "retention_run", log="scan", kind="deleted")
    assert len(done) > 10 and SCANS == sum(row["rows"] for row in done)
    assert before == office.live()
    assert [] == sound(office)


def test_contract_a_killed_shredding_is_finished_by_the_next(office):
    before, folder = office.live(), office.service.settings.instance
    after = instants.from_datetime(office.campaign.settle_end) + DAY
    pepper = (folder / "keys" / "person.keys").read_text()

    def networks():
        return count(office, "select count(*) from scan where network <> ''")

    def digits():
        return count(office, "select count(*) from standing where last4 <> ''")

    for left, enough in ((networks, SCANS // 2), (digits, PERSONS // 2)):
        killed(office, "shred", after, left, enough)
        assert [] == sound(office)
        assert pepper == (folder / "keys" / "person.keys").read_text()
    retention.shred(office.store, office.campaign, folder, after, "test")
    assert (0, 0) == (networks(), digits())
    assert pepper != (folder / "keys" / "person.keys").read_text()
    assert before == office.live()
    assert [] == sound(office)
