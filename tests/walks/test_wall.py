"""
The wall: a township's patrol photographs its posters with a phone, and learns what hangs there.

One is right, one was pasted over, one is out of focus, one is of an issue that was revoked; beside
them hang a department's and another county's. Each is told on the phone, those not found too; the
office hears of the paste, and no photograph is kept anywhere.
"""
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cast import CHROME_ON_ANDROID, Clerk, County, Manager, OfficeWorker
from deployed import Machine, Shell
from needs import unix
from photographs import pasted_over, photograph, sheet
from playwright.sync_api import Browser

unix("shells and web servers of Unix")

PATROL = "潋江镇巡查员"
OFFICE = "专班小李"


class Patrol(Clerk):
    """Somebody who walks along walls with a phone."""

    device: Mapping[str, Any] = {
        "viewport": {"width": 390, "height": 844}, "user_agent": CHROME_ON_ANDROID,
        "is_mobile": True, "has_touch": True,
    }


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[County]:
    machine = Machine(tmp_path_factory.mktemp("county"), "nginx")
    printed = machine.begins()
    machine.writes("config.toml", before="trusted_proxies = 1\n")
    with machine.serves():
        made = County(machine, browser, printed=printed)
        yield made
        for person in made.people:
            person.leaves()
    assert "Traceback" not in machine.log()
    assert "sound" in machine.shell.runs("attribution check")


def poster_of_another_county(folder: Path) -> bytes:
    """Return a poster that another county's machine prints, under its own address and keys."""
    folder.mkdir()
    shell = Shell(folder)
    shell.runs("attribution init --demo --public-url https://ysf.other.gov.cn")
    shell.runs("qrgen posters --units A01 --out paper")
    (found,) = (folder / "paper").rglob("*A01-1.pdf")
    return found.read_bytes()


def test_each_code_on_the_wall_is_told_on_the_phone(county: County, tmp_path: Path) -> None:
    admin = county.add(Manager(county))
    admin.signs_in(county.printed)
    office = county.add(OfficeWorker(county, OFFICE))
    office.comes_in(admin.makes_an_account(OFFICE, "office"))
    patrol = county.add(Patrol(county, PATROL, "area", "A01"))
    patrol.comes_in(admin.makes_an_account(PATROL, "area", "A01"))

    # The day before: a code was revoked, and each wall got one of its own.
    old = county.poster("A01")
    office.reissues("A01")
    assert office.sees("换发为第 2 版")
    for number, label in (("E1", "镇政府东门"), ("W2", "集市"), ("S3", "汽车站")):
        patrol.gives_a_wall_a_number("A01", number, label)
    east, market, station = (
        sheet(patrol.downloads_the_poster("A01", place)) for place in ("E1", "W2", "S3")
    )

    patrol.follows_the_menu("巡查")
    patrol.patrols([
        photograph(east, 1), photograph(pasted_over(market, "wxp://f2f0a1b2c3d4e5f6"), 2),
        photograph(station, 3, blur_px=11.5), photograph(sheet(old), 4),
        photograph(sheet(poster_of_another_county(tmp_path / "other")), 5),
        photograph(sheet(county.poster("D01")), 6),
    ])
    assert patrol.sees("巡查结果", "发现 1 处假码")
    assert patrol.finds() == {
        ("疑被别人的码盖住", "wxp:", 2), ("有码但读不出", "—", 3),
        ("没有找到", "A01-W2", 0), ("没有找到", "A01-S3", 0),
        ("已作废的码", "A01-1", 4), ("别的县（系统）的码", "https://ysf.other.gov.cn", 5),
        ("别的单位的码", "—", 6), ("正常", "A01-2-E1", 1),
    }
    assert not patrol.holds_now("D01")
    patrol.photographs("wall-result")

    # The station once more, from nearer; the others were not on this way.
    patrol.follows("接着拍")
    patrol.patrols([photograph(station, 7)], only="S3")
    assert patrol.sees("巡查结果") and patrol.finds() == {("正常", "A01-2-S3", 1)}
    patrol.opens("/admin/inspect?walls=A01")
    assert patrol.sees("集市", "没有看到过")
    patrol.photographs("wall-list")

    # The office hears of the paste, sees the place nobody has seen whole, and takes the list away.
    office.opens("/admin/inspect?state=pasted")
    assert office.sees("巡查发现假码", "疑被别人的码盖住", "wxp:")
    office.photographs("wall-office")
    rows = office.downloads_what_patrols_found()
    assert {"A01", ""} == {row["码的单位"] for row in rows if row["结果"] != "别的单位的码"}
    assert ["D01"] == [row["码的单位"] for row in rows if row["结果"] == "别的单位的码"]
    assert [] == patrol.refused + office.refused


def test_no_photograph_was_kept(county: County) -> None:
    """Faces stand on them."""
    kept = [
        path for path in county.machine.instance.rglob("*")
        if path.is_file() and b"\xff\xd8\xff" in path.read_bytes()[:3]
    ]
    assert [] == kept
