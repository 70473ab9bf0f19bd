"""The campaign as data: the county's document, and everything Excel does to a file."""
import csv
import re
from datetime import date, datetime, timezone
from pathlib import Path

import pytest
from factories import CAMPAIGN_TOML, UNITS_CSV, make_campaign, write_campaign

from qrgen.instance import PACKAGED_CAMPAIGN
from qrgen.registry import Problem, RegistryError, find_problems, load_campaign


def problems_of(folder: Path, **files: str | bytes) -> list[Problem]:
    return find_problems(write_campaign(folder, **files))  # type: ignore[arg-type]


def the_problem(folder: Path, **files: str | bytes) -> Problem:
    problems = problems_of(folder, **files)
    assert 1 == len(problems), problems
    return problems[0]


def test_packaged_campaign_is_the_documents() -> None:
    """兴府办字〔2022〕81号, number by number."""
    campaign = make_campaign()
    by_kind = {
        kind: [unit for unit in campaign.units if unit.kind == kind]
        for kind in ("area", "line", "department", "bank")
    }
    assert [40, 87, 18, 11] == [len(units) for units in by_kind.values()]
    for kind in ("area", "line"):
        assert 40_000 == sum(unit.target or 0 for unit in by_kind[kind])
    assert all(unit.target is None for unit in by_kind["department"] + by_kind["bank"])
    for area in by_kind["area"]:
        assert area.target == sum(line.target or 0 for line in campaign.lines_of(area.id))
    assert datetime(2022, 8, 31, 16, tzinfo=timezone.utc) == campaign.start
    assert datetime(2022, 12, 31, 16, tzinfo=timezone.utc) == campaign.end
    assert campaign.start == campaign.mark_time
    assert 7 == (campaign.settle_end - campaign.end).days
    assert [date(2022, 9, 20), date(2022, 10, 10), date(2022, 12, 31), date(2022, 12, 31)] == [
        stage.last for stage in campaign.stages
    ]
    assert [40_000, 120_000, 200_000] == [goal.number for goal in campaign.goals]
    assert campaign.hotline is None
    assert not campaign.demo


def test_packaged_areas_carry_their_official_codes() -> None:
    """Stable ids that other offices know."""
    areas = [unit for unit in make_campaign().units if unit.kind == "area"]
    codes = [area.official_code or "" for area in areas]
    assert 40 == len(set(codes))
    assert all(re.fullmatch(r"360732\d{3}(\d{3})?", code) for code in codes)
    assert 14 == sum(len(code) == 12 for code in codes)


def test_packaged_ids_follow_attachment_1() -> None:
    """They are printed, so they may never move."""
    campaign = make_campaign()
    assert "潋江镇" == campaign.unit("A01").name
    assert "文明社区" == campaign.unit("A40").name
    assert "鼎龙乡·邮储银行鼎龙所" == campaign.unit("N07").name
    assert "文明社区·农商行将军支行" == campaign.unit("N87").name
    assert "农商行" == campaign.unit("B01").name
    with pytest.raises(KeyError):
        campaign.unit("N88")


def test_packaged_body_of_the_zone_is_one_unit() -> None:
    """经开区管委会 is the area 经开区, not a department beside it."""
    names = [
        (unit.kind, unit.id)
        for unit in make_campaign().units
        for word in (unit.name, *unit.aliases)
        if word in ("经开区", "经开区管委会", "经济开发区", "工业园")
    ]
    assert {("area", "A26")} == set(names)


