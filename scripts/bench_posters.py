"""
How long printed matter takes, beside the ways it is usually made.

``python scripts/bench_posters.py`` prints a table; `run` gives the same figures to
``scripts/bench.py``. The references draw the same A4 poster: the symbol by qrcode, the words by
Pillow at 300 dpi, or by reportlab where that is installed. They are not asked to read anything
back; ours is, and its time includes it.
"""
import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import qrcode
from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_Q

from qrgen.fonts import font_folders
from qrgen.instance import PACKAGED_CAMPAIGN
from qrgen.plan import Poster, plan_posters
from qrgen.registry import Campaign, load_campaign
from qrgen.words import poster_words

KEY = "5d1f8c30b7a2e946" * 4
URL = "https://ysf.example.gov.cn"
ROOT = Path(__file__).parent.parent
MM = 300 / 25.4


def run(quick: bool) -> dict[str, Any]:
    """
    Return seconds, processor seconds, pages, milliseconds a page, MB at the peak, by task.

    Args:
        quick: Forty units rather than all, and the references fewer pages.
    """
    campaign = load_campaign(PACKAGED_CAMPAIGN)
    units = [unit for unit in campaign.units if unit.kind == "area"] if quick else campaign.units
    posters = plan_posters(units, URL, [KEY])
    some = posters[: 6 if quick else 30]
    chosen = ["--kind", "area"] if quick else []
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        figures = {
            "a4 book, verified": _ours([*chosen, "--book", str(out / "book.pdf")], len(posters)),
            "a4 book, not verified": _ours(
                [*chosen, "--no-verify", "--book", str(out / "raw.pdf")], len(posters)
            ),
            "a4 single files and zip, verified": _ours(
                [*chosen, "--out", str(out / "a4"), "--zip", str(out / "a4.zip")], len(posters)
            ),
            "sticker book, verified": _ours(
                [*chosen, "--format", "sticker", "--book", str(out / "stickers.pdf")],
                len(posters),
            ),
            "Pillow 300 dpi": _reference(_by_pillow, campaign, some, out / "pillow"),
        }
        if importlib.util.find_spec("reportlab"):
            figures["reportlab"] = _reference(_by_reportlab, campaign, some, out / "reportlab")
    figures["times faster than Pillow a page"] = round(
        figures["Pillow 300 dpi"]["ms_a_page"] / figures["a4 book, verified"]["ms_a_page"], 1
    )
    return figures


