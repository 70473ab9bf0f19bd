"""
Where notices arrive: a real SMTP server and a real HTTP one, on this machine.

The robots' formats and signatures are checked here as their platforms' pages describe them, apart
from the code that makes them. `python tests/receivers.py` serves both, for a look by hand.
"""
import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

WECOM_KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
DINGTALK_TOKEN, DINGTALK_SECRET = "6f1c0d2e9a77b1e4", "SECe2a1f0"
FEISHU_TOKEN, FEISHU_SECRET = "9b1f-hook-0c3d", "vT9cU3nE"


class Mailbox:
    """What the mail server took. *answers* are given to the next letters, in the place of 250."""

    def __init__(self, user: str = "", password: str = "") -> None:
        self.letters: list[EmailMessage] = []
        self.to: list[str] = []
        self.answers: list[str] = []
        self.refused: set[str] = set()
        self.secure: list[bool] = []
        self.hold = threading.Event()
        self.hold.set()
        self._login = user, password

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such mailbox <" + address + ">"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        if self.answers:
            answer = self.answers.pop(0)
            if answer == "cut":
                assert isinstance(server.transport, asyncio.Transport)
                server.transport.abort()  # taken, and no answer
                self._keep(session, envelope)
                return "250 never seen"
            return answer
        self._keep(session, envelope)
        if not self.hold.is_set():
            while not self.hold.is_set():
                await asyncio.sleep(0.02)
        return "250 OK"

    def _keep(self, session: Session, envelope: Envelope) -> None:
        content = envelope.original_content or b""
        letter = BytesParser(policy=default).parsebytes(content)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.to += envelope.rcpt_tos
        self.secure.append(session.ssl is not None)

    def authenticate(self, *args: Any) -> AuthResult:
        data = args[4]
        right = isinstance(data, LoginPassword) and (
            (data.login.decode(), data.password.decode()) == self._login
        )
        return AuthResult(success=right, handled=False)


@contextmanager
def mail_server(
    box: Mailbox, tls: SSLContext | None = None, *, login: bool = False
) -> Iterator[int]:
    """Serve *box* on this machine; yield the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(
        box, hostname="127.0.0.1", port=port, tls_context=tls, require_starttls=tls is not None,
        auth_required=login, authenticator=box.authenticate if login else None,
        auth_require_tls=login,
    )
    controller.start()
    try:
        yield port
    finally:
        box.hold.set()
        controller.stop()


class Groups:
    """What robots said in their groups, as (platform, text). *answers* come first."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.answers: list[tuple[int, bytes]] = []
        self.wrong: list[str] = []

    def take(self, target: str, body: bytes) -> tuple[int, bytes]:
        """Return status and answer of one request, as the platform would."""
        parts, now = urlsplit(target), time.time()
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if self.answers:
            return self.answers.pop(0)
        told = json.loads(body)
        if parts.path == "/cgi-bin/webhook/send":
            return self._wecom(query, told)
        if parts.path == "/robot/send":
            return self._dingtalk(query, told, now)
        return self._feishu(parts.path, told, now)

    def _wecom(self, query: dict[str, str], told: dict[str, Any]) -> tuple[int, bytes]:
        if query.get("key") != WECOM_KEY:
            return self._no(93000, "invalid webhook url")
        text = told["markdown"]["content"]
        if told["msgtype"] != "markdown" or len(text.encode()) > 4096:
            return self._no(40058, "content exceed max length")
        self.said.append(("wecom", text))
        return 200, b'{"errcode":0,"errmsg":"ok"}'

    def _dingtalk(
        self, query: dict[str, str], told: dict[str, Any], now: float
    ) -> tuple[int, bytes]:
        if query.get("access_token") != DINGTALK_TOKEN:
            return self._no(300001, "token is not exist")
        signed = hmac.new(
            DINGTALK_SECRET.encode(), (query["timestamp"] + "\n" + DINGTALK_SECRET).encode(),
            hashlib.sha256,
        )
        right = base64.b64encode(signed.digest()).decode() == query["sign"]
        if not right or abs(int(query["timestamp"]) / 1000 - now) > 3600:
            return self._no(310000, "sign not match, more: [https://ding-doc.dingtalk.com/doc]")
        if not told["markdown"]["title"] or "专码" not in told["markdown"]["text"]:
            return self._no(310000, "keywords not in content, more: [https://ding-doc]")
        self.said.append(("dingtalk", told["markdown"]["text"]))
        return 200, b'{"errcode":0,"errmsg":"ok"}'

    def _feishu(self, path: str, told: dict[str, Any], now: float) -> tuple[int, bytes]:
        if path != f"/open-apis/bot/v2/hook/{FEISHU_TOKEN}":
            return 200, b'{"code":19001,"msg":"incoming webhook access token invalid"}'
        key = (told["timestamp"] + "\n" + FEISHU_SECRET).encode()
        sign = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
        if sign != told["sign"] or abs(int(told["timestamp"]) - now) > 3600:
            return 200, b'{"code":19021,"msg":"sign match fail or timestamp is old"}'
        self.said.append(("feishu", told["content"]["text"]))
        return 200, b'{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}'

    def _no(self, code: int, why: str) -> tuple[int, bytes]:
        self.wrong.append(why)
        return 200, json.dumps({"errcode": code, "errmsg": why}).encode()


@contextmanager
def robot_server(groups: Groups) -> Iterator[str]:
    """Serve *groups* on this machine; yield ``host:port``."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"].startswith("application/json")
            status, answer = groups.take(self.path, body)
            if status == 0:  # taken, and the line is cut
                self.close_connection = True
                return
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def urls(place: str) -> dict[str, tuple[str, str]]:
    """Return platform -> address and secret of a robot at *place*."""
    return {
        "wecom": (f"http://{place}/cgi-bin/webhook/send?key={WECOM_KEY}", ""),
        "dingtalk": (f"http://{place}/robot/send?access_token={DINGTALK_TOKEN}", DINGTALK_SECRET),
        "feishu": (f"http://{place}/open-apis/bot/v2/hook/{FEISHU_TOKEN}", FEISHU_SECRET),
    }


if __name__ == "__main__":
    shown, heard = Mailbox(), Groups()
    with mail_server(shown) as port, robot_server(heard) as place:
        print(f"mail at 127.0.0.1:{port}, robots at {place}", flush=True)
        for platform, (url, secret) in urls(place).items():
            print(platform, url, secret, flush=True)
        seen = 0
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(0.5)
                for letter in shown.letters[seen:]:
                    body = letter.get_body()
                    print(letter["Subject"], body.get_content() if body else "", flush=True)
                seen = len(shown.letters)
                while heard.said:
                    print(*heard.said.pop(0), flush=True)
