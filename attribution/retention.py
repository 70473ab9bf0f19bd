"""
What must not be kept is not kept: lapsed claims, erasures that were asked for, old scans.

A person is *unlinked*, not deleted: a name by chance takes the digest's place and the
last digits go, so that credits and counts remain and nobody can be found in them. At
the end of a campaign its pepper is destroyed, which does the same to all who are left
(crypto-shredding). Each run is in the log and in the audit.
"""
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from attribution import decisions, facts
from attribution.instants import DAY, Instant
from attribution.store import Store, retention, staff
from attribution.store.database import Connection
from attribution.store.ids import first_id_at
from qrgen.instance import make_keys
from qrgen.registry import Campaign
from qrgen.shell import Fault

# The claim's window and a week for the platform's file to arrive.
UNVERIFIED_KEPT = (7 + 7) * DAY
VERIFIED_KEPT = (30 + 7) * DAY
# The security law asks for six months of logs; then the counts are enough.
SCANS_KEPT = 183 * DAY
# Long after any retry of a partner's.
REQUESTS_KEPT = 30 * DAY

_CHUNK = 200


@dataclass(frozen=True)
class Done:
    """What a run took away (or, on a dry run, would)."""

    lapsed: int = 0  # persons unlinked because their claims lapsed
    asked: int = 0  # persons unlinked because they asked
    claims: int = 0  # single claims unlinked because their person, who has others, asked
    scans: int = 0
    requests: int = 0


def erase_asked(store: Store, campaign: Campaign, now: Instant, by_whom: str) -> int:
    """Unlink everybody who asked for it, and nothing else; return how many persons."""
    done = _unlink_all(
        store, campaign, lambda c: retention.asked(c, campaign.id, _CHUNK), now, by_whom
    )
    store.write(
        lambda c: staff.add_audit(c, store.next_id(now), now, by_whom, "erased", str(done))
    )
    return done


def run(
    store: Store, campaign: Campaign, now: Instant, by_whom: str, *, dry_run: bool = False
) -> Done:
    """Do what is due; return what was done."""

    def lapsed(connection: Connection) -> list[str]:
        return retention.unmatched(
            connection, campaign.id, now - VERIFIED_KEPT, now - UNVERIFIED_KEPT,
            10_000_000 if dry_run else _CHUNK,
        )

    def asked(connection: Connection) -> list[str]:
        return retention.asked(connection, campaign.id, 10_000_000 if dry_run else _CHUNK)

    if dry_run:
        with store.read() as connection:
            wished = set(asked(connection))
            return Done(
                len(set(lapsed(connection)) - wished), len(wished),
                sum(row["person"] not in wished for row in retention.asked_one_by_one(
                    connection, campaign.id, 10_000_000)),
                retention.old_scans(connection, campaign.id, now - SCANS_KEPT),
            )
    _settle_files(store, campaign, now)
    by_wish = _unlink_all(store, campaign, asked, now, by_whom)
    claims = _unlink_claims(store, campaign, now, by_whom)
    by_time = _unlink_all(store, campaign, lapsed, now, by_whom)
    with store.transaction() as connection:
        before = now - SCANS_KEPT
        scans = retention.old_scans(connection, campaign.id, before)
        if scans:
            retention.forget_scans(connection, store.database.dialect, campaign.id, before)
            retention.record(connection, campaign.id, {
                "id": store.next_id(now), "at": now, "log": "scan", "kind": "deleted",
                "before": first_id_at(before), "rows": scans, "by_whom": by_whom,
            })
        requests = retention.forget_requests(connection, now - REQUESTS_KEPT)
        done = Done(by_time, by_wish, claims, scans, requests)
        staff.add_audit(connection, store.next_id(now), now, by_whom, "retention", str(done))
    return done


