"""
The other end of `qrgen.apart`: binds itself, then reads one file and says what is in it.

It imports next to nothing before its bounds stand, and little after that: it starts for every
file. What it answers is lines of JSON: lists of items, and one object at the end that says
whether it was the end. Nothing of a file but items goes out; of an error, kind and place.
"""
import contextlib
import importlib
import json
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import IO, Any, NoReturn

from qrgen.fault_json import as_plain
from qrgen.shell import Fault

# As mypy sees it on Windows, where nothing is bound.
_unix: Any = os
_resource: ModuleType | None
try:
    import resource as _resource
except ImportError:  # Windows
    _resource = None

# Python opens one file at a time to import, a reader one or two.
_OPEN_FILES = 64

# Of a slow file (a pile of photographs) each item is told at once.
_BLOCK = 256
_BLOCK_S = 0.1


def run(asked: dict[str, Any]) -> NoReturn:
    """Do what *asked* says, and end the process."""
    # Whatever a library prints must not stand between our lines.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _bind(asked["memory"])
    status = 0
    try:
        _answer(answers, asked)
    except BrokenPipeError:
        status = 1  # nobody listens any more
    os._exit(status)


def _answer(answers: IO[bytes], asked: dict[str, Any]) -> None:
    def say(what: Any) -> None:
        answers.write(json.dumps(what, separators=(",", ":")).encode() + b"\n")
        answers.flush()
        _allow(asked["cpu_s"])

    _allow(asked["cpu_s"])
    block: list[Any] = []
    last: dict[str, Any] = {"done": True}
    said = time.monotonic()
    try:
        module, _, name = asked["job"].partition(":")
        job: Iterable[Any] = getattr(importlib.import_module(module), name)(*asked["arguments"])
        for item in job:
            block.append(item)
            # A text is a block of the job's own making.
            if (
                len(block) == _BLOCK or type(item) is str
                or time.monotonic() - said > _BLOCK_S
            ):
                say(block)
                block = []
                said = time.monotonic()
    except BrokenPipeError:
        raise
    except Fault as fault:
        last = {"fault": as_plain(fault)}
    except MemoryError:
        last = {"memory": True}
    except BaseException as error:
        # A library's panic is no Exception. Its words may quote the file.
        last = {"broke": f"{type(error).__name__}, {_place(error)}"}
    if block:
        say(block)
    say(last)


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "nowhere"
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


def _bind(memory: int | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, who ends us
    if _resource is None:
        return
    _unix.nice(5)  # residents first
    # Should the whole machine run out of memory, it is us that the kernel ends.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    bounds = {"RLIMIT_CORE": 0, "RLIMIT_FSIZE": 0, "RLIMIT_NOFILE": _OPEN_FILES}
    if memory is not None:
        bounds["RLIMIT_AS"] = memory
    for name, most in bounds.items():
        number = getattr(_resource, name)
        hard = _resource.getrlimit(number)[1]
        if hard != _resource.RLIM_INFINITY:
            most = min(most, hard)
        _resource.setrlimit(number, (most, most))


def _allow(seconds: int) -> None:
    """Let the kernel end us when we compute *seconds* more."""
    if _resource is None:
        return
    usage = _resource.getrusage(_resource.RUSAGE_SELF)
    most = int(usage.ru_utime + usage.ru_stime) + 1 + seconds
    hard = _resource.getrlimit(_resource.RLIMIT_CPU)[1]
    if hard != _resource.RLIM_INFINITY:
        most = min(most, hard)
    _resource.setrlimit(_resource.RLIMIT_CPU, (most, hard))
