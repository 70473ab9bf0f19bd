"""A public log in memory: rows that were never in a ledger, and a head over them."""
import json
import os
from dataclasses import dataclass, field
from typing import Any

from attribution.proof import bundle, leaves, merkle
from attribution.proof.bundle import SignedHead
from attribution.proof.leaves import Opening
from attribution.proof.log_keys import LogKeys, key_of
from attribution.proof.signed_notes import Checkpoint
from attribution.rule import instants
from attribution.rule.instants import Instant
from attribution.store.ids import first_id_at

NOW: Instant = instants.parse_instant("2026-11-30T02:00:00Z")
KEYS = LogKeys("log.example", (key_of(bytes(range(32))),))
VKEY = KEYS.vkeys("xf81")[-1]
ORIGIN = KEYS.origin("xf81")


def id_at(text: str) -> int:
    return first_id_at(instants.parse_instant(text)) + 1


@dataclass
class ALog:
    """Rows in the order of their leaves."""

    openings: list[Opening] = field(default_factory=list)
    entries: list[bytes] = field(default_factory=list)

    def add(self, *core: Any) -> Opening:
        """Append a row of the log *core* begins with."""
        opening = Opening(len(self.entries), json.dumps(core), os.urandom(16), leaves.NOBODY)
        self.openings.append(opening)
        self.entries.append(leaves.entry(opening.rc, opening.p, opening.core))
        return opening

    def scan(self, at: str, unit: str = "N07") -> Opening:
        id = id_at(at) + len(self.entries)
        return self.add("scan", id, 0, 0, unit, 1, None, "browser", None)

    def claim(self, at: str, unit: str = "N07") -> Opening:
        id = id_at(at) + len(self.entries)
        return self.add("claim", id, 0, unit, 1, None, None, 0, "v1", "browser")

    def count(self, day: str, unit: str = "N07", **counts: int) -> Opening:
        number = instants.day_of(instants.parse_instant(f"{day}T12:00:00+08:00"))
        id, told = len(self.entries), json.dumps(counts)
        return self.add("unit_count", id, 0, number, number, unit, told)

    @property
    def hashes(self) -> list[bytes]:
        return [merkle.leaf_hash(entry) for entry in self.entries]

    @property
    def tree(self) -> merkle.Subtree:
        return merkle.whole(self.hashes)

    def head(self, size: int | None = None, keys: LogKeys = KEYS) -> SignedHead:
        """Return the signed head of the first *size* leaves."""
        some = self.hashes[:size]
        checkpoint = Checkpoint(keys.origin("xf81"), len(some), merkle.root_of(some))
        return SignedHead(checkpoint, keys.note("xf81", checkpoint.text, NOW))

    def of(self, unit: str) -> list[Opening]:
        return [
            one for one in self.openings
            if {unit, "log_event", "retention_run"} & {str(part) for part in json.loads(one.core)}
        ]

    def bundle(self, unit: str = "N07", since: tuple[SignedHead, ...] = ()) -> dict[str, Any]:
        """Return the bundle of *unit* under the newest head, as it is read from its file."""
        made: dict[str, Any] = json.loads(bundle.assembled(
            unit, self.head(), self.of(unit), self.tree, [one.checkpoint for one in since]
        ))
        return made


def three_days() -> ALog:
    """Scans and claims of two units on two days that are counted, and one that is not."""
    log = ALog()
    for day in ("2026-11-28", "2026-11-29", "2026-11-30"):
        for unit, times in (("N07", 3), ("N08", 2)):
            for hour in range(times):
                log.scan(f"{day}T0{hour}:00:00Z", unit)
            log.claim(f"{day}T03:00:00Z", unit)
        if day != "2026-11-30":
            log.count(day, "N07", scan=3, claim=1)
            log.count(day, "N08", scan=2, claim=1)
    return log
