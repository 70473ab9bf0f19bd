"""
The fast circle (`--fast`): every test that needs no browser, no server and no second process.

Nobody marks a test. What asks for a browser or for PostgreSQL is left out by that, and a
test that comes to start a process or to listen all the same is stopped there and skipped:
so whatever is told as passed has started nothing, by the interpreter's own word
(`sys.addaudithook`), in whichever library or thread it stood. LONG is for time alone.
"""
import sys
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

STARTS = {
    "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.startfile", "os.system",
    "subprocess.Popen", "socket.bind",
}
NEEDING = {"browser", "postgres_service", "two_servers"}

# Modules left out unread: nearly every test of theirs starts
# something, or they take longer than a change of a line is worth.
LONG = {
    "walks": ("first_day",),
    "servers": ("attacks", "cluster", "container", "deploy", "helper", "pgbouncer", "ready",
                "reload", "slow_senders"),
    "files that are read apart": ("apart", "bulk", "console_numbers", "contract_pages", "facts",
                                  "contract_credit", "corrections", "feeds",
                                  "mistakes_of_others", "press", "seals"),
    "whole pages, for which one runs one's own file": (
        "console_access", "console_pages", "console_queues", "contract_periods", "edges", "hosts",
        "limits", "long_texts", "newer_ledger", "newness", "one_time", "public", "rights",
        "second_steps", "spreadsheets",
    ),
    "patience": ("fast", "group_commit"),
    "commands": ("contract_copy", "contract_retention", "corruption", "crash", "full_disk",
                 "marks", "masters", "nodes", "nothing_repeated", "outputs", "partitions",
                 "prepared", "retention"),
}
LEFT_OUT = {f"test_{name}.py" for names in LONG.values() for name in names}

# What threads of the running test came to start: a skip that is raised there stops no test.
_beside: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="only what starts no second process")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--fast"):
        sys.addaudithook(refuse)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    # Not even imported: what they import takes as long as a third of the circle.
    return True if config.getoption("--fast") and collection_path.name in LEFT_OUT else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--fast"):
        return
    out = [item for item in items if is_wide(item)]
    items[:] = [item for item in items if item not in set(out)]
    config.hook.pytest_deselected(items=out)


def is_wide(item: pytest.Item) -> bool:
    """Whether *item* is known to need more than this process."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    return (
        bool(NEEDING & set(getattr(item, "fixturenames", ())))
        or "postgres" in [value for value in parameters.values() if isinstance(value, str)]
    )


def refuse(event: str, _: object) -> None:
    """Skip the test that is running where *event* starts a process, or listens."""
    if event not in STARTS:
        return
    if threading.current_thread() is not threading.main_thread():
        _beside.append(event)
        raise PermissionError(_why(event))  # as a machine would that allows none
    raise pytest.skip.Exception(_why(event), allow_module_level=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if _beside and (report.failed or call.when == "call"):
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, _why(_beside[0]))
    if call.when == "teardown":
        _beside.clear()
    return report


def _why(event: str) -> str:
    return f"not of the fast circle: {event}"
