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
from typing import Any, Protocol, runtime_checkable

DATA_AT_FAULT = 1
USAGE_AT_FAULT = 2

LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Words:
    """
    One fault in one language. Templates take the fault's data in braces.

    ``{count:row|rows}`` chooses by number (and does not print it). A list is joined as the
    language does, ``{kinds:or}`` joins it by "or", ``{parts:;}`` by semicolons. A shape, a code
    or what has data of its own (`Said`) is told in its own words, and ``{problem:hint}`` is what
    to do about it.

    Args:
        cause: What is wrong, in one line.
        hint: What to do about it; empty where nothing can be said.
        console: The cause for the browser, where it differs from the shell's.
    """

    cause: str
    hint: str = ""
    console: str = ""


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


class Said:
    """
    A code with its data: all that is needed to tell it in anybody's words.

    By itself it is a part of a fault that has data of its own: ``page 3 of book.pdf``.
    """

    def __init__(self, code: FaultCode, /, **data: Any) -> None:
        self.code = code
        self.data = data

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
        return fill(self.code.words(language).cause, self.data, language)

    def advice(self, language: str) -> str:
        """Return what to do, for the shell; may be empty."""
        return fill(self.code.words(language).hint, self.data, language)

    def shown(self) -> str:
        """Return what is wrong, for the console."""
        words = self.code.words("zh")
        return fill(words.console or words.cause, self.data, "zh", console=True)


class Fault(Said, Exception):
    """
    Something a person can put right.

    Args:
        code: Which fault it is.
        status: The exit status: 1 the data is at fault, 2 the usage is.
        more: The single faults behind this one, when it sums up several.
        data: What its words may use. No cell of anybody's file, no secret.
    """

    def __init__(
        self, code: FaultCode, /, status: int = DATA_AT_FAULT, more: Sequence["Fault"] = (),
        **data: Any,
    ) -> None:
        Said.__init__(self, code, **data)
        self.args = (code,)
        self.status = status
        self.more: tuple[Fault, ...] = tuple(more)

    def __reduce__(self) -> tuple[Any, ...]:
        # A worker hands one to its parent; a subclass that sums up problems is told as well
        # by its code and data.
        return _again, (self.code, self.status, self.more, self.data)


def _again(
    code: FaultCode, status: int, more: Sequence[Fault], data: Mapping[str, Any]
) -> Fault:
    return Fault(code, status=status, more=more, **data)


@runtime_checkable
class _HasWords(Protocol):
    def told(self, language: str) -> str: ...


def fill(template: str, data: Mapping[str, Any], language: str, console: bool = False) -> str:
    """
    Return *template* with *data* in it, as `Words` says.

    Never raises: who asks is telling somebody of a fault. What is missing stands there as
    ``{name}``; a test asks every raise site for all that its words use.
    """
    return _Filler(language, console).vformat(template, (), data)


class _Filler(string.Formatter):
    def __init__(self, language: str, console: bool) -> None:
        self._language = language
        self._console = console

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(str(key), f"{{{key}}}")

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" in format_spec:
            one, many = format_spec.split("|")
            return one if value == 1 else many
        if format_spec == ";" and isinstance(value, (list, tuple)):
            semicolon = "；" if self._language == "zh" else "; "
            return semicolon.join(self.format_field(part, "") for part in value)
        if isinstance(value, FaultCode):
            return value.words(self._language).cause
        if isinstance(value, Said):
            if format_spec == "hint":
                return value.advice(self._language)
            return value.shown() if self._console else value.told(self._language)
        if isinstance(value, _HasWords):
            return value.told(self._language)
        if isinstance(value, (list, tuple, set, frozenset)):
            told = [self.format_field(part, "") for part in value]
            return _COMMAS[self._language, format_spec == "or"].join(
                sorted(told) if isinstance(value, (set, frozenset)) else told
            )
        try:
            return format(value, format_spec)
        except (TypeError, ValueError):  # {share:.0%} of what is no number
            return str(value)


_COMMAS = {
    ("en", False): ", ", ("en", True): " or ", ("zh", False): "、", ("zh", True): " 或 ",
}
