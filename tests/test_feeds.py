# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""Files as offices really send them: where each row ends, who lets it count, what stays open."""
import csv
import io
import json
import subprocess
import sys

import pytest
from factories import make_phone
from feeding import difference_list
from needs import SIGKILL
from racing import at_once, split
from test_facts import claimed, take

from attribution import cli
from attribution.deeds import Actor
from attribution.facts import intake
from attribution.office import accounts
from attribution.proof import checks
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, local_text
from attribution.store import StoreError, feed_batches
from qrgen.shell import Fault

HEAD = ("phone", "registered_at", "card_bound_at", "first_txn_at")


def write(path, rows, head=HEAD):
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def done(number, now, ago=HOUR, steps=3):
    times = [local_text(now - ago + n * MINUTE) for n in (0, 5, 9)]
    return (make_phone(number), *times[:steps], *[""] * (3 - steps))


def count(service, table):
    with service.store.read() as connection:
        return connection.one(f"select count(*) as n from {table}")["n"]


def open_differences(service):
    found = difference_list(service.store, service.campaign.id, everything=False)
    return [(row["category"], row["reason"]) for row in found]


def attribution(instance, *argv, stdin="", monkeypatch=None):
    if monkeypatch:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
    return cli.main([*argv, "--instance", str(instance.folder)])


def test_every_row_ends_in_exactly_one_category(service, tmp_path):
    now = instants.now()
    mark = instants.from_datetime(service.campaign.mark_time)
    for number, at in ((1, now - 2 * HOUR), (2, now - 2 * HOUR), (6, now), (7, now - DAY)):
        claimed(service, number, "N07", at, number)
    early = done(8, mark - DAY, ago=0)
    path = write(tmp_path / "day.csv", [
        done(1, now),                                   # matched
        done(2, now, steps=1),                          # waiting
        done(3, now),                                   # organic
        (make_phone(4), local_text(now + DAY), "", ""),  # in the future
        (make_phone(5), local_text(now), local_text(now - DAY), ""),  # bound before registered
        done(6, now),                                   # claimed after registration
        done(7, mark - DAY, ago=0),                     # an old user who claimed
        early,                                          # an old user who never claimed
        done(3, now, ago=2 * HOUR),                     # contradicts its own file
        ("not a number", "", "", ""),
    ])
    ended: list[intake.Outcome] = []
    reading = intake.Reading(accept=frozenset({11}))
    report = take(service, path, details=ended.append, reading=reading)
    assert [
        (2, "matched", "credited"), (3, "waiting", "not_bound_yet"), (4, "organic", "no_claim"),
        (5, "time_anomaly", "in_the_future"), (6, "time_anomaly", "bound_before_registered"),
        (7, "ruled_out", "claim_after"), (8, "ruled_out", "registered_before"),
        (9, "organic", "registered_before"), (10, "conflict", "registered_at_differs"),
    ] == [(o.line, o.category, o.reason) for o in ended[:-1]]
    assert ended[-1].category == "malformed"
    assert report.rows == 10 == sum(report.categories.values())
    by_less = {"ambiguous", "not_allowed"}  # of rows without a whole number: test_grades
    assert set(report.categories) == set(intake.CATEGORIES) - by_less
    assert 4 == len(open_differences(service))
    assert [] == checks.check(service.ledger)


def test_a_later_file_settles_a_difference_and_a_person_the_rest(service, tmp_path):
    """待查 → 已处理: nothing stays open that the platform has put right."""
    now = instants.now()
    take(service, write(tmp_path / "a.csv", [
        (make_phone(1), local_text(now + DAY), "", ""),
        (make_phone(2), local_text(now + DAY), "", ""),
    ]))
    assert 2 == len(open_differences(service))
    # The corrected value first contradicts, and is then confirmed.
    take(service, write(tmp_path / "b.csv", [done(1, now)]))
    assert ("conflict", "registered_at_differs") in open_differences(service)
    report = take(service, write(tmp_path / "c.csv", [done(1, now, ago=HOUR)[:4], done(9, now)]))
    assert 2 == report.settled
    assert [("time_anomaly", "in_the_future")] == open_differences(service)


