"""
Keeps a service busy until somebody kills it: crash_load.py INSTANCE [ROUNDS]

With ROUNDS it forks a child each time, kills it with -9 in the middle of its work and
goes on. Prints ``scan ID`` or ``claim ID`` after each answer, and nothing that was not answered.
"""
import io
import os
import random
import re
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from needs import SIGKILL, UNIX

from attribution.settings import load_settings
from attribution.web.application import create_app
from qrgen.codes import Code, sign_code

THREADS = 16


def work(app: Flask) -> None:
    """Open codes and hand in forms, in many threads, for ever."""
    service = app.extensions["zhuanma"]
    units = sorted(service.scans.snapshot().units)
    rng = random.Random()  # the clock and the process: another one in each child

    def call(method: str, path: str, body: bytes = b"") -> tuple[str, bytes]:
        told: list[str] = []
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "SCRIPT_NAME": "",
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr, "wsgi.version": (1, 0), "wsgi.multithread": True,
            "wsgi.multiprocess": True, "wsgi.run_once": False,
        }  # fmt: skip
        start: Any = lambda status, headers, error=None: told.append(status)  # noqa: E731
        answer = app(environ, start)
        return told[0], b"".join(answer)

    def visit() -> None:
        while True:
            unit = rng.choice(units)
            code = sign_code(Code(unit), service.settings.code_keys)
            status, page = call("GET", f"/Q/{code}")
            found = re.search(rb'name="token" value="([^"]+)"', page)
            if not status.startswith("200") or found is None:
                continue
            token = found[1].decode()
            tell("scan", int(token.partition(":")[0], 16))
            if rng.random() < 0.2:
                phone = f"154{rng.randrange(10**8):08d}"
                form = urlencode({"token": token, "phone": phone, "consent": "yes"}).encode()
                for _ in range(2):  # a double tap is one claim
                    status, _ = call("POST", "/claim", form)
                    if status.startswith("303"):  # to the steps
                        tell("claim", int(token.partition(":")[0], 16))

    for _ in range(THREADS):
        threading.Thread(target=visit, daemon=True).start()
    time.sleep(60)


def tell(what: str, number: int) -> None:
    # One write of few bytes: whole or not at all, even under kill -9.
    os.write(1, f"{what} {number}\n".encode())
    if ready:
        os.write(ready.pop(), b"x")


ready: list[int] = []  # where to say that work has begun


def main() -> None:
    app = create_app(load_settings(Path(sys.argv[1]), environ={}))
    # A connection must not cross a fork; everything else is ready then.
    app.extensions["zhuanma"].scans.snapshot()
    app.extensions["zhuanma"].close()
    for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 0):
        reader, writer = os.pipe()
        child = UNIX.fork()
        if not child:
            ready.append(writer)
            work(app)
            os._exit(0)
        os.close(writer)
        os.read(reader, 1)
        os.close(reader)
        time.sleep(0.1 + random.random() * 0.2)
        os.kill(child, SIGKILL)
        os.waitpid(child, 0)
    if len(sys.argv) == 2:
        work(app)


if __name__ == "__main__":
    main()
