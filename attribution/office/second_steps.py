"""
The second step of signing in, as the ledger keeps it: sealed, whatever it was before.

An instance of an earlier version gets its key, and what lies open is sealed, at the next
`attribution migrate` or start. The key is made only where it cannot part two halves of one
service: never where a secret is sealed already, nor on one of several nodes.
"""
from collections.abc import Iterator, Sequence

from attribution.faults import Code
from attribution.office import notice_ways
from attribution.office.sealing import NotOurs, is_newest, is_sealed, seal, unseal
from attribution.settings import Settings
from attribution.store import Store, staff
from attribution.store.engine.database import Connection
from qrgen import instance as instances
from qrgen.faults import Fault

# The name of the key file: keys/second.keys, or ZHUANMA_SECOND_KEYS.
KEY = "second"

WAY_BACK = "bring keys/second.keys back, or run `attribution user second-step-off NAME`"


class Lost(Exception):
    """A second step that cannot be asked for: the key that sealed it is not here."""


def opened(kept: str, keys: Sequence[str]) -> str:
    """
    Return the secret that the ledger keeps as *kept*.

    Raises:
        Lost: none of *keys* sealed it.
    """
    if not is_sealed(kept):
        return kept
    try:
        return unseal(kept, keys)
    except NotOurs:
        raise Lost from None


def prepare(store: Store, settings: Settings) -> Iterator[str]:
    """
    Make the key where there is none, seal what lies open, and yield what there is to tell.

    Raises:
        StoreError: the ledger cannot be written; nothing was sealed.
    """
    yield from _steps(store, settings)
    if count := notice_ways.seal_again(store, settings.second_keys):
        yield f"sealed {count} addresses of notices under the newest key"


def _steps(store: Store, settings: Settings) -> Iterator[str]:
    keys = settings.second_keys
    with store.read() as connection:
        kept = staff.totps(connection)
    if not keys:
        missing = "keys/second.keys is missing"
        if any(is_sealed(secret) for secret in kept.values()):
            yield f"{missing}, and second steps are sealed under it: {WAY_BACK}"
            return
        if settings.nodes > 1 or not (settings.instance / "keys").is_dir():
            yield (
                f"{missing}: run `attribution init` on one node and copy the file to the others,"
                " or set ZHUANMA_SECOND_KEYS"
            )
            return
        try:
            instances.make_keys(settings.instance, KEY)
        except OSError as error:
            yield f"{missing} and cannot be made: {error.strerror}"
            return
        keys = instances.read_keys(settings.instance, KEY)
        yield "made keys/second.keys; keep a copy of it where the other keys are kept"
    stale = [name for name, secret in kept.items() if not _is_right(secret, keys)]
    if not stale:
        return
    count = store.write(lambda c: _seal_again(c, stale, keys))
    if count:
        yield f"sealed {count} second steps"
    if count < len(stale):
        yield f"{len(stale) - count} second steps are sealed under another key: {WAY_BACK}"


def findings(store: Store, keys: Sequence[str]) -> Iterator[Fault]:
    """Yield each account whose second step lies open, or cannot be opened."""
    with store.read() as connection:
        kept = staff.totps(connection)
    for name, secret in kept.items():
        if not is_sealed(secret):
            yield Fault(Code.SECOND_STEP_OPEN, account=name)
        else:
            try:
                unseal(secret, keys)
            except NotOurs:
                yield Fault(Code.SECOND_STEP_FOREIGN, account=name)


def _is_right(secret: str, keys: Sequence[str]) -> bool:
    return is_sealed(secret) and is_newest(secret, keys)


def _seal_again(connection: Connection, names: Sequence[str], keys: Sequence[str]) -> int:
    count = 0
    kept = staff.totps(connection)  # as it is now, in the transaction that changes it
    for name in names:
        secret = kept.get(name)
        if secret is None or _is_right(secret, keys):
            continue
        try:
            staff.set_totp(connection, name, seal(opened(secret, keys), keys))
        except Lost:
            continue  # `attribution check` names it
        count += 1
    return count
