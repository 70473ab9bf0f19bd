"""
A code arrives: read it, check it against the registry, log it durably.

Whether the text is forged, malformed or revoked, the answer is the same `BadCode`: a forger
learns nothing, and nothing is logged that counts. The code of a merged unit leads on to its
successor from its day on, and claims for it; that of a closed unit says so (`ClosedCode`).
"""
import asyncio
import hmac
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from attribution.resident import addresses
from attribution.resident.crowds import PER_CODE, PER_NETWORK, Crowds
from attribution.rule import instants
from attribution.rule.instants import Instant
from attribution.rule.unit_history import led_to
from attribution.store import Store, log, registry
from qrgen.codes import MAX_LENGTH, BadCode, Code, read_exact, sign_code, without_tail

__all__ = ["BadCode", "ClosedCode", "Logged", "NotInUse", "OpenedCode", "ScanLog"]

_logger = logging.getLogger("attribution")


# The issue in a row of a code that led on from another unit; its `placement` is then the
# code on the paper.
LED_ON = 0


class NotInUse(BadCode):
    """A code of ours that does not count by the registry as this process knows it."""


class ClosedCode(NotInUse):
    """A good code of a *unit* that takes part no more, or not yet."""

    def __init__(self, code: Code, unit: registry.Unit, version: int):
        super().__init__("the unit is closed")
        self.opened = OpenedCode(code, unit, version)


@dataclass(frozen=True)
class OpenedCode:
    """
    A good code, and the unit it is for, as of one version of the registry.

    Args:
        former: The name of the unit on the paper, where that was merged into *unit*.
    """

    code: Code
    unit: registry.Unit
    version: int
    former: str = ""

    @property
    def issue(self) -> int:
        """The issue of the unit's code, as rows tell it."""
        return self.code.issue if self.code.unit == self.unit.id else LED_ON

    @property
    def placement(self) -> str | None:
        """Where the code hangs, as rows tell it."""
        return self.code.placement if self.code.unit == self.unit.id else self.code.text


