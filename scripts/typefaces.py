"""
Make the typefaces in ``qrgen/typefaces`` anew, from the variable font that ``[print]`` installs.

``python scripts/typefaces.py [LETTERS.txt]``. Without a file of letters, those that are there now
are kept: the national list of 2013 (通用规范汉字表, 8105), GB 2312, and the signs among them. A
static face of these sets a page in a fifth of the time that the variable one takes, which has four
times the letters and nine weights; and it has a name of its own, which the variable one's weights
lack in a PDF. What a unit's name has beyond them `qrgen.rare` cuts when it is needed.

The font is Noto Sans SC under the SIL Open Font License 1.1, which lies beside the faces. The one
name it reserves is that of the font it comes from, and that is not used.
"""
import shutil
import sys
from pathlib import Path

from qrgen.fonts import TYPEFACES, letters_of, packaged
from qrgen.rare import WEIGHTS, cut

# Letters, Latin of Europe, signs and their forms, so that addresses and lists can be set.
_SIGNS = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x2010, 0x2027), (0x2030, 0x205E), (0x20A0, 0x20BF),
    (0x2100, 0x214F), (0x2150, 0x218B), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2460, 0x24FF),
    (0x2500, 0x25FF), (0x2605, 0x2606), (0x2713, 0x2717), (0x3000, 0x303F), (0x3105, 0x312F),
    (0x3220, 0x32FF), (0xFE30, 0xFE4F), (0xFF01, 0xFF5E), (0xFFE0, 0xFFE6),
)  # fmt: skip


def main(arguments: list[str]) -> None:
    """Cut one face a weight."""
    if arguments:
        letters = _wanted(Path(arguments[0]).read_text(encoding="utf-8"))
    else:
        letters = letters_of(next(iter(sorted(TYPEFACES.glob("*.ttf")))))
    TYPEFACES.mkdir(exist_ok=True)
    for old in TYPEFACES.glob("*.ttf"):
        old.unlink()
    for weight, name in WEIGHTS.items():
        file = TYPEFACES / f"NotoSansSC-{name}.ttf"
        file.write_bytes(cut(letters, weight))
        print(f"{file} {file.stat().st_size}")
    shutil.copyfile(packaged() / "OFL.txt", TYPEFACES / "OFL.txt")


def _wanted(text: str) -> frozenset[int]:
    """Return the code points of *text*, of GB 2312, and of the signs."""
    points = {ord(letter) for letter in text if ord(letter) > 0x7F}
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                points.add(ord(bytes((high, low)).decode("gb2312")))
            except UnicodeDecodeError:
                continue  # nothing stands there
    for first, last in _SIGNS:
        points.update(range(first, last + 1))
    return frozenset(points)


if __name__ == "__main__":
    main(sys.argv[1:])
