"""Accounts of the staff, kept by whoever has no other duty; in a demonstration by the office."""
import re

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import (
    account_names,
    accounts,
    handing_over,
    passwords,
    requests,
    sessions,
    signing_in,
)
from attribution.rule import instants
from attribution.rule.instants import SECOND
from attribution.store import staff
from attribution.two_people import RANKED
from attribution.web.console import access, audit_words, picking, typed
from attribution.web.console.access import allow, pages, proven
from attribution.web.current import service


@pages.get("/users")
@allow("accounts")
def users() -> str:
    """List the accounts, and offer a new one."""
    return _page()


@pages.post("/users")
@allow("accounts")
@proven
def add_user() -> tuple[str, int] | Response:
    """Add an account; its password is shown this once. One that counts waits for another's word."""
    here, scopes = service(), frozenset(picking.units("scopes"))
    name, role = account_names.plain(typed.text("name", 40)), request.form.get("role", "")
    if takes_two(role):
        account_names.refuse_unfit(name)
        return _asked(
            "account_add", name, role=role, units=sorted(scopes),
            real_name=typed.text("real_name", 40),
        )
    password = passwords.new()
    accounts.add(
        here.store, name, password, role, instants.now(), scopes,
        by=access.actor(), rule=here.settings.password_rule, campaign=here.campaign.id,
        handed_over=True, real_name=request.form.get("real_name", ""),
    )
    return _page(made=(name, password)), 201


@pages.get("/users/<path:name>")
@allow("accounts")
def user(name: str) -> str:
    """Show one account: where it is signed in, and whether the door is shut to it."""
    here, now = service(), instants.now()
    with here.store.read() as connection:
        row = staff.account(connection, name)
        open_sessions = staff.sessions(
            connection, name, now - here.settings.session_idle_s * SECOND
        )
        failures = staff.failures(
            connection, signing_in.counted_as(name, access.name_key()), now - signing_in.WINDOW
        )
        scopes = staff.scopes(connection, name)
        waiting = handing_over.open_of(connection, here.campaign.id, name)
        colleagues = [
            one for one in staff.accounts(connection)
            if row and one["role"] == row["role"] and one["name"] != name
            and one["closed_at"] is None
        ]
    if row is None:
        abort(404)
    most = {"pair": signing_in.PER_ACCOUNT_AND_NETWORK, "device": signing_in.PER_DEVICE,
            "account": signing_in.PER_ACCOUNT, "step": signing_in.PER_STEP}
    counted = [(failure, most[failure["key"].partition(":")[0]]) for failure in failures]
    return render_template(
        "admin/user.html", row=row, scopes=scopes, colleagues=colleagues,
        waiting=[(audit_words.name(kind), len(ids)) for kind, ids in waiting.items()],
        sessions=open_sessions,
        failed=sum(failure["failures"] for failure in failures),
        shut=[failure for failure, limit in counted if failure["failures"] >= limit],
        until=lambda at: at + signing_in.WINDOW,
    )


@pages.post("/users/<path:name>")
@allow("accounts")
@proven
def change_user(name: str) -> Response | tuple[str, int]:
    """Change role and units, close or open an account, or give a new password."""
    here, now = service(), instants.now()
    with here.store.read() as connection:
        row = staff.account(connection, name)
    if row is None:
        abort(404)
    deed = request.form.get("deed", "")
    own = name == access.account().name
    if deed in ("close", "change", "hand_over") and own:
        access.told("不能停用或修改自己的账号，请另一个人来做。", "problem")
        return redirect(url_for("admin.users"))
    by = access.actor()
    scopes = frozenset(picking.units("scopes")) if deed == "change" else frozenset()
    role = request.form.get("role", "") if deed == "change" else row["role"]
    if deed in _BY_TWO and not own and takes_two(row["role"], role):
        if role not in accounts.ROLES:
            abort(400)
        more = {"role": role, "units": sorted(scopes)} if deed == "change" else {}
        return _asked(_BY_TWO[deed], name, **more)
    if deed == "password":
        password = passwords.new()
        accounts.set_password(
            here.store, name, password, now, by=by, rule=here.settings.password_rule,
            handed_over=not own,
        )
        return _page(made=(name, password)), 200
    if deed == "totp":
        accounts.set_second_step(here.store, name, None, now, by=by)
        access.told(f"{name} 的两步验证已取消。")
    elif deed == "rename":
        accounts.rename(here.store, name, request.form.get("real_name", ""), now, by=by)
        access.told(f"账号 {name} 的姓名已改。")
        return redirect(url_for("admin.user", name=name))
    elif deed == "hand_over":
        items = handing_over.hand_over(
            here.ledger, name, account_names.plain(request.form.get("successor", "")), now, by=by,
            close="close" in request.form,
        )
        count = sum(map(len, items.values()))
        access.told(f"{name} 没有办完的 {count} 件事已移交。")
        return redirect(url_for("admin.user", name=name))
    elif deed == "close":
        accounts.close(here.store, name, now, by=by)
        access.told(f"账号 {name} 已停用，所有设备都已退出。")
    elif deed == "open":
        accounts.reopen(here.store, name, now, by=by)
        access.told(f"账号 {name} 已恢复。")
    elif deed == "unlock":
        signing_in.unlock(here.store, name, now, by=by, name_key=access.name_key())
        access.told(f"{name} 的登录限制已解除，可以马上再试。")
        return redirect(url_for("admin.user", name=name))
    elif deed == "end":
        start = request.form.get("session", "")
        if not re.fullmatch(r"[0-9a-f]{16}", start):
            abort(400)
        ended = sessions.end_some(here.store, by, name, start, now)
        access.told("这台设备已退出。" if ended else "这台设备早已退出。")
        return redirect(url_for("admin.user", name=name))
    elif deed == "end_all":
        sessions.end_everywhere(here.store, by, name, now)
        access.told(f"{name} 在所有设备上都已退出。")
        return redirect(url_for("admin.sign_in") if own else url_for("admin.user", name=name))
    elif deed == "change":
        if role not in accounts.ROLES:
            abort(400)
        accounts.change(
            here.store, name, role, scopes, now, by=by, campaign=here.campaign.id
        )
        access.told(f"账号 {name} 已修改，需重新登录。")
    else:
        abort(400)
    return redirect(url_for("admin.users"))


# What takes an approver's word where the account may ask, approve or make accounts.
_BY_TWO = {
    "password": "account_password", "totp": "account_step", "open": "account_open",
    "change": "account_change",
}


def takes_two(*roles: str) -> bool:
    """Whether a deed on an account of *roles* waits for an approver's word."""
    return access.two_needed() and bool({*roles} & {*RANKED})


def _asked(kind: str, name: str, **more: object) -> Response:
    requests.ask(
        service().ledger, kind, f"account {name}", {"name": name, **more},
        asked_by=access.actor(), now=instants.now(),
    )
    access.told(
        "已提出。这样的账号能提出或批准要两个人办的事，所以要一位县专班或复核员在“两人办理”里同意。"
    )
    return redirect(url_for("admin.requests"))


def _page(made: tuple[str, str] | None = None) -> str:
    with service().store.read() as connection:
        rows, scopes = staff.accounts(connection), staff.all_scopes(connection)
        seen = staff.last_seen(connection)
    return render_template(
        "admin/users.html", rows=rows, ranked=RANKED, scopes=scopes, made=made, seen=seen,
        names={id: unit.name for id, unit in access.snapshot().units.items()},
    )
