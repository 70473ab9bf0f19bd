"""Pictures of tables for WeChat groups: nothing outside, nothing left out, and they add up."""
import io
from collections.abc import Iterator
from typing import Any

import pytest
from console import PASSWORD, Visitor, add_everyone, signed_in
from PIL import Image
from test_console_pages import claimed, feed
from test_console_queues import imported

from attribution.deeds import Actor
from attribution.office import accounts
from attribution.reports import progress_picture
from attribution.reports.progress_picture import MOST_ROWS, PictureColumn, sheets, table_picture
from attribution.rule import instants
from attribution.rule.instants import HOUR
from attribution.service import Service

COLUMNS = [
    PictureColumn("序号"), PictureColumn("网点", number=False), PictureColumn("任务"),
    PictureColumn("有效"), PictureColumn("进度差", signed=True),
]


@pytest.fixture
def office(service: Service) -> Visitor:
    add_everyone(service)
    for n, unit in enumerate(["A01", "N01", "N02", "N02", "N04", "B01", "D01"]):
        claimed(service, n, unit, 2 * HOUR)
    imported(signed_in(service, "office"), feed(*range(7)))
    return signed_in(service, "office")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What was drawn of late: the words above, and each row by its headings."""
    found: list[dict[str, Any]] = []
    draw = progress_picture.table_picture

    def watched(
        title: Any, subtitle: Any, columns: Any, rows: Any, heads: int, foot: Any, *more: Any
    ) -> bytes:
        names = [column.heading if column.number else "名称" for column in columns]
        told = [dict(zip(names, row, strict=True)) for row in rows]
        found.append({"title": subtitle, "heads": told[:heads], "rows": told[heads:], "foot": foot})
        return draw(title, subtitle, columns, rows, heads, foot, *more)

    monkeypatch.setattr(progress_picture, "table_picture", watched)
    yield found


def asked(visitor: Visitor, query: str, drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return all pictures that *query* makes, each looked at."""
    drawn.clear()
    number = 1
    while (answer := visitor.get(f"/admin/table.png?{query}&sheet={number}")).status_code == 200:
        picture = Image.open(io.BytesIO(answer.get_data()))
        assert ("PNG", 1080) == (picture.format, picture.width)
        assert len(answer.get_data()) < 2_000_000
        number += 1
    return list(drawn)


def effective(row: dict[str, str]) -> int:
    return int(row["有效"].replace(",", ""))


@pytest.mark.parametrize(
    ("name", "number"),
    [
        pytest.param("城关镇", "12", id="short"),
        pytest.param("一个并了很多次的乡镇（含甲乡、乙乡、丙乡）·农商行很长名字的支行" * 3,
                     "1,234,567", id="long"),
    ],
)
def test_all_that_is_said_lies_within_the_picture(name: str, number: str) -> None:
    """The seal at the foot stood half outside, and a long name ended in dots."""
    row = ["1", name, number, number, "-24.11"]
    data = table_picture(
        "一个名称写得很长很长的移动支付便民工程活动" * 3, f"{name} 截至 2026-11-30 10:00",
        COLUMNS, [row] * 3, 1, [f"本期：{name}。", "封印 12 · 2026-11-30 10:30:07 · 0123456789ab"],
    )
    picture = Image.open(io.BytesIO(data)).convert("L")
    dark = picture.point(lambda light: 255 if light < 200 else 0)
    dark.paste(0, (0, 0, 1080, 11))  # the bar at the top
    left, _, right, bottom = dark.getbbox() or (0, 0, 0, 0)
    assert 30 <= left and right <= 1080 - 30
    assert bottom <= picture.height - 12


@pytest.mark.parametrize("count", [0, 1, 12, 13, 14, 41, 90, 400])
@pytest.mark.parametrize("heads", [1, 3])
def test_a_long_table_is_several_pictures_of_like_length(count: int, heads: int) -> None:
    parts = sheets(heads, list(range(count)))
    assert list(range(count)) == [row for part in parts for row in part]
    lengths = [len(part) + heads for part in parts]
    assert max(lengths) <= MOST_ROWS and max(lengths) - min(lengths) <= 1
    assert len(parts) == 1 or min(lengths) >= MOST_ROWS // 2


def test_the_countys_pictures_are_numbered_and_add_up(
    office: Visitor, drawn: list[dict[str, Any]]
) -> None:
    for view in ("area", "bank", "line"):
        pictures = asked(office, f"view={view}", drawn)
        totals = {effective(one["heads"][0]) for one in pictures}
        assert {7} == totals
        lines = [row for one in pictures for row in one["rows"]]
        whole = sum(effective(row) for row in lines)
        assert 7 == whole + (effective(pictures[0]["heads"][2]) if view == "line" else 0)
        numbers = [int(row["序号"]) for row in lines if row["序号"]]
        assert list(range(1, len(numbers) + 1)) == numbers
        for number, one in enumerate(pictures, 1):
            mark = f"第{number}张，共{len(pictures)}张"
            assert (mark in one["title"]) == (len(pictures) > 1), one["title"]


def test_a_banks_picture_has_its_branches_and_an_areas_its_lines(
    service: Service, office: Visitor, drawn: list[dict[str, Any]]
) -> None:
    """Under the number that the county's picture shows of it."""
    branch = "农商行潋江支行"
    for view, of, some in (("bank", "B01", branch), ("area", "A01", f"潋江镇·{branch}")):
        county = [row for one in asked(office, f"view={view}", drawn) for row in one["rows"]]
        pictures = asked(office, f"of={of}", drawn)
        head = pictures[0]["heads"][0]
        name = head["名称"].removesuffix("合计")
        assert [effective(head)] == [effective(row) for row in county if row["名称"] == name]
        rows = [row for one in pictures for row in one["rows"]]
        assert effective(head) == sum(map(effective, rows)) > 0
        assert some in [row["名称"] for row in rows]
        # Who has that one alone needs not ask for it.
        visitor = signed_in(service, view)
        assert rows == [row for one in asked(visitor, "", drawn) for row in one["rows"]]
        links = visitor.text("/admin/table/picture")
        assert f'value="{of}"' in links
        for other in ("A02", "B02"):
            assert f'value="{other}"' not in links
            assert 404 == visitor.get(f"/admin/table.png?of={other}").status_code
    for of in ("N01", "D01", "X"):
        assert 404 == office.get(f"/admin/table.png?of={of}").status_code


def test_whoever_has_one_line_or_department_gets_its_picture(
    service: Service, office: Visitor, drawn: list[dict[str, Any]]
) -> None:
    accounts.add(
        service.store, "branch", PASSWORD, "bank", instants.now(), ["N02"], by=Actor("test")
    )
    branch, department = signed_in(service, "branch"), signed_in(service, "department")
    [one] = asked(branch, "", drawn)
    assert [2] == [effective(row) for row in one["rows"]]
    [one] = asked(department, "", drawn)
    assert [1] == [effective(row) for row in one["rows"]]
    assert "任务" not in one["rows"][0]  # nothing is asked of it
