"""The head of the public log, and how it continues an older one: for whoever keeps heads."""
import base64
import logging
import re

from flask import abort, request

from attribution.proof import merkle, publishing
from attribution.web import limits
from attribution.web.current import service
from attribution.web.public.common import pages
from qrgen.faults import Fault

log = logging.getLogger("attribution")

# Nothing between us and whoever asks may answer in our place, least of all with an older head.
_PLAIN = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}

_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)

Plain = tuple[str, int, dict[str, str]]


@pages.get("/log/checkpoint")
def checkpoint() -> Plain:
    """The signed head, as a C2SP note."""
    limits.count_proof()
    here = service()
    try:
        published = publishing.current(here.ledger, here.settings)
    except Fault as fault:
        log.error("log: no head is shown: %s", fault.cause)
        return "refused: the ledger does not continue what was published last\n", 503, _PLAIN
    if published is None:
        return "nothing is published yet\n", 404, _PLAIN
    return published.note, 200, _PLAIN


@pages.get("/log/consistency")
def consistency() -> Plain:
    """How the head of `new` leaves continues that of `old`: hashes in base64, one a line."""
    limits.count_proof()
    told = [request.args.get(name, "") for name in ("old", "new")]
    if not all(_NUMBER.fullmatch(text) for text in told):
        abort(400)
    try:
        proof = publishing.consistency(service().ledger, int(told[0]), int(told[1]))
    except merkle.BadProof:
        return "no such published head\n", 404, _PLAIN
    return "".join(f"{base64.b64encode(one).decode()}\n" for one in proof), 200, _PLAIN
