# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""Two people, an added row, a reason: how a number is put right without rewriting it."""
import io
import sys

import pytest
from factories import make_phone
from test_facts import claimed, take
from test_feeds import done, write

from attribution import cli
from attribution.deeds import Actor
from attribution.office import accounts, corrections, trace
from attribution.proof import checks
from attribution.rule import instants
from attribution.rule.instants import HOUR
from attribution.rule.people import identify
from attribution.store import StoreError, proposals, staff, standings
from qrgen.shell import Fault

PASSWORD = "quite-long-enough"


@pytest.fixture
def ledgered(service, tmp_path):
    """Two people credited to N07, one organic; accounts admin and other."""
    now = instants.now()
    # No hash of a password: argon2 is slow, and one test signs in.
    service.store.write(lambda c: staff.add_account(c, "other", "-", "office", now))
    claimed(service, 1, "N07", now - 2 * HOUR, 101)
    claimed(service, 2, "N07", now - 2 * HOUR, 102)
    take(service, write(tmp_path / "day.csv", [done(n, now) for n in (1, 2, 3)]))
    return service


def ask(service, kind, row=101, by="admin", **more):
    return corrections.ask(
        service.ledger, kind, row, reason=more.pop("reason", "appeal"),
        note=more.pop("note", "申诉表第3号"), asked_by=Actor(by), now=instants.now(), **more,
    )


def approve(service, proposal, by="other", approve=True):
    return corrections.answer(
        service.ledger, proposal, approve=approve, answered_by=Actor(by),
        now=instants.now(),
    )


def stands(service, number):
    person = identify(make_phone(number), service.settings.person_pepper).digest
    with service.store.read() as connection:
        standing = standings.standings_of(connection, service.campaign.id, [person])[person]
    return standing.credited or standing.reason


def adjustments(service):
    with service.store.read() as connection:
        return connection.rows("select * from adjustment order by id")


def sound(service):
    return [] == checks.check(service.ledger)


@pytest.mark.parametrize(
    ("kind", "more", "after"),
    [("reassign", {"to_unit": "A01"}, "A01"), ("reverse", {}, "reversed"), ("hold", {}, "held")],
)
def test_a_correction_counts_once_another_person_approves(ledgered, kind, more, after):
    proposal = ask(ledgered, kind, **more)
    assert "N07" == stands(ledgered, 1)
    assert [] == adjustments(ledgered)
    approve(ledgered, proposal)
    assert after == stands(ledgered, 1)
    assert "N07" == stands(ledgered, 2)
    (row,) = adjustments(ledgered)
    assert "N07" == row["from_unit"]
    assert sound(ledgered)


def test_reverse_then_restore_is_as_before(ledgered):
    approve(ledgered, ask(ledgered, "reverse"))
    approve(ledgered, ask(ledgered, "restore", by="other"), by="admin")
    assert "N07" == stands(ledgered, 1)
    assert ["reverse", "restore"] == [row["kind"] for row in adjustments(ledgered)]
    assert sound(ledgered)


def test_hold_then_release_is_as_before(ledgered):
    approve(ledgered, ask(ledgered, "hold", reason="review"))
    assert "held" == stands(ledgered, 1)
    approve(ledgered, ask(ledgered, "release"))
    assert "N07" == stands(ledgered, 1)
    assert sound(ledgered)


def test_nobody_approves_what_they_asked(ledgered):
    proposal = ask(ledgered, "reverse")
    with pytest.raises(Fault, match="another person"):
        approve(ledgered, proposal, by="admin")
    assert "N07" == stands(ledgered, 1)


@pytest.mark.parametrize("asked_by", ["admin", "other"])
def test_the_store_refuses_it_even_when_the_code_does_not(ledgered, asked_by):
    """Neither the asker's own answer, nor one that misstates who asked."""
    proposal = ask(ledgered, "reverse")
    row = {"proposal": proposal, "id": 1, "at": 1, "answer": "approved", "note": "",
           "asked_by": asked_by, "answered_by": "admin"}
    with pytest.raises(StoreError):
        ledgered.store.write(lambda c: proposals.answer(c, ledgered.campaign.id, row))


def test_an_adjustment_that_no_two_people_agreed_on_is_found(ledgered):
    person = identify(make_phone(1), ledgered.settings.person_pepper).digest
    row = {"campaign": ledgered.campaign.id, "person": person, "id": 7, "at": 1,
           "kind": "reverse", "from_unit": "N07", "to_unit": None, "reason": "other", "note": "",
           "automatic": 0, "asked_by": "admin", "approved_by": "other"}
    ledgered.store.write(lambda c: standings.add_adjustments(c, [row]))
    found = checks.check(ledgered.ledger)
    assert "correction_by_two" in {finding.question for finding in found}


def test_an_answer_is_given_once(ledgered):
    proposal = ask(ledgered, "reverse")
    approve(ledgered, proposal, approve=False)
    assert "N07" == stands(ledgered, 1)
    with pytest.raises(Fault, match="was refused by other"):
        approve(ledgered, proposal)


