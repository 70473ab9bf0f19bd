"""
New, old and unknown numbers are one until they are proved: at every address, byte by byte.

And in time: what a page costs is what it asks the ledger, so for each of them the same statements
are counted, which no machine's speed can blur.
"""
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from conftest import Instance
from factories import make_phone
from flask.testing import FlaskClient
from test_one_time import CONSOLE
from visitors import Fields, code_of, masked, opened, scan

from attribution.deeds import Actor
from attribution.facts.known_users import import_known_users
from attribution.rule import instants
from attribution.rule.people import identifier
from attribution.service import Service
from attribution.store.engine.sqlite_connection import SQLiteConnection

# With the same last digits, for a page reads them back: nobody's, and two of the list.
NEW, BEFORE, DURING = (make_phone(10_000 * n + 1) for n in (1, 2, 3))
NUMBERS = (NEW, BEFORE, DURING)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the statements that a request waits for; none waits for who asks the platform."""
    found: list[str] = []

    def note(sql: str) -> None:
        # The last is asked before what the platform said is written, whenever that comes.
        if not re.search("newness|known_|end_mark", sql):
            found.append(" ".join(sql.split()))

    for name in ("_execute", "run_many"):
        monkeypatch.setattr(SQLiteConnection, name, _noted(getattr(SQLiteConnection, name), note))
    return found


def _noted(before: Callable[..., Any], note: Callable[[str], None]) -> Callable[..., Any]:
    def noted(self: SQLiteConnection, sql: str, *more: Any, **named: Any) -> Any:
        note(sql)
        return before(self, sql, *more, **named)

    return noted


@dataclass
class Visit:
    """Somebody who goes through the pages with one number; what each answered and asked."""

    client: FlaskClient
    service: Service
    asked: list[str]
    seen: list[tuple[str, object]] = field(default_factory=list)

    def goes(self, what: str, path: str, data: dict[str, str] | None = None) -> str:
        """Open or send; return where it leads to, or the page."""
        # What was asked of the platform shares transactions with whoever comes next.
        self.client.application.extensions["zhuanma.side"].lookups.drain()
        self.asked.clear()
        answer = self.client.get(path) if data is None else self.client.post(path, data=data)
        leads = answer.headers.get("Location", "")
        cookies = [c.partition("=")[0] for c in answer.headers.getlist("Set-Cookie")]
        self.seen.append((what, (
            answer.status_code, _masked(leads), _masked(answer.text), cookies, sorted(self.asked)
        )))
        return leads or answer.text


def _masked(text: str) -> str:
    """Return *text* without what is every form's own: token, receipt, time, what was typed."""
    text = re.sub(r"/form/[^/#?\"]+", "/form/…", masked(text))
    text = re.sub(r"[0-9A-Z]{5}-[0-9A-Z]{5}|[0-9]{4}-[0-9-]+ [0-9:]+", "…", text)
    return re.sub(r'(name="(?:token|proof|step|phone)"[^>]* value=)"[^"]*"', r"\1…", text)


def known(service: Service, instance: Instance) -> None:
    """Put two on the platform's list: of before the campaign, and of its second day."""
    second = service.campaign.start.replace(hour=12)
    path = instance.folder / "known.csv"
    path.write_text(
        f"phone,registered_at\n{BEFORE},2012-01-01T08:00:00+08:00\n{DURING},{second.isoformat()}\n",
        encoding="utf-8",
    )
    settings = service.settings
    import_known_users(
        service.ledger, path, identifier(settings.person_pepper, settings.digest),
        Actor("test"), instants.now(),
    )


def visits(
    instance: Instance, asked: list[str], config: str
) -> Iterator[Visit]:
    newness = '\n[newness]\nmode = "file"\n'
    with opened(instance, newness + config) as (service, app):
        known(service, instance)
        service.store.next_id(instants.now())  # the lease of numbers is a statement of its own
        for number in NUMBERS:
            visit = Visit(app.test_client(), service, asked)
            fields = scan(visit.client, code_of(service)).values
            yield _walked(visit, {**fields, "phone": number, "consent": "yes"}, bool(config))


def _walked(visit: Visit, form: dict[str, str], messages: bool) -> Visit:
    token = form["token"]
    slip = visit.goes("slip", "/claim", {**form, "consent": ""})
    visit.goes("form", slip)
    leads = visit.goes("claim", "/claim", form)
    if messages:
        page = visit.goes("password", leads)
        step = Fields(page).values["step"]
        for wrong in ("0", "000000"):
            back = visit.goes("a wrong one", "/claim/prove", {"step": step, "password": wrong})
            visit.goes("told", back)
        leads = visit.goes("skip", "/claim/prove", {"step": step, "skip": "yes"})
        visit.goes("password again", f"/password/{step}")
    of = leads.partition("?")[0].rpartition("/")[2]
    visit.goes("steps", leads)
    visit.goes("again", "/claim", form)
    visit.goes("form again", f"/form/{token}")
    visit.goes("receipt", "/receipt")
    handed = visit.goes("hand over", "/h", {"of": of})
    visit.goes("handed", handed)
    friend = Visit(visit.client.application.test_client(), visit.service, visit.asked)
    friend.goes("shared", f"/s/{of}")
    friend.goes("taking", handed)
    friend.goes("taken", handed, {})
    friend.goes("steps there", f"/s/{of}")
    visit.goes("door", "/my")
    receipt = re.search(r'name="receipt" value="([^"]+)"', visit.client.get("/my").text)
    assert receipt
    visit.goes("by receipt", "/my", {"receipt": receipt[1]})
    visit.goes("mine", "/my")
    visit.seen += friend.seen
    return visit


@pytest.mark.parametrize("config", ["", f"{CONSOLE}per_minute = 60\n"], ids=["off", "messages"])
def test_every_number_is_answered_alike_until_it_is_proved(
    instance: Instance, asked: list[str], config: str
) -> None:
    first, *others = list(visits(instance, asked, config))
    assert len(first.seen) > 15
    for other in others:
        for one, two in zip(first.seen, other.seen, strict=True):
            assert one == two


def test_asking_for_a_message_at_my_tells_nobody_whether_there_is_a_claim(
    instance: Instance, asked: list[str]
) -> None:
    with opened(instance, f"{CONSOLE}per_minute = 60\n") as (service, app):
        app.test_client().get("/my")  # the first of all asks more
        service.store.next_id(instants.now())  # and so does the lease of numbers
        found = []
        for number in (NEW, BEFORE):
            if number == BEFORE:
                client = app.test_client()
                fields = scan(client, code_of(service)).values
                page = client.post(
                    "/claim", data={**fields, "phone": number, "consent": "yes"},
                    follow_redirects=True,
                )
                step = Fields(page.text).values["step"]
                client.post("/claim/prove", data={"step": step, "skip": "yes"})
            visit = Visit(app.test_client(), service, asked)
            visit.goes("door", "/my")
            visit.goes("password", visit.goes("number", "/my", {"phone": number}))
            found.append(visit.seen)
        for one, two in zip(*found, strict=True):
            assert one == two
