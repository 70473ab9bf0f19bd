"""
Which bank a branch belongs to, and which of the words in a table mean the same bank.

The banks that every county has are known by all their names. Any other is what stands before
the first 银行: 赣州银行滨江小微支行 is 赣州银行's. Two words for one bank are never made one in
silence, for 农行 is said of two.
"""
import re
from collections.abc import Iterable, Mapping

from qrgen.texts import squeeze

# How offices call it -> its other names, as people write them. In the order of length.
KNOWN: Mapping[str, tuple[str, ...]] = {
    "农商行": ("农村商业银行", "农商银行", "农商行", "农商"),
    "农信社": ("农村信用合作联社", "农村信用合作社", "农村信用联社", "农村信用社", "信用联社",
            "农信社", "信用社"),
    "邮储银行": ("中国邮政储蓄银行", "邮政储蓄银行", "邮储银行", "邮政储蓄", "邮储", "PSBC"),
    "农发行": ("中国农业发展银行", "农业发展银行", "农发银行", "农发行", "ADBC"),
    "农业银行": ("中国农业银行", "农业银行", "农行", "ABC"),
    "工商银行": ("中国工商银行", "工商银行", "工行", "ICBC"),
    "建设银行": ("中国建设银行", "建设银行", "建行", "CCB"),
    "中国银行": ("中国银行", "中行", "BOC"),
    "交通银行": ("交通银行", "交行", "BOCOM", "BCM"),
    "招商银行": ("招商银行", "招行", "CMB"),
    "中信银行": ("中信银行",), "光大银行": ("中国光大银行", "光大银行"),
    "民生银行": ("中国民生银行", "民生银行"), "兴业银行": ("兴业银行",),
    "浦发银行": ("上海浦东发展银行", "浦东发展银行", "浦发银行"),
    "华夏银行": ("华夏银行",), "广发银行": ("广东发展银行", "广发银行"),
    "平安银行": ("平安银行",), "浙商银行": ("浙商银行",),
}
# 农行 is said of 农业银行, and of 农商行 too; Latin letters are a guess.
UNSURE = frozenset({"农行", "ABC", "BOC", "CCB", "ICBC", "PSBC", "CMB", "BCM", "BOCOM", "ADBC"})

# These are called by several names in one table, now and then of two banks.
OFTEN_CALLED = frozenset({"农业银行", "工商银行", "建设银行", "中国银行", "交通银行"})

_PATTERNS = tuple(
    (name, re.compile("|".join(re.escape(word) for word in words), re.IGNORECASE))
    for name, words in KNOWN.items()
)
_OTHER = re.compile(r"(.{1,12}?(?:村镇银行|银行))")
_VILLAGE = re.compile(r"(.{1,12}?村镇银行)")


def bank_in(branch: str) -> tuple[str, str] | None:
    """
    Return the bank that *branch* is of, and the word by which it is called there.

    None where its name tells none.
    """
    text = squeeze(branch)
    best: tuple[int, int, str, str] | None = None
    other = _VILLAGE.match(text) or _OTHER.match(text)
    if other is not None:
        best = (other.end(), 1, other[1], other[1])
    for name, pattern in _PATTERNS:
        found = pattern.search(text)
        if found is None:
            continue
        # 江西银行工行路支行 is of whoever comes first; 兴国中国银行支行 of the bank we know.
        this = (found.end(), 0, name, found[0])
        if best is None or this < best:
            best = this
    return None if best is None else (best[2], best[3])


def same_bank(one: str, other: str) -> bool:
    """Whether two names of banks that nobody knows may be one: 新华村镇银行, 兴国新华村镇银行."""
    longer, shorter = sorted((squeeze(one), squeeze(other)), key=len, reverse=True)
    return one != other and len(shorter) >= 4 and longer.endswith(shorter)


def alike(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return pairs of *names* that may be one bank, the one to keep second."""
    told = list(dict.fromkeys(names))
    return [
        (one, other)
        for at, first in enumerate(told) for second in told[at + 1:]
        if same_bank(first, second)
        for one, other in [sorted((first, second), key=len, reverse=True)]
    ]
