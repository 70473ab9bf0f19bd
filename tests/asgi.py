"""Asks an ASGI application as a server would, without one."""
import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit


@dataclass
class Answered:
    """What came back; header names in lower case."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    parts: int = 0


def ask(
    application: Any, path: str, *, method: str = "GET", headers: dict[str, str] | None = None,
    body: Iterable[bytes] = (), address: str = "127.0.0.1", leave_after: int | None = None,
) -> Answered:
    """
    Return the answer to one request.

    Args:
        body: In the parts in which it comes; nothing more comes after an endless wait.
        leave_after: The visitor goes away after so many parts of the answer.
    """
    return asyncio.run(ask_soon(
        application, path, method=method, headers=headers, body=body, address=address,
        leave_after=leave_after,
    ))  # fmt: skip


async def ask_soon(
    application: Any, path: str, *, method: str = "GET", headers: dict[str, str] | None = None,
    body: Iterable[bytes] = (), address: str = "127.0.0.1", leave_after: int | None = None,
) -> Answered:
    """Do as `ask` in the running event loop."""
    url = urlsplit(path)
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": unquote(url.path, errors="surrogateescape"),
        "raw_path": url.path.encode(), "query_string": url.query.encode(), "root_path": "",
        "headers": [(n.lower().encode(), v.encode("latin-1")) for n, v in (headers or {}).items()],
        "client": (address, 4000), "server": ("localhost", 80),
    }
    answer = Answered()
    left = asyncio.Event()
    parts = [*body] or [b""]

    async def receive() -> dict[str, Any]:
        if parts:
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = [(n.decode(), v.decode("latin-1")) for n, v in message["headers"]]
            return
        answer.body += message.get("body", b"")
        answer.parts += 1
        if answer.parts == leave_after:
            left.set()
            await asyncio.sleep(0)

    await application(scope, receive, send)
    return answer
