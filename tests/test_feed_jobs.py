"""A large file is worked off beside the workers: every browser sees how far, and how it ended."""
import csv
import io
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Instance
from console import Visitor, add_everyone, signed_in
from factories import make_phone
from test_console_pages import HEAD, upload

from attribution.facts import intake
from attribution.office import feed_child, feed_jobs
from attribution.office.feed_jobs import FeedWork
from attribution.rule import instants
from attribution.rule.instants import HOUR, MINUTE, SECOND, local_text
from attribution.service import Service, open_service
from attribution.web.console import uploads

# More than is read while one waits for the page, and more chunks than are written at once.
ROWS = 4200


@pytest.fixture
def office(service: Service) -> Visitor:
    add_everyone(service)
    return signed_in(service, "office")


@pytest.fixture
def neighbour(service: Service, instance: Instance) -> Iterator[Visitor]:
    """The same person at another worker of the same service."""
    with_it = open_service(instance.settings())
    yield signed_in(with_it, "office")
    with_it.close()


def large(tail: str = "") -> bytes:
    now = instants.now()
    times = [local_text(now - HOUR + n * MINUTE) for n in (0, 5, 9)]
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([HEAD, *([make_phone(n), *times] for n in range(1, ROWS + 1))])
    body = (buffer.getvalue() + tail).encode("utf-8-sig")
    assert len(body) > uploads.AT_ONCE
    return body


