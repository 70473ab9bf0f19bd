"""
Serving by waitress, where granian has no wheel: one process, pages and scans in its threads.

Told to end, waitress leaves its loop at once: what its threads answer then is written into
buffers that nobody sends any more. So the loop is turned here, and goes on until everybody who
was being answered has the answer.
"""
import logging
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

log = logging.getLogger("attribution")

# Windows' Ctrl-Break has a number of its own.
_ENDS = [
    getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGBREAK") if hasattr(signal, name)
]

# On Windows a signal wakes no wait for sockets: how long it may be overlooked.
_GLANCE_S = 1.0


def serve(
    app: Callable[..., Any], listener: socket.socket, ready: Callable[[], None], *,
    threads: int, largest_body: int, drain_s: float,
) -> None:
    """
    Answer on *listener* until told to end, then what is being answered, for *drain_s* at most.

    Args:
        app: The WSGI application.
        ready: Called once, when visitors are taken.
        largest_body: In bytes.
    """
    import waitress

    server: Any = waitress.create_server(
        app, sockets=[listener], threads=threads,
        # What proxies say is ours to believe or not (`web.proxies`); without it the scheme
        # behind one would be http, and the strict check of forms off.
        clear_untrusted_proxy_headers=False,
        connection_limit=1000, max_request_body_size=largest_body,
    )
    told = []

    def end(number: int, _: object) -> None:
        told.append(number)
        server.pull_trigger()  # the loop sleeps

    for number in _ENDS:
        signal.signal(number, end)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, _stay)
    ready()
    while not told:
        _turn(server)
    server.del_channel()  # takes nobody new
    until = time.monotonic() + drain_s
    while _answering(server) and time.monotonic() < until:
        _turn(server)
    server.task_dispatcher.shutdown()
    server.close()


def _turn(server: Any) -> None:
    server.asyncore.loop(
        timeout=_GLANCE_S, map=server._map, use_poll=server.adj.asyncore_use_poll, count=1
    )


def _answering(server: Any) -> bool:
    """Whether somebody waits for an answer, or for the rest of one."""
    return any(
        channel.requests or channel.total_outbufs_len
        for channel in list(server.active_channels.values())
    )


def _stay(*_: object) -> None:
    log.error("no reload: waitress has one process, which would leave everybody unanswered;"
              " restart the service to load the settings")
