"""One's own account: password, second step, sessions."""
import io

import qrcode
from flask import redirect, render_template, request, session, url_for
from qrcode.image.svg import SvgPathImage
from werkzeug.wrappers import Response

from attribution.office import accounts, passwords, second_steps, sessions, signing_in, totp
from attribution.office.sealing import seal
from attribution.rule import instants
from attribution.rule.instants import SECOND
from attribution.store import staff
from attribution.web.console import access, proving
from attribution.web.console.access import allow, pages
from attribution.web.current import service
from qrgen.faults import Fault

NO_KEY = (
    "这台服务器还没有保管动态码的密钥。请管服务器的人运行 attribution migrate，再来打开两步验证。"
)
LOST = (
    "这台服务器上没有核对动态码的密钥。请县专班的同事在“账号”里取消两步验证，或请管服务器的人找回密钥。"
)


@pages.get("/me")
@allow(*access.SIGNED_IN)
def me() -> str:
    """Show one's account and where it is signed in."""
    return _page("")


@pages.post("/me/password")
@allow(*access.SIGNED_IN)
def change_password() -> Response | tuple[str, int]:
    """Change one's own password, which ends every session."""
    here, now, name = service(), instants.now(), access.account().name
    device = access.device_of(name)
    current, new = request.form.get("current", ""), request.form.get("new", "")
    with here.store.read() as connection:
        row = staff.account(connection, name)
    try:
        # Counted as at the door, so that a borrowed session is no place to guess.
        right = signing_in.attempt(
            here.store, name, current, now, network=access.network(), device=device,
            step=request.form.get("step", ""), second_keys=here.settings.second_keys,
            name_key=access.name_key(),
        )
    except second_steps.Lost:
        return _page(LOST), 503
    except signing_in.Blocked:
        return _page("试的次数太多了，请15分钟后再试。"), 429
    if right is None or row is None:
        return _page("现在的密码（或动态码）不对，没有修改。"), 400
    if new == current:
        return _page("新密码和现在的一样，请自己另想一个。"), 400
    if new != request.form.get("again", ""):
        return _page("两次输入的新密码不一样。"), 400
    try:
        accounts.set_password(
            here.store, name, new, now, by=access.actor(), rule=here.settings.password_rule,
            session=access.session_id(),
        )
    except Fault as fault:
        return _page(fault.shown()), 400
    access.leave()
    access.told("密码已修改，请用新密码登录。")
    return redirect(url_for("admin.sign_in"))


@pages.post("/me/sign-out-everywhere")
@allow(*access.SIGNED_IN)
def sign_out_everywhere() -> Response:
    """End every session of the account, this one too."""
    by = access.actor()
    sessions.end_everywhere(service().store, by, by.name, instants.now())
    access.leave()
    access.told("所有设备都已退出。")
    return redirect(url_for("admin.sign_in"))


@pages.route("/me/totp", methods=["GET", "POST"])
@allow(*access.SIGNED_IN)
def second_step() -> str | Response | proving.AskedAgain:
    """Turn the second step on (once a code proves that the app has the secret) or off."""
    here, now, account = service(), instants.now(), access.account()
    if request.method == "POST":
        # To turn it off its own digits are asked for; to turn it on, whether it is you.
        if not account.totp and (page := proving.ask(access.actor())):
            return page
        digits = request.form.get("step", "")
        with here.store.read() as connection:
            row = staff.account(connection, account.name)
        kept, keys = row["totp"] if row else None, here.settings.second_keys
        if not keys and not kept:
            return render_template("admin/totp.html", problem=NO_KEY, **_totp()), 503
        try:
            secret = second_steps.opened(kept, keys) if kept else session.get("totp", "")
        except second_steps.Lost:
            return render_template("admin/totp.html", problem=LOST, **_totp()), 503
        try:
            fits = bool(secret) and signing_in.prove_step(
                here.store, account.name, secret, digits, now,
                device=access.device_of(account.name), name_key=access.name_key(),
            )
        except signing_in.Blocked:
            problem = "试的次数太多了，请15分钟后再试。"
            return render_template("admin/totp.html", problem=problem, **_totp()), 429
        if not fits:
            problem = "动态码不对，请再试。"
            return render_template("admin/totp.html", problem=problem, **_totp()), 400
        wanted = None if account.totp else seal(secret, keys)
        accounts.set_second_step(here.store, account.name, wanted, now, by=access.actor())
        session.pop("totp", None)
        access.told("两步验证已打开。" if wanted else "两步验证已关闭。")
        return redirect(url_for("admin.me"))
    problem = "" if here.settings.second_keys or account.totp else NO_KEY
    return render_template("admin/totp.html", problem=problem, **_totp())


def _totp() -> dict[str, object]:
    account = access.account()
    must = account.role in service().settings.second_step_roles
    if account.totp:
        return {"secret": "", "symbol": "", "must": must}
    secret = session.setdefault("totp", totp.new_secret())
    buffer = io.BytesIO()
    made = qrcode.make(
        f"otpauth://totp/Zhuanma:{account.name}?secret={secret}&issuer=Zhuanma",
        image_factory=SvgPathImage,
    )
    made.save(buffer)
    svg = buffer.getvalue().decode()
    return {"secret": secret, "symbol": svg[svg.index("<svg") :], "must": must}


def _page(problem: str) -> str:
    here, now, account = service(), instants.now(), access.account()
    with here.store.read() as connection:
        open_sessions = staff.sessions(
            connection, account.name, now - here.settings.session_idle_s * SECOND
        )
    units = access.unit_names()
    return render_template(
        "admin/me.html", problem=problem, sessions=open_sessions,
        rule=passwords.RULES[here.settings.password_rule],
        scopes=[units.get(id, id) for id in sorted(account.scopes)],
    )
