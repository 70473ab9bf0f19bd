"""
A server without the extra ``[print]`` serves residents and staff, and says what it cannot do.

The imports are blocked in real processes, as they fail where nothing is installed.
"""
import os
import subprocess
import sys
from pathlib import Path

import pytest
from factories import make_phone

from qrgen.extras import PRINT_MODULES
from qrgen.symbols import make_symbol

LEAN = f"import sys; sys.modules.update(dict.fromkeys({PRINT_MODULES!r}))\n"

SERVES = """
import re
import sys
from pathlib import Path
from attribution.office import accounts
from attribution.deeds import Actor
from attribution.rule import instants
from attribution.serving.server import application
from attribution.web.current import service
from qrgen.codes import Code, sign_code
from qrgen.instance import read_keys

app = application().app
code = sign_code(Code("N07", 1, None), read_keys(Path("instance"), "codes"))
browser = app.test_client()
page = browser.get("/q/" + code, headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0)"})
picture = browser.get(re.search(r'class="symbol" src="([^"]+)"', page.text)[1])
print("page", page.status_code, "symbol", picture.status_code, picture.data[:4].decode())
token = re.search(r'name="token" value="([^"]+)"', page.text)[1]
number = sys.argv[1]
done = browser.post("/claim", data={"token": token, "phone": number, "consent": "yes"},
                    follow_redirects=True)
print("claim", done.status_code, "登记好了" in done.text)
with app.app_context():
    accounts.add(
        service().store, "leader", "correct-horse-battery", "office", instants.now(),
        by=Actor("test"),
    )
staff = app.test_client()
def csrf(page):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1]
login = staff.get("/admin/login")
staff.post("/admin/login", data={
    "name": "leader", "password": "correct-horse-battery", "csrf_token": csrf(login)})
print("table", staff.get("/admin/table").status_code)
form = staff.get("/admin/posters")
ordered = staff.post("/admin/posters", data={
    "csrf_token": csrf(form), "format": "a4", "unit": "N07"})
one, drawn = staff.get("/admin/posters/N07/a4"), staff.get("/admin/table.png")
for answer in (ordered, one, drawn):
    print("told", answer.status_code, "zhuanma[print]" in answer.text)
"""


@pytest.fixture
def lean(tmp_path: Path) -> dict[str, str]:
    """The environment of a process in which nothing of the extra can be imported."""
    (tmp_path / "lean").mkdir()
    (tmp_path / "lean" / "sitecustomize.py").write_text(LEAN, encoding="utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ZHUANMA_", "LANG", "LC_"))}
    root = str(Path(__file__).parent.parent)
    return {**kept, "PYTHONPATH": os.pathsep.join((str(tmp_path / "lean"), root)),
            "ZHUANMA_INSTANCE": "instance", "PYTHONUTF8": "1",
            "ZHUANMA_CAMPAIGN_FOLDER": "instance/campaign"}


def run(lean: dict[str, str], cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=lean, capture_output=True, text=True,
        encoding="utf-8", timeout=300,
    )


def test_it_serves_residents_and_staff_and_tells_who_wants_paper(
    lean: dict[str, str], tmp_path: Path
) -> None:
    made = run(lean, tmp_path, "-m", "attribution.cli", "init", "--demo")
    assert 0 == made.returncode, made.stderr
    seen = run(lean, tmp_path, "-c", SERVES, make_phone(1))
    assert 0 == seen.returncode, seen.stderr
    assert [
        "page 200 symbol 200 <svg", "claim 200 True", "table 200", *["told 400 True"] * 3
    ] == seen.stdout.splitlines()


def test_the_commands_that_print_say_how_to_install_it(
    lean: dict[str, str], tmp_path: Path
) -> None:
    run(lean, tmp_path, "-m", "attribution.cli", "init", "--demo")
    done = run(lean, tmp_path, "-m", "qrgen", "posters", "--units", "N07", "--out", "posters")
    assert 1 == done.returncode, done.stderr
    assert 'pip install "zhuanma[print]"' in done.stderr
    assert not (tmp_path / "posters").exists()
    # A patrol's photographs are read without: only PDF needs more.
    (tmp_path / "x.png").write_bytes(make_symbol("https://pay.example/x").png())
    seen = run(lean, tmp_path, "-m", "qrgen", "inspect", "x.png")
    assert "foreign https://pay.example/x" in seen.stdout
    codes = run(lean, tmp_path, "-m", "qrgen", "codes", "--out", "codes.csv")
    assert 0 == codes.returncode, codes.stderr


def test_a_check_says_that_no_font_was_asked(lean: dict[str, str], tmp_path: Path) -> None:
    """What was not tried is not passed over in silence."""
    run(lean, tmp_path, "-m", "attribution.cli", "init", "--demo")
    done = run(lean, tmp_path, "-m", "qrgen", "check")
    assert (0, True) == (done.returncode, "no problem found" in done.stdout)
    assert "letters and pictures were not tried" in done.stderr
