"""
A browser without JavaScript, as small as the simulator needs: pages, forms, patience.

It reads the form that the page really holds instead of knowing the service's inside,
so that a demonstration breaks where a resident's visit would.
"""

import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar

# A phone's browser, and honest about who is behind it.
USER_AGENT = "Mozilla/5.0 (Linux; Android 12) Mobile zhuanma-simulator/1.0 (SIMULATED)"

ATTEMPTS = 4
PATIENCE_S = 3.0  # when the service says "too quick" without saying how long
LONGEST_WAIT_S = 60.0
BUSY = (429, 503)  # come back later; any other refusal is final


class Unreachable(Exception):
    """Nobody answers at this address."""


class Refused(Exception):
    """The service answered, and it was a no. The message holds nothing typed into a form."""


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)  # as they stand in the page
    boxes: dict[str, str] = field(default_factory=dict)  # check boxes: name → value


@dataclass
class Page:
    url: str
    status: int
    forms: list[Form]
    retry_after: str | None

    def claim_form(self) -> Form | None:
        return next((form for form in self.forms if "phone" in form.fields), None)


class Browser:
    """One resident's phone: its own cookies, nobody else's."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._opener = urllib.request.build_opener(
            # A proxy of the machine would be asked for 127.0.0.1, and means its own.
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(CookieJar()),
        )
        self._opener.addheaders = [
            ("User-Agent", USER_AGENT),
            ("Accept", "text/html"),
            ("Accept-Language", "zh-CN"),
        ]

    def open(self, path: str) -> Page:
        """
        Open *path* under the base address.

        Raises:
            Refused: it answers no page.
        """
        for _ in range(ATTEMPTS):
            page = self._get(self._base + path)
            if page.status < 400:
                return page
            if page.status not in BUSY:
                break
            _wait(page)
        raise Refused(f"HTTP {page.status}")

    def claim(self, page: Page, phone: str) -> None:
        """
        Fill in and send the claim form of *page*; wait and try again when asked to.

        Raises:
            Refused: no form, or the service did not take it.
        """
        form = page.claim_form()
        if form is None:
            raise Refused("the page of this code holds no claim form")
        for attempt in range(ATTEMPTS):
            if attempt:
                _wait(page)  # a form sent quicker than a hand could is shown again
            filled = {**form.fields, "phone": phone}
            if "consent" in form.boxes:
                filled["consent"] = form.boxes["consent"]
            data = urllib.parse.urlencode(filled).encode()
            page = self._get(urllib.parse.urljoin(page.url, form.action), data)
            again = page.claim_form()
            if page.status < 400 and again is None:
                return
            if again is None and page.status not in BUSY:
                break
            # Told to come back without a form: the old one is still unspent.
            form = again or form
        raise Refused(f"the answer to the claim form is HTTP {page.status}")

    def _get(self, url: str, data: bytes | None = None) -> Page:
        try:
            try:
                answer = self._opener.open(url, data, timeout=30)
            except urllib.error.HTTPError as error:
                answer = error  # an error page is a page
            with answer:
                text = answer.read().decode("utf-8", errors="replace")
                return Page(
                    answer.geturl() or url,
                    int(answer.status),
                    read_forms(text),
                    answer.headers.get("Retry-After"),
                )
        except (urllib.error.URLError, OSError, ValueError) as error:
            # Not from error: its chain may quote the request with the number in it.
            raise Unreachable(getattr(error, "reason", None) or type(error).__name__) from None


def read_forms(text: str) -> list[Form]:
    reader = _FormReader()
    reader.feed(text)
    reader.close()
    return reader.forms


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(of.get("action", ""), of.get("method", "get").lower())
            self.forms.append(self._open)
        elif tag == "input" and self._open is not None and of.get("name"):
            kind = of.get("type", "text").lower()
            if kind in ("checkbox", "radio"):
                self._open.boxes[of["name"]] = of.get("value", "on")
            elif kind not in ("submit", "button", "image", "reset"):
                self._open.fields[of["name"]] = of.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def _wait(page: Page) -> None:
    try:
        seconds = float(page.retry_after or PATIENCE_S)
    except ValueError:  # a date; rare, and PATIENCE_S is polite enough
        seconds = PATIENCE_S
    time.sleep(min(max(seconds, 0.0), LONGEST_WAIT_S))
