"""
A campaign's settings as plain data: one value a key, and the way back to a `Settings`.

What ``campaign.toml`` says in tables is here ``end``, ``texts.scan``, ``links.ios``,
``stages``: what can be changed, and told from what to what, by itself. Times are ISO 8601 in
Shanghai's time, for JSON has none.
"""
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from qrgen.campaign import SHANGHAI, Problem
from qrgen.settings_file import Settings, read_tables

# Tables whose keys are settings by themselves.
TABLES = ("links", "texts", "design", "expect")
INSTANTS = ("start", "end", "mark_time", "settle_end")
_DATES = {"stages": ("start", "last"), "goals": ("by",)}

Values = Mapping[str, Any]


def flat(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a ``campaign.toml``, read, says: a value a key, as JSON knows values."""
    made: dict[str, Any] = {}
    for key, value in tables.items():
        if key in TABLES and isinstance(value, dict):
            made.update({f"{key}.{name}": _plain(inner) for name, inner in value.items()})
        else:
            made[key] = _plain(value)
    return made


def nested(values: Values) -> dict[str, Any]:
    """Return the tables that `flat` made *values* of."""
    made: dict[str, Any] = {}
    for key, value in values.items():
        table, dot, name = key.partition(".")
        if dot and table in TABLES:
            made.setdefault(table, {})[name] = value
        elif key in INSTANTS and isinstance(value, str):
            made[key] = _instant(value)
        elif key in _DATES and isinstance(value, list):
            made[key] = [
                {k: _date(v) if k in _DATES[key] else v for k, v in row.items()}
                for row in value if isinstance(row, dict)
            ]
        else:
            made[key] = value
    return made


def settings_of(values: Values, problems: list[Problem]) -> Settings:
    """Return *values* read as ``campaign.toml`` is; what is wrong is added to *problems*."""
    return read_tables(nested(values), problems)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=SHANGHAI) if value.tzinfo is None else value
        return moment.astimezone(SHANGHAI).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


def _instant(text: str) -> Any:
    try:
        return datetime.fromisoformat(re.sub("[Zz]$", "+00:00", text))
    except ValueError:
        return text


def _date(value: Any) -> Any:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return value
