"""
Seals: proof that no row was changed, added or taken away behind the service's back.

A seal covers all rows since the seal before, each with a keyed digest of its
own, and is chained to it by an HMAC under a key that is not in the database. So
whoever edits the file by hand cannot repair the seal, and the check names the
row. Rows are read in short reads, for a day of scans must not keep claims waiting.
"""
import contextlib
import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from attribution import exports
from attribution.config import Settings
from attribution.instants import DAY, MINUTE, SECOND, Instant, day_of, day_start, local_text
from attribution.people import DIGESTS, check_digest
from attribution.store import Store, ids, registry
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
    today: bool = False, quiet: bool = False,
) -> list[Row]:
    """
    Seal each finished day that is not sealed yet; return the new seals.

    Args:
        today: And today as far as it went.
        quiet: Make no seal of today that would hold no row.
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
            seal = _seal(
                store, campaign, keys, now, until, latest, digest, quiet and until == now
            )
            if seal is None and quiet:
                return made
            if seal is None:
                raise Fault("another seal is being made", "try again")
            made.append(latest := seal)
    return made


def seal_now(store: Store, campaign: Campaign, settings: Settings, now: Instant) -> None:
    """
    Seal all there is, today too, if there is anything new.

    Does nothing on an instance without keys for it, or while another seal is made.
    """
    if settings.seal_keys:
        with contextlib.suppress(Fault):
            seal_days(
                store, campaign, settings.seal_keys, now, digest=settings.digest, today=True,
                quiet=True,
            )


def check(store: Store, campaign: Campaign, keys: Sequence[str]) -> Iterator[Broken]:
    """Yield everything that the seals do not allow."""
    with store.read() as connection:
        seals = kept.listing(connection, campaign.id)
        gaps = {log.name: kept.gaps(connection, campaign.id, log.name) for log in kept.LOGS}
        named = kept.numbers_named(connection, campaign.id)
        ever = kept.logs_sealed(connection, campaign.id)
    # Whoever takes away the newest seal leaves its pages, or an export that names it.
    for number in sorted(named - {seal["number"] for seal in seals}):
        yield Broken(f"seal {number}", "is missing")
    logs = {log.name: log for log in kept.LOGS}
    states = {log.name for log in kept.STATES}
    # Rows that no seal holds, with their places; and up to where each log was compared.
    extra: dict[str, dict[str, int]] = {log.name: {} for log in kept.LOGS}
    done = dict.fromkeys(logs, 0)
    previous: Row | None = None
    for seal in seals:
        number = seal["number"]
        if number != (previous["number"] + 1 if previous else 1):
            yield Broken(f"seal {number}", "the seal before it is missing")
        elif seal["previous"] != (previous["mac"] if previous else ""):
            yield Broken(f"seal {number}", "is not chained to the seal before it")
        if seal["digest"] not in DIGESTS:
            yield Broken(f"seal {number}", f"names no digest: {seal['digest'][:20]}")
            previous, done = seal, dict.fromkeys(logs, int(seal["until"]))
            continue
        key = _key_of(campaign, seal, keys)
        if key is None:
            yield Broken(f"seal {number}", "was changed, or is not of this instance's keys")
            previous, done = seal, dict.fromkeys(logs, int(seal["until"]))
            continue
        with store.read() as connection:
            pages = list(kept.pages(connection, campaign.id, number))
        if _root(pages, seal["digest"]) != seal["root"]:
            yield Broken(f"seal {number}", "its pages were changed")
        for log in kept.LOGS:
            mine = [page for page in pages if page["log"] == log.name]
            # A seal without rows of a log costs no reading: the next one reads further.
            if mine or seal is seals[-1]:
                yield from _compare(
                    store, campaign, log, mine, log.bound(done[log.name]),
                    log.bound(seal["until"]), key, seal, gaps[log.name], extra[log.name],
                )
                done[log.name] = seal["until"]
        unknown = {page["log"] for page in pages} - logs.keys() - states
        for name in sorted(unknown):
            yield Broken(f"seal {number}", f"seals a log {name!r} that is not there")
        previous = seal
    if previous is not None:
        for name, left in extra.items():
            if name not in ever:
                continue  # of a log that came later than the seals: the next one takes it whole
            pending = logs[name].bound(previous["until"] - GRACE)
            for row_key, place in sorted(left.items()):
                if place < pending:  # else it came late, and waits for the next seal
                    yield Broken(f"{name} {row_key}", "was added after its time was sealed")
        yield from _compare_states(store, campaign, seals, keys)


def seal_export(
    store: Store, campaign: Campaign, keys: Sequence[str], path: Path, name: str, now: Instant,
    by_whom: str, digest: str = "sha256",
) -> Row:
    """Record that the file *path* was given out; return the entry."""
    return seal_given(store, campaign, keys, _sha256(path), name, now, by_whom, digest)


def seal_given(
    store: Store, campaign: Campaign, keys: Sequence[str], sha256: str, name: str, now: Instant,
    by_whom: str, digest: str = "sha256",
) -> Row:
    """Record that a file with the hash *sha256* was given out; return the entry."""
    with store.read() as connection:
        latest = kept.last(connection, campaign.id)
    row: Row = {
        "id": store.next_id(now), "at": now, "sha256": sha256, "name": name,
        "by_whom": by_whom, "seal": latest["number"] if latest else 0,
    }
    row["mac"] = _export_mac(campaign, row, keys[-1], digest)
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
    said = exports.mark_in(path)
    with store.read() as connection:
        rows = kept.exports_with(connection, campaign.id, _sha256(path))
    good = [
        row for row in rows
        if any(
            hmac.compare_digest(row["mac"], _export_mac(campaign, row, key, digest))
            for key in keys for digest in _computable()
        )
    ]
    if not good:
        raise Fault(
            f"{path}: not a file that was exported here, or altered since",
            f"it says {said}: an altered copy? export it again, and compare" if said
            else "export it again, and compare",
        )
    return good


def describe(seal: Row) -> str:
    """Return *seal* for print: its number, time, digest where it is SM3, and some of its MAC."""
    kind = "SM3 " if seal["digest"] == "sm3" else ""
    return f"封印 {seal['number']} · {local_text(seal['until'])} · {kind}{seal['mac'][:16]}"


def latest_text(store: Store, campaign: Campaign) -> str:
    """Return the latest seal for print; '' before the first."""
    with store.read() as connection:
        latest = kept.last(connection, campaign.id)
    return describe(latest) if latest else ""


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
    latest: Row | None, digest: str, quiet: bool = False,
) -> Row | None:
    key = keys[-1]
    with store.read() as connection:
        before = kept.logs_sealed(connection, campaign.id)
    pages: list[Row] = []
    count = 0
    for log in sorted(kept.LOGS, key=lambda log: log.name):
        # A log that no seal has held yet, as after an upgrade, is taken whole.
        since = latest["until"] if latest and log.name in before else 0
        if since:
            assert latest is not None
            late = _late(store, campaign, log, latest)
            if late:
                count += len(late)
                pages.append(_page(log, -1, late, key, digest))
        for number, rows in enumerate(
            _live(store, campaign, log, log.bound(since), log.bound(until))
        ):
            count += len(rows)
            pages.append(_page(log, number, rows, key, digest))
    if quiet and not count and latest is not None:
        return None
    pages += _state_pages(store, campaign, key, digest)
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
        after = rows[-1]["key"]


def _late(store: Store, campaign: Campaign, log: kept.Log, latest: Row) -> list[Row]:
    begun = latest["until"] - GRACE
    since, until = log.bound(begun), log.bound(latest["until"])
    # Keys only: of half an hour's rows hardly one is late, and this is asked at every seal.
    with store.read() as connection:
        live = kept.keys_between(connection, log, campaign.id, since, until)
        if not live:
            return []
        sealed = kept.keys_of(connection, campaign.id, log.name, begun)
        missing = [key for key in live if str(key) not in sealed]
        return [
            row for first in range(0, len(missing), 500)
            for row in kept.with_keys(connection, log, campaign.id, missing[first : first + 500])
        ]


def _page(log: kept.Log, number: int, rows: Sequence[Row], key: str, digest: str) -> Row:
    lines = [f"{row['key']}:{':'.join(_digests(log, row, key, digest))}" for row in rows]
    return {"log": log.name, "page": number, "rows": "\n".join(lines)}


def _digests(log: kept.Log, row: Row, key: str, digest: str) -> tuple[str, str]:
    """Return the keyed digests of *row* without and with what the law may empty."""
    later = {name: row[name] for name in log.added if row[name] is not None}
    core = _json([log.name, *(row[name] for name in log.columns), *([later] if later else [])])
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
    key: str, seal: Row, gaps: kept.Gaps, extra: dict[str, int],
) -> Iterator[Broken]:
    sealed: dict[str, str] = {}
    late: list[int | str] = []
    for page in pages:
        for line in str(page["rows"]).splitlines():
            # A batch's own name may hold the colon.
            row_key, _, whole = line.rpartition(":")
            row_key, _, core = row_key.rpartition(":")
            sealed[row_key] = f"{core}:{whole}"
            if page["page"] < 0:
                if log.key != "id" or log.order != "id":
                    late.append(row_key)
                elif row_key.isdecimal():
                    late.append(int(row_key))
    live: Iterator[list[Row]] = _live(store, campaign, log, since, until)
    found = set()
    with store.read() as connection:
        again = [
            row for first in range(0, len(late), 500)
            for row in kept.with_keys(connection, log, campaign.id, late[first : first + 500])
        ]
    for rows in (again, *live) if again else live:
        for row in rows:
            row_key = str(row["key"])
            if row_key in found:
                continue  # a late one, read by its key
            if row_key not in sealed:
                extra[row_key] = int(row["place"])
                continue
            found.add(row_key)
            core, whole = _digests(log, row, key, seal["digest"])
            if f"{core}:{whole}" == sealed[row_key]:
                continue
            if core == sealed[row_key].partition(":")[0] and gaps.may_differ(row_key):
                continue
            yield Broken(f"{log.name} {row_key}", f"was changed since seal {seal['number']}")
    for row_key in found:
        extra.pop(row_key, None)
    for row_key in sealed.keys() - found:
        if not gaps.may_lack(row_key):
            yield Broken(f"{log.name} {row_key}", f"is missing since seal {seal['number']}")


def _state_pages(store: Store, campaign: Campaign, key: str, digest: str) -> list[Row]:
    """Return pages of what stands in the tables that change, if the last ones are overtaken."""
    with store.read() as connection:
        version = registry.version(connection, campaign.id)
        sealed = {row["log"]: row["page"] for row in kept.state_pages(connection, campaign.id)}
        return [
            _page(log, version, rows, key, digest) for log in kept.STATES
            if sealed.get(log.name) != version
            and ((rows := kept.state(connection, log, campaign.id)) or log.name in sealed)
        ]


def _compare_states(
    store: Store, campaign: Campaign, seals: Sequence[Row], keys: Sequence[str]
) -> Iterator[Broken]:
    by_number = {seal["number"]: seal for seal in seals}
    with store.read() as connection:
        version = registry.version(connection, campaign.id)
        pages = {row["log"]: row for row in kept.state_pages(connection, campaign.id)}
        live = {log.name: kept.state(connection, log, campaign.id) for log in kept.STATES}
    for log in kept.STATES:
        page = pages.get(log.name)
        seal = by_number.get(page["number"]) if page else None
        if page is None or page["page"] != version or seal is None or seal["digest"] not in DIGESTS:
            continue  # the registry was changed since, by its own door; the next seal holds it
        key = _key_of(campaign, seal, keys)
        if key is None:
            continue  # told already
        sealed = dict(line.rsplit(":", 2)[0::2] for line in str(page["rows"]).splitlines())
        for row in live[log.name]:
            told = sealed.pop(str(row["key"]), None)
            if told is None:
                yield Broken(f"{log.name} {row['key']}", "was added behind the registry's back")
            elif told != _digests(log, row, key, seal["digest"])[1]:
                yield Broken(
                    f"{log.name} {row['key']}", f"was changed since seal {seal['number']}"
                )
        for row_key in sealed:
            yield Broken(f"{log.name} {row_key}", f"is missing since seal {seal['number']}")


def _root(pages: Sequence[Row], digest: str) -> str:
    hashed = hashlib.new(digest)
    for page in sorted(pages, key=lambda page: (page["log"], page["page"])):
        hashed.update(json.dumps([page["log"], page["page"], page["rows"]]).encode())
    return hashed.hexdigest()


def _key_of(campaign: Campaign, seal: Row, keys: Sequence[str]) -> str | None:
    """Return which of *keys* made *seal*, or None."""
    return next(
        (key for key in keys if hmac.compare_digest(seal["mac"], _mac(campaign, seal, key))), None
    )


def _mac(campaign: Campaign, seal: Row, key: str) -> str:
    names = ("number", "day", "until", "at", "digest", "rows", "previous", "root")
    text = json.dumps(["seal", campaign.id, *(seal[name] for name in names)])
    return hmac.new(key.encode(), text.encode(), seal["digest"]).hexdigest()


def _computable() -> Iterator[str]:
    for digest in DIGESTS:
        with contextlib.suppress(ValueError):  # SM3 is not in every build of OpenSSL
            check_digest(digest)
            yield digest


def _export_mac(campaign: Campaign, row: Row, key: str, digest: str) -> str:
    names = ("id", "at", "sha256", "name", "by_whom", "seal")
    text = json.dumps(["export", campaign.id, *(row[name] for name in names)])
    return hmac.new(key.encode(), text.encode(), digest).hexdigest()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
