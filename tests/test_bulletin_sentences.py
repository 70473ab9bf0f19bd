"""
What a bulletin says of a snapshot, and that no figure is in it that the snapshot has not.

The county is made up for each case: areas with what each was asked and has done.
"""
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from attribution.faults import Code
from attribution.papers import bulletin
from attribution.papers.bound import Own, OwnKind, bindings, check, text_of
from attribution.papers.bulletin import Draft, Paper, Style
from attribution.papers.cells import TOTAL, Cell, SnapshotCells
from attribution.papers.how_named import Telling
from attribution.papers.typed_figures import bind
from attribution.reports.figures import About, Figures
from attribution.rule.instants import parse_instant
from attribution.rule.unit_history import MERGED, UnitChange, UnitOn
from qrgen.faults import Fault

NAMES = ("东山镇", "西河乡", "南湖乡", "北岭乡", "中川社区", "上坪镇", "下坝乡", "石门镇")
OFFICE = "东山县人民政府办公室"
# Of each area what was asked and what it has; None: nothing was asked.
Areas = Mapping[str, tuple[int | None, int]]
USUAL: Areas = {
    "东山镇": (100, 60), "西河乡": (100, 50), "南湖乡": (200, 100), "北岭乡": (100, 40),
    "中川社区": (50, 15), "上坪镇": (100, 12), "下坝乡": (100, 12), "石门镇": (None, 7),
}


def county(areas: Areas = USUAL, **more: Any) -> Figures:
    """Return the figures of a county at the end of the 12th of its 60 days."""
    units = tuple(
        UnitOn(f"A{n:02}", "area", name, target=target, position=n)
        for n, (name, (target, _)) in enumerate(areas.items(), 1)
    )
    done = {
        unit.id: {"effective": n, "registered": 2 * n}
        for unit, (_, n) in zip(units, areas.values(), strict=True)
    }
    made = Figures(
        About("dongshan", "东山县移动支付便民方案", "东山县移动支付", "东府办〔2022〕1号", OFFICE,
              parse_instant("2022-09-01"), parse_instant("2022-10-31"),
              parse_instant("2022-11-07"), False),
        at=parse_instant("2022-09-13 09:00:00"), since=20220906, until=20220913, before=20220830,
        locked=0, elapsed=12, days=60, units=units, changes=(), steps=done, corrected={},
        fresh={"A01": {"effective": 9}}, put_right={}, earlier={"A01": {"effective": 4}},
    )
    return replace(made, **more)


def typed(**more: Any) -> Draft:
    return replace(Draft(bulletin.REPORT, OFFICE, date(2022, 9, 13)), **more)


def lines_of(paper: Paper) -> list[str]:
    return [paper.text(one.parts) for one in paper.paragraphs]


ALLOWED = Telling()


def said(figures: Figures, allowed: Telling = ALLOWED, **more: Any) -> str:
    return "\n".join(lines_of(bulletin.make(3, figures, typed(**more), allowed)))


def test_the_whole_beside_time_and_the_stretch_before() -> None:
    text = said(county())
    assert "截至2022年9月12日24时，全县累计有效新用户296人，完成任务数750人的39.47%；" in text
    assert "活动共60天，已过12天，时间进度20%，完成率快于时间进度19.47个百分点。" in text
    assert "本时段（2022年9月6日至2022年9月12日）新增有效新用户9人，上时段（" in text
    assert "新增4人，本时段比上时段多5人。" in text


def test_better_and_slower_are_named_with_rate_and_equals_share_their_place() -> None:
    text = said(county())
    assert "居前的乡镇（社区）：东山镇（60%，第1位）、西河乡、南湖乡（均为50%，并列第2位）。" \
        in text
    assert "靠后的乡镇（社区）：中川社区（30%，第5位）、上坪镇、下坝乡（均为12%，并列第6位）。" \
        in text
    assert "另有1个没有下达任务数，不计完成率和位次。" in text


def test_a_campaign_that_names_nobody_is_told_by_counts_alone() -> None:
    paper = bulletin.make(3, county(), typed(), Telling(naming=False, ranking=False))
    text = "\n".join(lines_of(paper))
    assert not [name for name in NAMES if name in text] and not paper.attached
    assert "7个有任务数的乡镇（社区）中，快于时间进度的5个、滞后的2个。" in text
    unranked = said(county(), Telling(ranking=False))
    assert "上坪镇、下坝乡（均为12%）" in unranked and "位）" not in unranked


