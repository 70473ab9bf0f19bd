"""
Where a long Chinese name may break: between its parts, not within a word, lines alike long.

Chinese breaks anywhere, and a layout engine does; a reader takes 水电气 / 费代缴 for a slip.
"""
import re
from functools import lru_cache
from itertools import accumulate, combinations, pairwise
from math import inf
from operator import sub

# A line may end after these, and begin with those.
_CLOSING = "）)、，；：·　”"
_OPENING = "（(“"
# The last letter of what offices, places and banks are called; and what joins two of them.
_ENDINGS = "局委办会部站所院校厂店区县市州镇乡村行司旗盟"
_JOINING = "和与及暨"

# Words that a line must not end in the midst of, though a letter of theirs may be an ending.
_PEOPLES = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|"
    "纳西|景颇|柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|"
    "鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺"
)
# Regions, and words in which a letter of an ending begins or ends nothing.
_PLACES = (
    "内蒙古自治区|广西壮族自治区|西藏自治区|宁夏回族自治区|新疆维吾尔自治区|"
    "市场|市政|市民|城市|县城|县直|县域|州府"
)
_OFFICES = (
    "居民委员会|村民委员会|管理委员会|委员会|居委会|村委会|管委会|街道办事处|街道|办事处|社区|办公室|领导小组|"
    "服务中心|便民服务中心|信用合作社|信用社|合作社|供销社|村镇银行|农商行|银行|支行|分行|总行|"
    "营业部|营业所|营业厅|分理处|储蓄所|超市|大厅|窗口"
)
_SAID = (
    "谨防诈骗|工作人员|不会要您的|也不会|让您转账|验证码|银行卡|密码|新用户|手机号|同一个|应用商店|"
    "身份证|云闪付|智慧金融平台|银行工作人员|收款码|登记|注册|本人|柜台|储蓄卡|没关系"
)
_WORD = re.compile(
    rf"{_PLACES}|(?:{_PEOPLES})族?自治[县州区旗]|自治[县州区旗]|(?:{_PEOPLES})族"
    rf"|{_SAID}|{_OFFICES}"
)

# A break within a word weighs like a line that is longer by so many letters; one within a word
# that we know weighs more than any line can.
_WITHIN_A_WORD = 9.0
_WITHIN_A_KNOWN_WORD = 60.0
_AFTER_AN_ENDING = 0.6

MOST_LINES = 3


@lru_cache(maxsize=1024)
def line_choices(text: str) -> tuple[tuple[str, ...], ...]:
    """Return *text* on one line, on two, and on three, as well as each can be broken."""
    choices: list[tuple[str, ...]] = [(text,)]
    places = range(2, len(text) - 1)  # two letters on a line at least
    upto = list(accumulate(map(_width, text), initial=0.0))
    known = [found.span() for found in _WORD.finditer(text)]
    within = {at for start, end in known for at in range(start + 1, end)}
    after = {end for _, end in known}
    bad = [
        0.0, 0.0,
        *(
            _WITHIN_A_KNOWN_WORD if at in within else _badness(text, at, at in after)
            for at in places
        ),
    ]  # fmt: skip
    for count in range(2, MOST_LINES + 1):
        if len(text) < 3 * count:
            break
        if len(text) > 40:  # three lines of it: the middle places only, or there are too many
            third = len(text) // count
            places_now = [at for at in places if min(at % third, -at % third) <= 5]
        else:
            places_now = list(places)
        least, best = inf, tuple(places_now[: count - 1])
        even = upto[-1] / count
        for at, first in enumerate(places_now):
            if bad[first] + even >= least:
                continue  # as if all lines were alike long, and still no better
            for others in combinations(places_now[at + 1 :], count - 2):
                badness = sum([bad[cut] for cut in others], bad[first])
                if badness + even >= least:
                    continue
                ends = [upto[first], *[upto[cut] for cut in others]]
                widths = list(map(sub, [*ends, upto[-1]], [0.0, *ends]))
                # The longest decides how large the letters can be; the others follow for looks.
                cost = 1.5 * max(widths) - 0.5 * min(widths) + badness
                if cost < least:
                    least, best = cost, (first, *others)
        edges = (0, *best, len(text))
        choices.append(
            tuple(
                text[a:b].strip(" 　") for a, b in pairwise(edges)
            )
        )
    return tuple(choices)


def _badness(text: str, cut: int, after_a_word: bool) -> float:
    before, after = text[cut - 1], text[cut]
    if after in _CLOSING or before in _OPENING:
        return 100
    if (before.isascii() and before.isalnum()) and (after.isascii() and after.isalnum()):
        return 100
    if before in _CLOSING or after in _OPENING or before == " ":
        return 0
    if before in _JOINING or after in _ENDINGS + "的" or text[cut : cut + 2] == "银行":
        return 2 * _WITHIN_A_WORD
    if before in _ENDINGS + "的" or after in _JOINING or after_a_word:
        return _AFTER_AN_ENDING
    return _WITHIN_A_WORD


def text_width(text: str) -> float:
    """Return how wide *text* is, in Chinese letters."""
    return sum(map(_width, text))


def _width(letter: str) -> float:
    return 0.5625 if letter.isascii() else 1.0  # in binary a whole number: sums tie or do not
