"""
What must hold between the parts of a campaign: ids, names, sums, links, words.

Each rule is one function that yields problems, so that one broken rule hides no other.
"""
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from qrgen.breaks import text_width
from qrgen.campaign import KINDS, Campaign, Problem, Unit
from qrgen.fonts import glyph_check
from qrgen.own_rules import OWN_RULES
from qrgen.settings_file import Settings, default_texts
from qrgen.shapes import id_or_shape, shape_of

_TOML = "campaign.toml"
_CSV = "units.csv"

Rule = Callable[[Campaign, Settings], Iterator[Problem]]


def check_all(campaign: Campaign, settings: Settings, problems: list[Problem]) -> None:
    """Add every breach of every rule to *problems*."""
    for rule in _RULES:
        problems.extend(rule(campaign, settings))


def _times_in_order(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    if campaign.start >= campaign.end:
        yield _toml(settings, "end", "the campaign ends before it begins", "swap start and end")
    if campaign.mark_time >= campaign.end:
        yield _toml(
            settings,
            "mark_time",
            "mark_time lies after the end, so nobody could be new",
            "as a rule it equals start",
        )
    if campaign.settle_end < campaign.end:
        yield _toml(
            settings,
            "settle_end",
            "settle_end lies before the end",
            "give the last users some days after the end",
        )


def _ids_and_names_unique(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    ids: dict[str, int] = {}
    words: dict[str, Unit] = {}
    for unit in campaign.units:
        if unit.id and (first := ids.setdefault(unit.id, unit.line_no)) != unit.line_no:
            yield _csv(
                unit,
                f"id {id_or_shape(unit.id)} is already used on line {first}",
                "ids are printed on paper, so they are never reused: take the next free one",
            )
        if not unit.name:
            yield _csv(unit, "the name is empty", "write the name as it should be printed")
        for word in filter(None, (unit.name, *unit.aliases)):
            other = words.setdefault(word, unit)
            if other is not unit:
                yield _csv(
                    unit,
                    f"{'the name' if word == unit.name else 'an alias'} already names the unit on "
                    f"line {other.line_no}",
                    "delete one of the two rows, or give them different names",
                )


def _official_codes(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    prefix = settings.expect.get("official_code_prefix", "")
    seen: dict[str, int] = {}
    for unit in campaign.units:
        code = unit.official_code
        if code is None:
            continue
        if unit.kind != "area":
            yield _csv(unit, f"a {unit.kind} has no official code", "empty the cell")
        elif not code.startswith(prefix):
            yield _csv(
                unit,
                "the official code does not begin with "
                f"{prefix if re.fullmatch('[0-9]{1,6}', prefix) else shape_of(prefix)}",
                "correct it, or change expect.official_code_prefix in campaign.toml",
            )
        first = seen.setdefault(code, unit.line_no)
        if first != unit.line_no:
            yield _csv(unit, f"the official code is already on line {first}", "correct one")


def _lines_point_somewhere(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    kinds = {unit.id: unit.kind for unit in campaign.units}
    pairs: dict[tuple[str | None, str | None], int] = {}
    for unit in campaign.units:
        if unit.kind != "line":
            for column in ("area", "bank", "branch"):
                if getattr(unit, column):
                    article = "an" if unit.kind == "area" else "a"
                    yield _csv(unit, f"{article} {unit.kind} has no {column}", "empty the cell")
            continue
        for column, value in (("area", unit.area), ("bank", unit.bank)):
            if value is None:
                yield _csv(unit, f"the {column} is empty", f"write the id of the {column}")
            elif kinds.get(value) != column:
                yield _csv(
                    unit,
                    f"{column} {id_or_shape(value)} is no {column} in this file",
                    f"write the id or the name of a row whose kind is {column}",
                )
        if unit.branch is None:
            yield _csv(unit, "the branch is empty", "write the branch as it should be printed")
        first = pairs.setdefault((unit.area, unit.branch), unit.line_no)
        if first != unit.line_no:
            yield _csv(
                unit,
                f"this area and branch are already on line {first}",
                "delete one of the two rows",
            )


def _counts_as_expected(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    for kind in KINDS:
        wanted = settings.expect.get(f"{kind}s")
        found = sum(unit.kind == kind for unit in campaign.units)
        if wanted is not None and wanted != found:
            yield _toml(
                settings,
                f"expect.{kind}s",
                f"{_number(wanted)} {kind}s are expected, units.csv has {found}",
                "add or delete rows in units.csv, or correct the number here",
            )


def _sums_as_expected(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    wanted = settings.expect.get("target_sum")
    for kind in ("area", "line"):
        found = sum(unit.target or 0 for unit in campaign.units if unit.kind == kind)
        if wanted is not None and wanted != found:
            yield _toml(
                settings,
                "expect.target_sum",
                f"the targets of the {kind}s add up to {found}, expected are {_number(wanted)}",
                "correct the targets in units.csv, or the number here",
            )


def _lines_add_up(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    if not settings.expect.get("lines_add_up"):
        return
    sums: dict[str, int] = defaultdict(int)
    for unit in campaign.units:
        if unit.kind == "line" and unit.area:
            sums[unit.area] += unit.target or 0
    for unit in campaign.units:
        if unit.kind == "area" and unit.target is not None and sums[unit.id] != unit.target:
            yield _csv(
                unit,
                f"the target is {unit.target}, its lines add up to {sums[unit.id]}",
                "correct the target of the area or of one of its lines",
            )


def _forbidden_banks(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    for word in settings.expect.get("forbidden_banks", []):
        for unit in campaign.units:
            if word in " ".join((unit.name, unit.branch or "", *unit.aliases)):
                yield _csv(
                    unit,
                    f"{word} takes no part in this campaign",
                    "delete the row (see expect.forbidden_banks in campaign.toml)",
                )


def _forbidden_words(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    for word in settings.expect.get("forbidden_words", []):
        remedy = "say it as an offer: nobody is pressed or paid"
        for key, text in campaign.texts.items():
            if word in text:
                yield _toml(settings, f"texts.{key}", f"texts.{key} says {word!r}", remedy)
        if word in campaign.short_title:
            yield _toml(settings, "short_title", f"short_title says {word!r}", remedy)
        for unit in campaign.units:
            if word in unit.name + (unit.sector or ""):
                yield _csv(unit, f"the poster would say {word!r}", remedy)


def _texts_fit(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    """Templates make a long text small; twice as long as ours it would be too small to read."""
    ours = default_texts()
    lines = {
        f"texts.{key}": (text, max(12.0, 2 * text_width(ours[key])))
        for key, text in campaign.texts.items()
    }
    for where, (text, most) in {**lines, "hotline": (campaign.hotline or "", 30.0)}.items():
        if not text.replace("　", " ").isprintable():
            said = f"{where} holds a line break or the like"
            yield _toml(settings, where, said, "write it on one line")
        elif text_width(text) > most:
            yield _toml(
                settings, where,
                f"{where} is {text_width(text):.0f} letters wide, printed matter has room for "
                f"{most:.0f}", "say it shorter; two Latin letters count as one",
            )


def _links_allowed(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    for host in campaign.allowed_hosts:
        if not re.fullmatch(r"[a-z0-9][a-z0-9.\-]*", host):
            yield _toml(
                settings,
                "allowed_hosts",
                f"allowed_hosts holds no host name, but {shape_of(host)}",
                "write the host alone, in lower case, without https://",
            )
    for key, link in campaign.links.items():
        if wrong := _wrong_address(link.url, campaign):
            yield _toml(settings, f"links.{key}.url", f"links.{key}.url {wrong[0]}", wrong[1])
    for unit in campaign.units:
        if unit.link is None:
            if "redirect" in (unit.mode, campaign.mode) and unit.mode != "page":
                yield _csv(
                    unit,
                    "this unit redirects, but it has no link",
                    "fill in the link, or write page in the mode column",
                )
        elif unit.link not in campaign.links and (wrong := _wrong_address(unit.link, campaign)):
            yield _csv(unit, f"link {wrong[0]}", wrong[1])


def _wrong_address(url: str, campaign: Campaign) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme != "https" or not host or "@" in parts.netloc or not url.isascii():
        return f"is no https address, but {shape_of(url)}", "write it in full: https://…"
    if host not in campaign.allowed_hosts:
        return "leads to a host which is not allowed", "add its host to allowed_hosts"
    return None


def _finance_points_lead_somewhere(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    for unit in campaign.units:
        if unit.purpose == "finance" and (unit.link is None or unit.mode != "redirect"):
            yield _csv(
                unit,
                "a finance survey point leads to the finance platform, not to our page",
                "write redirect as its mode, and the platform as its link",
            )


def _printable(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    remedy = "correct the letter, or put a font that has it into fonts/ of this folder"
    printed = {
        "short_title": campaign.short_title,
        "document": campaign.document,
        "issuer": campaign.issuer,
        "hotline": campaign.hotline or "",
        **{f"texts.{key}": text for key, text in campaign.texts.items()},
    }
    missing_glyphs = glyph_check(campaign.folder)
    for key, text in printed.items():
        if missing := missing_glyphs(text):
            shown = ", ".join(f"{letter} (U+{ord(letter):04X})" for letter in missing)
            yield _toml(settings, key, f"{key} has letters no font can print: {shown}", remedy)
    for unit in campaign.units:
        words = "".join((unit.name, unit.branch or "", unit.sector or ""))
        if missing := missing_glyphs(words):
            shown = ", ".join(f"{letter} (U+{ord(letter):04X})" for letter in missing)
            yield _csv(unit, f"the name has letters no font can print: {shown}", remedy)
        if not words.isprintable():
            yield _csv(
                unit,
                "the name, branch or sector holds a line break or an odd blank inside",
                "delete it: the poster finds its own lines",
            )
        if re.search("[?\ufffd]", words):
            yield _csv(
                unit,
                "the name, branch or sector holds a letter that was lost in saving",
                "type it again and save as 'CSV UTF-8', not as plain CSV",
            )


def _number(count: int) -> str:
    """Return *count*, unless it is none: a telephone number in the place of a sum."""
    return str(count) if abs(count) < 10_000_000 else shape_of(str(count))


def _toml(settings: Settings, key: str, cause: str, remedy: str) -> Problem:
    return Problem(_TOML, settings.line(key), cause, remedy)


def _csv(unit: Unit, cause: str, remedy: str) -> Problem:
    return Problem(_CSV, unit.line_no, cause, remedy)


_RULES: tuple[Rule, ...] = (
    _times_in_order,
    _ids_and_names_unique,
    _official_codes,
    _lines_point_somewhere,
    _counts_as_expected,
    _sums_as_expected,
    _lines_add_up,
    _forbidden_banks,
    _forbidden_words,
    _links_allowed,
    _printable,
    _texts_fit,
    *OWN_RULES,
    _finance_points_lead_somewhere,
)
