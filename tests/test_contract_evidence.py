# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""What stands before the button: the effect is what comes of it, and words are undone."""
import re

import pytest
from console import add_everyone, signed_in
from stores import KINDS, new_service
from test_contract_differences import as_of, bring, moment, old_user, steps
from test_contract_periods import Office

from attribution import judging
from attribution.deeds import Actor
from attribution.facts import differences
from attribution.office import corrections, holds, requests, together, weighing
from attribution.reports import effects, progress
from attribution.rule import instants
from attribution.rule.instants import HOUR
from attribution.store import StoreError, console_lists, difference_rows, log, seal_pages
from attribution.store.difference_rows import Chosen

ANN, BEN = Actor("ann"), Actor("ben")


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield Office(service, tmp_path)


def held(office, number, unit, ago):
    """Let a claim be held by the rule; return it."""
    claim = office.claim(number, unit, office.now - ago)

    def hold(connection):
        row = connection.one("select person from claim where id = :id", {"id": claim})
        log.add_claim_event(
            connection, office.campaign.id, row["person"], claim,
            id=office.store.next_id(office.now), at=office.now, kind="held", reason="burst",
            by_whom="rule",
        )
        judging.refresh(office.ledger, connection, [row["person"]], office.now, "hold")

    office.store.write(hold)
    return claim


def counts(office):
    return {
        unit: kinds["effective"] for unit, kinds in office.live().items() if kinds.get("effective")
    }


def ranks(office):
    return {
        line.name: line.rank
        for table in (progress.by_area, progress.by_bank)
        for line in table(office.store, office.campaign.id).lines if line.rank
    }


def listed(office, state):
    with office.store.read() as connection:
        return [
            row["id"] for row in console_lists.held(connection, office.campaign.id, state)
        ]


def entries(office, *kinds):
    with office.store.read() as connection:
        rows = connection.rows("select what, detail from audit order by n")
    return [row["detail"] for row in rows if row["what"] in kinds]


def test_contract_what_many_would_do_together_is_what_they_do(office):
    """Two of one person's claims are released: the later counts once, not each by itself."""
    claims = [
        held(office, 1, "N07", 5 * HOUR), held(office, 1, "N30", 4 * HOUR),
        held(office, 2, "N07", 5 * HOUR), held(office, 3, "N30", 5 * HOUR),
    ]
    moved = office.claim(4, "N07", office.now - 5 * HOUR)
    office.file(*((n, office.now - HOUR) for n in (1, 2, 3, 4)))
    assert {"N07": 1} == counts(office)
    together.ask_all(
        office.ledger, "release", claims, reason="review", note="都打过电话", asked_by=ANN,
        now=office.now,
    )
    corrections.ask(
        office.ledger, "reassign", moved, reason="wrong_unit", note="表3", asked_by=ANN,
        now=office.now, to_unit="N31",
    )
    with office.store.read() as connection:
        rows = connection.rows("select * from proposal order by id")
    weighed = weighing.weigh(office.ledger, rows)
    effect = effects.tables(office.store, office.campaign.id).after(weighed.moves)
    was_counts, was_ranks = counts(office), ranks(office)
    done = together.answer_all(
        office.ledger, [row["id"] for row in rows], approve=True, answered_by=BEN,
        now=instants.now(),
    )
    assert (5, []) == (done.done, done.faults)
    now_counts, now_ranks = counts(office), ranks(office)
    assert {"N30": 2, "N31": 1} == {k: n for k, n in effect.units.items() if n}
    assert {"N07": 1, "N30": 2, "N31": 1} == now_counts and 3 == effect.total
    for unit in {*was_counts, *now_counts}:
        assert effect.units.get(unit, 0) == now_counts.get(unit, 0) - was_counts.get(unit, 0)
    assert {(move.name, move.was, move.will) for move in effect.ranks} == {
        (name, rank, now_ranks[name]) for name, rank in was_ranks.items()
        if rank != now_ranks[name]
    }
    assert [] == office.sound()


