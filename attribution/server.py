"""
Serving: granian where it has a wheel, waitress elsewhere; never Flask's own server.

Granian parses HTTP in Rust and runs an event loop for each worker: scans wait in it
for their sync, all else is Flask's, in threads (`web.bridge`). Waitress runs Flask
alone, scans too. Each worker opens the service for itself,
because database connections must not cross a fork.

SIGTERM lets every request that was taken finish (its row is committed, its answer
sent) before the process ends; SIGHUP puts new workers in the place of the old ones.
"""
import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from attribution import create_app, create_asgi_app, logs, watch
from attribution.config import Settings, load_settings
from qrgen.shell import Fault

# For all but scans: enough for the claims that wait for one sync.
THREADS = 32

# Of a worker. A connection costs a file and some kilobytes.
_MOST_CONNECTIONS = 8192

# The ledger, uploads, posters, libraries.
_OTHER_FILES = 512

# A request waits at most twice `group_commit.WAIT_S`; then a worker that still
# does not end is stuck in the disk, and is killed.
DRAIN_S = 15


def serve(settings: Settings, host: str, port: int, workers: int | None) -> None:
    """Answer on *host*:*port* until told to stop."""
    if workers is not None and workers < 1:
        raise Fault("--workers must be at least 1", status=2)
    # The workers find the instance as this process did.
    os.environ.update(variables(settings.instance, settings))
    os.environ["ZHUANMA_LISTENS"] = f"{host}:{port}"
    # One folder a start: what an earlier one counted is over.
    folder = tempfile.mkdtemp(prefix="zhuanma-metrics-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    try:
        from granian.constants import HTTPModes, Interfaces
        from granian.log import LogLevels
        from granian.server import Server
    except ImportError:
        _waitress(settings, host, port)
        return
    server = Server(
        "attribution.server:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        # While it guesses which HTTP is spoken, a connection that never says a byte is kept
        # for ever; with HTTP/1 it ends as one that is silent in its headers does.
        http=HTTPModes.http1,
        websockets=False,  # such a request is answered as the page it asks for
        backpressure=_connections(),
        # More processes than cores never helped.
        workers=workers or min(os.cpu_count() or 1, 4),
        workers_kill_timeout=DRAIN_S,
        respawn_failed_workers=True,
        ssl_cert=settings.tls_certificate,
        ssl_key=settings.tls_key,
        log_access=False,
        # Its warnings are about choices made here on purpose (threads that wait
        # for the disk, no websockets); errors are about the world.
        log_level=LogLevels.error,
    )
    scheme = "https" if settings.tls_certificate else "http"

    @server.on_startup
    def told() -> None:
        print(f"serving on {scheme}://{host}:{port}", file=sys.stderr, flush=True)

    server.serve()


def variables(instance: Path, settings: Settings | None = None) -> dict[str, str]:
    """Return the environment by which `application` finds the instance in a worker."""
    settings = settings or load_settings(instance)
    return {
        "ZHUANMA_INSTANCE": str(instance.resolve()),
        "ZHUANMA_CAMPAIGN_FOLDER": str(settings.campaign_folder.resolve()),
        "ZHUANMA_PUBLIC_URL": settings.public_url,
    }


def application() -> Callable[..., Awaitable[None]]:
    """Return the ASGI application of this worker process."""
    logs.configure()
    settings = load_settings(
        Path(os.environ["ZHUANMA_INSTANCE"]), campaign=os.environ["ZHUANMA_CAMPAIGN_FOLDER"]
    )
    host, _, port = os.environ.get("ZHUANMA_LISTENS", "").rpartition(":")
    made = create_asgi_app(settings, THREADS, (host, int(port)) if port else None)
    watch.start(made.app.extensions["zhuanma"])
    return made


def _connections() -> int:
    """
    Return how many connections a worker may hold, and make it as many as the system lets us.

    By default granian stops accepting at 1 024 divided by the workers, and idle and slow
    ones count: a thousand telephones, or one attacker, would shut the door to all.
    """
    try:
        import resource
    except ImportError:  # Windows
        return _MOST_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS + _OTHER_FILES
    if soft not in (-1, resource.RLIM_INFINITY) and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return max(soft - _OTHER_FILES, soft // 2)
    return _MOST_CONNECTIONS


def _waitress(settings: Settings, host: str, port: int) -> None:
    import waitress

    if settings.tls_certificate:
        raise Fault(
            "this system has no granian, and waitress speaks no TLS",
            "take tls_certificate out of config.toml and put a web server in front",
        )
    logs.configure()
    app = create_app(settings, listens=(host, port))
    watch.start(app.extensions["zhuanma"])
    server = waitress.create_server(
        app, host=host, port=port, threads=THREADS,
        # What proxies say is ours to believe or not (`web.proxies`); without it the scheme
        # behind one would be http, and the strict check of forms off.
        clear_untrusted_proxy_headers=False,
        connection_limit=1000, max_request_body_size=app.config["MAX_CONTENT_LENGTH"],
    )
    print(f"serving on http://{host}:{port}", file=sys.stderr, flush=True)
    server.run()
