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

# A request waits at most twice `group_commit.WAIT_S`; then a worker that still
# does not end is stuck in the disk, and is killed.
DRAIN_S = 15


def serve(settings: Settings, host: str, port: int, workers: int | None) -> None:
    """Answer on *host*:*port* until told to stop."""
    if workers is not None and workers < 1:
        raise Fault("--workers must be at least 1", status=2)
    # The workers find the instance as this process did.
    os.environ.update(variables(settings.instance, settings))
    # One folder a start: what an earlier one counted is over.
    folder = tempfile.mkdtemp(prefix="zhuanma-metrics-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    try:
        from granian.constants import Interfaces
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
    made = create_asgi_app(settings, THREADS)
    watch.start(made.app.extensions["zhuanma"])
    return made


def _waitress(settings: Settings, host: str, port: int) -> None:
    import waitress

    if settings.tls_certificate:
        raise Fault(
            "this system has no granian, and waitress speaks no TLS",
            "take tls_certificate out of config.toml and put a web server in front",
        )
    logs.configure()
    app = create_app(settings)
    watch.start(app.extensions["zhuanma"])
    server = waitress.create_server(app, host=host, port=port, threads=THREADS)
    print(f"serving on http://{host}:{port}", file=sys.stderr, flush=True)
    server.run()
