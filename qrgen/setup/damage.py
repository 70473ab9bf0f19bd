"""
A name that a spreadsheet has damaged: what was typed is gone, and nobody may guess it.

9-1 became a date, 1E5 a power of ten, a lookup an error. None of these is the name of anybody.
"""
import re

from qrgen.setup.fault_codes import Damage
from qrgen.texts import squeeze

_ERROR = re.compile(r"#.*")
_FORMULA = re.compile(r"=.*")
_DATE = re.compile(
    r"\d{1,4}年\d{1,2}月(\d{1,2}[日号]?)?|\d{1,2}月\d{1,2}[日号]?|\d{1,2}[日号]"
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(T?\d.*)?|\d{1,4}[-/]\d{1,2}|\d{1,2}:\d{2}(:\d{2})?"
    r"|\d{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)(-\d{2,4})?"
    r"|(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)-\d{1,4}",
    re.IGNORECASE,
)
_SCIENTIFIC = re.compile(r"[-+]?\d+(\.\d+)?e[-+]?\d+", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?[\d,]+(\.\d*)?%?|true|false", re.IGNORECASE)
_LOST = re.compile(r".*[?\ufffd].*")

_KINDS = (
    (_ERROR, Damage.ERROR), (_FORMULA, Damage.FORMULA), (_DATE, Damage.DATE),
    (_SCIENTIFIC, Damage.SCIENTIFIC), (_NUMBER, Damage.NUMBER), (_LOST, Damage.LOST),
)


def damage_of(name: str) -> Damage | None:
    """Return what a spreadsheet has made of *name*; None where it may be one."""
    plain = squeeze(name)
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch(plain)), None)
