"""
Which app opened the page, and whether a person did: by headers, as a hint, never a gate.

The name decides words and pictures only; whoever is unknown gets everything. Only the
name is kept; the whole user agent would help to recognise a person. A program (crawler,
link preview, HEAD, prefetch) gets its page too, and its row a flag with the reason, so
that it never counts as a scan and yet can be looked at in a dispute.

The popular lists call every Alipay scanner or every user of Baidu's app a bot,
because they look for words that Chinese apps use in their own names. So this table names
programs one by one, and a Chinese app is recognised before any word is looked for.
"""
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

# A longer one is no browser's, and would only cost time.
LONGEST = 1024

# name, what the user agent holds; the first match stands. WeCom also says
# MicroMessenger, bank apps also say UnionPay, Alipay also says UCBrowser, and all of
# them say Android or iPhone. Evidence for each: tests/test_clients.py.
_APPS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("wecom", r"wxwork/"),
        ("wechat", r"MicroMessenger/|WindowsWechat"),
        ("alipay", r"AlipayClient/|AliApp\(AP/"),
        ("dingtalk", r"DingTalk"),
        ("unionpay", r"CloudPay|com\.unionpay\.chsp"),
        ("bank", r"UnionPay/|bankabciphone/|bankabcandroid/"),
        ("qq", r"\bQQ/"),
        ("douyin", r"\baweme|BytedanceWebview|\bDouyin"),
        ("toutiao", r"NewsArticle/|ToutiaoMicroApp"),
        ("kuaishou", r"Kwai/|Kwai_Pro|ksNebula"),
        ("weibo", r"\bWeibo \(|__weibo__"),
        ("baidu", r"baiduboxapp|baidubrowser|BIDUBrowser"),
        ("uc", r"UCBrowser/|UCWEB|\bUCBS/"),
        ("quark", r"Quark/"),
        ("sogou", r"SogouMobileBrowser|SogouMSE|SogouSearch|MetaSr"),
        ("qqbrowser", r"MQQBrowser/"),
        ("harmony", r"OpenHarmony"),
        ("ios", r"iPhone|iPad|iPod"),
        ("android", r"Android"),
        ("desktop", r"Windows NT|Macintosh|X11|CrOS"),
    )
)

# Apps that show pages inside themselves and may refuse to leave for a store.
INSIDE = frozenset(
    {
        "wecom", "wechat", "alipay", "dingtalk", "bank", "qq", "douyin", "toutiao",
        "kuaishou", "weibo", "baidu",
    }
)

# A menu behind ··· at the top right leads into the phone's own browser.
WITH_MENU = frozenset({"wecom", "wechat", "qq", "dingtalk", "weibo", "douyin", "toutiao"})

_SYSTEMS = (
    ("harmony", re.compile(r"OpenHarmony")),
    ("ios", re.compile(r"iPhone|iPad|iPod")),
    ("android", re.compile(r"Android|HarmonyOS")),
    ("desktop", re.compile(r"Windows NT|Macintosh|X11|CrOS|WindowsWechat")),
)