def test_a_difference_is_settled_once(service, instance, tmp_path, capsys):
    now = instants.now()
    take(service, write(tmp_path / "a.csv", [(make_phone(1), local_text(now + DAY), "", "")]))
    id = next(difference_list(service.store, service.campaign.id, everything=False))["id"]
    settle = ("feed", "settle", str(id), "--note", "平台答复：时钟有误")
    assert 0 == attribution(instance, *settle)
    assert 1 == attribution(instance, *settle)
    capsys.readouterr()
    assert 0 == attribution(instance, "feed", "differences", "--all")
    out = capsys.readouterr().out
    assert "已处理" in out
    assert "0 to look at" in out


def test_a_bad_row_is_let_go_only_by_its_line(service, tmp_path):
    rows = [done(1, instants.now()), ("1", "", "", ""), ("2", "", "", "")]
    path = write(tmp_path / "day.csv", rows)
    with pytest.raises(Fault, match="1 of 3 rows") as caught:
        take(service, path, reading=intake.Reading(accept=frozenset({3})))
    assert ["day.csv:4: phone: not a mobile number (1 digits)"] == [
        fault.cause for fault in caught.value.more
    ]
    with pytest.raises(Fault, match="line 2 is not malformed"):
        take(service, path, reading=intake.Reading(accept=frozenset({2, 3, 4})))
    report = take(service, path, reading=intake.Reading(accept=frozenset({3, 4})))
    assert 2 == report.categories["malformed"]


@pytest.mark.parametrize(("total", "good"), [("rows=2", True), ("rows=3", False),
                                             ("paid=1", True), ("bound=1", False)])
def test_control_totals_of_the_platform_are_held(service, tmp_path, total, good):
    """A file cut off at a line's end reads well, and is not whole."""
    now = instants.now()
    path = write(tmp_path / "day.csv", [done(1, now), done(2, now, steps=2)])
    name, number = total.split("=")
    reading = intake.Reading(totals={name: int(number)})
    if good:
        assert 2 == take(service, path, reading=reading).rows
    else:
        with pytest.raises(Fault, match="but the platform says"):
            take(service, path, reading=reading)
        assert 0 == count(service, "fact")


def test_a_row_cut_short_is_not_read_as_not_yet(service, tmp_path):
    path = write(tmp_path / "day.csv", [done(1, instants.now()), done(2, instants.now())])
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex(b",")])
    with pytest.raises(Fault) as caught:
        take(service, path)
    assert "cut short" in caught.value.more[0].cause


def test_two_columns_for_one_field_are_not_guessed_between(service, tmp_path):
    path = write(tmp_path / "day.csv", [(*done(1, instants.now()), "")],
                 head=("手机号", "注册时间", "绑卡时间", "交易时间", "首笔交易时间"))
    with pytest.raises(Fault, match="more than one column for first_txn_at"):
        take(service, path)


def test_a_file_that_takes_most_credits_away_is_asked_about(service, tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "FEW", 1)
    now = instants.now()
    for number in range(1, 4):
        claimed(service, number, "N07", now - 2 * HOUR, number)
    take(service, write(tmp_path / "a.csv", [done(n, now) for n in range(1, 4)]), now=now)
    worse = write(tmp_path / "b.csv", [done(n, now, ago=90 * DAY) for n in range(1, 4)])
    with pytest.raises(Fault, match=r"take away or move 3 of 3 credits \(by rows 2 "):
        take(service, worse, now=now + HOUR)
    assert 1 == count(service, "batch")
    report = take(service, worse, now=now + HOUR, reading=intake.Reading(losses=True))
    assert 3 == report.lost
    assert [([n], "N07", None, "registered_before") for n in (2, 3, 4)] == report.losses


@pytest.mark.parametrize("pair", ["registered_at=开通", "开通=registered_at"])
def test_map_reads_in_either_direction_and_is_remembered(instance, tmp_path, capsys, pair):
    now = instants.now()
    head = ("phone", "开通", "card_bound_at", "first_txn_at")
    first = write(tmp_path / "a.csv", [done(1, now)], head=head)
    assert 0 == attribution(instance, "feed", "import", str(first), "--map", pair,
                            "--source", "银联商务")
    second = write(tmp_path / "b.csv", [done(2, now)], head=head)
    assert 0 == attribution(instance, "feed", "import", str(second), "--source", "银联商务")
    assert 2 == attribution(instance, "feed", "import", str(second), "--map", "手机=号码")
    assert 2 == attribution(instance, "feed", "import", str(second), "--source", "另一家")


def second_person(instance):
    assert 0 == attribution(instance, "campaign", "set", "second_person", "true")