def test_contract_many_are_one_deed_and_what_cannot_be_done_stops_none(office):
    claims = [held(office, n, "N07", 5 * HOUR) for n in (1, 2)]
    free = office.claim(3, "N07", office.now - 5 * HOUR)
    done = together.ask_all(
        office.ledger, "release", [claims[0], free, claims[1]], reason="review", note="同一个理由",
        asked_by=ANN, now=office.now,
    )
    assert 2 == done.done and ["CLAIM_NOT_HELD"] == [fault.code.name for fault in done.faults]
    assert 2 == len(entries(office, "correction_asked"))
    (one,) = entries(office, "together")
    assert '"2 corrections"' in one and '"refused":1' in one
    with office.store.read() as connection:
        ids = [row["id"] for row in connection.rows("select id from proposal")]
    own = together.answer_all(
        office.ledger, ids, approve=True, answered_by=ANN, now=instants.now())
    assert (0, 2) == (own.done, len(own.faults))
    assert claims == listed(office, "waiting") and 1 == len(entries(office, "together"))


def test_contract_a_hold_that_is_to_stay_leaves_the_queue_and_may_come_back(office):
    claims = [held(office, n, "N07", 5 * HOUR) for n in (1, 2, 3)]
    office.file(*((n, office.now - HOUR) for n in (1, 2, 3)))
    assert 2 == holds.refuse(
        office.ledger, claims[:2], reason="false_claim", note="都不认识这家网点", by=ANN,
        now=office.now,
    )
    assert 0 == holds.refuse(  # said once
        office.ledger, claims[:2], reason="false_claim", note="又", by=BEN, now=office.now)
    assert (claims[2:], claims[:2]) == (listed(office, "waiting"), listed(office, "refused"))
    (entry,) = entries(office, "hold_refused")
    assert "都不认识" in entry and entry.count('"unit":"N07"') == 2
    assert {} == counts(office)
    with office.store.read() as connection:
        assert 1 == console_lists.count_held(connection, office.campaign.id)[0]
    # Put back, or released by two after all; held anew, it is a new question.
    assert 1 == holds.wait_again(
        office.ledger, claims[:1], note="看错了", by=BEN, now=office.now)
    office.correct("release", claims[1])
    assert {"N07": 1} == counts(office)
    assert ([claims[0], claims[2]], []) == (listed(office, "waiting"), listed(office, "refused"))
    office.correct("hold", claims[1])
    assert claims == listed(office, "waiting")
    for sql in ("update hold_word set note = 'x'", "delete from hold_word"):
        with pytest.raises(StoreError):
            office.store.write(lambda c, sql=sql: c.run(sql))
    assert [] == office.sound()


def test_contract_what_was_settled_is_opened_again_and_both_words_stay(office):
    id, campaign = old_user(office, 9, reason="in_the_future"), office.campaign.id
    outcome = old_user(office, 10)
    assert 0 == differences.reopen(office.ledger, [id], "没有办过", ANN, office.now)
    assert 1 == differences.settle(office.ledger, [id], "问过平台", ANN, office.now)
    assert 0 == differences.settle(office.ledger, [id], "又一次", BEN, office.now)
    assert 1 == differences.reopen(office.ledger, [id, outcome], "问错了行", BEN, office.now)
    with office.store.read() as connection:
        assert [id] == difference_rows.ids(connection, campaign, Chosen("open"))
        assert [] == difference_rows.ids(connection, campaign, Chosen("done"))
        (row,) = difference_rows.page(connection, campaign, Chosen("open"), offset=0, limit=9)
        said = difference_rows.words(connection, campaign, [id])
    assert (None, "ben", "问错了行") == (row["done_at"], row["reopened_by"], row["reopened_note"])
    assert [("done", "ann"), ("open", "ben")] == [(one["state"], one["by_whom"]) for one in said]
    assert 1 == differences.settle(office.ledger, [id], "这回问对了", ANN, office.now)
    with office.store.read() as connection:
        assert 0 == difference_rows.count_open(connection, campaign)
        (row,) = difference_rows.page(connection, campaign, Chosen("done"), offset=0, limit=9)
    assert ("ann", "这回问对了", None) == (row["by_whom"], row["note"], row["reopened_at"])
    assert ["问错了行"] == [
        note for entry in entries(office, "difference_reopened")
        for note in re.findall(r'"note":"([^"]*)"', entry)
    ]
    with pytest.raises(StoreError):
        office.store.write(lambda c: c.run("delete from difference_again"))
    assert {"difference_again", "hold_word"} <= {log.name for log in seal_pages.LOGS}


