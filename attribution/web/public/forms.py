"""The form again, at an address: after a slip, for another number, or to come back to."""
import re

from flask import render_template, request

from attribution.resident import claims
from attribution.rule import instants
from attribution.web.current import PageAndStatus, service
from attribution.web.public import common, kept
from attribution.web.public.common import pages, phone_help
from attribution.web.public.landing import ended_page, is_running, landing_page

_DIGITS = re.compile(r"phone([0-9]{1,2})")


@pages.get("/form/<token>")
def form(token: str) -> PageAndStatus | str:
    """
    Show the form that was handed out; no scan, and with what was typed a moment ago.

    Not once a claim came of it: who goes back is not asked again.
    """
    here = service()
    now = instants.now()
    handed = here.forms.read(token, now)
    opened = here.scans.check(handed.code, now)
    if not is_running(here, now):
        return ended_page(here, opened, now, common.client()), 410
    if claims.is_spent(here.store, handed):
        made = [one for one in kept.made() if one.unit == opened.unit.id]
        return render_template(
            "public/used_form.html", opened=opened, signed=here.scans.sign(opened.code),
            steps=here.links.steps(made[-1].claim) if made else "",
        )
    typed = kept.typed() or kept.Typed()
    return landing_page(
        opened, token, problem_of(request.args.get("why", "")), client=common.client(),
        at_form=True, typed=typed,
    )


def problem_of(why: str) -> str:
    """Return the words for the slip *why*, as the address names it; '' for none."""
    digits = _DIGITS.fullmatch(why)
    if digits:
        return phone_help(int(digits[1]))
    return {
        "consent": "请先看懂并勾选同意。不想登记，可以直接看下载方法。",
    }.get(why, "")


