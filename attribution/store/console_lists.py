"""What the console lists: a page of rows, sorted, and how many there are."""
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from attribution.rule.instants import day_of, day_start
from attribution.store import export_pages, hold_words
from attribution.store.engine.database import Connection, Row, among
from attribution.store.export_pages import Filter
from attribution.store.steps import stated

# What may be asked for -> the column that it means. Nothing else reaches the SQL.
SORTS = {
    "scans": {"at": "id", "unit": "unit"},
    "claims": {"at": "claim.id", "unit": "claim.unit"},
    "attribution": {
        "claimed_at": "coalesce(c.at, s.registered_at)", "unit": "coalesce(s.credited, s.unit)",
        "registered_at": "coalesce(s.registered_at, 0)",
    },
    "credits": {"effective_at": "s.effective_at", "unit": "s.credited"},
}

# Of so many scans a unit's page tells issues and placements: enough to see which posters
# are in use, and no more to read in a unit that has a million.
LATEST = 1000

_STANDING = """from standing s left join claim c on c.campaign = s.campaign
    and c.person = s.person and c.id = coalesce(s.claim, (select max(latest.id)
        from claim latest where latest.campaign = s.campaign and latest.person = s.person))
    where s.campaign = :campaign"""


def rows(
    connection: Connection, campaign: str, what: str, chosen: Filter, *,
    sort: str, descending: bool, offset: int, limit: int,
) -> tuple[list[Row], int]:
    """Return a page of the log *what*, and how many rows there are in all."""
    reached = export_pages.reach(connection, campaign, chosen) if what == "scans" else None
    columns, source = _source(what, chosen, sort)
    order = SORTS[what][sort]
    tie = {"scans": "id", "claims": "claim.id"}.get(what, "s.person")
    way = "desc" if descending else "asc"
    parameters = {"campaign": campaign, **chosen.parameters()}
    if reached is not None:
        source += " and id > :after and id < :before"
        parameters |= {"after": reached[0], "before": reached[1]}
    total = _by_tallies(connection, campaign, what, chosen)
    if total is None:
        row = connection.one(f"select count(*) as n {source}", parameters)
        total = int(row["n"]) if row else 0
    found = connection.rows(
        f"select {columns} {source} order by {order} {way}, {tie} {way}"
        " limit :limit offset :offset",
        {**parameters, "limit": limit, "offset": offset},
    )
    return [stated(row) if "precision" in row else row for row in found], total


# What the tallies count: of which log, in which state -> their kinds.
_TALLIED = {
    ("scans", None): "'scan', 'flagged'", ("scans", "counted"): "'scan'",
    ("scans", "flagged"): "'flagged'", ("claims", None): "'claim'",
    ("claims", "first"): "'claimant'",
}


def _by_tallies(
    connection: Connection, campaign: str, what: str, chosen: Filter
) -> int | None:
    """
    Return how many rows of *what* *chosen* lets through, without counting them.

    None where no tally counts these, or the period does not begin and end with a day,
    as the counts do.
    """
    kinds = _TALLIED.get((what, chosen.state))
    if kinds is None:
        return None
    days: dict[str, Any] = {}
    for name, instant in (("since", chosen.since), ("until", chosen.until)):
        if instant is not None:
            days[name] = day_of(instant)
            if day_start(days[name]) != instant:
                return None
    where = replace(chosen, state=None).where("day", "unit")
    total = 0
    # Without what the retention job took from the log and left in the counts.
    for table, sign in (("tally", 1), ("tally_kept", -1)):
        row = connection.one(
            f"""select sum(n) as n from {table} where campaign = :campaign
                    and kind in ({kinds}){where}""",
            {"campaign": campaign, **chosen.parameters(), **days},
        )
        total += sign * int(row["n"] or 0) if row else 0
    return total


