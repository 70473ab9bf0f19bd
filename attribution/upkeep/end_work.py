"""
The long deeds of the end, done beside the road: whoever pressed the button sees a page at once.

What is under way stands in a file where all workers look. One whose process is gone was cut off,
and is begun again by whoever presses once more.
"""
import json
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from attribution.rule import instants
from attribution.rule.instants import HOUR, Instant
from attribution.service import Service
from qrgen.faults import Fault
from qrgen.files import write_whole

_FILE = "end-work.json"
# On several machines nobody sees whether a process of another's lives.
_LONGEST = 2 * HOUR

_logger = logging.getLogger("attribution")


@dataclass(frozen=True)
class EndWork:
    """What is done: *state* is ``runs``, ``done``, ``failed`` or ``cut``; *said*: why it failed."""

    what: str
    state: str
    at: Instant
    process: int
    said: str = ""


def state(service: Service) -> EndWork | None:
    """Return what was begun last, or None."""
    try:
        found = EndWork(**json.loads(_path(service).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    if found.state == "runs" and not _lives(service, found):
        return EndWork(found.what, "cut", found.at, found.process)
    return found


def start(service: Service, what: str, function: Callable[[], object]) -> bool:
    """Begin *what* in a thread of its own; False where something is under way."""
    now = state(service)
    if now is not None and now.state == "runs":
        return False
    begun = EndWork(what, "runs", instants.now(), os.getpid())
    _keep(service, begun)
    threading.Thread(target=_do, args=(service, begun, function), name=f"end-{what}").start()
    return True


def _do(service: Service, begun: EndWork, function: Callable[[], object]) -> None:
    said = ""
    try:
        function()
    except Fault as fault:
        said = fault.shown()
    except Exception:
        _logger.exception("the end: %s failed", begun.what)
        said = "没有做成，原因在服务日志里，请告诉系统管理员。"
    ended = "failed" if said else "done"
    _keep(service, EndWork(begun.what, ended, instants.now(), begun.process, said))


def _lives(service: Service, work: EndWork) -> bool:
    if service.settings.nodes > 1:
        return instants.now() - work.at < _LONGEST
    if work.process == os.getpid():
        return any(thread.name == f"end-{work.what}" for thread in threading.enumerate())
    try:
        os.kill(work.process, 0)
    except (OSError, OverflowError):
        return False
    return True


def _keep(service: Service, work: EndWork) -> None:
    write_whole(_path(service), json.dumps(asdict(work), ensure_ascii=False).encode())


def _path(service: Service) -> Path:
    return service.settings.shared / _FILE
