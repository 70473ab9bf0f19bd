"""Whether the service is open: for a load balancer, and for the monitoring of the machine."""
import logging
import threading
import time

from flask import request
from werkzeug.exceptions import NotFound

from attribution import instants, metrics, running
from attribution.service import Service
from attribution.store import StoreError, residents
from attribution.web.here import service
from attribution.web.public.parts import pages, side

log = logging.getLogger("attribution")

# How long /readyz waits for a row to be written.
BEAT_S = 3.0


@pages.get("/healthz")
def healthz() -> tuple[str, int, dict[str, str]]:
    """The process answers."""
    return "ok\n", 200, {"Content-Type": "text/plain"}


@pages.get("/metrics")
def measured() -> tuple[bytes, int, dict[str, str]]:
    """For the monitoring of this machine; a web server in front must not pass it on."""
    if request.headers.get("X-Forwarded-For"):
        raise NotFound
    return metrics.text(service()), 200, {"Content-Type": metrics.CONTENT_TYPE}


@pages.get("/readyz")
def readyz() -> tuple[str, int, dict[str, str]]:
    """The database is up to date and takes a row; where it does not, the text says why."""
    here = service()
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    try:
        missing = here.store.missing_migrations()
        problem = f"migrations missing: {', '.join(missing)}" if missing else _beat(here)
    except StoreError as error:
        problem = f"database: {error}"
    if problem:
        log.error("not ready: %s", problem)
        return f"{problem}\n", 503, plain
    notes = []
    if trouble := running.trouble():
        # Scans are taken all the same. Cause and path are not for who comes from outside.
        outside = "X-Forwarded-For" in request.headers
        notes.append("settings not loaded: " + ("the log says why" if outside else trouble))
    breaker = getattr(side().lookups.platform, "breaker", None)
    if breaker is not None and breaker.is_open:
        # Claims are taken all the same, so this is no reason to take the node out.
        notes.append("newness: the platform does not answer")
    return "".join(f"{line}\n" for line in ["ok", *notes]), 200, plain


_beating = threading.Lock()


def _beat(here: Service) -> str:
    """Write one row; return what kept it from being written, or ''."""
    # One at a time: while the database hangs, asking again must not pile up threads.
    if not _beating.acquire(blocking=False):
        return "database: a write is not done yet"
    outcome: list[str] = []

    def write() -> None:
        try:
            now = instants.now()
            here.store.write(lambda c: residents.beat(c, now))
            outcome.append("")
        except StoreError as error:
            outcome.append(f"database: {error}")
        except Exception as error:
            outcome.append(f"database: {type(error).__name__}")
        finally:
            _beating.release()

    thread = threading.Thread(target=write, daemon=True, name="beat")
    started = time.monotonic()
    thread.start()
    thread.join(BEAT_S)
    if not outcome:
        return f"database: a write took longer than {time.monotonic() - started:.0f} s (locked?)"
    return outcome[0]
