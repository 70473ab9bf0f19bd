"""
The archive of a campaign: everything that stays, in one ZIP that proves itself without us.

Tables, proofs, the log and its checkpoints, the campaign's folder, public keys, and the two
scripts that check it with nothing but Python. No row in it tells of whom it is: what is left of
numbers, the last four digits, is left out.
"""
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from attribution import master
from attribution.deeds import Actor, Doing, Kind, do
from attribution.faults import Code
from attribution.proof import (
    archive_check,
    bundle,
    export_seals,
    given_out,
    heads,
    log_keys,
    publishing,
)
from attribution.proof.bundle import SignedHead
from attribution.proof.export_seals import Given
from attribution.reports import export_rows, exports, pace, progress
from attribution.reports.exports import Export
from attribution.rule.instants import Instant, day_of, local_text
from attribution.service import Service
from attribution.store import end_log, log_tree, registry, snapshot_log
from attribution.store.export_pages import Filter
from attribution.upkeep import ending
from attribution.upkeep.archive_words import README
from attribution.upkeep.ending import EndStep
from qrgen.faults import Fault
from qrgen.files import whole_file

# Of a number's digits, and what else is about single people.
_PERSONAL = ("last4",)
_TILES = 256


@dataclass(frozen=True)
class Archive:
    """An archive that was made and checked: its *file*, what that weighs, and its SHA-256."""

    file: Path
    size: int
    sha256: str


def make(service: Service, target: Path, by: Actor, now: Instant) -> Archive:
    """
    Make the archive at *target*, whole or not at all, check it from outside, and enter it.

    Raises:
        Fault: a step before it is not done, there is no key of the log, or it does not hold.
    """
    ending.require(service, EndStep.ARCHIVED, now)
    if log_keys.read(service.settings.instance) is None:
        raise Fault(Code.LOG_KEY_MISSING)
    with tempfile.TemporaryDirectory(prefix="archive-", dir=target.parent) as made:
        folder = Path(made, target.stem)
        folder.mkdir()
        _tables(service, folder / "tables", by, now)
        head = _log(service, folder, now)
        _proofs(service, folder / "proofs", head)
        _snapshots(service, folder / "snapshots")
        _campaign(service, folder / "campaign")
        _outside(service, folder, now)
        _manifest(service, folder, now)
        with whole_file(target, mode=0o600) as part:
            _pack(folder, part)
            _check(part, target.name)
            content = part.read_bytes()
            return _enter(service, target, content, head, by, now)


def name_of(service: Service, now: Instant) -> str:
    """Return what an archive of today is called."""
    return f"archive-{service.campaign.id}-{day_of(now)}.zip"


def _tables(service: Service, folder: Path, by: Actor, now: Instant) -> None:
    folder.mkdir()
    last = progress.last_instant(now, None)
    share = pace.at(service.campaign, last).share
    for export in exports.EXPORTS.values():
        bare = _without_people(export)
        if export.name == "progress":
            for table in export_rows.TABLES:
                chosen = Filter(period=progress.last_days(last, 7), share=share, by=table)
                _give(service, folder, bare, f"progress-{table}", chosen, by, now)
        else:
            _give(service, folder, bare, export.name, Filter(), by, now)


def _without_people(export: Export) -> Export:
    return replace(
        export, columns=tuple(one for one in export.columns if one.key not in _PERSONAL)
    )


def _give(
    service: Service, folder: Path, export: Export, name: str, chosen: Filter, by: Actor,
    now: Instant,
) -> None:
    for kind in given_out.KINDS:
        blocks = export.blocks(service.store, service.campaign.id, chosen)
        # Its own name in the log: these tables tell of nobody.
        asked = given_out.Asked(
            replace(export, name=f"archive-{name}"), given_out.FileForm(kind),
            {"by": chosen.by} if export.name == "progress" else {}, "存档",
        )
        with closing(given_out.give(
            service.ledger, service.settings, by, now, asked, blocks, as_file=f"{name}.{kind}"
        )) as given, (folder / f"{name}.{kind}").open("wb") as file:
            file.writelines(given)


