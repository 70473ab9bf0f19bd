"""The page to read first: what it draws is what the code says."""
import re
from itertools import pairwise

import schema
import test_layers
from environment import ROOT

from attribution.office import corrections
from attribution.reports import exports
from attribution.rule.credit import Reason
from attribution.store import export_pages

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ARROW = re.compile(r"(\S+) --> (\S+?)(?:: [^:;]+)?$")  # mermaid reads no second colon


def drawing(name: str) -> str:
    """Return the drawing below the mark *name*."""
    found = re.search(rf"<!-- {name} -->\n```mermaid\n(.*?)```", PAGE, re.DOTALL)
    assert found, name
    return found[1]


def drawn_states(name: str) -> set[str]:
    """Return the states that are drawn below the mark *name*; each can be reached and left."""
    lines = [line.strip() for line in drawing(name).splitlines() if "-->" in line]
    arrows = [found for line in lines if (found := ARROW.match(line))]
    assert len(lines) == len(arrows)
    entered, left = {arrow[2] for arrow in arrows}, {arrow[1] for arrow in arrows}
    assert entered == left
    return entered - {"[*]"}


def words_of(table: str, column: str) -> set[str]:
    """Return the words that the schema lets *column* of *table* be."""
    (own,) = re.findall(rf"create table {table} \(\n(.*?)\n\) strict", schema.page(), re.DOTALL)
    found = re.search(rf"check \({column} in \(([^)]+)\)", own)
    assert found
    return set(re.findall(r"'(\w+)'", found[1]))


def test_the_drawing_of_the_parts_is_the_table_that_is_held() -> None:
    """One that was true once is believed for ever."""
    behind: dict[str, set[str]] = {}
    for line in drawing("imports").splitlines()[1:]:
        names = re.findall(r"(\w+)(?:\[[^]]*\])?(?: -->|$)", line.strip())
        for one, next_one in pairwise(names):
            behind.setdefault(one, set()).add(next_one)
            behind.setdefault(next_one, set())

    def far(name: str) -> set[str]:
        return behind[name].union(*(far(other) for other in behind[name]))

    told = {name: set(room.ours) for name, room in test_layers.TABLE.items()}
    assert told == {name: far(name) for name in behind}


def test_a_claim_lives_as_it_is_drawn() -> None:
    assert export_pages.CLAIM_STATES.keys() - {"first"} == drawn_states("claim")
    assert words_of("claim_event", "kind") == set(re.findall(r"event (\w+)", drawing("claim")))


def test_a_correction_lives_as_it_is_drawn() -> None:
    answers = words_of("proposal_answer", "answer")
    assert {"asked", *answers, "adjustment", "claim_event"} == drawn_states("correction")
    assert set(corrections.KINDS) == words_of("proposal", "kind")
    for kinds, arrow in (
        (set(corrections.KINDS), r"\[\*\] --> asked: (.*)"),
        (words_of("adjustment", "kind"), "approved --> adjustment: (.*)"),
        (set(corrections.KINDS) - words_of("adjustment", "kind"), "approved --> claim_event: (.*)"),
    ):
        found = re.search(arrow, drawing("correction"))
        assert found and kinds == set(found[1].split(", "))


def test_a_file_lives_in_the_tables_that_are_drawn() -> None:
    named = set(re.findall(r"\b(?:feed_\w+|batch)\b", drawing("feed")))
    assert {"feed_plan", "feed_job", "feed_chunk", "batch"} == named
    page = schema.page()
    assert [] == [name for name in named if f"create table {name} (" not in page]
    assert {"tried", "planned", "kept", "counting", "taken_in"} == drawn_states("feed")


def test_every_reason_has_its_words() -> None:
    """One without would be told as 有效新用户, in tables and downloads alike."""
    assert {reason.value for reason in Reason} == exports.REASONS.keys()