def _source(what: str, chosen: Filter, sort: str) -> tuple[str, str]:
    if what == "scans":
        return (
            "id, at, unit, issue, placement, client, flag",
            chosen.from_scans(by_unit=sort == "unit")
            + chosen.where("at", "unit", export_pages.SCAN_STATES),
        )
    if what == "claims":
        return (
            "claim.id as id, claim.at as at, claim.last4 as last4, claim.unit as unit,"
            " claim.issue as issue, claim.placement as placement, claim.verified as verified,"
            f" claim.client as client, {export_pages.CLAIM_STATE} as state",
            "from claim where claim.campaign = :campaign"
            + chosen.where("claim.at", "claim.unit", export_pages.CLAIM_STATES),
        )
    if what == "credits":
        where = " and s.credited is not null" + chosen.where("s.effective_at", "s.credited")
    else:
        where = chosen.where(
            "coalesce(c.at, s.registered_at)", "coalesce(s.credited, s.unit, c.unit)",
            export_pages.STANDING_STATES,
        )
    columns = (
        "s.last4 as last4, coalesce(s.credited, s.unit, c.unit) as unit,"
        " s.credited as credited, s.reason as reason, c.at as claimed_at,"
        " c.unit as claimed_unit, c.issue as issue, c.placement as placement,"
        " c.verified as verified, s.registered_at as registered_at,"
        " s.card_bound_at as card_bound_at, s.first_txn_at as first_txn_at,"
        " s.precision as precision,"
        " s.effective_at as effective_at, s.decided_at as decided_at,"
        # Of whom nobody claimed, the first fact names the person.
        " coalesce(c.id, (select min(f.id) from fact f where f.campaign = s.campaign"
        " and f.person = s.person)) as row"
    )
    return columns, _STANDING + where + chosen.batched()


def held(
    connection: Connection, campaign: str, state: str = "waiting", limit: int = 2000,
    only: Collection[int] | None = None
) -> list[Row]:
    """
    Return the held claims, those that wait longest first.

    Args:
        state: Of `hold_words.STATES`: those that wait for a decision, or not to be released.
        only: Of these claims alone.
    """
    condition, parameters = among("claim.id", only)
    return connection.rows(
        f"""select claim.id as id, claim.person as person, claim.at as at, claim.unit as unit,
                claim.last4 as last4, claim.client as client, claim.placement as placement,
                (select e.reason from claim_event e where e.campaign = claim.campaign
                    and e.person = claim.person and e.claim = claim.id
                    and coalesce(e.kind, '') = 'held'
                    order by e.id desc limit 1) as reason,
                (select max(e.at) from claim_event e where e.campaign = claim.campaign
                    and e.person = claim.person and e.claim = claim.id
                    and coalesce(e.kind, '') = 'held')
                    as held_at
            from claim
            where claim.campaign = :campaign and (claim.person, claim.id) in (
                    select e.person, e.claim from claim_event e
                    where e.campaign = :campaign and e.kind = 'held')
                and {export_pages.CLAIM_STATES["held"]}
                and {hold_words.STATES[state]}{condition}
            order by claim.id limit :limit""",
        {"campaign": campaign, "limit": limit, **parameters},
    )


def count_unanswered(connection: Connection, campaign: str, what: str) -> int:
    """Return how many of *what* (``appeal``, ``proposal``) nobody has decided."""
    row = connection.one(
        f"""select count(*) as n from {what} where campaign = :campaign and not exists (
                select 1 from {what}_answer answer where answer.campaign = {what}.campaign
                    and answer.{what} = {what}.id)""",
        {"campaign": campaign},
    )
    return int(row["n"]) if row else 0


def count_held(connection: Connection, campaign: str) -> tuple[int, int | None]:
    """Return how many held claims wait for a decision, and since when the first does."""
    row = connection.one(
        f"""select count(*) as n, min(claim.at) as since from claim
            where claim.campaign = :campaign and (claim.person, claim.id) in (
                    select e.person, e.claim from claim_event e
                    where e.campaign = :campaign and e.kind = 'held')
                and {export_pages.CLAIM_STATES["held"]}
                and {hold_words.STATES["waiting"]}""",
        {"campaign": campaign},
    )
    return (int(row["n"]), row["since"]) if row else (0, None)


