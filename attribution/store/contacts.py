"""What the office keeps about units besides the registry: contacts, placements, poster jobs."""
from collections.abc import Collection

from attribution.rule.instants import Instant
from attribution.store.engine.database import Connection, Row, among


def contacts(connection: Connection, campaign: str, unit: str) -> list[Row]:
    """Return the contact people of *unit*."""
    return connection.rows(
        """select name, duty, reach from contact
           where campaign = :campaign and unit = :unit order by name""",
        {"campaign": campaign, "unit": unit},
    )


def count_by_unit(connection: Connection, campaign: str) -> dict[str, int]:
    """Return unit -> how many contact people it has, of every unit that has any."""
    rows = connection.rows(
        "select unit, count(*) as n from contact where campaign = :campaign group by unit",
        {"campaign": campaign},
    )
    return {row["unit"]: int(row["n"]) for row in rows}


def put_contact(
    connection: Connection, campaign: str, unit: str, name: str, duty: str, reach: str
) -> None:
    """Add a contact, or correct the one of this name."""
    connection.run(
        """insert into contact (campaign, unit, name, duty, reach)
           values (:campaign, :unit, :name, :duty, :reach)
           on conflict (campaign, unit, name) do update set duty = excluded.duty,
               reach = excluded.reach""",
        {"campaign": campaign, "unit": unit, "name": name, "duty": duty, "reach": reach},
    )


def drop_contact(connection: Connection, campaign: str, unit: str, name: str) -> None:
    """Take a contact off the list."""
    connection.run(
        "delete from contact where campaign = :campaign and unit = :unit and name = :name",
        {"campaign": campaign, "unit": unit, "name": name},
    )


def placements(connection: Connection, campaign: str, unit: str) -> list[Row]:
    """Return where codes of *unit* hang."""
    return connection.rows(
        """select placement, label, at from placement
           where campaign = :campaign and unit = :unit order by placement""",
        {"campaign": campaign, "unit": unit},
    )


def all_placements(connection: Connection, campaign: str) -> dict[str, dict[str, str]]:
    """Return unit -> placement -> label, of every unit that has named places."""
    found: dict[str, dict[str, str]] = {}
    for row in connection.rows(
        """select unit, placement, label from placement where campaign = :campaign
           order by unit, placement""",
        {"campaign": campaign},
    ):
        found.setdefault(row["unit"], {})[row["placement"]] = row["label"]
    return found


def put_placement(
    connection: Connection, campaign: str, unit: str, placement: str, label: str,
    at: Instant, by_whom: str,
) -> None:
    """Name a place, or name it anew."""
    connection.run(
        """insert into placement (campaign, unit, placement, label, at, by_whom)
           values (:campaign, :unit, :placement, :label, :at, :by_whom)
           on conflict (campaign, unit, placement) do update set label = excluded.label""",
        {
            "campaign": campaign, "unit": unit, "placement": placement, "label": label,
            "at": at, "by_whom": by_whom,
        },
    )


_JOB = "id, at, by_whom, format, units, total, done, seen_at, state, problem, options"


def add_job(
    connection: Connection, campaign: str, id: int, now: Instant, by_whom: str,
    format: str, units: Collection[str], total: int, options: str,
) -> None:
    """Queue *total* posters to print; *options* is JSON."""
    connection.run(
        """insert into poster_job (id, campaign, at, by_whom, format, units, total, done,
               seen_at, state, problem, options)
           values (:id, :campaign, :at, :by_whom, :format, :units, :total, 0, :at,
               'waiting', '', :options)""",
        {
            "id": id, "campaign": campaign, "at": now, "by_whom": by_whom, "format": format,
            "units": ",".join(units), "total": total, "options": options,
        },
    )


def tell_job(
    connection: Connection, id: int, now: Instant, state: str, done: int, problem: str = ""
) -> None:
    """Note how far the job *id* is."""
    connection.run(
        """update poster_job set state = :state, done = :done, seen_at = :now,
               problem = :problem where id = :id""",
        {"id": id, "now": now, "state": state, "done": done, "problem": problem},
    )


def job(connection: Connection, campaign: str, id: int) -> Row | None:
    """Return the job *id*."""
    return connection.one(
        f"select {_JOB} from poster_job where campaign = :campaign and id = :id",
        {"campaign": campaign, "id": id},
    )


def jobs(connection: Connection, campaign: str, by_whom: Collection[str] | None) -> list[Row]:
    """Return the newest jobs, of the accounts *by_whom* (None: of all)."""
    condition, parameters = among("by_whom", by_whom)
    return connection.rows(
        f"""select {_JOB} from poster_job where campaign = :campaign{condition}
            order by id desc limit 20""",
        {"campaign": campaign, **parameters},
    )
