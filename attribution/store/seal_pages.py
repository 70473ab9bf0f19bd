"""Seals: what each log held when it was sealed, row by row, chained from seal to seal."""
import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from attribution.rule.instants import Instant
from attribution.store.engine.database import Connection, Row
from attribution.store.ids import first_id_at


@dataclass(frozen=True)
class Log:
    """
    A sealed log. *personal* columns may be emptied by law; the rest may not.

    *key* names a row. *order* is what bounds are compared with: ids that grow with time,
    or a time where the key is text.
    """

    name: str
    columns: tuple[str, ...]
    personal: tuple[str, ...] = ()
    scoped: bool = True  # by campaign
    order: str = "id"
    key: str = "id"
    # Later columns: they count only in rows that have them, so that old seals hold.
    added: tuple[str, ...] = ()

    @property
    def selected(self) -> str:
        """All columns that are read, the row's key as ``key`` and its place as ``log_place``."""
        names = ", ".join(self.columns + self.personal + self.added)
        return f"{names}, {self.key} as key, {self.order} as log_place"

    def bound(self, at: Instant) -> int:
        return first_id_at(at) if self.order in _IDS else at


# Columns that hold ids of ours, which grow with time.
_IDS = ("id", "claim")


def _log(name: str, columns: str, personal: str = "", **how: object) -> Log:
    return Log(name, tuple(columns.split()), tuple(personal.split()), **how)  # type: ignore[arg-type]


LOGS = (
    _log("scan", "id at day unit issue placement client flag", "network"),
    _log("claim", "id at unit issue placement scan verified consent client",
         "person last4 network"),
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
    _log("difference_done", "id difference at note by_whom"),
    _log("difference_again", "id difference at state note by_whom"),
    _log("hold_word", "id claim at state reason note by_whom"),
    _log("export_seal", "id at sha256 name by_whom seal mac"),
    _log("retention_run", "id at log kind keys before rows by_whom"),
    _log("way_out", "id at day link unit client flag"),
    _log("erasure_asked", "id at claim by_whom", "person"),
    _log("appeal", "id at unit about note asked_by"),
    _log("appeal_answer", "id appeal at answer note proposal asked_by answered_by"),
    _log("patrol",
         "id at visit unit picture state code_unit issue placement leads by_whom"),
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

# Tables that change, and decide what counts: sealed as they stood at one version of
# the registry, and compared while that version is in force.
STATES = (
    _log("unit", "id position kind name target official_code area bank branch sector mode link"
         " issue closed_at", order="position",
         added=("aliases", "purpose", "successor", "leads")),
    _log("revocation", "unit issue at by_whom", order="at", key="unit || '-' || issue"),
)


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


def keys_between(
    connection: Connection, log: Log, campaign: str, since: int, until: int
) -> list[int | str]:
    """Return the keys of the rows of *log* with bounds *since* (inclusive) to *until*."""
    scope = " and campaign = :campaign" if log.scoped else ""
    return [row["key"] for row in connection.rows(
        f"""select {log.key} as key from {log.name}
            where {log.order} >= :since and {log.order} < :until{scope} order by {log.key}""",
        {"since": since, "until": until, "campaign": campaign},
    )]


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


def state_pages(connection: Connection, campaign: str) -> list[Row]:
    """Return the latest sealed pages of STATES: log, page (a registry version), rows, number."""
    found: dict[str, Row] = {}
    names = ", ".join(f"'{log.name}'" for log in STATES)
    for row in connection.rows(
        f"""select log, page, rows, number from seal_page
            where campaign = :campaign and log in ({names}) order by number""",
        {"campaign": campaign},
    ):
        found[row["log"]] = row
    return list(found.values())


def last(connection: Connection, campaign: str) -> Row | None:
    """Return the latest seal."""
    found = listing(connection, campaign, latest=True)
    return found[0] if found else None


def listing(connection: Connection, campaign: str, *, latest: bool = False) -> list[Row]:
    """Return all seals in order, or only the latest."""
    tail = "desc limit 1" if latest else ""
    return connection.rows(
        f"""select number, day, until, at, digest, rows, previous, root, mac from seal
            where campaign = :campaign order by number {tail}""",
        {"campaign": campaign},
    )


def logs_sealed(connection: Connection, campaign: str) -> set[str]:
    """Return the logs of which any seal holds a row."""
    rows = connection.rows(
        "select distinct log from seal_page where campaign = :campaign", {"campaign": campaign}
    )
    return {row["log"] for row in rows}


def numbers_named(connection: Connection, campaign: str) -> set[int]:
    """Return the numbers of seals that their pages, and the exports after them, speak of."""
    rows = connection.rows(
        """select number from seal_page where campaign = :campaign
           union select seal from export_seal where campaign = :campaign and seal > 0""",
        {"campaign": campaign},
    )
    return {int(row["number"]) for row in rows}


def pages(connection: Connection, campaign: str, number: int) -> Iterator[Row]:
    """Yield the pages of one seal in the order in which its root counts them."""
    names = connection.rows(
        """select log, page from seal_page where campaign = :campaign and number = :number
           order by log, page""",
        {"campaign": campaign, "number": number},
    )
    for name in names:
        row = connection.one(
            """select log, page, rows from seal_page where campaign = :campaign
                   and number = :number and log = :log and page = :page""",
            {"campaign": campaign, "number": number, **name},
        )
        if row is not None:
            yield row


def keys_of(connection: Connection, campaign: str, log: str, since_until: int) -> set[str]:
    """Return the keys of *log* in all seals that end after *since_until*."""
    found: set[str] = set()
    for row in connection.rows(
        """select seal_page.rows as rows from seal_page join seal
               on seal.campaign = seal_page.campaign and seal.number = seal_page.number
           where seal_page.campaign = :campaign and seal_page.log = :log
               and seal.until > :until""",
        {"campaign": campaign, "log": log, "until": since_until},
    ):
        found.update(line.rsplit(":", 2)[0] for line in str(row["rows"]).splitlines())
    return found


def add(connection: Connection, campaign: str, seal: Row, sealed: Sequence[Row]) -> bool:
    """Append a seal with its pages. False when another made one with its number meanwhile."""
    mine = connection.run(
        """insert into seal (campaign, number, day, until, at, digest, rows, previous, root, mac)
           values (:campaign, :number, :day, :until, :at, :digest, :rows, :previous, :root, :mac)
           on conflict do nothing""",
        {"campaign": campaign, **seal},
    )
    if mine:
        connection.run_many(
            """insert into seal_page (campaign, number, log, page, rows)
               values (:campaign, :number, :log, :page, :rows)""",
            [{"campaign": campaign, "number": seal["number"], **page} for page in sealed],
        )
    return bool(mine)


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
