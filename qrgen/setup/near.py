"""
Names that look like one and are two: 古龙岗镇 and 古龙冈镇, 良村镇 and 良村乡.
"""
import re
from collections.abc import Sequence

from qrgen.texts import squeeze

_KIND = re.compile(r"(?:镇|乡|街道|街道办事处|办事处|社区|村|居委会|管委会)$")
# Names that differ in these differ on purpose.
_ON_PURPOSE = set("东西南北中上下左右前后大小新老一二三四五六七八九十0123456789")


# So many are compared with each other.
_MOST = 1000


def near_names(areas: Sequence[str]) -> list[tuple[str, str]]:
    """Return each two of *areas* that may be one, written in two ways."""
    areas = areas[:_MOST]
    stems = [(name, _KIND.sub("", squeeze(name))) for name in areas if name]
    by_stem: dict[str, str] = {}
    found = []
    for name, stem in stems:
        if stem in by_stem and len(stem) >= 2:
            found.append((by_stem[stem], name))
        by_stem.setdefault(stem, name)
    for length in {len(stem) for _, stem in stems if len(stem) >= 3}:
        same = [(name, stem) for name, stem in stems if len(stem) == length]
        for at, (name, stem) in enumerate(same):
            for other, beside in same[at + 1:]:
                differ = [(a, b) for a, b in zip(stem, beside, strict=True) if a != b]
                if len(differ) == 1 and not _ON_PURPOSE.issuperset(differ[0]):
                    found.append((name, other))
    return found
