"""
A stand-in for Windows: a process that has lost what Windows has not.

Started as a program with a script of ours, in a child, before anything of the house is imported:
libraries are loaded as they are, then `fcntl`, `resource`, `pwd`, `fork`, `SIGHUP` and their
like go, an open file can be neither replaced nor removed (error 32), and LockFileEx and msvcrt
are told with what Linux has. `os.name` stays, for pathlib would ask the real system.
"""
import asyncio
import contextlib
import ctypes
import ctypes.wintypes
import errno
import importlib
import multiprocessing.connection
import multiprocessing.popen_spawn_posix
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

# They choose their ways by the system when they are loaded; these ways are not ours to test.
_LIBRARIES = (
    "flask", "flask_limiter", "flask_login", "flask_wtf", "granian", "granian.server.mp",
    "waitress", "sqlite_utils", "argon2", "cryptography.fernet", "prometheus_client", "PIL.Image",
    "pikepdf", "typst", "fontTools.ttLib", "fontTools.subset", "pypdfium2", "zxingcpp", "qrcode",
    "click", "tqdm", "python_calamine", "getpass", "http.client", "logging.config", "zipfile",
    "concurrent.futures.thread", "asyncio.base_events", "unittest.mock", "werkzeug.serving",
    "werkzeug.test", "uuid", "multiprocessing.popen_spawn_posix", "multiprocessing.resource_sharer",
    "platform", "webbrowser",
)
_GONE = {
    os: ("fork", "forkpty", "geteuid", "getuid", "getpgid", "killpg", "mkfifo", "mknod", "nice",
         "O_NONBLOCK", "set_blocking", "statvfs", "sysconf", "chown", "getrlimit"),
    signal: ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGKILL", "SIGQUIT", "SIGXFSZ", "pause"),
}
_MISSING = ("fcntl", "resource", "pwd", "grp", "termios")

# As mypy sees it on Windows, where this is not started.
fcntl: Any = importlib.import_module("fcntl")

SHARING_VIOLATION, LOCK_VIOLATION = 32, 33


def become() -> None:
    """Make this process what its docstring says."""
    assert asyncio  # loaded as it is
    for name in _LIBRARIES:
        importlib.import_module(name)
    tempfile.gettempdir()
    for name in _MISSING:
        sys.modules[name] = None  # type: ignore[assignment]
    for module, names in _GONE.items():
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    given: Any = ctypes
    given.WinDLL = lambda name, use_last_error: _Kernel()
    given.get_last_error = lambda: LOCK_VIOLATION
    given.WinError = lambda number: OSError(number, "WinError")
    msvcrt: Any = types.ModuleType("msvcrt")
    msvcrt.get_osfhandle = lambda number: number
    msvcrt.LK_NBLCK = 2
    msvcrt.locking = lambda number, how, size: fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    sys.modules["msvcrt"] = msvcrt
    # Another class there, with the same methods.
    vars(multiprocessing.connection)["PipeConnection"] = multiprocessing.connection.Connection
    # Another's end there is its end at once, asked or not (TerminateProcess).
    spawned = vars(multiprocessing.popen_spawn_posix)["Popen"]  # not there for mypy on Windows
    for process in (spawned, subprocess.Popen):
        for name in ("terminate", "kill"):
            setattr(process, name, _end_at_once)
    # The number of an option that changes nothing here.
    vars(socket)["SO_EXCLUSIVEADDRUSE"] = socket.SO_KEEPALIVE
    for name, places in (("replace", 2), ("rename", 2), ("unlink", 1), ("remove", 1)):
        _guard(name, places)
    sys.platform = "win32"


def _end_at_once(process: Any) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):  # gone by itself, which is no fault there
            os.kill(process.pid, 9)


class _Kernel:
    """LockFileEx, by flock: alone or together, at once or in the queue."""

    class LockFileEx:
        def __new__(cls, handle: int, how: int, *_: object) -> int:  # type: ignore[misc]
            try:
                fcntl.flock(
                    handle, (fcntl.LOCK_EX if how & 2 else fcntl.LOCK_SH)
                    | (fcntl.LOCK_NB if how & 1 else 0),
                )
            except BlockingIOError:
                return 0
            return 1

    class UnlockFileEx:
        def __new__(cls, handle: int, *_: object) -> int:  # type: ignore[misc]
            fcntl.flock(handle, fcntl.LOCK_UN)
            return 1


def _guard(name: str, places: int) -> None:
    real = getattr(os, name)

    def guarded(*arguments: Any, **more: Any) -> Any:
        for path in arguments[:places]:
            if more.get("dir_fd") is None and is_open(path):
                raise refusal(path)
        return real(*arguments, **more)

    setattr(os, name, guarded)


def refusal(path: Any) -> OSError:
    """Return what Windows says of a file that is open: its own number, and EACCES for C."""
    return numbered(SHARING_VIOLATION, str(path))


def numbered(number: int, path: str) -> OSError:
    """Return an error with a *number* of Windows'; there it is an attribute of every one."""
    error: Any = PermissionError(errno.EACCES, "The process cannot access the file", path)
    error.winerror = number
    refused: OSError = error
    return refused


def is_open(path: Any) -> bool:
    """Whether this process has *path* open, or something in it where it is a folder."""
    try:
        wanted = Path(path).stat()
    except OSError:
        return False
    within = f"{Path(path).resolve()}{os.sep}"
    for number in Path("/proc/self/fd").iterdir():
        try:
            if os.path.samestat(os.fstat(int(number.name)), wanted) or (
                str(number.readlink()).startswith(within)
            ):
                return True
        except OSError:
            continue
    return False


if __name__ == "__main__":
    become()
    sys.argv[:] = sys.argv[1:]
    sys.path.insert(0, str(Path(sys.argv[0]).parent))
    runpy.run_path(sys.argv[0], run_name="__main__")
