"""
Seals: proof that no row was changed, added or taken away behind the service's back.

A seal covers all rows since the seal before, each with a keyed digest of its
own, and is chained to it by an HMAC under a key that is not in the database. So
whoever edits the file by hand cannot repair the seal, and the check names the
row. Rows are read in short reads, for a day of scans must not keep claims waiting.
"""
import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from attribution.instants import DAY, MINUTE, SECOND, Instant, day_of, day_start, local_text
from attribution.people import DIGESTS
from attribution.store import Store, ids
from attribution.store import seals as kept
from attribution.store.database import Row
from qrgen.registry import Campaign
from qrgen.shell import Fault

PAGE_ROWS = 1000

# What one seal covers at most, so that making and checking one needs little memory and
# writing it takes a moment; a day with more rows gets several.
MOST_ROWS = 100_000

# Ids are made before their transaction commits: a long import begun before a
# seal ends after it. Rows this late are taken into the next seal; later ones
# are found.
GRACE = 30 * MINUTE

# No row is older than the ids (store/ids.py).
FIRST = ids.EPOCH_MS * 1000

# 64 bits a row: who changes one must guess without the key, and is told after
# the first wrong try.
_CHARACTERS = 16


@dataclass(frozen=True)
class Broken:
    """Something that the seals do not allow; *where* names log and row, or the seal."""

    where: str
    what: str


