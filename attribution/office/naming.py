"""
Who or what is meant by what somebody typed: a name, part of one, its initials, or an id.

One reading for every field and for the search. What fits better hides what fits worse: an id, the
whole name or another spelling of it, a part of one, the initials of all of it, of its beginning,
of some of it. Where several fit equally well nothing is chosen for anybody: they are shown.
"""
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from attribution.office import initials
from attribution.store.engine.database import Row
from attribution.store.registry import Unit
from qrgen.texts import fold, squeeze

T = TypeVar("T")
# How well a text fits; the first is the best.
_WORST = 4


@dataclass(frozen=True)
class Meant(Generic[T]):
    """What a text may mean, all that fit equally well; *one* if that is one alone."""

    found: tuple[T, ...] = ()

    @property
    def one(self) -> T | None:
        return self.found[0] if len(self.found) == 1 else None


def units(among: Iterable[Unit], text: str) -> Meant[Unit]:
    """
    Return the units of *among* that *text* may mean; closed ones only where no open one does.

    An id before a name, as the lists of the pages have it (``A02 长冈乡``), stands if they agree.
    """
    listed, plain = list(among), fold(text)
    if not plain:
        return Meant()
    first, _, rest = plain.partition(" ")
    by_id = [unit for unit in listed if unit.id == squeeze(first).upper()]
    if by_id and rest:
        if _fit(_names_of(by_id[0]), rest) <= _WORST:
            return Meant(tuple(by_id))
        return Meant((*by_id, *_best(listed, rest, _names_of)))
    whole = [unit for unit in listed if unit.id == squeeze(plain).upper()]
    found = whole or _best(listed, plain, _names_of)
    return Meant(tuple([unit for unit in found if unit.closed_at is None] or found))


def accounts(among: Iterable[Row], text: str) -> Meant[Row]:
    """Return the accounts (`staff.accounts`) that *text* may mean, by name or by person."""
    listed = list(among)
    exact = [
        row for row in listed
        if squeeze(text) in (row["name"], squeeze(f"{row['name']}{row['real_name'] or ''}"))
    ]
    return Meant(tuple(exact or _best(listed, text, _names_of_account)))


def fits_unit(unit: Unit, text: str) -> bool:
    """Whether *text* is the unit's id, or in its name, or stands for some of its initials."""
    return squeeze(text).upper() == unit.id or _has(unit.name, text)


def fits_account(row: Row, text: str) -> bool:
    """Whether *text* is in the account's name or its person's, or stands for their initials."""
    return any(_has(name, text) for name in _names_of_account(row))


def by_initials(names: Iterable[str], text: str) -> bool:
    """Whether *text* is initials of some of one of *names*; a single letter is of none."""
    typed = initials.letters(text)
    return len(typed) > 1 and any(initials.place_in(name, typed) >= 0 for name in names)


def is_called(unit: Unit, text: str) -> bool:
    """Whether *text* is all of the unit's name, or the initials of all of it."""
    return initials.is_whole(unit.name, initials.letters(text)) or squeeze(text) == unit.name


def _has(name: str, text: str) -> bool:
    return fold(text).casefold() in name.casefold() or by_initials([name], text)


def _best(among: Sequence[T], text: str, names_of: Callable[[T], Sequence[str]]) -> list[T]:
    """Return those of *among* that *text* fits best, in their order."""
    ranks = [(_fit(names_of(one), text), one) for one in among]
    best = min((rank for rank, _ in ranks), default=_WORST + 1)
    return [one for rank, one in ranks if rank == best] if best <= _WORST else []


def _fit(names: Sequence[str], text: str) -> int:
    """Return how well *text* fits *names*, 0 the best; more than _WORST where it does not."""
    wanted, typed = squeeze(text).casefold(), initials.letters(text)
    plain = [squeeze(name).casefold() for name in names]
    if not wanted:
        return _WORST + 1
    if wanted in plain:
        return 0
    if any(wanted in name for name in plain):
        return 1
    if len(typed) < 2:
        return _WORST + 1
    if any(initials.is_whole(name, typed) for name in names):
        return 2
    places = [initials.place_in(name, typed) for name in names]
    return 3 if 0 in places else 4 if max(places, default=-1) >= 0 else _WORST + 1


def _names_of(unit: Unit) -> Sequence[str]:
    return (unit.name, *filter(None, (unit.aliases or "").split(";")))


def _names_of_account(row: Row) -> Sequence[str]:
    return tuple(filter(None, (row["name"], row["real_name"])))
