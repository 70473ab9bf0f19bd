"""
Flask behind an event loop: an ASGI application that runs a WSGI one in threads.

Why not a library: a2wsgi 1.10 cannot read a body under granian (it asks for a coroutine
where the specification promises an awaitable) and never notices that a visitor left;
asgiref's adapter runs all requests in one thread. And here a body is read before a
thread is taken, so that slow phones, or somebody who sends a byte a minute, keep no
thread from anybody else.

Sources: PEP 3333; ASGI 3.0, "HTTP & WebSocket" 2.4.
"""
import asyncio
import contextvars
import sys
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from attribution.web.bodies import Bodies

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Larger answers are sent in parts.
IN_MEMORY = 256 * 1024

# Says in *environ* why a body was not read to its end: a status. The application answers with
# that; one that does not know it sees a body longer than any it takes.
UNREAD = "zhuanma.unread"


class Bridge:
    """
    Answers ASGI requests with the WSGI *application*.

    Args:
        threads: How many requests *application* works on at a time.
        bodies: Reads what requests bring.
    """

    def __init__(
        self, application: "WSGIApplication", threads: int, bodies: Bodies | None = None
    ):
        self._application = application
        self._threads = ThreadPoolExecutor(threads, "request")
        self._bodies = bodies or Bodies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        environ = environ_of(scope)
        async with self._bodies.read(environ, receive) as body:
            environ["wsgi.input"] = body.file
            if body.refused:
                environ["CONTENT_LENGTH"] = str(sys.maxsize)
                environ[UNREAD] = body.refused
            elif environ.pop("HTTP_TRANSFER_ENCODING", None) or body.length:
                environ["CONTENT_LENGTH"] = str(body.length)
            answer = _Answer(self._application, environ)
            # Generators of an answer go on in the context in which they began.
            run = contextvars.copy_context().run
            loop = asyncio.get_running_loop()
            gone: asyncio.Future[Message] | None = None
            try:
                part = await loop.run_in_executor(self._threads, run, answer.begin)
                if body.refused and scope["http_version"] < "2":
                    # What was not read would be taken for the next request.
                    answer.headers.append((b"connection", b"close"))
                await send({
                    "type": "http.response.start", "status": answer.status,
                    "headers": answer.headers,
                })  # fmt: skip
                if not body.refused and not answer.ended:
                    gone = asyncio.ensure_future(receive())
                while not answer.ended and not (gone and gone.done()):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                    part = await loop.run_in_executor(self._threads, run, answer.more)
                await send({"type": "http.response.body", "body": part})
            finally:
                if gone is not None:
                    gone.cancel()
                if not answer.ended:
                    await loop.run_in_executor(self._threads, run, answer.close)


class _Answer:
    """What the application makes of one request; the methods run in threads."""

    def __init__(self, application: "WSGIApplication", environ: "WSGIEnvironment"):
        self._application = application
        self._environ = environ
        self._parts: Iterator[bytes] = iter(())
        self._iterable: Any = ()
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.ended = False

    def begin(self) -> bytes:
        """Call the application; return all of the body if it is small, else its first part."""
        self._iterable = self._application(self._environ, self._start)
        self._parts = iter(self._iterable)
        length = dict(self.headers).get(b"content-length", b"")
        if length.isdigit() and int(length) <= IN_MEMORY:
            whole = b"".join(self._parts)
            self.close()
            return whole
        return self.more()

    def more(self) -> bytes:
        """Return the next part; nothing at the end."""
        for part in self._parts:
            if part:
                return part
        self.close()
        return b""

    def close(self) -> None:
        """Tell the application that nothing more is wanted."""
        self.ended = True
        close = getattr(self._iterable, "close", None)
        if close is not None:
            close()

    def _start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        self.status = int(status[:3])
        self.headers = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers]
        return _no_write


def environ_of(scope: Scope) -> "WSGIEnvironment":
    """Return what PEP 3333 makes of *scope*, without a body."""
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        # Text whose characters are the bytes of the path, PEP 3333 asks for.
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80",
        "REMOTE_ADDR": scope["client"][0] if scope.get("client") else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
    }
    if scope.get("server"):
        environ["SERVER_NAME"], environ["SERVER_PORT"] = map(str, scope["server"])
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1")
        # X_Forwarded_For would pass for the proxy's own X-Forwarded-For. And nothing is
        # upgraded to here: a request that offers it is answered as what it asks for.
        if "_" in name or name == "upgrade":
            continue
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        value = raw_value.decode("latin-1")
        if key in environ:
            value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
        environ[key] = value
    return environ


def _no_write(data: bytes) -> None:
    raise NotImplementedError("answers are returned, not written (PEP 3333, write())")
