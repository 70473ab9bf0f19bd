"""Who is new: the rule, the list, the platform's interface, and that nobody else is told."""
import csv
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import Instance
from factories import make_phone
from visitors import claim, listening, masked, opened, rows
from werkzeug import Request, Response

from attribution.cli import main
from attribution.deeds import Actor
from attribution.facts.known_users import import_known_users
from attribution.resident.platform import Breaker, Http, find_known
from attribution.resident.signed_post import sign
from attribution.rule import instants
from attribution.rule.newness import SILENCE, Answer, State, judge
from attribution.rule.people import identifier, identify
from qrgen.shell import Fault

MARK = instants.parse_instant("2022-09-01")
KEY = "k" * 32


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (SILENCE, State.UNKNOWN),
        (Answer(False), State.NEW),
        (Answer(True), State.BEFORE),
        (Answer(True, MARK - 1), State.BEFORE),
        (Answer(True, MARK), State.DURING),
    ],
)
def test_newness_is_relative_to_the_mark_time(answer: Answer, state: State) -> None:
    assert state == judge(answer, MARK)


def test_a_breaker_rests_and_then_lets_one_try() -> None:
    now = [0.0]
    breaker = Breaker(2, 30, lambda: now[0])
    for _ in range(2):
        assert breaker.may_ask()
        breaker.note(False)
    assert breaker.is_open and not breaker.may_ask()
    now[0] = 30
    assert [True, False] == [breaker.may_ask(), breaker.may_ask()]
    breaker.note(True)
    assert breaker.may_ask() and not breaker.is_open


# --- the platform's interface -------------------------------------------------------------


@contextmanager
def platform(answer: Callable[[str, int], Response]) -> Iterator[tuple[str, list[str]]]:
    """A platform that checks signatures; *answer* gets the number and how many asked before."""
    asked: list[str] = []

    @Request.application
    def app(request: Request) -> Response:
        body = request.get_data()
        due = sign(KEY, request.headers["X-Timestamp"], request.headers["X-Nonce"], body)
        if due != request.headers["X-Signature"]:
            return Response("bad signature", 401)
        phone = json.loads(body)["phone"]
        asked.append(phone)
        return answer(phone, len(asked))

    with listening(app) as url:
        yield f"{url}/lookups", asked


def known(at: str | None) -> Response:
    return Response(json.dumps({"known": True, "registered_at": at}), mimetype="application/json")


def test_the_platform_is_asked_with_a_signature() -> None:
    with platform(lambda phone, n: known("2022-09-02T10:00:00+08:00")) as (url, _):
        answer = Http(url, KEY).lookup(make_phone(1), "")
        assert Answer(True, instants.parse_instant("2022-09-02T10:00:00+08:00")) == answer
        assert SILENCE == Http(url, "another key").lookup(make_phone(1), "")


def test_one_failure_is_tried_again_and_many_stop_the_asking() -> None:
    def once_down(phone: str, n: int) -> Response:
        return Response("down", 503) if n == 1 else Response('{"known": false}')

    with platform(once_down) as (url, asked):
        assert Answer(False) == Http(url, KEY).lookup(make_phone(1), "")
        assert 2 == len(asked)
    with platform(lambda phone, n: Response("down", 503)) as (url, asked):
        http = Http(url, KEY, breaker=Breaker(3, 60))
        assert [SILENCE] * 6 == [http.lookup(make_phone(1), "") for _ in range(6)]
        assert 6 == len(asked)  # three lookups, two attempts each; then nobody asks


@pytest.mark.parametrize("body", ["", "[]", '{"known": "yes"}', '{"known": true', "<html>"])
def test_an_answer_that_is_none_is_unknown(body: str) -> None:
    with platform(lambda phone, n: Response(body)) as (url, _):
        assert SILENCE == Http(url, KEY, attempts=1).lookup(make_phone(1), "")


def test_a_slow_platform_is_not_waited_for() -> None:
    given_up = threading.Event()

    def slow(phone: str, n: int) -> Response:
        given_up.wait(60)
        return known(None)

    with platform(slow) as (url, _):
        assert SILENCE == Http(url, KEY, timeout_s=0.1, attempts=1).lookup(make_phone(1), "")
        given_up.set()
    assert SILENCE == Http("http://127.0.0.1:9/", KEY).lookup(make_phone(1), "")


def test_the_simulator_plays_the_platform(tmp_path: Path) -> None:
    """Our client against scripts/platform_simulator.py --answer, number for number."""
    from platform_simulator import lookup_server

    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "platform.keys").write_text(f"# theirs\n{KEY}\n")
    (tmp_path / "simulated").mkdir()
    (tmp_path / "simulated" / "simulated-1.csv").write_text(
        f"phone,registered_at\n{make_phone(1)},2022-09-02 10:00:00\n", encoding="utf-8-sig"
    )
    with lookup_server(0, tmp_path) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        http = Http(f"http://127.0.0.1:{server.server_port}/", KEY)
        answers = [http.lookup(make_phone(n), "") for n in (1, 2)]
        stranger = Http(f"http://127.0.0.1:{server.server_port}/", "x" * 32)
        answers.append(stranger.lookup(make_phone(1), ""))
        server.shutdown()
        thread.join()
    at = instants.parse_instant("2022-09-02 10:00:00")
    assert [Answer(True, at), Answer(False), SILENCE] == answers


