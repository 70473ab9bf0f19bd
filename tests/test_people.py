# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""A number becomes a digest; nothing that is no number becomes anybody."""
import hashlib

import pytest
from factories import make_phone
from hypothesis import given
from hypothesis import strategies as st

from attribution.rule.people import _USUAL, BadPhone, check_digest, identify, normalise_phone

PHONE = make_phone(12345678)


@pytest.mark.parametrize(
    "typed",
    [
        PHONE, f" {PHONE[:3]} {PHONE[3:7]} {PHONE[7:]} ", f"+86{PHONE}", f"+86-{PHONE}",
        f"0086 {PHONE}", f"86{PHONE}", "".join(chr(ord(c) + 0xFEE0) for c in PHONE),
        f"{PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}", f"{PHONE}\n", f"{PHONE}。", f"“{PHONE}”，",
        f"{PHONE[:3]}.{PHONE[3:7]}.{PHONE[7:]}", f"tel:+86{PHONE}", f"（＋86）{PHONE}",
        f"+86.{PHONE[:3]}.{PHONE[3:7]}.{PHONE[7:]}", f"\u202d+86 {PHONE}\u202c\ufeff",
        f"{PHONE}" + "\u200b" * 100,
    ],
)
def test_however_it_is_typed_it_is_one_person(typed):
    assert PHONE == normalise_phone(typed)


@pytest.mark.parametrize(
    "typed",
    ["", PHONE[:-1], PHONE + "0", "2" + PHONE[1:], "12" + PHONE[2:], "٠" * 11,
     "1٥" + PHONE[2:], PHONE[:5] + "x" + PHONE[6:], "0" + PHONE, "🎉" * 11,
     # A spreadsheet's decimal point, a footnote, a circled digit, two numbers, what lies behind.
     f"{PHONE[:-1]}.{PHONE[-1]}", f"{PHONE}.0", PHONE[:-1] + "¹", PHONE[:-1] + "①",
     f"{PHONE}、{PHONE}", f"{PHONE}转1", PHONE + " " * 500 + "1"],
)
def test_everything_else_is_refused(typed):
    with pytest.raises(BadPhone):
        normalise_phone(typed)


_NOISE = st.lists(
    st.sampled_from("\ufeff\u200b\u200e\u202d\u202c\u2060\u00ad \u00a0\u3000\u2009\t-－–"),
    max_size=3,
).map("".join)
_BEFORE = st.sampled_from(
    ["", "+86", "＋８６", "0086", "86", "(+86)", "（86）", "+86-", "tel:+86 "]
)


@given(_BEFORE, st.lists(_NOISE, min_size=12, max_size=12), st.booleans())
def test_no_dress_makes_another_person(before, noise, wide):
    digits = [chr(ord(digit) + 0xFEE0) if wide else digit for digit in PHONE]
    woven = "".join(mark + digit for mark, digit in zip(noise, [*digits, ""], strict=True))
    assert PHONE == normalise_phone(before + woven)


@given(st.text(st.one_of(
    st.sampled_from("0123456789" + "１３８０" + "¹①⒈٣+-. .,。x"), st.characters()
), max_size=24))
def test_a_number_has_its_own_eleven_digits_and_no_other(text):
    """Nothing is made into a digit, and none is left out, except the country's 86 before it."""
    try:
        number = normalise_phone(text)
    except BadPhone:
        return
    plain = {ord(chr(0xFF10 + digit)): str(digit) for digit in range(10)}
    typed = "".join(char for char in text.translate(plain) if char in "0123456789")
    assert typed in (number, f"86{number}", f"0086{number}")


@given(st.text(max_size=80))
def test_any_text_is_a_number_or_refused(text):
    try:
        number = normalise_phone(text)
    except BadPhone as error:
        assert not any(char.isdigit() for char in str(error))
    else:
        assert 11 == len(number) and number.isascii() and number.isdigit()


def test_the_digest_depends_on_the_pepper_and_hides_the_number():
    one, other = identify(PHONE, "a" * 32), identify(PHONE, "b" * 32)
    assert one.digest != other.digest
    assert PHONE[-4:] == one.last4
    assert hashlib.sha256(PHONE.encode()).hexdigest() != one.digest


def test_sm3_is_a_choice_and_an_unknown_digest_stops_the_start():
    check_digest("sha256")
    with pytest.raises(ValueError, match="digest must be one of"):
        check_digest("md5")
    try:
        check_digest("sm3")
    except ValueError as error:
        assert "sm3" in str(error)  # an OpenSSL without it says so
    else:
        assert identify(PHONE, "a" * 32, "sm3") != identify(PHONE, "a" * 32)


@pytest.mark.parametrize(
    ("start", "usual"),
    [("138", True), ("195", True), ("166", True), ("17403", True), ("17409", False), ("154", False),
     ("140", False), ("179", False)],
)
def test_an_unusual_beginning_is_only_a_hint(start: str, usual: bool) -> None:
    assert usual == bool(_USUAL.match(start))  # the beginning only: a whole one is somebody's
