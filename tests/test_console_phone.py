"""Every page of the console, for every role, on a telephone: buttons in reach, heads stay."""
import re
from collections.abc import Iterator
from typing import Any

import pytest
from console import PASSWORD, Visitor, add_everyone, need_two, signed_in
from factories import make_phone
from playwright.sync_api import Browser, Page
from test_console_access import PROMISED, routes
from test_console_pages import claimed, feed, upload
from test_console_queues import odd_feed
from visitors import listening

from attribution.office import accounts
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, local_text
from attribution.rule.people import identify
from attribution.service import Service
from attribution.store import log, patrol_log
from attribution.web.application import create_app

WIDTH, HEIGHT = 390, 844

# Answers that are no page: files, and what a script asks for.
NO_PAGES = {
    "table_picture", "download", "poster_archive", "poster", "poster_progress", "feed_rows",
    "feed_progress", "difference_download", "units_table", "audit_download", "publicity",
    "bundle", "scenes_table", "exchange_pack", "assessment", "pack_file", "end_archive",
}


@pytest.fixture
def site(service: Service) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """The service with something in each of its queues; yield its address and each role's pages."""
    add_everyone(service)
    need_two(service)
    office, area = signed_in(service, "office"), signed_in(service, "area")
    for number in range(1, 9):
        claimed(service, number, "N07", 2 * HOUR, held=number in (4, 5))
    _at_a_counter(service, 20, "B01")
    _claimed_twice(service, 21)
    batch = imported_by_two(service, office, odd_feed(1) + feed(2, 3).split(b"\n", 1)[1])
    planned = upload(office, feed(6), "day-2.csv")
    office.post(planned, {"deed": "confirm"})
    mine = upload(office, feed(7), "day-3.csv")
    area.post("/admin/appeals", {"unit": "A01", "about": "3", "note": "当面帮办" * 20})
    office.post("/admin/corrections", {
        "row": "2", "kind": "reassign", "to_unit": "N08", "reason": "wrong_unit", "note": "看单",
    })
    office.post("/admin/erasures", {"row": "8", "note": "当面出示回执"})
    office.post("/admin/units/N20/reissue")
    signed_in(service, "accounts").post(
        "/admin/users", {"name": "复核二", "real_name": "王小明", "role": "checker"}
    )
    office.post("/admin/units-change/rename/do", {
        "unit": "A02", "name": "长冈新乡", "note": "改名",
    })
    office.post("/admin/periods", {"to": local_text(instants.now() - 20 * DAY)[:10]})
    office.post("/admin/posters", {"format": "a4", "unit": "N01"})
    office.post("/admin/snapshots", {"which": "day"})
    places = {
        "batch": [batch], "feed": [planned],
        "appeal": re.findall(r"/admin/appeals/[0-9]+", office.text("/admin/appeals"))[:1],
        "correction": re.findall(
            r"/admin/corrections/[0-9]+", office.text("/admin/corrections")
        )[:1],
        "request_page": re.findall(
            r'href="(/admin/requests/[0-9]+)', office.text("/admin/requests")
        )[:1],
        "person": ["/admin/people/2"],
        "scene": ["/admin/scenes/0"], "snapshot": ["/admin/snapshots/1"],
        "pack": ["/admin/snapshots/1/pack"],
        "table": [f"/admin/table?view={view}" for view in ("area", "bank", "line", "matrix")],
        "rows": [f"/admin/rows?what={what}" for what in ("claims", "credits", "scans")],
        "differences": ["/admin/differences?state=all"],
        "erasures": ["/admin/erasures", "/admin/erasures?about=2"],
        "find": ["/admin/find?q=A01"],
    }
    pages = {role: _pages(service, role, places) for role in accounts.ROLES}
    pages["office"].append(mine)
    # A person is shown to whoever's codes they claimed by, a round to the units it went to.
    pages["area"] += ["/admin/people/101", "/admin/inspect/1", "/admin/inspect?walls=A01"]
    pages["bank"].append("/admin/people/20")
    service.store.write(lambda c: patrol_log.add(c, service.campaign.id, [
        {"id": number, "at": instants.now(), "visit": 1, "unit": "A01", "picture": number,
         "state": state, "code_unit": None, "issue": None, "placement": None, "leads": "",
         "by_whom": "area"} for number, state in enumerate(patrol_log.STATES, 1)
    ]))
    with listening(create_app(service.settings, service)) as url:
        yield url, pages


def imported_by_two(service: Service, office: Visitor, body: bytes) -> str:
    path = upload(office, body)
    office.post(path, {"deed": "confirm"})
    return signed_in(service, "checker").post(path, {"deed": "confirm"}).headers["Location"]


