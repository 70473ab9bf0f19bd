"""What patrols found: a row for each code, each picture without one, each place in vain."""
from collections.abc import Collection, Iterator, Sequence

from attribution.rule.instants import Instant
from attribution.store import Store, export_pages
from attribution.store.engine.database import Columns, Connection, Row, among
from attribution.store.export_pages import Filter

_COLUMNS = "id, at, visit, unit, picture, state, code_unit, issue, placement, leads, by_whom"

# The states there are; `office.patrols` says what they mean.
STATES = {
    name: f"state = '{name}'" for name in (
        "genuine", "void", "former", "unlisted", "others", "pasted", "forged", "copied",
        "foreign", "elsewhere", "unread", "nothing", "unreadable", "missing",
    )
}


def add(connection: Connection, campaign: str, rows: Sequence[Row]) -> None:
    """Append what one patrol found."""
    connection.run_many(
        f"""insert into patrol (campaign, {_COLUMNS})
            values (:campaign, :id, :at, :visit, :unit, :picture, :state, :code_unit, :issue,
                :placement, :leads, :by_whom)""",
        [{"campaign": campaign, **row} for row in rows],
    )


def of_visit(
    connection: Connection, campaign: str, visit: int, only: Collection[str] | None
) -> list[Row]:
    """Return what the patrol *visit* found, of the units *only* (None: of all)."""
    condition, parameters = among("unit", only)
    return connection.rows(
        f"""select {_COLUMNS} from patrol
            where campaign = :campaign and visit = :visit{condition} order by id""",
        {"campaign": campaign, "visit": visit, **parameters},
    )


def page(
    connection: Connection, campaign: str, chosen: Filter, offset: int, limit: int
) -> tuple[list[Row], int]:
    """Return a page of what was found, newest first, and how many rows there are in all."""
    where = chosen.where("at", "unit", STATES)
    parameters = {"campaign": campaign, **chosen.parameters()}
    total = connection.one(
        f"select count(*) as n from patrol where campaign = :campaign{where}", parameters
    )
    found = connection.rows(
        f"""select {_COLUMNS} from patrol where campaign = :campaign{where}
            order by id desc limit :limit offset :offset""",
        {**parameters, "limit": limit, "offset": offset},
    )
    return found, int(total["n"]) if total else 0


def pages(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    """Yield all that was found, oldest first, for downloads."""
    yield from export_pages.pages(
        store, "id", 0,
        f"""select {_COLUMNS} from patrol where campaign = :campaign and id > :after
            {chosen.where("at", "unit", STATES)} order by id limit :page""",
        {"campaign": campaign, **chosen.parameters()},
    )


def latest_of(connection: Connection, campaign: str, unit: str, limit: int = 60) -> list[Row]:
    """Return the newest of what patrols of *unit*'s walls found."""
    return connection.rows(
        """select visit, at, state from patrol where campaign = :campaign and unit = :unit
           order by id desc limit :limit""",
        {"campaign": campaign, "unit": unit, "limit": limit},
    )


def last_seen(
    connection: Connection, campaign: str, only: Collection[str] | None
) -> dict[tuple[str, str], Instant]:
    """Return when a genuine code of each unit and place ('': of no place) was seen last."""
    condition, parameters = among("code_unit", only)
    rows = connection.rows(
        f"""select code_unit, coalesce(placement, '') as placement, max(at) as at from patrol
            where campaign = :campaign and state = 'genuine'{condition}
            group by code_unit, coalesce(placement, '')""",
        {"campaign": campaign, **parameters},
    )
    return {(row["code_unit"], row["placement"]): row["at"] for row in rows}
