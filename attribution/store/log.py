"""The log: scans, claims and what befell them. Rows are added, never changed."""
import contextlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields

from attribution.rule.instants import Instant, day_of
from attribution.store import end_log
from attribution.store.assisted import CLIENT
from attribution.store.engine.database import Connection, Row
from attribution.store.ids import first_id_at

# How many counts of one kind fell on one unit and day: (unit, day, kind) -> n.
Tallies = Counter[tuple[str, int, str]]


@dataclass(frozen=True, slots=True)
class Scan:
    """A code was opened. *flag* says why it does not count; None when it does."""

    id: int
    campaign: str
    at: Instant
    unit: str
    issue: int
    placement: str | None
    network: str
    client: str
    flag: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A person said which unit brought them. *token* is the form's, used once."""

    id: int
    campaign: str
    person: str
    at: Instant
    unit: str
    issue: int
    placement: str | None
    scan: int | None
    verified: bool
    last4: str
    consent: str
    network: str
    client: str
    token: str


class TokenUsed(Exception):
    """The form was already sent with another number."""


class SomeThere(Exception):
    """Some of the scans were written before; the transaction must be undone."""


_ADD_SCAN = """
    insert into scan (id, campaign, at, day, unit, issue, placement, network, client, flag)
    values (:id, :campaign, :at, :day, :unit, :issue, :placement, :network, :client, :flag)
    on conflict do nothing"""


def add_scans(connection: Connection, scans: Sequence[Scan], *, again: bool = False) -> None:
    """
    Append *scans* and count them.

    Args:
        again: Some may be there already, written by an attempt whose answer was lost.
            They are left alone and not counted twice. Slower: a statement each.

    Raises:
        SomeThere: it was not *again*, and yet some are there.
    """
    if not scans:
        return
    rows = [_row(scan) for scan in scans]
    if again:
        added = zip(scans, [connection.run(_ADD_SCAN, row) for row in rows], strict=True)
        scans = [scan for scan, new in added if new]
    elif connection.run_many(_ADD_SCAN, rows) < len(rows):
        raise SomeThere
    by_campaign: dict[str, Tallies] = {}
    for scan in scans:
        tallies = by_campaign.setdefault(scan.campaign, Counter())
        tallies[scan.unit, day_of(scan.at), "flagged" if scan.flag else "scan"] += 1
    for campaign, tallies in by_campaign.items():
        add_tallies(connection, campaign, tallies)
    connection.scans_added(len(scans))


class _Tried(Exception):
    """The scan went in; now it goes out again."""


def try_scan(connection: Connection, scan: Scan) -> None:
    """
    Write *scan* into all that a scan is written into, and undo it.

    Raises:
        StoreError: a scan would have failed on the same.
    """
    day = day_of(scan.at)
    with contextlib.suppress(_Tried), connection.savepoint():
        connection.run_many(_ADD_SCAN, [_row(scan)])
        add_tallies(connection, scan.campaign, Counter({(scan.unit, day, "flagged"): 1}))
        # Question for, it is written now and not with the commit.
        connection.one(
            "select n from tally where campaign = :campaign and unit = :unit and day = :day",
            {"campaign": scan.campaign, "unit": scan.unit, "day": day},
        )
        raise _Tried


def _row(scan: Scan) -> Row:
    return {
        "id": scan.id, "campaign": scan.campaign, "at": scan.at, "day": day_of(scan.at),
        "unit": scan.unit, "issue": scan.issue, "placement": scan.placement,
        "network": scan.network, "client": scan.client, "flag": scan.flag,
    }


def add_claim(
    connection: Connection, claim: ClaimRow, earlier: Sequence[Instant] | None = None
) -> ClaimRow:
    """
    Append *claim* and return it; or the claim that its form made before, so that
    a double tap or a retry after a lost answer changes nothing.

    Args:
        earlier: When its person claimed its unit before, where the caller holds the person
            and has read that; else it is read here.

    Raises:
        TokenUsed: the form was sent before with another number.
        Fault: the campaign's people are gone.
    """
    end_log.require_people(connection, claim.campaign)
    connection.hold(claim.campaign, [claim.person])
    mine = connection.run(
        """insert into form (token, person, claim) values (:token, :person, :claim)
           on conflict do nothing""",
        {"token": claim.token, "person": claim.person, "claim": claim.id},
    )
    if not mine:
        owner = connection.one(
            "select person, claim from form where token = :token", {"token": claim.token}
        )
        if owner is None or owner["person"] != claim.person:
            raise TokenUsed
        before = connection.one(
            """select at, unit, issue, placement, scan from claim
               where campaign = :campaign and person = :person and id = :id""",
            {"campaign": claim.campaign, "person": claim.person, "id": owner["claim"]},
        )
        if before is not None:
            return _replaced(claim, int(owner["claim"]), before)
        claim = _replaced(claim, int(owner["claim"]), {})

    if earlier is None:
        # All of the person's, and the unit sorted out here: asked for both, SQLite reads the
        # index of the unit, and with it every claim that the unit ever had.
        earlier = [
            row["at"] for row in connection.rows(
                "select unit, at from claim where campaign = :campaign and person = :person",
                {"campaign": claim.campaign, "person": claim.person},
            ) if row["unit"] == claim.unit
        ]
    connection.run(
        """insert into claim (campaign, person, id, at, unit, issue, placement, scan, verified,
               last4, consent, network, client)
           values (:campaign, :person, :id, :at, :unit, :issue, :placement, :scan, :verified,
               :last4, :consent, :network, :client)""",
        {
            "campaign": claim.campaign, "person": claim.person, "id": claim.id, "at": claim.at,
            "unit": claim.unit, "issue": claim.issue, "placement": claim.placement,
            "scan": claim.scan, "verified": int(claim.verified), "last4": claim.last4,
            "consent": claim.consent, "network": claim.network, "client": claim.client,
        },
    )
    day = day_of(claim.at)
    tallies: Tallies = Counter({(claim.unit, day, "claim"): 1})
    # People, not forms: someone who claims a unit twice is one person, on the day
    # of their first claim, even where that one arrives last.
    counted = day_of(min(earlier)) if earlier else None
    if counted is None or counted > day:
        tallies[claim.unit, day, "claimant"] += 1
        if counted is not None:
            tallies[claim.unit, counted, "claimant"] -= 1
    if not earlier or claim.at < min(earlier):
        _count_assisted(connection, claim, bool(earlier), tallies)
    add_tallies(connection, claim.campaign, tallies)
    return claim


