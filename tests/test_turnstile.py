"""A door for costly work: so many inside, so many waiting, and the next is told to come later."""
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from attribution.office.turnstile import Full, Turnstile


@contextmanager
def busy(door: Turnstile, inside: int) -> Iterator[list[threading.Thread]]:
    """Keep *inside* threads in the door for the length of the block."""
    leave, entered = threading.Event(), threading.Semaphore(0)

    def stay() -> None:
        with door.passing():
            entered.release()
            assert leave.wait(60)

    threads = [threading.Thread(target=stay) for _ in range(inside)]
    for thread in threads:
        thread.start()
        assert entered.acquire(timeout=60)
    try:
        yield threads
    finally:
        leave.set()
        for thread in threads:
            thread.join(60)


def test_nobody_waits_without_end() -> None:
    """A thread that waits for a hash is one that a resident does not get."""
    door = Turnstile(inside=2, waiting=0, wait_s=60)
    with busy(door, 2), pytest.raises(Full, match="too many"), door.passing():
        raise AssertionError("a third was let in")
    door = Turnstile(inside=1, waiting=1, wait_s=0.01)
    with busy(door, 1), pytest.raises(Full, match="too long"), door.passing():
        raise AssertionError("a second was let in")


def test_who_waits_gets_in_when_somebody_leaves() -> None:
    door = Turnstile(inside=1, waiting=1, wait_s=60)
    got_in = threading.Event()

    def wait() -> None:
        with door.passing():
            got_in.set()

    waiter = threading.Thread(target=wait)
    with busy(door, 1):
        waiter.start()
        assert not got_in.is_set()
    waiter.join(60)
    assert got_in.is_set()
    # The places are free again, after a refusal and an error too.
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), door.passing():
            raise ZeroDivisionError


def test_the_most_that_were_ever_inside_is_told() -> None:
    door = Turnstile(inside=3, waiting=9, wait_s=60)
    told: list[int] = []
    door.watcher = told.append
    with busy(door, 2):
        pass
    with busy(door, 1):
        pass
    with busy(door, 3):
        pass
    assert [1, 2, 3] == told
