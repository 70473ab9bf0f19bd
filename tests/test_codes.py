"""The code on the paper: strict, one text each, alive as long as its key."""
import hashlib
import random

import pytest
from factories import CODE_KEY, OLDER_KEY, PUBLIC_URL
from hypothesis import given, settings
from hypothesis import strategies as st
from itsdangerous import Signer

from qrgen.codes import (
    ALPHABET,
    MAX_LENGTH,
    SALT,
    BadCode,
    Code,
    code_url,
    read_code,
    read_exact,
    sign_code,
    without_tail,
)

KEYS = [CODE_KEY]
SIGNED = sign_code(Code("N07"), KEYS)

ids = st.text(ALPHABET, min_size=1, max_size=8)
placements = st.none() | st.text(ALPHABET, min_size=1, max_size=4)
made_codes = st.builds(Code, ids, st.integers(1, 9999), placements)


@given(made_codes)
@settings(deadline=None)
def test_reading_undoes_signing(code: Code) -> None:
    """What is printed is what is read."""
    signed = sign_code(code, KEYS)
    assert code == read_code(signed, KEYS)
    assert len(signed) <= MAX_LENGTH


def test_text_is_what_people_read_out() -> None:
    """The printed id holds unit, issue and placement, and nothing else."""
    assert "N07-1" == Code("N07").text
    assert "N07-12-3" == Code("N07", 12, "3").text


def test_address_keeps_the_host_in_lower_case() -> None:
    """Some scanners take HTTPS:// for plain text."""
    assert f"https://ysf.gov.cn/Q/{SIGNED}" == code_url("https://YSF.gov.cn/", SIGNED)


def test_code_outlives_the_key_that_signed_it() -> None:
    """Posters stay on the wall when we rotate keys."""
    old = sign_code(Code("A01"), [OLDER_KEY])
    assert Code("A01") == read_code(old, [OLDER_KEY, CODE_KEY])
    assert sign_code(Code("A01"), [OLDER_KEY, CODE_KEY]) == sign_code(Code("A01"), KEYS)


def test_code_dies_with_its_key() -> None:
    """A key that leaked is taken out of the list, and its codes with it."""
    with pytest.raises(BadCode):
        read_code(sign_code(Code("A01"), [OLDER_KEY]), KEYS)


def test_derivation_is_the_stock_one() -> None:
    """We keep derived keys, but they are itsdangerous' own: another reader can be written."""
    stock = Signer(CODE_KEY, salt=SALT, key_derivation="hmac", digest_method=hashlib.sha256)
    mac = stock.algorithm.get_signature(stock.derive_key(), b"N07-1")
    number = int.from_bytes(mac[:10], "big")
    expected = "".join(ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))
    assert f"N07-1.{expected}" == SIGNED


def test_stock_signature_over_the_same_text_is_refused() -> None:
    """Another use of the same keys makes no poster codes."""
    other = Signer(CODE_KEY, salt="else", key_derivation="hmac", digest_method=hashlib.sha256)
    with pytest.raises(BadCode):
        read_code(other.sign("N07-1").decode(), KEYS)


def test_what_people_mistype_is_forgiven() -> None:
    """Crockford: case does not count; O is 0, I and L are 1."""
    assert Code("N07") == read_code(SIGNED.lower(), KEYS)
    assert Code("N07") == read_code(SIGNED.replace("0", "O").replace("1", "l"), KEYS)
    assert Code("N07") == read_code(SIGNED.replace("0", "o").replace("1", "I"), KEYS)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("N07-1", id="unsigned"),
        pytest.param("N07-1.", id="empty signature"),
        pytest.param("N08" + SIGNED[3:], id="another unit's"),
        pytest.param("N07-2" + SIGNED[5:], id="another issue's"),
        pytest.param("N07-1-1" + SIGNED[5:], id="another placement's"),
        pytest.param("N07-01" + SIGNED[5:], id="leading zero"),
        pytest.param("N07-0" + SIGNED[5:], id="issue 0"),
        pytest.param(SIGNED + "0", id="longer"),
        pytest.param(SIGNED[:-1], id="shorter"),
        pytest.param(SIGNED + "\nx", id="another line"),
        pytest.param(SIGNED + "-", id="hyphen behind"),
        pytest.param(SIGNED + "/0", id="another step"),
        pytest.param(SIGNED + "\0", id="NUL"),
        pytest.param(SIGNED + "（", id="an opening bracket"),
        pytest.param(SIGNED + "." * 10_000, id="ten thousand stops"),
        pytest.param(" " + SIGNED, id="blank before"),
        pytest.param(SIGNED.replace("-", "--"), id="two hyphens"),
        pytest.param(SIGNED.replace("-", "‐"), id="look-alike hyphen"),
        pytest.param(SIGNED.replace(".", "．"), id="full-width stop"),
        pytest.param(SIGNED.replace("N", "Ｎ"), id="full-width letter"),
        pytest.param(SIGNED.replace("7", "٧", 1), id="Arabic digit"),
        pytest.param(SIGNED.replace("1", "ı", 1), id="Turkish dotless i"),
        pytest.param(sign_code(Code("K07"), KEYS).replace("K", "\u212a"), id="Kelvin sign"),
        pytest.param(SIGNED.replace("0", "О", 1), id="Cyrillic O"),
        pytest.param(sign_code(Code("N07"), [OLDER_KEY]), id="signed by a stranger"),
        pytest.param("N07-1." + "0" * 16, id="made up"),
        pytest.param("9" * 10_000_000, id="ten million characters"),
    ],
)
def test_every_bad_code_looks_the_same(text: str) -> None:
    """A forger learns nothing from how we refuse."""
    with pytest.raises(BadCode, match=r"^not one of our codes$"):
        read_code(text, KEYS)


