"""Accounts of the staff, kept by the office."""
import re

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import accounts
from attribution.rule import instants
from attribution.rule.instants import SECOND
from attribution.store import registry, staff
from attribution.store.engine.database import Connection
from attribution.web.console import access
from attribution.web.console.access import allow, pages
from attribution.web.current import service


@pages.get("/users")
@allow("office")
def users() -> str:
    """List the accounts, and offer a new one."""
    return _page()


@pages.post("/users")
@allow("office")
def add_user() -> tuple[str, int]:
    """Add an account; its password is shown this once."""
    here = service()
    name, role = request.form.get("name", "").strip(), request.form.get("role", "")
    password = accounts.new_password()
    accounts.add(
        here.store, name, password, role, instants.now(), _scopes(),
        rule=here.settings.password_rule, campaign=here.campaign.id, handed_over=True,
    )
    access.record("account_add", f"{name} {role} {','.join(sorted(_scopes()))}")
    return _page(made=(name, password)), 201


@pages.get("/users/<name>")
@allow("office")
def user(name: str) -> str:
    """Show one account: where it is signed in, and whether the door is shut to it."""
    here, now = service(), instants.now()
    with here.store.read() as connection:
        row = staff.account(connection, name)
        sessions = staff.sessions(
            connection, name, now - here.settings.session_idle_s * SECOND
        )
        failures = staff.failures(connection, name, now - accounts.WINDOW)
        scopes = staff.scopes(connection, name)
    if row is None:
        abort(404)
    most = {"pair": accounts.PER_ACCOUNT_AND_NETWORK, "device": accounts.PER_DEVICE,
            "account": accounts.PER_ACCOUNT, "step": accounts.PER_STEP}
    counted = [(failure, most[failure["key"].partition(":")[0]]) for failure in failures]
    return render_template(
        "admin/user.html", row=row, scopes=scopes, sessions=sessions,
        failed=sum(failure["failures"] for failure in failures),
        shut=[failure for failure, limit in counted if failure["failures"] >= limit],
        until=lambda at: at + accounts.WINDOW,
    )


@pages.post("/users/<name>")
@allow("office")
def change_user(name: str) -> Response | tuple[str, int]:
    """Change role and units, close or open an account, or give a new password."""
    here, now = service(), instants.now()
    with here.store.read() as connection:
        row = staff.account(connection, name)
    if row is None:
        abort(404)
    deed = request.form.get("deed", "")
    own = name == access.account().name
    if deed in ("close", "change") and own:
        access.told("不能停用或修改自己的账号，请另一位县专班同事来做。", "problem")
        return redirect(url_for("admin.users"))
    if deed == "password":
        password = accounts.new_password()
        accounts.set_password(
            here.store, name, password, now, rule=here.settings.password_rule, handed_over=not own
        )
        access.record("account_password", name)
        return _page(made=(name, password)), 200
    if deed == "totp":
        here.store.write(lambda c: staff.set_totp(c, name, None))
        access.record("totp", f"{name} off")
        access.told(f"{name} 的两步验证已取消。")
    elif deed in ("close", "open"):
        here.store.write(lambda c: staff.close_account(c, name, now if deed == "close" else None))
        access.record(f"account_{deed}", name)
        access.told(f"账号 {name} 已{'停用，所有设备都已退出' if deed == 'close' else '恢复'}。")
    elif deed == "unlock":
        here.store.write(lambda c: staff.unlock(c, name))
        access.record("account_unlock", name)
        access.told(f"{name} 的登录限制已解除，可以马上再试。")
        return redirect(url_for("admin.user", name=name))
    elif deed == "end":
        start = request.form.get("session", "")
        if not re.fullmatch(r"[0-9a-f]{16}", start):
            abort(400)
        ended = here.store.write(lambda c: staff.end_one_session(c, name, start, now))
        access.record("session_end", f"{name} {ended}")
        access.told("这台设备已退出。" if ended else "这台设备早已退出。")
        return redirect(url_for("admin.user", name=name))
    elif deed == "end_all":
        here.store.write(lambda c: staff.end_everywhere(c, name, now))
        access.record("session_end", f"{name} all")
        access.told(f"{name} 在所有设备上都已退出。")
        return redirect(url_for("admin.sign_in") if own else url_for("admin.user", name=name))
    elif deed == "change":
        role, scopes = request.form.get("role", ""), _scopes()

        def act(connection: Connection) -> None:
            accounts.check_scopes(role, scopes, registry.read(connection, here.campaign.id))
            staff.set_role(connection, name, role)
            staff.set_scopes(connection, name, scopes)

        if role not in accounts.ROLES:
            abort(400)
        here.store.write(act)
        access.record("account_change", f"{name} {role} {','.join(sorted(scopes))}")
        access.told(f"账号 {name} 已修改，需重新登录。")
    else:
        abort(400)
    return redirect(url_for("admin.users"))


def _scopes() -> frozenset[str]:
    text = request.form.get("scopes", "").upper().replace("，", ",").replace("、", ",")
    return frozenset(text.replace(",", " ").split())


def _page(made: tuple[str, str] | None = None) -> str:
    with service().store.read() as connection:
        rows, scopes = staff.accounts(connection), staff.all_scopes(connection)
        seen = staff.last_seen(connection)
    return render_template(
        "admin/users.html", rows=rows, scopes=scopes, made=made, seen=seen,
        names={id: unit.name for id, unit in access.snapshot().units.items()},
    )
