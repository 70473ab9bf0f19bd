"""The page before many are decided at once: the effect in total, whom it is about, one button."""
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from flask import render_template

from attribution.store.engine.database import Row
from attribution.web.console import evidence
from attribution.web.console.evidence import CASES, Would


def preview(
    title: str, rows: Sequence[Row], *, deed: str, note: str, would: Would | None, still: str,
    button: str, hint: str, action: str, back: str, reason: str = "", since: bool = False,
    carried: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """
    Return the page.

    Args:
        rows: What is to be decided, each with its id and person.
        would: What it would do; None where no number changes, which *still* says.
        since: Whether the rows' ids say when somebody asked.
        carried: What the form carries on, as note and reason.
    """
    people = evidence.by_person(rows)
    return render_template(
        "admin/together.html", title=title, ids=[row["id"] for row in rows], people=len(people),
        deed=deed, note=note, reason=reason, still=still, button=button, hint=hint, action=action,
        back=back, effect=would.effect if would else None,
        vain=[would.vain] if would and would.vain else [],
        some=[
            evidence.case(
                mine[0]["person"], mine, since=min(row["id"] for row in mine) if since else 0
            )
            for mine in people[:CASES]
        ],
        rest=[
            {"row": mine[0].get("claim") or mine[0]["id"], "last4": mine[0]["last4"]}
            for mine in people[CASES:]
        ],
        carried={"note": note, **carried}, **evidence.words_of_story(),
    )
