"""The bulletin where the office meets it: at the shell, in the console, and in the entries."""
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from console import Visitor, add_everyone
from docx import Document

from attribution.cli import main
from attribution.deeds import Actor
from attribution.reports import snapshots
from attribution.rule import instants
from attribution.rule.instants import DAY, day_of
from attribution.service import Service
from attribution.store import audit_log


@pytest.fixture
def taken(service: Service) -> Iterator[Service]:
    """A service with one snapshot, of the last seven days."""
    now = instants.now()
    snapshots.take(
        service.ledger, now, Actor("ann"), day_of(now - 7 * DAY), day_of(now)
    )
    yield service


def test_the_shell_writes_both_files_enters_them_and_refuses_whole(
    taken: Service, instance: Any, tmp_path: Path
) -> None:
    out, pdf, steps = (tmp_path / name for name in ("a.docx", "a.pdf", "next.txt"))
    steps.write_text("继续上门辅导，每周{2}次。\n", encoding="gb18030")
    command = [
        "report", "bulletin", "--out", str(out), "--pdf", str(pdf), "--next", str(steps),
        "--issue", "3", "--instance", str(instance.folder),
    ]
    assert 0 == main(command)
    texts = [one.text for one in Document(io.BytesIO(out.read_bytes())).paragraphs]
    assert "继续上门辅导，每周2次。" in texts
    made = snapshots.files(taken.ledger, 1)
    assert [hashlib.sha256(one.read_bytes()).hexdigest() for one in (out, pdf)] == [
        one.sha256 for one in made
    ]
    assert {one.kind for one in made} == {"bulletin"}
    with taken.store.read() as connection:
        assert 2 == len(audit_log.latest(connection, what="export_done", who="", limit=9))
    before = out.read_bytes()
    steps.write_text("力争达到90%。\n", encoding="utf-8")
    assert 1 == main(command)
    assert before == out.read_bytes()
    assert 2 == len(snapshots.files(taken.ledger, 1))


def test_the_page_previews_counts_and_keeps_what_was_refused(taken: Service) -> None:
    add_everyone(taken)
    office = Visitor(taken)
    office.sign_in("office")
    assert "议事协调机构" in office.text("/admin/bulletin")
    form = {
        "snapshot": "1", "kind": "report", "day": "2022-10-10", "issuer": "东山县人民政府办公室",
        "problems": "", "steps": "力争达到90%。",
    }
    refused = office.post("/admin/bulletin", form)
    page = refused.get_data(as_text=True)
    assert (400, True, True) == (
        refused.status_code, "“90%”不是快照里的数" in page, ">力争达到90%。</textarea>" in page
    )
    form["steps"] = "每周{2}次上门辅导。"
    page = office.post("/admin/bulletin", form).get_data(as_text=True)
    assert "每个数字从哪里来" in page and "计划数" in page and "正文 " in page
    answer = office.post("/admin/bulletin", {**form, "deed": "docx"})
    assert "每周2次上门辅导。" in [
        one.text for one in Document(io.BytesIO(answer.get_data())).paragraphs
    ]
    assert "report-1-20221010.docx" in answer.headers["Content-Disposition"]
    viewer = Visitor(taken)
    viewer.sign_in("viewer")
    assert 403 == viewer.post("/admin/bulletin", form).status_code


def test_without_a_snapshot_there_is_nothing_to_tell(
    service: Service, instance: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.docx"
    assert 1 == main(
        ["report", "bulletin", "--out", str(out), "--instance", str(instance.folder)]
    )
    assert "snapshot" in capsys.readouterr().err and not out.exists()
