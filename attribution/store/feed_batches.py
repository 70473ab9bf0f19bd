"""Feed files beyond their facts: plans, confirmations, reports, sources, new differences."""
import json
from collections.abc import Iterable, Mapping

from attribution.rule.instants import Instant
from attribution.store.difference_rows import DONE, REOPENED
from attribution.store.engine.database import Connection, Row, among


def add_plan(connection: Connection, campaign: str, row: Row) -> None:
    """Keep a dry run for another person to confirm."""
    connection.run(
        """insert into feed_plan (campaign, id, at, batch, sha256, asked_by, terms, report)
           values (:campaign, :id, :at, :batch, :sha256, :asked_by, :terms, :report)""",
        {"campaign": campaign, **row},
    )


def plan(connection: Connection, campaign: str, batch: str, sha256: str) -> Row | None:
    """Return the latest plan of exactly this content under this number."""
    return connection.one(
        """select id, at, batch, sha256, asked_by, terms, report from feed_plan
           where campaign = :campaign and batch = :batch and sha256 = :sha256
           order by id desc""",
        {"campaign": campaign, "batch": batch, "sha256": sha256},
    )


def plan_of(connection: Connection, campaign: str, batch: str) -> Row | None:
    """Return the latest plan under the number *batch*, whatever its content."""
    return connection.one(
        """select id, at, asked_by, report from feed_plan
           where campaign = :campaign and batch = :batch order by id desc limit 1""",
        {"campaign": campaign, "batch": batch},
    )


def open_plans(connection: Connection, campaign: str) -> list[Row]:
    """Return the plans whose batch nobody has taken in yet, oldest first."""
    return connection.rows(
        """select id, at, batch, asked_by, report from feed_plan
           where campaign = :campaign and not exists (select 1 from batch
               where batch.campaign = feed_plan.campaign and batch.id = feed_plan.batch)
           order by id""",
        {"campaign": campaign},
    )


def unconfirmed(connection: Connection, campaign: str, since: Instant) -> list[Row]:
    """Return the files taken in from *since* on that nobody confirmed: batch and whose."""
    return connection.rows(
        """select id, by_whom from batch where campaign = :campaign and received_at >= :since
               and source = 'file' and not exists (
                   select 1 from feed_confirmation where feed_confirmation.campaign = batch.campaign
                       and feed_confirmation.batch = batch.id)
           order by received_at, id""",
        {"campaign": campaign, "since": since},
    )


def add_confirmation(connection: Connection, campaign: str, row: Row) -> None:
    """Record who confirmed a plan; the table refuses the one who asked."""
    connection.run(
        """insert into feed_confirmation (campaign, id, at, batch, plan, asked_by, confirmed_by)
           values (:campaign, :id, :at, :batch, :plan, :asked_by, :confirmed_by)""",
        {"campaign": campaign, **row},
    )


def add_report(
    connection: Connection, campaign: str, id: int, at: Instant, batch: str, report: str
) -> None:
    """Keep what a batch did."""
    connection.run(
        """insert into batch_report (campaign, id, at, batch, report)
           values (:campaign, :id, :at, :batch, :report)""",
        {"campaign": campaign, "id": id, "at": at, "batch": batch, "report": report},
    )


def reports(connection: Connection, campaign: str) -> list[Row]:
    """Return every batch with its report ('' before there were reports), oldest first."""
    return connection.rows(
        """select batch.id as batch, batch.received_at as received_at, batch.source as source,
               batch.row_count as row_count, batch.by_whom as by_whom,
               coalesce(batch_report.report, '') as report
           from batch left join batch_report on batch_report.campaign = batch.campaign
               and batch_report.batch = batch.id
           where batch.campaign = :campaign order by batch.received_at, batch.id""",
        {"campaign": campaign},
    )


# Before the hash of a table's headings, where its readings are kept as a source's are.
SHAPE = "#"


def source(connection: Connection, campaign: str, name: str) -> dict[str, str] | None:
    """Return the headings (field -> heading) that the source *name* writes under."""
    row = connection.one(
        "select headings from feed_source where campaign = :campaign and name = :name",
        {"campaign": campaign, "name": name},
    )
    return dict(json.loads(row["headings"])) if row else None


