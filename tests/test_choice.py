"""Which posters are chosen, how many, and what comes with them."""
from pathlib import Path

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from factories import CODE_KEY, PUBLIC_URL, make_campaign, write_campaign

from qrgen.campaign import Campaign
from qrgen.choice import copies_of, formats_of
from qrgen.cli import main
from qrgen.formats import FORMATS
from qrgen.plan import plan_posters
from qrgen.posters import print_posters
from qrgen.shell import Fault

Output = pytest.CaptureFixture[str]


@pytest.fixture
def county() -> Campaign:
    return make_campaign()


def chosen(tmp_path: Path, *options: str) -> list[str]:
    """Return the codes that *options* leave, as `qrgen codes` writes them."""
    out = tmp_path / "codes.csv"
    assert 0 == main(["codes", *options, "--out", str(out)])
    lines = out.read_text(encoding="utf-8-sig").splitlines()[1:]
    return [line.partition(".")[0] for line in lines]


def test_a_bank_and_a_township_are_chosen_with_their_branches(
    tmp_path: Path, county: Campaign, at_the_shell: None
) -> None:
    """Each is responsible for handing out its own."""
    area = county.unit("N07").area
    bank = county.unit("N07").bank
    assert area is not None and bank is not None
    for word in (area, area.lower(), county.unit(area).name):
        codes = chosen(tmp_path, "--area", word)
        assert {f"{area}-1", "N07-1"} <= set(codes)
        assert len(codes) == 1 + len(county.lines_of(area))
    of_bank = chosen(tmp_path, "--bank", bank)
    assert {f"{bank}-1", "N07-1"} <= set(of_bank)
    assert not [code for code in of_bank if code[0] in "AD"]
    assert ["N07-1"] == chosen(tmp_path, "--area", area, "--bank", bank)


def test_a_bank_that_is_not_there_is_named(
    tmp_path: Path, capsys: Output, at_the_shell: None
) -> None:
    argv = ["codes", "--out", str(tmp_path / "x.csv")]
    assert 2 == main([*argv, "--bank", "A01"])
    assert "no unit is called A01" in capsys.readouterr().err
    assert 2 == main([*argv, "--bank", "B01", "--area", "A01", "--kind", "department"])
    assert "no unit is chosen" in capsys.readouterr().err


def test_places_are_chosen_by_number_or_by_a_word_of_their_label(
    tmp_path: Path, at_the_shell: None
) -> None:
    folder = write_campaign(tmp_path / "c")
    (folder / "placements.csv").write_text(
        "unit,number,label\nD01,1,大厅东墙\nD01,2,柜员窗口\nD01,3,大厅西墙\n", encoding="utf-8"
    )
    options = ("--campaign", str(folder), "--place")
    assert ["D01-1-1", "D01-1-3"] == chosen(tmp_path, *options, "大厅")
    assert ["D01-1-1", "D01-1-2"] == chosen(tmp_path, *options, "2，东墙")
    assert 2 == main(["codes", "--out", str(tmp_path / "x.csv"), *options, "车站"])


def test_copies_are_told_for_all_formats_or_for_each() -> None:
    assert {"a4": 3, "tent": 3} == copies_of("3", ["a4", "tent"])
    assert {"a4": 2, "tent": 1, "sticker": 5} == copies_of(
        "a4=2，sticker=5", ["a4", "tent", "sticker"]
    )
    assert {"a4": 1} == copies_of(None, ["a4"])
    for wrong in ("0", "-1", "x", "a4=", "a4=0", "10001", "1.5"):
        with pytest.raises(Fault, match="takes numbers from 1 to 10000"):
            copies_of(wrong, ["a4"])
    with pytest.raises(Fault, match="there is no format 'a3'"):
        copies_of("a3=2", ["a4"])


def test_the_bare_symbol_comes_with_its_rules() -> None:
    """Who lays out an own poster has nobody else to ask how small the code may become."""
    assert ["svg", "rules"] == formats_of("svg")
    assert ["png", "a4", "rules"] == formats_of("png,a4")
    assert ["rules", "svg"] == formats_of("rules,svg")
    assert list(FORMATS) == formats_of("all")


def test_rules_say_what_must_stand_beside_the_code(tmp_path: Path, county: Campaign) -> None:
    """What it is, what it is not, where it leads, whose: with the unit's own words."""
    posters = plan_posters([county.unit("N68"), county.unit("D12")], PUBLIC_URL, [CODE_KEY])
    for file, whose in zip(
        print_posters(county, posters, tmp_path, formats=["rules"]), ("N68-1", "D12-1"),
        strict=True,
    ):
        with pypdfium2.PdfDocument(file) as document:
            assert 1 == len(document)
            words = document[0].get_textpage().get_text_range().replace("\r\n", "")
        for expected in (
            "云闪付登记码", "不是收款码", PUBLIC_URL, whose, "毫米宽", "4格", "不加图标",
            "先试再印", "两部手机",
        ):  # fmt: skip
            assert expected in words, expected


def test_every_format_has_a_name_and_on_paper_a_finish() -> None:
    """A ticket without the paper would be printed on whatever lies there."""
    texts = make_campaign().texts
    for name, kind in FORMATS.items():
        assert texts[f"format_{name}"]
        if kind.trim_mm:
            assert texts[f"paper_{name}"] and texts[f"finish_{name}"]


def test_a_book_at_the_shell_holds_copies_of_several_formats(
    tmp_path: Path, capsys: Output, at_the_shell: None
) -> None:
    book = tmp_path / "book.pdf"
    argv = ["posters", "--units", "A01,N01", "--format", "a4,badges", "--book", str(book)]
    assert 0 == main([*argv, "--copies", "a4=2"])
    with pikepdf.open(book) as pdf:
        assert 5 == len(pdf.pages)
    assert "2 units as a4, badges" in capsys.readouterr().out
    assert 2 == main([*argv, "--copies", "tent=2"])
    alone = ["posters", "--units", "A01", "--out", str(tmp_path / "out"), "--copies", "2"]
    capsys.readouterr()
    assert 2 == main(alone)
    assert "nothing that is made would say the number" in capsys.readouterr().err
    assert 2 == main([*argv[:-1], str(book), "--format", "a4,screen"])


