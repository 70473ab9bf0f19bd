"""
What somebody typed into a form or a box of the console, read in this one place.

What nobody sees is gone, odd blanks are blanks, and what is too long is told with its length: a
note that was cut would stand in the ledger for good and say something else. The page's script
says the same at the field while it is being typed (``data-most`` in the templates).
"""
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from flask import request

from attribution.faults import Code
from attribution.rule.instants import day_of, parse_instant
from qrgen.faults import Fault
from qrgen.texts import clean, squeeze

_FIELDS = {
    "about": Code.TYPED_ABOUT, "batch": Code.TYPED_BATCH, "duty": Code.TYPED_DUTY,
    "label": Code.TYPED_PLACE, "name": Code.TYPED_NAME, "note": Code.TYPED_NOTE,
    "purpose": Code.TYPED_PURPOSE, "reach": Code.TYPED_REACH, "source": Code.TYPED_SOURCE,
}


def text(field: str, most: int, source: Mapping[str, str] | None = None) -> str:
    """
    Return what was typed into *field*, on one line.

    Args:
        most: Characters that it may have.
        source: Where it is; the form by default.

    Raises:
        Fault: it is longer. Nothing of it is repeated.
    """
    typed = clean((request.form if source is None else source).get(field, ""))
    return within(typed, most, _FIELDS.get(field, Code.TYPED_CHOICE))


def within(typed: str, most: int, what: Code = Code.TYPED_CHOICE) -> str:
    """
    Return *typed*, which may have *most* characters.

    Raises:
        Fault: it has more.
    """
    if len(typed) > most:
        raise Fault(Code.TYPED_TOO_LONG, status=2, field=what, most=most, count=len(typed))
    return typed


def unit(field: str, source: Mapping[str, str] | None = None) -> str:
    """Return the id of a unit or a place typed into *field*: in capitals, without blanks."""
    return squeeze((request.form if source is None else source).get(field, "")).upper()


def day(field: str) -> int:
    """
    Return the Shanghai day (yyyymmdd) typed into *field* of the form; 0 for an empty one.

    Raises:
        Fault: it is no day.
    """
    given = request.form.get(field, "")
    try:
        return day_of(parse_instant(given)) if given else 0
    except ValueError:
        raise Fault(Code.DAY_UNREADABLE, status=2) from None


@contextmanager
def table_file(name: str) -> Iterator[Path | None]:
    """Yield where the form's ``file`` lies, as *name*, for as long as it is read; None for none."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        yield None
        return
    suffix = Path(sent.filename).suffix.lower()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{name}{suffix if suffix in ('.xlsx', '.xls') else '.csv'}")
        sent.save(path)
        yield path
