"""Codes per wall or member of staff: read, signed, printed; what they earn is the unit's."""
import csv
import io
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest
from factories import CODE_KEY, PUBLIC_URL, write_campaign

from qrgen.campaign import Placement
from qrgen.cli import main
from qrgen.codes import Code, read_code
from qrgen.files import read_text
from qrgen.plan import plan_placements
from qrgen.posters import print_posters
from qrgen.registry import find_problems, load_campaign

PLACEMENTS = """\
unit,number,label
A01,1,大厅东墙
东山,2,西门
N03,w7,柜员 王小明
"""


@pytest.fixture
def folder(tmp_path: Path, at_the_shell: None) -> Path:
    made = write_campaign(tmp_path / "campaign")
    (made / "placements.csv").write_bytes(PLACEMENTS.encode("gb18030"))
    return made


def test_units_are_named_by_id_name_or_alias(folder: Path) -> None:
    """As people write them; the number in capitals, as codes have it."""
    assert (
        Placement("A01", "1", "大厅东墙", 2),
        Placement("A01", "2", "西门", 3),
        Placement("N03", "W7", "柜员 王小明", 4),
    ) == load_campaign(folder).placements


def test_what_nobody_sees_changes_no_placement(folder: Path) -> None:
    (folder / "placements.csv").write_text(
        "\ufeff编号\u200b,张贴点\u00a0,位置\nＡ０１,\u202d１\u202c,大厅\u3000东墙\u200b\n",
        encoding="utf-8",
    )
    assert (Placement("A01", "1", "大厅 东墙", 2),) == load_campaign(folder).placements


def test_campaign_without_the_file_has_none(tmp_path: Path) -> None:
    """It is optional."""
    assert () == load_campaign(write_campaign(tmp_path)).placements


def test_every_problem_is_told_with_its_line(folder: Path) -> None:
    """As with units.csv."""
    (folder / "placements.csv").write_text(
        "unit,number,label\nA99,1,x\nA01,I,x\nA01,12345,x\nA01,1,x\nA01,１,y\n"
        f"A02,1,{'长' * 21}\nA02,2,🀄\n",
        encoding="utf-8",
    )
    found = [(problem.line, problem.cause) for problem in find_problems(folder)]
    assert [2, 3, 4, 6, 7, 8] == [line for line, _ in found]
    assert "'A99' is no unit" in found[0][1]
    assert "is no placement" in found[1][1]
    assert "A01 has number 1 already on line 5" == found[3][1]
    assert "no font can print: 🀄" in found[5][1]
    (folder / "placements.csv").write_text("unit,label\nA01,x\n", encoding="utf-8")
    [problem] = find_problems(folder)
    assert "column number is missing" == problem.cause


def test_each_has_its_own_code_and_the_rest_their_plain_one(folder: Path) -> None:
    """The number is in the signed code, so nobody moves a scan to another wall."""
    campaign = load_campaign(folder)
    posters = plan_placements(campaign, campaign.units[:3], PUBLIC_URL, [CODE_KEY])
    assert ["A01-1-1", "A01-1-2", "A02-1", "N01-1"] == [poster.code.text for poster in posters]
    assert Code("A01", 1, "2") == read_code(posters[1].signed, [CODE_KEY])


def test_poster_says_which_wall_it_is_for(folder: Path, tmp_path: Path) -> None:
    """Or two of a unit get mixed up when they are hung."""
    campaign = load_campaign(folder)
    posters = plan_placements(campaign, [campaign.unit("N03")], PUBLIC_URL, [CODE_KEY])
    [file] = print_posters(campaign, posters, tmp_path / "out")
    assert "西河社区-甲银行营业部-N03-2-W7.pdf" == file.name
    with pypdfium2.PdfDocument(file) as document:
        words = document[0].get_textpage().get_text_range()
    assert "柜员 王小明" in words
    assert "N03-2-W7" in words


def test_placements_at_the_shell(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Codes, posters and inspection carry them."""
    same = ["--campaign", str(folder), "--units", "A01", "--placements"]
    out = tmp_path / "codes.csv"
    assert 0 == main(["codes", *same, "--out", str(out)])
    rows = list(csv.DictReader(io.StringIO(read_text(out))))
    assert ["1", "2"] == [row["placement"] for row in rows]
    assert 0 == main(["posters", *same, "--format", "png", "--out", str(tmp_path / "out")])
    capsys.readouterr()
    files = sorted(str(file) for file in (tmp_path / "out").iterdir())
    assert 0 == main(["inspect", "--campaign", str(folder), *files])
    assert "genuine A01-1-1 东山镇" in capsys.readouterr().out


def test_asked_for_without_a_file_it_says_where_to_write_one(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rather than printing plain codes under another name."""
    (folder / "placements.csv").unlink()
    argv = ["codes", "--campaign", str(folder), "--placements", "--out", str(tmp_path / "x.csv")]
    assert 1 == main(argv)
    assert "has no placements.csv" in capsys.readouterr().err
