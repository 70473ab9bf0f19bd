"""
Seals of before the public log: what each log held, row by row, chained from seal to seal.

They are read when a ledger is taken over, and nothing makes one any more. The columns are
those that they were made of: what came to a log later is no concern of theirs.
"""
from collections.abc import Iterator

from attribution.store.engine.database import Connection, Row
from attribution.store.seal_pages import Log
from attribution.store.triggers import past_the_triggers


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
    _log("difference_done", "id difference at note by_whom"),
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


def listing(connection: Connection, campaign: str) -> list[Row]:
    """Return all seals in order."""
    return connection.rows(
        """select number, day, until, at, digest, rows, previous, root, mac from seal
            where campaign = :campaign order by number""",
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


def forget_pages(connection: Connection, dialect: str, campaign: str, limit: int) -> int:
    """Delete some pages; return how many. Their seals stay, which tell nothing of any row."""
    found = connection.rows(
        """select campaign, number, log, page from seal_page where campaign = :campaign
           order by number, log, page limit :limit""",
        {"campaign": campaign, "limit": limit},
    )
    if found:
        with past_the_triggers(connection, dialect, ["seal_page"]):
            connection.run_many(
                """delete from seal_page where campaign = :campaign and number = :number
                       and log = :log and page = :page""",
                found,
            )
    return len(found)
