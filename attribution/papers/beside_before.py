"""
The lines of a progress table with what their stretch brought, and the stretch before it.

Three tables of one moment, line by line: from the beginning (`Figures.areas` and its like),
the report's days, and as many days before. A line that has nothing but what happened lately (a
closed unit whose sum came out at nothing) is in it too, so that every column adds up.
"""
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from attribution.reports import pace
from attribution.reports.lines import Line, ProgressTable

# Return the table of what: ``steps``, ``fresh`` or ``earlier``.
TablesOf = Callable[[str], ProgressTable]


@dataclass(frozen=True)
class ToldLine:
    """
    One line as papers have it.

    Args:
        fresh: What the report's days brought, corrections with it; of these *put_right*.
        earlier: What the stretch before brought.
        children: Its branches, which add up to it.
    """

    line: Line
    fresh: int
    put_right: int
    earlier: int
    children: tuple["ToldLine", ...] = ()

    @property
    def change(self) -> int:
        return self.fresh - self.earlier

    @property
    def change_rate(self) -> Decimal | None:
        """环比: the change in per cent of the stretch before; None where that was nothing."""
        return pace.rate(self.change, self.earlier)


@dataclass(frozen=True)
class ToldTable:
    """*heads* are the total and what it is made of, *lines* what adds up to it, the rest too."""

    heads: tuple[ToldLine, ...]
    lines: tuple[ToldLine, ...]

    @property
    def total(self) -> ToldLine:
        return self.heads[0]

    @property
    def adding(self) -> list[ToldLine]:
        """The lines whose sum is the total."""
        rest = [told for told in self.heads if told.line.rest]
        return [*self.lines, *rest]


def told_by(tables: TablesOf) -> ToldTable:
    """Return the lines of the three *tables*, one beside the other."""
    steps, fresh, earlier = (tables(of) for of in ("steps", "fresh", "earlier"))
    heads = [
        _told(head, _nth(fresh.heads, n), _nth(earlier.heads, n))
        for n, head in enumerate(steps.heads)
    ]
    return ToldTable(tuple(heads), tuple(_beside(steps.lines, fresh.lines, earlier.lines)))


def _beside(
    steps: Sequence[Line], fresh: Sequence[Line], earlier: Sequence[Line]
) -> Iterator[ToldLine]:
    now, before = _by_key(fresh), _by_key(earlier)
    found = _by_key(steps)
    lately = {
        key: replace(line, counts={}, corrected=0, rank=None)
        for key, line in {**before, **now}.items() if key not in found
    }
    every = {**found, **lately}
    # What is nobody's stands last, wherever it came from.
    for key, line in sorted(every.items(), key=lambda item: item[1].rest):
        yield _told(line, now.get(key), before.get(key))


def _told(line: Line, now: Line | None, before: Line | None) -> ToldLine:
    children = tuple(_beside(
        line.children, now.children if now else (), before.children if before else ()
    ))
    return ToldLine(
        line, _effective(now), now.corrected if now else 0, _effective(before), children
    )


def _by_key(lines: Sequence[Line]) -> dict[str, Line]:
    return {"" if line.rest else line.key or line.name: line for line in lines}


def _effective(line: Line | None) -> int:
    return line.counts.get("effective", 0) if line else 0


def _nth(lines: Sequence[Line], n: int) -> Line | None:
    return lines[n] if n < len(lines) else None