def shred(
    store: Store, campaign: Campaign, instance: Path, now: Instant, by_whom: str
) -> dict[str, int]:
    """
    End the campaign's persons: empty what names them, and destroy the pepper.

    Returns:
        Rows emptied by table.

    Raises:
        Fault: the campaign is not over, or its pepper is not in the instance folder.
    """
    if now < _end(campaign):
        raise Fault(
            f"the campaign settles until {campaign.settle_end:%Y-%m-%d}",
            "after that, when appeals are closed, nobody can be found any more",
        )
    path = instance / "keys" / "person.keys"
    if "ZHUANMA_PERSON_KEYS" in os.environ or not path.is_file():
        raise Fault(
            f"{path}: the pepper is not there", "destroy it where it is kept, and say so in writing"
        )
    _settle_files(store, campaign, now)
    with store.transaction() as connection:
        tables = ["scan", *retention.LOGS, *retention.OTHERS]
        with retention.past_the_triggers(connection, store.database.dialect, tables):
            done = retention.empty_all(connection, campaign.id)
        bound = store.next_id(now)
        for log in ("scan", *retention.LOGS):
            if done.get(log):
                retention.record(connection, campaign.id, {
                    "id": store.next_id(now), "at": now, "log": log, "kind": "shredded",
                    "before": bound, "rows": done[log], "by_whom": by_whom,
                })
        staff.add_audit(connection, store.next_id(now), now, by_whom, "shredded", campaign.id)
    # After the rows: a kill in between leaves a pepper without last digits, and the
    # command can be run again.
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    make_keys(instance, "person")  # another one, so that reports can still be read
    return done


def _settle_files(store: Store, campaign: Campaign, now: Instant) -> None:
    """Leave no person's rows in a file on its way, where nobody would look for them."""
    facts.finish(store, campaign, now)
    facts.forget_abandoned(store, campaign)


def _end(campaign: Campaign) -> Instant:
    from attribution.instants import from_datetime

    return from_datetime(campaign.settle_end)


def _unlink_all(
    store: Store, campaign: Campaign, due: Callable[[Connection], list[str]], now: Instant,
    by_whom: str,
) -> int:
    count = 0
    while True:
        with store.transaction() as connection:
            persons = due(connection)
            connection.hold(campaign.id, persons)
            tables = [*retention.LOGS, *retention.OTHERS]
            touched: dict[str, list[int | str]] = {}
            if persons:
                with retention.past_the_triggers(connection, store.database.dialect, tables):
                    for person in persons:
                        # As long as a digest, and the digest of nothing.
                        rows = retention.unlink(
                            connection, campaign.id, person, secrets.token_hex(32)
                        )
                        for log, keys in rows.items():
                            touched.setdefault(log, []).extend(keys)
            _record(store, connection, campaign, touched, now, by_whom)
        count += len(persons)
        if len(persons) < _CHUNK:
            return count


def _unlink_claims(store: Store, campaign: Campaign, now: Instant, by_whom: str) -> int:
    """Unlink the claims that were erased one by one from their persons, who have others."""
    count = 0
    while True:
        with store.transaction() as connection:
            rows = retention.asked_one_by_one(connection, campaign.id, _CHUNK)
            persons = {row["person"] for row in rows}
            connection.hold(campaign.id, sorted(persons))
            touched: dict[str, list[int | str]] = {}
            if rows:
                tables = [*retention.LOGS, *retention.OTHERS]
                with retention.past_the_triggers(connection, store.database.dialect, tables):
                    for row in rows:
                        other = secrets.token_hex(32)
                        persons.add(other)
                        for log, keys in retention.unlink_claim(
                            connection, campaign.id, row["person"], row["claim"], row["unit"],
                            other,
                        ).items():
                            touched.setdefault(log, []).extend(keys)
                # The claim now stands alone, and so needs a standing of its own.
                decisions.refresh(store, connection, campaign, persons, now, "erased")
            _record(store, connection, campaign, touched, now, by_whom)
        count += len(rows)
        if len(rows) < _CHUNK:
            return count


def _record(
    store: Store, connection: Connection, campaign: Campaign,
    touched: dict[str, list[int | str]], now: Instant, by_whom: str,
) -> None:
    for log, keys in touched.items():
        retention.record(connection, campaign.id, {
            "id": store.next_id(now), "at": now, "log": log, "kind": "shredded",
            "before": 0, "rows": len(keys), "by_whom": by_whom,
        }, keys)
