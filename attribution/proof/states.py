"""
Units, revoked codes and accounts: rows that change, each version of one a leaf.

A version is lawful when its own door was used: of units when the registry has another version
than the one sealed last, of an account when the audit log has an entry about it since. Any
other change gets no leaf, and `tree_checks` names it.
"""
from collections.abc import Iterator
from dataclasses import dataclass

from attribution.ledger import Ledger
from attribution.proof import leaves, tiles
from attribution.store import audit_log, log_tree, registry, staff
from attribution.store import seal_pages as kept
from attribution.store.engine.database import Connection, Row

# After the row's own key, its version with as many digits as the key of any leaf.
_AT = "@"


@dataclass(frozen=True)
class Differing:
    """
    One row that is not what its newest leaf says.

    Args:
        log: The table.
        key: Of the row; empty: that a version of the table was looked at.
        core: What is there now; of a row that went, that it did.
        leaf: The newest leaf of it; None before any.
        version: The key that its next leaf will have.
        lawful: Whether its door was used since that leaf.
        gone: Whether the row is there no more.
    """

    log: str
    key: str
    core: str
    leaf: Row | None
    version: str
    lawful: bool
    gone: bool = False


def pending(ledger: Ledger) -> list[leaves.Leaf]:
    """Return the leaves that are due of rows that changed by their own door."""
    with ledger.store.read() as connection:
        found = [row for row in differing(connection, ledger.campaign.id) if row.lawful]
    return [
        leaves.told_leaf(row.log, row.version, row.core, salt)
        for row, salt in zip(found, leaves.some_salts(len(found)), strict=True)
    ]


def differing(connection: Connection, campaign: str) -> Iterator[Differing]:
    """Yield each row of the tables that change which is not as its newest leaf says."""
    stands = _Standing(connection, campaign)
    version = registry.version(connection, campaign)
    for log in kept.STATES:
        newest, sealed = _newest(connection, campaign, log.name)
        lawful = version != sealed
        # One leaf a version says that all was looked at, also where no row changed.
        looked = leaves.told(log.name, {"version": version})
        if lawful:
            yield Differing(
                log.name, "", looked, newest.get(""), _key("", version), lawful=True
            )
        live = {
            str(row["key"]): leaves.core(log, row)
            for row in kept.state(connection, log, campaign)
        }
        for key, core in live.items():
            leaf = newest.get(key)
            if not stands(leaf, core):
                yield Differing(log.name, key, core, leaf, _key(key, version), lawful)
        for key in sorted(newest.keys() - live.keys() - {""}):
            gone = leaves.told(log.name, {"gone": key})
            if not stands(newest[key], gone):
                yield Differing(
                    log.name, key, gone, newest[key], _key(key, version), lawful, gone=True
                )
    yield from _accounts(connection, campaign, stands)


def _accounts(
    connection: Connection, campaign: str, stands: "_Standing"
) -> Iterator[Differing]:
    name_of = kept.ACCOUNT.name
    newest, _ = _newest(connection, campaign, name_of)
    number, _ = audit_log.head(connection)
    scopes = staff.all_scopes(connection)
    live: dict[str, str] = {}
    for row in kept.accounts(connection):
        row["scopes"] = " ".join(sorted(scopes.get(str(row["key"]), ())))
        live[str(row["key"])] = leaves.core(kept.ACCOUNT, row)
    for name in sorted(newest.keys() | live.keys()):
        leaf, gone = newest.get(name), name not in live
        core = live.get(name) or leaves.told(name_of, {"gone": name})
        if not stands(leaf, core):
            lawful = not newest or audit_log.tells_of(
                connection, f"account {name}", -1 if leaf is None else _version(leaf)
            )
            yield Differing(name_of, name, core, leaf, _key(name, number), lawful, gone)


def _newest(
    connection: Connection, campaign: str, log: str
) -> tuple[dict[str, Row], int]:
    """Return the newest leaf of each row of *log*, and the version sealed last (-1: none)."""
    newest: dict[str, Row] = {}
    after, sealed = "", -1
    while found := log_tree.leaves_after(connection, campaign, log, after):
        for leaf in found:
            newest[leaf["key"].rpartition(_AT)[0]] = leaf
            sealed = max(sealed, _version(leaf))
        after = found[-1]["key"]
    return newest, sealed


def _key(key: str, version: int) -> str:
    return f"{key}{_AT}{log_tree.key_text(version)}"


def _version(leaf: Row) -> int:
    version = leaf["key"].rpartition(_AT)[2]
    return int(version) if version.isdecimal() else -1


class _Standing:
    """Tells whether a row is what its newest leaf says."""

    def __init__(self, connection: Connection, campaign: str):
        self._entry = tiles.entries(
            lambda level, n: log_tree.tile(connection, campaign, level, n)
        )

    def __call__(self, leaf: Row | None, core: str) -> bool:
        if leaf is None or leaf["rc"] is None:
            return False
        p = leaves.NOBODY if leaf["p"] is None else bytes(leaf["p"])
        told = leaves.entry(bytes(leaf["rc"]), p, core)
        return self._entry(int(leaf["idx"])) == told
