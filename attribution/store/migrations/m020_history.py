"""
The history of units and of the campaign's settings: from what to what, from which day, by whom.

The ledger is their one master. What an older ledger knows of the past is its rows of today and
the entries of its imports; from these its history is told.
"""
import json
from collections.abc import Iterator
from typing import Any

from attribution.rule.instants import day_of
from attribution.store.engine.database import Connection, Row
from attribution.store.ids import first_id_at
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m020_history",
    (
        # One row a change of one unit.
        """create table unit_change (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,        -- when it was entered
                revision {instant} not null,  -- of the registry, which it made
                unit text not null,
                since {instant} not null,     -- the first day it holds; 0: from the beginning
                moment {instant} not null,    -- the same for the rule of credit
                before text not null,         -- the fields that change, JSON
                after text not null,          -- the same fields, JSON
                note text not null,           -- import, add, rename, target, close, merge…
                by_whom text not null,
                primary key (campaign, id)
            ){strict}""",
        # One row a change of one setting of campaign.toml. Dates and policy judge everybody
        # by one version, so a setting has no day but the one it was entered on.
        """create table setting_change (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                revision {instant} not null,
                setting text not null,        -- end, texts.scan, links.ios, files.logo.png…
                before text,                  -- JSON; NULL: there was none
                after text,                   -- JSON; NULL: there is none any more
                by_whom text not null,
                primary key (campaign, id)
            ){strict}""",
        # Pictures and templates of the campaign's own, in base64, by what is in them.
        """create table campaign_file (
                campaign text not null,
                digest text not null,
                content text not null,
                primary key (campaign, digest)
            ){strict}""",
        "alter table unit add column aliases text",
        # A survey point (finance) leads to the finance platform; NULL: payment.
        "alter table unit add column purpose text",
        # Into which unit it is merged now.
        "alter table unit add column successor text",
        # For whom its code claims, and from which instants on, JSON; NULL: always for itself.
        "alter table unit add column leads text",
        # The day as of which `unit` stands: what holds from later days is not in it yet.
        "alter table registry_version add column day {instant} not null default 0",
        # Seals of the table as it was say nothing of the new columns.
        "update registry_version set version = version + 1",
    ),
    append_only=("unit_change", "setting_change", "campaign_file"),
)

_FIELDS = (
    "kind", "name", "target", "position", "official_code", "area", "bank", "branch", "sector",
    "mode", "link", "issue",
)


def tell_history(connection: Connection) -> None:
    """Write the history of the units that are there."""
    imports = connection.rows(
        "select at, who, detail from audit where what = 'units_import' order by n, id"
    )
    for version in connection.rows("select campaign, version from registry_version"):
        units = connection.rows(
            "select * from unit where campaign = :campaign order by position, id",
            {"campaign": version["campaign"]},
        )
        rows = [row for unit in units for row in _changes(unit, imports)]
        last = max((row["at"] for row in rows), default=0)
        # Among the rows of the last import, so below whatever is written from now on.
        first = first_id_at(last) + 1
        connection.run_many(
            """insert into unit_change (campaign, id, at, revision, unit, since, moment, before,
                   after, note, by_whom)
               values (:campaign, :id, :at, :revision, :unit, :since, :moment, :before, :after,
                   'migration', :by_whom)""",
            [
                {
                    **row, "campaign": version["campaign"], "revision": version["version"],
                    "id": first + number,
                }
                for number, row in enumerate(sorted(rows, key=lambda row: int(row["since"])))
            ],
        )
        for unit in units:
            if unit["closed_at"] is not None:
                connection.run(
                    "update unit set leads = :leads where campaign = :campaign and id = :id",
                    {
                        "campaign": version["campaign"], "id": unit["id"],
                        "leads": json.dumps([[unit["closed_at"], None]]),
                    },
                )


def _changes(unit: Row, imports: list[Row]) -> Iterator[dict[str, Any]]:
    """Yield how *unit* came to be what it is, as far as the *imports* tell, oldest first."""
    now = {name: unit[name] for name in _FIELDS}
    added, first_by, steps = 0, "migration", []
    for place, row in enumerate(imports):
        told = _told(row["detail"])
        if unit["id"] in told.get("added", ()):
            # Units of the first import were there from the beginning.
            added, first_by = row["at"] if place else 0, row["who"]
        for one in told.get("changed", ()):
            if one.get("unit") == unit["id"]:
                fields = {k: v for k, v in one.items() if k in _FIELDS and _is_pair(v)}
                steps.append((row, fields))
    for _, fields in reversed(steps):
        now.update({name: pair[0] for name, pair in fields.items()})
    born = {name: value for name, value in now.items() if value is not None}
    yield _row(unit["id"], added, {}, {**born, "state": "active"}, first_by)
    for row, fields in steps:
        if fields:
            yield _row(
                unit["id"], row["at"], {k: v[0] for k, v in fields.items()},
                {k: v[1] for k, v in fields.items()}, row["who"],
            )
    if unit["closed_at"] is not None:
        yield _row(
            unit["id"], unit["closed_at"], {"state": "active"}, {"state": "closed"}, "migration"
        )


def _row(
    unit: str, at: int, before: dict[str, Any], after: dict[str, Any], by_whom: str
) -> dict[str, Any]:
    return {
        "unit": unit, "at": at, "since": day_of(at) if at else 0, "moment": at,
        "before": _text(before), "after": _text(after), "by_whom": by_whom,
    }


def _text(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _told(detail: str) -> dict[str, Any]:
    try:
        told = json.loads(detail)
    except ValueError:
        return {}  # from before entries were data
    return told if isinstance(told, dict) else {}


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2
