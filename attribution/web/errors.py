"""
Exceptions become pages here and nowhere else, so views hold no `try`.

A forged, a malformed and a revoked code, and an address that does not exist, get one
and the same page: who tries codes learns nothing. Under /admin/ staff get a page of
the console instead.
"""
import logging

from flask import Flask, render_template
from werkzeug.exceptions import HTTPException

from attribution.scans import BadCode
from attribution.store import Busy, StoreError
from attribution.store.log import TokenUsed
from attribution.tokens import BadToken
from attribution.web.console import access

log = logging.getLogger("attribution")

Answer = tuple[str, int] | tuple[str, int, dict[str, str]]


def install(app: Flask) -> None:
    """Register the pages for what can go wrong."""

    @app.errorhandler(404)
    @app.errorhandler(BadCode)
    def no_such_code(error: Exception) -> Answer:
        if access.is_here() and isinstance(error, HTTPException):
            return access.missing(error)
        return render_template("public/bad_code.html"), 404

    @app.errorhandler(BadToken)
    def old_form(error: Exception) -> Answer:
        text = "这一页放得太久了，或者前一步没有做。请再扫一次海报上的二维码。"
        return _notice("请重新扫码", text, 400)

    @app.errorhandler(TokenUsed)
    def used_form(error: Exception) -> Answer:
        return _notice(
            "请重新扫码", "这张登记表已经用过了。要登记另一个号码，请再扫一次二维码。", 400
        )

    @app.errorhandler(Busy)
    def busy(error: Exception) -> Answer:
        log.warning("store: %s", error)
        return (*_notice("请等一等", "现在人多，请等1分钟再试。", 503), {"Retry-After": "60"})

    @app.errorhandler(StoreError)
    def broken(error: Exception) -> Answer:
        from attribution.web.public.ways import guide_when_broken

        log.error("store: %s", error)
        # The steps need no database, and are what the person came for.
        return guide_when_broken(), 503, {"Retry-After": "300"}

    @app.errorhandler(429)
    def too_many(error: Exception) -> Answer:
        # The form is not spent: the same one can be sent again.
        return (
            *_notice("请等一等", "现在人多，请等1分钟再试。返回上一页再点一次就行。", 429),
            {"Retry-After": "60"},
        )

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> Answer:
        if access.is_here():
            text = "地址或表单里有看不懂的内容，或者这一页放得太久了。"
            return access.notice("打不开这一页", text, error.code or 500)
        return _notice("打不开这一页", "请返回，或者再扫一次二维码。", error.code or 500)

    @app.errorhandler(500)
    def bug(error: Exception) -> Answer:
        return _notice("系统正在维护", "登记请晚点再来。下载和使用云闪付不受影响。", 500)


def _notice(title: str, text: str, status: int) -> tuple[str, int]:
    return render_template("public/notice.html", title=title, text=text), status
