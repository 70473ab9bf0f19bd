"""Find a Chromium that starts, or get one: for tests of pages and for pictures of them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

from environment import program, say

# Chromium's build without windows: the same pages for less than half of the processor's time.
SHELL = "chromium-headless-shell"
# Under these names a Chromium may be on the PATH; the last ones are Windows' and macOS' homes.
BROWSERS = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
            "chrome")
BROWSER_PATHS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)


def find_browser(*, shell: bool = True) -> str | None:
    """
    The path of a Chromium that really starts, else None.

    Args:
        shell: The build without windows will do, which heeds no settings of a user.
    """
    named = os.environ.get("ZHUANMA_CHROMIUM")
    found: list[str | None] = [named, *map(shutil.which, BROWSERS)]
    for path in (*found, *BROWSER_PATHS, playwright_browser()):
        if not path or (not shell and Path(path).name == SHELL):
            continue
        if Path(path).exists() and starts(path):
            return path
    return None


def starts(path: str) -> bool:
    # Ubuntu's /usr/bin/chromium-browser may be a stub that only says "install the snap".
    if os.name == "nt":
        return True  # chrome.exe --version opens a window there instead
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def playwright_browser() -> str | None:
    ask = (
        "from playwright.sync_api import sync_playwright as s\n"
        "with s() as p: print(p.chromium.executable_path)"
    )
    done = subprocess.run(
        [str(program("python")), "-c", ask], capture_output=True, text=True, encoding="utf-8"
    )
    return done.stdout.strip() or None


def with_chinese(folder: Path) -> dict[str, str | float | bool]:
    """
    Return an environment in which a browser on Linux has the posters' font beside its own.

    Where no Chinese font is installed it would draw boxes, measure them, and print pages
    whose text lacks letters.

    Args:
        folder: A place for the browser's font configuration.
    """
    from qrgen.fonts import packaged

    fonts = f"<dir>{escape(str(packaged()))}</dir>"
    config = folder / "fonts.conf"
    config.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include>{fonts}</fontconfig>',
        encoding="utf-8",
    )
    return {**os.environ, "FONTCONFIG_FILE": str(config)}


def install_browser() -> str | None:
    for package in (SHELL, "chromium"):
        if apt_install(package) and (found := find_browser()):
            return found
    say("fetching a browser with: playwright install chromium")
    command = [str(program("playwright")), "install", "chromium"]
    if is_root_with_apt():
        command.insert(2, "--with-deps")
    subprocess.run(command)
    return find_browser()


def is_root_with_apt() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0 and bool(shutil.which("apt-get"))


def apt_install(package: str) -> bool:
    """Install a Debian or Ubuntu package where we may; False where we may not or it fails."""
    if not is_root_with_apt():
        return False
    say(f"installing {package} with apt-get")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", package]
    for command in (["apt-get", "update", "-q"], install):
        if subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL).returncode:
            return False
    return True
