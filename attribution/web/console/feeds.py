"""The platform's files: upload, map the columns, see what would happen, confirm."""
import re
import secrets
import shutil
from pathlib import Path

from flask import abort, redirect, render_template, request, url_for
from werkzeug.utils import secure_filename
from werkzeug.wrappers import Response

from attribution import exports, facts, feeds, instants, wording
from attribution.instants import DAY, parse_instant
from attribution.store import lists
from attribution.web.console import access
from attribution.web.console.access import allow, pages
from attribution.web.public import service
from qrgen.shell import Fault

FIELDS = {
    "phone": "手机号", "registered_at": "注册时间", "card_bound_at": "绑卡时间",
    "first_txn_at": "首笔交易时间", "as_of": "数据日期",
}
# A file nobody decides on holds numbers, so it is not kept.
KEPT = DAY


@pages.get("/feeds", endpoint="feeds")
@allow("office", "checker")
def feed_list() -> str:
    """List the batches, and take a new file."""
    here = service()
    with here.store.read() as connection:
        batches = lists.batches(connection, here.campaign.id)
    waiting = [
        (folder.name.partition("-")[2], (folder / "batch").read_text(encoding="utf-8"),
         (folder / "who").read_text(encoding="utf-8"))
        for folder in sorted((here.settings.instance / "uploads").glob("feed-*"))
        if (folder / "planned").exists()
    ]
    return render_template("admin/feeds.html", batches=batches, waiting=waiting)


@pages.post("/feeds")
@allow("office")
def upload_feed() -> Response:
    """Keep an uploaded file until it is confirmed or discarded, a day at most."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        access.told("请选择平台给的 CSV 或 XLSX 文件。", "problem")
        return redirect(url_for("admin.feeds"))
    _sweep()
    token = secrets.token_hex(16)
    folder = _folder(token)
    folder.mkdir(parents=True, mode=0o700)
    stem, suffix = Path(sent.filename).stem, Path(sent.filename).suffix.lower()
    # The name is the batch's number; the path on disk is ours alone.
    (folder / "batch").write_text(stem[:80] or "batch", encoding="utf-8")
    (folder / "who").write_text(access.account().name, encoding="utf-8")
    sent.save(folder / f"feed{secure_filename(suffix) and suffix[:5]}")
    access.record("feed_upload", stem[:80])
    return redirect(url_for("admin.feed", token=token))


@pages.get("/feeds/<token>")
@allow("office", "checker")
def feed(token: str) -> str | tuple[str, int]:
    """Run the file dry and show what it would do."""
    return _shown(token, _choices(request.args), "")


@pages.post("/feeds/<token>")
@allow("office", "checker")
def decide_feed(token: str) -> Response:
    """Take the file in, or throw it away."""
    path, batch = _file(token)
    if request.form.get("deed") == "discard":
        shutil.rmtree(path.parent, ignore_errors=True)
        access.record("feed_discard", batch)
        access.told("文件已放弃，没有导入。")
        return redirect(url_for("admin.feeds"))
    chosen, planned = _choices(request.form), path.parent / "planned"
    if service().campaign.second_person and not planned.exists():
        report = _import(path, chosen, batch, "plan")
        planned.touch()
        (path.parent / "batch").write_text(report.batch, encoding="utf-8")
        access.record("feed_plan", report.batch)
        access.told("已提交，请另一个人在本页确认。")
        return redirect(url_for("admin.feeds"))
    report = _import(path, chosen, batch, "confirm" if planned.exists() else "take")
    shutil.rmtree(path.parent, ignore_errors=True)
    if report.repeated:
        access.told(f"这个文件以前导入过（批次 {report.batch}），没有重复导入。", "problem")
    else:
        access.record("feed_confirm", f"{report.batch} rows {report.rows}")
        access.told(
            f"批次 {report.batch} 已导入：{report.rows} 行，{report.people} 人，"
            f"新增有效新用户 {report.credited}，减少 {report.lost}。"
        )
    return redirect(url_for("admin.feeds"))


def _shown(token: str, chosen: dict[str, str], problem: str) -> str | tuple[str, int]:
    path, batch = _file(token)
    report, more = None, []
    status = 200
    try:
        report = _import(path, chosen, batch, "dry")
    except Fault as fault:
        problem, status = wording.cause(fault), 400
        more = [wording.cause(one) for one in fault.more[:200]]
    return render_template(
        "admin/feed.html", token=token, batch=chosen.get("batch") or batch, report=report,
        problem=problem, more=more, fields=FIELDS, chosen=chosen,
        words={**exports.REASONS, "credited": "有效新用户"},
    ), status


def _import(path: Path, chosen: dict[str, str], batch: str, how: str) -> facts.Report:
    here = service()
    try:
        as_of = parse_instant(chosen["as_of_date"]) if chosen.get("as_of_date") else None
    except ValueError:
        abort(400)
    mapping = {
        field: chosen[f"map_{field}"] for field in feeds.FIELDS if chosen.get(f"map_{field}")
    }
    return facts.import_feed(
        here.store, here.campaign, path, pepper=here.settings.person_pepper,
        digest=here.settings.digest, now=instants.now(), by_whom=access.account().name,
        batch=chosen.get("batch") or batch, as_of=as_of, mapping=mapping,
        dry_run=how == "dry", plan=how == "plan", confirm=how == "confirm",
    )


def _choices(source: object) -> dict[str, str]:
    names = ["batch", "as_of_date", *(f"map_{field}" for field in feeds.FIELDS)]
    get = source.get  # type: ignore[attr-defined]
    return {name: str(get(name)).strip()[:80] for name in names if get(name)}


def _folder(token: str) -> Path:
    if not re.fullmatch(r"[0-9a-f]{32}", token):
        abort(404)
    return service().settings.instance / "uploads" / f"feed-{token}"


def _file(token: str) -> tuple[Path, str]:
    """Return the uploaded file and its batch number, if it is this account's or submitted."""
    folder = _folder(token)
    who, found = folder / "who", sorted(folder.glob("feed*"))
    shared = (folder / "planned").exists()  # then another person is to look at it
    if not found or not (shared or who.read_text(encoding="utf-8") == access.account().name):
        abort(404)
    return found[0], (folder / "batch").read_text(encoding="utf-8")


def _sweep() -> None:
    before = (instants.now() - KEPT) / 1_000_000
    for folder in (service().settings.instance / "uploads").glob("*-*"):
        if folder.stat().st_mtime < before:
            shutil.rmtree(folder, ignore_errors=True)
