"""
A branch's friend in the county cheats, with the machine and every key of it in hand.

A bank keeps one line of text a day, and its key came on paper. The ledger is rewritten and all
of it sealed and signed anew: it finds itself sound, and the line exposes it. An older copy is
put in its place: no head is shown any more, and everybody who looks is told.
"""
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cast import Clerk, County, OfficeWorker
from deployed import BARE, ROOT, Machine, Shell, ledger
from factories import make_phone
from playwright.sync_api import Browser
from stores import KINDS, PostgresServer

# What somebody types who knows where the ledger lies: rows of one bank become another's, and
# the log is forgotten, so that it will be made anew over what is left.
_STEPS = """
for table in ("claim", "scan"):
    run(f"update {table} set unit = 'B02' where unit = 'B01'")
for table in ("log_leaf", "log_tile", "log_head", "log_mark", "unit_count"):
    run(f"delete from {table}")
"""
CHEATS = {
    "sqlite": f"""
import sqlite3
ledger = sqlite3.connect("instance/ledger.db")
run = ledger.execute
guards = run("select name, sql from sqlite_master where type = 'trigger'").fetchall()
for name, _ in guards:
    run(f"drop trigger {{name}}")
{_STEPS}
for _, sql in guards:
    run(sql)
ledger.commit()
""",
    # Who owns the tables of a cluster need be nobody more to write past what protects them.
    "citus": f"""
import os, psycopg
with psycopg.connect(os.environ["ZHUANMA_DATABASE"]) as ledger:
    run = ledger.execute
    run("set local citus.propagate_set_commands = 'local'")
    run("set local citus.multi_shard_modify_mode = 'sequential'")
    run("set local zhuanma.past_append_only = 'on'")
    {_STEPS.replace(chr(10), chr(10) + "    ")}
""",
    "postgres": f"""
import os, psycopg
with psycopg.connect(os.environ["ZHUANMA_DATABASE"]) as ledger:
    run = ledger.execute
    run("set session_replication_role = replica")
    {_STEPS.replace(chr(10), chr(10) + "    ")}
""",
}


class Bank:
    """A bank's own computer, far from the county: a folder, a Python, and what was handed over."""

    def __init__(self, county: County, folder: Path):
        self.shell = Shell(folder)
        self.url = county.machine.url
        shutil.copy(ROOT / "scripts" / "verify.py", folder)

    def copies_the_key(self, sheet: str) -> None:
        (self.shell.folder / "key.txt").write_text(f"{sheet}\n", encoding="utf-8")

    def runs_its_daily_job(self) -> tuple[int, str]:
        """Fetch the newest head, have it continue the one that was kept, keep it."""
        return self.shell.tries(
            f"python3 verify.py --log {self.url} --state kept.txt --key key.txt"
        )

    def looks_at(self, bundle: str, *more: str) -> tuple[int, str]:
        return self.shell.tries(f"python3 verify.py {bundle} --key key.txt {' '.join(more)}")


