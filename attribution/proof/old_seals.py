"""
The seals of before the public log: HMACs under a key that is not in the database.

Nothing makes one any more. A ledger that has some is asked once more whether they hold, when
it is taken over (`taking_over`).
"""
import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence

from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.rule.instants import MINUTE
from attribution.rule.people import DIGESTS
from attribution.store import old_seal_pages, registry
from attribution.store import seal_pages as kept
from attribution.store.engine.database import Row
from qrgen.faults import Fault
from qrgen.registry import Campaign

# Rows so late were taken into the next seal.
GRACE = 30 * MINUTE

PAGE_ROWS = 1000

# 64 bits a row: who changes one must guess without the key, and is told after
# the first wrong try.
_CHARACTERS = 16


def live_rows(ledger: Ledger, log: kept.Log, since: int, until: int) -> Iterator[list[Row]]:
    """Yield the rows of *log* between two places, each list in a read of its own."""
    after: int | str | None = None
    while True:
        with ledger.store.read() as connection:
            rows = kept.rows(connection, log, ledger.campaign.id, since, until, after, PAGE_ROWS)
        if rows:
            yield rows
        if len(rows) < PAGE_ROWS:
            return
        after = rows[-1]["key"]



def digests_of(log: kept.Log, row: Row, key: str, digest: str) -> tuple[str, str]:
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


def root_of(pages: Sequence[Row], digest: str) -> str:
    """Return the digest over all *pages* of a seal."""
    hashed = hashlib.new(digest)
    for page in sorted(pages, key=lambda page: (page["log"], page["page"])):
        hashed.update(json.dumps([page["log"], page["page"], page["rows"]]).encode())
    return hashed.hexdigest()


def key_of(campaign: Campaign, seal: Row, keys: Sequence[str]) -> str | None:
    """Return which of *keys* made *seal*, or None."""
    return next(
        (key for key in keys if hmac.compare_digest(seal["mac"], mac_of(campaign, seal, key))), None
    )


def mac_of(campaign: Campaign, seal: Row, key: str) -> str:
    """Return the MAC over a seal's own row, and so over its root and the seal before it."""
    names = ("number", "day", "until", "at", "digest", "rows", "previous", "root")
    text = json.dumps(["seal", campaign.id, *(seal[name] for name in names)])
    return hmac.new(key.encode(), text.encode(), seal["digest"]).hexdigest()


def check(ledger: Ledger, keys: Sequence[str]) -> Iterator[Fault]:
    """Yield everything that the seals do not allow."""
    with ledger.store.read() as connection:
        seals = old_seal_pages.listing(connection, ledger.campaign.id)
        gaps = {
            log.name: kept.gaps(connection, ledger.campaign.id, log.name)
            for log in old_seal_pages.LOGS
        }
        named = old_seal_pages.numbers_named(connection, ledger.campaign.id)
        ever = old_seal_pages.logs_sealed(connection, ledger.campaign.id)
    # Whoever takes away the newest seal leaves its pages, or an export that names it.
    for number in sorted(named - {seal["number"] for seal in seals}):
        yield Fault(Code.SEAL_MISSING, seal=number)
    logs = {log.name: log for log in old_seal_pages.LOGS}
    states = {log.name for log in old_seal_pages.STATES}
    # Rows that no seal holds, with their places; and up to where each log was compared.
    extra: dict[str, dict[str, int]] = {log.name: {} for log in old_seal_pages.LOGS}
    done = dict.fromkeys(logs, 0)
    previous: Row | None = None
    for seal in seals:
        number = seal["number"]
        if number != (previous["number"] + 1 if previous else 1):
            yield Fault(Code.SEAL_BEFORE_MISSING, seal=number)
        elif seal["previous"] != (previous["mac"] if previous else ""):
            yield Fault(Code.SEAL_UNCHAINED, seal=number)
        if seal["digest"] not in DIGESTS:
            yield Fault(Code.SEAL_OF_NO_DIGEST, seal=number, digest=seal["digest"][:20])
            previous, done = seal, dict.fromkeys(logs, int(seal["until"]))
            continue
        key = key_of(ledger.campaign, seal, keys)
        if key is None:
            yield Fault(Code.SEAL_CHANGED, seal=number)
            previous, done = seal, dict.fromkeys(logs, int(seal["until"]))
            continue
        with ledger.store.read() as connection:
            pages = list(old_seal_pages.pages(connection, ledger.campaign.id, number))
        if root_of(pages, seal["digest"]) != seal["root"]:
            yield Fault(Code.SEAL_PAGES_CHANGED, seal=number)
        for log in old_seal_pages.LOGS:
            mine = [page for page in pages if page["log"] == log.name]
            # A seal without rows of a log costs no reading: the next one reads further.
            if mine or seal is seals[-1]:
                yield from _compare(
                    ledger, log, mine, log.bound(done[log.name]),
                    log.bound(seal["until"]), key, seal, gaps[log.name], extra[log.name],
                )
                done[log.name] = seal["until"]
        unknown = {page["log"] for page in pages} - logs.keys() - states
        for name in sorted(unknown):
            yield Fault(Code.SEAL_OF_NO_LOG, seal=number, log=name)
        previous = seal
    if previous is not None:
        for name, left in extra.items():
            if name not in ever:
                continue  # of a log that came later than the seals: the next one takes it whole
            pending = logs[name].bound(previous["until"] - GRACE)
            for row_key, place in sorted(left.items()):
                if place < pending:  # else it came late, and waits for the next seal
                    yield Fault(Code.ROW_ADDED, log=name, row=row_key)
        yield from _compare_states(ledger, seals, keys)


