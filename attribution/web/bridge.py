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
import tempfile
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# A claim is some hundred bytes, a lookup of 1 000 people some ten thousand.
SMALL = 1024 * 1024
# Larger bodies wait on the disk for their thread, and larger answers are sent in parts.
IN_MEMORY = 256 * 1024
# How long a visitor may be silent in the middle of a body.
SILENCE_S = 30


class Bridge:
    """
    Answers ASGI requests with the WSGI *application*.

    Args:
        threads: How many requests *application* works on at a time.
        large: Which paths may take how large a body, in bytes, by their beginning.
    """

    def __init__(
        self, application: "WSGIApplication", threads: int, large: dict[str, int] | None = None
    ):
        self._application = application
        self._threads = ThreadPoolExecutor(threads, "request")
        self._large = large or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        environ = environ_of(scope)
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as body:
            try:
                whole = await self._read(environ, receive, body)
            except (asyncio.TimeoutError, ConnectionError):
                return  # nobody is there to be told
            answer = _Answer(self._application, environ)
            # Generators of an answer go on in the context in which they began.
            run = contextvars.copy_context().run
            loop = asyncio.get_running_loop()
            gone: asyncio.Future[Message] | None = None
            try:
                part = await loop.run_in_executor(self._threads, run, answer.begin)
                await send({
                    "type": "http.response.start", "status": answer.status,
                    "headers": answer.headers,
                })  # fmt: skip
                if whole and not answer.ended:
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

    async def _read(
        self, environ: "WSGIEnvironment", receive: Receive, body: "BinaryIO | Any"
    ) -> bool:
        """
        Put the request's body into *environ*; return False where some of it was left unread.

        What is too large is not read; the application sees its length and refuses it.
        """
        environ["wsgi.input"] = body
        limit = max(
            (size for begin, size in self._large.items() if environ["PATH_INFO"].startswith(begin)),
            default=SMALL,
        )
        length = environ.get("CONTENT_LENGTH", "")
        if length.isdigit() and int(length) > limit:
            environ["CONTENT_LENGTH"] = str(sys.maxsize)
            return False
        more = True
        while more:
            message = await asyncio.wait_for(receive(), SILENCE_S)
            if message["type"] != "http.request":
                raise ConnectionError("the visitor left in the middle of a body")
            body.write(message.get("body", b""))
            more = message.get("more_body", False)
            if body.tell() > limit:
                environ["CONTENT_LENGTH"] = str(sys.maxsize)
                return False
        if environ.pop("HTTP_TRANSFER_ENCODING", None) or body.tell():
            environ["CONTENT_LENGTH"] = str(body.tell())
        body.seek(0)
        return True


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
        # X_Forwarded_For would pass for the proxy's own X-Forwarded-For.
        if "_" in name:
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
