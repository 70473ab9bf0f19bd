"""
How long printed matter takes, beside the ways it is usually made.

``python scripts/bench.py posters`` runs it. The references draw the same pages with the same
words: the symbol by qrcode, the page by Pillow at 300 dpi, or by reportlab where that is
installed (``pip install reportlab``). They are not asked to read anything back; ours is, and its
time includes that and its start. Ours works on two cores, the references on one: hence seconds
of processor time beside those of the clock.
"""
import importlib
import importlib.util
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import qrcode
from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_Q

from qrgen.fonts import packaged
from qrgen.instance import PACKAGED_CAMPAIGN
from qrgen.plan import Poster, plan_posters
from qrgen.registry import Campaign, load_campaign
from qrgen.words import poster_words

# Unix alone counts what others used.
_usage: Any = importlib.import_module("resource")

KEY = "5d1f8c30b7a2e946" * 4
URL = "https://ysf.example.gov.cn"
ROOT = Path(__file__).parent.parent
MM = 300 / 25.4


def run(quick: bool, rounds: int = 1) -> dict[str, Any]:
    """
    Return figures by task, and ratios: how many times faster than which reference, a page.

    Args:
        quick: Forty units rather than all, and the references fewer pages.
        rounds: Each task and each reference in turns, so that what else runs on this machine
            falls on all alike; each figure is the median.
    """
    campaign = load_campaign(PACKAGED_CAMPAIGN)
    units = [unit for unit in campaign.units if unit.kind == "area"] if quick else campaign.units
    posters = plan_posters(units, URL, [KEY])
    some = posters[: 6 if quick else 30]
    chosen = ["--kind", "area"] if quick else []
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        tasks = {
            "a4 book": ["--book", str(out / "book.pdf")],
            "a4 book, not read back": ["--no-verify", "--book", str(out / "raw.pdf")],
            "a4 zip of single files": ["--out", str(out / "a4"), "--zip", str(out / "a4.zip")],
            "sticker book": ["--format", "sticker", "--book", str(out / "stickers.pdf")],
        }
        # What pip does when it installs: bytecode is there from the first command on.
        _ours(["--units", posters[0].unit.id, "--book", str(out / "first.pdf")], 1)
        references: dict[str, Callable[[Path], dict[str, Any]]] = {
            "Pillow": lambda to: _reference(_by_pillow, campaign, some, to),
            "Pillow, stickers": lambda to: _reference(
                _stickers_by_pillow, campaign, some[: len(some) // 3], to
            ),
        }
        if importlib.util.find_spec("reportlab"):
            references["reportlab"] = lambda to: _reference(_by_reportlab, campaign, some, to)
        taken: dict[str, list[dict[str, Any]]] = {}
        for at in range(rounds):
            for task, options in tasks.items():
                taken.setdefault(task, []).append(_ours([*chosen, *options], len(posters)))
                shutil.rmtree(out / "a4", ignore_errors=True)
            for other, measure in references.items():
                taken.setdefault(other, []).append(measure(out / f"{other} {at}"))
        figures = {
            name: {what: statistics.median(one[what] for one in several) for what in several[0]}
            for name, several in taken.items()
        }
    ratios = {}
    for task in tasks:
        ours = figures[task]
        for other in references:
            reference = figures[other]
            if ("sticker" in task) == ("sticker" in other):
                for unit in ("ms", "cpu_ms"):
                    ratios[f"{task} against {other}, {unit} a page"] = round(
                        reference[f"{unit}_a_page"] / ours[f"{unit}_a_page"], 1
                    )
    return {"figures": figures, "ratios": ratios}


def _ours(arguments: Sequence[str], pages: int) -> dict[str, Any]:
    """Run ``qrgen posters`` as a person would, from a cold start, and watch its memory."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "ZHUANMA_CODES_KEYS": KEY,
        "ZHUANMA_PUBLIC_URL": URL,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "qrgen", "posters", "--campaign", str(PACKAGED_CAMPAIGN)]
    began, worked = time.perf_counter(), _cpu(_usage.RUSAGE_CHILDREN)
    with subprocess.Popen(
        [*command, *arguments], env=environment, stdout=subprocess.DEVNULL
    ) as child:
        ended = threading.Event()
        with ThreadPoolExecutor() as pool:
            # Apart, and seldom enough not to be a burden itself.
            peak = pool.submit(_watch_memory, child.pid, ended)
            failed = child.wait()
            seconds = time.perf_counter() - began
            ended.set()
    if failed:
        raise SystemExit(f"bench: {' '.join(arguments)} failed")
    return _figures(seconds, _cpu(_usage.RUSAGE_CHILDREN) - worked, pages, peak.result())


def _watch_memory(pid: int, ended: threading.Event) -> int:
    peak = 0
    while not ended.wait(0.04):
        peak = max(peak, _memory_of_tree(pid))
    return peak


def _reference(
    draw: Callable[[Campaign, Sequence[Poster], Path], None],
    campaign: Campaign,
    posters: Sequence[Poster],
    out: Path,
) -> dict[str, Any]:
    out.mkdir()
    began, worked = time.perf_counter(), _cpu(_usage.RUSAGE_SELF)
    draw(campaign, posters, out)
    return _figures(
        time.perf_counter() - began, _cpu(_usage.RUSAGE_SELF) - worked, len(posters), 0
    )


def _cpu(whose: int) -> float:
    used = _usage.getrusage(whose)
    return float(used.ru_utime + used.ru_stime)


def _figures(seconds: float, cpu: float, pages: int, peak: int) -> dict[str, Any]:
    return {
        "s": round(seconds, 2),
        "cpu_s": round(cpu, 2),  # what a busy machine distorts less
        "pages": pages,
        "ms_a_page": round(1000 * seconds / pages, 1),
        "cpu_ms_a_page": round(1000 * cpu / pages, 1),
        "peak_mb": round(peak / 1e6),
    }


def _by_pillow(campaign: Campaign, posters: Sequence[Poster], out: Path) -> None:
    font_file = str(next(packaged().glob("*.ttf")))

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
        page.paste(_symbol_by_pillow(poster.url, 122), (round(44 * MM), round(78 * MM)))
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


def _symbol_by_pillow(url: str, width_mm: float) -> Image.Image:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=0, box_size=10)
    code.add_data(url)
    code.make(fit=True)
    side = round(width_mm * MM)
    symbol = code.make_image().get_image().convert("RGB")
    return symbol.resize((side, side), Image.Resampling.NEAREST)


def _stickers_by_pillow(campaign: Campaign, posters: Sequence[Poster], out: Path) -> None:
    font_file = str(next(packaged().glob("*.ttf")))
    large, small = (ImageFont.truetype(font_file, round(pt * 300 / 72)) for pt in (8.5, 7))
    for poster in posters:
        words = poster_words(campaign, poster)
        label = Image.new("RGB", (round(48 * MM), round(71 * MM)), "white")
        draw = ImageDraw.Draw(label)
        draw.rectangle((0, 0, label.width, round(14 * MM)), fill="#0d4a5a")
        label.paste(_symbol_by_pillow(poster.url, 34), (round(7 * MM), round(18 * MM)))
        draw.text((24 * MM, 7 * MM), words["texts"]["scan"], "white", large, "mm")
        draw.text((24 * MM, 64 * MM), words["name"] + words["second"], "#14323f", large, "mm")
        draw.text((6 * MM, 59 * MM), words["code"], "#14323f", small, "mm")
        draw.text((38 * MM, 59 * MM), words["texts"]["not_payment"], "#b3261e", small, "mm")
        page = Image.new("RGB", (2480, 3508), "white")
        for at in range(16):
            left, top = 6 + 50 * (at % 4), 4.25 + 72.5 * (at // 4)
            page.paste(label, (round(left * MM), round(top * MM)))
        page.save(out / f"{poster.code.text}.pdf", resolution=300)


def _by_reportlab(campaign: Campaign, posters: Sequence[Poster], out: Path) -> None:
    fonts: Any = importlib.import_module("reportlab.pdfbase.ttfonts")
    metrics: Any = importlib.import_module("reportlab.pdfbase.pdfmetrics")
    mm = 72 / 25.4
    metrics.registerFont(fonts.TTFont("sc", str(next(packaged().glob("*.ttf")))))
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
    return int(pages) * int(_usage.getpagesize())
