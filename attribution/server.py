"""
Serving: granian where it has a wheel, waitress elsewhere; never Flask's own server.

Granian parses HTTP in Rust and runs the application in blocking threads, which
suits a service whose requests wait for the disk (findings: 7.5k/s a worker
against 2.1k for gunicorn's threads). Each worker opens the service for itself,
because database connections must not cross a fork.
"""
import os
import sys

from flask import Flask

from attribution import create_app
from attribution.config import Settings, load_settings
from qrgen.shell import Fault

# Enough for the requests that wait for one sync; more only cost memory.
THREADS = 32


def serve(settings: Settings, host: str, port: int, workers: int | None) -> None:
    """Answer on *host*:*port* until told to stop."""
    if workers is not None and workers < 1:
        raise Fault("--workers must be at least 1", status=2)
    # The workers find the instance as this process did.
    os.environ["ZHUANMA_INSTANCE"] = str(settings.instance.resolve())
    os.environ["ZHUANMA_CAMPAIGN_FOLDER"] = str(settings.campaign_folder.resolve())
    os.environ["ZHUANMA_PUBLIC_URL"] = settings.public_url
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
        interface=Interfaces.WSGI,
        workers=workers or min(os.cpu_count() or 1, 4),
        blocking_threads=THREADS,
        log_access=False,
        # Its warnings are about choices made here on purpose (threads that wait
        # for the disk, no websockets); errors are about the world.
        log_level=LogLevels.error,
    )

    @server.on_startup
    def told() -> None:
        print(f"serving on http://{host}:{port}", file=sys.stderr, flush=True)

    server.serve()


def application() -> Flask:
    """Return the application of this worker process."""
    from pathlib import Path

    return create_app(
        load_settings(
            Path(os.environ["ZHUANMA_INSTANCE"]), campaign=os.environ["ZHUANMA_CAMPAIGN_FOLDER"]
        )
    )


def _waitress(settings: Settings, host: str, port: int) -> None:
    import waitress

    server = waitress.create_server(create_app(settings), host=host, port=port, threads=THREADS)
    print(f"serving on http://{host}:{port}", file=sys.stderr, flush=True)
    server.run()