def test_packaged_other_spelling_is_an_alias() -> None:
    """The statistics write 古龙冈镇, the county 古龙岗镇."""
    [unit] = [unit for unit in make_campaign().units if "古龙冈镇" in unit.aliases]
    assert "古龙岗镇" == unit.name


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """Nobody wants to run the check ten times."""
    units = (
        UNITS_CSV.replace("A02,area", "A1,area")
        .replace("N02,line", "N01,line")
        .replace("县公安局,,", "县公安局,5,")
        .replace("乙银行,,1", "丙银行,,1")
    )
    toml = CAMPAIGN_TOML.replace('"last_claim"', '"newest"').replace("areas = 2", "areas = 40")
    with pytest.raises(RegistryError) as caught:
        load_campaign(write_campaign(tmp_path, units, toml))
    causes = [fault.cause for fault in caught.value.more]
    for expected in (
        r"units\.csv:3: id 'A1' is not well-formed",
        r"units\.csv:5: id 'N01' is already used on line 4",
        r"units\.csv:7: a department has no target",
        r"units\.csv:9: 丙银行 takes no part",
        r"campaign\.toml:11: policy is 'newest'",
        r"campaign\.toml:\d+: 40 areas are expected, units\.csv has 2",
    ):
        assert any(re.match(expected, cause) for cause in causes), (expected, causes)
    assert all(fault.hint for fault in caught.value.more)


