"""The rows that count: of which tables each is a leaf of the public log, and how they are read."""
import contextlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from attribution.rule.instants import Instant
from attribution.store.engine.database import Columns, Connection, Row
from attribution.store.ids import first_id_at


@dataclass(frozen=True)
class Log:
    """
    A log whose rows are leaves. *personal* columns may be emptied by law; the rest may not.

    *key* names a row. *order* is what bounds are compared with: ids that grow with time,
    or a time where the key is text.
    """

    name: str
    columns: tuple[str, ...]
    personal: tuple[str, ...] = ()
    scoped: bool = True  # by campaign
    order: str = "id"
    key: str = "id"
    # Later columns: they count only in rows that have them, so that old leaves hold.
    added: tuple[str, ...] = ()

    @property
    def selected(self) -> str:
        """All columns that are read, the row's key as ``key`` and its place as ``log_place``."""
        names = ", ".join(self.columns + self.personal + self.added)
        return f"{names}, {self.key} as key, {self.order} as log_place"

    @property
    def by_id(self) -> bool:
        """Whether rows are named and ordered by ids of ours."""
        return self.key == self.order == "id"

    @property
    def ordered_by_id(self) -> bool:
        """Whether rows are ordered by ids of ours, their own or another's."""
        return self.order in _IDS

    def bound(self, at: Instant) -> int:
        """Return what rows of the instant *at* are not below, in their order."""
        return first_id_at(at) if self.ordered_by_id else at


# Columns that hold ids of ours, which grow with time.
_IDS = ("id", "claim")


def _log(name: str, columns: str, personal: str = "", **how: object) -> Log:
    return Log(name, tuple(columns.split()), tuple(personal.split()), **how)  # type: ignore[arg-type]


LOGS = (
    _log("scan", "id at day unit issue placement flag", "network client"),
    _log("claim", "id at unit issue placement scan verified consent",
         "person last4 network client"),
    _log("claim_event", "id claim at kind reason by_whom", "person"),
    _log("batch", "id sha256 source as_of received_at row_count by_whom", order="received_at"),
    # Under what else the platform speaks of a claimant: whose a fact without a number is.
    _log("alias", "id kind", "person digest"),
    _log("fact", "id as_of received_at batch registered_at card_bound_at first_txn_at",
         "person last4", added=("precision", "grade")),
    _log("credit", "id unit claim effective_at decided_at policy", "person", added=("grade",)),
    _log("adjustment", "id at kind from_unit to_unit reason note automatic asked_by approved_by",
         "person"),
    _log("proposal", "id at kind claim to_unit reason note asked_by", "person",
         added=("attachment",)),
    _log("proposal_answer", "id proposal at answer note asked_by answered_by"),
    _log("feed_plan", "id at batch sha256 asked_by terms report"),
    _log("feed_confirmation", "id at batch plan asked_by confirmed_by"),
    _log("batch_report", "id at batch report"),
    _log("difference", "id at batch line category reason", "person last4"),
    _log("platform_count", "id at source day place registered bound paid by_whom"),
    _log("scene_version", "id at scene sector kind name place area department bank second_bank ways"
         " state opened checked note by_whom"),
    _log("stated_figure", "id at subject unit day number source by_whom"),
    # The digest stands for the figures.
    _log("snapshot", "id at number since until sha256 by_whom"),
    _log("snapshot_file", "id at snapshot kind name sha256 program by_whom"),
    _log("end_mark", "id at kind subject detail by_whom"),
    _log("difference_done", "id difference at note by_whom"),
    _log("difference_again", "id difference at state note by_whom"),
    _log("hold_word", "id claim at state reason note by_whom"),
    _log("export_seal", "id at sha256 name by_whom seal mac"),
    _log("retention_run", "id at log kind keys before rows by_whom"),
    _log("way_out", "id at day link unit flag", "client"),
    _log("erasure_asked", "id at claim by_whom", "person"),
    _log("appeal", "id at unit about note asked_by"),
    _log("appeal_answer", "id appeal at answer note proposal asked_by answered_by"),
    _log("patrol",
         "id at visit unit picture state code_unit issue placement leads by_whom"),
    # How many rows units have a day, and what befell the log of leaves itself.
    _log("unit_count", "id at day until unit counts"),
    _log("log_event", "id at kind data"),
    _log("rule_of_two", "id at by_whom"),
    _log("hand", "id at account deed by_whom vouched_by alone role mark", scoped=False),
    _log("request", "id at kind subject payload note asked_by"),
    _log("request_answer", "id request at answer note asked_by answered_by"),
    _log("period_request", "id at until asked_by"),
    _log("period_lock", "id at since until request asked_by approved_by rows"),
    _log("period_count", "id until unit day kind n"),
    _log("campaign_terms", "id at version terms"),
    _log("unit_change", "id at revision unit since moment before after note by_whom"),
    _log("setting_change", "id at revision setting before after by_whom"),
    _log("audit", "id at who what detail", scoped=False),
    # Who stands for what somebody asked for that left.
    _log("handover", "id at leaver successor by_whom", scoped=False),
    # Who may bring facts. A secret is in none of them.
    _log("partner_key", "id partner may at by_whom", scoped=False, order="at"),
    _log("partner_revocation", "key at by_whom", scoped=False, order="at", key="key"),
    # Which claim a form made: why a second tap was no second claim.
    _log("form", "token claim", "person", scoped=False, order="claim", key="token"),
)

