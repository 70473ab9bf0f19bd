"""
What a seal holds of a row, of a page of rows and of itself: keyed digests, no content.

The key is not in the database, so that whoever edits a row there cannot make its
digest; `seals` makes them, `seal_checks` compares them.
"""
import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence

from attribution.ledger import Ledger
from attribution.store import seal_pages as kept
from attribution.store.engine.database import Row
from qrgen.registry import Campaign

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


def page_of(log: kept.Log, number: int, rows: Sequence[Row], key: str, digest: str) -> Row:
    """Return the page of a seal that holds *rows*: a line each, of key and digests."""
    lines = [f"{row['key']}:{':'.join(digests_of(log, row, key, digest))}" for row in rows]
    return {"log": log.name, "page": number, "rows": "\n".join(lines)}


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