@pytest.mark.parametrize(
    ("old", "new", "line", "cause"),
    [
        ("A01,area,东山镇,300", "A01,area,东山镇,301", 2, "its lines add up to 300"),
        ("990001100,", "9.90001E+11,", 2, "Excel has rounded the official code"),
        ("990001100,", "99000110,", 2, "not 6, 9 or 12 digits"),
        ("990001100,", "360001100,", 2, "does not begin with 990001"),
        ("A02,area", "A0O,area", 3, "is not well-formed"),
        ("A02,area", "a02,area", 3, "is not well-formed"),
        ("A01,area", "A01,village", 2, "kind is text of 7 letters"),
        (",A02,B01,", ",A09,B01,", 6, "area 'A09' is no area"),
        (",A02,B01,", ",A02,,", 6, "the bank is empty"),
        ("西河社区,200", "西河社区,二百", 3, "is not a whole number"),
        ("西河社区,200", "西河社区,0", 3, "the target is 0"),
        ("西河社区,200", "西河社区,", 3, "the target is empty"),
        ("西河社区,200", "东山镇,200", 3, "already names the unit on line 2"),
        ("西河社区,200", "东山,200", 3, "already names the unit on line 2"),
        ("西河社区,200", "西河🀄区,200", 3, "U+1F004"),
        ("西河社区,200", "西?社区,200", 3, "was lost in saving"),
        ("西河社区,200", "西河\u3000社区,200", 3, "odd blank inside"),
        ("西河社区,200", '"西河\n社区",200', 3, "line break"),
        ("西河社区,200", "西河红包,200", 3, "the poster would say '红包'"),
        ("甲银行营业部,200,2", "甲银行营业部,200,0", 6, "issue is 0"),
        ("300,1,990001100,,", "300,1,990001100,A02,", 2, "an area has no area"),
        ("服务对象,,,", "服务对象,,https://evil.example/,", 7, "which is not allowed"),
        ("服务对象,,,", "服务对象,,http://app.example.cn/,", 7, "is no https address"),
        ("服务对象,,,", "服务对象,redirect,,", 7, "redirects, but it has no link"),
        ("服务对象,,,", "服务对象,jump,,", 7, "mode is text of 4 letters"),
        ("服务对象,,,", "服务对象,,,,合", 7, "stands in no column"),
        ("B02,bank,乙银行,", 'B02,bank,"乙银行,', 9, "not readable as CSV"),
    ],
)
def test_each_slip_in_units_is_found_on_its_line(
    tmp_path: Path, old: str, new: str, line: int, cause: str
) -> None:
    """The line as Excel shows it."""
    assert old in UNITS_CSV
    problems = problems_of(tmp_path, units=UNITS_CSV.replace(old, new, 1))
    hits = [p for p in problems if p.file == "units.csv" and cause in p.cause]
    assert [line] == [p.line for p in hits], problems
    assert all(p.remedy for p in problems)


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("2030-04-01T00:00:00+08:00", "2030-04-01T00:00:00", "end has no offset"),
        ("2030-04-01T00:00:00+08:00", '"2030-04-01"', "end is of the wrong type"),
        ("2030-04-01T00:00:00+08:00", "2030-02-01T00:00:00+08:00", "ends before it begins"),
        ("2030-04-08T00:00:00+08:00", "2030-03-08T00:00:00+08:00", "settle_end lies before"),
        ('mode = "page"', 'mode = "jump"', "mode is 'jump'"),
        ("demo = false", "demo = 0", "demo is of the wrong type"),
        ("demo = false", 'hotlin = "1"', "hotlin is not a key we know"),
        ('issuer = "东山县人民政府办公室"', "", "issuer is missing"),
        ('title = "东山县移动支付便民方案"', 'title = ""', "title is empty"),
        ("https://app.example.cn/get", "https://elsewhere.cn/", "which is not allowed"),
        ("https://app.example.cn/get", "javascript:alert(1)", "is no https address"),
        ("last = 2030-03-31", "last = 2030-02-01", "ends before it begins"),
        ("lines = 3", "lines = 4", "4 lines are expected, units.csv has 3"),
        ("target_sum = 500", "target_sum = 501", "add up to 500, expected are 501"),
        ("lines = 3", 'lines = "3"', "expect.lines is of the wrong type"),
        ("[expect]", '[texts]\nfraud = "领红包"\n[expect]', "texts.fraud says '红包'"),
        ("[expect]", '[texts]\nfraut = "x"\n[expect]', "texts.fraut is not a key we know"),
        ('id = "dongshan"', 'id = "dongshan', "campaign.toml"),
    ],
)
def test_each_slip_in_the_toml_is_found(tmp_path: Path, old: str, new: str, cause: str) -> None:
    """With its line, or the line of the table it is missing from."""
    assert old in CAMPAIGN_TOML
    problems = problems_of(tmp_path, toml=CAMPAIGN_TOML.replace(old, new, 1))
    hits = [p for p in problems if p.file == "campaign.toml"]
    assert hits, problems
    if cause != "campaign.toml":
        assert any(cause in p.cause for p in hits), problems
    assert all(p.line >= 1 and p.remedy for p in problems)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(UNITS_CSV.encode("utf-8-sig"), id="UTF-8 with BOM"),
        pytest.param(UNITS_CSV.encode("gb18030"), id="GB18030, as Excel saves in China"),
        pytest.param(UNITS_CSV.replace(",", "\t").encode("utf-16"), id="Unicode text"),
        pytest.param(UNITS_CSV.replace(",", ";").encode(), id="semicolons"),
        pytest.param(UNITS_CSV.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(UNITS_CSV.replace("\n", ",,,\n").encode(), id="empty columns"),
        pytest.param((UNITS_CSV + ",,,,,,,,,,,,\n\n,,\n").encode(), id="empty rows"),
        pytest.param(UNITS_CSV.replace(",东山镇,", ", 东山镇\u3000,").encode(), id="blanks"),
        pytest.param(UNITS_CSV.replace(",300,", ",３００,").encode(), id="full-width digits"),
        pytest.param(UNITS_CSV.replace("A01,area", "Ａ０１,area").encode(), id="full-width id"),
        pytest.param(UNITS_CSV.replace(",300,", ",300.00,").encode(), id="decimals"),
        pytest.param(UNITS_CSV.replace("990001100,", "'990001100,").encode(), id="apostrophe"),
        pytest.param(
            UNITS_CSV.replace("990001100,", '"=""990001100""",').encode(), id="formula text"
        ),
        pytest.param(UNITS_CSV.replace(",A01,B02,", ",东山,乙银行,").encode(), id="names for ids"),
        pytest.param(
            UNITS_CSV.replace("id,kind,name,target", "编号,类别,名称,指导任务数")
            .replace("A01,area", "A01,乡镇")
            .replace("A02,area", "A02,社区")
            .encode(),
            id="Chinese headings",
        ),
        pytest.param(
            "\ufeff\u200b".join(UNITS_CSV.replace(",", "\u2060,\u202d\u00a0").splitlines(True))
            .encode(), id="marks that nobody sees",
        ),
        pytest.param(UNITS_CSV.replace(",A01,B02,", ",Ａ０ 1,Ｂ０２,").encode(), id="wide ids named"),
        pytest.param(UNITS_CSV.replace("A01,area", "A 01\u2009,ａｒｅａ").encode(), id="thin blank"),
    ],
)
def test_harmless_traces_of_excel_are_read_through(tmp_path: Path, raw: bytes) -> None:
    """The same campaign, whichever program saved it."""
    plain = make_campaign(tmp_path / "plain")
    saved = make_campaign(tmp_path / "saved", units=raw)  # type: ignore[arg-type]
    assert plain.units == saved.units