def _at_a_counter(service: Service, number: int, unit: str) -> None:
    _claim(service, number, unit, number, "counter", 2 * HOUR)


def _claimed_twice(service: Service, number: int) -> None:
    _claim(service, number, "A01", 101, "wechat", 2 * HOUR)
    _claim(service, number, "N09", 102, "wechat", HOUR)


def _claim(service: Service, number: int, unit: str, id: int, client: str, ago: int) -> None:
    person = identify(make_phone(number), service.settings.person_pepper)
    service.store.write(lambda c: log.add_claim(c, log.ClaimRow(
        id, service.campaign.id, person.digest, instants.now() - ago + MINUTE, unit, 1, None, None,
        False, person.last4, "c", "n", client, token=f"u{id}",
    )))


def _pages(service: Service, role: str, places: dict[str, list[str]]) -> list[str]:
    """Return the pages of *role*, out of the application's own list."""
    found = []
    if role not in ("office", "checker"):
        places = {**places, "person": [], "patrol": []}
    own = {"department": "D01", "bank": "B01"}.get(role, "A01")
    for name, method, path in routes(service):
        if method != "GET" or name in NO_PAGES or role not in PROMISED[name]:
            continue
        found += places.get(name, [path.replace("A01", own)])
    return found + (["/counter/"] if role in ("area", "department", "bank") else [])


# What stands beside the screen, is too low for a finger, or does not stay where it is to stay.
LOOK = """() => {
  const wrong = [], wide = document.documentElement.clientWidth;
  document.querySelectorAll("details").forEach(one => { one.open = true; });
  document.querySelectorAll(".unfold[aria-expanded=false]").forEach(one => one.click());
  document.querySelector(".side")?.classList.add("unfolded");
  if (document.documentElement.scrollWidth > wide) {
    wrong.push("page is " + document.documentElement.scrollWidth + " wide");
  }
  document.querySelectorAll("main :is(button, .button, [type=submit], a.act), .side button")
    .forEach(one => {
      const box = one.getBoundingClientRect();
      if (!box.width || one.closest(".hide")) { return; }
      const what = one.textContent.trim() || one.getAttribute("aria-label");
      if (box.left < 0 || box.right > wide) {
        wrong.push(what + " at x " + Math.round(box.left) + " to " + Math.round(box.right));
      }
      if (box.height < 43.9) { wrong.push(what + " is " + box.height + " high"); }
    });
  document.querySelectorAll(".sheet").forEach(sheet => {
    const head = [...sheet.querySelectorAll("thead th")].find(
      // Where rows are cards, the head is for those who hear the page.
      one => one.offsetWidth && getComputedStyle(one.closest("thead")).position !== "absolute"
    );
    const names = sheet.querySelector("tbody th");
    if (!head) { return; }
    const label = sheet.getAttribute("aria-label");
    sheet.scrollTo(9999, 9999);
    const box = sheet.getBoundingClientRect();
    const past = (x, y) => x === undefined ? 0 : Math.abs(x - y);
    if (past(head.getBoundingClientRect().top, box.top + sheet.clientTop) > 1) {
      wrong.push(label + ": the head went away");
    }
    if (names && past(names.getBoundingClientRect().left, box.left + sheet.clientLeft) > 1) {
      wrong.push(label + ": the names went away");
    }
    sheet.scrollIntoView();
    const seen = sheet.getBoundingClientRect();
    const corner = document.elementFromPoint(seen.left + 6, seen.top + 6)?.closest("th, td");
    if (names && corner && !corner.closest("thead")) {
      wrong.push(label + ": a row lies over the corner of its head");
    }
    if (names && seen.height > 844) { wrong.push(label + " is higher than the screen"); }
    sheet.scrollTo(0, 0);
  });
  return wrong;
}"""


def enter(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}/admin/login")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"{url}/admin/**")


def test_every_page_fits_a_telephone_with_its_buttons_in_reach(
    browser: Browser, site: tuple[str, dict[str, list[str]]]
) -> None:
    """A cadre decides at a township's gate: the button stood at x = 946 of 390."""
    url, pages = site
    wrong: list[tuple[str, str, Any]] = []
    for role, paths in pages.items():
        context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        page = context.new_page()
        enter(page, url, role)
        for path in paths:
            answer = page.goto(url + path)
            if not answer or answer.status != 200:
                wrong.append((role, path, answer and answer.status))
            if path not in ("/admin/appeals", "/admin/requests"):  # until theirs are cards
                wrong += [(role, path, what) for what in page.evaluate(LOOK)]
        context.close()
    assert not wrong, "\n".join(map(str, wrong))