# Network, unit, issue, placement, flag: who opens what, and what their scans count as.
_Key = tuple[str, str, int, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Logged:
    """
    The row *id* that a page rests on, and which page of it (`crowds`): 0 for its own.

    Args:
        version: Of the registry, by which it was logged: a page of an older one is out of
            date. 0: of that by which the code was opened.
    """

    id: int
    turn: int = 0
    version: int = 0


class ScanLog:
    """
    Reads codes and logs scans for one campaign. Safe between threads.

    Args:
        keys: Code keys, oldest first.
        network_key: Keys the digest of visitors' networks.
    """

    def __init__(self, store: Store, campaign: str, keys: Sequence[str], network_key: str):
        self._store = store
        self.campaign = campaign
        self._keys = tuple(keys)
        self._network_key = network_key.encode()
        # By the decoded text, of good codes only: junk raises, and fills nothing.
        self._read = lru_cache(maxsize=4096)(lambda text: read_exact(text, self._keys))
        self._network_of = lru_cache(maxsize=4096)(self._digest_of_network)
        self._crowds: Crowds[_Key] = Crowds()
        self._networks: Crowds[str] = Crowds()
        # Behind a proxy that nobody named all the county comes from there.
        self._nowhere = frozenset(map(self._digest_of_network, ("", "127.0.0.1", "::1")))
        self._latest: registry.Registry | None = None
        self._mutex = threading.Lock()

    @property
    def version(self) -> int:
        """The registry's version that is known here; 0 before it was read."""
        latest = self._latest
        return 0 if latest is None else latest.version

    def snapshot(self) -> registry.Registry:
        """Return the registry as last read; a stale one is found out when a scan is logged."""
        snapshot = self._latest
        return snapshot if snapshot is not None else self.reload()

    def reload(self) -> registry.Registry:
        """Read the registry afresh."""
        with self._mutex, self._store.read() as connection:
            self._latest = registry.read(connection, self.campaign)
            return self._latest

    def open(self, text: str, now: Instant | None = None) -> OpenedCode:
        """
        Return the code in *text*, if it is one that counts *now*.

        Raises:
            ClosedCode: its unit takes part no more, or not yet.
            NotInUse: it is ours, and not one of the registry's.
            BadCode: it is not; why is nobody's business.
        """
        try:
            return self.check(self._read_exact(text), now)
        except ClosedCode:
            raise
        except BadCode:
            bare = without_tail(text)
            if bare is None:
                raise
        return self.check(self._read_exact(bare), now)

    def _read_exact(self, text: str) -> Code:
        if len(text) > MAX_LENGTH or not text.isascii():
            raise BadCode("not one of our codes")
        # One code has one text but for its case, so one place in the cache.
        return self._read(text.upper())

    def check(self, code: Code, now: Instant | None = None) -> OpenedCode:
        """
        Return *code* with the unit that it counts for *now*; raises as `open`.

        Args:
            now: None: the clock's, asked only where a unit's day may decide.
        """
        snapshot = self.snapshot()
        unit = snapshot.units.get(code.unit)
        if (
            unit is None
            or code.issue > unit.issue
            or (code.unit, code.issue) in snapshot.revoked
        ):
            raise NotInUse("not one of our codes")
        if unit.leads is None:
            return OpenedCode(code, unit, snapshot.version)
        at = instants.now() if now is None else now
        target = led_to(unit.id, snapshot.leads[unit.id], at)
        if target is None:
            raise ClosedCode(code, unit, snapshot.version)
        heir = snapshot.units[target]
        former = "" if heir is unit else unit.name
        return OpenedCode(code, heir, snapshot.version, former)

    def sign(self, code: Code) -> str:
        """Return the text of *code* as it would be printed now."""
        return sign_code(code, self._keys)

    def record(
        self, opened: OpenedCode, now: Instant, *, address: str, client: str,
        flag: str | None = None,
    ) -> Logged:
        """
        Log a scan of *opened* and return it once it is durable.

        What one network opens too often in a minute (`crowds`) rests on a row that is
        durable already.

        Raises:
            BadCode: the code was revoked or its unit closed in the meantime.
            Busy, StoreError: it could not be written.
        """
        network = self.network(address)
        crowd, again = self._enter(opened, network, flag, now)
        if again is not None:
            return again
        while True:
            scan = self._scan(opened, now, network, client, flag)
            try:
                self._store.append_scan(scan, opened.version)
            except registry.Stale:
                opened = self._reopened(opened, now)
            else:
                return self._logged(scan, crowd, opened)

    async def prepare(self) -> None:
        """Do beforehand, in a thread, what would keep an event loop waiting for the database."""
        if self._latest is None or not self._store.leased:
            await asyncio.to_thread(lambda: (self.snapshot(), self._store.next_id(0)))

    async def record_awaited(
        self, opened: OpenedCode, now: Instant, *, address: str, client: str,
        flag: str | None = None,
    ) -> Logged:
        """Do as `record`, without a thread that waits; after `prepare`."""
        network = self.network(address)
        crowd, again = self._enter(opened, network, flag, now)
        if again is not None:
            return again
        while True:
            scan = self._scan(opened, now, network, client, flag)
            try:
                await self._store.append_scan_awaited(scan, opened.version)
            except registry.Stale:
                opened = await asyncio.to_thread(self._reopened, opened, now)
            else:
                return self._logged(scan, crowd, opened)

    def _enter(
        self, opened: OpenedCode, network: str, flag: str | None, now: Instant
    ) -> tuple[_Key | None, Logged | None]:
        """
        Return the crowd to keep this scan's row for (None: nobody near comes so often), and
        the row to rest on instead of a new one, once they are too many.
        """
        code = opened.code
        # With the flag: no person's claim rests on a scan that does not count.
        key = network, code.unit, code.issue, code.placement, flag
        seen, total = self._crowds.enter(key, now), self._networks.enter(network, now)
        if (seen * 2 <= PER_CODE and total * 2 <= PER_NETWORK) or network in self._nowhere:
            return None, None
        if seen <= PER_CODE and total <= PER_NETWORK:
            return key, None
        shared = self._crowds.share(key)
        if shared is None:
            return key, None  # the first of them is not durable yet
        if shared[1] == 1:
            _logger.warning("scans: %s is opened so often from one network that its scans of this"
                            " minute share a row", code.unit)
        return key, Logged(*shared)

    def _logged(self, scan: log.Scan, crowd: _Key | None, opened: OpenedCode) -> Logged:
        if crowd is not None:
            self._crowds.keep(crowd, scan.id)
        return Logged(scan.id, version=opened.version)

    def _scan(
        self, opened: OpenedCode, now: Instant, network: str, client: str, flag: str | None
    ) -> log.Scan:
        # A process that does not know of the end yet is told by `Stale` before it writes.
        kept = "" if self.snapshot().over else network
        return log.Scan(
            self._store.scan_id(now), self.campaign, now, opened.unit.id, opened.issue,
            opened.placement, kept, client, flag,
        )

    def _reopened(self, opened: OpenedCode, now: Instant) -> OpenedCode:
        self.reload()
        return self.check(opened.code, now)

    def network(self, address: str) -> str:
        """
        Return a keyed digest of the network of *address*: /24, or /48 of IPv6.

        Enough for limits and for seeing one machine claim for a village; too
        little to find a household (PIPL 6).
        """
        return self._network_of(address)

    def _digest_of_network(self, address: str) -> str:
        network = addresses.network(address)
        if not network:
            return ""
        return hmac.digest(self._network_key, network.encode(), "sha256").hex()[:16]
