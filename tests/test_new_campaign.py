"""`qrgen new` and `qrgen check`: from a table to a campaign that is nobody else's."""
import shutil
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from factories import CAMPAIGN_TOML, UNITS_CSV, write_campaign
from hypothesis import given
from hypothesis import strategies as st

from attribution.cli import main as attribution
from qrgen.campaign import Problem
from qrgen.campaign_values import flat
from qrgen.campaign_writer import toml_of
from qrgen.cli import main
from qrgen.fault_codes import Code
from qrgen.files import _toml as tomli
from qrgen.files import read_toml
from qrgen.instance import PACKAGED_CAMPAIGN
from qrgen.registry import find_advice, find_problems, find_unready, load_campaign
from qrgen.settings_file import UNFINISHED
from qrgen.toml_slips import Slip, slips_in

TABLE = """青石县2030年任务表
乡镇（社区）\t指导任务数\t对接银行
全县合计\t700\t县内各银行营业网点（农发行除外）
甲子镇\t500\t农商行甲子支行（300）、农行甲子支行（200）
乙丑乡\t200\t农商行乙丑支行
"""
FILLED = {
    "title": '"青石县移动支付方案"', "short_title": '"青石县移动支付"',
    "document": '"青府办〔2030〕1号"',
    "basis": '"市文件"', "issuer": '"青石县人民政府办公室"', "start": "2030-03-01T00:00:00+08:00",
    "end": "2030-05-01T00:00:00+08:00", "mark_time": "2030-03-01T00:00:00+08:00",
    "settle_end": "2030-05-08T00:00:00+08:00", "by": "2030-04-30",
}
LATER = (("2022-", "2030-"), ("2023-", "2031-"))
NEAR = {Code.NAMES_NEAR, Code.BANKS_NEAR}
NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "任务表.txt"
    path.write_text(TABLE, encoding="gb18030")
    return path


def told(problems: list[Problem]) -> list[tuple[str, int, Any]]:
    return [(one.file, one.line, one.code) for one in problems]


