# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""Who may be the second person: the rule, the tables that hold it, and the check that names it."""
import json

import pytest
from county import make_county, own_password
from stores import KINDS, new_service

from attribution import deeds
from attribution.deeds import Actor
from attribution.faults import Code
from attribution.office import accounts, agreed, first_people, requests
from attribution.office.vouching import Word
from attribution.proof import checks, people_checks
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR
from attribution.store import StoreError, audit_log, hands, request_log, second_person, staff
from attribution.store.hands import Hand
from attribution.two_people import QUARANTINE, Question, barred
from qrgen.faults import Fault

T = 1_000 * DAY


def made(account, by="init", at=0, deed="made", **more):
    return Hand(account, at, deed, by, **more)


FIRST = [made("office"), made("checker"), made("accounts")]


@pytest.mark.parametrize(("more", "asker", "second", "why"), [
    ([], "office", "checker", None),
    # One of the two made the other, or gave it its password, role or way in.
    ([made("zhou", "office")], "office", "zhou", Code.SECOND_MADE),
    ([made("zhou", "office")], "zhou", "office", Code.SECOND_MADE),
    ([made("checker", "office", deed="password")], "office", "checker", Code.SECOND_MADE),
    ([made("checker", "office", deed="role")], "office", "checker", Code.SECOND_MADE),
    # A password that somebody else gave later takes the place of the one before.
    ([made("checker", "office", deed="password"),
      made("checker", "accounts", deed="password", vouched_by="li")],
     "office", "checker", None),
    # Their own change does not: whoever was told the password could have made it.
    ([made("checker", "office", deed="password"), made("checker", "checker", deed="own")],
     "office", "checker", Code.SECOND_MADE),
    # Whoever gave their word stands behind the account, and behind those that it stands behind.
    ([made("zhou", "accounts", vouched_by="office")], "office", "zhou", Code.SECOND_MADE),
    ([made("zhou", "accounts", vouched_by="office"), made("li", "accounts", vouched_by="zhou")],
     "office", "li", Code.SECOND_SAME_WORD),
    ([made("zhou", "accounts", vouched_by="office"), made("li", "accounts", vouched_by="office")],
     "zhou", "li", Code.SECOND_SAME_WORD),
    ([made("zhou", "accounts", vouched_by="office"), made("li", "accounts", vouched_by="checker")],
     "zhou", "li", None),
    # Whoever made an account before two were needed stands behind those it vouches for.
    ([made("zhou", "office"), made("li", "accounts", vouched_by="zhou")],
     "office", "li", Code.SECOND_SAME_WORD),
    # It came after the question.
    ([made("zhou", "init", at=T + 1)], "office", "zhou", Code.SECOND_LATER),
    ([made("checker", "accounts", at=T + 1, deed="password", vouched_by="li")],
     "office", "checker", Code.SECOND_LATER),
    ([made("checker", "accounts", at=T + 1, deed="open", vouched_by="li")],
     "office", "checker", Code.SECOND_LATER),
    # Nobody's word: it waits.
    ([made("zhou", "shell:root", at=T, alone=True)], "office", "zhou", Code.SECOND_ALONE),
    ([made("zhou", "shell:root", at=T - QUARANTINE + 2 * DAY, alone=True)], "zhou", "checker",
     Code.SECOND_ALONE),
    ([made("zhou", "shell:root", at=T - QUARANTINE, alone=True)], "office", "zhou", None),
])
def test_one_human_being_is_not_two(more, asker, second, why):
    found = barred([*FIRST, *more], Question(asker, T), second, T + DAY)
    assert why == (found.code if found else None)


