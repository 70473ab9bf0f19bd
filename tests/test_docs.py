"""The pages a newcomer reads: every command is in them, and every link leads somewhere."""

import argparse
import contextlib
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import environment
import pytest

from attribution import cli as attribution
from qrgen import cli as qrgen

ROOT = environment.ROOT
PAGES = [
    path
    for path in sorted(ROOT.rglob("*.md"))
    if not {".venv", "instance", "build", ".git"} & set(path.relative_to(ROOT).parts)
]


def all_commands() -> list[str]:
    """Return every command that can be typed, such as ``attribution feed import``."""
    return [
        *(f"qrgen {name}" for name in choices_of(qrgen)),
        *(f"attribution {name}" for name, _ in attribution.commands()),
    ]


def choices_of(cli: ModuleType) -> Iterable[str]:
    """Return the commands of the parser that *cli* makes, whatever the function is called."""

    class Caught(BaseException):
        pass

    caught: list[argparse.ArgumentParser] = []

    def catch(self: argparse.ArgumentParser, *_: object, **__: object) -> None:
        caught.append(self)
        raise Caught

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Caught):
        patch.setattr(argparse.ArgumentParser, "parse_known_args", catch)
        patch.setattr(sys, "argv", [cli.__name__])
        cli.main()
    below = [a for a in caught[0]._actions if isinstance(a, argparse._SubParsersAction)]
    return below[0].choices


@pytest.mark.parametrize("command", all_commands())
def test_every_command_is_written_down(command: str) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
    assert re.search(rf"\b{re.escape(command)}\b", text), f"no page mentions `{command}`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_promises_a_command_that_is_not_there(page: Path) -> None:
    commands = [command.split() for command in all_commands()]
    written = re.findall(
        r"(?:`|^|bin/)((?:qrgen|attribution) [a-z][a-z-]*(?: [a-z][a-z-]*)*)",
        page.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    unknown = [
        text
        for text in written
        if not any(
            all(said == real for said, real in zip(text.split(), command, strict=False))
            for command in commands
        )
    ]
    assert [] == unknown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(\s*<?([^)>\s]+)>?[^)]*\)", text)
    targets += re.findall(r"""\b(?:src|href)=["']([^"']+)["']""", text)
    broken = []
    for target in targets:
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        file, _, anchor = unquote(target).partition("#")
        aimed = (page.parent / file).resolve() if file else page
        if not aimed.exists() or (anchor and anchor not in anchors_of(aimed)):
            broken.append(target)
    assert [] == broken


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that a forge gives the headings of *page*."""
    headings = re.findall(r"^#+\s+(.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_readme_begins_with_the_two_commands(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for command in ("python3 scripts/run.py", "python3 scripts/test.py"):
        assert command in text


def test_changelog_speaks_of_this_version() -> None:
    version = re.search(
        r"^version = (\S+)$", (ROOT / "setup.cfg").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert version
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(version[1])} - ", text, re.MULTILINE)


# What a page calls by its path, which is told from the top of the checkout.
NAMED = re.compile(
    r"(?<![\w./-])((?:attribution|qrgen|scripts|tests|docs|deploy|static|\.ci)/(?:[\w./*-]*[\w*/])?"
    r"|\w[\w./-]*/[\w-]+\.py)(?![\w/]|\.\w)"
)
MADE_BY_THE_READER = {"deploy/.env"}


def named_in(text: str) -> set[str]:
    return set(NAMED.findall(re.sub(r"https?://\S+", "", text))) - MADE_BY_THE_READER


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name != "CHANGELOG.md"],  # which tells of what was
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    """Who looks for a module where it was before it moved believes the page no more."""
    named = named_in(page.read_text(encoding="utf-8"))
    assert [] == sorted(path for path in named if not list(ROOT.glob(path.rstrip("/"))))


def test_the_search_for_paths_finds_them() -> None:
    """A check that finds nothing proves nothing."""
    text = "`store/pages.py`, attribution/rule/credit.py. (scripts/) [x](docs/scale.md#a) /etc/x"
    assert {
        "store/pages.py", "attribution/rule/credit.py", "scripts/", "docs/scale.md"
    } == named_in(text)
