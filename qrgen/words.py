"""
What is written on a poster, and whether the fonts can write it.
"""
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from qrgen.campaign import SHANGHAI, Campaign, Unit
from qrgen.fault_codes import Code, Term
from qrgen.fonts import glyph_check
from qrgen.plan import Poster
from qrgen.points import docking
from qrgen.shapes import with_points
from qrgen.shell import Fault


def poster_words(campaign: Campaign, poster: Poster) -> dict[str, Any]:
    """Return the words of *poster*: all that a font must be able to print."""
    unit = poster.unit
    words = standing_words(campaign, unit)
    name, second = words["name"], words["second"]
    return {
        **words,
        "unit": unit.id,
        "kind": unit.kind,
        "purpose": unit.purpose,
        "issue": poster.code.issue,
        "placement": poster.code.placement or "",
        "label": poster.label,
        "full": unit.name,
        # On one line, where there is no more room.
        "whose": " ".join([name, second] if unit.kind == "line" else [name])
        + (f"　{poster.label}" if poster.label else ""),
        "code": poster.code.text,
        "address": poster.url.split("/Q/")[0],
    }


def standing_words(campaign: Campaign, unit: Unit) -> dict[str, Any]:
    """Return what the posters of *unit* say, but for the codes on them and where they hang."""
    texts = texts_for(campaign, unit)
    name, second = _names(campaign, unit, texts)
    return {
        "name": name,
        "second": second,
        "issue": unit.issue,
        "campaign": campaign.short_title,
        "document": campaign.document,
        "period": _period(campaign),
        "issuer": campaign.issuer,
        "hotline": campaign.hotline or "",
        "demo": campaign.demo,
        "texts": texts,
    }


def _period(campaign: Campaign) -> str:
    """Return the first and the last day, as a resident reads them."""
    first = campaign.start.astimezone(SHANGHAI).date()
    last = (campaign.end - timedelta(microseconds=1)).astimezone(SHANGHAI).date()
    until = "" if last.year == first.year else f"{last.year}年"
    return (
        f"{first.year}年{first.month}月{first.day}日至{until}{last.month}月{last.day}日"
    )


def texts_for(campaign: Campaign, unit: Unit) -> dict[str, str]:
    """Return the campaign's texts; a finance point's own in the place of the usual ones."""
    texts = {key: text for key, text in campaign.texts.items() if not key.startswith("finance_")}
    if unit.is_point:
        texts.update(
            (key.removeprefix("finance_"), text)
            for key, text in campaign.texts.items()
            if key.startswith("finance_")
        )
    return texts


def _names(campaign: Campaign, unit: Unit, texts: dict[str, str]) -> tuple[str, str]:
    """Return the large name and the line below it, which may be empty."""
    if unit.kind == "line":
        return campaign.unit(unit.area or "").name, unit.branch or ""
    if unit.kind == "area" or unit.is_point:
        names = "、".join(campaign.unit(bank).name for bank in docking(unit, campaign.units))
        if names:
            return unit.name, f"{texts['bank_label']}：{names}"
    if unit.sector:
        return unit.name, f"{texts['sector_label']}：{unit.sector}"
    return unit.name, ""


def check_glyphs(campaign: Campaign, posters: Sequence[Poster]) -> frozenset[str]:
    """
    Refuse what would print as a box; return the letters that are printed.

    Raises:
        Fault: ``more`` names each unit and its letters.
    """
    missing_glyphs = glyph_check(campaign.folder)
    faults = []
    letters: set[str] = set()
    for whose, words in _printed_words(campaign, posters):
        letters.update(words)
        if missing := missing_glyphs(words):
            pointed = with_points(missing)
            faults.append(Fault(Code.POSTER_GLYPHS, whose=whose, letters=pointed))
    if faults:
        raise Fault(Code.POSTERS_GLYPHS, more=faults, count=len(faults))
    return frozenset(letters)


def _printed_words(
    campaign: Campaign, posters: Sequence[Poster]
) -> Iterator[tuple[str | Term, str]]:
    """Yield whose words, the campaign's or a unit's, and all letters of theirs that are printed."""
    shared = "".join(campaign.texts.values())
    yield Term.CAMPAIGN, shared + campaign.short_title + campaign.document + campaign.issuer
    for poster in posters:
        yield poster.unit.id, _own_words(campaign, poster)


def _own_words(campaign: Campaign, poster: Poster) -> str:
    words = poster_words(campaign, poster)
    return "".join(text for text in words.values() if isinstance(text, str))
