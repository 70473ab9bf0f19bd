"""
Everything a worker needs before it answers, tried by somebody who serves nobody yet.

A slip in the settings must be found while the old workers still answer: a new worker
that dies of it takes the service with it. So a start, a reload and `attribution reload`
all ask here first.
"""
import ssl
from pathlib import Path

from attribution.faults import Code
from attribution.service import open_service
from attribution.serving import json_logs
from attribution.settings import Settings
from qrgen.faults import Fault


def preflight(settings: Settings) -> None:
    """
    Load what a worker with *settings* loads: certificate, campaign, keys, database, pages.

    Nothing is written: terms of a campaign that is not served yet are nobody's.

    Raises:
        Fault: a worker could not start. Cause and hint are for whoever runs the service.
    """
    check_tls(settings.tls_certificate, settings.tls_key)
    # Here and not above: commands load this, and need no web framework.
    from attribution.web import application

    try:
        service = open_service(settings, trial=True)
        try:
            application.create_app(settings, service)
        finally:
            service.close()
    except Fault:
        raise
    except Exception as error:  # ours or a library's; a worker would die of it as well
        raise unforeseen(error) from error


def check_tls(certificate: Path | None, key: Path | None) -> None:
    """Raise a Fault unless *certificate* and *key* can be served, or are not asked for."""
    if certificate is None or key is None:
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Without the password it would ask the terminal, and a service wait for an answer.
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        reason = (error.reason or "not in PEM form").replace("_", " ").lower()
        raise Fault(Code.TLS_UNUSABLE, reason=reason) from None
    except OSError as error:
        raise Fault(
            Code.TLS_UNREADABLE, reason=error.strerror, certificate=certificate, key=key
        ) from None


def unforeseen(error: BaseException) -> Fault:
    """Return *error*, which nobody foresaw, as a fault; no number of anybody is in it."""
    if isinstance(error, OSError) and error.filename is not None:
        return Fault(Code.UNFORESEEN_FILE, file=error.filename, reason=error.strerror)
    return Fault(
        Code.UNFORESEEN, kind=type(error).__name__, text=json_logs.redacted(str(error))
    )
