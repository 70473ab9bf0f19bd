"""
What may stand in a campaign and still is worth a word from ``qrgen check``.

Advice stops nothing: a service goes on with the campaign it has, for a release of ours must not
take a county's page off the air because of what its paper says.
"""
import re
from collections.abc import Iterator

from qrgen.campaign import Problem
from qrgen.fault_codes import Code
from qrgen.settings_file import Settings


def advice_on(settings: Settings) -> Iterator[Problem]:
    """Yield what of *settings* is worth a word."""
    yield from old_steps(settings)
    if not settings.values["hotline"]:
        # Who is asked for a number must be told whom to ask in turn (PIPL 17).
        yield Problem(Code.NOBODY_TO_RING, "campaign.toml", settings.line("hotline"))


# What a step's own words must speak of, to be that step: paper once began with the download, and
# whoever followed it was never registered with the unit. And what they must not.
_STEPS = {
    "step_1": ("登记|扫码", "下载"),
    "step_1_note": ("", "下载|应用商店"),
    "step_2": ("注册", ""),
    "step_3": ("卡", ""),
    "step_4": ("付|支付|消费", ""),
}


def old_steps(settings: Settings) -> Iterator[Problem]:
    """Yield the campaign's own texts that number the four steps otherwise than we do."""
    for key, (must, must_not) in _STEPS.items():
        full = f"texts.{key}"
        text = settings.texts[key]
        if full not in settings.lines:
            continue
        if not re.search(must, text) or (must_not and re.search(must_not, text)):
            yield Problem(Code.OLD_STEP, "campaign.toml", settings.line(full), key=full)