def seal_days(
    store: Store, campaign: Campaign, keys: Sequence[str], now: Instant, *, digest: str,
    today: bool = False,
) -> list[Row]:
    """
    Seal each finished day that is not sealed yet; return the new seals.

    Args:
        today: And today as far as it went.
    """
    made: list[Row] = []
    with store.read() as connection:
        latest = kept.last(connection, campaign.id)
    midnight = day_start(day_of(now))
    if latest is None:
        bounds = [] if today else [midnight]  # the first seal takes all that came before
    else:
        begun = day_start(day_of(latest["until"]))
        bounds = [
            begun + n * DAY for n in range(1, (midnight - begun) // DAY + 1)
        ]
    if today:
        bounds.append(now)
    for bound in bounds:
        since = latest["until"] if latest else FIRST
        for until in _cuts(store, campaign, since, bound) if bound > since else ():
            latest = _seal(store, campaign, keys, now, until, latest, digest)
            if latest is None:
                raise Fault("another seal is being made", "try again")
            made.append(latest)
    return made


def check(store: Store, campaign: Campaign, keys: Sequence[str]) -> Iterator[Broken]:
    """Yield everything that the seals do not allow."""
    with store.read() as connection:
        seals = kept.listing(connection, campaign.id)
        gaps = {log.name: kept.gaps(connection, campaign.id, log.name) for log in kept.LOGS}
    logs = {log.name: log for log in kept.LOGS}
    extra: dict[str, set[str]] = {log.name: set() for log in kept.LOGS}
    previous: Row | None = None
    for seal in seals:
        number = seal["number"]
        if number != (previous["number"] + 1 if previous else 1):
            yield Broken(f"seal {number}", "the seal before it is missing")
        elif seal["previous"] != (previous["mac"] if previous else ""):
            yield Broken(f"seal {number}", "is not chained to the seal before it")
        if seal["digest"] not in DIGESTS:
            yield Broken(f"seal {number}", f"names no digest: {seal['digest'][:20]}")
            previous = seal
            continue
        key = next((key for key in keys if hmac.compare_digest(
            seal["mac"], _mac(campaign, seal, key))), None)
        if key is None:
            yield Broken(f"seal {number}", "was changed, or is not of this instance's keys")
            previous = seal
            continue
        with store.read() as connection:
            pages = list(kept.pages(connection, campaign.id, number))
        if _root(pages, seal["digest"]) != seal["root"]:
            yield Broken(f"seal {number}", "its pages were changed")
        since = previous["until"] if previous else 0
        for log in kept.LOGS:
            mine = [page for page in pages if page["log"] == log.name]
            yield from _compare(
                store, campaign, log, mine, log.bound(since), log.bound(seal["until"]), key,
                seal, gaps[log.name], extra[log.name],
            )
        unknown = {page["log"] for page in pages} - logs.keys()
        for name in sorted(unknown):
            yield Broken(f"seal {number}", f"seals a log {name!r} that is not there")
        previous = seal
    if previous is not None:
        for name, keys_left in extra.items():
            pending = logs[name].bound(previous["until"] - GRACE)
            for row_key in sorted(keys_left):
                if logs[name].order == "id" and int(row_key) >= pending:
                    continue  # came late, and waits for the next seal
                if logs[name].order != "id":
                    continue
                yield Broken(f"{name} {row_key}", "was added after its time was sealed")


def seal_export(
    store: Store, campaign: Campaign, keys: Sequence[str], path: Path, name: str, now: Instant,
    by_whom: str,
) -> Row:
    """Record that the file *path* was given out; return the entry."""
    return seal_given(store, campaign, keys, _sha256(path), name, now, by_whom)


def seal_given(
    store: Store, campaign: Campaign, keys: Sequence[str], sha256: str, name: str, now: Instant,
    by_whom: str,
) -> Row:
    """Record that a file with the hash *sha256* was given out; return the entry."""
    with store.read() as connection:
        latest = kept.last(connection, campaign.id)
    row: Row = {
        "id": store.next_id(now), "at": now, "sha256": sha256, "name": name,
        "by_whom": by_whom, "seal": latest["number"] if latest else 0,
    }
    row["mac"] = _export_mac(campaign, row, keys[-1])
    store.write(lambda c: kept.add_export(c, campaign.id, row))
    return row


def verify_export(
    store: Store, campaign: Campaign, keys: Sequence[str], path: Path
) -> list[Row]:
    """
    Return when the file *path*, exactly as it is, was given out.

    Raises:
        Fault: never, or the record of it was tampered with.
    """
    if not path.is_file():
        raise Fault(f"{path}: no such file", status=2)
    with store.read() as connection:
        rows = kept.exports_with(connection, campaign.id, _sha256(path))
    good = [
        row for row in rows
        if any(hmac.compare_digest(row["mac"], _export_mac(campaign, row, key)) for key in keys)
    ]
    if not good:
        raise Fault(
            f"{path}: not a file that was exported here, or altered since",
            "export it again, and compare",
        )
    return good


def describe(seal: Row) -> str:
    """Return *seal* for print: its number, day and the beginning of its MAC."""
    return f"封印 {seal['number']} · {local_text(seal['until'])} · {seal['mac'][:16]}"


def _cuts(store: Store, campaign: Campaign, since: Instant, until: Instant) -> Iterator[Instant]:
    """Yield where to cut so that no part holds more than MOST_ROWS, and *until* last."""
    middle = (since + until) // 2
    if middle - since > SECOND and _rows(store, campaign, since, until) > MOST_ROWS:
        if _rows(store, campaign, since, middle):
            yield from _cuts(store, campaign, since, middle)
        yield from _cuts(store, campaign, middle, until)
    else:
        yield until


def _rows(store: Store, campaign: Campaign, since: Instant, until: Instant) -> int:
    with store.read() as connection:
        return sum(
            kept.count(connection, log, campaign.id, log.bound(since), log.bound(until))
            for log in kept.LOGS
        )


def _seal(
    store: Store, campaign: Campaign, keys: Sequence[str], now: Instant, until: Instant,
    latest: Row | None, digest: str,
) -> Row | None:
    key = keys[-1]
    since = latest["until"] if latest else 0
    pages: list[Row] = []
    count = 0
    for log in sorted(kept.LOGS, key=lambda log: log.name):
        if latest is not None:
            late = _late(store, campaign, log, latest)
            if late:
                count += len(late)
                pages.append(_page(log, -1, late, key, digest))
        for number, rows in enumerate(
            _live(store, campaign, log, log.bound(since), log.bound(until))
        ):
            count += len(rows)
            pages.append(_page(log, number, rows, key, digest))
    seal: Row = {
        "number": latest["number"] + 1 if latest else 1, "day": day_of(until - 1),
        "until": until, "at": now, "digest": digest, "rows": count,
        "previous": latest["mac"] if latest else "", "root": _root(pages, digest),
    }
    seal["mac"] = _mac(campaign, seal, key)
    done = store.write(lambda c: kept.add(c, campaign.id, seal, pages))
    return seal if done else None


def _live(
    store: Store, campaign: Campaign, log: kept.Log, since: int, until: int
) -> Iterator[list[Row]]:
    after: int | str | None = None
    while True:
        with store.read() as connection:
            rows = kept.rows(connection, log, campaign.id, since, until, after, PAGE_ROWS)
        if rows:
            yield rows
        if len(rows) < PAGE_ROWS:
            return
        after = rows[-1]["id"]


def _late(store: Store, campaign: Campaign, log: kept.Log, latest: Row) -> list[Row]:
    begun = latest["until"] - GRACE
    since, until = log.bound(begun), log.bound(latest["until"])
    rows = [row for page in _live(store, campaign, log, since, until) for row in page]
    if not rows:
        return []
    with store.read() as connection:
        sealed = kept.keys_of(connection, campaign.id, log.name, begun)
    return [row for row in rows if str(row["id"]) not in sealed]


def _page(log: kept.Log, number: int, rows: Sequence[Row], key: str, digest: str) -> Row:
    lines = [f"{row['id']}:{':'.join(_digests(log, row, key, digest))}" for row in rows]
    return {"log": log.name, "page": number, "rows": "\n".join(lines)}


def _digests(log: kept.Log, row: Row, key: str, digest: str) -> tuple[str, str]:
    """Return the keyed digests of *row* without and with what the law may empty."""
    core = _json([log.name, *(row[name] for name in log.columns)])
    whole = core + _json([row[name] for name in log.personal])
    secret = key.encode()
    return (
        hmac.digest(secret, b"core" + core.encode(), digest)[: _CHARACTERS // 2].hex(),
        hmac.digest(secret, b"whole" + whole.encode(), digest)[: _CHARACTERS // 2].hex(),
    )


# Made once: json.dumps with an option makes one for every call.
_json = json.JSONEncoder(default=str).encode


def _compare(
    store: Store, campaign: Campaign, log: kept.Log, pages: Sequence[Row], since: int, until: int,
    key: str, seal: Row, gaps: kept.Gaps, extra: set[str],
) -> Iterator[Broken]:
    sealed: dict[str, str] = {}
    late: list[int | str] = []
    for page in pages:
        for line in str(page["rows"]).splitlines():
            # A batch's own name may hold the colon.
            row_key, _, whole = line.rpartition(":")
            row_key, _, core = row_key.rpartition(":")
            sealed[row_key] = f"{core}:{whole}"
            if page["page"] < 0 and (log.order != "id" or row_key.isdecimal()):
                late.append(int(row_key) if log.order == "id" else row_key)
    live: Iterator[list[Row]] = _live(store, campaign, log, since, until)
    found = set()
    with store.read() as connection:
        again = [
            row for first in range(0, len(late), 500)
            for row in kept.with_keys(connection, log, campaign.id, late[first : first + 500])
        ]
    for rows in (again, *live) if again else live:
        for row in rows:
            row_key = str(row["id"])
            if row_key not in sealed:
                extra.add(row_key)
                continue
            found.add(row_key)
            core, whole = _digests(log, row, key, seal["digest"])
            if f"{core}:{whole}" == sealed[row_key]:
                continue
            if core == sealed[row_key].partition(":")[0] and gaps.may_differ(row_key):
                continue
            yield Broken(f"{log.name} {row_key}", f"was changed since seal {seal['number']}")
    extra.difference_update(found)
    for row_key in sealed.keys() - found:
        if not gaps.may_lack(row_key):
            yield Broken(f"{log.name} {row_key}", f"is missing since seal {seal['number']}")


def _root(pages: Sequence[Row], digest: str) -> str:
    hashed = hashlib.new(digest)
    for page in sorted(pages, key=lambda page: (page["log"], page["page"])):
        hashed.update(json.dumps([page["log"], page["page"], page["rows"]]).encode())
    return hashed.hexdigest()


def _mac(campaign: Campaign, seal: Row, key: str) -> str:
    names = ("number", "day", "until", "at", "digest", "rows", "previous", "root")
    text = json.dumps(["seal", campaign.id, *(seal[name] for name in names)])
    return hmac.new(key.encode(), text.encode(), seal["digest"]).hexdigest()


def _export_mac(campaign: Campaign, row: Row, key: str) -> str:
    names = ("id", "at", "sha256", "name", "by_whom", "seal")
    text = json.dumps(["export", campaign.id, *(row[name] for name in names)])
    return hmac.new(key.encode(), text.encode(), "sha256").hexdigest()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
