"""
Patrols: what hangs on the walls, read from photographs, and kept by place and day.

Somebody whose poster was pasted over loses people to a stranger, and learns of it by nothing else.
A code is told by the ledger's own registry and revocations as they are at that moment. Photographs
show faces, so none is kept: of a code of ours its number, of a stranger's where it leads.
"""
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from attribution import deeds
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.rule.instants import DAY, Instant
from attribution.service import Service
from attribution.store import contacts, patrol_log, registry
from attribution.store.engine.database import Connection, Row
from qrgen import apart, photos, verdicts
from qrgen.faults import Fault
from qrgen.seen import SeenPage
from qrgen.verdicts import Standing, Verdict

# What was found, in words; in the order in which a page tells it, the worst first.
STATES = {
    "pasted": "疑被别人的码盖住",
    "forged": "伪造的码",
    "copied": "照抄我们的码，网址是别人的",
    "missing": "没有找到",
    "void": "已作废的码",
    "former": "以前活动的码",
    "unlisted": "名册里没有的码",
    "foreign": "别人的码",
    "elsewhere": "别的县（系统）的码",
    "others": "别的单位的码",
    "unread": "有码但读不出",
    "nothing": "照片里没有码",
    "unreadable": "照片读不了",
    "genuine": "正常",
}
# What others have to hear of at once: somebody cheats.
ALARMING = frozenset({"pasted", "forged", "copied"})

# A photograph of twelve megapixels takes two seconds of a slow core. Of a request many are sent.
MOST_PHOTOS = 12
BOUNDS = apart.Bounds(memory=1 << 30, cpu_s=30, silence_s=60, patience_s=240)

# A code may hold what it likes, a number too; none is kept.
_DIGITS = re.compile(r"[0-9]{6,}")
_MOST_LEADS = 100


@dataclass(frozen=True)
class Spot:
    """Where a code is to hang; *placement* is '' where a unit has named no place."""

    unit: str
    placement: str = ""
    label: str = ""


@dataclass(frozen=True)
class Walk:
    """
    What a patrol is about.

    Args:
        unit: Whose walls; '' for nobody's: what is photographed is told, nothing is missed.
        places: Which of its places were to be seen.
        visible: The units whose codes are told by name; None for all.
    """

    unit: str
    places: Sequence[Spot] = ()
    visible: Collection[str] | None = None


def places(connection: Connection, campaign: str, units: Iterable[registry.Unit]) -> list[Spot]:
    """Return where a code of each open unit of *units* is to hang."""
    named = contacts.all_placements(connection, campaign)
    return [
        place for unit in units if unit.closed_at is None
        for place in (
            [Spot(unit.id, *one) for one in named.get(unit.id, {}).items()] or [Spot(unit.id)]
        )
    ]


def unseen(
    connection: Connection, campaign: str, units: Iterable[registry.Unit], days: int, now: Instant
) -> list[tuple[Spot, Instant | None]]:
    """Return the places of *units* not seen for *days*, longest first, with when they were."""
    seen = patrol_log.last_seen(connection, campaign, None)
    found = [
        (place, seen.get((place.unit, place.placement)))
        for place in places(connection, campaign, units)
    ]
    return sorted(
        (one for one in found if one[1] is None or one[1] < now - days * DAY),
        key=lambda one: one[1] or 0,
    )


def record(
    service: Service, walk: Walk, pictures: Sequence[Path], by: Actor, now: Instant
) -> tuple[int, list[tuple[int, Fault]]]:
    """
    Read *pictures*, keep what is on them, and return the patrol's number.

    Returns:
        And the pictures that could not be read, by their place from 1, with why.

    Raises:
        Fault: there is none, or there are too many.
    """
    if not pictures:
        raise Fault(Code.PATROL_EMPTY, status=2)
    if len(pictures) > MOST_PHOTOS:
        raise Fault(Code.PATROL_TOO_MANY, status=2, count=len(pictures), most=MOST_PHOTOS)
    faults: list[tuple[int, Fault]] = []
    found: list[Row] = []
    judge = _Judge(service, walk)
    for number, (_, pages) in enumerate(photos.read_files(pictures, BOUNDS), start=1):
        if isinstance(pages, Fault):
            faults.append((number, pages))
            found.append(_row(number, "unreadable"))
            continue
        faults += [(number, page.fault) for page in pages if page.fault]
        rows = [row for page in pages for row in judge.rows(number, page)]
        found += rows or [_row(number, "nothing")]
    found += _missing(walk, found)

    def act(doing: Doing) -> int:
        ids = [doing.next_id() for _ in found]
        about = {"at": now, "visit": ids[0], "unit": walk.unit, "by_whom": by.name}
        patrol_log.add(
            doing.connection, service.campaign.id,
            [{"id": id, **about, **row} for id, row in zip(ids, found, strict=True)],
        )
        told = Counter(row["state"] for row in found)
        kind = Kind.PATROL if ALARMING.isdisjoint(told) else Kind.PATROL_ALARM
        subject = f"unit {walk.unit}" if walk.unit else "walls"
        doing.enter(kind, subject, after=dict(told), pictures=len(pictures), visit=ids[0])
        return ids[0]

    return deeds.do(service.store, by, now, act), faults


