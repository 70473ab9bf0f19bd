"""
`attribution serve` as on Windows: one worker, spawned, which is sent the listening socket.

A spawned process reads this file anew, so that it becomes what the first one is.
"""
import multiprocessing
import signal
import sys
from typing import Any

import as_windows

vars(signal)["SIGBREAK"] = signal.SIGINT
as_windows.become()

from granian.server import mp  # noqa: E402

_made_here: Any = vars(mp)["SocketHolder"]
# Of a socket's number alone, as granian for Windows makes one.
vars(mp)["SocketHolder"] = lambda number: _made_here(number, False, 1024)

if __name__ == "__main__":
    from attribution import cli

    multiprocessing.set_start_method("spawn")
    sys.exit(cli.main(["serve", *sys.argv[1:]]))
