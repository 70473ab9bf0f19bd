"""Patrols: each code in a photograph is told, what is missing too, and it is kept."""
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stores
from console import Visitor, add_everyone, signed_in
from PIL import Image, ImageFilter

from attribution.deeds import Actor, Entry
from attribution.faults import Code as FaultCode
from attribution.office import patrols, places, units
from attribution.office.patrols import Spot, Walk
from attribution.rule import instants
from attribution.rule.instants import DAY
from attribution.service import Service
from attribution.store import audit_log, patrol_log, registry
from attribution.store.export_pages import Filter
from qrgen.codes import Code, code_url, sign_code
from qrgen.faults import Fault
from qrgen.symbols import make_symbol, picture

BY = Actor("office")
ELSEWHERE = "https://ysf.other.gov.cn"


@pytest.fixture(params=stores.KINDS)
def here(request: pytest.FixtureRequest, instance: Any, tmp_path: Path) -> Iterator[Service]:
    with stores.new_service(request.param, instance, tmp_path) as service:
        yield service


def text_of(service: Service, code: Code) -> str:
    return code_url(service.settings.public_url, sign_code(code, service.settings.code_keys))


def photo(*texts: str) -> Image.Image:
    """Return a wall with codes of these *texts* on it, one below the other."""
    codes = [picture(make_symbol(text, 5).matrix, 6) for text in texts]
    wall = Image.new("L", (400, 60 + 320 * len(codes)), 205)
    for place, code in enumerate(codes):
        wall.paste(code, (40, 40 + 320 * place))
    return wall


def saved(folder: Path, *walls: Image.Image) -> list[Path]:
    paths = []
    for number, wall in enumerate(walls):
        paths.append(folder / f"{number}.jpg")
        wall.save(paths[-1], quality=80)
    return paths


def found(service: Service, walk: Walk, files: list[Path]) -> list[tuple[Any, ...]]:
    visit, _ = patrols.record(service, walk, files, BY, instants.now())
    with service.store.read() as connection:
        rows = patrol_log.of_visit(connection, service.campaign.id, visit, None)
    names = ("picture", "state", "code_unit", "issue", "placement", "leads")
    return [tuple(row[name] for name in names) for row in rows]


def test_each_code_is_told_and_what_is_missing_too(here: Service, tmp_path: Path) -> None:
    """By the ledger's own revocations: the registry's file knows of none."""
    now = instants.now()
    for place, label in (("E1", "东门"), ("W2", "西门")):
        places.name_place(here.ledger, "N07", place, label, now, BY)
    units.reissue(here.ledger, "N08", now, BY)
    stranger = code_url(ELSEWHERE, sign_code(Code("A01"), ["f" * 64]))
    copied = text_of(here, Code("N07")).replace(here.settings.public_url, "https://ysf.cheat.example")
    files = saved(
        tmp_path,
        photo(text_of(here, Code("N07", 1, "E1")), "https://pay.example/13800001234?me"),
        photo(text_of(here, Code("N08"))), photo(stranger), photo(copied),
        photo(stranger.replace(ELSEWHERE, here.settings.public_url)), photo("wxp://f2f0abc"),
        photo(text_of(here, Code("N09"))), Image.new("L", (300, 300), 255),
    )
    walk = Walk(
        "N07", [Spot("N07", "E1"), Spot("N07", "W2")], visible={"N07", "N08"}
    )
    assert [
        (1, "genuine", "N07", 1, "E1", ""), (1, "foreign", None, None, None, "https://pay.example"),
        (2, "void", "N08", 1, None, ""), (3, "elsewhere", None, None, None, ELSEWHERE),
        (4, "copied", None, None, None, "https://ysf.cheat.example"),
        (5, "forged", None, None, None, here.settings.public_url),
        (6, "pasted", None, None, None, "wxp:"),
        (7, "others", "N09", 1, None, ""), (8, "nothing", None, None, None, ""),
        (0, "missing", "N07", None, "W2", ""),
    ] == found(here, walk, files)