def progress(visitor: Visitor, path: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(visitor.text(f"{path}/progress"))
    return told


def ends(visitor: Visitor, path: str) -> list[dict[str, Any]]:
    """Wait for the end of what is at work on the file at *path*; return what was told of it."""
    told = [progress(visitor, path)]
    while told[-1]["state"] == "running":
        time.sleep(0.1)
        told.append(progress(visitor, path))
    return told


def tried(visitor: Visitor, body: bytes) -> str:
    path = upload(visitor, body)
    visitor.get(path)
    ends(visitor, path)
    return path


def work_of(service: Service, path: str) -> FeedWork:
    found = feed_jobs.read(folder_of(service, path), instants.now())
    assert found is not None
    return found


def folder_of(service: Service, path: str) -> Any:
    return service.settings.shared / "uploads" / f"feed-{path.rsplit('/', 1)[1]}"


def batches(service: Service) -> list[tuple[str, int]]:
    with service.store.read() as connection:
        return [
            (row["id"], row["row_count"])
            for row in connection.rows("select id, row_count from batch")
        ]


def test_every_browser_at_every_worker_sees_how_far_a_large_file_is(
    service: Service, office: Visitor, neighbour: Visitor
) -> None:
    path = upload(office, large())
    first = office.get(path)
    assert 302 == first.status_code
    for visitor in (office, neighbour):
        page = visitor.text(path)
        assert "正在试算" in page and "取消" in page
        assert '<noscript><meta http-equiv="refresh"' in page and "data-work=" in page
    told = ends(neighbour, path)
    assert "done" == told[-1]["state"]
    assert f"{ROWS:,} / {ROWS:,} 行" == told[-1]["count"]
    page = office.text(first.headers["Location"])
    assert f"<dt>行数</dt><dd>{ROWS:,}</dd>" in page and "确认导入" in page
    assert [] == batches(service)
    assert 302 == office.post(path, {"deed": "confirm"}).status_code
    assert "done" == ends(office, path)[-1]["state"]
    assert [("day-1", ROWS)] == batches(service)
    # Whoever comes back to either page is led to the batch; the numbers are gone.
    for visitor in (office, neighbour):
        assert "/admin/batches/day-1" == visitor.get(path).headers["Location"]
    assert not [*folder_of(service, path).glob("feed*")]
    assert f"已导入：{ROWS} 行" in office.text("/admin/batches/day-1")
    assert "day-1" not in re.findall(r"等待处理(.*?)</section>", office.text("/admin/feeds"))


def test_it_is_cancelled_while_nothing_counts_and_begun_again(
    service: Service, office: Visitor
) -> None:
    path = tried(office, large())
    office.post(path, {"deed": "confirm"})
    office.post(path, {"deed": "stop"})
    assert "stopped" == ends(office, path)[-1]["state"]
    assert "导入已取消，没有计入任何一行" in office.text(path)
    assert [] == batches(service)
    with service.store.read() as connection:
        assert [] == connection.rows("select id from feed_job")
    office.post(path, {"deed": "confirm"})
    assert "done" == ends(office, path)[-1]["state"]
    assert [("day-1", ROWS)] == batches(service)


def test_a_process_that_was_killed_is_told_of_and_what_counts_stands(
    service: Service, office: Visitor
) -> None:
    path = upload(office, large())
    office.get(path)
    while not work_of(service, path).pid:
        time.sleep(0.05)
    os.kill(work_of(service, path).pid, signal.SIGTERM)
    assert "lost" == ends(office, path)[-1]["state"]
    assert "试算中途断了" in office.text(path)
    # It is not begun again by looking at it, but by whoever asks.
    assert "lost" == progress(office, path)["state"]
    office.get(f"{path}?again=1")
    assert "done" == ends(office, path)[-1]["state"]

    # Killed after the moment from which it counts: whoever looks is led to the batch.
    folder = folder_of(service, path)
    order = feed_jobs.FeedOrder(
        intake.Aim.TAKE.value, "day-1", intake.Reading().as_json(), "", {},
        {"name": "office", "network": "", "door": ""},
    )
    kept = (folder / "feed.csv").read_bytes()
    feed_jobs.perform(service, folder, order)
    (folder / "feed.csv").write_bytes(kept)
    feed_jobs.write(folder, FeedWork(order, phase="counting", seen=instants.now() - 60 * SECOND))
    assert "/admin/batches/day-1" == office.get(path).headers["Location"]
    assert not [*folder.glob("feed*")]


def test_what_is_wrong_with_a_large_file_is_told_by_line_and_without_a_number(
    service: Service, office: Visitor
) -> None:
    path = tried(office, large(f"{make_phone(7)},昨天,,\r\n"))
    answer = office.get(path)
    page = answer.get_data(as_text=True)
    assert 400 == answer.status_code
    assert f"第 {ROWS + 2} 行" in page and f'name="accept" value="{ROWS + 2}"' in page
    assert make_phone(7) not in page
    assert make_phone(7) not in (folder_of(service, path) / "work.json").read_text("utf-8")
    accepted = office.get(f"{path}?accept={ROWS + 2}")
    assert 302 == accepted.status_code
    ends(office, path)
    assert f"<dd>{ROWS + 1:,}</dd>" in office.text(accepted.headers["Location"])
    # Whoever comes back without an address's end finds it as it was left.
    assert f'name="accept" value="{ROWS + 2}"' in office.text(path)


def test_what_counts_is_not_cancelled(service: Service, office: Visitor) -> None:
    path = tried(office, large())
    work = work_of(service, path)
    feed_jobs.write(folder_of(service, path), FeedWork(
        work.order, phase="counting", seen=instants.now(), done=1, total=2,
    ))
    assert "取消</button>" not in office.text(path)
    for deed in ("stop", "discard"):
        office.post(path, {"deed": deed})
        assert not (folder_of(service, path) / "stop").exists()
        assert [*folder_of(service, path).glob("feed*")]
    assert "不能再取消" in office.text(path)


def test_a_workbooks_rows_are_not_guessed_and_a_tables_are(tmp_path: Any) -> None:
    (tmp_path / "a.csv").write_bytes(b"a\r\n" * 7)
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04" + b"\n" * 7)
    assert [7, 0] == [feed_child.lines_of(tmp_path / name) for name in ("a.csv", "a.xlsx")]
