"""
The staff's door: sign in, see progress, download the logs.

Flask-Login keeps the session, Flask-WTF the CSRF token. A session holds the
account's name and epoch; raising the epoch ends every session at once.
"""
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from flask import Blueprint, Flask, Response, flash, redirect, render_template, request, url_for
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    login_required,
    login_user,
    logout_user,
)
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from attribution import accounts, exports, instants, reports
from attribution.instants import local_text, parse_instant
from attribution.store import staff
from attribution.store.pages import Filter
from attribution.web.public import service

pages = Blueprint("admin", __name__, url_prefix="/admin")

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class User(UserMixin):
    """A signed-in account."""

    def __init__(self, account: accounts.Account):
        self.account = account

    def get_id(self) -> str:
        return f"{self.account.epoch}:{self.account.name}"


class SignIn(FlaskForm):
    """The sign-in form."""

    name = StringField("账号", [InputRequired("请填账号"), Length(max=40)])
    password = PasswordField("密码", [InputRequired("请填密码"), Length(max=1024)])


def install(app: Flask) -> None:
    """Add the staff's pages to *app*."""
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    csrf = CSRFProtect(app)
    manager = LoginManager(app)
    manager.login_view = "admin.sign_in"
    manager.login_message = ""
    manager.session_protection = "strong"

    @manager.user_loader
    def load(text: str) -> User | None:
        epoch, _, name = text.partition(":")
        account = accounts.find(service().store, name)
        return User(account) if account and str(account.epoch) == epoch else None

    @app.before_request
    def protect() -> None:
        # Residents' forms carry a one-time token of their own (tokens.py).
        if request.blueprint == pages.name:
            csrf.protect()

    app.register_blueprint(pages)


@pages.route("/login", methods=["GET", "POST"])
def sign_in() -> str | BaseResponse | tuple[str, int]:
    form = SignIn()
    if form.validate_on_submit():
        account = accounts.sign_in(service().store, form.name.data or "", form.password.data or "")
        if account is not None:
            login_user(User(account))
            _audit("sign_in", "")
            return redirect(url_for("admin.overview"))
        flash("账号或密码不对，请再试。")
        return render_template("admin/login.html", form=form), 401
    return render_template("admin/login.html", form=form)


@pages.post("/logout")
@login_required
def sign_out() -> BaseResponse:
    logout_user()
    return redirect(url_for("admin.sign_in"))


@pages.get("/")
@login_required
def overview() -> str:
    here = service()
    return render_template(
        "admin/overview.html",
        table=reports.by_area(here.store, here.campaign.id),
        steps=reports.STEPS,
        exports=exports.EXPORTS.values(),
        until=local_text(instants.now()),
    )


@pages.get("/export/<name>.<kind>")
@login_required
def download(name: str, kind: str) -> Response:
    here = service()
    export = exports.EXPORTS.get(name)
    if export is None or kind not in _TYPES:
        raise NotFound
    chosen = _filter()
    now = instants.now()
    _audit("export", f"{name}.{kind} {chosen}")
    rows = export.rows(here.store, here.campaign.id, chosen)
    body = exports.write_csv(export, rows) if kind == "csv" else _xlsx(export, rows)
    stamp = local_text(now)[:10].replace("-", "")
    return Response(
        body,
        content_type=_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}-{stamp}.{kind}"'},
    )


def _xlsx(export: exports.Export, rows: Iterator[dict[str, object]]) -> Iterator[bytes]:
    # XLSX is a ZIP with its index at the end: it is made whole, then sent in pieces.
    handle, name = mkstemp(suffix=".xlsx")
    path = Path(name)
    try:
        os.close(handle)
        exports.write_xlsx(export, rows, path)
        with path.open("rb") as file:
            while block := file.read(1 << 16):
                yield block
    finally:
        with suppress(OSError):
            path.unlink()


def _filter() -> Filter:
    def instant(name: str) -> int | None:
        text = request.args.get(name, "").strip()
        try:
            return parse_instant(text) if text else None
        except ValueError:
            raise NotFound from None

    return Filter(instant("since"), instant("until"), request.args.get("unit") or None)


def _audit(what: str, detail: str) -> None:
    here = service()
    now = instants.now()
    who = current_user.account.name if current_user.is_authenticated else "-"
    here.store.write(
        lambda c: staff.add_audit(c, here.store.next_id(now), now, who, what, detail)
    )