def test_thousands_separator_is_read_through(tmp_path: Path) -> None:
    """A cell formatted with thousands is exported as "1,300"."""
    units = UNITS_CSV.replace(",300,", ',"1,300",').replace(",100,1,,A01", ',"1,100",1,,A01')
    toml = CAMPAIGN_TOML.replace("target_sum = 500", "target_sum = 1500")
    assert 1300 == make_campaign(tmp_path, units=units, toml=toml).unit("A01").target


def test_workbook_under_the_name_of_a_csv_is_recognised(tmp_path: Path) -> None:
    """Renaming is not saving."""
    assert "Excel workbook" in "".join(
        p.cause for p in problems_of(tmp_path, units=b"PK\x03\x04rest of it")
    )


def test_area_without_a_name_is_one_problem(tmp_path: Path) -> None:
    """Not one for each row whose area is empty: the empty word is nobody's name."""
    problem = the_problem(tmp_path, units=UNITS_CSV.replace("A02,area,西河社区", "A02,area,"))
    assert (3, "the name is empty") == (problem.line, problem.cause)


def test_row_of_totals_is_recognised(tmp_path: Path) -> None:
    """The document's own table has one."""
    for word in ("全县合计", "合　计", "总\u00a0计"):
        problem = the_problem(tmp_path, units=UNITS_CSV + f"{word},,,500\n")
        assert (10, "this looks like a row of totals") == (problem.line, problem.cause)


def test_line_numbers_survive_cells_with_line_breaks(tmp_path: Path) -> None:
    """Alt+Enter in a cell makes two lines of one row."""
    units = UNITS_CSV.replace("服务对象", '"服务\n对象"').replace("乙银行,,1", "乙银行,,x")
    assert 10 in [p.line for p in problems_of(tmp_path, units=units)]


def test_missing_files_are_problems_too(tmp_path: Path) -> None:
    """An empty folder is answered like any other wrong one."""
    assert ["campaign.toml", "units.csv"] == sorted(p.file for p in find_problems(tmp_path))
    assert find_problems(write_campaign(tmp_path, units=""))


def test_missing_column_is_said_once(tmp_path: Path) -> None:
    """Not again for every row."""
    problems = problems_of(tmp_path, units=UNITS_CSV.replace("id,kind", "no,kind"))
    assert 1 == sum("column id is missing" in p.cause for p in problems)
    assert not any("id is empty" in p.cause for p in problems)


def test_packaged_units_open_well_in_a_spreadsheet() -> None:
    """BOM for Excel, one width for every row, no cell that is a formula."""
    raw = (PACKAGED_CAMPAIGN / "units.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
    assert {13} == {len(row) for row in rows}
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_another_county_needs_no_code(tmp_path: Path) -> None:
    """Nothing about 兴国 is in the program."""
    campaign = make_campaign(tmp_path)
    assert ["A01", "A02", "N01", "N02", "N03", "D01", "B01", "B02"] == [
        unit.id for unit in campaign.units
    ]
    assert ("A02", "B01", 2) == (
        campaign.unit("N03").area,
        campaign.unit("N03").bank,
        campaign.unit("N03").issue,
    )