def test_contract_a_later_file_settles_what_was_opened_again(office):
    first = moment(office, 30 * HOUR)
    office.claim(1, "N07", first)
    bring(office, "f1", (1, *steps(first + HOUR, 5, 9), as_of(office, 1)))
    bring(office, "f2", (1, *steps(first + 2 * HOUR, 5, 9), as_of(office, 2)))
    with office.store.read() as connection:
        ids = difference_rows.ids(connection, office.campaign.id, Chosen("open"))
    assert 1 == len(ids)
    differences.settle(office.ledger, ids, "看过", ANN, office.now)
    differences.reopen(office.ledger, ids, "再看", ANN, office.now)
    bring(office, "f3", (1, *steps(first + 2 * HOUR, 5, 9), as_of(office, 3)))
    with office.store.read() as connection:
        (row,) = difference_rows.page(
            connection, office.campaign.id, Chosen("done"), offset=0, limit=9)
    assert "rule" == row["by_whom"]


def test_contract_the_pages_show_the_evidence_and_the_effect_before_the_button(office):
    """Held claims, corrections, appeals, erasures and the person's page tell the same numbers."""
    claims = [held(office, n, "N30", 5 * HOUR) for n in (1, 2)]
    credited = office.claim(3, "N30", office.now - 5 * HOUR)
    office.file(*((n, office.now - HOUR) for n in (1, 2, 3)))
    add_everyone(office.service)
    desk, second = signed_in(office.service, "office"), signed_in(office.service, "checker")
    page = desk.text("/admin/held")
    assert 2 == page.count('<article class="case">') and 2 == page.count("N30</span> <b>+1</b>")
    assert page.index("平台事实") < page.index("提出放行<span")
    ticked = {"id": [str(claim) for claim in claims], "note": "都打过电话", "deed": "release"}
    preview = desk.post("/admin/held", ticked).get_data(as_text=True)
    assert "N30</span> <b>+2</b>" in preview and "提出放行：2 条，2 人" in preview
    assert [] == entries(office, "correction_asked")  # looked at, not done
    assert 302 == desk.post("/admin/held", {**ticked, "sure": "1"}).status_code
    assert 2 == len(entries(office, "correction_asked"))

    # The first sees what the second will; what came since is marked for the second.
    person = desk.text(f"/admin/people/{credited}")
    told = re.search(r"<dt>撤销归属</dt><dd>(.*?)</dd>", person)
    assert told and "N30</span> <b>-1</b>" in told[1]
    form = {"row": str(credited), "kind": "reverse", "reason": "not_new", "note": "平台说的"}
    assert 302 == desk.post("/admin/corrections", form).status_code
    page = second.text("/admin/corrections")
    case = next(part for part in page.split('<article class="case">') if "平台说的" in part)
    assert told[1] in case and "提出以后没有新情况" in case and "登记到" in case
    target = re.search(r'href="(/admin/corrections/[0-9]+)"', case)
    assert target
    office.file((3, office.now - HOUR))
    page = second.text(target[1])
    assert "提出以后有 1 件新情况" in page and 1 == page.count(">提出以后</em>")
    assert page.index("提出以后</em>") < page.index('value="approve"')

    assert 302 == desk.post("/admin/appeals", {
        "unit": "A01", "about": str(credited), "note": "当面帮办"}).status_code
    link = re.search(r"/admin/appeals/[0-9]+", second.text("/admin/appeals"))
    assert link
    page = second.text(link[0])
    assert "改归属 → " in page and "A01</span> <b>+1</b>" in page and "平台事实" in page

    page = desk.text(f"/admin/erasures?about={credited}")
    assert "<dt>撤回以后</dt>" in page and "<dt>留下</dt>" in page
    assert "N30</span> <b>-1</b>" in page
    area = signed_in(office.service, "area")
    for path in ("/admin/held", "/admin/corrections", "/admin/differences", target[1]):
        assert 403 == area.get(path).status_code
    assert 404 == area.get(f"/admin/people/{credited}").status_code


