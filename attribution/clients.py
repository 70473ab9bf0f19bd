"""
Which app opened the page, by its user agent: a hint for the words, never a gate.

Only the name is kept; the whole user agent would help to recognise a person.
Order matters: WeCom also says MicroMessenger, and bank apps also say UnionPay.
"""
import re
from functools import lru_cache

# name, what the user agent holds. Evidence for each: domain.md 4.1.
_APPS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("wecom", r"wxwork/"),
        ("wechat", r"MicroMessenger/"),
        ("alipay", r"AlipayClient/|AliApp\(AP/"),
        ("unionpay", r"CloudPay"),
        ("bank", r"UnionPay/|bankabciphone/"),
        ("qq", r"\bQQ/"),
        ("douyin", r"aweme|Bytedance"),
        ("harmony", r"OpenHarmony"),
        ("ios", r"iPhone|iPad"),
        ("android", r"Android"),
        ("desktop", r"Windows NT|Macintosh|X11"),
    )
)


def name_of(user_agent: str) -> str:
    """Return the app's short name; ``other`` when none is known."""
    return _name_of(user_agent[:512])


@lru_cache(maxsize=1024)  # a village scans with a handful of apps
def _name_of(user_agent: str) -> str:
    for name, pattern in _APPS:
        if pattern.search(user_agent):
            return name
    return "other"
