# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""Units are closed, merged, renamed, replaced and given targets, each from a day on."""
import pytest
from factories import make_phone
from stores import KINDS, new_service
from test_contract_periods import Office

from attribution.cli import main
from attribution.deeds import Actor
from attribution.office import unit_deeds, units
from attribution.resident.scans import BadCode, ClosedCode
from attribution.rule.instants import DAY, HOUR, MINUTE, day_of, day_start
from attribution.rule.people import identify
from attribution.store import registry, standings, unit_log
from attribution.web.application import create_app
from qrgen.codes import Code as Printed
from qrgen.codes import sign_code
from qrgen.shell import Fault

ANN = Actor("ann")


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield Office(service, tmp_path)


def do(office, deed, /, since=None, now=None, **payload):
    return unit_deeds.do(
        office.ledger, ANN, deed, {**payload, "since": since}, now or office.now
    )


def preview(office, deed, /, since=None, **payload):
    return unit_deeds.preview(office.ledger, deed, {**payload, "since": since}, office.now)


def history(office):
    with office.store.read() as connection:
        return unit_log.read(connection, office.campaign.id)


def on(office, unit, days=0):
    return history(office).as_of(day_of(office.now + days * DAY))[unit]


def credited(office, number):
    with office.store.read() as connection:
        for found in standings.standings_of(
            connection, office.campaign.id, [digest(office, number)]
        ).values():
            return found.credited
    return None


def digest(office, number):
    return identify(make_phone(number), office.service.settings.person_pepper).digest


def day(office, days):
    return day_of(office.now + days * DAY)


def test_a_merger_takes_target_and_lines_along_from_its_day(office):
    before, into = on(office, "A05"), on(office, "A04")
    change = do(office, "merge", unit="A05", into="A04", since=day(office, 2))
    assert {"A05", "A04", "N10"} == {edit.unit for edit in change.edits}
    for days, state, target, area in ((1, "active", into.target, "A05"),
                                      (2, "merged", into.target + before.target, "A04")):
        assert state == on(office, "A05", days).state
        assert target == on(office, "A04", days).target
        assert area == on(office, "N10", days).area
    assert "A04" == history(office).heir("A05", day(office, 2))


def test_claims_before_the_day_stay_and_those_after_are_the_successors(office):
    """What a merged unit's claims earned stays where it was earned."""
    office.claim(1, "A05", office.now - 2 * DAY)
    office.file((1, office.now - 2 * DAY + HOUR))
    assert "A05" == credited(office, 1)
    do(office, "merge", unit="A05", into="A04", since=day(office, 1))
    later = day_start(day(office, 1))
    office.claim(2, "A05", later + HOUR)  # the row of a worker that had not heard of it
    office.claim(3, "A05", later - 1)
    office.file((2, later + 2 * HOUR), (3, later + 2 * HOUR), now=office.now + 2 * DAY)
    assert ["A05", "A04", "A05"] == [credited(office, n) for n in (1, 2, 3)]
    assert [] == office.sound()


def test_a_day_that_has_begun_moves_what_was_claimed_since(office):
    """The document came late: the preview names whose credit moves, and the deed does no more."""
    office.claim(1, "A05", office.now - 3 * DAY)
    office.claim(2, "A05", office.now - HOUR)
    office.file((1, office.now - 3 * DAY + HOUR), (2, office.now - HOUR + MINUTE))
    since = day(office, -1)
    seen = preview(office, "merge", unit="A05", into="A04", since=since)
    assert [("A05", "A04")] == [(one.now, one.then) for one in seen.moved]
    assert "A05" == credited(office, 2) and on(office, "A05").active
    done = do(office, "merge", unit="A05", into="A04", since=since)
    assert done.moved == seen.moved
    assert ["A05", "A04"] == [credited(office, 1), credited(office, 2)]
    assert [] == office.sound()


def test_closed_today_without_a_day_leaves_todays_claims(office):
    office.claim(1, "D01", office.now - MINUTE)
    office.file((1, office.now))
    assert () == do(office, "close", unit="D01").moved
    assert "D01" == credited(office, 1)
    office.claim(2, "D01", office.now + MINUTE)
    office.file((2, office.now + 2 * MINUTE), now=office.now + HOUR)
    assert None is credited(office, 2)
    assert [] == office.sound()


def test_an_area_with_lines_is_not_closed_by_half(office):
    with pytest.raises(Fault, match="still has lines: N10"):
        do(office, "close", unit="A05")
    do(office, "close", unit="A05", with_lines=True)
    assert ["closed", "closed"] == [on(office, unit, 1).state for unit in ("A05", "N10")]


def test_targets_names_and_another_one_in_its_place(office):
    do(office, "target", targets={"A01": 1500, "N01": 900}, since=day(office, 3))
    assert [1450, 1500] == [on(office, "A01", days).target for days in (2, 3)]
    do(office, "rename", unit="D02", name="县教育体育局", since=day(office, -4))
    assert "县教育体育局" == on(office, "D02", -4).name != on(office, "D02", -5).name
    change = do(office, "replace", unit="N01", name="潋江镇·乙银行潋江支行", bank="B02",
                branch="乙银行潋江支行", since=day(office, 5))
    new = change.edits[0].unit
    assert "N88" == new
    assert ["closed", "active"] == [on(office, u, 5).state for u in ("N01", new)]
    assert (900, "A01", "B02") == (
        on(office, new, 5).target, on(office, new, 5).area, on(office, new, 5).bank
    )
    # Its posters may be printed before, and claim for nobody until the day.
    office.service.scans.reload()
    early = Printed(new, 1, None)
    with pytest.raises(ClosedCode):
        office.service.scans.check(early, office.now)
    assert new == office.service.scans.check(early, office.now + 5 * DAY).unit.id


