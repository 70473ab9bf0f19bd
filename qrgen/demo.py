"""
A copy of a campaign moved to other days, marked 演示.

The packaged campaign lies in 2022; whoever tries the service today needs one that runs today.
The copy is a campaign folder like any other: a person may go on changing it.
"""
import re
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

from qrgen.campaign import SHANGHAI
from qrgen.fault_codes import Code
from qrgen.files import read_text
from qrgen.registry import load_campaign
from qrgen.replacing import new_folder, patiently
from qrgen.shell import Fault

# Strings and comments are matched first and left alone: 〔2022〕 in a title is no date of ours.
_token = re.compile(
    r'"""(?:\\.|[^\\])*?"""'
    r"|'''.*?'''"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|\b(?P<date>\d{4}-\d\d-\d\d)(?=[Tt ]\d\d:|\b)",
    re.DOTALL,
)
_demo_line = re.compile(r"^demo[ \t]*=[ \t]*(?:true|false)", re.MULTILINE)


def copy_campaign(
    source: Path, target: Path, *, start: datetime | None, demo: bool = True
) -> None:
    """
    Copy the campaign folder *source* to *target*, whole or not at all.

    With *start*, every date is moved by the same number of whole days, so that the campaign
    begins on *start*'s day in Shanghai and keeps its length and its hours, and (with *demo*)
    ``demo`` becomes true. Without it, the copy says what the source says.

    Raises:
        Fault: *target* is there already, or *source* is no sound campaign.
    """
    if target.exists():
        raise Fault(Code.TARGET_EXISTS, path=target)
    campaign = load_campaign(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Made beside its place, proved, then renamed: half a campaign is never seen.
    part = new_folder(".part-", target.parent)
    mode = part.stat().st_mode & 0o777
    try:
        shutil.copytree(
            source,
            part,
            dirs_exist_ok=True,
            copy_function=shutil.copyfile,  # a read-only source must not make a read-only copy
            ignore=shutil.ignore_patterns("__pycache__", ".*", "~$*"),
        )
        if start is not None:
            first = campaign.start.astimezone(SHANGHAI).date()
            moved = start.astimezone(SHANGHAI).date() - first
            path = part / "campaign.toml"
            text = move_dates(read_text(path), moved)
            text = _mark_demo(text) if demo else text
            path.write_text(text, encoding="utf-8", newline="\n")
        load_campaign(part)
        # copytree gave it the source's mode, which may be read-only.
        part.chmod(mode)
        patiently(lambda: part.rename(target), part)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def move_dates(toml: str, by: timedelta) -> str:
    """Return *toml* with every date and every time moved by *by*, whole days."""

    def moved(found: re.Match[str]) -> str:
        if found["date"] is None:
            return found[0]
        return (date.fromisoformat(found["date"]) + by).isoformat()

    return _token.sub(moved, toml.replace("\r\n", "\n"))


def _mark_demo(toml: str) -> str:
    marked, count = _demo_line.subn("demo = true ", toml, count=1)
    return marked if count else f"demo = true\n{toml}"
