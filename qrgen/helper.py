"""
A second process for a child of the press that has two cores to itself.

It is a fork, which knows all that was imported and is there in a millisecond; where there is
none, the child works alone, for to start another program would take as long as it saves.
"""
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from typing import IO, Any

from qrgen.shell import Fault

# macOS has forks too, but what its own libraries do in one is not to be relied on.
THERE_CAN_BE_ONE = sys.platform == "linux"

# As mypy sees it on Windows, where nobody makes a `Helper`.
_unix: Any = os

_STDOUT = 1
_NO_MORE = 0xFFFF


class Turns:
    """Numbers of which two processes take the next one whenever they are free."""

    def __init__(self) -> None:
        self._next, self._dealt = os.pipe()

    def deal(self, count: int) -> None:
        """Give out 0 to *count* - 1, of at most some thousand."""
        numbers = [*range(count), _NO_MORE, _NO_MORE]  # once for each
        os.write(self._dealt, b"".join(number.to_bytes(2, "big") for number in numbers))

    def __iter__(self) -> Iterator[int]:
        while (number := int.from_bytes(os.read(self._next, 2), "big")) != _NO_MORE:
            yield number


class Helper:
    """
    A second process that does half of what can be halved; it ends when this one does.

    Its ``turns`` are for the two to take.
    """

    def __init__(self) -> None:
        self.turns = Turns()
        asked, self._questions = _pipe()
        self._answers, answered = _pipe()
        self._pid: int = _unix.fork()
        if self._pid == 0:
            # Or nobody would notice that the other process is gone.
            self._questions.close()
            self._answers.close()
            # Nor would whoever reads what that one says.
            os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)
            _help(asked, answered)
        asked.close()
        answered.close()

    def ask(self, function: Callable[..., Any], *arguments: Any) -> None:
        """
        Begin ``function(*arguments)``.

        Raises:
            BrokenPipeError: The helper is gone.
        """
        _send(self._questions, (function, arguments))

    def answer(self) -> Any:
        """
        Wait for what was asked for, and return what came of it.

        Raises:
            Fault: What the function raised.
            EOFError: The helper failed, and said why on standard error.
        """
        answer = pickle.load(self._answers)  # noqa: S301 - our own fork wrote it
        if isinstance(answer, Fault):
            raise answer
        return answer

    def close(self) -> None:
        """Let it end, and wait for that."""
        self._questions.close()
        self._answers.close()
        os.waitpid(self._pid, 0)


def _help(asked: IO[bytes], answered: IO[bytes]) -> None:
    """Answer until nobody asks any more; never return, for what called us is another process's."""
    status = 1
    try:
        while True:
            try:
                function, arguments = pickle.load(asked)  # noqa: S301
            except EOFError:
                status = 0
                return
            try:
                answer = function(*arguments)
            except Fault as fault:
                answer = fault
            _send(answered, answer)
    except BrokenPipeError:
        status = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    reading, writing = os.pipe()
    return os.fdopen(reading, "rb"), os.fdopen(writing, "wb")


def _send(pipe: IO[bytes], what: Any) -> None:
    pickle.dump(what, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()
