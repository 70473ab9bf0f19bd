"""
What the benchmarks share: an instance to measure, commands with their cost, the codes to ask for.

Commands run as processes of their own, so that their time on the processor and the most
memory they ever held are theirs alone.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environment import Fault, program


@dataclass(frozen=True)
class Ran:
    """What a command took: *seconds* by the clock, *core_seconds* of processors."""

    seconds: float
    core_seconds: float
    megabytes: int  # the most memory it held at once
    said: str


def command(arguments: list[str]) -> Ran:
    """Run an `attribution` command."""
    began = time.monotonic()
    process = subprocess.Popen(
        [str(program("attribution")), *arguments], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = process.stdout.read()
    if not hasattr(os, "wait4"):  # Windows counts no child's share
        process.wait()
        seconds = time.monotonic() - began
        ran = Ran(seconds, seconds, 0, said)
    else:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        memory = used.ru_maxrss // (1024 if sys.platform != "darwin" else 1 << 20)
        ran = Ran(
            time.monotonic() - began, used.ru_utime + used.ru_stime, memory, said
        )
    process.stdout.close()
    if process.returncode:
        raise Fault(f"attribution {arguments[0]}: {said.strip()[-400:]}")
    return ran


def make_instance(folder: Path) -> Path:
    command(["init", "--demo", "--instance", str(folder), "--public-url", "https://bench.example"])
    return folder


def opened(instance: Path, url: str = "") -> Any:
    from attribution.service import open_service
    from attribution.settings import load_settings

    return open_service(load_settings(
        instance, environ={"ZHUANMA_DATABASE": url} if url else {}
    ))


def made_up(number: int) -> str:
    """Return a number of a prefix that no carrier has given out."""
    return f"154{number:08d}"


def ratio(one: float, other: float) -> float:
    return round(one / other, 3) if other else 0.0


def scan_paths(instance: Path) -> list[str]:
    """Return the address of every unit's code, as phones ask for it."""
    from qrgen.codes import Code, sign_code
    from qrgen.instance import read_keys
    from qrgen.registry import load_campaign

    keys = read_keys(instance, "codes")
    units = load_campaign(instance / "campaign").units
    return [f"/Q/{sign_code(Code(unit.id, unit.issue), keys)}" for unit in units]