_ERASED = """not exists (select 1 from standing where standing.campaign = e.campaign
    and standing.person = e.person and standing.last4 <> '')"""
_OTHER_CLAIMS = """exists (select 1 from claim where claim.campaign = e.campaign
    and claim.person = e.person and not exists (select 1 from claim_event
        where claim_event.campaign = claim.campaign and claim_event.person = claim.person
            and claim_event.claim = claim.id and claim_event.kind = 'withdrawn'))"""


def erasures(connection: Connection, campaign: str, limit: int = 200) -> list[Row]:
    """
    Return the newest requests to erase: when, by whom, of one claim or of everything.

    *state* is ``done``, ``waiting``, or ``partly``: the claim was withdrawn, and its person
    keeps another one.
    """
    return connection.rows(
        f"""select e.id as id, e.at as at, e.claim as claim, e.by_whom as by_whom,
               case when {_ERASED} then 'done'
                   when e.claim is not null and {_OTHER_CLAIMS} then 'partly'
                   else 'waiting' end as state
           from erasure_asked e where e.campaign = :campaign
           order by e.id desc limit :limit""",
        {"campaign": campaign, "limit": limit},
    )


def count_erasures(connection: Connection, campaign: str) -> int:
    """Return how many requests to erase wait to be carried out."""
    row = connection.one(
        f"""select count(*) as n from erasure_asked e where e.campaign = :campaign
            and not {_ERASED} and (e.claim is null or not {_OTHER_CLAIMS})""",
        {"campaign": campaign},
    )
    return int(row["n"]) if row else 0


def batches(connection: Connection, campaign: str, limit: int = 100) -> list[Row]:
    """Return the feed batches, newest first."""
    return connection.rows(
        """select id, sha256, source, as_of, received_at, row_count, by_whom from batch
           where campaign = :campaign order by received_at desc, id limit :limit""",
        {"campaign": campaign, "limit": limit},
    )


def proved_claims(connection: Connection, campaign: str, unit: str) -> tuple[int, int]:
    """
    Return how many registrations of *unit* were proved by a one-time password, and how many not.

    One that was taken unproved and proved afterwards is a proved one.
    """
    row = connection.one(
        """select sum(claim.verified) as proved,
               sum(case when claim.verified = 0 and not exists (select 1 from claim later
                   where later.campaign = claim.campaign and later.person = claim.person
                       and later.unit = claim.unit and later.at = claim.at
                       and later.verified = 1) then 1 else 0 end) as unproved
           from claim where claim.campaign = :campaign and claim.unit = :unit""",
        {"campaign": campaign, "unit": unit},
    )
    return (0, 0) if row is None else (int(row["proved"] or 0), int(row["unproved"] or 0))


def last_scan(connection: Connection, campaign: str, unit: str) -> Row | None:
    """Return when, of which issue and where the unit's code was opened last by somebody."""
    return connection.one(
        """select id, at, issue, placement from unit_scan
           where campaign = :campaign and unit = :unit and flag is null
           order by id desc limit 1""",
        {"campaign": campaign, "unit": unit},
    )


def latest_scans(
    connection: Connection, campaign: str, unit: str
) -> tuple[Counter[int], Counter[str]]:
    """Count by issue and by placement the unit's LATEST scans that count: what is in use now."""
    found = connection.rows(
        # The id as well: SQLite reads the list in its order only where it is asked for.
        """select id, issue, placement from unit_scan where campaign = :campaign and unit = :unit
            and flag is null order by id desc limit :latest""",
        {"campaign": campaign, "unit": unit, "latest": LATEST},
    )
    placements = (row["placement"] for row in found if row["placement"] is not None)
    return Counter(row["issue"] for row in found), Counter(placements)
