"""
What must hold between the parts of a campaign: ids, names, sums, links, words.

Each rule is one function that yields problems, so that one broken rule hides no other.
"""
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from qrgen.breaks import text_width
from qrgen.campaign import KINDS, Campaign, Problem, Unit
from qrgen.fault_codes import Code, UnitWord
from qrgen.faults import FaultCode, Said
from qrgen.fonts import glyph_check
from qrgen.own_rules import OWN_RULES
from qrgen.settings_file import Settings, default_texts
from qrgen.shapes import Shape, id_or_shape, shape_of, with_points

_TOML = "campaign.toml"
_CSV = "units.csv"

Rule = Callable[[Campaign, Settings], Iterator[Problem]]


def check_all(campaign: Campaign, settings: Settings, problems: list[Problem]) -> None:
    """
    Add every breach of every rule to *problems*.

    A table that could not be read at all is among them already; that its units are not there
    then is said by no rule of how many they are to be.
    """
    unread = not campaign.units and any(problem.file == _CSV for problem in problems)
    for rule in _RULES:
        if not (unread and rule in _COUNTING):
            problems.extend(rule(campaign, settings))


def _times_in_order(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    if not {"start", "end", "mark_time", "settle_end"}.isdisjoint(settings.wrong):
        return  # told there; what is compared with it would be told for nothing
    if campaign.start >= campaign.end:
        yield _toml(settings, "end", Code.ENDS_FIRST)
    if campaign.mark_time >= campaign.end:
        yield _toml(settings, "mark_time", Code.MARK_AFTER_END)
    if campaign.settle_end < campaign.end:
        yield _toml(settings, "settle_end", Code.SETTLES_BEFORE_END)


def _ids_and_names_unique(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    ids: dict[str, int] = {}
    words: dict[str, Unit] = {}
    for unit in campaign.units:
        if unit.id and (first := ids.setdefault(unit.id, unit.line_no)) != unit.line_no:
            yield _csv(unit, Code.ID_TWICE, id=id_or_shape(unit.id), first=first)
        if not unit.name:
            yield _csv(unit, Code.NAME_EMPTY)
        for word in filter(None, (unit.name, *unit.aliases)):
            other = words.setdefault(word, unit)
            if other is not unit:
                yield _csv(
                    unit, Code.NAME_TWICE if word == unit.name else Code.ALIAS_TWICE,
                    first=other.line_no,
                )


def _official_codes(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    prefix = settings.expect.get("official_code_prefix", "")
    seen: dict[str, int] = {}
    for unit in campaign.units:
        code = unit.official_code
        if code is None:
            continue
        if unit.kind != "area":
            yield _csv(unit, Code.CODE_OF_NONE, kind=UnitWord(unit.kind))
        elif not code.startswith(prefix):
            shown = prefix if re.fullmatch("[0-9]{1,6}", prefix) else shape_of(prefix)
            yield _csv(unit, Code.CODE_PREFIX, prefix=shown)
        first = seen.setdefault(code, unit.line_no)
        if first != unit.line_no:
            yield _csv(unit, Code.CODE_TWICE, first=first)


_OF_LINES = ("area", "bank", "branch")


def _lines_point_somewhere(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    kinds = {unit.id: unit.kind for unit in campaign.units}
    pairs: dict[tuple[str | None, str | None], int] = {}
    lines = [unit for unit in campaign.units if unit.kind == "line"]
    # A column that is missing as a whole is one problem, and not one for each line.
    lacking = [name for name in _OF_LINES if all(getattr(unit, name) is None for unit in lines)]
    unknown = [name for name in ("area", "bank") if name not in kinds.values()]
    told: set[str] = set()
    for unit in campaign.units:
        if unit.is_point:
            yield from _point(unit, kinds)
            continue
        if unit.kind != "line":
            for column in _OF_LINES:
                if not getattr(unit, column):
                    continue
                if unit.kind == "area":
                    yield _csv(unit, Code.AREA_COLUMN, column=UnitWord(column))
                else:
                    kind = UnitWord(unit.kind)
                    yield _csv(unit, Code.UNIT_COLUMN, kind=kind, column=UnitWord(column))
            continue
        for column, value in (("area", unit.area), ("bank", unit.bank)):
            if column in told:
                continue
            if value is None:
                yield _csv(unit, Code.LINE_OF_NONE, kind=UnitWord(column))
            elif kinds.get(value) != column:
                named, kind = id_or_shape(value), UnitWord(column)
                yield _csv(unit, Code.LINE_OF_NO_UNIT, kind=kind, id=named)
            if column in lacking or column in unknown:
                told.add(column)
        if unit.branch is None and "branch" not in told:
            yield _csv(unit, Code.BRANCH_EMPTY)
            told.update({"branch"}.intersection(lacking))
        if not unit.area or not unit.branch:
            continue  # what stands nowhere stands not twice
        first = pairs.setdefault((unit.area, unit.branch), unit.line_no)
        if first != unit.line_no:
            yield _csv(unit, Code.LINE_TWICE, first=first)


def _point(unit: Unit, kinds: Mapping[str, str]) -> Iterator[Problem]:
    """Yield what is wrong with the place of a survey point; it may have an area, and a bank."""
    if unit.kind != "department":
        yield _csv(unit, Code.FINANCE_KIND)
        return
    if unit.branch:
        kind, told = UnitWord(unit.kind), UnitWord("branch")
        yield _csv(unit, Code.UNIT_COLUMN, kind=kind, column=told)
    for column, value in (("area", unit.area), ("bank", unit.bank)):
        if value is not None and kinds.get(value) != column:
            yield _csv(unit, Code.LINE_OF_NO_UNIT, kind=UnitWord(column), id=id_or_shape(value))


def _counts_as_expected(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    for kind in KINDS:
        wanted = settings.expect.get(f"{kind}s")
        found = sum(unit.kind == kind and not unit.is_point for unit in campaign.units)
        if wanted is not None and wanted != found:
            yield _toml(
                settings, f"expect.{kind}s", Code.COUNT_DIFFERS, kind=UnitWord(kind),
                wanted=_number(wanted), found=found,
            )


def _sums_as_expected(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    wanted = settings.expect.get("target_sum")
    for kind in ("area", "line"):
        found = sum(unit.target or 0 for unit in campaign.units if unit.kind == kind)
        if wanted is not None and wanted != found:
            yield _toml(
                settings, "expect.target_sum",
                Code.TARGETS_OF_AREAS if kind == "area" else Code.TARGETS_OF_LINES,
                found=found, wanted=_number(wanted),
            )


def _lines_add_up(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    if not settings.expect.get("lines_add_up"):
        return
    sums: dict[str, int] = defaultdict(int)
    for unit in campaign.units:
        if unit.kind == "line" and unit.area:
            sums[unit.area] += unit.target or 0
    for unit in campaign.units if sums else ():
        if unit.kind == "area" and unit.target is not None and sums[unit.id] != unit.target:
            found = sums[unit.id]
            yield _csv(unit, Code.LINES_DO_NOT_ADD_UP, target=unit.target, found=found)


def _forbidden_banks(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    for word in settings.expect.get("forbidden_banks", []):
        for unit in campaign.units:
            if word in " ".join((unit.name, unit.branch or "", *unit.aliases)):
                yield _csv(unit, Code.BANK_FORBIDDEN, word=word)


def _forbidden_words(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    for word in settings.expect.get("forbidden_words", []):
        for key, text in campaign.texts.items():
            if word in text:
                full = f"texts.{key}"
                yield _toml(settings, full, Code.KEY_SAYS, key=full, word=word)
        if word in campaign.short_title:
            yield _toml(settings, "short_title", Code.KEY_SAYS, key="short_title", word=word)
        for unit in campaign.units:
            if word in unit.name + (unit.sector or ""):
                yield _csv(unit, Code.POSTER_SAYS, word=word)


def _texts_fit(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    """Templates make a long text small; twice as long as ours it would be too small to read."""
    ours = default_texts()
    lines = {
        f"texts.{key}": (text, max(12.0, 2 * text_width(ours[key])))
        for key, text in campaign.texts.items()
    }
    for where, (text, most) in {**lines, "hotline": (campaign.hotline or "", 30.0)}.items():
        if not text.replace("　", " ").isprintable():
            yield _toml(settings, where, Code.TEXT_BREAKS, key=where)
        elif (width := text_width(text)) > most:
            yield _toml(
                settings, where, Code.TEXT_TOO_WIDE, key=where, width=width, most=most
            )


def _links_allowed(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    for host in campaign.allowed_hosts:
        if not re.fullmatch(r"[a-z0-9][a-z0-9.\-]*", host):
            yield _toml(settings, "allowed_hosts", Code.NO_HOST, shape=shape_of(host))
    for key, link in campaign.links.items():
        full = f"links.{key}.url"
        if wrong := _bad_link(full, link.url, campaign):
            yield _toml(settings, full, wrong.code, **wrong.data)
    for unit in campaign.units:
        if unit.link is None:
            if "redirect" in (unit.mode, campaign.mode) and unit.mode != "page":
                yield _csv(unit, Code.LINK_MISSING)
        elif unit.link not in campaign.links and (wrong := _bad_link("link", unit.link, campaign)):
            yield _csv(unit, wrong.code, **wrong.data)


def _bad_link(key: str, url: str, campaign: Campaign) -> Said | None:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme != "https" or not host or "@" in parts.netloc or not url.isascii():
        return Said(Code.NO_HTTPS_ADDRESS, key=key, shape=shape_of(url))
    if host not in campaign.allowed_hosts:
        return Said(Code.HOST_NOT_ALLOWED, key=key)
    return None


def _finance_points_lead_somewhere(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    for unit in campaign.units:
        # By a key, for its page counts who goes on (`/go/<key>`).
        if unit.is_point and unit.link not in campaign.links:
            yield _csv(unit, Code.FINANCE_POINT)


def _printable(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
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
            yield _toml(settings, key, Code.TEXT_GLYPHS, key=key, letters=with_points(missing))
    for unit in campaign.units:
        words = "".join((unit.name, unit.branch or "", unit.sector or ""))
        if missing := missing_glyphs(words):
            yield _csv(unit, Code.NAME_GLYPHS, letters=with_points(missing))
        if not words.isprintable():
            yield _csv(unit, Code.NAME_BREAKS)
        if re.search("[?\ufffd]", words):
            yield _csv(unit, Code.NAME_LOST_LETTER)


def _number(count: int) -> int | Shape:
    """Return *count*, unless it is none: a telephone number in the place of a sum."""
    return count if abs(count) < 10_000_000 else shape_of(str(count))


def _toml(settings: Settings, at: str, code: FaultCode, /, **data: Any) -> Problem:
    return Problem(code, _TOML, settings.line(at), **data)


def _csv(unit: Unit, code: FaultCode, /, **data: Any) -> Problem:
    return Problem(code, _CSV, unit.line_no, **data)


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
_COUNTING = (_counts_as_expected, _sums_as_expected, _lines_add_up)