def test_contract_a_settled_row_is_put_back_from_its_page(office):
    id = old_user(office, 9, reason="in_the_future")
    add_everyone(office.service)
    desk = signed_in(office.service, "office")
    assert "有效新用户不变，名次不变" in desk.text("/admin/differences?state=open")
    assert 302 == desk.post("/admin/differences", {"id": str(id), "note": "看错了"}).status_code
    assert f'name="id" value="{id}"' in desk.text("/admin/differences?state=done")
    again = {"id": str(id), "deed": "reopen"}
    assert 400 == desk.post("/admin/differences", {**again, "note": " "}).status_code
    assert 302 == desk.post("/admin/differences", {**again, "note": "办错了行"}).status_code
    page = desk.text("/admin/differences?state=open")
    assert "重新打开：办错了行" in page and "记为已处理：看错了" in page
    text = desk.get("/admin/export/differences.csv?purpose=x").get_data().decode("utf-8-sig")
    assert "重新打开的原因" in text and "办错了行" in text
    checker = signed_in(office.service, "checker")
    assert "重新打开差异" in checker.text("/admin/audit")


def test_contract_releases_are_refused_together_with_one_reason(office):
    claims = [held(office, n, "N30", 5 * HOUR) for n in range(1, 14)]
    add_everyone(office.service)
    desk = signed_in(office.service, "checker")
    page = desk.text("/admin/held?unit=N30")
    assert 10 == page.count('<article class="case">')  # the next ones on the next page
    newest = re.search(r'name="all" value="([0-9]+)"', page)
    assert newest and str(max(claims)) == newest[1]
    wanted = {"deed": "refuse", "all": newest[1], "unit": "N30", "why": "false_claim",
              "note": "同一处连着登记"}
    preview = desk.post("/admin/held", wanted).get_data(as_text=True)
    assert "归属和数字都不变" in preview and "登记不实" in preview
    ids = re.findall(r'name="id" value="([0-9]+)"', preview)
    assert sorted(map(str, claims)) == sorted(ids) and claims == listed(office, "waiting")
    sure = {**wanted, "id": ids, "sure": "1"}
    del sure["all"]
    assert 302 == desk.post("/admin/held", sure).status_code
    assert claims == listed(office, "refused") and 1 == len(entries(office, "hold_refused"))
    assert "没有待核查的登记" in desk.text("/admin/held")
    assert "同一处连着登记" in desk.text("/admin/held?state=refused")


def test_contract_an_approver_sees_the_account_as_it_is_and_as_it_would_be(office):
    add_everyone(office.service)
    requests.ask(
        office.ledger, "account_change", "account area", {
            "name": "area", "role": "checker", "units": [],
        }, asked_by=Actor("accounts"), now=instants.now(),
    )
    page = signed_in(office.service, "checker").text("/admin/requests")
    row = re.search(r"角色</th><td[^>]*>(.*?)</td><td[^>]*><b>(.*?)</b>", page)
    assert row and ("乡镇（社区）", "复核员") == (row[1], row[2])
    assert "能提出或批准要两个人办的事" in page and "建立" in page
    assert page.index("谁动过这个账号") < page.index('value="approve"')