@pytest.fixture(scope="module", params=KINDS)
def county(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[County]:
    machine = Machine(tmp_path_factory.mktemp("county"), BARE)
    with ExitStack() as held:
        if request.param == "postgres":
            server = PostgresServer().initialise().start()
            held.callback(server.remove)
            machine.shell = Shell(
                machine.folder,
                {**machine.shell.more, "ZHUANMA_DATABASE": server.url("postgres")},
            )
        else:
            held.enter_context(ledger(machine, request.param))
        made = County(machine, browser, machine.begins())
        (machine.folder / "cheat.py").write_text(CHEATS[request.param], encoding="utf-8")
        yield made
        for person in made.people:
            person.leaves()
    assert "Traceback" not in machine.log()


def test_a_line_of_text_in_a_banks_hands_outlives_every_key(
    county: County, tmp_path: Path
) -> None:
    machine, bank = county.machine, Bank(county, tmp_path)
    told = machine.shell.runs("attribution user add clerk --role bank --scope B01 --generate")
    with machine.serves():
        # On the first day a resident registers with B01, and the bank gets its key on paper.
        resident = county.resident().scans(county.poster("B01"))
        resident.fills_in(make_phone(7_100_001))
        assert resident.sees("登记好了")
        clerk: Clerk = county.clerk("clerk", "bank", "B01")
        clerk.comes_in(told.rpartition("password: ")[2].strip())
        machine.shell.runs("attribution proof checkpoint")
        clerk.opens("/admin/proof/keys")
        assert clerk.sees("公开日志核验密钥", "指纹")
        bank.copies_the_key(clerk.page.locator("dd.opens").first.inner_text())
        status, said = bank.runs_its_daily_job()
        assert 0 == status and "全部相符" in said, said
        # It takes its own bundle home, and believes it without asking anybody.
        clerk.follows_the_menu("对外凭证")
        with clerk.page.expect_download() as taken:
            clerk.page.get_by_role("button", name="下载 B01 的凭证").click()
        taken.value.save_as(tmp_path / "B01.json")
        status, said = bank.looks_at("B01.json", "--since", "kept.txt")
        assert 0 == status and "B01 登记 1" in said, said
        (tmp_path / "first.txt").write_bytes((tmp_path / "kept.txt").read_bytes())

    # By night somebody moves it to B02, seals and signs everything anew, and hides what the
    # service itself remembers.
    machine.shell.runs("python3 cheat.py")
    (machine.instance / "keys" / "log.last").unlink()
    machine.shell.runs("attribution rebuild")
    machine.shell.runs("attribution seal --now")
    machine.shell.runs("attribution proof checkpoint")
    status, said = machine.shell.tries("attribution check")
    assert 0 == status and "the ledger is sound" in said, said

    with machine.serves():
        status, said = bank.runs_its_daily_job()
        assert 1 == status and said.splitlines()[-1][:2] in ("3 ", "4 "), said
        assert (tmp_path / "kept.txt").read_bytes() == (tmp_path / "first.txt").read_bytes()
        # Nor does a new bundle get past the line, whoever makes it.
        machine.shell.runs(f"attribution proof bundle --unit B01 --out {tmp_path}/new.json")
        status, said = bank.looks_at("new.json", "--since", "first.txt")
        assert 1 == status, said
        # The county's own checker, handed the bank's line, sees it too.
        status, said = machine.shell.tries(
            f"attribution check --against {tmp_path}/first.txt {tmp_path}/B01.json"
        )
        assert 1 == status and "log_continues: first.txt" in said, said
        assert '"claim"' in said  # and which row it was


def test_an_older_copy_shows_no_head_and_says_so_everywhere(
    county: County, tmp_path: Path
) -> None:
    machine, bank = county.machine, Bank(county, tmp_path)
    if "ZHUANMA_DATABASE" in machine.shell.more:
        pytest.skip("a server's copies are its own; what is noticed is the same")
    machine.shell.runs("attribution backup older.db")
    with machine.serves():
        sheet = machine.shell.runs("attribution proof keys").split()[0]
        bank.copies_the_key(sheet)
        machine.shell.runs("attribution user add auditor --role viewer --generate")
        machine.shell.runs("attribution proof checkpoint")
        assert 0 == bank.runs_its_daily_job()[0]
    # By hand, not by `attribution restore`, which asks two people and goes on with the log.
    machine.shell.runs("rm -f instance/ledger.db* && cp older.db instance/ledger.db")
    with machine.serves():
        status, said = bank.runs_its_daily_job()
        assert 2 == status and "503" in said, said
        office = OfficeWorker(county, "admin")
        county.add(office).signs_in(county.printed)
        assert office.sees("公开日志对不上，已停止对外给检查点")
        # And so does the monitoring of the machine.
        ready = machine.shell.runs(f"curl -s {machine.url}/readyz")
        assert "log: no head is shown: log_shorter" in ready
    status, said = machine.shell.tries(f"attribution check --against {tmp_path}/kept.txt")
    assert 1 == status and "shortened, or is an older copy" in said, said
