"""The door: sign in, sign out."""
import logging

from flask import make_response, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from attribution.office import accounts, second_steps, sessions, signing_in
from attribution.office.passwords import LONGEST
from attribution.rule import instants
from attribution.web.console import access
from attribution.web.console.access import allow, pages
from attribution.web.current import service

log = logging.getLogger(__name__)

LOST = (
    "密码对了，但这台服务器上没有核对动态码的密钥，暂时不能登录。请县专班的同事在“账号”里取消这个账号的"
    "两步验证；没有人能登录时，请管服务器的人找回密钥，或运行 attribution user second-step-off。"
)


class SignIn(FlaskForm):
    """The sign-in form."""

    name = StringField("账号", [InputRequired("请填账号"), Length(max=200)])
    password = PasswordField("密码", [InputRequired("请填密码"), Length(
        max=LONGEST, message=f"密码最多 {LONGEST} 个字符，这个太长了。",
    )])
    step = StringField("动态码（开了两步验证才填）", [Length(max=40)])


@pages.route("/login", methods=["GET", "POST"])
@allow(access.ANYONE)
def sign_in() -> str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Ask for name and password, and let in who knows both."""
    form = SignIn()
    if not form.validate_on_submit():
        problem = "".join(form.password.errors)
        return render_template("admin/login.html", form=form, problem=problem), (
            400 if problem else 200
        )
    now = instants.now()
    name = accounts.typed_name(service().store, form.name.data or "")
    try:
        account = signing_in.attempt(
            service().store, name, form.password.data or "", now,
            network=access.network(), device=access.device_of(name), step=form.step.data or "",
            second_keys=service().settings.second_keys, name_key=access.name_key(),
        )
    except second_steps.Lost:
        # Said only to who knows the password. Nobody is let in without the second step:
        # whoever could take the key away would have taken the step away.
        log.error("sign-in: a second step is sealed under another key; %s", second_steps.WAY_BACK)
        return render_template("admin/login.html", form=form, problem=LOST), 503
    except signing_in.Blocked as blocked:
        # Once a window: what thousands of tries would write stays for ever.
        if blocked.first:
            told = accounts.name_or_shape(service().store, name)
            sessions.refuse(service().store, access.network(), told, now, blocked=True)
        problem = "试的次数太多了，请15分钟后再试。用以前登录过的电脑不受别人影响。"
        return (
            render_template("admin/login.html", form=form, problem=problem), 429,
            {"Retry-After": "900"},
        )
    if account is None:
        told = accounts.name_or_shape(service().store, name)
        sessions.refuse(service().store, access.network(), told, now)
        problem = "账号、密码或动态码不对，请再试。"
        return render_template("admin/login.html", form=form, problem=problem), 401
    access.begin_session(account, now)
    target = access.local_target(request.args.get("next", ""))
    if target in (None, url_for("admin.overview")):
        # The address on every slip; the account manager's day begins elsewhere.
        target = access.first_page(account)
    response = make_response(redirect(target))
    access.remember_device(response, account.name)
    return response


@pages.post("/logout")
@allow(*access.SIGNED_IN)
def sign_out() -> Response:
    """End this session."""
    if current_user.is_authenticated:
        sessions.end(service().store, access.actor(), access.session_id(), instants.now())
    access.leave()
    return redirect(url_for("admin.sign_in"))
