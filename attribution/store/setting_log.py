"""The campaign's settings: what each is, and each change of it from what to what, by whom."""
import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from attribution.rule.instants import Instant
from attribution.store import registry
from attribution.store.engine.database import Connection, Row

# Settings of this name are files of the folder; their value is the digest of what is in them.
FILE = "files."


@dataclass(frozen=True)
class SettingChange:
    """One setting from what to what; None: there was none, or is none any more."""

    setting: str
    before: Any
    after: Any


def campaigns(connection: Connection) -> list[str]:
    """Return the campaigns whose settings the ledger holds."""
    rows = connection.rows("select distinct campaign from setting_change order by campaign")
    return [row["campaign"] for row in rows]


def rows(connection: Connection, campaign: str) -> list[Row]:
    """Return every change as it was entered, oldest first."""
    return connection.rows(
        """select id, at, revision, setting, before, after, by_whom from setting_change
           where campaign = :campaign order by id""",
        {"campaign": campaign},
    )


def read(
    connection: Connection, campaign: str, revision: int | None = None
) -> dict[str, Any]:
    """Return the settings, as they are or as they were at a *revision*, by name."""
    made: dict[str, Any] = {}
    for row in rows(connection, campaign):
        if revision is not None and row["revision"] > revision:
            break
        if row["after"] is None:
            made.pop(row["setting"], None)
        else:
            made[row["setting"]] = json.loads(row["after"])
    return made


def enter(
    connection: Connection, campaign: str, changes: Iterable[tuple[int, SettingChange]],
    now: Instant, by_whom: str,
) -> int:
    """Enter *changes*, each with an id; return the revision that holds them."""
    revision = registry.bump(connection, campaign)
    connection.run_many(
        """insert into setting_change (campaign, id, at, revision, setting, before, after, by_whom)
           values (:campaign, :id, :at, :revision, :setting, :before, :after, :by_whom)""",
        [
            {
                "campaign": campaign, "id": id, "at": now, "revision": revision,
                "setting": change.setting, "before": _text(change.before),
                "after": _text(change.after), "by_whom": by_whom,
            }
            for id, change in changes
        ],
    )
    return revision


def put_file(connection: Connection, campaign: str, content: bytes) -> str:
    """Keep *content*; return the digest by which a setting names it."""
    digest = hashlib.sha256(content).hexdigest()
    connection.run(
        """insert into campaign_file (campaign, digest, content)
           values (:campaign, :digest, :content) on conflict do nothing""",
        {"campaign": campaign, "digest": digest, "content": base64.b64encode(content).decode()},
    )
    return digest


def files(
    connection: Connection, campaign: str, settings: Mapping[str, Any]
) -> dict[str, bytes]:
    """Return the files that *settings* name, by their names in the folder."""
    made: dict[str, bytes] = {}
    for setting, digest in settings.items():
        if not setting.startswith(FILE):
            continue
        row = connection.one(
            "select content from campaign_file where campaign = :campaign and digest = :digest",
            {"campaign": campaign, "digest": digest},
        )
        if row is not None:
            made[setting.removeprefix(FILE)] = base64.b64decode(row["content"])
    return made


def _text(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
