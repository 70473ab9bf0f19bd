"""What the pages of setting up share: the blueprint, the draft, and who is let in."""
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from attribution.office import campaign_form
from attribution.office.campaign_form import Filled
from attribution.office.new_units import UnitsTable
from attribution.settings import Settings
from attribution.upkeep import setting_up
from attribution.upkeep.setting_up import Drafts, KeptDraft
from attribution.web.setup import words
from qrgen.campaign import Campaign, Unit
from qrgen.campaign_values import settings_of
from qrgen.faults import Said

pages = Blueprint("setup", __name__, url_prefix="/admin/setup")

# What a session keeps once the key was told.
INSIDE = "setup"

# Open without the key: where it is asked for.
_DOOR = frozenset({"setup.start", "setup.enter"})


@dataclass
class Setting:
    """
    All that setting one installation up has at hand.

    Args:
        renew: Puts workers that serve the new campaign in the place of this one.
        on_change: Called whenever the draft changed.
        busy: Held while something is published, so that it is done once.
        finished: There is a campaign; what asks here now waits for the new workers.
    """

    instance: Path
    settings: Settings
    drafts: Drafts
    renew: Callable[[], None]
    on_change: Callable[[], None] = lambda: None
    busy: threading.Lock = field(default_factory=threading.Lock)
    finished: bool = False

    def filled(self, draft: KeptDraft | None = None, *, lenient: bool = False) -> Filled:
        """Return what the draft's form comes to."""
        draft = draft or self.drafts.read()
        table = UnitsTable.of(draft.table)
        made = campaign_form.read(
            draft.form, table.understood() if table else None, self.drafts.folder, lenient=lenient
        )
        for one in (table.problems if table else ())[:1]:
            made.wrong["table"] = one
        return made

    def units(self, draft: KeptDraft | None = None) -> Sequence[Unit]:
        """Return the units of the draft's table, as far as they are."""
        table = UnitsTable.of((draft or self.drafts.read()).table)
        return () if table is None else table.understood().units

    def campaign(self) -> Campaign:
        """Return the draft as a campaign that can be looked at, whatever it lacks."""
        filled = self.filled(lenient=True)
        return settings_of(filled.values, []).campaign(list(self.units()), self.drafts.folder)


def setting() -> Setting:
    """Return what the current application sets up."""
    found = current_app.extensions["zhuanma.setup"]
    assert isinstance(found, Setting)
    return found


def is_inside() -> bool:
    """Whether this browser told the key."""
    here = setting()
    return not here.finished and session.get(INSIDE) == setting_up.mark_of(here.instance)


@pages.before_request
def let_in() -> BaseResponse | Response | tuple[str, int] | None:
    """Ask for the key, and see that a form is one of ours."""
    here = setting()
    if here.finished:
        return starting()  # until other workers answer
    current_app.extensions["csrf"].protect()
    if request.endpoint in _DOOR or is_inside():
        published = here.drafts.slips() is not None
        if published and is_inside() and request.endpoint not in ("setup.slip", "setup.handed"):
            return redirect(url_for("setup.slip"))
        return None
    return redirect(url_for("setup.start"))


def starting() -> Response:
    """Return the page that waits for the workers that serve the new campaign."""
    page = render_template("setup/starting.html")
    return Response(page, 200, {"Refresh": f"2; url={url_for('admin.sign_in')}"})


@pages.context_processor
def common() -> dict[str, Any]:
    """What every page here may name."""
    return {"inside": is_inside(), "step": request.endpoint, "say": say}


def say(wrong: str | Said) -> str:
    """Return what is wrong in the words of these pages."""
    if isinstance(wrong, Said):
        return words.plain(wrong)
    return words.WRONG[wrong]


def typed() -> dict[str, str]:
    """Return the form that was sent, without what is none of its fields."""
    return {
        name: value.strip() for name, value in request.form.items()
        if re.fullmatch(r"[a-z_0-9.]{1,40}", name) and name != "csrf_token"
    }