def filled(folder: Path) -> Path:
    """Fill in what `qrgen new` marked in *folder*, as a county would."""
    path = folder / "campaign.toml"
    lines = path.read_text("utf-8").splitlines()
    for at, line in enumerate(lines):
        key, equals, value = line.partition(" = ")
        if equals and value.startswith(f'"{UNFINISHED}'):
            lines[at] = f"{key} = {FILLED[key]}"
    path.write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_a_table_becomes_a_campaign_that_lacks_what_the_table_cannot_say(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "qingshi-2030"
    assert 0 == main(["new", str(folder), "--from", str(table), "--lang", "zh"])
    said = capsys.readouterr()
    assert "甲子镇" in said.out and "任务数 700" in said.out
    assert "“农行”和“农业银行”是同一家银行吗？" in said.err
    assert 1 == main(["check", str(folder), "--lang", "zh"])
    assert "campaign.toml:8: title 还没有填" in capsys.readouterr().err
    assert {Code.UNFINISHED} == {one.code for one in find_unready(folder, NOW)}
    assert [] == find_unready(filled(folder), NOW)
    made = load_campaign(folder)
    assert ["A01", "A02", "N01", "N02", "N03", "B01", "B02"] == [unit.id for unit in made.units]
    assert "qingshi-2030" == made.id


def test_a_new_campaign_says_nothing_of_the_sample(table: Path, tmp_path: Path) -> None:
    """A county that begins with ours must not end with ours."""
    main(["new", str(tmp_path / "c"), "--from", str(table)])
    sample, own = (
        flat(read_toml(folder / "campaign.toml")) for folder in (PACKAGED_CAMPAIGN, tmp_path / "c")
    )
    for key in ("id", "title", "short_title", "document", "basis", "issuer", "start", "end"):
        assert sample[key] != own[key]
    assert "兴国" not in (tmp_path / "c" / "campaign.toml").read_text("utf-8")


def test_the_same_table_gives_the_same_bytes(table: Path, tmp_path: Path) -> None:
    for name in ("a/c", "b/c"):
        assert 0 == main(["new", str(tmp_path / name), "--from", str(table)])
    for file in ("campaign.toml", "units.csv"):
        assert (tmp_path / "a/c" / file).read_bytes() == (tmp_path / "b/c" / file).read_bytes()


def test_a_dry_run_shows_and_writes_nothing(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == main(["new", str(tmp_path / "c"), "--from", str(table), "--dry-run"])
    assert "乙丑乡" in capsys.readouterr().out
    assert not (tmp_path / "c").exists()


def test_what_does_not_fit_is_written_nowhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "t.txt"
    table.write_text(TABLE.replace("合计\t700", "合计\t900"), encoding="utf-8")
    argv = ["new", str(tmp_path / "c"), "--from", str(table), "--lang", "zh"]
    assert 1 == main(argv)
    assert "表里的合计是 900，各乡镇（社区）加起来是 700" in capsys.readouterr().err
    assert not (tmp_path / "c").exists()
    assert 0 == main([*argv, "--accept-total"])


def test_departments_banks_and_earlier_ids(table: Path, tmp_path: Path) -> None:
    (tmp_path / "d.txt").write_text("县公安局\n县卫健委\n", encoding="utf-8")
    first = tmp_path / "first"
    assert 0 == main([
        "new", str(first), "--from", str(table), "--departments", str(tmp_path / "d.txt"),
        "--bank", "农行=农业银行",
    ])
    table.write_text(
        TABLE.replace("甲子镇\t500\t", "丙寅镇\t100\t农商行丙寅支行\n甲子镇\t500\t")
        .replace("合计\t700", "合计\t800"), encoding="utf-8",
    )
    assert 0 == main([
        "new", str(tmp_path / "next"), "--from", str(table), "--keep-ids", str(first)
    ])
    ids = {u.name: u.id for u in load_campaign(filled(tmp_path / "next")).units}
    assert ("A03", "A01", "A02") == (ids["丙寅镇"], ids["甲子镇"], ids["乙丑乡"])
    assert "N04" == ids["丙寅镇·农商行丙寅支行"] and "N01" == ids["甲子镇·农商行甲子支行"]


@given(st.permutations(sorted(flat(read_toml(PACKAGED_CAMPAIGN / "campaign.toml")).items())))
def test_the_same_settings_are_the_same_bytes_and_come_back(order: list[tuple[str, Any]]) -> None:
    """Who likes files compares two exports, and sees what changed and nothing else."""
    usual = flat(read_toml(PACKAGED_CAMPAIGN / "campaign.toml"))
    made = toml_of(dict(order))
    assert toml_of(usual) == made
    assert usual == flat(tomli.loads(made))


def copied(tmp_path: Path, *changes: tuple[str, str], units: str | None = None) -> Path:
    """Return a copy of the sample with *changes* in its settings, as a hasty county has it."""
    folder = tmp_path / "mine"
    shutil.copytree(PACKAGED_CAMPAIGN, folder)
    text = (folder / "campaign.toml").read_text("utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (folder / "campaign.toml").write_text(text, encoding="utf-8")
    if units is not None:
        (folder / "units.csv").write_text(units, encoding="utf-8")
    return folder


def test_the_sample_itself_may_be_looked_at(tmp_path: Path) -> None:
    assert [] == find_unready(PACKAGED_CAMPAIGN, NOW)
    assert not {one.code for one in find_advice(PACKAGED_CAMPAIGN)} & NEAR
    assert [] == find_unready(copied(tmp_path), NOW)


def test_what_still_says_what_the_sample_says_is_named(tmp_path: Path) -> None:
    """Another county's name was printed, and nothing said so."""
    folder = copied(
        tmp_path, ('title = "兴国县移动', 'title = "青石县移动'), *LATER,
        units=UNITS_CSV,
    )
    found = find_unready(folder, NOW)
    keys = {one.data.get("key") for one in found if one.code is Code.SAMPLE_SAYS}
    assert {
        "id", "document", "basis", "issuer", "goals.0.number", "expect.official_code_prefix",
    } <= keys
    assert all(one.line > 1 for one in found if one.code is Code.SAMPLE_SAYS)
    assert {"expect.areas", "expect.lines"} <= {
        key for key in ("expect.areas", "expect.lines") for one in found
        if one.code is Code.COUNT_DIFFERS
    }


def test_units_of_the_sample_are_told_once(tmp_path: Path) -> None:
    folder = copied(tmp_path, ("兴国县人民政府", "青石县人民政府"), *LATER)
    [units] = [one for one in find_unready(folder, NOW) if one.file == "units.csv"]
    assert (Code.SAMPLE_UNITS, 40) == (units.code, units.data["count"])


def test_the_samples_own_county_may_go_on(tmp_path: Path) -> None:
    folder = copied(
        tmp_path, ("兴府办字〔2022〕81号", "兴府办字〔2030〕7号"), *LATER,
        ("2024-", "2032-"),
    )
    assert [] == find_unready(folder, NOW)


def test_a_campaign_that_is_over_is_not_begun(tmp_path: Path) -> None:
    folder = write_campaign(tmp_path / "c")
    assert [] == find_unready(folder, NOW)
    late = find_unready(folder, datetime(2030, 4, 1, tzinfo=timezone.utc))
    assert [("campaign.toml", 8, Code.WINDOW_ENDED)] == told(late)
    assert [] == find_problems(folder), "it is served to its end all the same"


def test_stages_lie_inside(tmp_path: Path) -> None:
    toml = CAMPAIGN_TOML.replace("last = 2030-03-31", "last = 2030-04-01")
    [found] = find_unready(write_campaign(tmp_path / "c", toml=toml), NOW)
    assert (Code.STAGE_OUTSIDE, "stages.0.last") == (found.code, found.data["key"])


@pytest.mark.parametrize("name", [
    "9月1日", "1E5", "00123", "#N/A", "#REF!", "=A1&B1", "0", "12", "2025-09-01", "1-Sep",
])
def test_a_name_that_a_spreadsheet_damaged_is_named(name: str, tmp_path: Path) -> None:
    area = UNITS_CSV.splitlines()[1].split(",")[2]
    folder = write_campaign(tmp_path / "c", UNITS_CSV.replace(f",{area},", f",{name},"))
    assert Code.NAME_DAMAGED in [one.code for one in find_unready(folder, NOW)]
    assert 1 == attribution([
        "init", "--instance", str(tmp_path / "i"), "--campaign", str(folder),
    ])
    assert not (tmp_path / "i").exists()


def test_names_that_are_nearly_one_are_worth_a_word(tmp_path: Path) -> None:
    rows = "A01,area,古龙岗镇,5\nA02,area,古龙冈镇,5\nB01,bank,农行,\nB02,bank,农业银行,\n"
    (tmp_path / "units.csv").write_text("id,kind,name,target\n" + rows, encoding="utf-8")
    (tmp_path / "campaign.toml").write_text(CAMPAIGN_TOML, encoding="utf-8")
    assert [(Code.NAMES_NEAR, [2, 3]), (Code.BANKS_NEAR, [4, 5])] == [
        (one.code, one.data["lines"]) for one in find_advice(tmp_path) if one.code in NEAR
    ]


@pytest.mark.parametrize("spoil", [
    lambda path: path.unlink(),
    lambda path: path.write_text(""),
    lambda path: path.write_bytes(b"\xff\xff\xfe" * 50),
    lambda path: path.write_text(path.read_text("utf-8-sig").replace("kind,", "种类,", 1), "utf-8"),
], ids=["missing", "empty", "unreadable", "no column"])
def test_a_table_that_cannot_be_read_is_one_message(spoil: Any, tmp_path: Path) -> None:
    """The reader looked for the one that mattered among 192."""
    folder = copied(tmp_path)
    spoil(folder / "units.csv")
    found = find_problems(folder)
    assert {"units.csv"} == {one.file for one in found}
    assert len(found) <= 2, [one.cause for one in found]


def test_lines_without_their_columns_are_one_message(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    path = folder / "units.csv"
    path.write_text(path.read_text("utf-8-sig").replace(",area,bank,branch,", ",,,,", 1), "utf-8")
    assert len(find_problems(folder)) <= 4  # one for each column


def test_signs_of_a_chinese_keyboard_are_named_with_their_place() -> None:
    text = (
        'id = "a"\ntitle ＝ “青石县，方案”\nstart = 2030-03-01T00：00：00+08:00\n'
        'x = ["a"，"b"]\n'
    )
    assert [
        Slip(2, 7, "＝", "="), Slip(2, 9, "“", '"'), Slip(2, 16, "”", '"'),
        Slip(3, 22, "：", ":"), Slip(3, 25, "：", ":"), Slip(4, 9, "，", ","),
    ] == slips_in(text)


def test_check_names_them_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    toml = CAMPAIGN_TOML.replace('"东山县人民政府办公室"', "“东山县人民政府办公室”")
    folder = write_campaign(tmp_path / "c", toml=toml)
    assert 1 == main(["check", str(folder), "--lang", "zh"])
    said = capsys.readouterr().err
    assert "campaign.toml:6: 第 10 个字符是中文输入法打的 “" in said
    assert '改成 "' in said and "campaign.toml:6: 第 21 个字符" in said


def test_check_speaks_the_language_that_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_campaign(tmp_path / "c")
    for language, words in (("zh", "没有发现问题"), ("en", "no problem found")):
        assert 0 == main(["check", str(folder), "--lang", language])
        assert words in capsys.readouterr().out
