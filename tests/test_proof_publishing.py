"""
The head that others see: it only grows, hourly, and never goes back on what was shown.

Whoever keeps two heads of ours that do not continue each other holds the proof against us, so
the service keeps its own last one where a restored ledger cannot reach, and would rather show
none.
"""
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import rewriting
import verify
from conftest import Instance
from console import add_everyone, signed_in
from factories import make_phone

from attribution import cli
from attribution.deeds import Actor
from attribution.faults import Code
from attribution.proof import against, bundle, heads, publishing, signed_notes
from attribution.proof.publishing import Published
from attribution.rule import instants
from attribution.rule.instants import HOUR
from attribution.rule.people import identify
from attribution.service import Service
from attribution.store import log as rows
from attribution.store import log_tree
from attribution.upkeep import background, daily
from attribution.web.application import create_app
from qrgen.faults import Fault, FaultCode

# The oldest claim, which is of N07, to another unit.
MOVE = "update claim set unit = 'N09' where id = (select min(id) from claim)"


@pytest.fixture
def here(service: Service) -> Service:
    """A ledger with some claims, sealed and published."""
    return begun(service)


@pytest.fixture(params=["service", "postgres_service"])
def either(request: pytest.FixtureRequest) -> Service:
    """The same on either store."""
    return begun(request.getfixturevalue(request.param))


def begun(service: Service) -> Service:
    for number in range(6):
        claimed(service, number, ("N07", "N08")[number % 2])
    publish(service)
    return service


def claimed(service: Service, number: int, unit: str) -> int:
    """Somebody registers with *unit*; return the row's id."""
    now = instants.now()
    id = service.store.next_id(now)
    person = identify(make_phone(number), service.settings.person_pepper)
    row = rows.ClaimRow(
        id, service.campaign.id, person.digest, now, unit, 1, None, None, False, person.last4,
        "c", "n", "other", token=f"t{id}",
    )
    service.store.write(lambda connection: rows.add_claim(connection, row))
    return id


def publish(service: Service) -> Published:
    """Seal and publish, as somebody asks for it."""
    now = instants.now()
    heads.seal_now(service.ledger, service.settings, now)
    found = publishing.keep_up(service.ledger, service.settings, now, on_demand=True)
    assert found is not None
    return found


