"""
The few rules of style that stand in a resident's page itself, and what lets a browser use them.

A style sheet that hangs on a weak network kept the page white for six seconds; now it comes last,
and the text is read before it. What the order of the page rests on (one action a screen, the
field that nobody should fill in, letters large enough) stands in the head, with the campaign's own
colours, so that paper and page are one design. Nothing else inline is allowed: the policy names
the digest of this very text.
"""
import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache

from qrgen.artwork import colours_of

# No variables of CSS: an Android 5 WebView knows none.
_TEXT = (
    ":root{{color-scheme:light dark}}"
    "body{{margin:0 16px;font:24px/1.5 sans-serif}}"
    "#fill{{display:none}}#fill:target,#fill.open{{display:block}}"
    "#fill:target~#welcome,#fill.open~#welcome{{display:none}}"
    ".away{{position:absolute;left:-9999px}}"
    "img{{max-width:100%}}"
    "h1 strong,.second{{color:{deep}}}"
    ".code,.problem{{border-color:{alarm}}}"
    "button,.button{{background:{deep};border-color:{deep};color:#fff}}"
    ".second{{background:#fff;color:{deep}}}"
    "@media (prefers-color-scheme:dark){{"
    "h1 strong{{color:{gold}}}.second{{background:#15191c;color:#e8eaed;border-color:#e8eaed}}}}"
)

_POLICY = (
    "default-src 'self'; style-src 'self' '{digest}'; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)


def head_of(design: Mapping[str, str]) -> str:
    """Return the rules that stand in a page's head, in the colours of *design* (`[design]`)."""
    return _head(tuple(sorted(design.items())))


def policy_of(design: Mapping[str, str]) -> str:
    """Return the content security policy that allows `head_of` and nothing else inline."""
    return _policy(tuple(sorted(design.items())))


@lru_cache(maxsize=8)
def _head(design: tuple[tuple[str, str], ...]) -> str:
    return _TEXT.format(**colours_of(dict(design)))


@lru_cache(maxsize=8)
def _policy(design: tuple[tuple[str, str], ...]) -> str:
    digest = hashlib.sha256(_head(design).encode()).digest()
    return _POLICY.format(digest=f"sha256-{base64.b64encode(digest).decode()}")
