"""Slogans for screens, pictures, LED bitmaps and texts for groups: as they are shown and pasted."""
import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from console import Visitor, add_everyone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from attribution.cli import main
from attribution.service import Service
from qrgen.codes import read_code
from qrgen.fault_codes import Code
from qrgen.instance import PACKAGED_CAMPAIGN
from qrgen.publicity import led, pack, screens
from qrgen.publicity.slogans import LONGEST, slogans_of, text_file
from qrgen.registry import load_campaign
from qrgen.shell import Fault

CAMPAIGN = load_campaign(PACKAGED_CAMPAIGN)


def saying(text: str) -> Any:
    return replace(CAMPAIGN, texts={**CAMPAIGN.texts, "slogan_1": text})


def test_our_own_slogans_fit_every_card() -> None:
    made = slogans_of(CAMPAIGN)
    assert len(made) >= 5
    assert all(len(one.text) <= LONGEST and not one.beyond_gb2312 for one in made)
    for encoding in ("utf-8-sig", "gb18030"):
        lines = text_file(made, encoding).decode(encoding).splitlines()
        assert [one.text for one in made] == lines


@pytest.mark.parametrize("text, forbidden, code", [
    ("字" * 21, (), Code.SLOGAN_LONG), ("扫码领红包", ("红包",), Code.KEY_SAYS),
])
def test_too_long_and_forbidden_ones_are_refused(
    text: str, forbidden: tuple[str, ...], code: Code
) -> None:
    with pytest.raises(Fault) as told:
        slogans_of(saying(text), forbidden)
    assert code is told.value.code and text not in str(told.value.data)


def test_letters_that_a_card_lacks_are_told_and_drawn() -> None:
    (first, *_) = slogans_of(saying("垇上乡云闪付"))
    assert "垇" == first.beyond_gb2312
    assert led.picture_of(first.text, 96, 16).size == (96, 16)
    with pytest.raises(Fault) as told:
        led.picture_of("云\U00020000", 64, 16)
    assert Code.LED_LETTERS is told.value.code


@given(st.text(alphabet="云闪付便民安全快捷，A1、", min_size=1, max_size=LONGEST),
       st.sampled_from(led.GRIDS))
def test_every_letter_is_on_the_grid_whole(text: str, grid: tuple[int, int]) -> None:
    """As high as the screen, no narrower, no wider than it needs; and no row of it is lost."""
    width, height = grid
    made = led.picture_of(text, width, height)
    assert height == made.height and made.width >= width
    assert not led.scrolls(text, width) or made.width > width or height == 32
    lit = sum(made.convert("L").histogram()[1:])
    letters = led.letters_of_16()
    once = sum(
        bin(byte).count("1") for letter in text for byte in letters[ord(letter)]
    )
    comma = sum(bin(byte).count("1") for byte in letters[ord("，")])
    # In letters of twice the size each point is four; of two lines the comma between is left out.
    assert lit in (once, 4 * once, once - comma)


def test_a_line_of_four_stands_still_on_64_points() -> None:
    assert (64, 16) == led.picture_of("快捷便民", 64, 16).size
    assert not led.scrolls("快捷便民", 64) and led.scrolls("快捷便民吗", 64)
    with Image.open(io.BytesIO(led.bmp_of("快捷便民", 64, 16))) as bitmap:
        assert ("BMP", "1", (64, 16)) == (bitmap.format, bitmap.mode, bitmap.size)
    # 32 points high: two lines that fit, and no scrolling.
    assert (128, 32) == led.picture_of("云闪付，便民又安全", 128, 32).size


def test_pictures_have_their_size_and_words_within() -> None:
    for size in screens.SIZES.values():
        picture = screens.picture_of(saying("付" * LONGEST), "付" * LONGEST, size)
        assert size == picture.size
        ground = picture.getpixel((0, 0))
        # Nothing of the widest slogan touches the edge.
        assert {ground} == {picture.getpixel((x, size[1] // 3)) for x in (0, 1, size[0] - 1)}
    pictures = screens.series(CAMPAIGN, slogans_of(CAMPAIGN)[:2], (320, 180))
    with Image.open(io.BytesIO(screens.loop(pictures))) as loop:
        assert (2, screens.SECONDS * 1000) == (loop.n_frames, loop.info["duration"])


def test_the_zip_is_whole_and_the_same_twice() -> None:
    few = replace(CAMPAIGN, texts={**CAMPAIGN.texts, **{f"slogan_{n}": "" for n in range(2, 7)}})
    unit = CAMPAIGN.units[0]
    made = []
    for _ in range(2):
        file = io.BytesIO()
        pack.write(few, {unit: "https://ysf.example/Q/A01-1.X"}, file)
        made.append(file.getvalue())
    assert made[0] == made[1]
    with zipfile.ZipFile(io.BytesIO(made[0])) as bundle:
        names = bundle.namelist()
        text = bundle.read(f"群文字/A01-{unit.name}.txt").decode("utf-8-sig")
    assert {"标语-UTF8.txt", "标语-GB18030.txt", "循环播放-横屏.gif", "公众号首图.png"} <= {*names}
    assert 3 == text.count("https://ysf.example/Q/A01-1.X")
    assert "收到" not in text and "截图" not in text
    assert len([name for name in names if name.startswith("LED/")]) == len(led.GRIDS)


def test_each_unit_gets_its_own_address_and_no_more(
    service: Service, instance: Any, tmp_path: Path
) -> None:
    out = tmp_path / "p.zip"
    assert 0 == main(["report", "slogans", "--out", str(out), "--instance", str(instance.folder)])
    add_everyone(service)
    area = Visitor(service)
    area.sign_in("area")
    answer = area.get("/admin/publicity.zip")
    for content, some in ((out.read_bytes(), False), (answer.get_data(), True)):
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            texts = {
                name.split("/")[1].split("-")[0]: bundle.read(name).decode("utf-8-sig")
                for name in bundle.namelist() if name.startswith("群文字/")
            }
        assert ("A01" in texts) and (("A02" in texts) is not some)
        for id, text in texts.items():
            signed = text.split("/Q/")[1].split()[0]
            assert id == read_code(signed, service.settings.code_keys).unit
