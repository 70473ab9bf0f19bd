"""The QR symbol: small, standard, readable, and its outline draws the same modules."""
import io
import re
from typing import Any, cast

import pytest
import qrcode
import zxingcpp
from factories import CODE_KEY, PUBLIC_URL
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.util import QRData

from qrgen.codes import ALPHABET, Code, code_url, sign_code
from qrgen.codewords import encode
from qrgen.decode import read_picture
from qrgen.shell import Fault
from qrgen.symbols import (
    GRADE_B,
    Symbol,
    _bits,
    _matrix,
    _unused,
    _with_hole,
    make_symbol,
    picture,
)


def symbol_of(host: str = PUBLIC_URL, code: Code = Code("N07"), hole: int = 0) -> Symbol:  # noqa: B008
    return make_symbol(code_url(host, sign_code(code, [CODE_KEY])), hole)


def rasterised(symbol: Symbol, module_px: int = 4) -> Image.Image:
    """Fill the outline by the even-odd rule, as a printer does."""
    side = symbol.size * module_px
    image = Image.new("1", (side, side), 0)
    for loop in symbol.outline:
        layer = Image.new("1", (side, side), 0)
        # Pillow draws the end pixel too; half a pixel less keeps the edges where they are.
        ImageDraw.Draw(layer).polygon(
            [(x * module_px - 0.5, y * module_px - 0.5) for x, y in loop], fill=1
        )
        both = zip(image.tobytes(), layer.tobytes(), strict=True)
        image = Image.frombytes("1", image.size, bytes(a ^ b for a, b in both))
    return image


@pytest.mark.parametrize(("letters", "version"), [(14, 4), (19, 4), (20, 5)])
def test_hosts_up_to_19_letters_stay_at_version_4(letters: int, version: int) -> None:
    """One version more makes every module an eighth smaller."""
    assert version == symbol_of("https://" + "a" * letters).version


def test_ten_issues_later_it_is_still_version_4() -> None:
    """A code that is issued again must not get coarser."""
    assert 4 == symbol_of("https://" + "a" * 19, Code("N07", 99)).version


def test_level_is_q() -> None:
    """M breaks with a mark or a stain, H buys little and costs reach."""
    [found] = zxingcpp.read_barcodes(picture(symbol_of().matrix, 4))
    assert ("Q", "Model 2") == (found.ec_level, "Model 2")


def test_two_segments_beat_one() -> None:
    """Bytes for the host, 5.5 bits a letter for the rest."""
    plain = qrcode.QRCode(error_correction=ERROR_CORRECT_Q)
    plain.add_data(symbol_of().text, optimize=0)
    plain.make(fit=True)
    assert symbol_of().version < plain.version


@given(
    st.text(ALPHABET, min_size=1, max_size=8), st.integers(1, 9999), st.sampled_from([0, 5, 7])
)
@settings(deadline=None, max_examples=25)
def test_every_symbol_reads_back(unit: str, issue: int, hole: int) -> None:
    """With a mark or without, and never below grade B where there is one."""
    symbol = symbol_of(code=Code(unit, issue), hole=hole)
    assert [symbol.text] == read_picture(picture(symbol.matrix, 3)).texts
    assert symbol.hole <= hole
    assert not symbol.hole or symbol.unused >= GRADE_B


@given(
    st.integers(1, 200), st.text(ALPHABET, min_size=1, max_size=60), st.integers(0, 7)
)
@settings(deadline=None, max_examples=25)
def test_matrix_is_what_qrcode_makes(letters: int, rest: str, mask: int) -> None:
    """Module by module: the library is checked by many, our quicker way by it."""
    host = "https://" + "a" * letters
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=0, mask_pattern=mask)
    code.add_data(QRData(host.encode(), mode=4))
    code.add_data(QRData(f"/Q/{rest}".encode(), mode=2))
    code.make(fit=True)
    version, codewords = encode(f"{host}/Q/{rest}")
    assert code.version == version
    assert [list(row) for row in _matrix(version, _bits(codewords), mask)] == code.modules


@pytest.mark.parametrize("hole", [5, 7])
def test_what_a_hole_costs_is_what_a_decoder_says(hole: int) -> None:
    """Computed for eight masks, read for one."""
    for unit in ("A01", "N68", "B04"):
        version, codewords = encode(symbol_of(code=Code(unit)).text)
        bits = _bits(codewords)
        for mask in range(8):
            matrix = _with_hole(_matrix(version, bits, mask), hole)
            [found] = zxingcpp.read_barcodes(picture(matrix, 4))
            said = float(cast(dict[str, Any], found.extra)["UEC"])
            # The decoder cuts at two digits.
            assert said == pytest.approx(_unused(version, bits, mask, hole, 0), abs=0.01)


def test_mark_is_given_up_where_it_would_cost_too_much() -> None:
    """A long host makes a symbol with a pattern in the middle: no mark there."""
    long = symbol_of("https://" + "a" * 60 + ".gov.cn", hole=7)
    assert (0, 1.0) == (long.hole, long.unused)
    assert long.version >= 7


def test_mark_of_five_modules_keeps_grade_a() -> None:
    """The A4 poster uses it."""
    symbol = symbol_of(hole=5)
    assert (5, "A") == (symbol.hole, symbol.grade)
    middle = symbol.size // 2
    assert not any(
        symbol.matrix[y][x]
        for y in range(middle - 2, middle + 3)
        for x in range(middle - 2, middle + 3)
    )


@pytest.mark.parametrize("hole", [0, 5])
def test_outline_encloses_exactly_the_dark_modules(hole: int) -> None:
    """The vector symbol is the matrix, module by module."""
    symbol = symbol_of(hole=hole)
    image = rasterised(symbol, 4)
    for y, row in enumerate(symbol.matrix):
        for x, dark in enumerate(row):
            assert dark == bool(image.getpixel((x * 4 + 2, y * 4 + 2))), (x, y)


def test_png_and_svg_keep_the_quiet_zone() -> None:
    """Four light modules on every side, or phones miss it on a busy ground."""
    symbol = symbol_of()
    with Image.open(io.BytesIO(symbol.png(5))) as image:
        assert ((symbol.size + 8) * 5,) * 2 == image.size
        assert 255 == image.crop((0, 0, image.width, 20)).getextrema()[0]
        assert [symbol.text] == read_picture(image).texts
    svg = symbol.svg(60)
    assert f'viewBox="-4 -4 {symbol.size + 8} {symbol.size + 8}"' in svg
    assert 'width="60mm"' in svg
    numbers = [int(n) for n in re.findall(r"\d+", svg.split(' d="')[2].split('"')[0])]
    assert (0, symbol.size) == (min(numbers), max(numbers))


def test_same_text_gives_the_same_symbol() -> None:
    """Prints must be reproducible, byte by byte."""
    assert symbol_of(hole=5) == symbol_of(hole=5)
    assert symbol_of().outline == symbol_of().outline
    assert symbol_of().png() == symbol_of().png()


def test_smallest_width_keeps_modules_of_half_a_millimetre() -> None:
    """33 modules and the quiet zone: 20.5 mm."""
    assert 20.5 == symbol_of().smallest_mm


def test_text_beyond_any_symbol_is_a_fault() -> None:
    """Not a traceback out of a library."""
    with pytest.raises(Fault):
        make_symbol("https://" + "a" * 3000 + "/Q/N07")
