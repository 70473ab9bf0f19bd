"""
What may stand in a campaign and still is worth a word from ``qrgen check``.

Advice stops nothing: a service goes on with the campaign it has, for a release of ours must not
take a county's page off the air because of what its paper says.
"""
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from qrgen.campaign import Problem, Unit
from qrgen.fault_codes import Code
from qrgen.settings_file import Settings
from qrgen.setup.banks import alike, bank_in
from qrgen.setup.near import near_names


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


def near_units(units: Sequence[Unit]) -> Iterator[Problem]:
    """Yield areas that may be one, written in two ways, and banks that are called by two names."""
    areas = {unit.name: unit for unit in units if unit.kind == "area" and unit.state == "active"}
    for one, other in near_names(list(areas)):
        lines = sorted((areas[one].line_no, areas[other].line_no))
        yield Problem(Code.NAMES_NEAR, "units.csv", lines[0], lines=lines)
    banks = {unit.name: unit for unit in units if unit.kind == "bank" and unit.state == "active"}
    called: dict[str, set[int]] = defaultdict(set)
    for name, unit in banks.items():
        found = bank_in(name)
        called[found[0] if found else name].add(unit.line_no)
    for one, other in alike(banks):
        called[other] |= {banks[one].line_no, banks[other].line_no}
    for lines in map(sorted, called.values()):
        if len(lines) > 1:
            yield Problem(Code.BANKS_NEAR, "units.csv", lines[0], lines=lines)