@pytest.fixture(params=KINDS)
def county(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield make_county(service, str(instance.folder))


def ask(county, by="accounts", kind="account_add", name="zhou", **more):
    payload = {"name": name, "role": "checker", "units": [], **more}
    return requests.ask(
        county.service.ledger, kind, f"account {name}", payload, asked_by=Actor(by),
        now=instants.now(),
    )


def approve(county, number, by):
    return requests.approve(
        county.service, number, agreed.PERFORMERS, by=Actor(by), now=instants.now()
    )


def found(county):
    return [
        (one.question, one.fault.code)
        for one in people_checks.check(county.service.ledger)
    ]


def test_the_first_people_are_two_and_a_third(county):
    with county.service.store.read() as connection:
        rows = {row["name"]: row for row in staff.accounts(connection)}
        assert accounts.has_two(connection, instants.now())
    assert {"office", "checker", "accounts"} <= rows.keys()
    assert [] == first_people.make(county.service.ledger, instants.now(), by=Actor("shell:root"))
    assert [] == found(county)
    assert [] == checks.check(county.service.ledger)


def test_a_request_is_done_as_it_was_asked_when_another_agrees(county):
    number = ask(county)
    with pytest.raises(Fault) as own:
        approve(county, number, "accounts")
    assert Code.OWN_QUESTION == own.value.code
    told = approve(county, number, "checker")
    assert "zhou" == told["account"] and told["password"]
    account = accounts.find(county.service.store, "zhou")
    assert account and account.handed_over and "checker" == account.role
    with pytest.raises(Fault) as again:
        approve(county, number, "office")
    assert Code.REQUEST_ANSWERED == again.value.code
    with county.service.store.read() as connection:
        row = request_log.get(connection, county.service.campaign.id, number)
    assert row and told["password"] not in json.dumps(row)
    assert [] == found(county)


def test_what_cannot_be_done_is_not_answered(county):
    number = ask(county, name="office")  # the name is taken
    with pytest.raises(Fault) as caught:
        approve(county, number, "checker")
    assert Code.ACCOUNT_TAKEN == caught.value.code
    with county.service.store.read() as connection:
        row = request_log.get(connection, county.service.campaign.id, number)
    assert row and row["answer"] is None


def test_a_request_is_refused_or_taken_back(county):
    store, ledger = county.service.store, county.service.ledger
    first, second = ask(county), ask(county)
    requests.refuse(ledger, first, by=Actor("checker"), now=instants.now())
    requests.refuse(ledger, second, by=Actor("accounts"), now=instants.now())
    with store.read() as connection:
        rows = request_log.listing(connection, county.service.campaign.id)
    assert {"refused", "taken_back"} == {row["answer"] for row in rows}
    assert accounts.find(store, "zhou") is None
    accounts.add(store, "bank", "a poster on every wall", "viewer", instants.now(),
                 by=Actor("accounts"))
    third = ask(county)
    for act in (approve, lambda c, n, by: requests.refuse(
            ledger, n, by=Actor(by), now=instants.now())):
        with pytest.raises(Fault) as caught:
            act(county, third, "bank")
        assert caught.value.code in (Code.SECOND_ROLE, Code.REQUEST_NOT_YOURS)


def test_nobody_makes_an_account_that_counts_alone(county):
    store, now = county.service.store, instants.now()
    accounts.add(store, "leader", "a poster on every wall", "viewer", now, by=Actor("accounts"))
    for role in ("office", "checker", "accounts"):
        with pytest.raises(Fault) as caught:
            accounts.add(store, "zhou", "a poster on every wall", role, now, by=Actor("accounts"))
        assert Code.ACCOUNT_WORD == caught.value.code
    for deed in (
        lambda: accounts.set_password(store, "checker", "x" * 9 + "a poster", now,
                                      by=Actor("accounts")),
        lambda: accounts.change(store, "leader", "checker", [], now, by=Actor("accounts"),
                                campaign=county.service.campaign.id),
    ):
        with pytest.raises(Fault) as caught:
            deed()
        assert Code.ACCOUNT_WORD == caught.value.code
    # Nor on the word of whom it is about, of no approver, or of one who waits.
    accounts.add(store, "lone", "a poster on every wall", "checker", now, by=Actor("shell:root"),
                 word=Word(alone=True))
    own_password(county.service, "lone")
    for voucher, code in (
        ("accounts", Code.ACCOUNT_NO_VOUCHER), ("nobody", Code.ACCOUNT_NO_VOUCHER),
        ("zhou", Code.ACCOUNT_NO_VOUCHER), ("lone", Code.SECOND_ALONE),
    ):
        with pytest.raises(Fault) as caught:
            accounts.add(store, "zhou", "a poster on every wall", "checker", now,
                         by=Actor("accounts"), word=Word(of=voucher))
        assert code == caught.value.code, voucher


def test_the_tables_refuse_who_is_no_second_person(county):
    """A program that does not ask the rule, or a hand at the database."""
    store, ledger = county.service.store, county.service.ledger
    now = instants.now()
    accounts.add(store, "puppet", "a poster on every wall", "checker", now,
                 by=Actor("office"), word=Word(alone=True))
    number = requests.ask(ledger, "erasure", "row 1", {"row": 1}, asked_by=Actor("office"),
                          now=now + HOUR)
    accounts.add(store, "later", "a poster on every wall", "checker", now + 2 * HOUR,
                 by=Actor("shell:root"), word=Word(alone=True))
    now += 3 * HOUR
    for second in ("puppet", "later", "office"):
        with pytest.raises(StoreError):
            store.write(lambda c, second=second: request_log.answer(
                c, county.service.campaign.id, {
                    "request": number, "id": store.next_id(now), "at": now,
                    "answer": "approved", "note": "", "asked_by": "office",
                    "answered_by": second,
                }))
    approve_it = {
        "request": number, "id": store.next_id(now), "at": now, "answer": "approved",
        "note": "", "asked_by": "office", "answered_by": "checker",
    }
    store.write(lambda c: request_log.answer(c, county.service.campaign.id, approve_it))
    assert [] == found(county)


def test_the_facts_are_added_to_and_never_changed(county):
    for table in ("hand", "rule_of_two", "request", "request_answer"):
        for statement in (f"delete from {table}", f"update {table} set at = 1"):
            if table == "request_answer" or table == "request":
                ask(county)
            with pytest.raises(StoreError):
                county.service.store.write(lambda c, sql=statement: (
                    c.run("insert into request_answer (campaign, request, id, at, answer, note,"
                          " asked_by, answered_by) select campaign, id, id, at, 'refused', '',"
                          " asked_by, 'checker' from request"), c.run(sql)))


def test_check_names_what_was_done_by_one_before_two_were_needed(instance, tmp_path):
    """One office account makes a checker, asks and approves alone, when that was allowed."""
    with new_service("sqlite", instance, tmp_path) as service:
        now = instants.now()
        accounts.add(service.store, instance.admin, "a poster on every wall", "office", now,
                     by=Actor("init"))
        accounts.add(service.store, "puppet", "a poster on every wall", "checker", now,
                     by=Actor(instance.admin))
        _asked_and_answered(service, instance.admin, "puppet")
        assert [] == people_checks.check(service.ledger)  # a demonstration
        county = make_county(service, str(instance.folder))
        (finding,) = people_checks.check(service.ledger)
        assert "two_people" == finding.question
        assert f"asked by {instance.admin}, answered by puppet" in finding.detail
        assert [] == checks.check(service.ledger)  # the rows are whole, and are copied as ever
        # From the rule on, the two are one.
        number = ask(county, by=instance.admin, kind="erasure")
        with pytest.raises(Fault) as caught:
            approve(county, number, "puppet")
        assert Code.SECOND_MADE == caught.value.code


def _asked_and_answered(service, asker, second):
    now = instants.now()
    number = deeds.do(service.store, Actor(asker), now, lambda doing: requests.ask_within(
        doing, service.ledger, "erasure", "row 1", {"row": 1}))
    requests.approve(
        service, number, {"erasure": lambda *_: {}}, by=Actor(second), now=now)


def test_check_names_an_account_that_no_deed_made(county):
    def by_hand(connection):
        connection.run("update account set role = 'checker' where name = 'office'")
        connection.run("update account set password = 'x' where name = 'accounts'")
        staff.add_account(connection, "ghost", "x", "checker", instants.now())

    county.service.store.write(by_hand)
    told = [one.detail for one in people_checks.check(county.service.ledger)]
    assert ["account accounts: no deed gave it what it has (password)",
            "account ghost: no deed gave it what it has (made)",
            "account office: no deed gave it what it has (role)"] == told


def test_the_hands_of_before_are_read_from_the_audit_log(instance, tmp_path):
    """Of a ledger that comes to the rule with a migration, in both forms of its entries."""
    with new_service("sqlite", instance, tmp_path) as service:
        now = instants.now()
        accounts.add(service.store, "new", "a poster on every wall", "checker", now,
                     by=Actor("ann"))

        def before(connection):
            staff.add_account(connection, "old", "x", "office", now)
            staff.add_account(connection, "older", "x", "office", now)
            for sql in ("drop trigger hand_no_delete", "delete from hand"):
                connection.run(sql)
            audit_log.append(connection, service.store.next_id(now), now, "bob",
                             "account_add", "old office ")
            second_person._known_hands(connection)

        service.store.write(before)
        with service.store.read() as connection:
            kept = {(hand.account, hand.deed, hand.by_whom)
                    for hand in hands.everything(connection)}
            assert [] == hands.changed_by_nobody(connection)
        assert {("new", "made", "ann"), ("old", "made", "bob"), ("older", "made", "")} <= kept


def test_a_deed_within_a_deed_is_part_of_it(county):
    store, now = county.service.store, instants.now()

    def both(doing):
        accounts.close(store, "accounts", now, by=Actor("office"))
        raise Fault(Code.ROW_UNKNOWN)

    with pytest.raises(Fault):
        deeds.do(store, Actor("checker"), now, both)
    account = accounts.find(store, "accounts")
    assert account is not None