def source_names(connection: Connection, campaign: str) -> list[str]:
    """Return the sources of which it is remembered how they write, the latest first."""
    rows = connection.rows(
        """select name from feed_source where campaign = :campaign and name not like :shapes
           order by at desc, name limit 50""",
        {"campaign": campaign, "shapes": f"{SHAPE}%"},
    )
    return [row["name"] for row in rows]


def put_source(
    connection: Connection, campaign: str, name: str, headings: Mapping[str, str], at: Instant
) -> None:
    """Remember under which headings *name* writes."""
    connection.run(
        """insert into feed_source (campaign, name, headings, at)
           values (:campaign, :name, :headings, :at)
           on conflict (campaign, name) do update set headings = excluded.headings,
               at = excluded.at""",
        {
            "campaign": campaign, "name": name, "at": at,
            "headings": json.dumps(dict(headings), ensure_ascii=False, sort_keys=True),
        },
    )


def add_differences(connection: Connection, campaign: str, rows: Iterable[Row]) -> None:
    """Append rows that somebody must look at."""
    connection.run_many(
        """insert into difference (campaign, id, at, batch, line, person, last4, category, reason)
           values (:campaign, :id, :at, :batch, :line, :person, :last4, :category, :reason)""",
        [{"campaign": campaign, **row} for row in rows],
    )


def finish(connection: Connection, campaign: str, row: Row) -> bool:
    """Mark a difference as dealt with. False when it is already, or is unknown."""
    named = {"campaign": campaign, **row}
    first = connection.run(
        """insert into difference_done (campaign, difference, id, at, note, by_whom)
           select campaign, id, :id, :at, :note, :by_whom from difference
           where campaign = :campaign and id = :difference
           on conflict do nothing""",
        named,
    )
    # There is one first word; on one that was opened again, another is added.
    return bool(first or connection.run(
        f"""insert into difference_again (campaign, difference, id, at, state, note, by_whom)
           select campaign, id, :id, :at, 'done', :note, :by_whom from difference
           where campaign = :campaign and id = :difference and {REOPENED}""",
        named,
    ))


def open_differences_of(
    connection: Connection, campaign: str, persons: Iterable[str]
) -> list[Row]:
    """Return what is open about *persons*."""
    found: list[Row] = []
    everyone = sorted(set(persons))
    for first in range(0, len(everyone), 500):
        found += connection.rows(
            f"""select id, person from difference
                where campaign = :campaign and person = any(:persons) and not {DONE}""",
            {"campaign": campaign, "persons": everyone[first : first + 500]},
        )
    # Sorted here: asked for the order, SQLite reads all differences by it.
    return sorted(found, key=lambda row: int(row["id"]))


def told_of(
    connection: Connection, campaign: str, persons: Iterable[str], reason: str
) -> set[str]:
    """Return those of *persons* of whom a difference tells *reason*, open or not."""
    everyone = sorted(set(persons))
    found: set[str] = set()
    for first in range(0, len(everyone), 500):
        condition, parameters = among("person", everyone[first : first + 500])
        found.update(row["person"] for row in connection.rows(
            f"""select person from difference
                where campaign = :campaign and reason = :reason{condition}""",
            {"campaign": campaign, "reason": reason, **parameters},
        ))
    return found


def credited(connection: Connection, campaign: str) -> int:
    """Return how many people are credited to a unit now."""
    row = connection.one(
        """select count(*) as n from standing
           where campaign = :campaign and credited is not null""",
        {"campaign": campaign},
    )
    return int(row["n"]) if row else 0


def count(connection: Connection, campaign: str) -> int:
    """Return how many files and messages were taken in."""
    row = connection.one(
        "select count(*) as n from batch where campaign = :campaign", {"campaign": campaign}
    )
    return int(row["n"]) if row else 0


def batch(connection: Connection, campaign: str, id: str) -> Row | None:
    """Return a batch with its report ('' before there were reports) and who confirmed it."""
    return connection.one(
        """select batch.id as id, batch.sha256 as sha256, batch.source as source,
               batch.as_of as as_of, batch.received_at as received_at,
               batch.row_count as row_count, batch.by_whom as by_whom,
               coalesce(batch_report.report, '') as report
           from batch left join batch_report on batch_report.campaign = batch.campaign
               and batch_report.batch = batch.id
           where batch.campaign = :campaign and batch.id = :id""",
        {"campaign": campaign, "id": id},
    )