# Tables that change, and decide what counts: each version of a row is a leaf.
STATES = (
    _log("unit", "id position kind name target official_code area bank branch sector mode link"
         " issue closed_at", order="position",
         added=("aliases", "purpose", "successor", "leads")),
    _log("revocation", "unit issue at by_whom", order="at", key="unit || '-' || issue"),
)

# An account with the units it is for; it changes too, by deeds that are entered.
ACCOUNT = _log("account", "name role created_at closed_at real_name scopes", scoped=False)


def count(connection: Connection, log: Log, campaign: str, since: int, until: int) -> int:
    """Return how many rows of *log* lie in the bounds *since* (inclusive) to *until*."""
    scope = " and campaign = :campaign" if log.scoped else ""
    row = connection.one(
        f"""select count(*) as n from {log.name}
            where {log.order} >= :since and {log.order} < :until{scope}""",
        {"since": since, "until": until, "campaign": campaign},
    )
    return int(row["n"]) if row else 0


def rows(
    connection: Connection, log: Log, campaign: str, since: int, until: int,
    after: int | str | None, limit: int,
) -> list[Row]:
    """Return rows of *log* with bounds *since* (inclusive) to *until*, by key, after *after*."""
    scope = " and campaign = :campaign" if log.scoped else ""
    further = "" if after is None else f" and {log.key} > :after"
    parameters: dict[str, object] = {"since": since, "until": until, "limit": limit}
    if log.scoped:
        parameters["campaign"] = campaign
    if after is not None:
        parameters["after"] = after
    return connection.rows(
        f"""select {log.selected} from {log.name}
            where {log.order} >= :since and {log.order} < :until{scope}{further}
            order by {log.key} limit :limit""",
        parameters,
    )


def page(
    connection: Connection, log: Log, campaign: str, after: int | str | None, limit: int,
    bounds: tuple[int, int] | None = None,
) -> Columns:
    """
    Return rows of *log* by key, after *after*, by columns.

    Args:
        bounds: Only rows whose places are from the first (inclusive) to the second.
    """
    conditions = [
        *(["campaign = :campaign"] if log.scoped else ()),
        *([f"{log.key} > :after"] if after is not None else ()),
        *([f"{log.order} >= :since and {log.order} < :until"] if bounds else ()),
    ]
    where = f"where {' and '.join(conditions)}" if conditions else ""
    parameters: dict[str, object] = {"limit": limit}
    if log.scoped:
        parameters["campaign"] = campaign
    if after is not None:
        parameters["after"] = after
    if bounds:
        parameters["since"], parameters["until"] = bounds
    return connection.columns(
        f"select {log.selected} from {log.name} {where} order by {log.key} limit :limit",
        parameters,
    )


def keys(
    connection: Connection, log: Log, campaign: str, since: int, until: int,
    after: int | str | None, limit: int,
) -> list[int | str]:
    """Return keys of *log* with bounds *since* (inclusive) to *until*, after *after*."""
    scope = " and campaign = :campaign" if log.scoped else ""
    further = "" if after is None else f" and {log.key} > :after"
    parameters: dict[str, object] = {"since": since, "until": until, "limit": limit}
    if log.scoped:
        parameters["campaign"] = campaign
    if after is not None:
        parameters["after"] = after
    return [row["key"] for row in connection.rows(
        f"""select {log.key} as key from {log.name}
            where {log.order} >= :since and {log.order} < :until{scope}{further}
            order by {log.key} limit :limit""",
        parameters,
    )]