class _Judge:
    """Tells codes by the registry as it stands, read once."""

    def __init__(self, service: Service, walk: Walk):
        campaign, self._walk = service.campaign, walk
        with service.store.read() as connection:
            known = registry.read(connection, campaign.id)
        void: dict[str, set[int]] = {}
        for unit, issue in known.revoked:
            void.setdefault(unit, set()).add(issue)
        self._standings = {
            id: Standing(
                # A merged one's code goes on for its successor.
                unit.issue, verdicts.CLOSED if unit.closed_at is not None and not unit.successor
                else verdicts.IN_USE,
                frozenset(void.get(id, ())),
            )
            for id, unit in known.units.items()
        }
        self._units = {unit.id: unit for unit in (*campaign.units, *campaign.former)}
        self._keys, self._url = service.settings.code_keys, service.settings.public_url
        self._former = service.settings.former_keys

    def rows(self, number: int, page: SeenPage) -> Iterator[Row]:
        """Yield what is on *page* of picture *number*; each code once."""
        told = {
            code.text: (self._verdict(code.text), code.covers) for code in page.codes
        }
        ours = any(verdict.code is not None for verdict, _ in told.values())
        for verdict, covers in told.values():
            state = self._state(verdict)
            # Of ours there is nothing in the picture but this: it hangs where ours was to hang.
            if covers or (state == "foreign" and self._walk.unit and not ours):
                state = "pasted"
            yield _row(number, state, verdict)
        if page.unread:
            yield _row(number, "unread")

    def _verdict(self, text: str) -> Verdict:
        return verdicts.judge(
            text, self._keys, self._url, self._units, self._standings, self._former
        )

    def _state(self, verdict: Verdict) -> str:
        code, visible = verdict.code, self._walk.visible
        if code is not None and visible is not None and code.unit not in visible:
            return "others"
        if verdict.state in ("re-issued", "revoked"):
            return "void"
        if verdict.state == "foreign":
            liked = {verdicts.ANOTHER: "elsewhere", verdicts.COPIED: "copied"}
            return liked.get(verdict.note, "foreign")
        return verdict.state


def _row(number: int, state: str, verdict: Verdict | None = None) -> Row:
    code = verdict.code if verdict else None
    return {
        "picture": number, "state": state,
        "code_unit": code.unit if code else None, "issue": code.issue if code else None,
        "placement": code.placement if code else None,
        "leads": leads_to(verdict.text) if verdict and code is None else "",
    }


def _missing(walk: Walk, found: Sequence[Mapping[str, object]]) -> list[Row]:
    """Return a row for each place that was to be seen and was not."""
    seen = {
        (row["code_unit"], row["placement"] or "") for row in found if row["state"] == "genuine"
    }
    # A unit that has named no place hangs one code wherever it likes.
    anywhere = {unit for unit, _ in seen}
    return [
        {**_row(0, "missing"), "code_unit": place.unit, "placement": place.placement or None}
        for place in walk.places
        if (place.unit, place.placement) not in seen
        and (place.placement or place.unit not in anywhere)
    ]


def leads_to(text: str) -> str:
    """Return where a stranger's code leads: scheme and host, and none of what may name somebody."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return ""
    where = f"{parts.scheme}://{host}" if host and parts.scheme in ("http", "https") else (
        f"{parts.scheme}:" if parts.scheme else ""
    )
    shown = "".join(letter if letter.isprintable() else "?" for letter in where)
    return _DIGITS.sub("…", shown)[:_MOST_LEADS]
