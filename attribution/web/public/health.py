"""Whether the service is open: for a load balancer, and for the monitoring of the machine."""
import ipaddress
import logging
import threading
import time

from flask import request
from werkzeug.exceptions import NotFound

from attribution.proof import clocks, publishing
from attribution.reports import metrics
from attribution.rule import instants
from attribution.service import Service
from attribution.store import StoreError
from attribution.store.log import Scan
from attribution.upkeep import running
from attribution.web.current import service
from attribution.web.public.common import pages, side
from qrgen.faults import Fault

log = logging.getLogger("attribution")

# How long /readyz waits for the database: less than a scan does before it is told to come
# back, for whoever asks has others to send people to.
BEAT_S = 3.0

# As wide as a scan gets, so that what fits nowhere for a scan fits nowhere for it either.
_UNIT, _WIDE = "probe", "probe" * 20


@pages.get("/healthz")
def healthz() -> tuple[str, int, dict[str, str]]:
    """The process answers."""
    return "ok\n", 200, {"Content-Type": "text/plain"}


@pages.get("/metrics")
def measured() -> tuple[bytes, int, dict[str, str]]:
    """For the monitoring of this machine, and of who is named in `metrics_from`."""
    if not _may_measure():
        raise NotFound
    return metrics.text(service()), 200, {"Content-Type": metrics.CONTENT_TYPE}


def _may_measure() -> bool:
    # What came through a web server came from anywhere, though the server is at loopback.
    if {"X-Forwarded-For", "Forwarded"} & set(request.headers.keys()):
        return False
    try:
        peer = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return False
    peer = getattr(peer, "ipv4_mapped", None) or peer  # a socket for both kinds says ::ffff:
    return peer.is_loopback or any(peer in net for net in service().settings.metrics_from)


@pages.get("/readyz")
def readyz() -> tuple[str, int, dict[str, str]]:
    """A scan can be taken: one is tried and undone. Where it cannot, the text says why."""
    here = service()
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    problem, unwell = _beat(here)
    if problem:
        log.error("not ready: %s", problem)
        return f"{problem}\n", 503, plain
    # Where one worker of a cluster is gone, this node takes scans all the same.
    notes = [f"database: {unwell}"] if unwell else []
    if trouble := running.trouble():
        # Scans are taken all the same. Cause and path are not for who comes from outside.
        outside = "X-Forwarded-For" in request.headers
        notes.append("settings not loaded: " + ("the log says why" if outside else trouble))
    if told := _unpublished(here):
        notes.append(told)
    if wrong := _clock(here):
        notes.append(wrong)
    breaker = getattr(side().lookups.platform, "breaker", None)
    if breaker is not None and breaker.is_open:
        # Claims are taken all the same, so this is no reason to take the node out.
        notes.append("newness: the platform does not answer")
    return "".join(f"{line}\n" for line in ["ok", *notes]), 200, plain


def _clock(here: Service) -> str:
    """Return why this machine's clock cannot be right; '' where nothing speaks against it."""
    try:
        fault = clocks.fault(here.ledger)
    except StoreError:
        return ""  # the beat has said it
    return f"clock: {fault.cause}" if fault else ""


def _unpublished(here: Service) -> str:
    """Return that no head of the log is shown, and by which fault; '' where one may be."""
    try:
        publishing.current(here.ledger, here.settings)
    except Fault as fault:
        return f"log: no head is shown: {fault.code.value}"
    except StoreError:
        pass  # the beat has said it
    return ""


_beating = threading.Lock()


def _beat(here: Service) -> tuple[str, str]:
    """Try what a scan does; return what kept it from being done, and what is not well besides."""
    # One at a time: while the database hangs, asking again must not pile up threads.
    if not _beating.acquire(blocking=False):
        return "database: a write is not done yet", ""
    outcome: list[str] = []
    unwell: list[str] = []

    def write() -> None:
        try:
            outcome.append(_tried(here, unwell))
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
    told = "; ".join(unwell)
    if not outcome:
        waited = f"a write took longer than {time.monotonic() - started:.0f} s"
        return f"database: {waited} ({told or 'locked?'})", told
    if outcome[0] and told:
        return f"{outcome[0]} ({told})", told
    return outcome[0], told


def _tried(here: Service, unwell: list[str]) -> str:
    """Return what kept a scan from being written, or ''; put first into *unwell* what is gone."""
    missing = here.store.missing_migrations()
    if missing:
        return f"migrations missing: {', '.join(missing)}"
    unwell += here.store.unwell()
    now = instants.now()
    here.store.try_scan(Scan(
        here.store.scan_id(now), here.campaign.id, now, _UNIT, 1, None, _WIDE, _WIDE, flag=_UNIT
    ))
    return ""