# Link previews of messengers: they fetch what a person has only pasted.
_PREVIEW = re.compile(
    r"facebookexternalhit|Facebot|^WhatsApp/|TelegramBot|Twitterbot|Slackbot|Slack-ImgProxy"
    r"|LinkedInBot|Discordbot|SkypeUriPreview|Mastodon/|Iframely|Embedly|redditbot"
    r"|DingTalkBot|LarkBot|vkShare|BitlyBot|Viber/.*preview|Google-PageRenderer",
    re.IGNORECASE,
)
# Crawlers name themselves; the words stand alone or end a name ("Bytespider"), so that
# a telephone called CUBOT stays a telephone.
_CRAWLER = re.compile(
    r"Googlebot|AdsBot-Google|Mediapartners-Google|Google-InspectionTool|APIs-Google"
    r"|bingbot|BingPreview|msnbot|adidxbot|Baiduspider|Sogou (?:web|inst|Pic|News|Orion) ?spider"
    r"|360Spider|HaoSouSpider|YisouSpider|Bytespider|PetalBot|YoudaoBot|sosospider|EasouSpider"
    r"|ToutiaoSpider|Yahoo! Slurp|DuckDuckBot|YandexBot|Applebot|AhrefsBot|SemrushBot|MJ12bot"
    r"|DotBot|GPTBot|ClaudeBot|CCBot|Amazonbot|ia_archiver|archive\.org_bot|UptimeRobot"
    r"|Pingdom|StatusCake|Nutch|CensysInspect|zgrab|masscan|Nmap|nuclei|Expanse"
    r"|compatible; ?[\w.-]*(?:bot|spider|crawler)\b|\b(?:web)?(?:crawler|spider)/",
    re.IGNORECASE,
)
# What speaks HTTP without anybody looking.
_PROGRAM = re.compile(
    r"^(?:curl|Wget|python-requests|Python-urllib|python-httpx|aiohttp|Python/|Go-http-client"
    r"|okhttp|Apache-HttpClient|Java/|axios|node-fetch|node|undici|libwww-perl|PostmanRuntime"
    r"|HTTPie|Scrapy|Ruby|PHP|GuzzleHttp|Faraday|reqwest|hyper|Dalvik)\b",
    re.IGNORECASE,
)
_HEADLESS = re.compile(r"HeadlessChrome|PhantomJS|Puppeteer|Electron/.*Nightmare")


# Where a browser says that it only looks ahead; a person's tap sends none of them.
PURPOSES = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")


class Headers(Protocol):
    """A request's headers, whatever library holds them."""

    def get(self, name: str, default: str, /) -> str: ...


@dataclass(frozen=True)
class Client:
    """
    The app's short *name* (``other`` when unknown) and the phone's *system*
    (``ios``, ``android``, ``harmony``, ``desktop`` or ``other``).
    """

    name: str
    system: str

    @property
    def hint(self) -> str:
        """
        Which help the page shows: ``unionpay`` (already there), ``menu`` (leave by ···),
        ``inside`` (open a browser), ``desktop`` (scan with a phone), ``plain``.
        """
        if self.name == "unionpay":
            return "unionpay"
        # WeChat on a computer has no store to go to either.
        if self.system == "desktop":
            return "desktop"
        if self.name in WITH_MENU:
            return "menu"
        return "inside" if self.name in INSIDE else "plain"


UNKNOWN = Client("other", "other")


def read(user_agent: str) -> Client:
    """Return who says *user_agent*."""
    return _read(user_agent[:LONGEST])


@lru_cache(maxsize=1024)  # a village scans with a handful of apps
def _read(text: str) -> Client:
    return Client(name_of(text), _first(_SYSTEMS, text))


def name_of(user_agent: str) -> str:
    """Return the app's short name; ``other`` when none is known."""
    return _first(_APPS, user_agent[:LONGEST])


def flag_of(method: str, headers: Headers) -> str | None:
    """
    Return why this request is no person's scan, or None when nothing says so.

    ``head``, ``prefetch``, ``preview``, ``crawler``, ``program``, ``headless``. A request
    without a user agent is let count: some phones' privacy settings drop it.
    """
    if method == "HEAD":
        return "head"
    purpose = " ".join(headers.get(name, "") for name in PURPOSES).lower()
    if "prefetch" in purpose or "prerender" in purpose or "preview" in purpose:
        return "prefetch"
    return program_of(headers.get("User-Agent", "")[:LONGEST])


@lru_cache(maxsize=1024)
def program_of(agent: str) -> str | None:
    """Return what kind of program calls itself *agent*, or None for a person's browser."""
    for reason, pattern in (
        ("preview", _PREVIEW), ("crawler", _CRAWLER), ("program", _PROGRAM),
        ("headless", _HEADLESS),
    ):
        if pattern.search(agent):
            # Baidu's app starts its own agent with Dalvik; a person holds it.
            if reason == "program" and name_of(agent) in INSIDE:
                return None
            return reason
    return None


def _first(table: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> str:
    for name, pattern in table:
        if pattern.search(text):
            return name
    return "other"
