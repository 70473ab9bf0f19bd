"""
Make ``qrgen/typefaces/unifont16.xz`` anew: ``python scripts/led_letters.py unifont.hex``.

GNU Unifont's letters of 16 points, as LED screens show them: Latin, signs, and all of the CJK
block, of each its code point (4 bytes), its length and its rows. Unifont has been under the
SIL Open Font License 1.1 since version 13.0.04 (and under the GPL with a font exception); its
``unifont.hex`` comes with it, one letter a line (``4E00:0000…``). 㙟 is in a name of Xingguo's.
"""
import lzma
import struct
import sys
from pathlib import Path

from qrgen.publicity.led import LETTERS

_RANGES = (
    (0x20, 0x7E), (0xA1, 0xFF), (0x2010, 0x2027), (0x2030, 0x203F), (0x2190, 0x2193),
    (0x2460, 0x2473), (0x25A0, 0x2606), (0x3000, 0x303F), (0x365F, 0x365F), (0x4E00, 0x9FFF),
    (0xFF01, 0xFFEE),
)  # fmt: skip


def main(arguments: list[str]) -> None:
    """Pack the letters."""
    packed = []
    for line in Path(arguments[0]).read_text("ascii").splitlines():
        point, _, rows = line.partition(":")
        if any(first <= int(point, 16) <= last for first, last in _RANGES):
            data = bytes.fromhex(rows)
            packed.append(struct.pack(">IB", int(point, 16), len(data)) + data)
    LETTERS.write_bytes(lzma.compress(b"".join(packed), preset=9 | lzma.PRESET_EXTREME))
    print(f"{LETTERS} {LETTERS.stat().st_size}, {len(packed)} letters")


if __name__ == "__main__":
    main(sys.argv[1:])