def _count_assisted(
    connection: Connection, claim: ClaimRow, displaces: bool, tallies: Tallies
) -> None:
    """Count *claim*, its person's first of the unit, where it was taken at the unit's counter."""
    if claim.client == CLIENT:
        tallies[claim.unit, day_of(claim.at), "assisted"] += 1
    if displaces:
        before = connection.one(
            """select at, client from claim where campaign = :campaign and person = :person
                   and unit = :unit and id <> :id order by at, id limit 1""",
            {"campaign": claim.campaign, "person": claim.person, "unit": claim.unit,
             "id": claim.id},
        )
        if before is not None and before["client"] == CLIENT:
            tallies[claim.unit, day_of(before["at"]), "assisted"] -= 1


def unproved(connection: Connection, campaign: str, person: str, id: int) -> ClaimRow | None:
    """Return the claim *id* as it was written; None where it was proved, withdrawn, forgotten."""
    row = connection.one(
        """select * from claim
           where campaign = :campaign and person = :person and id = :id and verified = 0
               and not exists (select 1 from claim_event
                   where claim_event.campaign = :campaign and claim_event.person = :person
                       and claim_event.claim = :id
                       and coalesce(claim_event.kind, '') = 'withdrawn')""",
        {"campaign": campaign, "person": person, "id": id},
    )
    # Two statements: on a cluster forms lie beside other rows than claims do.
    form = connection.one(
        "select token from form where claim = :id and person = :person",
        {"id": id, "person": person},
    )
    if row is None or form is None:
        return None
    values = {**row, "token": form["token"], "verified": False}
    return ClaimRow(**{one.name: values[one.name] for one in fields(ClaimRow)})


def claim_of_form(connection: Connection, token: str) -> Row | None:
    """Return ``person`` and ``claim`` that the form of *token* made; None when it is unused."""
    return connection.one("select person, claim from form where token = :token", {"token": token})


def add_claim_event(
    connection: Connection, campaign: str, person: str, claim: int, *,
    id: int, at: Instant, kind: str, reason: str, by_whom: str,
) -> None:
    """Record that *claim* was ``withdrawn``, ``held`` or ``released``."""
    connection.run(
        """insert into claim_event (campaign, person, id, claim, at, kind, reason, by_whom)
           values (:campaign, :person, :id, :claim, :at, :kind, :reason, :by_whom)""",
        {
            "campaign": campaign, "person": person, "id": id, "claim": claim, "at": at,
            "kind": kind, "reason": reason, "by_whom": by_whom,
        },
    )


def add_tallies(connection: Connection, campaign: str, tallies: Tallies) -> None:
    """
    Add *tallies* (negative ones too) to the counts.

    Each count is the sum of several rows, its slots. A transaction adds to one of them,
    so that two of them seldom wait for each other at a code that all the town scans.
    """

    def write(connection: Connection, tallies: Tallies) -> None:
        # Always in this order, so that two who count several units cannot block each other.
        connection.run_many(
            """insert into tally (campaign, unit, day, kind, slot, n)
               values (:campaign, :unit, :day, :kind, :slot, :n)
               on conflict (campaign, unit, day, kind, slot)
                   do update set n = tally.n + excluded.n""",
            [
                {"campaign": campaign, "unit": unit, "day": day, "kind": kind,
                 "slot": connection.slot, "n": n}
                for (unit, day, kind), n in sorted(tallies.items())
                if n
            ],
        )

    connection.later(campaign, tallies, write)


def _replaced(claim: ClaimRow, id: int, stored: dict[str, object]) -> ClaimRow:
    fields = {name: getattr(claim, name) for name in ClaimRow.__slots__}
    return ClaimRow(**{**fields, "id": id, **stored})


def claimants_since(
    connection: Connection, campaign: str, unit: str, since: Instant
) -> list[str]:
    """Return who claimed with *unit*'s code at or after *since*, each once."""
    rows = connection.rows(
        """select distinct person from claim
           where campaign = :campaign and unit = :unit and id >= :id and at >= :since""",
        {"campaign": campaign, "unit": unit, "id": first_id_at(since), "since": since},
    )
    return [row["person"] for row in rows]
