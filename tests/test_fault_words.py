# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""A fault is a code and its data; every surface has words for each, and no site lacks data."""
import ast
import string
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from attribution import fault_words_en, fault_words_zh
from attribution.faults import Code
from qrgen.faults import Fault

HOUSE = Path(__file__).parent.parent / "attribution"
# Arguments of a fault that are none of its data.
_OWN = {"status", "more"}


def names_in(*templates: str) -> set[str]:
    return {
        name for template in templates for _, name, _, _ in string.Formatter().parse(template)
        if name
    }


def wanted(code: Code) -> set[str]:
    """Return the data that any text of *code* uses."""
    return {
        name
        for table in (fault_words_en.WORDS, fault_words_zh.WORDS)
        for name in names_in(table[code].cause, table[code].hint, table[code].console)
    }


def sites() -> Iterator[tuple[str, Code, set[str] | None]]:
    """Yield where a fault is made, of which code, and with which data; None where it is many."""
    for path in sorted(HOUSE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Fault")):
                continue
            for code in (ast.walk(node.args[0]) if node.args else ()):
                if not (isinstance(code, ast.Attribute) and ast.unparse(code.value) == "Code"):
                    continue
                given = {word.arg for word in node.keywords}
                yield (
                    f"{path.relative_to(HOUSE)}:{node.lineno}", Code[code.attr],
                    None if None in given else {name for name in given if name} - _OWN,
                )


@pytest.mark.parametrize("code", Code, ids=lambda code: code.value)
def test_every_fault_has_words_in_both_languages(code):
    """A clerk who reads a developer's English gives up."""
    english, chinese = fault_words_en.WORDS[code], fault_words_zh.WORDS[code]
    assert english.cause and chinese.cause
    assert bool(english.hint) == bool(chinese.hint)


def test_no_fault_is_raised_without_the_data_its_words_use():
    """It would be told with a hole in it, on the day somebody needs it."""
    lacking = [
        (place, code.value, wanted(code) - given)
        for place, code, given in sites() if given is not None and wanted(code) - given
    ]
    assert [] == lacking


def test_the_sites_are_found():
    found = defaultdict(list)
    for place, code, _ in sites():
        found[code].append(place)
    assert len(found) > 40


def test_the_console_hears_what_to_do_and_the_shell_its_options():
    fault = Fault(Code.CORRECTION_KIND, status=2, kind="undo", kinds=("hold", "release"))
    assert "no correction 'undo'" == fault.cause
    assert "they are hold, release" == fault.hint
    assert "请选更正的种类和原因。" == fault.shown()
    assert "可以用的：hold、release" == fault.advice("zh")
