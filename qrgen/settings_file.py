"""
Reading ``campaign.toml``: each key with its type, each slip with its line.

tomllib gives values without lines, so the lines are looked up in the text afterwards; a wrong
line number would cost a person more than a second pass costs us.
"""
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from qrgen.artwork import COLOURS, LOOKS, PICTURES, is_colour
from qrgen.campaign import (
    GRADES,
    MODES,
    POLICIES,
    TOLD_WHERE,
    Campaign,
    Goal,
    Link,
    Mode,
    Policy,
    Problem,
    Stage,
    ToldWhere,
    Unit,
)
from qrgen.fault_codes import Code, Term
from qrgen.faults import FaultCode, Said
from qrgen.files import read_text, read_toml
from qrgen.shapes import is_word, shape_of, word_or_shape
from qrgen.shell import Fault
from qrgen.texts import seen
from qrgen.toml_slips import slips_in

EXPECT: dict[str, type] = {
    "areas": int,
    "lines": int,
    "departments": int,
    "banks": int,
    "target_sum": int,
    "lines_add_up": bool,
    "official_code_prefix": str,
    "forbidden_banks": list,
    "forbidden_words": list,
}
_TOP = (
    "id", "title", "short_title", "document", "basis", "issuer", "start", "end", "mark_time",
    "settle_end", "policy", "mode", "demo", "hotline", "allowed_hosts", "links", "stages",
    "goals", "texts", "expect", "design", "second_person", "grades", "naming", "ranking",
)  # fmt: skip

_MAY_BE_MISSING = (
    "hotline", "demo", "links", "texts", "expect", "stages", "goals", "design",
    "second_person", "grades", "naming", "ranking",
)  # fmt: skip

T = TypeVar("T")

# What stands in the place of something that is yet to be filled in begins so.
UNFINISHED = "〔待填〕"

# Enough to see what went wrong: whoever typed one such sign typed all of them so.
_MOST_SLIPS = 20


@dataclass
class Settings:
    """``campaign.toml``, read. *lines* gives the line of ``key`` or ``table.key``."""

    values: dict[str, Any]
    links: dict[str, Link]
    stages: tuple[Stage, ...]
    goals: tuple[Goal, ...]
    texts: dict[str, str]
    expect: dict[str, Any]
    lines: dict[str, int] = field(default_factory=dict)
    design: dict[str, str] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)  # keys whose own value is a problem already

    def line(self, key: str) -> int:
        """Return where *key* stands; the line of its table, or 1, when it stands nowhere."""
        while key:
            if key in self.lines:
                return self.lines[key]
            key = key.rpartition(".")[0]
        return 1

    def campaign(self, units: list[Unit], folder: Path) -> Campaign:
        return Campaign(
            **self.values,
            stages=self.stages,
            goals=self.goals,
            links=self.links,
            texts=self.texts,
            design=self.design,
            units=tuple(units),
            folder=folder,
        )


def read_campaign_file(path: Path, problems: list[Problem]) -> Settings | None:
    """
    Return what *path* says and add what is wrong with it to *problems*.

    A wrong value is replaced by a harmless one, so that the rest can be looked at too.
    ``None`` when the file as a whole cannot be read.
    """
    try:
        tables = read_toml(path)
        lines = _key_lines(read_text(path))
    except Fault as fault:
        if fault.code is Code.TOML_WIDE:
            problems += [
                Problem(
                    Code.TOML_SIGN, path.name, slip.line, column=slip.column,
                    letter=slip.letter, plain=slip.plain,
                )
                for slip in slips_in(read_text(path))[:_MOST_SLIPS]
            ]
        else:
            problems.append(_unreadable(path, fault))
        return None
    return _Reader(path.name, tables, lines, problems).settings()


def read_tables(tables: dict[str, Any], problems: list[Problem]) -> Settings:
    """Do as `read_campaign_file` with what such a file says, which stands in none."""
    return _Reader("campaign.toml", tables, {}, problems).settings()


def _unreadable(path: Path, fault: Fault) -> Problem:
    if fault.code is Code.NO_SUCH_FILE:
        return Problem(Code.NO_CAMPAIGN_FILE, path.name, 1, path=path, name=path.name)
    if fault.code is Code.NO_TOML:
        return Problem(
            Code.TOML_SLIP, path.name, fault.data["line"], what=fault.data["what"]
        )
    return Problem(fault.code, path.name, 1, **fault.data)


