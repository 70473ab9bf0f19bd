"""
Uploaded files that wait for a decision: each a folder of its own, where all nodes see it.

A feed holds numbers, so it is kept apart from the database and its backups, readable by the
service alone, and gone with the decision or after a day.
"""
import csv
import json
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import abort
from werkzeug.datastructures import FileStorage

from attribution.facts.feed_preview import Look, checked, looks
from attribution.office import feed_jobs
from attribution.office.feed_jobs import FeedWork
from attribution.rule import instants
from attribution.rule.instants import DAY, SECOND
from attribution.web.console import access, people
from attribution.web.current import service
from qrgen.texts import clean

# A file nobody decides on holds numbers, so it is not kept.
KEPT = DAY
# A file of so many bytes, some thousand rows, is read within a second or two.
AT_ONCE = 256_000
_ROWS = ("line", "last4", "category", "reason")


@dataclass(frozen=True)
class Upload:
    """A feed file that waits. *token* names it in addresses."""

    token: str
    folder: Path

    @property
    def file(self) -> Path:
        """The file itself."""
        return next(iter(sorted(self.folder.glob("feed*"))))

    @property
    def batch(self) -> str:
        return self.read("batch")

    @property
    def who(self) -> str:
        """The account that uploaded it."""
        return self.read("who")

    @property
    def is_own(self) -> bool:
        """Whether it is this account's: uploaded, or taken over from who left."""
        return people.holds(self.who, int((self.folder / "who").stat().st_mtime * SECOND))

    @property
    def planned(self) -> bool:
        """Whether it was submitted for another person to confirm."""
        return (self.folder / "planned").exists()

    @property
    def is_small(self) -> bool:
        """Whether it is read while one waits for the page."""
        return self.file.stat().st_size <= AT_ONCE

    def work(self) -> FeedWork | None:
        """Return how far the last order about it is; None where there was none."""
        return feed_jobs.read(self.folder, instants.now())

    def read(self, name: str) -> str:
        path = self.folder / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def discard(self) -> None:
        """Delete everything about it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def looks(self, heading_row: int | None) -> list[Look]:
        """Return what its sheets look like; read once for each row of headings."""
        name = f"look-{'found' if heading_row is None else heading_row}"
        text = self.read(name)
        if text:
            # An older version's is made anew.
            with suppress(ValueError):
                return [checked(plain) for plain in json.loads(text)]
        found = looks(self.file, heading_row)
        self.write(name, json.dumps(found, ensure_ascii=False))
        return found

    # --- what the last dry run said (`feed_jobs.perform`) --------------------------------

    def report(self, chosen: dict[str, Any]) -> dict[str, Any] | None:
        """Return the kept report if it was made with the same choices."""
        text = self.read("report")
        kept = json.loads(text) if text else {}
        found: dict[str, Any] | None = kept.get("report")
        return found if kept.get("chosen") == chosen else None

    def rows(self, category: str = "") -> Iterator[dict[str, str]]:
        """Yield where each row of the file ended, of one *category* or all."""
        path = self.folder / "rows.csv"
        if not path.exists():
            return
        with path.open(encoding="utf-8", newline="") as file:
            for values in csv.reader(file):
                row = dict(zip(_ROWS, values, strict=True))
                if category in ("", row["category"]):
                    yield row


def keep(sent: FileStorage) -> Upload:
    """Keep *sent* until it is confirmed or discarded, a day at most."""
    _sweep()
    token = secrets.token_hex(16)
    made = Upload(token, _folder(token))
    made.folder.mkdir(parents=True, mode=0o700)
    name = Path(sent.filename or "")
    # The name is the batch's number; the path on disk is ours alone.
    made.write("batch", clean(name.stem) or "batch")
    made.write("who", access.account().name)
    sent.save(made.folder / f"feed{'.xlsx' if name.suffix.lower() == '.xlsx' else '.csv'}")
    return made


def find(token: str) -> Upload:
    """Return the upload *token*, if it is this account's or was submitted; else 404."""
    found = Upload(token, _folder(token))
    # One that counts has lost its file, and still says where it went.
    if not found.folder.is_dir() or not any((*found.folder.glob("feed*"), found.work())):
        abort(404)
    if not found.planned and not found.is_own:
        abort(404)
    return found


def waiting() -> list[Upload]:
    """Return those that one may decide on: one's own, and those submitted."""
    home = service().settings.shared / "uploads"
    found = [
        Upload(folder.name.partition("-")[2], folder) for folder in sorted(home.glob("feed-*"))
    ]
    return [
        one for one in found
        if feed_jobs.file_of(one.folder) is not None and (one.planned or one.is_own)
    ]


def _folder(token: str) -> Path:
    if not re.fullmatch(r"[0-9a-f]{32}", token):
        abort(404)
    return service().settings.shared / "uploads" / f"feed-{token}"


def _sweep() -> None:
    before = (instants.now() - KEPT) / 1_000_000
    for folder in (service().settings.shared / "uploads").glob("*-*"):
        if folder.stat().st_mtime < before:
            shutil.rmtree(folder, ignore_errors=True)
