# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The timer's one command: seals, forgets, checks and copies, and again without harm."""
import configparser
import sqlite3
from pathlib import Path

import pytest
from stores import KINDS, new_service
from test_contract_periods import Office
from test_facts import claimed

from attribution import cli
from attribution.cli import daily as daily_command
from attribution.deeds import Actor
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR
from attribution.upkeep import daily

DEPLOY = Path(__file__).parent.parent / "deploy"


@pytest.mark.parametrize("kind", KINDS)
def test_contract_a_day_and_the_same_day_again(kind, instance, tmp_path):
    with new_service(kind, instance, tmp_path) as service:
        office = Office(service, tmp_path)
        office.claim(1, "N07", office.now - 20 * DAY)
        office.claim(2, "N08", office.now - DAY)
        office.file((2, office.now - HOUR))
        (copies := tmp_path / "copies").mkdir()
        early = list(daily.run(service, instants.now(), Actor("timer")))
        assert any("unlinked 0 lapsed" in str(told) for told in early)
        assert any("nothing lapses before" in str(told) for told in early)
        office.last_file()
        now = office.settled
        first = list(daily.run(service, now, Actor("timer"), copies=copies))
        assert any("unlinked 1 lapsed" in str(told) for told in first)
        # What a timer's mail shows at a glance; an empty day is no news.
        assert "the ledger is sound" == first[0]
        again = list(daily.run(service, now, Actor("timer"), copies=copies))
        assert any("rows; 封印 " in str(told) for told in again)
        assert any("unlinked 0 lapsed" in str(told) for told in again)
        assert (1 if kind == "sqlite" else 0) == len(list(copies.iterdir()))


def test_old_copies_go_and_nothing_else(service, tmp_path):
    for day in range(1, 6):
        (tmp_path / f"ledger-2022100{day}.db").touch()
    for name in ("ledger-of-mine.db", "ledger-20221001-unsound.db"):
        (tmp_path / name).touch()
    now = instants.now()
    list(daily.run(service, now, Actor("timer"), copies=tmp_path, keep=2))
    today = f"ledger-{instants.day_of(now)}.db"
    names = {path.name for path in tmp_path.iterdir() if path.name.startswith("ledger-")}
    assert {"ledger-20221005.db", today, "ledger-of-mine.db",
            "ledger-20221001-unsound.db"} == names


def test_a_touched_ledger_ends_with_1_and_names_the_row(service, instance, capsys):
    claimed(service, 1, "N07", instants.now(), 101)
    where = ("--instance", str(instance.folder))
    assert 0 == cli.main(["daily", *where]) or "standing" in capsys.readouterr().out
    with sqlite3.connect(instance.folder / "ledger.db") as db:
        db.execute("drop trigger claim_no_update")
        db.execute("update claim set client = 'x' where id = 101")
    db.close()
    assert 1 == cli.main(["daily", *where])
    assert "seal_whole: claim 101 was changed" in capsys.readouterr().out
    assert 2 == cli.main(["daily", "--keep", "0", *where])
    assert 1 == cli.main(["daily", "--backup", str(instance.folder / "none"), *where])


def test_a_night_of_an_unsound_ledger_keeps_evidence_and_every_sound_copy(
    service, instance, tmp_path
):
    """The seals too are asked of the copy: a row changed by hand is no backup's."""
    Office(service, tmp_path).claim(1, "N07", instants.now() - DAY)
    now = instants.now()  # after the claim's id, which no earlier seal holds
    for day in range(1, 6):
        (tmp_path / f"ledger-2022100{day}.db").touch()
    list(daily.run(service, now, Actor("timer"), copies=tmp_path, keep=9))
    with sqlite3.connect(instance.folder / "ledger.db") as db:
        db.execute("drop trigger claim_no_update")
        db.execute("update claim set client = 'x'")
    db.close()
    sound = {path.name for path in tmp_path.glob("ledger-*.db")}
    told = list(daily.run(service, now, Actor("timer"), copies=tmp_path, keep=2))
    evidence = f"ledger-{instants.day_of(now)}-unsound.db"
    assert sound | {evidence} == {path.name for path in tmp_path.glob("ledger-*.db")}
    assert 1 == sum("seal_whole" == getattr(one, "question", "") for one in told)


def test_the_timer_runs_the_command():
    service = configparser.ConfigParser(strict=False)
    service.read(DEPLOY / "zhuanma-daily.service")
    command = service["Service"]["ExecStart"].split()
    assert "attribution" == Path(command[0]).name
    assert "daily" == command[1]
    options = daily_command.run.make_context("daily", command[2:]).params
    assert "/var/backups/zhuanma" == options["backup"]
    assert options["backup"] in service["Service"]["ReadWritePaths"]
    timer = configparser.ConfigParser()
    timer.read(DEPLOY / "zhuanma-daily.timer")
    assert "true" == timer["Timer"]["Persistent"]
