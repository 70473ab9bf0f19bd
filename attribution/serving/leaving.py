"""
How a worker leaves while others take its place: it takes nobody new, then closes politely.

Told to end, granian closes every connection that is not in the middle of an answer: one
that it accepted a moment ago and did not read yet, and one that a web server in front
kept open and is just sending on. Whoever sent on it gets no answer, and a web server
may not ask again for a form. So a worker that is replaced first leaves the listening
socket to the others and answers what comes on its connections with ``Connection: close``;
a moment later there is nothing left to break.
"""
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

class Leaving:
    """*application* until `begin`; from then on also every answer's last on its connection."""

    def __init__(self, application: Application, listener: int):
        self._application = application
        self._listener = listener
        self._begun = False

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if self._begun and scope.get("http_version", "").startswith("1"):
            return self._application(scope, receive, _closing(send))
        return self._application(scope, receive, send)

    def begin(self) -> None:
        """Take no more visitors; serve those that are here."""
        self._begun = True
        let_go(self._listener)


def _closing(send: Send) -> Send:
    def sending(message: dict[str, Any]) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ()), (b"connection", b"close")]
            message = {**message, "headers": headers}
        return send(message)

    return sending


def let_go(listener: int) -> None:
    """
    Put a socket that nobody knows in the place of *listener* and of its copies here.

    Closing them would pull the number from under granian, which has no way of its own to
    stop accepting and go on answering; on this one it waits for visitors in vain. The
    socket itself lives on in the other processes.
    """
    shared = os.fstat(listener)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as nobody:
        nobody.setblocking(False)
        nobody.bind(("127.0.0.1", 0))
        nobody.listen(1)
        for number in sorted(int(path.name) for path in Path("/dev/fd").iterdir()):
            try:
                same = os.path.samestat(os.fstat(number), shared)
            except OSError:
                continue  # the listing's own
            if same:
                os.dup2(nobody.fileno(), number, inheritable=False)