def test_a_second_person_confirms_where_the_campaign_asks(
    instance, service, tmp_path, monkeypatch, capsys
):
    second_person(instance)
    now = instants.now()
    accounts.add(service.store, "other", "quite-long-enough", "office", now, by=Actor("test"))
    path = write(tmp_path / "day.csv", [done(1, now)])

    def run(verb, by, password, file=path):
        return attribution(
            instance, "feed", verb, str(file), "--by", by, stdin=password + "\n",
            monkeypatch=monkeypatch,
        )

    assert 2 == attribution(instance, "feed", "import", str(path))
    assert 1 == run("confirm", "other", "quite-long-enough")  # nobody asked yet
    assert 2 == run("import", "admin", "wrong password here")
    assert 0 == run("import", "admin", instance.password)
    assert 0 == count(service, "fact")
    assert 2 == run("confirm", "admin", instance.password)
    (tmp_path / "else").mkdir()
    changed = write(tmp_path / "else" / "day.csv", [done(2, now)])
    assert 1 == run("confirm", "other", "quite-long-enough", changed)  # not the file asked for
    assert 0 == count(service, "fact")
    assert 0 == run("confirm", "other", "quite-long-enough")
    assert 1 == count(service, "fact")
    with service.store.read() as connection:
        row = connection.one("select by_whom from batch")
    assert "admin, other" == row["by_whom"]


def test_the_store_itself_refuses_to_let_one_person_confirm(service):
    now = instants.now()
    store, campaign = service.store, service.campaign.id
    plan = {"id": 1, "at": now, "batch": "b", "sha256": "x", "asked_by": "admin",
            "terms": "{}", "report": "{}"}
    store.write(lambda c: feed_batches.add_plan(c, campaign, plan))
    for asked_by in ("admin", "somebody else"):
        row = {"id": 2, "at": now, "batch": "b", "plan": 1, "asked_by": asked_by,
               "confirmed_by": "admin"}
        with pytest.raises(StoreError):
            store.write(lambda c, row=row: feed_batches.add_confirmation(c, campaign, row))


def test_two_imports_of_one_file_at_once_are_one(service, tmp_path):
    """Check-then-insert: the batch is looked up again inside the transaction."""
    path = write(tmp_path / "day.csv", [done(n, instants.now()) for n in range(1, 60)])
    reports, refused = split(at_once(
        *(lambda batch=batch: take(service, path, batch=batch) for batch in ("X", "X", "Y"))))
    assert [] == refused
    assert [False, True, True] == sorted(report.repeated for report in reports)
    assert 59 == count(service, "fact")


# `attribution`, ended as kill -9 would in the middle of telling where the rows end: that is when
# they are taken in.
KILLED = """
import contextlib, itertools, os, signal, sys
from attribution import cli
from attribution.cli import feed

details = feed._details

@contextlib.contextmanager
def killing(out):
    with details(out) as tell:
        told = itertools.count(1)

        def tell_or_end(outcome):
            tell(outcome)
            if next(told) == 6000:
                os.kill(os.getpid(), signal.SIGKILL)

        yield tell_or_end

feed._details = killing
sys.exit(cli.main(sys.argv[1:]))
"""


def test_a_killed_import_leaves_nothing(instance, service, tmp_path):
    now = instants.now()
    path = write(tmp_path / "big.csv", [done(n, now) for n in range(1, 12_001)])
    command = [sys.executable, "-c", KILLED, "feed", "import", str(path),
               "--instance", str(instance.folder), "--report", str(tmp_path / "rows.csv")]
    killed = subprocess.run(command, capture_output=True)
    assert -SIGKILL == killed.returncode, killed.stderr
    for table in ("batch", "fact", "credit", "standing", "difference", "batch_report"):
        assert 0 == count(service, table), table
    assert 12_000 == take(service, path).rows
    assert [] == checks.check(service.ledger)


def test_reports_hold_no_number(service, tmp_path):
    now = instants.now()
    phone = make_phone(1)
    ended: list[intake.Outcome] = []
    path = write(tmp_path / "day.csv", [done(1, now), (phone, phone, phone, ""),
                                        (phone + "9", "", "", "")])
    with pytest.raises(Fault) as caught:
        take(service, path)
    assert phone not in str([fault.cause for fault in (caught.value, *caught.value.more)])
    report = take(service, path, details=ended.append,
                  reading=intake.Reading(accept=frozenset({3, 4})))
    assert phone not in intake.told(report) + str(ended)
    assert "matched" not in json.loads(intake.told(report))["categories"]
