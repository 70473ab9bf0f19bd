"""
What a person can put right, as a code and its data; words belong to whoever shows them.

A sentence that is parsed again has two meanings and will lose both. So a `Fault` says
*which* fault it is and what it is about, and every surface has its own text for every code:
the shell in English or Chinese, the console in Chinese. A test asks each for all of them.
"""
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import Any

DATA_AT_FAULT = 1
USAGE_AT_FAULT = 2

LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Words:
    """
    One fault on one surface. Templates take the fault's data in braces.

    Lists are joined as the language does; ``{count:row|rows}`` chooses by number (and does not
    print it); a fault or a code among the data is told in its own words, a `TwoTongued` text
    in the language's.

    Args:
        cause: What is wrong, in one line.
        hint: What to do about it; empty where nothing can be said.
        console: The cause for the browser, where it differs from the shell's.
    """

    cause: str
    hint: str = ""
    console: str = ""


class TwoTongued(str):
    """A text in English that knows its Chinese, to be data of a fault."""

    zh: str

    def __new__(cls, english: str, chinese: str) -> "TwoTongued":
        made = super().__new__(cls, english)
        made.zh = chinese
        return made


class FaultCode(str, Enum):
    """
    Base of the codes of a package, whose words stand beside them.

    Each package with codes has ``fault_words_en.py`` and ``fault_words_zh.py``, each with
    ``WORDS``: code -> `Words`.
    """

    def words(self, language: str) -> Words:
        """Return the texts of this code in *language*, one of LANGUAGES."""
        package = type(self).__module__.rpartition(".")[0]
        table: Mapping[FaultCode, Words] = import_module(f"{package}.fault_words_{language}").WORDS
        return table[self]


class Fault(Exception):
    """
    Something a person can put right.

    Args:
        code: Which fault it is.
        status: The exit status: 1 the data is at fault, 2 the usage is.
        more: The single faults behind this one, when it sums up several.
        data: What its words may use. No cell of anybody's file, no secret.
    """

    def __init__(
        self, code: "FaultCode | str", hint: str = "", status: int = DATA_AT_FAULT,
        more: Sequence["Fault"] = (), **data: Any,
    ) -> None:
        super().__init__(code)
        self.code = code
        self._hint = hint  # TRANSITION: sentences that are no code yet
        self.data = data
        self.status = status
        self.more: tuple[Fault, ...] = tuple(more)

    def __str__(self) -> str:
        return self.cause

    @property
    def cause(self) -> str:
        """What is wrong and where, in English: for logs and the API."""
        return self.told("en")

    @property
    def hint(self) -> str:
        """What to do about it, in English; may be empty."""
        return self.advice("en")

    def told(self, language: str) -> str:
        """Return what is wrong, for the shell."""
        if not isinstance(self.code, FaultCode):
            return self.code
        return fill(self.code.words(language).cause, self.data, language)

    def advice(self, language: str) -> str:
        """Return what to do, for the shell; may be empty."""
        if not isinstance(self.code, FaultCode):
            return self._hint
        return fill(self.code.words(language).hint, self.data, language)

    def shown(self) -> str:
        """Return what is wrong, for the console."""
        if not isinstance(self.code, FaultCode):
            return self.code
        words = self.code.words("zh")
        return fill(words.console or words.cause, self.data, "zh")


def fill(template: str, data: Mapping[str, Any], language: str) -> str:
    """Return *template* with *data* in it, as `Words` says."""
    return _Filler(language).vformat(template, (), data)


class _Filler(string.Formatter):
    def __init__(self, language: str):
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" in format_spec:
            one, many = format_spec.split("|")
            return one if value == 1 else many
        if isinstance(value, TwoTongued) and self._language == "zh":
            value = value.zh
        if isinstance(value, Fault):
            return value.told(self._language)
        if isinstance(value, FaultCode):
            return value.words(self._language).cause
        if isinstance(value, (list, tuple, set, frozenset)):
            parts = sorted(value) if isinstance(value, (set, frozenset)) else value
            comma = "、" if self._language == "zh" else ", "
            return comma.join(self.format_field(part, format_spec) for part in parts)
        return str(super().format_field(value, format_spec))
