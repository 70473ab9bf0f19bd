"""
Reading what a request brings, without anybody's silence being paid for by others.

A resident's form is some hundred bytes in one packet, whole as soon as it is looked at; a
body that is not is unfinished, and unfinished bodies are bounded in number, size and time.
Where there are too many, the one that was given longest ends: whoever comes anew, from the
same village behind the same address, is never refused for it. A large body is
taken only from who is known beforehand, and lies on the disk, written by a thread.
"""
import asyncio
import contextlib
import io
import tempfile
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Mapping,
    MutableMapping,
)
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from attribution.resident import addresses

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

# Who may send a large body: a name to count by, or the status of the refusal.
Admit = Callable[["WSGIEnvironment"], str | int]

# A claim is some hundred bytes, no form without a file holds more. Kept in memory.
SMALL = 64 * 1024

# How many unfinished bodies there may be: of a network, of all, of one name's large ones.
# A carrier's network at a stall brings twenty a second, and each is done within one.
OF_NETWORK = 200
AT_ONCE = 1000
LARGE_EACH = 4

# All large bodies of this process, until their requests are answered.
LARGE_ROOM = 256 * 1024 * 1024

# Written to the disk in pieces of this size.
_PIECE = 256 * 1024

# How much of a refused body is waited for before the answer, and for how long: a browser that
# is still sending when the connection ends shows no answer but its own error.
_PASSED_S = 5.0
_PAUSE_S = 1.0


@dataclass(frozen=True)
class Patience:
    """How long, in seconds: between two parts, and for a small and a large body as a whole."""

    silence_s: float = 30
    small_s: float = 30
    large_s: float = 600


@dataclass
class Body:
    """
    What was read.

    Args:
        file: All of it, or what does not matter where *refused*.
        length: Bytes in *file*.
        refused: 0, or the status that says why it was not read to its end.
    """

    file: BinaryIO
    length: int = 0
    refused: int = 0


class Bodies:
    """
    Reads bodies for one event loop.

    Args:
        large: Which paths may take how large a body, in bytes, by their beginning.
        admit: Question, in a thread, before more than SMALL is read.
        hops: How many proxies of ours stand in front.
    """

    def __init__(
        self, large: Mapping[str, int] | None = None, admit: Admit | None = None, hops: int = 0,
        patience: Patience | None = None,
    ):
        self._large = large or {}
        self._most = max(self._large.values(), default=SMALL)
        self._admit = admit or (lambda environ: "anybody")
        self._hops = hops
        self._patience = patience or Patience()
        self._unfinished = _Unfinished()
        self._room = LARGE_ROOM
        self._disk = ThreadPoolExecutor(2, "body")

    @contextlib.asynccontextmanager
    async def read(self, environ: "WSGIEnvironment", receive: Receive) -> AsyncIterator[Body]:
        """
        Give the body of the request *environ*; it is gone when the block ends.

        Refused with 408 (too slow, or given up half way), 413 (too large), what `admit`
        says, or 503 (no room at present).
        """
        told = environ.get("CONTENT_LENGTH", "")
        declared = int(told) if told.isdigit() else 0
        body = Body(io.BytesIO())
        if not declared and not _is_of_unknown_length(environ):
            await receive()
            yield body
            return
        limit = max(
            (size for begin, size in self._large.items() if environ["PATH_INFO"].startswith(begin)),
            default=SMALL,
        )
        sender = self._sender(environ)
        if declared > limit:
            body.refused = 413
        elif declared <= SMALL:
            taking = self._take(receive, body, SMALL)
            body.refused = await self._within(self._patience.small_s, sender, taking)
        large = declared <= limit and (declared > SMALL or (body.refused == 413 and limit > SMALL))
        async with self._admitted(environ, body, declared or limit, large) as name:
            if name:
                taking = self._take(receive, body, limit, on_disk=True)
                body.refused = await self._within(self._patience.large_s, name, taking)
            if body.refused not in (0, 408) and "HTTP_EXPECT" not in environ:
                await self._within(_PASSED_S, sender, _pass_over(receive, self._most))
            yield body

    @contextlib.asynccontextmanager
    async def _admitted(
        self, environ: "WSGIEnvironment", body: Body, room: int, large: bool
    ) -> "AsyncIterator[_Sender | None]":
        """Give whom a *large* body is from, and *body* a file on the disk; None: do not read it."""
        if not large:
            yield None
            return
        loop = asyncio.get_running_loop()
        name = await loop.run_in_executor(self._disk, self._admit, environ)
        if isinstance(name, int) or room > self._room:
            body.refused = name if isinstance(name, int) else 503
            yield None
            return
        self._room -= room
        try:
            with tempfile.TemporaryFile() as file:
                begun, body.file = body.file, cast(BinaryIO, file)
                begun.seek(0)
                file.write(begun.read())
                yield _Sender(name, LARGE_EACH)
        finally:
            self._room += room

    def _sender(self, environ: "WSGIEnvironment") -> "_Sender":
        address = addresses.visitor(
            environ["REMOTE_ADDR"], environ.get("HTTP_X_FORWARDED_FOR", ""), self._hops
        )
        network = addresses.network(address)
        # Loopback is no network: everybody may come from there.
        if not network or network.startswith("127.") or address == "::1":
            return _Sender("", AT_ONCE)
        return _Sender(network, OF_NETWORK)

    async def _within(
        self, most_s: float, sender: "_Sender", taking: Coroutine[Any, Any, int]
    ) -> int:
        """Return what *taking* does; 408 when it took too long, or others needed its place."""
        task = asyncio.ensure_future(taking)
        self._unfinished.add(sender, task)
        try:
            await asyncio.wait({task}, timeout=most_s)
        finally:
            self._unfinished.drop(sender, task)
            if not task.done():
                task.cancel()
        return 408 if task.cancelled() or not task.done() else task.result()

    async def _take(
        self, receive: Receive, body: Body, limit: int, *, on_disk: bool = False
    ) -> int:
        """Put what comes into *body*; return 0 once it is whole, 408, or 413 above *limit*."""
        loop = asyncio.get_running_loop()
        piece = bytearray()
        more = True
        while more:
            message = await _next(receive, self._patience.silence_s)
            if message["type"] != "http.request":
                return 408  # who ended the sending half may still be reading
            piece += message.get("body", b"")
            more = message.get("more_body", False)
            if not on_disk or len(piece) >= _PIECE or not more:
                written, piece = bytes(piece), bytearray()
                body.length += len(written)
                if on_disk:
                    await loop.run_in_executor(self._disk, body.file.write, written)
                else:
                    body.file.write(written)
            if body.length > limit:
                return 413
        body.file.seek(0)
        return 0


