"""
How far scenes are built, sector by sector and area by area, against a stated whole.

Coverage is open scenes by how many places there are in all (陕西 2018: 覆盖率). How many there are
nobody can count here; where nobody stated it, there is no rate and none is guessed.
"""
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from attribution.office.scenes import SECTORS, Scene
from attribution.office.stated_figures import SCENES
from attribution.store.engine.database import Row


@dataclass(frozen=True)
class Coverage:
    """
    Of one sector (and area, '' for the county): scenes by state, and the stated whole.

    Args:
        whole: None where nobody stated it; *day* and *source* say who did.
        rate: Open ones by the whole in percent, to a tenth.
        missing: The whole without open ones, never less than none.
    """

    sector: str
    area: str
    planned: int
    building: int
    open: int
    closed: int
    whole: int | None = None
    day: int = 0
    source: str = ""

    @property
    def rate(self) -> Decimal | None:
        if not self.whole:
            return None
        share = Decimal(100 * self.open) / self.whole
        return share.quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def missing(self) -> int | None:
        return None if self.whole is None else max(self.whole - self.open, 0)


def by_sector(
    scenes: Iterable[Scene], stated: Sequence[Row], area: str = ""
) -> list[Coverage]:
    """
    Return the coverage of every sector, in *area* or the county.

    Args:
        stated: As `figure_log.standing` has it.
    """
    counts: dict[str, Counter[str]] = {}
    for scene in scenes:
        if area in ("", scene.area):
            counts.setdefault(scene.sector, Counter())[scene.state] += 1
    wholes = {
        row["subject"].removeprefix(SCENES): row for row in stated
        if row["subject"].startswith(SCENES) and row["unit"] == area
    }
    sectors = [*SECTORS, *sorted((counts.keys() | wholes.keys()) - set(SECTORS))]
    return [_of(sector, area, counts.get(sector, Counter()), wholes.get(sector))
            for sector in sectors]


def by_area(scenes: Sequence[Scene], areas: Iterable[str]) -> list[tuple[str, dict[str, int]]]:
    """Return, for each of *areas*, its open scenes by sector; a sector that has none is missing."""
    return _open_by(areas, ((scene.area, scene) for scene in scenes))


def by_bank(scenes: Sequence[Scene], banks: Iterable[str]) -> list[tuple[str, dict[str, int]]]:
    """Return the same for each of *banks*: of scenes that it is the first bank of."""
    return _open_by(banks, ((scene.bank, scene) for scene in scenes))


def _open_by(
    units: Iterable[str], scenes: Iterable[tuple[str, Scene]]
) -> list[tuple[str, dict[str, int]]]:
    found: dict[str, Counter[str]] = {unit: Counter() for unit in units}
    for unit, scene in scenes:
        if scene.state == "open" and unit in found:
            found[unit][scene.sector] += 1
    return [(area, dict(counts)) for area, counts in found.items()]


def _of(sector: str, area: str, counts: Counter[str], whole: Row | None) -> Coverage:
    return Coverage(
        sector, area, counts["planned"], counts["building"], counts["open"], counts["closed"],
        *((whole["number"], whole["day"], whole["source"]) if whole else ()),
    )
