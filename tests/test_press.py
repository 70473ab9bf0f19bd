"""The press: whoever stops listening stops it, and a child that is gone is said."""
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from factories import CODE_KEY, PUBLIC_URL, make_campaign
from needs import SIGKILL, UNIX

from qrgen import posters as printing
from qrgen import press
from qrgen.plan import plan_posters
from qrgen.posters import print_posters
from qrgen.shell import Fault


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[press._Child]:
    """Return the children that are started while a test runs."""
    children: list[press._Child] = []

    class Noted(press._Child):
        def __init__(self) -> None:
            super().__init__()
            children.append(self)

    monkeypatch.setattr(press, "_Child", Noted)
    return children


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_child_that_the_system_ended_is_a_fault_with_a_remedy() -> None:
    child = press._Child()
    os.kill(child._process.pid, SIGKILL)
    with pytest.raises(Fault, match="signal 9") as caught:
        list(child.make(b"{}\n"))
    child.close()
    assert "memory" in caught.value.hint


def test_child_that_fails_says_why() -> None:
    child = press._Child()
    with pytest.raises(press.PressError, match="KeyError"):
        list(child.make(b"{}\n"))
    child.close()


def test_children_nobody_needs_are_sent_home(started: list[press._Child], tmp_path: Path) -> None:
    """They are started before the data are looked at; these are at fault."""
    county = make_campaign(tmp_path / "county")
    posters = plan_posters(county.units, "https://" + "x" * 400, [CODE_KEY])
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(Fault):
        print_posters(county, posters, tmp_path / "file")
    assert started
    assert all(child._process.poll() is not None for child in started)


def test_whoever_watches_and_fails_stops_the_work(
    started: list[press._Child], tmp_path: Path
) -> None:
    county = make_campaign()
    posters = plan_posters(county.units, PUBLIC_URL, [CODE_KEY])

    def watch(made: Iterator[Path], total: int) -> Iterable[Path]:
        next(made)
        raise RuntimeError("no more paper")

    # While the error is held, so is the iterator that would have stopped them.
    with pytest.raises(RuntimeError, match="no more paper") as held:
        print_posters(county, posters, tmp_path, workers=2, progress=watch)
    assert held.traceback
    assert [child._process.wait() for child in started] == [-signal.SIGTERM] * 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a fork is needed")
@pytest.mark.filterwarnings("ignore:This process.*fork:DeprecationWarning")
def test_a_fork_of_ours_does_not_keep_a_child_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A web worker's, say: it holds whatever pipes were open when it was made."""
    forks: list[int] = []

    def fork_and_check(*given: object) -> frozenset[str]:
        forks.append(UNIX.fork())
        if forks[-1] == 0:
            threading.Event().wait()
            os._exit(0)
        return frozenset()

    monkeypatch.setattr(printing, "check_glyphs", fork_and_check)
    county = make_campaign()
    posters = plan_posters(county.units[:2], PUBLIC_URL, [CODE_KEY])
    try:
        assert len(print_posters(county, posters, tmp_path)) == 2
    finally:
        os.kill(forks[0], SIGKILL)
        os.waitpid(forks[0], 0)
