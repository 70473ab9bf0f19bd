"""
Serving: granian where it has a wheel, waitress elsewhere; never Flask's own server.

Granian parses HTTP in Rust and runs an event loop for each worker: scans wait in it
for their sync, all else is Flask's, in threads (`web.bridge`). Waitress runs Flask
alone, scans too. Each worker opens the service for itself,
because database connections must not cross a fork.

SIGTERM, and Ctrl-C or Ctrl-Break in its window, lets every request that was taken finish
(its row is committed, its answer sent) before the process ends; SIGHUP puts new workers in
the place of the old ones, if the settings are such that new ones can start (`workers`).
"""
import atexit
import contextlib
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attribution.faults import Code
from attribution.serving import json_logs, listening, preflight
from attribution.settings import Settings, load_settings
from attribution.upkeep import background, running, setting_up
from attribution.upkeep.running import Running
from qrgen.faults import USAGE_AT_FAULT, Fault

log = logging.getLogger("attribution")

# For all but scans: enough for the claims that wait for one sync.
THREADS = 32

# Of a worker. A connection costs a file and some kilobytes.
_MOST_CONNECTIONS = 8192

# The ledger, uploads, posters, libraries.
_OTHER_FILES = 512

# A request waits at most twice `group_commit.WAIT_S`; then a worker that still
# does not end is stuck in the disk, and is killed.
DRAIN_S = 15


