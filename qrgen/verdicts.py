"""
What a code that somebody found on a wall is worth.

It can be genuine in three ways only: our address, our signature, a unit of this campaign. A
genuine code behind a stranger's address is the worst of all, for it is how a copied poster
cheats.
"""
import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from qrgen import fault_codes
from qrgen.campaign import Unit
from qrgen.codes import BadCode, Code, is_code_like, read_code
from qrgen.files import read_text
from qrgen.shell import Fault

State = Literal["genuine", "re-issued", "revoked", "unlisted", "former", "forged", "foreign"]

# What `attribution units list` calls a unit's code: in use, revoked, the unit closed.
IN_USE, REVOKED, CLOSED = "在用", "已撤销", "已停用"


# How a code that leads elsewhere is made like ours.
ANOTHER, COPIED = "formed like a code of another instance", "a code of ours at another address"


@dataclass(frozen=True)
class Standing:
    """
    What the service says of a unit: the issue that is valid, and the state of its code.

    Args:
        void: The issues that are revoked; None where the list does not tell earlier ones, which
            are void then.
    """

    issue: int
    state: str = IN_USE
    void: frozenset[int] | None = None

    def is_void(self, issue: int) -> bool:
        """Whether *issue* was revoked."""
        if self.void is not None:
            return issue in self.void
        return issue < self.issue or (self.state == REVOKED and issue == self.issue)


@dataclass(frozen=True)
class Verdict:
    """
    What a code that was found is worth.

    Args:
        state: ``genuine``; ``re-issued`` is ours, but a later issue has taken its place;
            ``revoked`` is ours and void; ``unlisted`` is signed by us for a unit or an issue
            this campaign does not have; ``forged`` is at our address without our signature;
            ``former`` is of an earlier campaign at the same address; ``foreign`` leads elsewhere.
        text: What the code holds.
        note: What else is known: of a foreign one, ANOTHER or COPIED.
    """

    state: State
    text: str
    code: Code | None = None
    unit: Unit | None = None
    note: str = ""

    @property
    def line(self) -> str:
        """One line for people: ``genuine N07-1 鼎龙乡·邮储银行鼎龙所``."""
        note = f" ({self.note})" if self.note else ""
        if self.code is None:
            return f"{self.state} {_on_one_line(self.text)}{note}"
        if self.unit is None:
            return f"{self.state} {self.code.text} (no such unit in this campaign)"
        return f"{self.state} {self.code.text} {self.unit.name}{note}"


def read_standings(path: Path) -> dict[str, Standing]:
    """
    Return what the service says of each unit, by id.

    Args:
        path: What ``attribution units list`` printed, or a CSV of the same five columns:
            id, kind, name, issue, state.

    Raises:
        Fault: A line has no unit or no issue.
    """
    standings = {}
    text = read_text(path)
    delimiter = "\t" if "\t" in text else ","
    for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1):
        if not any(cells) or cells[0].strip().lower() == "id":
            continue
        try:
            unit, _, _, issue, state = (cell.strip() for cell in cells)
            standings[unit.upper()] = Standing(int(issue), state)
        except ValueError:
            raise Fault(fault_codes.Code.NO_STANDING, file=path.name, line=number) from None
    return standings


def judge(
    text: str,
    keys: Sequence[str],
    public_url: str,
    units: Mapping[str, Unit],
    standings: Mapping[str, Standing] | None = None,
    former_keys: Sequence[str] = (),
) -> Verdict:
    """
    Return what the code that holds *text* is worth.

    Args:
        former_keys: Of the codes of earlier campaigns.
        standings: What the service says; without it the registry's issue is the valid one.
    """
    try:
        parts = urlsplit(text)
        origin = f"{parts.scheme}://{parts.netloc}".lower()
    except ValueError:
        return Verdict("foreign", text)
    head, _, signed = parts.path[1:].partition("/")
    if origin != public_url or head.upper() != "Q" or parts.query or parts.fragment:
        return Verdict("foreign", text, note=_likeness(head, signed, keys))
    try:
        code = read_code(signed, keys)
    except BadCode:
        return _of_another_time(text, signed, former_keys)
    unit = units.get(code.unit)
    if unit is None:
        return Verdict("unlisted", text, code)
    own = Standing(unit.issue, CLOSED if unit.state == "closed" else IN_USE)
    standing = (standings or {}).get(unit.id, own)
    if standing.state == CLOSED:
        return Verdict("revoked", text, code, unit, "the unit is closed")
    if standing.is_void(code.issue):
        if code.issue < standing.issue:
            return Verdict(
                "re-issued", text, code, unit, f"void; issue {standing.issue} is the valid one"
            )
        return Verdict("revoked", text, code, unit, "void; no later issue has been made")
    if code.issue > standing.issue:
        # Signed by us, so not a stranger's; but whoever holds the list cannot know it.
        return Verdict(
            "unlisted", text, code, unit, f"the list knows issue {standing.issue}; is it old?"
        )
    heir = f"leads on to {unit.successor}" if unit.successor else ""
    return Verdict("genuine", text, code, unit, heir)


def _of_another_time(text: str, signed: str, former_keys: Sequence[str]) -> Verdict:
    """Return the verdict on *text*, which none of today's keys signed."""
    try:
        old = read_code(signed, former_keys) if former_keys else None
    except BadCode:
        old = None
    if old is None:
        return Verdict("forged", text)
    # Of whose unit, that campaign's own list would know.
    return Verdict("former", text, note=f"{old.text} of an earlier campaign")


def _likeness(head: str, signed: str, keys: Sequence[str]) -> str:
    """Say what of a foreign code is like ours; '' for nothing."""
    if head.upper() != "Q" or not is_code_like(signed):
        return ""
    try:
        read_code(signed, keys)
    except BadCode:
        return ANOTHER
    return COPIED


def _on_one_line(text: str) -> str:
    # What a stranger's code holds may steer a terminal.
    shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    return shown if len(shown) <= 200 else f"{shown[:200]}…"
