"""
On which systems the packages install from wheels, and what to say where they do not.

A package without a wheel would be built: minutes of a compiler that offices do not have, and
then an error of pages. So it is said before anything is downloaded. `wheels.py` asks the
registry whether this table still holds.
"""
import os
import platform
import re
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")

# Says that a compiler is there, and that whoever starts this wants to wait for it.
BUILD = "ZHUANMA_BUILD"

_OLDEST_MAC = 12
# For a newer Python there is no pikepdf that a macOS before this takes.
_NEWER_PYTHON, _ITS_OLDEST_MAC = "3.13", 14
_TESTS_OLDEST_MAC = 13
_OLDEST_GLIBC = (2, 28)  # Debian 10, openEuler 20.03


@dataclass(frozen=True)
class System:
    """
    A system as pip and markers know it.

    Args:
        tags: Of the wheels it takes, all of them: pip takes none for granted.
        lacks: Packages that have no wheel there; empty where we promise that all have.
        pythons: Which are promised there, or asked about.
        tests_lack: As *lacks*, of what only the tests need.
    """

    name: str
    tags: tuple[str, ...]
    sys_platform: str
    machine: str
    lacks: tuple[str, ...] = ()
    pythons: tuple[str, ...] = PYTHONS
    tests_lack: tuple[str, ...] = ()

    def marks(self, python: str) -> dict[str, str]:
        """Return what markers ask for."""
        return {
            "sys_platform": self.sys_platform,
            "platform_system": {"win32": "Windows", "darwin": "Darwin"}.get(
                self.sys_platform, "Linux"
            ),
            "os_name": "nt" if self.sys_platform == "win32" else "posix",
            "platform_machine": self.machine,
            "implementation_name": "cpython", "platform_python_implementation": "CPython",
            "python_version": python, "python_full_version": f"{python}.9",
            "implementation_version": f"{python}.9", "platform_release": "",
            "platform_version": "", "extra": "",
        }


def _linux(machine: str) -> tuple[str, ...]:
    # The newest and all older, and the older names of some.
    return (
        *(f"manylinux_2_{minor}_{machine}" for minor in range(_OLDEST_GLIBC[1], 4, -1)),
        *(f"manylinux{old}_{machine}" for old in ("2014", "2010", "1")),
    )


def _mac(machine: str, release: int) -> tuple[str, ...]:
    kinds = (machine, "universal2")
    return (
        *(f"macosx_{major}_0_{kind}" for major in range(release, 10, -1) for kind in kinds),
        *(f"macosx_10_{minor}_{kind}" for minor in range(16, 8, -1) for kind in kinds),
    )


def _is_older(python: str, than: str) -> bool:
    return int(python.partition(".")[2]) < int(than.partition(".")[2])


SYSTEMS = (
    System("windows-x64", ("win_amd64",), "win32", "AMD64"),
    System(
        "macos-12-arm64", _mac("arm64", _OLDEST_MAC), "darwin", "arm64",
        pythons=tuple(python for python in PYTHONS if _is_older(python, _NEWER_PYTHON)),
        tests_lack=("opencv-python-headless",),
    ),
    System("macos-14-arm64", _mac("arm64", _ITS_OLDEST_MAC), "darwin", "arm64"),
    System("linux-x64", _linux("x86_64"), "linux", "x86_64"),
    System("linux-arm64", _linux("aarch64"), "linux", "aarch64"),
    System(
        "windows-arm64", ("win_arm64",), "win32", "ARM64",
        ("cffi", "cryptography", "granian", "pi-heif", "pikepdf", "psycopg-binary",
         "python-calamine", "typst"),
    ),
    System(
        "macos-intel", _mac("x86_64", _ITS_OLDEST_MAC), "darwin", "x86_64",
        ("argon2-cffi-bindings", "cryptography", "pikepdf", "pypdfium2"),
    ),
    System(
        "linux-musl-x64", ("musllinux_1_1_x86_64", "musllinux_1_2_x86_64"), "linux", "x86_64",
        ("zxing-cpp",),
    ),
)


