# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
One whole story on a real server: poster → scan → claim → kill -9 → facts → credit → export.

Everything a newcomer does from the first command on, in one test.
"""
import csv
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import pypdfium2  # type: ignore[import-untyped]
import zxingcpp
from bench_load import free_port
from factories import make_phone
from needs import SIGKILL, UNIX
from PIL import Image

from attribution.rule import instants
from attribution.rule.instants import MINUTE, local_text


class Server:
    """`attribution serve` in a process group of its own, so that a kill hits every worker."""

    def __init__(self, folder, port):
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "attribution.cli", "serve", "--instance", str(folder),
             "--port", str(port), "--workers", "2"],
            start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                self.get("/readyz")
                return
            except OSError:
                assert self.process.poll() is None, "the server ended"
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.05)

    def get(self, path, data=None):
        body = None if data is None else urllib.parse.urlencode(data).encode()
        with urllib.request.urlopen(self.url + path, body, timeout=30) as answer:
            return answer.read().decode()

    def kill(self):
        UNIX.killpg(self.process.pid, SIGKILL)
        self.process.wait(30)


def command(folder, *words):
    module, *rest = words
    done = subprocess.run(
        [sys.executable, "-m", module, *rest, "--instance", str(folder)],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout


def test_from_poster_to_credit_through_a_kill(instance, tmp_path):
    folder = instance.folder
    command(folder, "qrgen.cli", "posters", "--units", "N07", "--out", str(tmp_path / "posters"))
    (poster,) = (tmp_path / "posters").rglob("*.pdf")
    page = _picture(poster)
    (found,) = zxingcpp.read_barcodes(page)
    path = urllib.parse.urlsplit(found.text).path
    assert path.startswith("/Q/N07-1.")

    port = free_port()
    server = Server(folder, port)
    try:
        form = server.get(path)
        token = re.search(r'name="token" value="([^"]+)"', form)
        assert token
        steps = server.get(
            "/claim", {"token": token[1], "phone": make_phone(1), "consent": "yes"}
        )
        assert "登记好了" in steps
    finally:
        server.kill()

    # Whoever was answered is in the ledger, whatever became of the process.
    server = Server(folder, port)
    try:
        at = instants.now() - MINUTE
        feed = tmp_path / "day.csv"
        with feed.open("w", newline="") as file:
            csv.writer(file).writerows([
                ["phone", "registered_at", "card_bound_at", "first_txn_at"],
                [make_phone(1), *[local_text(at)] * 3],
            ])
        assert "new credits: 1" in command(
            folder, "attribution.cli", "feed", "import", str(feed)
        )
    finally:
        server.kill()
    out = tmp_path / "credits.csv"
    command(folder, "attribution.cli", "export", "credits", "--out", str(out))
    with out.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert ("N07", f"#{make_phone(1)[-4:]}") == (row["归属单位"], row["手机尾号"])
    assert "sound" in command(folder, "attribution.cli", "check")


def _picture(pdf):
    document = pypdfium2.PdfDocument(pdf)
    try:
        image = document[0].render(scale=100 / 72).to_pil()
        assert isinstance(image, Image.Image)
        return image
    finally:
        document.close()
