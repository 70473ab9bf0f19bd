"""
The note under a difference that a later file settled: which file, in data.

People write notes in their own words; the rule's stands beside them in the same column, and is
told by whoever shows it.
"""
import json

from attribution.faults import Code
from qrgen.faults import Fault


def settled_by(batch: str) -> str:
    """Return the note of a difference that *batch* settled, as the ledger keeps it."""
    return json.dumps({Code.DIFFERENCE_SETTLED.value: batch}, ensure_ascii=False)


def told(note: str) -> str:
    """Return *note* in English, as commands show it."""
    found = _of(note)
    return note if found is None else found.told("en")


def shown(note: str) -> str:
    """Return *note* for the console."""
    found = _of(note)
    return note if found is None else found.shown()


def _of(note: str) -> Fault | None:
    """Return what the rule said; None for a note of a person's, or from before it was data."""
    try:
        kept = json.loads(note)
    except ValueError:
        return None
    match kept:
        case {Code.DIFFERENCE_SETTLED.value: str(batch)}:
            return Fault(Code.DIFFERENCE_SETTLED, batch=batch)
    return None
