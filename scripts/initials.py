"""
Make ``attribution/office/initials.txt`` anew: with which letters the readings of a character begin.

``pip install pypinyin-dict==0.9.0`` into any environment (nothing of ours needs it), then
``python scripts/initials.py``. A character has the readings of 现代汉语词典 (1983), of
通用规范汉字字典 (2013) and of 现代汉语频率词典; where none knows it, all that Unihan has. So 长 is
``c`` and ``z``, and 方 no ``p``, as which nobody reads it today.

The data are Unihan's, as pinyin-data has them, under the MIT licence, which is in the file.
"""
import importlib
import importlib.metadata
import unicodedata
from collections import defaultdict
from pathlib import Path

FILE = Path(__file__).parent.parent / "attribution" / "office" / "initials.txt"
# The ideographs that names are made of; what lies beyond is listed by itself.
FIRST, LAST = 0x4E00, 0x9FFF
ROW = 64
_USUAL = ("kxhc1983", "ktghz2013", "khanyupinlu")
_REST = "pinyin"


def main() -> None:
    """Write the file."""
    letters = _letters()
    rows = [
        f"{start:04X} " + "".join(
            letters.get(point, "-")[0] for point in range(start, min(start + ROW, LAST + 1))
        )
        for start in range(FIRST, LAST + 1, ROW)
    ]
    more = defaultdict(list)
    for point, found in sorted(letters.items()):
        for letter in found[1:] if FIRST <= point <= LAST else found:
            more[letter].append(chr(point))
    lines = [*_head(), *rows, *(f"{letter} {''.join(more[letter])}" for letter in sorted(more))]
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{FILE} {FILE.stat().st_size}")


def _letters() -> dict[int, str]:
    """Return the letters of each character, in the order of the alphabet."""
    usual = [_data(name) for name in _USUAL]
    rest = _data(_REST)
    found: dict[int, str] = {ord("〇"): "l"}
    for point in {*range(FIRST, LAST + 1), *(point for data in usual for point in data)}:
        texts = [data[point] for data in usual if point in data] or [rest.get(point, "")]
        readings = ",".join(texts).split(",")
        letters = {unicodedata.normalize("NFD", one)[0].lower() for one in readings if one}
        if letters:
            found[point] = "".join(sorted(letters))
    return found


def _data(name: str) -> dict[int, str]:
    """Return the readings by code point, separated by commas."""
    module = importlib.import_module(f"pypinyin_dict.pinyin_data.{name}")
    data: dict[int, str] = module.pinyin_dict
    return data


def _head() -> list[str]:
    about = importlib.metadata.distribution("pypinyin-dict")
    licence = next(
        path for path in about.files or () if path.name.startswith("LICENSE")
    ).read_text(encoding="utf-8")
    return [
        "# Made by scripts/initials.py; not to be edited. A row of characters, a letter each, from",
        "# the code point before it on; then, by letter, the characters that have one more.",
        f"# From pypinyin-dict {about.version}:",
        *(f"# {line}".rstrip() for line in licence.strip().splitlines()),
    ]


if __name__ == "__main__":
    main()
