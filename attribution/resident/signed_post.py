"""
A signed POST to another service: the platform's lookups, a gateway for short messages.

Both carry a number in the body, so both need the same care: one attempt in a bounded time,
no redirect followed, no answer read without end, and nothing that quotes what was sent.
"""
import hashlib
import hmac
import http.client
import json
import secrets
import ssl
import time
from urllib.parse import urlsplit

# An answer is a few dozen bytes; whoever sends more is not the service we asked.
LONGEST_ANSWER = 64 * 1024


class NoAnswer(Exception):
    """The service cannot be reached. The text names the kind of error only."""


def sign(key: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Return the signature of a request: HMAC-SHA256 over time, nonce and the body's hash."""
    text = f"{timestamp}\n{nonce}\n{hashlib.sha256(body).hexdigest()}"
    return hmac.digest(key.encode(), text.encode(), "sha256").hex()


class Endpoint:
    """
    An address and the key its service knows us by.

    Raises:
        ValueError: *url* is no http(s) address.
    """

    def __init__(self, url: str, key: str, timeout_s: float):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("not an http(s) address")
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._key = key
        self._timeout_s = timeout_s

    def post(self, message: dict[str, str]) -> tuple[int, bytes]:
        """
        Send *message* as JSON; return the status and the body, cut at LONGEST_ANSWER.

        Signed as `sign` says, in ``X-Timestamp``, ``X-Nonce``, ``X-Signature``.

        Raises:
            NoAnswer: no answer came.
        """
        body = json.dumps(message).encode()
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        connection: http.client.HTTPConnection
        if self._secure:
            connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=self._timeout_s,
                context=ssl.create_default_context(),
            )
        else:
            connection = http.client.HTTPConnection(
                self._host, self._port, timeout=self._timeout_s
            )
        try:
            connection.request(
                "POST", self._path, body,
                {
                    "Content-Type": "application/json", "X-Timestamp": timestamp,
                    "X-Nonce": nonce, "X-Signature": sign(self._key, timestamp, nonce, body),
                },
            )
            response = connection.getresponse()
            return response.status, response.read(LONGEST_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            # Its kind only: an exception of a client may quote what it sent.
            raise NoAnswer(type(error).__name__) from None
        finally:
            connection.close()