class _Reader:
    def __init__(
        self, file: str, tables: dict[str, Any], lines: dict[str, int], problems: list[Problem]
    ) -> None:
        self._file = file
        self._tables = tables
        self._problems = problems
        self._settings = Settings({}, {}, (), (), {}, {}, lines)

    def settings(self) -> Settings:
        top, made = self._tables, self._settings
        self._refuse_strangers(top, _TOP, "")
        instants = {
            name: self._instant(top, name) for name in ("start", "end", "mark_time", "settle_end")
        }
        mode: Mode = self._choice("mode", MODES)
        policy: Policy = self._choice("policy", POLICIES)
        naming: ToldWhere = self._choice("naming", TOLD_WHERE)
        ranking: ToldWhere = self._choice("ranking", TOLD_WHERE)
        made.values = {
            **{
                name: self._text(top, name)
                for name in ("id", "title", "short_title", "document", "basis", "issuer")
            },
            **instants,
            "mode": mode,
            "policy": policy,
            "hotline": self._text(top, "hotline") if "hotline" in top else None,
            "demo": self._value(top, "demo", "", bool, Term.BOOLEAN, False),
            "second_person": self._value(top, "second_person", "", bool, Term.BOOLEAN, False),
            "grades": self._grades(),
            "naming": naming,
            "ranking": ranking,
            "allowed_hosts": frozenset(self._words(top, "allowed_hosts", "", [])),
        }
        links = self._value(top, "links", "", dict, Term.LINKS, {})
        made.links = {
            key: Link(
                key,
                self._text(self._table(links, key, "links"), "label", f"links.{key}"),
                self._text(self._table(links, key, "links"), "url", f"links.{key}"),
            )
            for key in links
        }
        made.stages = tuple(
            self._stage(stage, f"stages.{i}")
            for i, stage in self._list_of_tables("stages", Term.STAGES)
        )
        made.goals = tuple(
            self._goal(goal, f"goals.{i}")
            for i, goal in self._list_of_tables("goals", Term.GOALS)
        )
        made.texts = self._texts()
        made.expect = self._expect()
        made.design = self._design()
        return made

    def _stage(self, table: dict[str, Any], where: str) -> Stage:
        self._refuse_strangers(table, ("name", "start", "last", "duty", "lead"), where)
        first = self._date(table, "start", where)
        last = self._date(table, "last", where)
        if last < first:
            self._problem(f"{where}.last", Code.STAGE_ENDS_FIRST, key=f"{where}.last")
        return Stage(
            self._text(table, "name", where),
            first,
            last + timedelta(days=1),
            self._text(table, "duty", where),
            self._text(table, "lead", where),
        )

    def _goal(self, table: dict[str, Any], where: str) -> Goal:
        self._refuse_strangers(table, ("key", "label", "number", "by"), where)
        return Goal(
            self._text(table, "key", where),
            self._text(table, "label", where),
            self._value(table, "number", where, int, Term.BARE_NUMBER, 0),
            self._date(table, "by", where),
        )

    def _texts(self) -> dict[str, str]:
        texts = dict(default_texts())
        own = self._value(self._tables, "texts", "", dict, Term.TEXTS_TABLE, {})
        self._refuse_strangers(own, tuple(texts), "texts")
        texts.update({key: self._text(own, key, "texts") for key in own if key in texts})
        return texts

    def _design(self) -> dict[str, str]:
        own = self._value(self._tables, "design", "", dict, Term.DESIGN_TABLE, {})
        self._refuse_strangers(own, (*COLOURS, *PICTURES, "look"), "design")
        design: dict[str, str] = {}
        for key in own:
            if key in PICTURES:
                design[key] = self._text(own, key, "design")
            elif key == "look":
                text = self._text(own, key, "design")
                if text in LOOKS:
                    design[key] = text
                else:
                    shown, wanted = word_or_shape(text), [f'"{look}"' for look in LOOKS]
                    full = "design.look"
                    self._problem(full, Code.NO_CHOICE, key=full, shown=shown, wanted=wanted)
            elif key in COLOURS:
                text, full = self._text(own, key, "design"), f"design.{key}"
                if is_colour(text):
                    design[key] = text.lower()
                else:
                    self._problem(full, Code.NO_COLOUR, key=full, shown=word_or_shape(text))
        return design

    def _expect(self) -> dict[str, Any]:
        own = self._value(self._tables, "expect", "", dict, Term.EXPECT_TABLE, {})
        self._refuse_strangers(own, tuple(EXPECT), "expect")
        expect: dict[str, Any] = {}
        for key in own:
            kind = EXPECT.get(key)
            if kind is int:
                expect[key] = self._value(own, key, "expect", int, Term.NUMBER, 0)
            elif kind is bool:
                expect[key] = self._value(own, key, "expect", bool, Term.BOOLEAN, False)
            elif kind is str:
                expect[key] = self._text(own, key, "expect")
            elif kind is list:
                expect[key] = self._words(own, key, "expect", [])
        return expect

    def _list_of_tables(self, name: str, wanted: Term) -> list[tuple[int, dict[str, Any]]]:
        found = self._value(self._tables, name, "", list, wanted, [])
        return [(i, table) for i, table in enumerate(found) if isinstance(table, dict)]

    def _table(self, tables: dict[str, Any], key: str, where: str) -> dict[str, Any]:
        found = tables[key]
        return found if isinstance(found, dict) else {}

    def _text(self, table: dict[str, Any], key: str, where: str = "") -> str:
        text = self._value(table, key, where, str, Term.TEXT, "…")
        if not seen(text).strip():
            self._problem(_join(where, key), Code.KEY_EMPTY, key=_join(where, key))
        # A full-width blank may be meant on a poster; what shows nothing is not.
        return seen(text).strip()

    def _words(self, table: dict[str, Any], key: str, where: str, empty: list[str]) -> list[str]:
        words = self._value(table, key, where, list, Term.WORDS, empty)
        if not all(isinstance(word, str) for word in words):
            full = _join(where, key)
            self._problem(full, Code.NO_LIST_OF_TEXTS, key=full, wanted=Term.WORDS)
            return empty
        return words

    def _grades(self) -> tuple[str, ...]:
        named = self._words(self._tables, "grades", "", [GRADES[0]])
        for word in named:
            if word not in GRADES:
                wanted = [f'"{grade}"' for grade in GRADES]
                shown = word_or_shape(word)
                self._problem("grades", Code.NO_CHOICE, key="grades", shown=shown, wanted=wanted)
        # Whoever may be credited by less may be by the whole number too.
        return tuple(grade for grade in GRADES if grade in (GRADES[0], *named))

    def _choice(self, key: str, choices: tuple[T, ...]) -> T:
        wanted = [f'"{choice}"' for choice in choices]
        if self._tables.get(key) in choices:
            return choices[choices.index(self._tables[key])]
        self._value(self._tables, key, "", str, wanted, "")
        if isinstance(self._tables.get(key), str):
            shown = word_or_shape(self._tables[key])
            self._problem(key, Code.NO_CHOICE, key=key, shown=shown, wanted=wanted)
        return choices[0]

    def _instant(self, table: dict[str, Any], key: str) -> datetime:
        nothing = datetime(2000, 1, 1, tzinfo=timezone.utc)
        found = self._value(table, key, "", datetime, Term.TIME, nothing)
        if found.tzinfo is None:
            # 00:00 in which zone? Eight hours decide over hundreds of people: never guessed.
            self._problem(key, Code.NO_OFFSET, key=key)
            return nothing
        return found.astimezone(timezone.utc)

    def _date(self, table: dict[str, Any], key: str, where: str) -> date:
        nothing = date(2000, 1, 1)
        found = self._value(table, key, where, date, Term.DATE, nothing)
        if isinstance(found, datetime):
            self._problem(_join(where, key), Code.DATE_IS_TIME, key=_join(where, key))
            return nothing
        return found

    def _value(
        self, table: dict[str, Any], key: str, where: str, kind: type[T],
        wanted: Term | list[str], empty: T,
    ) -> T:
        full = _join(where, key)
        if key not in table:
            if key not in _MAY_BE_MISSING:
                # The line of the table it is missing from; a campaign key belongs on top.
                self._problem(where, Code.KEY_MISSING, key=full, wanted=wanted)
                self._settings.wrong.add(full)
            return empty
        found = table[key]
        if isinstance(found, str) and found.startswith(UNFINISHED):
            self._problem(full, Code.UNFINISHED, key=full, wanted=wanted)
            return empty
        # bool is an int in Python; `number = true` is a slip all the same.
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            self._problem(full, Code.KEY_OF_WRONG_TYPE, key=full, wanted=wanted)
            return empty
        return found

    def _refuse_strangers(
        self, table: dict[str, Any], known: tuple[str, ...], where: str
    ) -> None:
        for key in table:
            if key not in known:
                full = _join(where, key)
                shown: str | Said = full if is_word(key) else shape_of(key)
                if where and not is_word(key):
                    shown = Said(Term.IN_TABLE, table=where, shape=shape_of(key))
                if near := nearest(key, known):
                    self._problem(full, Code.KEY_MISSPELT, key=shown, near=near)
                else:
                    self._problem(full, Code.KEY_UNKNOWN, key=shown)

    def _problem(self, at: str, code: FaultCode, /, **data: Any) -> None:
        self._settings.wrong.add(at)
        self._problems.append(Problem(code, self._file, self._settings.line(at), **data))


@cache
def default_texts() -> Mapping[str, str]:
    """Return what posters say where a campaign says nothing else."""
    return read_toml(Path(__file__).parent / "templates" / "texts.toml")


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the one of *known* that *word* is most likely meant to be; empty when none is."""
    return "".join(difflib.get_close_matches(word, known, 1))


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _key_lines(text: str) -> dict[str, int]:
    """Return the line of each ``key``, ``table`` and ``table.key`` (``stages.0.name``)."""
    lines: dict[str, int] = {}
    table, counts = "", {}  # type: str, dict[str, int]
    for number, line in enumerate(text.splitlines(), start=1):
        if found := re.match(r"\s*\[\[\s*([\w.\-]+)\s*\]\]", line):
            index = counts.get(found[1], 0)
            counts[found[1]] = index + 1
            table = f"{found[1]}.{index}"
            lines.setdefault(table, number)
        elif found := re.match(r"\s*\[\s*([\w.\-]+)\s*\]\s*(#.*)?$", line):
            table = found[1]
            lines.setdefault(table, number)
        elif found := re.match(r"\s*\"?([\w\-]+)\"?\s*=", line):
            lines.setdefault(_join(table, found[1]), number)
    return lines