@pytest.mark.parametrize(("areas", "more", "words"), [
    pytest.param(dict.fromkeys(NAMES, (100, 0)), {}, "8个乡镇（社区）都还没有有效新用户。",
                 id="zeros"),
    pytest.param(dict.fromkeys(NAMES, (None, 3)), {}, "8个乡镇（社区）都没有下达任务数",
                 id="no targets"),
    pytest.param(dict.fromkeys(NAMES, (10, 12)), {},
                 "完成率相同，均为120%。\n8个有任务数的乡镇（社区）全部完成任务。", id="all done"),
    pytest.param(USUAL, {"elapsed": 0}, "活动自2022年9月1日开始，目前尚未开始。", id="before"),
    pytest.param(USUAL, {"elapsed": 60},
                 "活动已于2022年10月30日结束，活动期间注册、在2022年11月7日前完成绑卡和交易的仍会计入，任务未完成。",
                 id="after"),
    pytest.param(USUAL, {"elapsed": 60}, "完成率低于80%的7个，其中低于70%的7个。", id="bands"),
    pytest.param({"东山镇": (10, 1)}, {}, "东山镇（10%）。\n1个有任务数的乡镇（社区）中", id="one"),
    pytest.param({"东山镇": (10, 2), "西河乡": (10, 9)}, {},
                 "从高到低依次为：西河乡（90%，第1位）、东山镇（20%，第2位）。", id="two"),
    pytest.param(USUAL, {"fresh": {}}, "没有新增有效新用户，上时段", id="a still week"),
    pytest.param(USUAL, {"fresh": {"A01": {"effective": 4}}}, "两个时段持平", id="as before"),
    pytest.param(USUAL, {"fresh": {}, "put_right": {"A01": {"effective": -3}}},
                 "更正后净减少有效新用户3人", id="corrections took more"),
    pytest.param(USUAL, {"since": 20220901}, "新增有效新用户9人。", id="the first stretch"),
    pytest.param(USUAL, {"at": parse_instant("2022-09-12 15:20:00")},
                 "截至2022年9月12日15时20分，", id="a day that is not over"),
])
def test_every_state_of_a_campaign_reads_well(areas: Areas, more: Any, words: str) -> None:
    text = said(county(areas, **more))
    assert words in text
    assert not [slip for slip in ("，，", "、、", "None", "。。", "（）") if slip in text]


def test_many_equals_are_counted_and_a_merged_area_is_told_with_what_it_took_over() -> None:
    many = {f"{n}号社区": (10, 1) for n in "甲乙丙丁戊己庚辛"}
    text = said(county({"东山镇": (10, 9), "西河乡": (10, 8), "南湖乡": (10, 7), **many}))
    assert "己号社区等8个（均为10%，并列第4位）" in text
    one = county()
    units = tuple(
        replace(unit, state=MERGED, successor="A01") if unit.id == "A02" else unit
        for unit in one.units
    )
    into = {"state": MERGED, "successor": "A01"}
    change = UnitChange(1, "A02", 20220910, 5, {"state": "active"}, into)
    merged = replace(one, units=units, changes=(change,))
    paper = bulletin.make(3, merged, typed(problems="东山镇和西河乡合计完成110人。"), ALLOWED)
    assert "东山镇（含西河乡）" in said(merged)
    row = next(row for row in paper.attached[0].rows if paper.text(row[1]).startswith("东山镇"))
    assert "西河乡并入东山镇" in paper.text(row[-1])


@pytest.mark.parametrize("text", [
    "东山镇完成60人，完成率60%。", "全县完成率39.47%。", "中川社区只完成３０％。",
    "10月15日前办结；第3期起每周{2}次通报到办公室。", "按〔2022〕12号文件第5条办理。",
    "1.全县累计296人。", "（1）东山镇排第1位。", "上坪镇、下坝乡完成率均为百分之十二。",
    "千家万户、一户一码，两委干部上门。", "2022年9月以来，共有七个乡镇下达了任务。",
    "全县注册592人，比时间进度快19.47个百分点。", "任务数0.075万人。",
])
def test_figures_of_the_snapshot_and_dates_may_be_typed(text: str) -> None:
    """In digits or letters, full or half width; the paper says it as the snapshot does."""
    cells = SnapshotCells(county())
    sentence = bind(text, cells)
    check([sentence], cells)
    assert "{" not in text_of(sentence, cells)