# --- the list -----------------------------------------------------------------------------


def write_list(path: Path, users: list[tuple[str, str]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["手机号", "注册时间"])
        writer.writerows(users)
    return path


def test_a_list_is_taken_in_as_digests(
    instance: Instance, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_list(tmp_path / "known.csv", [(make_phone(n), "2020-01-01") for n in range(5000)])
    command = ["newness", "import", str(path), "--instance", str(instance.folder)]
    assert 0 == main(command)
    assert "5000 known users" in capsys.readouterr().out
    assert 0 == main(command)
    assert "taken in before" in capsys.readouterr().out
    raw = b"".join(p.read_bytes() for p in instance.folder.glob("ledger.db*"))
    assert make_phone(4321).encode() not in raw


def test_one_bad_row_keeps_the_whole_list_out(instance: Instance, tmp_path: Path) -> None:
    path = write_list(tmp_path / "known.csv", [(make_phone(1), ""), ("12", "")])
    with opened(instance) as (service, _):
        with pytest.raises(Fault) as caught:
            import_known_users(
                service.ledger, path, identifier("p" * 32, "sha256"), Actor("test"), 1
            )
        assert "known.csv:3" in str(caught.value.more[0])
        assert [] == rows(service, "known_user")


def test_an_empty_list_makes_nobody_new(instance: Instance) -> None:
    with opened(instance) as (service, _):
        assert SILENCE == find_known(service.ledger, "x")


@pytest.fixture
def three_kinds(instance: Instance, tmp_path: Path) -> Instance:
    """An instance whose list knows 1-40 (before the mark) and 41-80 (after it)."""
    users = [(make_phone(n), "2015-05-05") for n in range(1, 41)]
    today = instants.local_text(instants.now())
    users += [(make_phone(n), today) for n in range(41, 81)]
    path = write_list(tmp_path / "known.csv", users)
    with opened(instance, '\n[newness]\nmode = "file"\n') as (service, _):
        import_known_users(
            service.ledger, path, identifier(service.settings.person_pepper, "sha256"),
            Actor("test"), instants.now(),
        )
    return instance


def test_nobody_is_told_about_a_number_that_is_not_proved(three_kinds: Instance) -> None:
    """The same bytes and status for old, current and new; the staff's row tells them apart."""
    with opened(three_kinds) as (service, app):
        answers = {}
        for number in (1, 41, 999):
            answer = claim(app.test_client(), service, make_phone(number))
            answers[answer.status_code, masked(answer.text)] = number
            assert "Vary" not in answer.headers or "Cookie" == answer.headers["Vary"]
        assert 1 == len(answers)
        app.extensions["zhuanma.side"].lookups.drain()
        by_person = {row["person"]: row["state"] for row in rows(service, "newness")}
        states = [
            by_person[identify(make_phone(n), service.settings.person_pepper).digest]
            for n in (1, 41, 999)
        ]
        assert ["before", "during", "new"] == states


def test_the_wait_tells_nothing_either(instance: Instance) -> None:
    """The answer is out before the platform has said a word, so its time is nobody's clue."""
    may_answer = threading.Event()

    def waits(phone: str, n: int) -> Response:
        may_answer.wait(30)
        return known(None)

    (instance.folder / "keys" / "platform.keys").write_text(KEY)
    with platform(waits) as (url, _):
        config = f'\n[newness]\nmode = "http"\nurl = "{url}"\ntimeout_s = 10\n'
        with opened(instance, config) as (service, app):
            assert 200 == claim(app.test_client(), service, make_phone(1)).status_code
            assert [] == rows(service, "newness")
            may_answer.set()
            app.extensions["zhuanma.side"].lookups.drain()
            assert ["before"] == [row["state"] for row in rows(service, "newness")]


def test_a_platform_that_is_down_keeps_nobody_from_claiming(instance: Instance) -> None:
    (instance.folder / "keys" / "platform.keys").write_text(KEY)
    config = '\n[newness]\nmode = "http"\nurl = "http://127.0.0.1:9/lookups"\n'
    with opened(instance, config) as (service, app):
        for number in range(6):
            assert 200 == claim(app.test_client(), service, make_phone(100 * number)).status_code
        app.extensions["zhuanma.side"].lookups.drain()
        assert {"unknown"} == {row["state"] for row in rows(service, "newness")}
        ready = app.test_client().get("/readyz")
        assert 200 == ready.status_code
        assert "platform does not answer" in ready.text


@pytest.mark.parametrize(
    ("config", "cause"),
    [
        ('[newness]\nmode = "maybe"', "newness.mode"),
        ('[newness]\nmode = "http"', "newness.url"),
        ('[newness]\nmode = "http"\nurl = "https://p.example"', "platform.keys"),
        ("[newness]\nspeed = 3", "newness.speed"),
        ('[one_time]\nsender = "aliyun"', "one_time.access_key"),
        ("[one_time]\nper_hour = -1", "one_time.per_hour"),
        ('[limits]\nclaims_per_form = "many"', "limits.claims_per_form"),
        ('[review]\nper_code = "60"', "review.per_code"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_says_which(
    instance: Instance, config: str, cause: str
) -> None:
    with pytest.raises(Fault) as caught, opened(instance, f"\n{config}\n"):
        pass
    assert cause in str(caught.value)