def test_of_a_unit_that_named_no_place_any_code_of_its_own_will_do(
    here: Service, tmp_path: Path
) -> None:
    walk = Walk("N07", [Spot("N07")])
    files = saved(tmp_path, photo(text_of(here, Code("N07", 1, "7"))))
    assert ["genuine"] == [row[1] for row in found(here, walk, files)]
    blurred = saved(tmp_path, photo(text_of(here, Code("N07"))).filter(ImageFilter.GaussianBlur(4)))
    assert ["unread", "missing"] == [row[1] for row in found(here, walk, blurred)]


def test_a_code_stuck_over_ours_is_told_by_the_edges_that_show(
    here: Service, tmp_path: Path
) -> None:
    """Beside another of ours in the same picture, too."""
    wall = photo(text_of(here, Code("N07")), text_of(here, Code("N07", 1, "2")))
    patch = picture(make_symbol("https://pay.example/x").matrix, 4).resize((120, 120))
    wall.paste(patch, (40 + 63, 40 + 63))
    walk = Walk("", visible=None)
    assert [("pasted", ""), ("genuine", "N07")] == [
        (row[1], row[2] or "") for row in found(here, walk, saved(tmp_path, wall))
    ]


def test_what_cannot_be_read_is_told_and_the_others_are_read(
    here: Service, tmp_path: Path
) -> None:
    """One damaged file among three must not cost the walk."""
    files = saved(tmp_path, photo(text_of(here, Code("N07"))), photo(text_of(here, Code("N08"))))
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff nothing")
    visit, faults = patrols.record(
        here, Walk("N07"), [files[0], broken, files[1]], BY, instants.now()
    )
    assert [2] == [number for number, _ in faults]
    with here.store.read() as connection:
        rows = patrol_log.of_visit(connection, here.campaign.id, visit, None)
    assert ["genuine", "unreadable", "genuine"] == [row["state"] for row in rows]


def test_one_deed_with_its_entry_and_a_false_code_is_told_to_others(
    here: Service, tmp_path: Path
) -> None:
    found(here, Walk("N07"), saved(tmp_path, photo(text_of(here, Code("N07")))))
    found(here, Walk("N07"), saved(tmp_path, photo("https://pay.example/x")))
    with here.store.read() as connection:
        rows = audit_log.after(connection, 0)
    told = [(row["what"], Entry.from_text(row["detail"])) for row in rows[-2:]]
    assert [("patrol", {"genuine": 1}), ("patrol_alarm", {"pasted": 1})] == [
        (what, entry.after) for what, entry in told
    ]


def test_places_that_nobody_looked_at(here: Service, tmp_path: Path) -> None:
    """Longest first; one that was never seen before all others."""
    now = instants.now()
    places.name_place(here.ledger, "N07", "E1", "东门", now, BY)
    places.name_place(here.ledger, "N07", "W2", "西门", now, BY)
    files = saved(tmp_path, photo(text_of(here, Code("N07", 1, "E1")), text_of(here, Code("N08"))))
    patrols.record(here, Walk(""), files, BY, now - 3 * DAY)

    def unseen(days: int) -> list[tuple[str, str, bool]]:
        with here.store.read() as connection:
            ours = [
                unit for unit in registry.read(connection, here.campaign.id).units.values()
                if unit.id in ("N07", "N08")
            ]
            return [
                (place.unit, place.placement, at is not None) for place, at in
                patrols.unseen(connection, here.campaign.id, ours, days, instants.now())
            ]

    assert [("N07", "W2", False)] == unseen(7)
    assert [("N07", "W2", False), ("N07", "E1", True), ("N08", "", True)] == unseen(2)


@pytest.mark.parametrize(("count", "code"), [
    (0, FaultCode.PATROL_EMPTY), (patrols.MOST_PHOTOS + 1, FaultCode.PATROL_TOO_MANY),
])
def test_none_and_too_many_are_refused(service: Service, count: int, code: FaultCode) -> None:
    with pytest.raises(Fault) as refused:
        patrols.record(service, Walk(""), [Path("x")] * count, BY, instants.now())
    assert code is refused.value.code


