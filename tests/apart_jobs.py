"""What a reader over there may do to us: jobs for `qrgen.apart`, which imports them by name."""
import importlib
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

from qrgen.fault_codes import Code
from qrgen.faults import Fault


def echo(*arguments: Any) -> Iterator[Any]:
    yield from arguments


def count(until: int) -> Iterator[int]:
    yield from range(until)


def process() -> Iterator[int]:
    """Tell who reads, and never end."""
    yield os.getpid()
    while True:
        time.sleep(0.11)  # so that each is a block of its own
        yield 0


def world() -> Iterator[Any]:
    resource: Any = importlib.import_module("resource")

    names = ("RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_NOFILE")
    yield {name: resource.getrlimit(getattr(resource, name))[1] for name in names}
    yield sorted(os.environ)
    yield sorted(name for name in sys.modules if name.startswith(("attribution", "flask")))


def write(path: str) -> Iterator[int]:
    with open(path, "wb", buffering=0) as file:  # noqa: PTH123
        yield file.write(b"x")


def eat(megabytes: int) -> Iterator[int]:
    eaten = []
    for number in range(megabytes):
        eaten.append(b"x" * (1 << 20))
        time.sleep(0.002)
        yield number


def spin() -> Iterator[int]:
    yield 1
    while True:
        pass


def sleep() -> Iterator[int]:
    time.sleep(3600)
    yield 1


def chatter() -> Iterator[int]:
    print("a library says hello", flush=True)
    yield 7


def refuse(path: str) -> Iterator[int]:
    yield 1
    raise Fault(Code.OUT_IS_FOLDER, path=path, status=2)


def slip(secret: str) -> Iterator[int]:
    yield 1
    raise ValueError(f"could not read {secret}")


def die(number: int) -> Iterator[int]:
    yield 1
    os.kill(os.getpid(), number)


def leave(status: int) -> Iterator[int]:
    yield 1
    os._exit(status)


def raw(text: str) -> Iterator[int]:
    """Write *text* as the answer, as a process that was taken over may."""
    os.write(_answers(), text.encode())
    yield from leave(0)


def endless_line() -> Iterator[int]:
    fd = _answers()
    while os.write(fd, b"x" * 65536):
        pass
    yield 0


def _answers() -> int:
    return next(fd for fd in range(3, 60) if _is_pipe(fd))


def _is_pipe(fd: int) -> bool:
    import stat

    try:
        return stat.S_ISFIFO(os.fstat(fd).st_mode)
    except OSError:
        return False