# Granian's own lines are ours in form: one log, of JSON, on standard error.
_GRANIAN_LOG = {
    "formatters": {"json": {"()": json_logs.JsonLines}},
    "handlers": {"json": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {
        name: {"handlers": ["json"], "propagate": False} for name in ("_granian", "granian.access")
    },
}


def serve(settings: Settings, host: str, port: int, workers: int | None) -> None:
    """
    Answer on *host*:*port* until told to stop.

    Raises:
        Fault: nobody can be served, or no more: the port is taken, no worker can start.
    """
    if workers is not None and workers < 1:
        raise Fault(Code.WORKERS_TOO_FEW, status=USAGE_AT_FAULT)
    preflight.check_tls(settings.tls_certificate, settings.tls_key)
    json_logs.configure()
    # The workers find the instance as this process did.
    os.environ.update(variables(settings.instance, settings))
    # One folder a start: what an earlier one counted is over.
    folder = tempfile.mkdtemp(prefix="zhuanma-metrics-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    try:
        import granian  # noqa: F401 (whether there is one)
    except ImportError:
        serve_with = _waitress
    else:
        serve_with = _granian
    with listening.listen(host, port) as listener:
        address = listening.address_of(
            host, listener.getsockname()[1], tls=settings.tls_certificate is not None
        )
        os.environ["ZHUANMA_LISTENS"] = f"{host}:{listener.getsockname()[1]}"
        serve_with(settings, listener, address, workers)


def _granian(
    settings: Settings, listener: socket.socket, address: str, workers: int | None
) -> None:
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    from attribution.serving.workers import FORKED, Workers, use_fork

    use_fork()
    with _told(settings, address, renews=FORKED) as told:
        server = Workers(
            "attribution.serving.server:application",
            listener,
            settings_again,
            _Announcer(address, told),
            factory=True,
            interface=Interfaces.ASGINL,
            # While it guesses which HTTP is spoken, a connection that never says a byte is kept
            # for ever; with HTTP/1 it ends as one that is silent in its headers does.
            http=HTTPModes.http1,
            websockets=False,  # such a request is answered as the page it asks for
            backpressure=_connections(),
            address=listener.getsockname()[0],
            port=listener.getsockname()[1],
            # More processes than cores never helped.
            workers=_number_of(workers, several=FORKED),
            # What is set up is one folder, and nobody else comes.
            first=1 if setting_up.is_due(settings.instance) else None,
            workers_kill_timeout=DRAIN_S,
            ssl_cert=settings.tls_certificate,
            ssl_key=settings.tls_key,
            log_access=False,
            # Its warnings are about choices made here on purpose (threads that wait
            # for the disk, no websockets); errors are about the world.
            log_level=LogLevels.error,
            log_dictconfig=_GRANIAN_LOG,
        )
        server.serve()
        if server.fault is not None:
            raise server.fault


class _Announcer:
    """Tells who started the service, and who asks `running`, what became of the workers."""

    def __init__(self, address: str, told: Callable[[], Running | None]):
        self._address = address
        self._begin = told
        self._told: Running | None = None

    def serving(self) -> None:
        self._told = self._begin()
        print(f"serving on {self._address}", file=sys.stderr, flush=True)

    def renewed(self, begun: float) -> None:
        self._say(round=begun, cause="", hint="")
        print(f"reloaded: new workers serve on {self._address}", file=sys.stderr, flush=True)

    def refused(self, begun: float, fault: Fault) -> None:
        # Of a campaign's problems the first says more than how many there are.
        cause = ": ".join([fault.cause, *[one.cause for one in fault.more[:1]]])
        self._say(round=begun, cause=json_logs.redacted(cause), hint=fault.hint)

    def _say(self, **changes: object) -> None:
        if self._told is not None:
            self._told.say(**changes)


@contextmanager
def _told(
    settings: Settings, address: str, *, renews: bool = True
) -> Iterator[Callable[[], Running | None]]:
    """Give a function to call once the service answers: then it is found by `running`."""
    os.environ[running.VARIABLE] = str(running.path_of(settings.instance, os.getpid()))
    with contextlib.ExitStack() as kept:

        def begin() -> Running | None:
            record = running.here(address, settings.campaign_folder, renews=renews)
            try:
                return kept.enter_context(running.told(settings.instance, record))
            except OSError as error:  # it serves all the same; SIGHUP by hand works too
                log.warning("`attribution reload` will not find this service: %s", error.strerror)
                return None

        yield begin


def variables(instance: Path, settings: Settings | None = None) -> dict[str, str]:
    """Return the environment by which `application` finds the instance in a worker."""
    settings = settings or load_settings(instance)
    return {
        "ZHUANMA_INSTANCE": str(instance.resolve()),
        "ZHUANMA_CAMPAIGN_FOLDER": str(settings.campaign_folder.resolve()),
    }


def settings_again() -> Settings:
    """Return the settings as they are now, found by `variables`; may raise a Fault."""
    return load_settings(
        Path(os.environ["ZHUANMA_INSTANCE"]), campaign=os.environ["ZHUANMA_CAMPAIGN_FOLDER"]
    )


def application() -> Callable[..., Awaitable[None]]:
    """Return the ASGI application of this worker process."""
    json_logs.configure()
    instance = Path(os.environ["ZHUANMA_INSTANCE"])
    if setting_up.is_due(instance):
        from attribution.web.setup import create_setup_asgi_app

        return create_setup_asgi_app(
            instance, setting_up.begin(instance), _renew, THREADS, _listens()
        )
    # Here and not above: commands load this, and need no web framework.
    from attribution.web.application import create_asgi_app

    made = create_asgi_app(settings_again(), THREADS, _listens())
    background.start(made.app.extensions["zhuanma"])
    return made


def _renew() -> None:
    """Let workers that serve what is there now take this one's place, once its answer is sent."""
    if sys.platform != "win32":
        os.kill(os.getppid(), signal.SIGHUP)
    else:  # there is no such signal; a worker that ended is replaced
        threading.Timer(1.0, lambda: os._exit(0)).start()


def _start_again() -> None:
    """Begin this program anew, which finds a campaign now."""
    command = [sys.executable, *sys.argv]
    threading.Timer(1.0, lambda: os.execv(command[0], command)).start()  # noqa: S606 (our own)


def _listens() -> tuple[str, int] | None:
    """Return the host, as it was given, and the port that `serve` listens on."""
    host, _, port = os.environ.get("ZHUANMA_LISTENS", "").rpartition(":")
    return (host, int(port)) if port else None


def _number_of(workers: int | None, *, several: bool) -> int:
    """Return how many workers to start: as many as were asked for, or one a core, at most 4."""
    if not several:  # granian can share no socket between them there
        if workers is not None and workers > 1:
            log.warning("one worker answers: on Windows there can be no more")
        return 1
    return workers or min(os.cpu_count() or 1, 4)


def _connections() -> int:
    """
    Return how many connections a worker may hold, and make it as many as the system lets us.

    By default granian stops accepting at 1 024 divided by the workers, and idle and slow
    ones count: a thousand telephones, or one attacker, would shut the door to all.
    """
    if sys.platform != "win32":  # which counts none
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _MOST_CONNECTIONS + _OTHER_FILES
        if soft not in (-1, resource.RLIM_INFINITY) and soft < wanted:
            soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            return max(soft - _OTHER_FILES, soft // 2)
    return _MOST_CONNECTIONS


def _waitress(
    settings: Settings, listener: socket.socket, address: str, workers: int | None
) -> None:
    from attribution.serving import one_process
    from attribution.web.application import create_app

    if settings.tls_certificate:
        raise Fault(Code.TLS_NEEDS_GRANIAN)
    if setting_up.is_due(settings.instance):
        from attribution.web.setup import create_setup_app

        settings = setting_up.begin(settings.instance)
        app = create_setup_app(settings.instance, settings, _start_again, _listens())
    else:
        app = create_app(settings, listens=_listens())
        background.start(app.extensions["zhuanma"])
    with _told(settings, address, renews=False) as told:

        def ready() -> None:
            told()
            print(f"serving on {address}", file=sys.stderr, flush=True)

        one_process.serve(
            app, listener, ready, threads=THREADS, drain_s=DRAIN_S,
            largest_body=app.config["MAX_CONTENT_LENGTH"],
        )