@dataclass(frozen=True)
class _Sender:
    """Whom an unfinished body is counted with, and how many such there may be."""

    name: str
    most: int


class _Unfinished:
    """The bodies that are being read, oldest first; adding one too many ends the oldest."""

    def __init__(self) -> None:
        self._of: dict[str, dict[asyncio.Future[int], None]] = {}
        self._count = 0

    def add(self, sender: _Sender, task: "asyncio.Future[int]") -> None:
        mine = self._of.setdefault(sender.name, {})
        if len(mine) >= sender.most:
            self._end_oldest(mine)
        elif self._count >= AT_ONCE:
            # Of whoever has most: those who have one or two are not to blame.
            self._end_oldest(max(self._of.values(), key=len))
        mine[task] = None
        self._count += 1

    def drop(self, sender: _Sender, task: "asyncio.Future[int]") -> None:
        mine = self._of.get(sender.name, {})
        if task in mine:
            del mine[task]
            self._count -= 1
        if not mine:
            self._of.pop(sender.name, None)

    def _end_oldest(self, bodies: "dict[asyncio.Future[int], None]") -> None:
        oldest = next(iter(bodies))
        del bodies[oldest]
        self._count -= 1
        oldest.cancel()


async def _next(receive: Receive, silence_s: float) -> MutableMapping[str, Any]:
    """
    Return the next part; who is silent for longer ends the task that asks.

    Not by `asyncio.wait_for`: until Python 3.12 it loses the end that `_Unfinished` makes when
    a part comes at the same moment.
    """
    task = asyncio.current_task()
    assert task is not None
    silence = asyncio.get_running_loop().call_later(silence_s, task.cancel)
    try:
        return await receive()
    finally:
        silence.cancel()


async def _pass_over(receive: Receive, most: int) -> int:
    """Read what is refused and keep none of it, while it comes without a pause; return 0."""
    more = True
    while more and most > 0:
        message = await _next(receive, _PAUSE_S)
        most -= len(message.get("body", b""))
        more = message.get("more_body", False)
    return 0


def _is_of_unknown_length(environ: "WSGIEnvironment") -> bool:
    return "HTTP_TRANSFER_ENCODING" in environ or (
        environ["SERVER_PROTOCOL"].startswith("HTTP/2") and "CONTENT_LENGTH" not in environ
    )