def _log(service: Service, folder: Path, now: Instant) -> SignedHead:
    """Write the log's newest head, all heads before it, its tiles and its public keys."""
    campaign, settings = service.campaign.id, service.settings
    heads.seal_now(service.ledger, settings, now)
    found = publishing.keep_up(service.ledger, settings, now, on_demand=True)
    if found is None:
        raise Fault(Code.LOG_NOT_BEGUN)
    size = found.checkpoint.size
    tiles = folder / "log" / "tiles"
    (tiles / "0").mkdir(parents=True)
    (folder / "log" / "checkpoint.txt").write_text(found.note, encoding="utf-8")
    with service.store.read() as connection:
        rows = log_tree.latest_heads(connection, campaign, _ALL)
        for n in range((size + _TILES - 1) // _TILES):
            within = min(_TILES, size - n * _TILES)
            tile = log_tree.tile(connection, campaign, 0, n)
            (tiles / "0" / str(n)).write_bytes(tile[: within * 32])
    (folder / "log" / "checkpoints.jsonl").write_text("".join(
        json.dumps({"size": row["size"], "at": local_text(row["at"]), "note": row["note"]},
                   ensure_ascii=False) + "\n"
        for row in rows if row["size"] <= size
    ), encoding="utf-8")
    keys = log_keys.read(settings.instance)
    assert keys is not None
    (folder / "keys").mkdir()
    (folder / "keys" / "log.pub").write_text(
        "".join(f"{key}\n" for key in keys.vkeys(campaign)), encoding="utf-8"
    )
    return SignedHead(found.checkpoint, found.note)


def _proofs(service: Service, folder: Path, head: SignedHead) -> None:
    folder.mkdir()
    with service.store.read() as connection:
        units = registry.read(connection, service.campaign.id).units
    for unit in units:
        content, _ = bundle.bundle(service.ledger, unit, head)
        (folder / f"{unit}.json").write_bytes(content)


def _snapshots(service: Service, folder: Path) -> None:
    """Write every state that was reported, word for word, and which files were made of it."""
    folder.mkdir()
    campaign, kept = service.campaign.id, []
    with service.store.read() as connection:
        for row in snapshot_log.every(connection, campaign):
            whole = snapshot_log.one(connection, campaign, row["number"])
            assert whole is not None
            (folder / f"{row['number']}.txt").write_bytes(whole["figures"].encode())
            kept.append({
                "number": row["number"], "at": local_text(row["at"]), "since": row["since"],
                "until": row["until"], "sha256": row["sha256"], "files": [
                    {name: made[name] for name in ("kind", "name", "sha256", "program")}
                    for made in snapshot_log.files(connection, campaign, row["number"])
                ],
            })
    (folder / "index.json").write_text(
        json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


def _campaign(service: Service, folder: Path) -> None:
    with service.store.read() as connection:
        content = master.read(connection, service.campaign.id)
    for name, text in master.files_of(content, service.campaign.id).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)


def _outside(service: Service, folder: Path, now: Instant) -> None:
    """Write what whoever opens it needs: how to read it, and the scripts that check it."""
    own = Path(archive_check.__file__)
    (folder / "archive_check.py").write_bytes(own.read_bytes())
    (folder / "verify.py").write_bytes(own.with_name("verify.txt").read_bytes())
    (folder / "README.txt").write_text(README.format(
        title=service.campaign.title, id=service.campaign.id, at=local_text(now),
        origin=service.settings.public_url, name=folder.name,
    ), encoding="utf-8-sig")


def _manifest(service: Service, folder: Path, now: Instant) -> None:
    files = {
        path.relative_to(folder).as_posix(): {
            "bytes": path.stat().st_size, "sha256": _sha256(path.read_bytes()),
        }
        for path in _sorted(folder)
    }
    (folder / archive_check.MANIFEST).write_text(json.dumps({
        "format": archive_check.FORMAT, "campaign": service.campaign.id,
        "title": service.campaign.title, "made_at": local_text(now), "files": files,
    }, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _sorted(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _pack(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in _sorted(folder):
            packed.write(path, f"{folder.name}/{path.relative_to(folder).as_posix()}")


def _check(packed: Path, name: str) -> None:
    """Check the archive as whoever gets it does: in a process that knows nothing of ours."""
    done = subprocess.run(
        [sys.executable, "-I", "-X", "utf8", archive_check.__file__, str(packed)],
        capture_output=True, text=True, encoding="utf-8", errors="replace",
    )
    if done.returncode:
        told = (done.stdout + done.stderr).strip().splitlines()
        raise Fault(Code.ARCHIVE_UNSOUND, file=name, problem=told[-1] if told else "?")


def _enter(
    service: Service, target: Path, content: bytes, head: SignedHead, by: Actor, now: Instant
) -> Archive:
    sha256, size = _sha256(content), len(content)
    detail = {"sha256": sha256, "bytes": size, "leaves": head.checkpoint.size}

    def act(doing: Doing) -> None:
        doing.enter(Kind.ARCHIVED, f"file {target.name}", after=detail)
        export_seals.add(
            doing.connection, service.ledger, Given(sha256, target.name, by.name, now)
        )
        end_log.add(
            doing.connection, service.campaign.id, doing.next_id(), now, "archive",
            target.name, json.dumps(detail), by.name,
        )

    do(service.store, by, now, act)
    return Archive(target, size, sha256)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# More heads than there are.
_ALL = 10_000_000
