"""
A fault as plain data and back: how it comes out of another process.

Whoever wrote the data may be a reader that a file took over (`qrgen.apart`), so nothing is
believed: a code must be one of the codes that are loaded here, and all else is text, numbers
and lists of them.
"""
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from qrgen.faults import DATA_AT_FAULT, USAGE_AT_FAULT, Fault, FaultCode, Said
from qrgen.shapes import Shape

_KINDS = {"letters", "digits", "signs", "blanks"}

# What `Fault` takes besides data.
_PARAMETERS = {"status", "more"}

# A problem in a list of a fault's: what is nested deeper is none of ours.
_DEEPEST = 4


def as_plain(said: Said) -> list[Any]:
    """Return *said* (a fault, a problem) as data that JSON can hold, without what it sums up."""
    status = said.status if isinstance(said, Fault) else DATA_AT_FAULT
    return [_name(said.code), _plain_data(said.data), status]


def from_plain(plain: Any) -> Fault:
    """
    Return what `as_plain` made *plain* of, as a fault.

    Raises:
        ValueError: It is not of that form, or has a code that is none here.
    """
    match plain:
        case [str(code), dict(data), int(status)]:
            return Fault(_code(code), status=_status(status), **_data(data))
    raise ValueError("not a fault")


def _plain_data(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in data.items()}


def _data(plain: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    if not _PARAMETERS.isdisjoint(plain):
        raise ValueError("not the data of a fault")
    return {str(name): _value(value, depth) for name, value in plain.items()}


def _name(code: FaultCode) -> str:
    return f"{type(code).__module__}.{type(code).__name__}:{code.value}"


def _code(name: str) -> FaultCode:
    kind, _, value = name.partition(":")
    for codes in FaultCode.__subclasses__():
        if kind == f"{codes.__module__}.{codes.__name__}":
            return codes(value)
    raise ValueError("not a code")


def _plain(value: Any) -> Any:
    if isinstance(value, FaultCode):
        return {"code": _name(value)}
    if isinstance(value, Shape):
        return {"shape": [value.length, list(value.kinds)]}
    if isinstance(value, Said):
        return {"said": [_name(value.code), _plain_data(value.data)]}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, PurePath):
        return str(value)
    return value


def _value(plain: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError("not the data of a fault")
    match plain:
        case {"code": str(code)}:
            return _code(code)
        case {"shape": [int(length), list(kinds)]} if _KINDS.issuperset(map(str, kinds)):
            return Shape(length, kinds)
        case {"said": [str(code), dict(data)]}:
            return Said(_code(code), **_data(data, depth + 1))
        case list(values):
            return [_value(value, depth + 1) for value in values]
        case None | str() | int() | float():
            return plain
    raise ValueError("not the data of a fault")


def _status(status: int) -> int:
    return USAGE_AT_FAULT if status == USAGE_AT_FAULT else DATA_AT_FAULT