def newest_id(connection: Connection) -> int:
    """Return the highest id of those logs that always grow; 0 before any row."""
    found = 0
    for table in ("scan", "claim", "audit"):
        row = connection.one(f"select max(id) as id from {table}")
        found = max(found, int(row["id"] or 0) if row else 0)
    return found


def next_ids(
    connection: Connection, campaign: str, logs: Iterable[str], since: int
) -> list[int]:
    """Return the lowest id not below *since* in each of *logs* that has one."""
    found = []
    for name in logs:
        row = connection.one(
            f"select min(id) as id from {name} where campaign = :campaign and id >= :since",
            {"campaign": campaign, "since": since},
        )
        if row and row["id"] is not None:
            found.append(int(row["id"]))
    return found


def accounts(connection: Connection) -> list[Row]:
    """Return all accounts, the name as ``key``, without the units they are for."""
    return connection.rows(
        """select name, role, created_at, closed_at, real_name, name as key
           from account order by name"""
    )


def with_keys(
    connection: Connection, log: Log, campaign: str, keys: Sequence[int | str]
) -> list[Row]:
    """Return the rows of *log* with exactly *keys* (at most 500)."""
    if not keys:
        return []
    places = ", ".join(f":k{index}" for index in range(len(keys)))
    scope = " and campaign = :campaign" if log.scoped else ""
    parameters: dict[str, object] = {f"k{index}": key for index, key in enumerate(keys)}
    if log.scoped:
        parameters["campaign"] = campaign
    return connection.rows(
        f"""select {log.selected} from {log.name}
            where {log.key} in ({places}){scope} order by {log.key}""",
        parameters,
    )


def state(connection: Connection, log: Log, campaign: str) -> list[Row]:
    """Return all rows of one of STATES."""
    return connection.rows(
        f"""select {log.selected} from {log.name} where campaign = :campaign
            order by {log.key}""",
        {"campaign": campaign},
    )


def add_export(connection: Connection, campaign: str, row: Row) -> None:
    """Record that a file was given out."""
    connection.run(
        """insert into export_seal (campaign, id, at, sha256, name, by_whom, seal, mac)
           values (:campaign, :id, :at, :sha256, :name, :by_whom, :seal, :mac)""",
        {"campaign": campaign, **row},
    )


def exports_with(connection: Connection, campaign: str, sha256: str) -> list[Row]:
    """Return when a file of this content was given out, oldest first."""
    return connection.rows(
        """select id, at, sha256, name, by_whom, seal, mac from export_seal
           where campaign = :campaign and sha256 = :sha256 order by id""",
        {"campaign": campaign, "sha256": sha256},
    )


@dataclass(frozen=True)
class Gaps:
    """What the retention job took from one log."""

    deleted_before: int = 0
    shredded_before: int = 0
    deleted: frozenset[str] = frozenset()
    shredded: frozenset[str] = frozenset()

    def may_lack(self, key: str) -> bool:
        return key in self.deleted or (key.isdecimal() and int(key) < self.deleted_before)

    def may_differ(self, key: str) -> bool:
        return key in self.shredded or (key.isdecimal() and int(key) < self.shredded_before)


def gaps(connection: Connection, campaign: str, log: str) -> Gaps:
    """Return what the retention job recorded about *log*."""
    deleted_before = shredded_before = 0
    single: dict[str, set[str]] = {"deleted": set(), "shredded": set()}
    for row in connection.rows(
        """select kind, keys, before from retention_run
           where campaign = :campaign and log = :log order by id""",
        {"campaign": campaign, "log": log},
    ):
        if row["kind"] not in single:
            continue  # touched by hand, which its own seal tells
        if row["keys"]:
            with contextlib.suppress(ValueError):
                single[row["kind"]].update(str(key) for key in json.loads(row["keys"]))
        elif row["kind"] == "shredded":
            shredded_before = max(shredded_before, int(row["before"]))
        else:
            deleted_before = max(deleted_before, int(row["before"]))
    return Gaps(
        deleted_before, shredded_before, frozenset(single["deleted"]),
        frozenset(single["shredded"]),
    )