@pytest.mark.parametrize(("text", "leads"), [
    ("https://a@pay.example:8/x?y#z", "https://pay.example"), ("tel:13800001234", "tel:"),
    ("wxp://f2f0abc", "wxp:"), ("潋江镇", ""), ("http://[bad", ""), ("", ""),
    ("http://13800001234.com/", "http://….com"), ("HTTPS://A.CN", "https://a.cn"),
])
def test_of_a_strangers_code_only_where_it_leads_is_kept(text: str, leads: str) -> None:
    """A code for payments is somebody's, and a code may hold a number."""
    assert leads == patrols.leads_to(text)


# --- the pages ------------------------------------------------------------------------------


def sent(visitor: Visitor, unit: str, place: list[str], *walls: Image.Image) -> str:
    """Send photographs as a phone does, and return the page that comes of it."""
    files = []
    for wall in walls:
        out = io.BytesIO()
        wall.save(out, "JPEG", quality=80)
        files.append((io.BytesIO(out.getvalue()), "IMG_1.jpg"))
    answer = visitor.post(
        "/admin/inspect", {"unit": unit, "place": place, "photo": files},
        content_type="multipart/form-data",
    )
    assert 302 == answer.status_code, answer.get_data(as_text=True)
    return visitor.text(answer.headers["Location"])


def test_a_unit_learns_of_its_own_walls_and_not_whose_another_code_is(service: Service) -> None:
    add_everyone(service)
    area, office = signed_in(service, "area"), signed_in(service, "office")
    ours, other = text_of(service, Code("A01")), text_of(service, Code("A02"))
    page = sent(area, "A01", ["-"], photo(ours, other))
    assert "正常" in page and "A01-1" in page
    assert "别的单位的码" in page and "A02-1" not in page
    visit = page.partition("/admin/inspect?walls=")[0] and area.text("/admin/inspect")
    assert "A02-1" not in visit
    assert "A02-1" in office.text("/admin/inspect")
    rows = area.get("/admin/export/patrols.csv").get_data(as_text=True)
    assert "别的单位的码" in rows and "A02" not in rows
    assert "A02" in office.get("/admin/export/patrols.csv").get_data(as_text=True)


def test_anothers_patrol_is_no_page_of_ones_own(service: Service) -> None:
    add_everyone(service)
    office, bank = signed_in(service, "office"), signed_in(service, "bank")
    page = office.post(
        "/admin/inspect",
        {"unit": "A01", "photo": [(io.BytesIO(_jpeg(text_of(service, Code("A01")))), "a.jpg")]},
        content_type="multipart/form-data",
    ).headers["Location"]
    assert 200 == office.get(page).status_code
    assert 404 == bank.get(page).status_code
    assert 404 == bank.post("/admin/inspect", {"unit": "A01"}).status_code
    assert 400 == bank.post("/admin/inspect", {"unit": ""}).status_code
    assert 404 == office.get("/admin/inspect/7").status_code
    assert 404 == office.get("/admin/inspect?state=nonsense").status_code


def _jpeg(text: str) -> bytes:
    out = io.BytesIO()
    photo(text).save(out, "JPEG")
    return out.getvalue()


def test_no_photograph_and_a_damaged_one_are_told_in_words(service: Service) -> None:
    add_everyone(service)
    area = signed_in(service, "area")
    told = area.post("/admin/inspect", {"unit": "A01"}).get_data(as_text=True)
    assert "没有照片" in told
    answer = area.post(
        "/admin/inspect", {"unit": "A01", "photo": [(io.BytesIO(b"\xff\xd8\xff"), "a.jpg")]},
        content_type="multipart/form-data",
    )
    page = area.text(answer.headers["Location"])
    assert "第 1 张：不是图片也不是 PDF" in page and "zhuanma-" not in page
    with service.store.read() as connection:
        rows, total = patrol_log.page(connection, service.campaign.id, Filter(), 0, 9)
    assert (1, "unreadable") == (total, rows[0]["state"])
