"""A built wheel is the whole program: it runs where there is no checkout."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import environment
import pytest

ROOT = environment.ROOT
NOT_SOURCE = shutil.ignore_patterns(
    ".*", "instance", "build", "dist", "*.egg-info", "__pycache__", "tests", "docs"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # From a copy: setuptools leaves build/ behind, and would pack what an old one holds.
    source = tmp_path_factory.mktemp("源 source") / "zhuanma"
    shutil.copytree(ROOT, source, ignore=NOT_SOURCE)
    target = tmp_path_factory.mktemp("wheel")
    pip(
        "wheel", "--no-deps", "--no-build-isolation", "--no-index",
        "--wheel-dir", str(target), str(source),
    )  # fmt: skip
    (built,) = target.glob("zhuanma-*-py3-none-any.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    pip("install", "--no-deps", "--no-index", "--target", str(target), str(wheel))
    return target


def pip(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", *arguments, "-q", "--disable-pip-version-check"],
        capture_output=True, text=True, encoding="utf-8", cwd=Path(sys.prefix),
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr


def packed(folder: str) -> list[str]:
    """Return the checkout's files under *folder* that a user needs."""
    return sorted(
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    )


def test_wheel_holds_every_file_the_checkout_has(wheel: Path) -> None:
    """Code, templates, pages, campaign data, type marks; static/ travels in attribution."""
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = packed("qrgen") + packed("attribution")
    wanted += [f"attribution/{name}" for name in packed("static")]
    assert {"qrgen/py.typed", "attribution/py.typed"} <= set(wanted)
    assert [] == sorted(set(wanted) - names)


def test_wheel_holds_nothing_else(wheel: Path) -> None:
    """No tests, no scripts, and above all nobody's instance."""
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {"qrgen", "attribution"} == {top for top in tops if not top.endswith(".dist-info")}


def test_wheel_asks_for_the_packages_it_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        text = archive.read(name).decode()
    font = next(line for line in text.splitlines() if "justmytype-intl-cjk" in line)
    assert 'extra == "print"' in font  # the posters' Chinese font: not where nothing is printed
    assert "Requires-Dist: tzdata" in text


def start(installed: Path, cwd: Path, code: str, *arguments: str) -> str:
    """Run *code* with the wheel's packages before the checkout's; return what it prints."""
    settings = {k: v for k, v in os.environ.items() if not k.startswith("ZHUANMA_")}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd, env={**settings, "PYTHONPATH": str(installed)},
        capture_output=True, text=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    return done.stdout


def command(installed: Path, name: str) -> str:
    return (
        f"import sys, {name}.cli as cli; "
        f"assert cli.__file__.startswith({str(installed)!r}), cli.__file__; "
        "sys.exit(cli.main())"
    )


PAGE = """
import os, re
os.environ.update(ZHUANMA_INSTANCE="instance", ZHUANMA_CAMPAIGN_FOLDER="instance/campaign")
from pathlib import Path
from attribution.serving.server import application
from qrgen.codes import Code, sign_code
from qrgen.instance import read_keys
browser = application().app.test_client()
page = browser.get("/q/" + sign_code(Code("N07", 1, None), read_keys(Path("instance"), "codes")))
parts = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
print(page.status_code, {browser.get(part).status_code for part in parts})
"""


def test_the_road_from_campaign_to_page_runs_outside_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    """Templates, font, campaign data, pages and their style sheet are all in the wheel."""
    qrgen, attribution = (command(installed, name) for name in ("qrgen", "attribution"))
    start(installed, tmp_path, qrgen, "check")
    start(installed, tmp_path, attribution, "init", "--demo")
    start(installed, tmp_path, qrgen, "posters", "--units", "N07", "--out", "posters")
    assert 1 == len(list((tmp_path / "posters").glob("*.pdf")))
    assert "200 {200}" == start(installed, tmp_path, PAGE).strip()
