"""
Remake the pictures in the documents from real output: python3 scripts/pictures.py

A throwaway instance prints some posters and serves one page; pypdfium2 and a browser
look at them. So the pictures show what the program does today, not what it once did.
"""

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import environment
from chromium import find_browser, with_chinese
from environment import ROOT, Fault, program, say

if TYPE_CHECKING:
    from PIL import Image

UNIT = "N07"
ADDRESS = "https://ysf.example.gov.cn"  # on the poster; .example is nobody's
PHONE = {"width": 360, "height": 640}
POSTER_WIDTH_PX = 720
LONG_NAMED = "N68"
FORMATS_HIGH_PX = 620
PACKAGED_CAMPAIGN = ROOT / "qrgen" / "campaigns" / "xingguo-2022"

# The page differs on a computer, where it shows the code to scan.
PHONE_AGENT = (
    "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/120.0.0.0 Mobile Safari/537.36"
)

CHROMIUM_FLAGS = [
    f"--user-agent={PHONE_AGENT}",
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def main() -> int:
    environment.parser(__doc__).parse_args()
    environment.enter(environment.TEST_LOCK)
    images = ROOT / "docs" / "images"
    images.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        instance = Path(folder) / "instance"
        os.environ["ZHUANMA_INSTANCE"] = str(instance)
        call("attribution", "init", "--demo", "--public-url", ADDRESS)
        picture_poster(Path(folder) / "posters", images / "poster.png")
        picture_formats(Path(folder) / "formats", images / "formats.png")
        picture_page(instance, images / "landing.png")
    return 0


def call(name: str, *arguments: str) -> None:
    done = subprocess.run([str(program(name)), *arguments], stdout=subprocess.DEVNULL)
    if done.returncode:
        raise Fault(f"{name} {arguments[0]} ended with status {done.returncode}")


def picture_poster(folder: Path, target: Path) -> None:
    call("qrgen", "posters", "--units", UNIT, "--format", "a4", "--out", str(folder))
    (pdf,) = folder.glob("*.pdf")
    save(first_page(pdf).resize((POSTER_WIDTH_PX, round(POSTER_WIDTH_PX * 297 / 210))), target)


def picture_formats(folder: Path, target: Path) -> None:
    """Put six formats side by side, on grey, as high as each other."""
    from PIL import Image

    kinds = ("a4", "howto", "tent", "badge", "sticker", "share")
    real = Path(folder) / "campaign"  # the demonstration says so in red on every format
    shutil.copytree(PACKAGED_CAMPAIGN, real)
    call(
        "qrgen", "posters", "--campaign", str(real), "--public-url", ADDRESS,
        "--units", LONG_NAMED, "--format", ",".join(kinds), "--out", str(folder),
    )  # fmt: skip
    pictures = []
    for kind in kinds:
        tag = "" if kind == "a4" else f"-{kind}"
        (file,) = folder.glob(f"*-{LONG_NAMED}-1{tag}.*")
        picture = first_page(file) if file.suffix == ".pdf" else Image.open(file)
        width = round(FORMATS_HIGH_PX * picture.width / picture.height)
        pictures.append(picture.resize((width, FORMATS_HIGH_PX)))
    gap = 24
    width = sum(picture.width + gap for picture in pictures) + gap
    ground = Image.new("RGB", (width, FORMATS_HIGH_PX + 2 * gap), "#e1e5e8")
    left = gap
    for picture in pictures:
        ground.paste(picture, (left, gap))
        left += picture.width + gap
    save(ground, target)


def first_page(pdf: Path) -> "Image.Image":
    import pypdfium2  # type: ignore[import-untyped]

    with pypdfium2.PdfDocument(pdf) as document:
        picture: Image.Image = document[0].render(scale=2).to_pil()
        return picture


def picture_page(instance: Path, target: Path) -> None:
    from PIL import Image
    from playwright.sync_api import sync_playwright

    from qrgen.codes import Code, sign_code
    from qrgen.instance import read_keys

    browser_path = find_browser()
    if not browser_path:
        raise Fault("no browser found", "python3 scripts/test.py installs one")
    code = sign_code(Code(UNIT, 1, None), read_keys(instance, "codes"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serving = subprocess.Popen(
        [str(program("attribution")), "serve", "--port", str(port), "--workers", "1"],
        stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=browser_path, args=CHROMIUM_FLAGS, env=with_chinese(instance.parent)
            )
            page = browser.new_page(viewport=PHONE, device_scale_factor=2)  # type: ignore[arg-type]
            page.goto(f"http://127.0.0.1:{port}/Q/{code}")
            save(Image.open(io.BytesIO(page.screenshot())), target)
            browser.close()
    finally:
        serving.terminate()
        serving.wait(timeout=20)


def save(picture: "Image.Image", target: Path) -> None:
    # Few colours: a quarter of the bytes. Median cut would drop gold, which covers little.
    from PIL import Image

    octree = Image.Quantize.FASTOCTREE
    picture.convert("RGB").quantize(128, method=octree).save(target, optimize=True)
    say(f"wrote {target}")


def wait_for(url: str, patience_s: float = 20) -> None:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise Fault(f"nothing answers at {url}")


if __name__ == "__main__":
    sys.exit(environment.run_script(main))