# What a chat, a keyboard or a copied sentence leaves behind an address.
TAILS = [
    ".", "。", ",", "，", ")", "）", "/", " ", "\n", "\u00a0", "\u3000", "\u200b", "\ufeff",
    "&from=groupmessage", "&from=timeline&isappinstalled=0", ".&from=groupmessage", "）。\r\n",
    "\u2060", "。”", "、", "；", "：", "！", "？", "…", "》", "】", "」", "'", '"',
    ">", "]", "*", "//",
]  # fmt: skip


@pytest.mark.parametrize("tail", TAILS, ids=ascii)
def test_what_a_sentence_leaves_behind_a_code_is_passed_over(tail: str) -> None:
    """Posters are retyped and passed on in chats; no code ends so, so nothing is guessed."""
    for signed in (SIGNED, sign_code(Code("N07", 2, "3"), KEYS)):
        assert read_exact(signed, KEYS) == read_code(signed + tail, KEYS)
        assert read_exact(signed, KEYS) == read_code(signed.lower() + tail, KEYS)
        with pytest.raises(BadCode):
            read_exact(signed + tail, KEYS)
        with pytest.raises(BadCode):
            read_code(signed[:-1] + tail, KEYS)


def test_hundred_thousand_mutations_never_verify_unless_they_are_the_code() -> None:
    """Whoever plays with a real code gets that code or none."""
    chance = random.Random(20220901)
    fold = str.maketrans("OIL", "011")
    letters = ALPHABET + ALPHABET.lower() + "OILUoilu-._~ /=+%é０Ｏı"
    accepted = 0
    for _ in range(100_000):
        text = list(SIGNED)
        for _ in range(chance.randint(1, 3)):
            match chance.randrange(6):
                case 0:
                    text[chance.randrange(len(text))] = chance.choice(letters)
                case 1:
                    text = text[: chance.randrange(1, len(text) + 1)]
                case 2:
                    at = chance.randrange(len(text))
                    text[at] = chr(ord(text[at]) ^ 1 << chance.randrange(8))
                case 3:
                    text.insert(chance.randrange(len(text) + 1), chance.choice(letters))
                case 4:
                    text = [chance.choice((c.lower(), c.upper())) for c in text]
                case _:
                    text = [chance.choice(letters) for _ in range(len(SIGNED))]
        tried = "".join(text)
        try:
            code = read_code(tried, KEYS)
        except BadCode:
            continue
        accepted += 1
        assert Code("N07") == code
        bare = tried if len(tried) == len(SIGNED) else without_tail(tried) or ""
        assert bare.upper().translate(fold) == SIGNED
    assert accepted > 0  # re-cased ones are among them, or the loop proves nothing


@given(st.text(max_size=60))
@settings(deadline=None)
def test_no_text_whatever_breaks_the_reader(text: str) -> None:
    """The answer to rubbish is BadCode, not a traceback."""
    try:
        code = read_code(text, KEYS)
    except BadCode:
        return
    bare = without_tail(text) or text
    assert sign_code(code, KEYS) == bare.upper().translate(str.maketrans("OIL", "011"))


@given(made_codes, made_codes)
@settings(deadline=None)
def test_two_codes_never_share_a_text(one: Code, other: Code) -> None:
    """Folding must not make one unit out of two."""
    assert (one == other) == (one.text == other.text)
    assert (one == other) == (sign_code(one, KEYS) == sign_code(other, KEYS))


@pytest.mark.parametrize(
    ("unit", "issue", "placement"),
    [
        ("", 1, None),
        ("n07", 1, None),
        ("N0O", 1, None),
        ("NIL", 1, None),
        ("N07-", 1, None),
        ("N07\n", 1, None),
        ("N07", 0, None),
        ("N07", 10_000, None),
        ("N07", 1, ""),
        ("N07", 1, "LOU"),
        ("N07", 1, "12345"),
    ],
)
def test_what_cannot_be_printed_cannot_be_made(
    unit: str, issue: int, placement: str | None
) -> None:
    """A code that could not be read back is refused before it is signed."""
    with pytest.raises(ValueError, match=r"^(unit id|issue|placement) "):
        Code(unit, issue, placement)


def test_without_a_key_nothing_is_signed() -> None:
    """An empty key list must never mean an empty key."""
    with pytest.raises(ValueError, match="no key"):
        sign_code(Code("N07"), [])
    with pytest.raises(ValueError, match="no key"):
        read_code(SIGNED, [])


def test_url_of_a_unit_fits_the_alphanumeric_set() -> None:
    """Everything after the host is stored in 5.5 bits a letter."""
    tail = code_url(PUBLIC_URL, SIGNED).removeprefix(PUBLIC_URL)
    assert set(tail) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
