"""Units and codes: small tables that change rarely, and a version that tells when."""
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from attribution.rule.instants import Instant
from attribution.store import end_log
from attribution.store.engine.database import Connection, Row


class Stale(Exception):
    """Units or codes changed since they were read."""


@dataclass(frozen=True)
class Unit:
    """
    A unit as the ledger knows it today. Field meanings: `qrgen.registry.Unit`.

    Args:
        closed_at: Since when it is active no more, also where it was merged; None: it is.
        successor: Into which unit it was merged.
        leads: For whom its code claims and from when on, JSON (`unit_history.Lead`).
    """

    id: str
    position: int
    kind: str
    name: str
    target: int | None
    official_code: str | None
    area: str | None
    bank: str | None
    branch: str | None
    sector: str | None
    mode: str | None
    link: str | None
    issue: int
    closed_at: Instant | None = None
    aliases: str | None = None
    purpose: str | None = None
    successor: str | None = None
    leads: str | None = None

    @property
    def is_point(self) -> bool:
        """Whether it is a survey point (融资需求调查点): nobody registers there."""
        return self.purpose == "finance"

    @property
    def shown_kind(self) -> str:
        """Its kind as lists show it: a point is none of the departments."""
        return "point" if self.is_point else self.kind


@dataclass(frozen=True)
class Registry:
    """All units and revocations of one campaign at one version."""

    version: int
    units: dict[str, Unit]
    revoked: frozenset[tuple[str, int]]
    # For whom the codes claim of units that are not always themselves (`unit_history.Lead`).
    leads: Mapping[str, Sequence[Sequence[Any]]] = field(default_factory=dict)
    # The campaign's people are gone: nothing about a visitor is kept any more.
    over: bool = False


_COLUMNS = (
    "id, position, kind, name, target, official_code, area, bank, branch, sector,"
    " mode, link, issue, closed_at, aliases, purpose, successor, leads"
)


def version(connection: Connection, campaign: str) -> int:
    """Return the registry's version; 0 before the first import."""
    row = connection.one(
        "select version from registry_version where campaign = :campaign",
        {"campaign": campaign},
    )
    return int(row["version"]) if row else 0


def read(connection: Connection, campaign: str) -> Registry:
    """Return the registry of *campaign*, units in the order of Attachment 1."""
    units = connection.rows(
        f"select {_COLUMNS} from unit where campaign = :campaign order by position, id",
        {"campaign": campaign},
    )
    revoked = connection.rows(
        "select unit, issue from revocation where campaign = :campaign", {"campaign": campaign}
    )
    stand = connection.one(
        """select version, (select count(*) from end_mark
                            where end_mark.campaign = :campaign and kind = :kind) as ended
           from registry_version where campaign = :campaign""",
        {"campaign": campaign, "kind": end_log.BEGUN},
    )
    return Registry(
        int(stand["version"]) if stand else 0,
        {row["id"]: Unit(**row) for row in units},
        frozenset((row["unit"], row["issue"]) for row in revoked),
        {row["id"]: json.loads(row["leads"]) for row in units if row["leads"] is not None},
        bool(stand and stand["ended"]),
    )


def leads(connection: Connection, campaign: str, unit: str) -> tuple[str | None, int]:
    """Return for whom *unit*'s code claims, as `Unit.leads` tells it, and the version."""
    row = connection.one(
        """select leads, (select version from registry_version
                          where registry_version.campaign = :campaign) as version
           from unit where campaign = :campaign and id = :unit""",
        {"campaign": campaign, "unit": unit},
    )
    return (row["leads"], int(row["version"] or 0)) if row else (None, 0)


def put(connection: Connection, campaign: str, units: Iterable[Unit]) -> None:
    """
    Insert *units*, or update those that exist. Units not named stay as they are.

    What somebody changes goes through `unit_log.enter`, which tells its history too.
    """
    write(connection, campaign, units)
    bump(connection, campaign)


def write(connection: Connection, campaign: str, units: Iterable[Unit]) -> None:
    """Do as `put`, without another version of the registry."""
    # Each once, the last that is named: together they are one statement.
    connection.run_many(
        """insert into unit (campaign, id, position, kind, name, target, official_code, area,
               bank, branch, sector, mode, link, issue, closed_at, aliases, purpose,
               successor, leads)
           values (:campaign, :id, :position, :kind, :name, :target, :official_code, :area,
               :bank, :branch, :sector, :mode, :link, :issue, :closed_at, :aliases, :purpose,
               :successor, :leads)
           on conflict (campaign, id) do update set position = excluded.position,
               kind = excluded.kind, name = excluded.name, target = excluded.target,
               official_code = excluded.official_code, area = excluded.area,
               bank = excluded.bank, branch = excluded.branch, sector = excluded.sector,
               mode = excluded.mode, link = excluded.link, issue = excluded.issue,
               closed_at = excluded.closed_at, aliases = excluded.aliases,
               purpose = excluded.purpose, successor = excluded.successor,
               leads = excluded.leads""",
        [
            {"campaign": campaign, **vars(unit), "leads": _leads(unit)}
            for unit in {unit.id: unit for unit in units}.values()
        ],
    )


def _leads(unit: Unit) -> str | None:
    if unit.closed_at is not None and unit.leads is None:
        return json.dumps([[unit.closed_at, None]])
    return unit.leads


def revoke(
    connection: Connection, campaign: str, unit: str, issue: int, at: Instant, by_whom: str
) -> bool:
    """Revoke one issue of *unit*'s code for good. False when it already was."""
    added = connection.run(
        """insert into revocation (campaign, unit, issue, at, by_whom)
           values (:campaign, :unit, :issue, :at, :by_whom) on conflict do nothing""",
        {"campaign": campaign, "unit": unit, "issue": issue, "at": at, "by_whom": by_whom},
    )
    if added:
        bump(connection, campaign)
    return added > 0


def close(connection: Connection, campaign: str, unit: str, at: Instant | None) -> None:
    """End *unit* at *at*; None opens it again."""
    connection.run(
        "update unit set closed_at = :at where campaign = :campaign and id = :unit",
        {"campaign": campaign, "unit": unit, "at": at},
    )
    bump(connection, campaign)


def bump(connection: Connection, campaign: str) -> int:
    """Make another version of the registry, which is the revision of the campaign; return it."""
    connection.run(
        """insert into registry_version (campaign, version) values (:campaign, 1)
           on conflict (campaign) do update set version = registry_version.version + 1""",
        {"campaign": campaign},
    )
    return version(connection, campaign)


def day(connection: Connection, campaign: str) -> int:
    """Return the day (yyyymmdd) as of which the units stand."""
    row = connection.one(
        "select day from registry_version where campaign = :campaign", {"campaign": campaign}
    )
    return int(row["day"]) if row else 0


def set_day(connection: Connection, campaign: str, day: int) -> None:
    """Note the day as of which the units stand."""
    connection.run(
        "update registry_version set day = :day where campaign = :campaign",
        {"campaign": campaign, "day": day},
    )


def add_terms(connection: Connection, campaign: str, row: Row) -> None:
    """Keep a version of the campaign's terms; one that is kept already stays as it is."""
    connection.run(
        """insert into campaign_terms (campaign, version, id, at, terms)
           values (:campaign, :version, :id, :at, :terms) on conflict do nothing""",
        {"campaign": campaign, **row},
    )


def terms(connection: Connection, campaign: str) -> list[Row]:
    """Return the versions of the campaign's terms, oldest first."""
    return connection.rows(
        """select version, id, at, terms from campaign_terms
           where campaign = :campaign order by at, id""",
        {"campaign": campaign},
    )
