"""Every fault can be told on every surface: a clerk who reads a developer's English gives up."""
import string

import pytest

from attribution import fault_words_en, fault_words_zh
from attribution.faults import Code
from qrgen.faults import Fault


def names_in(*templates: str) -> set[str]:
    """Return the data that *templates* use."""
    return {
        name.partition("!")[0]
        for text in templates for _, name, _, _ in string.Formatter().parse(text) if name
    }


@pytest.mark.parametrize("code", Code)
def test_every_fault_has_words_on_every_surface_with_all_its_data(code: Code) -> None:
    english, chinese = fault_words_en.WORDS[code], fault_words_zh.WORDS[code]
    data = names_in(english.cause, english.hint)
    assert names_in(chinese.cause, chinese.hint, chinese.console) <= data
    for words in (english, chinese):
        assert words.cause
        assert bool(words.hint) == bool(english.hint)


def test_no_words_are_left_of_a_fault_that_is_gone() -> None:
    assert set(Code) == set(fault_words_en.WORDS) == set(fault_words_zh.WORDS)


def test_faults_among_the_data_are_told_in_the_readers_language() -> None:
    """What is wrong with a log is a list of faults, and not of sentences."""
    broken = Fault(Code.AUDIT_BROKEN, faults=[
        Fault(Code.AUDIT_ENTRIES_MISSING, first=3, last=4), Fault(Code.AUDIT_ENTRY_CHANGED, entry=9)
    ])
    assert "the seal is broken: entries 3 to 4 are missing; entry 9 was changed" == broken.cause
    assert "审计日志不完整，不能导出：缺第 3 到 4 条；第 9 条被改过。" in broken.shown()