def _ours(arguments: Sequence[str], pages: int) -> dict[str, Any]:
    """Run ``qrgen posters`` as a person would, from a cold start, and watch its memory."""
    environment = {
        **os.environ,
        "ZHUANMA_CODES_KEYS": KEY,
        "ZHUANMA_PUBLIC_URL": URL,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "qrgen", "posters", "--campaign", str(PACKAGED_CAMPAIGN)]
    began, worked = time.perf_counter(), _cpu(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(
        [*command, *arguments], env=environment, stdout=subprocess.DEVNULL
    ) as child:
        peak = 0
        while child.poll() is None:
            peak = max(peak, _memory_of_tree(child.pid))
            time.sleep(0.02)
    if child.returncode:
        raise SystemExit(f"bench: {' '.join(arguments)} failed")
    return _figures(
        time.perf_counter() - began, _cpu(resource.RUSAGE_CHILDREN) - worked, pages, peak
    )


def _reference(
    draw: Callable[[Campaign, Sequence[Poster], Path], None],
    campaign: Campaign,
    posters: Sequence[Poster],
    out: Path,
) -> dict[str, Any]:
    out.mkdir()
    began, worked = time.perf_counter(), _cpu(resource.RUSAGE_SELF)
    draw(campaign, posters, out)
    return _figures(
        time.perf_counter() - began, _cpu(resource.RUSAGE_SELF) - worked, len(posters), 0
    )


def _cpu(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def _figures(seconds: float, cpu: float, pages: int, peak: int) -> dict[str, Any]:
    return {
        "s": round(seconds, 2),
        "cpu_s": round(cpu, 2),  # what a busy machine distorts less
        "pages": pages,
        "ms_a_page": round(1000 * seconds / pages, 1),
        "peak_mb": round(peak / 1e6),
    }


def _by_pillow(campaign: Campaign, posters: Sequence[Poster], out: Path) -> None:
    font_file = str(next(font_folders()[0].glob("*.ttf")))

    def font(points: float) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(font_file, round(points * 300 / 72))

    fonts = {size: font(size) for size in (50, 31, 23, 20, 17, 14, 11)}
    for poster in posters:
        page = Image.new("RGB", (2480, 3508), "white")
        draw = ImageDraw.Draw(page)
        words = poster_words(campaign, poster)
        draw.rectangle((0, 0, 2480, round(84 * MM)), fill="#0d4a5a")
        draw.rounded_rectangle(
            (29 * MM, 63 * MM, 181 * MM, 234 * MM), 3 * MM, "white", "#0d4a5a", 12
        )
        code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=0, box_size=10)
        code.add_data(poster.url)
        code.make(fit=True)
        side = round(122 * MM)
        symbol = code.make_image().get_image().convert("RGB")
        page.paste(
            symbol.resize((side, side), Image.Resampling.NEAREST), (round(44 * MM), round(78 * MM))
        )
        texts = words["texts"]
        for size, x, y, text, fill in (
            (20, 105, 13, texts["headline"] + texts["code_label"], "#f2c14e"),
            (50, 105, 31, words["name"], "white"),
            (31, 105, 50, words["second"], "white"),
            (23, 60, 225, words["code"], "#14323f"),
            (14, 140, 225, words["address"], "#14323f"),
            (14, 105, 241, texts["steps_title"], "#0d4a5a"),
            (14, 130, 276, texts["fraud"], "#b3261e"),
            (14, 40, 276, texts["voluntary"], "#0d4a5a"),
            (11, 50, 290, words["campaign"] + words["document"], "#46565c"),
        ):
            draw.text((x * MM, y * MM), text, fill, fonts[size], "mm")
        for number in range(1, 5):
            left = (35 + 46.5 * (number - 1)) * MM
            draw.text((left, 251 * MM), texts[f"step_{number}"], "#14323f", fonts[17], "mm")
            note = texts[f"step_{number}_note"]
            draw.text((left, 259 * MM), note, "#46565c", fonts[11], "mm")
        page.save(out / f"{poster.code.text}.pdf", resolution=300)


def _by_reportlab(campaign: Campaign, posters: Sequence[Poster], out: Path) -> None:
    fonts: Any = importlib.import_module("reportlab.pdfbase.ttfonts")
    metrics: Any = importlib.import_module("reportlab.pdfbase.pdfmetrics")
    mm = 72 / 25.4
    metrics.registerFont(fonts.TTFont("sc", str(next(font_folders()[0].glob("*.ttf")))))
    canvas: Any = importlib.import_module("reportlab.pdfgen.canvas").Canvas(
        str(out / "book.pdf"), (210 * mm, 297 * mm)
    )
    for poster in posters:
        words = poster_words(campaign, poster)
        texts = words["texts"]
        canvas.setFillColor("#0d4a5a")
        canvas.rect(0, 213 * mm, 210 * mm, 84 * mm, stroke=0, fill=1)
        canvas.setFillColor("white")
        canvas.roundRect(29 * mm, 63 * mm, 152 * mm, 171 * mm, 3 * mm, fill=1)
        code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=0)
        code.add_data(poster.url)
        code.make(fit=True)
        module = 122 * mm / len(code.modules)
        canvas.setFillColor("black")
        path = canvas.beginPath()
        for y, row in enumerate(code.modules):
            for x, dark in enumerate(row):
                if dark:
                    path.rect(44 * mm + x * module, 219 * mm - (y + 1) * module, module, module)
        canvas.drawPath(path, stroke=0, fill=1)
        for size, x, y, text in (
            (20, 105, 284, texts["headline"] + texts["code_label"]),
            (50, 105, 260, words["name"]),
            (31, 105, 245, words["second"]),
            (23, 60, 72, words["code"]),
            (14, 140, 72, words["address"]),
            (14, 105, 56, texts["steps_title"]),
            (14, 130, 21, texts["fraud"]),
            (11, 50, 7, words["campaign"] + words["document"]),
        ):
            canvas.setFont("sc", size)
            canvas.drawCentredString(x * mm, y * mm, text)
        canvas.showPage()
    canvas.save()


def _memory_of_tree(pid: int) -> int:
    """Return the resident bytes of *pid* and its children, 0 where /proc is not."""
    total = 0
    try:
        total += _resident(pid)
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        tasks = Path(f"/proc/{pid}/task").iterdir()
        for task in tasks:
            children += (task / "children").read_text(encoding="ascii").split()
        for child in set(children):
            total += _resident(int(child))
    except (OSError, ValueError, IndexError):
        pass  # it has just ended, or this is no Linux
    return total


def _resident(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    parser = argparse.ArgumentParser(description="time the printing of posters")
    parser.add_argument("--quick", action="store_true", help="forty units only")
    parser.add_argument("--json", action="store_true", help="print figures for a program")
    options = parser.parse_args()
    figures = run(options.quick)
    if options.json:
        print(json.dumps(figures, ensure_ascii=False, indent=1))
        return 0
    for task, found in figures.items():
        if isinstance(found, dict):
            memory = f"{found['peak_mb']:5} MB" if found["peak_mb"] else ""
            print(
                f"{task:36} {found['s']:7.2f} s {found['cpu_s']:7.2f} s of cpu "
                f"{found['pages']:5} pages {found['ms_a_page']:7.1f} ms a page {memory}"
            )
        else:
            print(f"{task:36} {found}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