@pytest.mark.parametrize(("text", "figure"), [
    ("全县完成297人。", "297"), ("东山镇完成率50%。", "50%"), ("完成率约40%。", "40%"),
    ("全县完成三百人。", "三百"), ("已有百分之八十完成。", "百分之八十"), ("完成了八成。", "八成"),
    ("还有九个乡镇没有动。", "九"), ("全县1.2万人。", "1.2万"), ("13月1日前完成。", "13"),
    ("西河乡完成60人。", "60"), ("①②完成。", "②"), ("全县比时间进度快20个百分点。", "20"),
])
def test_any_other_figure_refuses_the_paper(text: str, figure: str) -> None:
    """By its figure and its sentence; another unit's figure is none of this one's."""
    with pytest.raises(Fault) as refused:
        bulletin.make(3, county(), typed(steps=f"继续推进。{text}"), ALLOWED)
    assert (refused.value.code, refused.value.data) == (
        Code.BULLETIN_FIGURE, {"figure": figure, "sentence": text}
    )


@pytest.mark.parametrize(
    "text", ["新增{50}人。", "达到{90}%。", "培训{2}个乡镇。", "{1.5}次", "{", "{多}次"]
)
def test_braces_hold_no_results(text: str) -> None:
    with pytest.raises(Fault) as refused:
        bulletin.make(3, county(), typed(steps=text), ALLOWED)
    assert refused.value.code is Code.BULLETIN_BRACES


@pytest.mark.parametrize("part", [
    "共12人", "共１２人", Cell("areas", "A99", "effective"), Own("3天", OwnKind.DATE),
    Own("85%", OwnKind.BAND), Own("9号社区", OwnKind.NAME),
])
def test_a_sentence_of_ours_with_a_loose_figure_is_refused_too(part: Any) -> None:
    """So no later hand writes a number into a sentence past the snapshot."""
    with pytest.raises(Fault) as refused:
        check([("全县", part)], SnapshotCells(county()))
    assert refused.value.code is Code.BULLETIN_FIGURE


def test_every_figure_says_where_it_comes_from() -> None:
    paper = bulletin.make(3, county(), typed(steps="东山镇完成60人。"), ALLOWED)
    found = {figure: source for figure, source, _ in bindings(paper.sentences, paper.cells)}
    assert found["296"] == "乡镇（社区）表·合计·完成数"
    assert found["60"] == "乡镇（社区）表·东山镇·完成数"
    assert paper.cells[Cell("areas", TOTAL, "effective")].number == 296


def test_the_rule_counts_signs_and_no_blanks_and_no_tables() -> None:
    bare = bulletin.make(3, county(), typed(), ALLOWED)
    text = "".join(
        paper_line for one, paper_line in zip(bare.paragraphs, lines_of(bare), strict=True)
        if one.style not in (Style.SIGNED, Style.DATE)
    )
    assert bare.count == len(text)
    more = bulletin.make(3, county(), typed(steps="好 的，\n好"), ALLOWED)
    assert more.count - bare.count == len("四、下一步工作") + 4
    room = bulletin.MOST - more.count
    full = bulletin.make(3, county(), typed(steps="好的，\n好" + "好" * room), ALLOWED)
    assert full.count == bulletin.MOST
    with pytest.raises(Fault) as refused:
        bulletin.make(3, county(), typed(steps="好的，\n好" + "好" * (room + 1)), ALLOWED)
    assert refused.value.data == {"count": 4001, "most": 4000}


@pytest.mark.parametrize(("more", "code"), [
    ({"kind": "bulletin", "issuer": "东山县移动支付推广工作领导小组"}, Code.BULLETIN_ISSUER),
    ({"steps": "各乡镇要抓紧推进。"}, Code.BULLETIN_DEMANDS),
    ({"issuer": " "}, Code.BULLETIN_NO_ISSUER), ({"issue": "三"}, Code.BULLETIN_ISSUE),
    ({"kind": "order"}, Code.BULLETIN_KIND),
    ({"kind": "bulletin", "number": "2022-81"}, Code.BULLETIN_NUMBER),
])
def test_what_the_rules_of_2025_do_not_allow_is_refused(more: Any, code: Code) -> None:
    with pytest.raises(Fault) as refused:
        bulletin.make(3, county(), typed(**more), ALLOWED)
    assert refused.value.code is code


def test_the_government_s_office_may_ask_and_has_a_red_head() -> None:
    paper = bulletin.make(3, county(), typed(
        kind=bulletin.BULLETIN, number="东府办[2022]9号", to="各乡镇人民政府",
        steps="各乡镇要抓紧。",
    ), ALLOWED)
    assert paper.text(paper.head) == f"{OFFICE}文件"
    assert [paper.text(one) for one in paper.number] == ["东府办〔2022〕9号"]
    assert lines_of(paper)[:2] == ["关于东山县移动支付进展情况的通报", "各乡镇人民政府："]
