"""
Run a command under what a systemd unit forbids, where no systemd runs: as the unit's tests do.

    python tests/confined.py deploy/zhuanma.service INSTANCE [BACKUPS] -- COMMAND …

The system calls, address families and memory rights are refused by libseccomp in the way
systemd refuses them; as root also every capability is dropped, and the command sees a file
system that only its ReadWritePaths can be written in: INSTANCE at /srv/zhuanma, BACKUPS at
/var/backups/zhuanma, and a place of its own for temporary files. Not done: the other user,
the limits of memory and tasks, what ProtectKernel… hides; those need systemd itself.
"""
import ctypes
import errno
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from needs import UNIX

_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_NE, _EQ, _MASKED_EQ = 1, 4, 7
_PROT_WRITE, _PROT_EXEC, _SHM_EXEC = 2, 4, 0o100000
_SUID_SGID = 0o6000
_PR_SET_NO_NEW_PRIVS = 38
# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET (linux/sched.h).
_NAMESPACES = (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)


class _Compare(ctypes.Structure):
    """libseccomp's scmp_arg_cmp."""

    _fields_ = [
        ("arg", ctypes.c_uint), ("op", ctypes.c_int),
        ("a", ctypes.c_uint64), ("b", ctypes.c_uint64),
    ]


class _Filter:
    """One seccomp filter: what it does by default, and the rules that differ."""

    def __init__(self, library: ctypes.CDLL, default: int) -> None:
        self._library = library
        library.seccomp_init.restype = ctypes.c_void_p
        self._context = ctypes.c_void_p(library.seccomp_init(default))

    def rule(self, action: int, name: str, *compared: tuple[int, int, int, int]) -> None:
        number = self._library.seccomp_syscall_resolve_name(name.encode())
        if number < 0:  # of another architecture or a newer kernel
            return
        array = (_Compare * len(compared))(*(_Compare(*one) for one in compared))
        done = self._library.seccomp_rule_add_array(
            self._context, ctypes.c_uint32(action), number, len(compared), array
        )
        assert done in (0, -errno.EACCES), (name, done)  # EACCES: it is the default already

    def load(self) -> None:
        assert 0 == self._library.seccomp_load(self._context)


def options_of(unit: Path) -> dict[str, list[str]]:
    """Return the lines of *unit*'s [Service] section: name → values, in their order."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in unit.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


@lru_cache
def group(name: str) -> frozenset[str]:
    """Return the system calls of systemd's group *name*, such as @system-service."""
    told = subprocess.run(
        ["systemd-analyze", "syscall-filter", name], check=True, capture_output=True, text=True
    ).stdout
    words = [line.strip() for line in told.splitlines()[1:]]
    return expanded(word for word in words if word and not word.startswith("#"))


def expanded(words: Iterable[str]) -> frozenset[str]:
    """Return the system calls that *words*, names and @groups, stand for."""
    found: set[str] = set()
    for word in words:
        found |= group(word) if word.startswith("@") else {word}
    return frozenset(found)


def allowed(options: dict[str, list[str]]) -> frozenset[str]:
    """Return the system calls that the unit lets through."""
    # systemd itself adds what it needs to start the program.
    found = set(group("@default")) | {"execve"}
    for value in options["SystemCallFilter"]:
        if value.startswith("~"):
            found -= expanded(value[1:].split())
        else:
            found |= expanded(value.split())
    return frozenset(found)


def forbid(options: dict[str, list[str]]) -> None:
    """Refuse this process, and all that it becomes, what the unit refuses."""
    library = ctypes.CDLL("libseccomp.so.2")
    libc = ctypes.CDLL(None, use_errno=True)
    denied = _ERRNO | errno.EPERM
    names = allowed(options)
    others = _Filter(library, _ALLOW)
    if options.get("MemoryDenyWriteExecute") == ["true"]:
        both = _PROT_WRITE | _PROT_EXEC
        others.rule(denied, "mmap", (2, _MASKED_EQ, both, both))
        for name in ("mprotect", "pkey_mprotect"):
            others.rule(denied, name, (2, _MASKED_EQ, _PROT_EXEC, _PROT_EXEC))
        others.rule(denied, "shmat", (2, _MASKED_EQ, _SHM_EXEC, _SHM_EXEC))
    families = {
        int(getattr(socket, name)) for name in options["RestrictAddressFamilies"][0].split()
    }
    for family in set(range(64)) - families:
        others.rule(_ERRNO | errno.EAFNOSUPPORT, "socket", (0, _EQ, family, 0))
    if options.get("RestrictNamespaces") == ["true"]:
        for flag in _NAMESPACES:
            for name in ("clone", "unshare"):
                others.rule(denied, name, (0, _MASKED_EQ, flag, flag))
        others.rule(denied, "setns")
        others.rule(_ERRNO | errno.ENOSYS, "clone3")
    if options.get("RestrictSUIDSGID") == ["true"]:
        for bit in (0o4000, 0o2000):
            for name, place in (("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("mkdir", 1)):
                others.rule(denied, name, (place, _MASKED_EQ, bit, bit))
    if options.get("LockPersonality") == ["true"]:
        others.rule(denied, "personality", (0, _NE, 0, 0))
    if options.get("RestrictRealtime") == ["true"]:
        for policy in (1, 2, 6):  # SCHED_FIFO, SCHED_RR, SCHED_DEADLINE
            others.rule(denied, "sched_setscheduler", (1, _EQ, policy, 0))
    calls = _Filter(library, denied)
    for name in names:
        calls.rule(_ALLOW, name)
    # Loading a filter takes one of these calls, which the filter itself may forbid.
    for name in ("prctl", "seccomp"):
        calls.rule(_ALLOW, name)
    assert 0 == libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    others.load()
    calls.load()


def walled(instance: Path, backups: Path | None, command: list[str]) -> list[str]:
    """
    Return *command*, to be run in a file system of which only the unit's paths can be written.

    Only root can make one; for others it is *command* as it is.
    """
    if UNIX.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("setpriv"):
        return command
    script = [
        "set -e",
        "mount -t tmpfs -o mode=755 none /srv && mkdir /srv/zhuanma",
        'mount --bind "$1" /srv/zhuanma',
        "mount -t tmpfs -o mode=755 none /var/backups && mkdir /var/backups/zhuanma",
        'if [ -n "$2" ]; then mount --bind "$2" /var/backups/zhuanma; fi',
        # Not over /tmp, where this checkout may lie.
        "mount -t tmpfs none /var/tmp && export TMPDIR=/var/tmp",
        "mount -t proc -o hidepid=invisible proc /proc",
        "mount -o remount,bind,ro /",
        "cd /",
        "shift 2",
        'exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"',
    ]
    # Private: nothing of it is seen outside.
    return [
        "unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child",
        "sh", "-c", "\n".join(script), "sh", str(instance), str(backups or ""), *command,
    ]


def main() -> None:
    forbid(options_of(Path(sys.argv[1])))
    command = sys.argv[sys.argv.index("--") + 1 :]
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
