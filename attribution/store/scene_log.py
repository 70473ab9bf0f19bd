"""The register of scenes: a row for each change, the newest of a scene being what it is."""
from collections.abc import Iterable

from attribution.rule.instants import Instant
from attribution.store.engine.database import Connection, Row

COLUMNS = (
    "sector", "kind", "name", "place", "area", "department", "bank", "second_bank", "ways",
    "state", "opened", "checked", "note",
)
# Later than any instant.
ALWAYS: Instant = (1 << 63) - 1
_ALL = f"id, at, scene, {', '.join(COLUMNS)}, by_whom"


def add(connection: Connection, campaign: str, rows: Iterable[Row]) -> None:
    """Append versions of scenes."""
    names = ", ".join(f":{name}" for name in _ALL.split(", "))
    connection.run_many(
        f"insert into scene_version (campaign, {_ALL}) values (:campaign, {names})",
        [{"campaign": campaign, **row} for row in rows],
    )


def current(connection: Connection, campaign: str, at: Instant = ALWAYS) -> list[Row]:
    """Return every scene as it is now, or as it was *at* an instant, by number."""
    return connection.rows(
        f"""select {_ALL} from scene_version
            where campaign = :campaign and at <= :at
                and not exists (select 1 from scene_version later
                    where later.campaign = scene_version.campaign and later.at <= :at
                        and later.scene = scene_version.scene and later.id > scene_version.id)
            order by scene""",
        {"campaign": campaign, "at": at},
    )


def history(connection: Connection, campaign: str, scene: int) -> list[Row]:
    """Return all versions of *scene*, the newest first."""
    return connection.rows(
        f"""select {_ALL} from scene_version where campaign = :campaign and scene = :scene
            order by id desc""",
        {"campaign": campaign, "scene": scene},
    )