def keep(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def found_against(service: Service, *files: Path) -> list[FaultCode]:
    return [fault.code for fault in against.findings(service.ledger, service.settings, files)]


def test_it_moves_hourly_unless_asked(here: Service) -> None:
    first = publish(here)
    claimed(here, 7, "N07")
    now = instants.now()
    heads.seal_now(here.ledger, here.settings, now)
    assert first == publishing.keep_up(here.ledger, here.settings, now)
    later = publishing.keep_up(here.ledger, here.settings, now + HOUR)
    assert later is not None and later.checkpoint.size > first.checkpoint.size
    assert found_against(here) == []
    kept = publishing.last_of(here.settings, later.checkpoint.origin)
    assert later.checkpoint == kept


def test_a_restored_older_ledger_shows_no_head(here: Service, tmp_path: Path) -> None:
    """It would be signed, and shorter than what others keep."""
    first = publish(here)
    kept = keep(tmp_path, "kept", first.note)
    size = first.checkpoint.size
    rewriting.change(here, "claim", "delete from claim where id = (select max(id) from claim)")
    rewriting.seal_anew(here)
    assert [Code.AGAINST_SHORTER, Code.LOG_SHORTER] == found_against(here, kept) or \
        [Code.AGAINST_REWRITTEN, Code.LOG_REWRITTEN] == found_against(here, kept)
    with pytest.raises(Fault):
        publishing.keep_up(here.ledger, here.settings, instants.now(), on_demand=True)
    last = publishing.last_of(here.settings, first.checkpoint.origin)
    assert last is not None and size == last.size  # what was published stays known


def test_a_row_moved_and_all_sealed_anew_with_every_key_finds_itself_sound_and_is_exposed(
    either: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = publish(either)
    head = bundle.head_of(first.note)
    content, _ = bundle.bundle(either.ledger, "N07", head)
    kept, held = keep(tmp_path, "kept", first.note), keep(tmp_path, "N07.json", content.decode())
    assert [] == found_against(either, kept, held)
    rewriting.change(either, "claim", MOVE)
    rewriting.seal_anew(either)
    # Its own log agrees with itself; only what was shown before does not.
    (either.settings.instance / "keys" / publishing.FILE).unlink()
    assert publishing.keep_up(
        either.ledger, either.settings, instants.now(), on_demand=True
    ) is not None
    assert [Code.AGAINST_REWRITTEN] == found_against(either, kept)
    told = list(against.findings(either.ledger, either.settings, [kept, held]))
    moved = [one for one in told if one.code is Code.AGAINST_ROW]
    assert moved and any(one.data["core"].startswith('["claim"') for one in moved)


def test_a_bundle_of_the_ledger_is_believed_by_verify(
    either: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And continues a head that the unit kept, months of heads later."""
    first = publish(either)
    old = keep(tmp_path, "old", first.note)
    for number in range(10, 13):
        claimed(either, number, "N07")
        newest = publish(either)
    made, shown = bundle.bundle(
        either.ledger, "N07", bundle.head_of(newest.note), [first.checkpoint]
    )
    assert shown >= 6
    held = keep(tmp_path, "N07.json", made.decode())
    vkey = signed_notes.vkey(*_key(either))
    arguments = [str(held), "--key", vkey, "--since", str(old)]
    monkeypatch.setattr(sys, "argv", ["verify.py", *arguments])
    status = verify.main()
    told = capsys.readouterr().out
    assert 0 == status, told
    assert "N07 登记 6" in told
    # No digest of a number, no last digits: of whom a row is, it does not tell.
    with either.store.read() as connection:
        claims = connection.rows("select person, last4 from claim")
    assert not any(row["person"] in made.decode() for row in claims)
    assert all(set(row) == {"index", "core", "rc", "p"} for row in json.loads(made)["rows"])


def _key(here: Service) -> tuple[str, bytes]:
    key = heads.verifiers(here.ledger, here.settings)[-1]
    return key.name, key.public


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address(here: Service) -> Iterator[str]:
    """The service on a loopback port, as verify.py asks it."""
    app = create_app(here.settings, here)
    app.config["KNOWN_HOSTS"] = None
    server = make_server("127.0.0.1", 0, app, handler_class=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_verify_keeps_the_last_head_and_asks_how_the_next_continues_it(
    here: Service, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """All that a bank needs: a line of text, and a job once a day."""
    key = keep(tmp_path, "key", signed_notes.vkey(*_key(here)))
    state = tmp_path / "state"
    arguments = ["verify.py", "--log", address, "--state", str(state), "--key", str(key)]
    monkeypatch.setattr(sys, "argv", arguments)
    assert 0 == verify.main(), capsys.readouterr().out
    first = state.read_text(encoding="utf-8")
    claimed(here, 8, "N07")
    publish(here)
    assert 0 == verify.main(), capsys.readouterr().out
    second = state.read_text(encoding="utf-8")
    assert first != second
    rewriting.change(here, "claim", MOVE)
    rewriting.seal_anew(here)
    # The service itself refuses to show it …
    capsys.readouterr()
    assert 2 == verify.main()
    assert "503" in capsys.readouterr().out
    # … unless who rewrote the ledger made it forget. Then the line in the bank's hands tells.
    (here.settings.instance / "keys" / publishing.FILE).unlink()
    for number in range(20, 23):
        claimed(here, number, "N08")
    publish(here)
    assert 1 == verify.main()
    assert capsys.readouterr().out.splitlines()[-1].startswith(("3 ", "4 "))
    assert second == state.read_text(encoding="utf-8")  # both are kept
    assert (tmp_path / "state.new").is_file()


def test_who_asks_gets_plain_text_that_nothing_between_keeps(here: Service) -> None:
    client = create_app(here.settings, here).test_client()
    answer = client.get("/log/checkpoint")
    assert 200 == answer.status_code and "no-store" == answer.headers["Cache-Control"]
    assert "text/plain; charset=utf-8" == answer.headers["Content-Type"]
    assert publish(here).note == answer.get_data(as_text=True)
    size = publish(here).checkpoint.size
    assert 200 == client.get(f"/log/consistency?old=1&new={size}").status_code
    for query, status in {
        f"old=1&new={size + 1}": 404, f"old={size}&new=1": 404, "old=1": 400,
        "old=-1&new=1": 400, "old=01&new=1": 400, "old=1&new=" + "9" * 30: 400, "": 400,
    }.items():
        assert status == client.get(f"/log/consistency?{query}").status_code, query


def test_everybody_who_looks_is_told(
    service: Service, instance: Instance, capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The monitoring, the console, the night's round, the shell, the log."""
    for number in range(3):
        claimed(service, number, "N07")
    publish(service)
    add_everyone(service)
    office = signed_in(service, "office")
    assert "公开日志对不上" not in office.text("/admin/")
    assert "log:" not in office.text("/readyz")
    rewriting.change(service, "claim", MOVE)
    rewriting.seal_anew(service)
    assert "log: no head is shown: log_" in office.text("/readyz")
    assert "公开日志对不上，已停止对外给检查点" in office.text("/admin/")
    assert 503 == office.get("/log/checkpoint").status_code
    background.publish(service)
    assert "no head is shown" in caplog.text
    told = [str(getattr(one, "question", "")) for one in daily.run(
        service, instants.now(), Actor("test")
    )]
    assert "log_continues" in told
    service.close()
    assert 1 == cli.main(["check", "--instance", str(instance.folder)])
    assert "log_continues: the " in capsys.readouterr().out


def test_check_against_what_others_kept_from_the_shell(
    instance: Instance, service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        claimed(service, number, "N07")
    service.close()
    where = ["--instance", str(instance.folder)]
    line, held = str(tmp_path / "line.txt"), str(tmp_path / "N07.json")
    assert 0 == cli.main(["proof", "checkpoint", "--out", line, *where])
    assert 0 == cli.main(
        ["proof", "bundle", "--unit", "N07", "--since", line, "--out", held, *where]
    )
    assert "scripts/verify.py checks it" in capsys.readouterr().out
    assert 0 == cli.main(["rebuild", *where])  # the claims came past the rule
    capsys.readouterr()
    assert 0 == cli.main(["check", "--against", line, held, *where]), capsys.readouterr().out
    assert "the ledger continues 2 that others kept" in capsys.readouterr().out
    other = Path(line).read_text(encoding="utf-8").replace("\n", "x\n", 1)
    keep(tmp_path, "other", other)
    assert 1 == cli.main(["check", "--against", str(tmp_path / "other"), *where])
    assert "not signed by this log's key" in capsys.readouterr().err
    keep(tmp_path, "nothing", "hello\n")
    assert 2 == cli.main(["check", "--against", str(tmp_path / "nothing"), *where])
    one = str(tmp_path / "one")
    shown = json.loads(Path(held).read_text(encoding="utf-8"))["rows"][0]["index"]
    assert 0 == cli.main(["proof", "bundle", "--tlog-proof", str(shown), "--out", one, *where])
    assert Path(one).read_text(encoding="utf-8").startswith("c2sp.org/tlog-proof@v1\nextra ")


def test_the_mark_of_what_is_published_survives_a_broken_file(here: Service) -> None:
    """Half a head is no head: it is said, and not overwritten."""
    path = here.settings.instance / "keys" / publishing.FILE
    path.write_text("half", encoding="utf-8")
    assert [Code.LOG_LAST_BROKEN] == found_against(here)
    with pytest.raises(Fault):
        publishing.current(here.ledger, here.settings)
    assert "half" == path.read_text(encoding="utf-8")
    with here.store.read() as connection:
        assert log_tree.head(connection, here.campaign.id) is not None
