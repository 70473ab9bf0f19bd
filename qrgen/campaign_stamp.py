"""
Of which revision of the ledger a campaign folder is, and whether somebody edited it since.

``revision.json`` says what each file held when it was written, by its SHA-256; so an edit by
hand is known as one, whatever its time says.
"""
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STAMP = "revision.json"
# What a stamp speaks of besides files in `FOLDERS`: what it does not name, it knows nothing of.
FILES = ("campaign.toml", "units.csv", "placements.csv")
FOLDERS = ("templates", "fonts")

@dataclass(frozen=True)
class Stamp:
    """Of which *revision* of campaign *id* a folder is, and what its *files* held: SHA-256."""

    id: str
    revision: int
    files: Mapping[str, str]


def stamp_text(stamp: Stamp) -> str:
    told = {"campaign": stamp.id, "revision": stamp.revision, "files": dict(stamp.files)}
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def read_stamp(folder: Path) -> Stamp | None:
    """Return what *folder* says of itself; None where it says nothing that can be read."""
    try:
        told = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        return Stamp(str(told["campaign"]), int(told["revision"]), dict(told["files"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def edited(folder: Path, stamp: Stamp) -> list[str]:
    """Return which files of *folder* differ from what *stamp* says, or are new, sorted."""
    there = set(own_files(folder))
    return sorted(
        (there - stamp.files.keys())
        | {name for name, digest in stamp.files.items()
           if name not in there or digest_of(folder / name) != digest}
    )


def own_files(folder: Path) -> list[str]:
    """Return the files of a campaign in *folder*: its tables, pictures, templates, fonts."""
    found = [name for name in FILES if (folder / name).is_file()]
    for path in sorted(folder.glob("*")):
        if path.is_file() and path.suffix.lower() in (".png", ".jpg", ".jpeg", ".svg"):
            found.append(path.name)
    for name in FOLDERS:
        found += [
            f"{name}/{path.name}" for path in sorted((folder / name).glob("[!.]*"))
            if path.is_file()
        ]
    return found


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def stamp_line(folder: Path) -> str:
    """Return the revision of *folder* as papers print it: 修订 12; '' where there is none."""
    stamp = read_stamp(folder)
    if stamp is None:
        return ""
    return f"修订 {stamp.revision}" + ("（改动过）" if edited(folder, stamp) else "")