@pytest.mark.parametrize(
    ("kind", "more", "message"),
    [
        ("restore", {}, "would change nothing"),
        ("release", {}, "is not held"),
        ("reassign", {"to_unit": "N07"}, "would change nothing"),
        ("reassign", {"to_unit": "Z99"}, "no unit"),
        ("reverse", {"row": 999}, "no claim, credit or fact"),
        ("reverse", {"note": " "}, "needs a note"),
        ("reverse", {"note": "机主 " + make_phone(5)}, "holds a phone number"),
        ("reverse", {"by": "nobody"}, "no account"),
        ("reverse", {"reason": "because"}, "no reason"),
    ],
)
def test_a_vain_or_careless_correction_is_refused_when_asked(ledgered, kind, more, message):
    with pytest.raises(Fault, match=message):
        ask(ledgered, kind, **more)


def test_what_was_true_when_asked_is_asked_again_at_approval(ledgered):
    """Two reversals of one credit: the second finds nothing left to take back."""
    first, second = ask(ledgered, "reverse"), ask(ledgered, "reverse")
    approve(ledgered, first)
    with pytest.raises(Fault, match="would change nothing"):
        approve(ledgered, second)
    assert 1 == len(adjustments(ledgered))


def test_a_correction_outlives_later_facts(ledgered, tmp_path):
    """Nobody has to correct a person again because the platform sends them every day."""
    approve(ledgered, ask(ledgered, "reassign", to_unit="A01"))
    now = instants.now()
    take(ledgered, write(tmp_path / "next.csv", [done(1, now), done(4, now)]))
    assert "A01" == stands(ledgered, 1)
    assert sound(ledgered)


def test_a_feed_that_corrects_a_fact_adds_a_row_with_its_reason(ledgered, tmp_path):
    now = instants.now()
    take(ledgered, write(tmp_path / "next.csv", [done(1, now, ago=60 * 24 * HOUR)]))
    (row,) = adjustments(ledgered)
    assert ("reverse", "feed_correction", 1) == (row["kind"], row["reason"], row["automatic"])
    assert sound(ledgered)


def run(instance, monkeypatch, *argv, password):
    monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
    return cli.main([*argv, "--instance", str(instance.folder)])


def test_at_the_shell_each_person_gives_a_password(ledgered, instance, monkeypatch, capsys):
    accounts.set_password(
        ledgered.store, "other", PASSWORD, instants.now(), by=Actor("other")
    )
    request = ("correct", "reverse", "101", "--reason", "appeal", "--note", "表3", "--by", "admin")
    assert 2 == run(instance, monkeypatch, *request, password="not the password")
    assert 0 == run(instance, monkeypatch, *request, password=instance.password)
    out = capsys.readouterr().out
    proposal = out.split("approve ")[1].split()[0]
    give = ("correct", "approve", proposal, "--by")
    assert 2 == run(instance, monkeypatch, *give, "admin", password=instance.password)
    assert 0 == run(instance, monkeypatch, *give, "other", password=PASSWORD)
    assert "reversed" == stands(ledgered, 1)
    assert 0 == run(instance, monkeypatch, "correct", "list", "--all", password="")
    assert "approved by other" in capsys.readouterr().out


def test_a_trace_leads_from_the_number_to_scan_claim_facts_and_reasons(
    ledgered, instance, monkeypatch, capsys
):
    now = instants.now()
    claimed(ledgered, 1, "D01", now - 3 * HOUR, 50)
    approve(ledgered, ask(ledgered, "reassign", to_unit="A01"))
    phone = make_phone(1)
    day = instants.local_text(now - 2 * HOUR)[:10]
    for what in ("101", f"{phone[-4:]}@{day}"):
        assert 0 == run(instance, monkeypatch, "trace", what, password="")
        out = capsys.readouterr().out
        assert "credited to A01" in out
        assert "-> wins" in out
        assert "eligible, but another claim comes first" in out
        assert "batch=day" in out
        assert "asked_by=admin approved_by=other" in out
        assert phone not in out
    assert 0 == run(instance, monkeypatch, "trace", "101", "--json", password="")
    assert '"credited": "A01"' in capsys.readouterr().out
    assert 1 == run(instance, monkeypatch, "trace", "424242", password="")
    assert 2 == run(instance, monkeypatch, "trace", "nonsense", password="")


def test_a_trace_tells_that_a_standing_was_touched(ledgered):
    person = identify(make_phone(1), ledgered.settings.person_pepper).digest
    ledgered.store.write(
        lambda c: c.run("update standing set credited = 'D01' where person = :p", {"p": person})
    )
    told = trace.trace(ledgered.ledger, person)
    assert any("WARNING" in line for line in trace.lines(told))


def test_whatif_on_the_ledger_lists_who_changes_and_writes_nothing(
    ledgered, instance, monkeypatch, capsys, tmp_path
):
    now = instants.now()
    claimed(ledgered, 1, "D01", now - 3 * HOUR, 50)
    path = instance.folder / "ledger.db"
    before = path.read_bytes()
    out = tmp_path / "moved.csv"
    assert 0 == run(instance, monkeypatch, "whatif", "--policy", "first_claim", "--out", str(out),
                    password="")
    said = capsys.readouterr().out
    assert "D01: +1 -0 = +1" in said
    assert "N07: +0 -1 = -1" in said
    assert "N07,D01" in out.read_text(encoding="utf-8-sig")
    assert before == path.read_bytes()
    assert 2 == run(instance, monkeypatch, "whatif", password="")
