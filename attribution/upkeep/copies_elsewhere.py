"""
Where people still are after the ledger has forgotten them: copies that no program can reach.

Named from what the audit log, the files and the settings know, so that somebody can go and
destroy each by hand, and say so by name. One that comes into being later is open again.
"""
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from attribution.deeds import Actor, Doing, Entry, Kind, do
from attribution.faults import Code
from attribution.reports import exports
from attribution.rule.instants import Instant, local_text
from attribution.service import Service
from attribution.store import audit_log, console_lists, end_log
from attribution.store.engine.database import Connection, Row
from attribution.store.engine.sqlite import SQLite
from qrgen.faults import Fault, Said

GONE = "copy_gone"
_DAILY = re.compile(r"ledger-([0-9]{8})\.db")
# More than a campaign has.
_ALL = 100_000
_FEW = 20


@dataclass(frozen=True)
class Elsewhere:
    """
    One copy, or some of one kind in one hand.

    Args:
        name: By which it is ticked off.
        at: When the newest of it came into being; 0 where nobody knows.
        gone: Who said that it is destroyed, and when; None while nobody did.
    """

    name: str
    said: Said
    at: Instant
    gone: Row | None


def listed(service: Service) -> list[Elsewhere]:
    """Return every copy that is known of, in the order to go through them."""
    with service.store.read() as connection:
        ticks = {
            mark["subject"]: mark for mark in end_log.marks(connection, service.campaign.id)
            if mark["kind"] == GONE
        }
        found = [
            *_of_the_machines(service),
            *_of_backups(_entries(connection, Kind.BACKUP)),
            *_single(_entries(connection, Kind.COPY), _moved),
            *_single(_entries(connection, Kind.RESTORE), _restored),
            *_of_downloads(_entries(connection, Kind.EXPORT)),
            *_of_files(console_lists.batches(connection, service.campaign.id, _ALL)),
        ]
    return [
        Elsewhere(name, said, at, _still(ticks.get(name), at)) for name, said, at in found
    ]


def tick_off(service: Service, names: list[str], by: Actor, now: Instant, note: str = "") -> int:
    """
    Say that the copies called *names* are destroyed; return how many were open.

    Raises:
        Fault: there is none of such a name.
    """
    there = {one.name: one for one in listed(service)}
    if unknown := [name for name in names if name not in there]:
        raise Fault(Code.ELSEWHERE_UNKNOWN, status=2, name=unknown[0])
    open_ones = [name for name in dict.fromkeys(names) if there[name].gone is None]

    def act(doing: Doing) -> int:
        for name in open_ones:
            end_log.add(
                doing.connection, service.campaign.id, doing.next_id(), now, GONE, name,
                json.dumps({"note": note}, ensure_ascii=False), by.name,
            )
            doing.enter(Kind.COPY_GONE, f"copy {name}", note=note)
        return len(open_ones)

    return do(service.store, by, now, act)


_Found = tuple[str, Said, Instant]


def _of_the_machines(service: Service) -> Iterator[_Found]:
    yield "keys", Said(Code.ELSEWHERE_KEYS), 0
    for number in range(2, service.settings.nodes + 1):
        yield f"node-{number}", Said(Code.ELSEWHERE_NODE, number=number), 0
    if not isinstance(service.store.database, SQLite):
        yield "server", Said(Code.ELSEWHERE_SERVER), 0
    yield "web-log", Said(Code.ELSEWHERE_WEB_LOG), 0


def _of_backups(rows: list[tuple[Row, Entry]]) -> Iterator[_Found]:
    daily: dict[str, Instant] = {}
    others: dict[str, Row] = {}
    for row, entry in rows:
        file = entry.subject.removeprefix("file ")
        if found := _DAILY.fullmatch(file):
            daily[found[1]] = max(row["at"], daily.get(found[1], 0))
        else:
            others[file] = row
    if daily:
        yield "daily", Said(
            Code.ELSEWHERE_DAILY, count=len(daily), first=min(daily), last=max(daily)
        ), max(daily.values())
    for file, row in others.items():
        yield f"backup-{file}", Said(
            Code.ELSEWHERE_BACKUP, file=file, who=row["who"], at=_day(row)
        ), row["at"]


def _single(
    rows: list[tuple[Row, Entry]], said: Callable[[Row, Entry], Said]
) -> Iterator[_Found]:
    for row, entry in rows:
        yield f"{row['what']}-E{row['n']:06}", said(row, entry), row["at"]


def _moved(row: Row, entry: Entry) -> Said:
    return Said(
        Code.ELSEWHERE_MOVED, source=str(entry.before), at=_day(row),
        target=entry.subject.removeprefix("database "),
    )


def _restored(row: Row, entry: Entry) -> Said:
    file = entry.subject.removeprefix("file ")
    return Said(Code.ELSEWHERE_RESTORED, file=file, at=_day(row))


def _of_downloads(rows: list[tuple[Row, Entry]]) -> Iterator[_Found]:
    """Yield who has which lists that tell of people: by person and list, not by the hundred."""
    taken: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row, entry in rows:
        list_name = entry.subject.partition(".")[0]
        if list_name in exports.OF_PEOPLE:
            taken[row["who"], list_name].append(row)
    for (who, list_name), some in sorted(taken.items()):
        numbers = [f"E{row['n']:06}" for row in some]
        if len(numbers) > _FEW:
            numbers = [*numbers[:_FEW], "…"]
        yield f"{list_name}-{who}", Said(
            Code.ELSEWHERE_DOWNLOAD, count=len(some), who=who,
            what=exports.EXPORTS[list_name].title, at=_day(some[-1]), numbers=" ".join(numbers),
        ), some[-1]["at"]


def _of_files(batches: list[Row]) -> Iterator[_Found]:
    brought: dict[str, list[Row]] = defaultdict(list)
    for row in batches:
        brought[row["by_whom"]].append(row)
    for who, some in sorted(brought.items()):
        yield f"files-{who}", Said(Code.ELSEWHERE_FILES, count=len(some), who=who), max(
            row["received_at"] for row in some
        )


def _entries(connection: Connection, kind: Kind) -> list[tuple[Row, Entry]]:
    """Return the entries of *kind*, oldest first."""
    rows = audit_log.latest(connection, what=kind.value, limit=_ALL)
    return [(row, Entry.from_text(row["detail"])) for row in reversed(rows)]


def _still(tick: Row | None, at: Instant) -> Row | None:
    return tick if tick is not None and tick["at"] >= at else None


def _day(row: Row) -> str:
    return local_text(row["at"])[:10]
