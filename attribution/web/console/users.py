"""Accounts of the staff, kept by the office."""
from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution import accounts, instants
from attribution.store import registry, staff
from attribution.store.database import Connection
from attribution.web.console import access
from attribution.web.console.access import allow, pages
from attribution.web.public import service


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
        rule=here.settings.password_rule, campaign=here.campaign.id,
    )
    access.record("account_add", f"{name} {role} {','.join(sorted(_scopes()))}")
    return _page(made=(name, password)), 201


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
        accounts.set_password(here.store, name, password, now, rule=here.settings.password_rule)
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
    return render_template("admin/users.html", rows=rows, scopes=scopes, made=made)
