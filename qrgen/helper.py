"""
A second process for a child of the press that has two cores to itself.
"""
import multiprocessing
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from qrgen.shell import Fault


class Helper:
    """A second process that does half of what can be halved; it ends when this one does."""

    def __init__(self) -> None:
        # A fork knows all that was imported; elsewhere it is started anew.
        context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        self._line, theirs = context.Pipe()
        context.Process(target=_help, args=(theirs, self._line), daemon=True).start()
        theirs.close()

    def ask(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Begin ``function(*arguments)``."""
        self._line.send((function, arguments))

    def answer(self) -> Any:
        """
        Wait for what was asked for, and return what came of it.

        Raises:
            Fault: What the function raised.
            EOFError: The helper failed, and said why on standard error.
        """
        answer = self._line.recv()
        if isinstance(answer, Fault):
            raise answer
        return answer


def _help(line: Connection, others_end: Connection) -> None:
    others_end.close()  # or nobody would notice that the other process is gone
    while True:
        try:
            function, arguments = line.recv()
        except EOFError:
            return
        try:
            line.send(function(*arguments))
        except Fault as fault:
            line.send(fault)
