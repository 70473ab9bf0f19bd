"""Publishing: what it fixes for good, the instance made, its first people's slips."""
import logging
import secrets
import shutil
from pathlib import Path

from flask import Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from attribution.deeds import Actor
from attribution.office.first_people import Slip
from attribution.rule import instants
from attribution.upkeep import new_instance, setting_up
from attribution.web.setup.common import Setting, pages, say, setting, starting
from attribution.web.setup.words import LABELS
from qrgen.campaign_stamp import STAMP
from qrgen.campaign_writer import folder_files, write_folder
from qrgen.faults import Fault

log = logging.getLogger("attribution")

# Who makes an instance, in its audit log: as `attribution init` does.
BY = Actor("init", door="browser")


@pages.get("/publish")
def sum_up() -> str:
    """Say what publishing fixes for good, and what is in its way."""
    return _page()


@pages.post("/publish")
def publish() -> BaseResponse | Response | tuple[str, int]:
    """Make the instance of the draft."""
    here = setting()
    filled, units = here.filled(), here.units()
    if filled.wrong or not units or request.form.get("sure") != "yes":
        return _page(unsure=request.form.get("sure") != "yes"), 400
    draft = here.drafts.read()
    pictures = {}
    if logo := draft.form.get("logo"):
        pictures[logo] = (here.drafts.folder / logo).read_bytes()
    files = folder_files(filled.values, units, (), pictures, filled.values["id"], 0)
    del files[STAMP]  # of a revision that there is not yet
    folder = here.instance / setting_up.FOLDER / f"made-{secrets.token_hex(4)}"
    write_folder(folder, files)
    return _make(here, str(folder), filled.address)


@pages.post("/sample")
def sample() -> BaseResponse | Response | tuple[str, int]:
    """Make a demonstration of the packaged campaign, to look at."""
    here = setting()
    address = setting_up.told_address(here.instance) or request.host_url.rstrip("/")
    return _make(here, None, address)


def _make(
    here: Setting, campaign: str | None, address: str
) -> BaseResponse | Response | tuple[str, int]:
    with here.busy:
        if here.drafts.slips() is not None:
            return redirect(url_for("setup.slip"))  # two pressed at once
        setting_up.keep_address(here.instance, address)
        try:
            made = new_instance.initialise(
                here.instance, instants.now(), campaign=campaign, demo=campaign is None,
                public_url=address, admin="admin", by=BY,
            )
        except Fault as fault:
            # What is there already stays, and publishing again goes on from it.
            log.error("setting up: %s", fault.cause)
            told = [one.shown() for one in fault.more] or [fault.shown()]
            return _page(told=told), 400
        slips = list(made.slips)
        if made.admin and made.password:
            slips.append(Slip(made.admin, "office", made.password))
        here.drafts.keep_slips(slips)
        if campaign:
            shutil.rmtree(Path(campaign), ignore_errors=True)
    return redirect(url_for("setup.slip"))


@pages.get("/slip")
def slip() -> str:
    """Show the next slip: one person's, on a page of its own."""
    here = setting()
    slips = here.drafts.slips()
    if slips is None:
        abort(404)
    campaign_title = here.drafts.read().form.get("short_title", "")
    return render_template(
        "setup/slip.html", slip=slips[0] if slips else None, left=len(slips),
        title=campaign_title, address=request.host_url.rstrip("/"),
        hotline=here.drafts.read().form.get("hotline", ""),
    )


@pages.post("/slip")
def handed() -> BaseResponse | Response:
    """Forget the slip that was printed; after the last one, let the service begin."""
    here = setting()
    if here.drafts.slips() is None:
        abort(404)
    here.drafts.drop_slip(request.form.get("name", ""))
    if here.drafts.slips():
        return redirect(url_for("setup.slip"))
    with here.busy:
        if not here.finished:
            here.finished = True
            setting_up.end(here.instance)
            here.renew()
    return starting()


def _page(*, unsure: bool = False, told: list[str] | None = None) -> str:
    here = setting()
    filled, units = here.filled(), here.units()
    kinds = {
        kind: [unit for unit in units if unit.kind == kind]
        for kind in ("area", "line", "department", "bank")
    }
    order = [*LABELS]
    wrong = sorted(
        ((name, LABELS.get(name, ""), say(one)) for name, one in filled.wrong.items()),
        key=lambda one: order.index(one[0]) if one[0] in order else len(order),
    )
    return render_template(
        "setup/publish.html", wrong=wrong, kinds=kinds, address=filled.address, unsure=unsure,
        told=told or [], values=filled.values, total=sum(u.target or 0 for u in kinds["area"]),
        form=here.drafts.read().form,
    )
