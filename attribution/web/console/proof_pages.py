"""What leaves the house as proof: the log's head, a unit's bundle, and the sheet with the key."""
import io

import qrcode
from flask import Response, abort, render_template, request
from qrcode.image.svg import SvgPathImage

from attribution.faults import Code
from attribution.proof import bundle, given_out, heads, log_keys, publishing
from attribution.proof.bundle import SignedHead
from attribution.proof.log_keys import LogKeys
from attribution.proof.signed_notes import BadNote, Checkpoint
from attribution.rule import instants
from attribution.rule.instants import local_text
from attribution.web.console import access
from attribution.web.console.access import allow, pages
from attribution.web.current import service
from qrgen.faults import Fault

# Of a note that was pasted; a dozen witnesses' lines fit.
_MOST = 4000


@pages.get("/proof", endpoint="proof")
@allow(*access.EVERYBODY)
def proof_page() -> str:
    """Show the head that others see, and offer one's own units' bundles."""
    here, seen = service(), access.visible()
    note, _ = access.published()
    keys = log_keys.read(here.settings.instance)
    units = [
        unit for unit in access.snapshot().units.values()
        if (seen is None or unit.id in seen) and access.may("admin.bundle")
    ]
    return render_template(
        "admin/proof.html", note=note, head=bundle.head_of(note) if note else None,
        units=units, keys=keys is not None, address=here.settings.public_url,
    )


@pages.get("/proof/<id>.json", endpoint="bundle")
@allow("office", "checker", "area", "department", "bank")
def unit_bundle(id: str) -> Response:
    """Send the bundle of a unit under the head that others see; entered like any download."""
    unit = access.unit_or_404(id)
    if request.method == "HEAD":
        return Response(content_type="application/json")  # nothing is handed out
    here, now = service(), instants.now()
    keys = log_keys.read(here.settings.instance)
    if keys is None:
        raise Fault(Code.LOG_KEY_MISSING)
    kept = _kept(keys)
    heads.seal_now(here.ledger, here.settings, now)
    found = publishing.keep_up(here.ledger, here.settings, now)
    if found is None:
        raise Fault(Code.LOG_NOT_BEGUN)
    head = SignedHead(found.checkpoint, found.note)
    content, rows = bundle.bundle(here.ledger, unit.id, head, kept)
    number = given_out.give_whole(here.ledger, access.actor(), now, given_out.Whole(
        f"bundle-{unit.id}.json", content, rows, {"unit": unit.id}
    ))
    stamp = local_text(now)[:10].replace("-", "")
    return Response(content, content_type="application/json", headers={
        "Content-Disposition": f'attachment; filename="bundle-{unit.id}-{stamp}-E{number:06}.json"',
        "X-Export-Number": f"E{number:06}",
    })


@pages.get("/proof/keys", endpoint="key_sheet")
@allow(*access.EVERYBODY)
def key_sheet() -> str:
    """Show the sheet that is printed, signed and handed to whoever keeps heads."""
    here = service()
    keys = log_keys.read(here.settings.instance)
    if keys is None:
        abort(404)
    newest = keys.vkeys(here.campaign.id)[-1]
    return render_template(
        "admin/key_sheet.html", vkey=newest, fingerprint=log_keys.fingerprint(newest),
        symbol=_symbol(newest), origin=keys.origin(here.campaign.id),
        before=[
            (told, key.until) for told, key in
            zip(keys.vkeys(here.campaign.id), keys.keys, strict=True) if key.until is not None
        ],
        address=here.settings.public_url, hotline=here.campaign.hotline or "",
    )


def _kept(keys: LogKeys) -> list[Checkpoint]:
    """Return the checkpoint that was pasted, if one was."""
    told = request.args.get("kept", "")[:_MOST].replace("\r\n", "\n").strip()
    if not told:
        return []
    try:
        return [bundle.kept_checkpoint(
            f"{told}\n", keys.verifiers(service().campaign.id)
        )]
    except BadNote:
        raise Fault(Code.AGAINST_UNREADABLE, status=2, file="贴上的检查点") from None


def _symbol(text: str) -> str:
    """Return *text* as a QR code, so that nobody has to type a key."""
    made = qrcode.make(text, image_factory=SvgPathImage, box_size=12, border=4)
    buffer = io.BytesIO()
    made.save(buffer)
    svg = buffer.getvalue().decode()
    return svg[svg.index("<svg"):]
