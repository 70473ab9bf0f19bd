"""
Earlier campaigns of the same places: by what an old poster is told from a forged one.

Paper outlives its campaign. Whoever scans last year's poster is told so, and not that somebody
forged it; nothing of it counts.
"""
import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from attribution.faults import Code
from qrgen.codes import BadCode, read_code
from qrgen.faults import Fault


@dataclass(frozen=True)
class Former:
    """A campaign before this one: its *id*, what people called it, and its last day."""

    id: str
    name: str
    last: datetime.date


def read_former(values: Mapping[str, Any]) -> tuple[Former, ...]:
    """
    Return what ``[[former]]`` in ``config.toml`` says, oldest first.

    Raises:
        Fault: an entry is not made of id, name and last, a day.
    """
    told = values.get("former", [])
    try:
        return tuple(Former(str(one["id"]), str(one["name"]), _day(one["last"])) for one in told)
    except (KeyError, TypeError, ValueError):
        raise Fault(Code.FORMER_TABLE) from None


def former_text(all: Iterable[Former]) -> str:
    """Return *all* as they stand in ``config.toml``."""
    return "".join(
        f"\n[[former]]\nid = {json.dumps(one.id)}\n"
        f"name = {json.dumps(one.name, ensure_ascii=False)}\nlast = {one.last.isoformat()}\n"
        for one in all
    )


def is_former(text: str, keys: tuple[str, ...]) -> bool:
    """Whether *text* is a code of an earlier campaign, by its *keys*."""
    if not keys:
        return False
    try:
        read_code(text, keys)
    except BadCode:
        return False
    return True


def _day(value: object) -> datetime.date:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    raise TypeError
