"""
One run of the suite by two processes at once (`--shared DIR`, which scripts/test.py gives).

One takes test files from the front, the other from the back, and they end where they meet; so
no list of what takes how long is kept. A file belongs to whoever first makes its mark in DIR,
and never to both: fixtures of a module, of a session and of a database stay one process's own.
"""
import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shared", metavar="DIR", help="where files are marked as somebody's")
    parser.addoption("--backwards", action="store_true", help="take files from the back")


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    shared = session.config.getoption("--shared")
    if not shared or session.testsfailed:
        return None
    items = ours(session.items, Path(shared), session.config.getoption("--backwards"))
    item = next(items, None)
    while item is not None:
        # Taken before this one ends: what both need stands on, and nothing else does.
        following = next(items, None)
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following
    return True


def ours(items: list[pytest.Item], shared: Path, backwards: bool) -> Iterator[pytest.Item]:
    """Yield the tests of each file that nobody has taken yet, taking it."""
    files = [list(tests) for _, tests in groupby(items, key=lambda item: item.path)]
    for tests in reversed(files) if backwards else files:
        if take(shared, tests[0].path):
            yield from tests


def take(shared: Path, path: Path) -> bool:
    mark = shared / "-".join(path.relative_to(Path(__file__).parent).parts)
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True