def test_a_branch_is_renamed_on_its_paper_too(office):
    """Whether its whole name is typed, or the branch as it stands on the poster."""
    assert ("潋江镇·农商行潋江支行", "农商行潋江支行") == (
        on(office, "N01", 0).name, on(office, "N01", 0).branch
    )
    for typed in ("农商行潋江中心支行", "潋江镇·农商行红军桥支行"):
        do(office, "rename", unit="N01", name=typed)
        unit, branch = on(office, "N01", 0), typed.rpartition("·")[2]
        assert (f"潋江镇·{branch}", branch) == (unit.name, unit.branch)
    # Also where an earlier change left the two apart.
    do(office, "change", fields={"N01": {"name": "潋江镇·旧名"}})
    do(office, "rename", unit="N01", name="农商行潋江支行")
    assert ("潋江镇·农商行潋江支行", "农商行潋江支行") == (
        on(office, "N01", 0).name, on(office, "N01", 0).branch
    )


@pytest.mark.parametrize(("name", "payload", "words"), [
    ("merge", {"unit": "A05", "into": "A05"}, "into itself"),
    ("merge", {"unit": "A05", "into": "D01"}, "two kinds"),
    ("merge", {"unit": "A05", "into": "A77"}, "no unit 'A77'"),
    ("merge", {"unit": "A05", "into": "<b>"}, "no unit text|no unit 3 char"),
    ("rename", {"unit": "A05", "name": ""}, "no name"),
    ("rename", {"unit": "A05", "name": "崇贤乡"}, "has this name"),
    ("target", {"targets": {"D01": 5}}, "has no target"),
    ("target", {"targets": {"A01": 0}}, "no target for"),
    ("target", {"targets": {"A01": 1450}}, "so already"),
    ("add", {"kind": "department", "name": "县水利局二", "id": "A99"}, "no id"),
    ("add", {"kind": "club", "name": "县水利局二"}, "no such kind"),
    ("add", {"kind": "line", "name": "x"}, "its area and its bank|no target"),
])
def test_what_cannot_be_is_refused_and_changes_nothing(office, name, payload, words):
    with office.store.read() as connection:
        before = registry.read(connection, office.campaign.id)
    for act in (do, preview):
        with pytest.raises(Fault, match=words):
            act(office, name, **payload)
    with office.store.read() as connection:
        assert before == registry.read(connection, office.campaign.id)


def test_mergers_lead_on_and_never_round(office):
    do(office, "merge", unit="A05", into="A04", since=day(office, 1))
    do(office, "merge", unit="A04", into="A03", since=day(office, 3))
    with pytest.raises(Fault, match="closed or merged"):
        do(office, "merge", unit="A03", into="A05", since=day(office, 4))
    with pytest.raises(Fault, match="itself is closed or merged"):
        do(office, "merge", unit="A06", into="A04", since=day(office, 2))
    office.service.scans.reload()
    check = office.service.scans.check
    assert ["A05", "A04", "A03"] == [
        check(Printed("A05", 1, None), office.now + days * DAY).unit.id for days in (0, 2, 4)
    ]


def test_the_old_poster_leads_on_and_claims_for_the_successor(office):
    """By HTTP: its page names both, its claim is the successor's, its row the paper's code."""
    service = office.service
    do(office, "merge", unit="A05", into="A04")
    do(office, "close", unit="D01")
    client = create_app(service.settings, service).test_client()
    signed = {u: sign_code(Printed(u, 1, None), service.settings.code_keys)
              for u in ("A05", "D01")}
    page = client.get(f"/Q/{signed['A05']}")
    text = page.get_data(as_text=True)
    assert 200 == page.status_code
    assert "海报上的枫边乡已并入崇贤乡，登记记到崇贤乡" in text and ">A05-1</b>" in text
    with office.store.read() as connection:
        (row,) = connection.rows("select unit, issue, placement from scan")
    assert ("A04", 0, "A05-1") == (row["unit"], row["issue"], row["placement"])
    closed = client.get(f"/Q/{signed['D01']}")
    assert 410 == closed.status_code
    text = closed.get_data(as_text=True)
    assert "已不再办理登记" in text and "下载并注册" in text
    with office.store.read() as connection:
        assert 1 == len(connection.rows("select id from scan"))


def test_a_revoked_code_of_a_merged_unit_is_no_code(office):
    units.revoke(office.ledger, "A05", 1, office.now, ANN)
    do(office, "merge", unit="A05", into="A04")
    office.service.scans.reload()
    with pytest.raises(BadCode):
        office.service.scans.check(Printed("A05", 1, None), office.now + HOUR)


def test_at_the_shell(instance, capsys):
    where = ("--instance", str(instance.folder))

    def run(*words, status=0):
        assert status == main(["units", *words, *where])
        done = capsys.readouterr()
        return done.out + done.err

    assert "nothing was changed" in run("merge", "A05", "--into", "A04", "--dry-run")
    told = run("merge", "A05", "--into", "A04")
    assert "- A05 state: active -> merged; successor: none -> A04" in told
    assert "已并入 A04" in next(line for line in run("list").splitlines() if "A05" in line)
    assert "target: 600" not in told and "target: 1150 -> 1750" in told
    assert "D19" in run("add", "--kind", "department", "--name", "县水利局二")
    assert "1450 -> 1500" in run("target", "A01=1500", "--from", "2030-01-01")
    assert "not a day" in run("target", "A01=1500", "--from", "soon", status=2)
    assert "UNIT=N" in run("target", "A01", status=2)
    lines = run("history", "A05").splitlines()
    assert "merge" in lines[-1] and "shell:" in lines[-1]
    assert 0 == main(["check", *where])
