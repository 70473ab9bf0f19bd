# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""What cannot be seen decides nothing, and cleaning changes no letter of a name."""
import sys
import unicodedata

import pytest
from factories import make_phone
from hypothesis import given
from hypothesis import strategies as st

from qrgen.texts import bare, clean, clean_lines, fold, has_marks, seen, squeeze

WAYS = [seen, clean, clean_lines, fold, squeeze, bare]
# Seen, though Unicode calls them format characters.
SEEN = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD,
        *range(0x13430, 0x13440)}
MARKS = "\ufeff\u200b\u200c\u200d\u2060\u00ad\u202a\u202c\u202d\u202e\u2066\u2069\u200e\u3164"
BLANKS = " \u00a0\u3000\u2009\u202f\t\u2003\u2800"
# Where the cleaning has something to do, next to any text at all.
texts = st.text(st.one_of(
    st.characters(), st.sampled_from(MARKS + BLANKS + "\u180e\ufe0f\u0301¨\n１Ａ（：ﷲ一a1"),
))


@pytest.mark.parametrize("way", WAYS)
@given(text=texts)
def test_cleaning_twice_is_cleaning_once(way, text):
    assert way(text) == way(way(text))


def test_every_format_character_of_unicode_is_known():
    """What a newer Unicode adds is looked at here, and not by whoever types it."""
    for number in range(sys.maxunicode + 1):
        if unicodedata.category(chr(number)) == "Cf" and number not in SEEN:
            assert has_marks(chr(number)), hex(number)
            assert "12" == fold(f"1{chr(number)}2"), hex(number)


def test_every_blank_of_unicode_is_a_blank():
    for number in range(sys.maxunicode + 1):
        if unicodedata.category(chr(number)) in ("Zs", "Zl", "Zp"):
            assert "1 2" == clean(f"1{chr(number)}2"), hex(number)
            assert "12" == squeeze(f"1{chr(number)}2"), hex(number)


@given(st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters="\u2800")))
def test_a_name_keeps_every_letter_that_is_seen(name):
    seen = "".join(char for char in name if not has_marks(char))
    assert seen == clean(name)


@pytest.mark.parametrize("name", [
    "Ⅷ号店", "張\uf9d1", "①号院", "阿依古丽·买买提", "ﾊﾟﾝ屋", "葛\U000e0100城",
    "مۇ\u200cھەممەت", "ᠰᠠᠶᠢᠨ\u180eᠠ",
])
def test_a_name_is_not_made_into_another(name):
    """What chooses a letter's form or joins it is part of how a name is spelled."""
    assert name == clean(f"\ufeff {name}\u200b\u3000")


@pytest.mark.parametrize(("typed", "read"), [
    ("\u202d" + "Ｎ０７" + "\u202c", "N07"), ("手机号（必填）\u200b", "手机号(必填)"),
    ("９：３０", "9:30"), ("⼿机号", "手机号"), ("a\u3000\u00a0 b", "a b"),
])
def test_what_is_compared_has_one_form(typed, read):
    assert read == fold(typed)


@pytest.mark.parametrize("number", ["1390000000¹", "1390000000①", "1390000000⒈", "1390000000₁"])
def test_a_footnote_is_no_digit(number):
    assert number == squeeze(number)


@pytest.mark.parametrize(("typed", "read"), [
    ("７Ｋ３Ｆ９－Ｑ２Ｍ５Ｘ。", "7K3F9-Q2M5X"), ("“7K3F9-Q2M5X”，", "7K3F9-Q2M5X"),
    ("【123 456】", "123456"), ("１２３４５６。\n", "123456"),
])
def test_what_was_copied_out_of_a_sentence_loses_its_stop(typed, read):
    assert read == bare(typed)


@given(st.lists(st.sampled_from(MARKS + BLANKS), min_size=12, max_size=12))
def test_marks_and_blanks_anywhere_in_a_number_change_nothing(noise):
    phone = make_phone(12345678)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in phone)
    for number in (phone, wide):
        woven = "".join(a + b for a, b in zip(noise, [*number, ""], strict=True))
        assert phone == squeeze(woven)


def test_lines_of_a_note_stay_lines():
    assert "第一行\n第二 行" == clean_lines("\r\n 第一行\u200b\r\n第二\u3000行 \u2028")


@pytest.mark.parametrize("text", ["a\0b", "a\x1bb", "\x7f"])
def test_a_control_character_stays_to_be_refused(text):
    """It is no blank and no mark of a copied text: whoever reads the field refuses it."""
    assert text == clean(text) == fold(text)
