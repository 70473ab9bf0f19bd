"""
The house as data: which module imports which, found in the sources, and what each room may.

A room is a package of `attribution`, or a module that stands beside them; `qrgen` is one. What
a module imports anywhere counts, in a function or for types only: what cannot be seen at a
glance is what this is for.
"""

import ast
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
OURS = ("attribution", "qrgen")


@dataclass(frozen=True)
class Room:
    """What the modules of a room may import, however far the way: *ours*, and *third* parties'."""

    ours: frozenset[str]
    third: frozenset[str]


def room(ours: str = "", third: str = "") -> Room:
    return Room(frozenset(ours.split()), frozenset(third.split()))


def sources() -> dict[str, str]:
    """Return the text of every module of ours, by its name."""
    return {
        name_of(path): path.read_text(encoding="utf-8")
        for top in OURS for path in sorted((ROOT / top).rglob("*.py"))
    }


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """Return the room of *module*: ``store`` of ``attribution.store.engine.sqlite``."""
    top, _, rest = module.partition(".")
    return rest.partition(".")[0] or top if top == "attribution" else top


@cache
def imports(module: str, source: str, package: bool = False) -> tuple[str, ...]:
    """Return what *source* imports, in full: a module's name, or what is taken from one."""
    above = module.split(".")[: None if package else -1]
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = above[: len(above) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            found += [f"{stem}.{alias.name}" for alias in node.names]
    return tuple(found)


class House:
    """The graph of *texts*, module by name."""

    def __init__(self, texts: Mapping[str, str]):
        packages = {name.rpartition(".")[0] for name in texts}
        self.ours: dict[str, frozenset[str]] = {}
        self.third: dict[str, frozenset[str]] = {}
        for module, text in texts.items():
            named = imports(module, text, module in packages)
            found = {name: _holder(name, texts) for name in named}
            own = {holder for holder in found.values() if holder}
            # With a module comes its package, which is read first.
            own |= {up for name in own for up in _above(name) if up in texts}
            self.ours[module] = frozenset(own - {module, *_above(module)})
            self.third[module] = frozenset(
                name.partition(".")[0] for name, holder in found.items() if not holder
            )

    def reached(self, module: str) -> dict[str, str]:
        """Return all that *module* imports in the end, each with who imports it on the way."""
        by, waiting = {module: ""}, deque([module])
        while waiting:
            one = waiting.popleft()
            for other in sorted(self.ours.get(one, ())):
                if other not in by:
                    by[other] = one
                    waiting.append(other)
        return by

    def way(self, module: str, to: str) -> str:
        """Return how *module* comes to *to*, in words."""
        by, steps = self.reached(module), [to]
        while by[steps[-1]]:
            steps.append(by[steps[-1]])
        return " > ".join(reversed(steps))

    def circles(self) -> list[list[str]]:
        """Return the sets of modules that import one another."""
        reach = {module: set(self.reached(module)) for module in self.ours}
        found = {
            tuple(sorted(other for other in reach[module] if module in reach[other]))
            for module in self.ours
        }
        return sorted(list(ring) for ring in found if len(ring) > 1)


def _holder(name: str, texts: Mapping[str, str]) -> str:
    """Return the module of *texts* that *name* is or stands in; '' where none does."""
    while name and name not in texts:
        name = name.rpartition(".")[0]
    return name


def _above(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


def wrongs(
    texts: Mapping[str, str], table: Mapping[str, Room], libraries: frozenset[str]
) -> list[str]:
    """
    Return what in *texts* is against *table*, a sentence for each.

    Args:
        libraries: Names that are no third party's: the standard library's.
    """
    house = House(texts)
    found = [
        f"{name} is not on the table: what may it import?"
        for name in sorted({room_of(module) for module in texts} - set(table))
    ]
    for module in texts:
        own = table.get(room_of(module), room())
        found += [
            f"{module} imports {name}" for name in sorted(house.third[module])
            if name not in own.third and name not in libraries
        ]
        strange = {
            room_of(other): other for other in reversed(house.reached(module))
            if room_of(other) not in own.ours | {room_of(module)}
        }
        found += [
            f"{module} reaches {name}: {house.way(module, other)}"
            for name, other in strange.items()
        ]
    return found
