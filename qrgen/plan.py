"""
Which posters are to be printed: who, which code, and the address in the symbol.
"""
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qrgen.campaign import Campaign, Unit
from qrgen.codes import Code, code_url, sign_code

# What Windows does not allow in a file name.
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')


@dataclass(frozen=True)
class Poster:
    """One poster to print: who, which code, and the address in the symbol."""

    unit: Unit
    code: Code
    signed: str
    url: str
    label: str = ""

    @property
    def file_name(self) -> str:
        """``潋江镇-农商行潋江支行-N01-1``: safe on Windows, without suffix."""
        return f"{safe_name(self.unit.name)}-{self.code.text}"


def safe_name(name: str) -> str:
    """Return *name* as part of a file name that every system takes."""
    return _UNSAFE.sub("-", name.replace("·", "-")).strip(" .-")[:60] or "unit"


def plan_posters(
    units: Iterable[Unit],
    public_url: str,
    keys: Sequence[str],
    placement: str | None = None,
    label: str = "",
) -> list[Poster]:
    """Return the posters of *units*, signed by the newest of *keys*."""
    made = []
    for unit in units:
        code = Code(unit.id, unit.issue, placement)
        signed = sign_code(code, keys)
        made.append(Poster(unit, code, signed, code_url(public_url, signed), label))
    return made


def plan_placements(
    campaign: Campaign, units: Iterable[Unit], public_url: str, keys: Sequence[str]
) -> list[Poster]:
    """Return a poster for each placement of *units*; a unit without any gets its plain one."""
    by_unit: dict[str, list[tuple[str | None, str]]] = {}
    for place in campaign.placements:
        by_unit.setdefault(place.unit, []).append((place.number, place.label))
    return [
        poster
        for unit in units
        for number, label in by_unit.get(unit.id, [(None, "")])
        for poster in plan_posters([unit], public_url, keys, number, label)
    ]