def without_wheels(
    python: str = sysconfig.get_platform(), mac: str = platform.mac_ver()[0],
    libc: tuple[str, str] = platform.libc_ver(),
    version: str = f"{sys.version_info[0]}.{sys.version_info[1]}", *, tests: bool = False,
) -> tuple[str, str] | None:
    """
    Return why this Python cannot install everything from wheels, and what to do; None: it can.

    Args:
        python: Which system this Python was made for, which is not always that of the machine.
        mac: The release of macOS.
        libc: Name and release of Linux's C library; musl does not tell its name.
        version: Of this Python, without its last number.
        tests: Whether what only the tests need is wanted, too.
    """
    if os.environ.get(BUILD):
        return None
    if python.startswith("win"):
        if python == "win-amd64":
            return None
        return (
            f"this Python is made for {python}: {_lacking('windows-arm64')}",
            "install the 64-bit Python for x64 (\"Windows installer (64-bit)\"), which runs on"
            f" ARM too; {_by_hand('Visual Studio Build Tools and Rust')}",
        )
    if python.startswith("macosx"):
        if platform_of_mac(python) == "x86_64":
            return (
                f"this Python is made for Macs with Intel: {_lacking('macos-intel')}",
                "on Apple silicon install python.org's Python; on Intel use Linux, in a virtual"
                f" machine perhaps; {_by_hand('Xcode, Rust and qpdf')}",
            )
        release = int(mac.partition(".")[0] or 0)
        if release < _OLDEST_MAC:
            return (
                f"this is macOS {mac}, and there are packages for {_OLDEST_MAC} and later",
                f"bring macOS to {_OLDEST_MAC} or later; {_by_hand('Xcode, Rust and qpdf')}",
            )
        if release < _ITS_OLDEST_MAC and not _is_older(version, _NEWER_PYTHON):
            return (
                f"this is macOS {mac} with Python {version}: pikepdf has no package ready for both",
                f"install Python 3.12 from python.org and start with it (python3.12 …), or bring"
                f" macOS to {_ITS_OLDEST_MAC} or later; {_by_hand('Xcode and qpdf')}",
            )
        if tests and release < _TESTS_OLDEST_MAC:
            return (
                f"this is macOS {mac}: {_lacking('macos-12-arm64')}, which the tests need",
                f"test on macOS {_TESTS_OLDEST_MAC} or later; {_by_hand('Xcode and cmake')}",
            )
        return None
    if python.startswith("linux"):
        if not python.endswith(("x86_64", "aarch64")):
            return (
                f"this Python is made for {python}: few packages are there ready for it",
                f"use a machine of x86-64 or arm64; {_by_hand('C, C++ and Rust')}",
            )
        if libc[0] != "glibc":
            return (
                f"this Linux has another C library than glibc: {_lacking('linux-musl-x64')}",
                f"use Debian, Ubuntu, Fedora, openEuler …; {_by_hand('C++ and cmake')}",
            )
        found = tuple(int(part) for part in re.findall(r"\d+", libc[1])[:2])
        if found < _OLDEST_GLIBC:
            return (
                f"this Linux has glibc {libc[1]}, and packages are made for 2.28 and later",
                f"use Debian 10, RHEL 8, openEuler 20.03 or later; {_by_hand('C, C++ and Rust')}",
            )
    return None


def platform_of_mac(python: str) -> str:
    """Return which of both a Python runs as that may be made for both (universal2)."""
    return python.rpartition("-")[2] if not python.endswith("universal2") else platform.machine()


def _lacking(name: str) -> str:
    (system,) = (system for system in SYSTEMS if system.name == name)
    return f"there is no package ready of {', '.join(system.lacks or system.tests_lack)}"


def _by_hand(tools: str) -> str:
    return f"with {tools} set {BUILD}=1 and start again (minutes of compiling, untried)"


def pins(lock: Path, system: System, python: str) -> Iterator[str]:
    """Yield what *lock* installs on *system* with *python*, as ``name==version``."""
    from packaging.markers import Marker  # there in the tests' venv, and not before

    marks = system.marks(python)
    for line in lock.read_text(encoding="utf-8").splitlines():
        found = re.match(r"([a-z0-9][^ ;]*==[^ ;]+)(?: ; ([^\\]+))? \\$", line)
        if found and (found[2] is None or Marker(found[2]).evaluate(marks)):
            yield found[1]

