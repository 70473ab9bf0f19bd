"""
Seals: proof that no row was changed, added or taken away behind the service's back.

A seal covers all rows since the seal before, each with a keyed digest of its
own (`seal_digests`), and is chained to it by an HMAC under a key that is not in the
database. So whoever edits the file by hand cannot repair the seal, and the check
(`seal_checks`) names the row. Rows are read in short reads, for a day of scans must not
keep claims waiting.
"""
import contextlib
from collections.abc import Iterator, Sequence

from attribution.deeds import Actor, Doing, Kind, do
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.proof.seal_digests import live_rows, mac_of, page_of, root_of
from attribution.rule.instants import DAY, MINUTE, SECOND, Instant, day_of, day_start, local_text
from attribution.settings import Settings
from attribution.store import ids, registry
from attribution.store import seal_pages as kept
from attribution.store.engine.database import Row
from qrgen.faults import Fault

# What one seal covers at most, so that making and checking one needs little memory and
# writing it takes a moment; a day with more rows gets several.
MOST_ROWS = 100_000

# Ids are made before their transaction commits: a long import begun before a
# seal ends after it. Rows this late are taken into the next seal; later ones
# are found.
GRACE = 30 * MINUTE

# No row is older than the ids (store/ids.py).
FIRST = ids.EPOCH_MS * 1000


def seal_days(
    ledger: Ledger, keys: Sequence[str], now: Instant, *, digest: str,
    today: bool = False, quiet: bool = False, by_hand: Actor | None = None,
) -> list[Row]:
    """
    Seal each finished day that is not sealed yet; return the new seals.

    Args:
        by_hand: Who asked for it; None for the timer and the service, whose work is no deed.
        today: And today as far as it went.
        quiet: Make no seal of today that would hold no row.
    """
    made: list[Row] = []
    with ledger.store.read() as connection:
        latest = kept.last(connection, ledger.campaign.id)
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
        for until in _cuts(ledger, since, bound) if bound > since else ():
            seal = _seal(
                ledger, keys, now, until, latest, digest, quiet and until == now, by_hand
            )
            if seal is None and quiet:
                return made
            if seal is None:
                raise Fault(Code.SEALING_ALREADY)
            made.append(latest := seal)
    return made


def seal_now(ledger: Ledger, settings: Settings, now: Instant) -> None:
    """
    Seal all there is, today too, if there is anything new.

    Does nothing on an instance without keys for it, or while another seal is made.
    """
    if settings.seal_keys:
        with contextlib.suppress(Fault):
            seal_days(
                ledger, settings.seal_keys, now, digest=settings.digest, today=True,
                quiet=True,
            )


def describe(seal: Row) -> str:
    """Return *seal* for print: its number, time, digest where it is SM3, and some of its MAC."""
    kind = "SM3 " if seal["digest"] == "sm3" else ""
    return f"封印 {seal['number']} · {local_text(seal['until'])} · {kind}{seal['mac'][:16]}"


def latest_text(ledger: Ledger) -> str:
    """Return the latest seal for print; '' before the first."""
    with ledger.store.read() as connection:
        latest = kept.last(connection, ledger.campaign.id)
    return describe(latest) if latest else ""


def _cuts(ledger: Ledger, since: Instant, until: Instant) -> Iterator[Instant]:
    """Yield where to cut so that no part holds more than MOST_ROWS, and *until* last."""
    middle = (since + until) // 2
    if middle - since > SECOND and _rows(ledger, since, until) > MOST_ROWS:
        if _rows(ledger, since, middle):
            yield from _cuts(ledger, since, middle)
        yield from _cuts(ledger, middle, until)
    else:
        yield until


def _rows(ledger: Ledger, since: Instant, until: Instant) -> int:
    with ledger.store.read() as connection:
        return sum(
            kept.count(connection, log, ledger.campaign.id, log.bound(since), log.bound(until))
            for log in kept.LOGS
        )


def _seal(
    ledger: Ledger, keys: Sequence[str], now: Instant, until: Instant,
    latest: Row | None, digest: str, quiet: bool, by_hand: Actor | None,
) -> Row | None:
    key = keys[-1]
    with ledger.store.read() as connection:
        before = kept.logs_sealed(connection, ledger.campaign.id)
    pages: list[Row] = []
    count = 0
    for log in sorted(kept.LOGS, key=lambda log: log.name):
        # A log that no seal has held yet, as after an upgrade, is taken whole.
        since = latest["until"] if latest and log.name in before else 0
        if since:
            assert latest is not None
            late = _late(ledger, log, latest)
            if late:
                count += len(late)
                pages.append(page_of(log, -1, late, key, digest))
        for number, rows in enumerate(
            live_rows(ledger, log, log.bound(since), log.bound(until))
        ):
            count += len(rows)
            pages.append(page_of(log, number, rows, key, digest))
    if quiet and not count and latest is not None:
        return None
    pages += _state_pages(ledger, key, digest)
    seal: Row = {
        "number": latest["number"] + 1 if latest else 1, "day": day_of(until - 1),
        "until": until, "at": now, "digest": digest, "rows": count,
        "previous": latest["mac"] if latest else "", "root": root_of(pages, digest),
    }
    seal["mac"] = mac_of(ledger.campaign, seal, key)
    return seal if _keep(ledger, now, seal, pages, by_hand) else None


def _keep(
    ledger: Ledger, now: Instant, seal: Row, pages: Sequence[Row], by_hand: Actor | None
) -> bool:
    """Write *seal* unless another was faster; whether it was written."""
    if by_hand is None:
        return ledger.store.write(lambda c: kept.add(c, ledger.campaign.id, seal, pages))

    def keep(doing: Doing) -> bool:
        done = kept.add(doing.connection, ledger.campaign.id, seal, pages)
        if done:
            doing.enter(
                Kind.SEALED, f"seal {seal['number']}", after=local_text(seal["until"]),
                rows=seal["rows"], mac=seal["mac"][:16],
            )
        return done

    return do(ledger.store, by_hand, now, keep)


def _late(ledger: Ledger, log: kept.Log, latest: Row) -> list[Row]:
    begun = latest["until"] - GRACE
    since, until = log.bound(begun), log.bound(latest["until"])
    # Keys only: of half an hour's rows hardly one is late, and this is asked at every seal.
    with ledger.store.read() as connection:
        live = kept.keys_between(connection, log, ledger.campaign.id, since, until)
        if not live:
            return []
        sealed = kept.keys_of(connection, ledger.campaign.id, log.name, begun)
        missing = [key for key in live if str(key) not in sealed]
        return [
            row
            for first in range(0, len(missing), 500)
            for row in kept.with_keys(
                connection, log, ledger.campaign.id, missing[first : first + 500]
            )
        ]


def _state_pages(ledger: Ledger, key: str, digest: str) -> list[Row]:
    """Return pages of what stands in the tables that change, if the last ones are overtaken."""
    with ledger.store.read() as connection:
        version = registry.version(connection, ledger.campaign.id)
        sealed = {
            row["log"]: row["page"] for row in kept.state_pages(connection, ledger.campaign.id)
        }
        return [
            page_of(log, version, rows, key, digest) for log in kept.STATES
            if sealed.get(log.name) != version
            and ((rows := kept.state(connection, log, ledger.campaign.id)) or log.name in sealed)
        ]
