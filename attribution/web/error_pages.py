"""
Exceptions become pages here and nowhere else, so views hold no `try`.

A forged, a malformed and a revoked code, and an address that does not exist, get one
and the same page: who tries codes learns nothing. Under /admin/ staff get a page of
the console instead, whatever went wrong: a resident's page would send them to a poster.
"""
import logging

from flask import Flask, current_app, render_template, request
from werkzeug.exceptions import BadRequest, HTTPException

from attribution.resident.form_tokens import BadToken
from attribution.resident.links import NoPage
from attribution.resident.scans import BadCode, ClosedCode
from attribution.rule import instants
from attribution.rule.instants import local_text
from attribution.settings.former import is_former
from attribution.store import BadText, Busy, StoreError
from attribution.web.console import access
from attribution.web.current import PageAndStatus, service
from attribution.web.public import common
from attribution.web.public.guide import guide_of_closed, guide_page, guide_when_broken

log = logging.getLogger("attribution")


def install(app: Flask) -> None:
    """Register the pages for what can go wrong."""

    @app.errorhandler(404)
    @app.errorhandler(BadCode)
    def no_such_code(error: Exception) -> PageAndStatus:
        if access.is_here() and isinstance(error, HTTPException):
            try:
                return access.missing(error)
            except StoreError as fault:  # which tells who is signed in
                return broken(fault)
        here, text = service(), (request.view_args or {}).get("code", "")
        if isinstance(error, BadCode) and is_former(str(text), here.settings.former_keys):
            # Paper outlives its campaign: it is told as old, and not as forged.
            return render_template(
                "public/former_code.html", former=here.settings.former[-1:],
                campaign=here.campaign,
            ), 410
        return render_template("public/bad_code.html"), 404

    @app.errorhandler(ClosedCode)
    def closed(error: ClosedCode) -> PageAndStatus:
        return guide_of_closed(error), 410

    @app.errorhandler(BadToken)
    def old_form(error: Exception) -> PageAndStatus:
        if access.is_here():
            return _told(400)
        # Of a form of ours it is known whose page to open again.
        code = error.code if isinstance(error, BadToken) else None
        page = render_template(
            "public/old_form.html", signed=service().scans.sign(code) if code else ""
        )
        return page, 400

    @app.errorhandler(NoPage)
    def no_such_page(error: Exception) -> PageAndStatus:
        # Erased, long settled and never given out are one page.
        return guide_page(service(), None, common.client(), gone=True), 404

    @app.errorhandler(Busy)
    def busy(error: Exception) -> PageAndStatus:
        log.warning("store: %s", error)
        if access.is_here():
            return (*_stopped("请等一等", "数据库正忙，请等1分钟再试。"), {"Retry-After": "60"})
        # The steps need no database; the form is not spent, and can be sent again.
        return guide_when_broken("现在人多，还没有登记上。请等1分钟，返回上一页再点一次。"), 503, {
            "Retry-After": "60"
        }

    @app.errorhandler(StoreError)
    def broken(error: Exception) -> PageAndStatus:
        log.error("store: %s", error)
        if access.is_here():
            text = "数据库现在不能读写，请过几分钟再试；一直不好，请告诉系统管理员。"
            return (*_stopped("系统正在维护", text), {"Retry-After": "300"})
        # The steps need no database, and are what the person came for.
        return guide_when_broken(), 503, {"Retry-After": "300"}

    @app.errorhandler(BadText)
    def unfit(error: Exception) -> PageAndStatus:
        # What came in a way that `edges` does not look at: not the database's fault, nor ours.
        return other(BadRequest())

    @app.errorhandler(429)
    def too_many(error: Exception) -> PageAndStatus:
        if access.is_here():
            return (*_told(429), {"Retry-After": "60"})
        # The form is not spent: the same one can be sent again.
        return (
            *_notice("请等一等", "现在人多，请等1分钟再试。返回上一页再点一次就行。", 429),
            {"Retry-After": "60"},
        )

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> PageAndStatus:
        code = error.code or 500
        if access.is_here():
            return _told(code)
        if code == 408:
            return _notice("网络太慢", "填的内容没有传完。请返回上一页，再点一次。", code)
        return _notice("打不开这一页", "请返回，或者再扫一次二维码。", code)

    @app.errorhandler(500)
    def bug(error: Exception) -> PageAndStatus:
        if access.is_here():
            text = "这一页出了错，已记在系统日志里。请返回再试；还不行，请告诉系统管理员。"
            return _stopped("这一页出了错", text, 500)
        return _notice("系统正在维护", "登记请晚点再来。下载和使用云闪付不受影响。", 500)


# What staff are told of a status, where it is not the page's own matter.
_TOLD = {
    401: ("请重新登录", "登录已经过期，文件没有上传。请登录后再选一次文件。"),
    408: ("网络太慢", "内容没有传完。请返回上一页，再提交一次。"),
    413: ("文件太大", "这一页收不下这么大的内容。"),
    429: ("请等一等", "操作太频繁了，请等1分钟再试。"),
    503: ("请等一等", "同时上传的文件太多，请等1分钟再试。"),
}


def _told(status: int) -> tuple[str, int]:
    text = "地址或表单里有看不懂的内容，或者这一页放得太久了。"
    title, text = _TOLD.get(status, ("打不开这一页", text))
    try:
        return access.notice(title, text, status)
    except StoreError:  # the menu asks the database who is signed in
        return _stopped(title, text, status)


def _stopped(title: str, text: str, status: int = 503) -> tuple[str, int]:
    """Return a page of the console that asks nobody anything: there may be no database."""
    page = current_app.jinja_env.get_template("admin/notice.html")
    return page.render(
        title=title, text=text, stopped=True, campaign=service().campaign,
        printed_at=local_text(instants.now()),
    ), status


def _notice(title: str, text: str, status: int) -> tuple[str, int]:
    return render_template("public/notice.html", title=title, text=text), status
