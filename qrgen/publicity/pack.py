"""
All of the publicity in one ZIP: slogans, pictures for displays, the loop, LED bitmaps, group texts.

The same campaign makes the same bytes, so that whoever gets it again sees that nothing changed.
"""
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from qrgen.campaign import Campaign, Unit
from qrgen.publicity import led, screens
from qrgen.publicity.group_texts import texts_of
from qrgen.publicity.slogans import Slogan, slogans_of, text_file

_TIME = (1980, 1, 1, 0, 0, 0)

READ_ME = """\
标语-UTF8.txt、标语-GB18030.txt：电子屏标语，一行一条，每条不超过20个字。屏的软件打开是乱码，就换另一个。
横屏、竖屏：1920×1080 和 1080×1920 的图片，一条一张，每张至少放3秒。
循环播放-横屏.gif、循环播放-竖屏.gif：只能放一个文件的屏用这个。
LED：按屏的点数（宽×高）选一个文件夹；图片是黑白的，控制卡里不用装字库。名字里有“滚动”的比屏宽，请设成向左滚动。
群文字：每个单位一份，贴到微信群里；里面的网址是这个单位自己的，不要互相借用。不要要求群里回复“收到”或截图。
公众号首图.png：900×383。
"""


def write(
    campaign: Campaign, urls: Mapping[Unit, str], file: IO[bytes],
    forbidden: tuple[str, ...] = (),
) -> int:
    """
    Write the ZIP; return how many files it holds.

    Args:
        urls: The address of each unit's code, for the texts of these units.
        forbidden: Words that no slogan may say.

    Raises:
        Fault: a slogan is too long, says what is forbidden, or has a letter that no screen shows.
    """
    slogans = slogans_of(campaign, forbidden)
    count = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in _files(campaign, urls, slogans):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, content)
            count += 1
    return count


def _files(
    campaign: Campaign, urls: Mapping[Unit, str], slogans: list[Slogan]
) -> Iterator[tuple[str, bytes]]:
    yield "说明.txt", READ_ME.replace("\n", "\r\n").encode("utf-8-sig")
    yield "标语-UTF8.txt", text_file(slogans, "utf-8-sig")
    yield "标语-GB18030.txt", text_file(slogans, "gb18030")
    for label, name in (("横屏", "lying"), ("竖屏", "standing")):
        pictures = screens.series(campaign, slogans, screens.SIZES[name])
        for number, picture in enumerate(pictures, start=1):
            yield f"{label}/{number:02}.png", screens.png_of(picture)
        if pictures:
            yield f"循环播放-{label}.gif", screens.loop(pictures)
    if slogans:
        cover = screens.picture_of(campaign, slogans[0].text, screens.SIZES["article"])
        yield "公众号首图.png", screens.png_of(cover)
    for width, height in led.GRIDS:
        for number, slogan in enumerate(slogans, start=1):
            picture = led.picture_of(slogan.text, width, height)
            tail = "-滚动" if picture.width > width else ""
            yield f"LED/{width}×{height}/{number:02}{tail}.bmp", led.file_of(picture)
    for unit, url in urls.items():
        name = Path(unit.name.replace("/", "_")).name
        yield f"群文字/{unit.id}-{name}.txt", texts_of(campaign, unit, url).encode("utf-8-sig")