def _compare(
    ledger: Ledger, log: kept.Log, pages: Sequence[Row], since: int, until: int,
    key: str, seal: Row, gaps: kept.Gaps, extra: dict[str, int],
) -> Iterator[Fault]:
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
    live: Iterator[list[Row]] = live_rows(ledger, log, since, until)
    found = set()
    with ledger.store.read() as connection:
        again = [
            row
            for first in range(0, len(late), 500)
            for row in kept.with_keys(
                connection, log, ledger.campaign.id, late[first : first + 500]
            )
        ]
    for rows in (again, *live) if again else live:
        for row in rows:
            row_key = str(row["key"])
            if row_key in found:
                continue  # a late one, read by its key
            if row_key not in sealed:
                extra[row_key] = int(row["log_place"])
                continue
            found.add(row_key)
            core, whole = digests_of(log, row, key, seal["digest"])
            if f"{core}:{whole}" == sealed[row_key]:
                continue
            if core == sealed[row_key].partition(":")[0] and gaps.may_differ(row_key):
                continue
            yield Fault(Code.OLD_ROW_CHANGED, log=log.name, row=row_key, seal=seal["number"])
    for row_key in found:
        extra.pop(row_key, None)
    for row_key in sealed.keys() - found:
        if not gaps.may_lack(row_key):
            yield Fault(Code.OLD_ROW_MISSING, log=log.name, row=row_key, seal=seal["number"])


def _compare_states(
    ledger: Ledger, seals: Sequence[Row], keys: Sequence[str]
) -> Iterator[Fault]:
    by_number = {seal["number"]: seal for seal in seals}
    with ledger.store.read() as connection:
        version = registry.version(connection, ledger.campaign.id)
        pages = {
            row["log"]: row
            for row in old_seal_pages.state_pages(connection, ledger.campaign.id)
        }
        live = {
            log.name: kept.state(connection, log, ledger.campaign.id)
            for log in old_seal_pages.STATES
        }
    for log in old_seal_pages.STATES:
        page = pages.get(log.name)
        seal = by_number.get(page["number"]) if page else None
        if page is None or page["page"] != version or seal is None or seal["digest"] not in DIGESTS:
            continue  # the registry was changed since, by its own door; the next seal holds it
        key = key_of(ledger.campaign, seal, keys)
        if key is None:
            continue  # told already
        sealed = dict(line.rsplit(":", 2)[0::2] for line in str(page["rows"]).splitlines())
        for row in live[log.name]:
            told = sealed.pop(str(row["key"]), None)
            if told is None:
                yield Fault(Code.ROW_UNREGISTERED, log=log.name, row=row["key"])
            elif told != digests_of(log, row, key, seal["digest"])[1]:
                yield Fault(
                    Code.OLD_ROW_CHANGED, log=log.name, row=row["key"], seal=seal["number"]
                )
        for row_key in sealed:
            yield Fault(Code.OLD_ROW_MISSING, log=log.name, row=row_key, seal=seal["number"])
