"""What one is told of outside the console: one's address, one's choice, and the way to stop it."""
from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.deeds import Actor
from attribution.office import notice_ways, outbox
from attribution.office.notice_kinds import PACES, TITLES, open_to
from attribution.office.sending import Unsent, Unsure
from attribution.rule import instants
from attribution.rule.instants import Instant
from attribution.store import notice_choices, notice_queue
from attribution.store.engine.database import Row
from attribution.web.console import access, typed
from attribution.web.console.access import ANYONE, allow, pages
from attribution.web.current import service
from qrgen.faults import Fault

# What became of a notice, in the office's words, and how the word looks.
STATES = {
    "due": ("等着发", "open"), "sending": ("正在发", "open"), "sent": ("已发出", "ok"),
    "unsure": ("可能已送到", "bad"), "failed": ("失败", "bad"), "dropped": ("没有发", "quiet"),
}
LAST = 10


@pages.get("/me/notices")
@allow(*access.SIGNED_IN)
def my_notices() -> str:
    """Show one's address, what one chose, and what was sent lately."""
    return _page("")


@pages.post("/me/notices")
@allow(*access.SIGNED_IN)
def choose_notices() -> Response:
    """Choose what one is told of, and at what pace."""
    wanted = {
        kind: request.form[f"kind.{kind}"] for kind in open_to(access.account().role)
        if request.form.get(f"kind.{kind}") in PACES
    }
    notice_ways.choose(
        service().store, access.account().role, wanted, instants.now(), by=access.actor()
    )
    access.told("已保存：" + (f"{len(wanted)} 种通知会发给您。" if wanted else "什么都不收。"))
    return redirect(url_for("admin.my_notices"))


@pages.post("/me/notices/address")
@allow(*access.SIGNED_IN)
def set_address() -> Response | tuple[str, int]:
    """Have a code sent to one's address, say the code, or let nothing be sent any more."""
    here, now, by = service(), instants.now(), access.actor()
    deed = request.form.get("deed", "")
    try:
        if deed == "ask":
            notice_ways.ask(
                here.store, here.settings, typed.text("address", 254), now, by=by,
                called=here.campaign.short_title,
            )
            access.told("验证码已发出，请到邮箱里看，填到下面。")
        elif deed == "confirm":
            notice_ways.confirm(
                here.store, here.settings, typed.text("code", 20).replace(" ", ""), now, by=by
            )
            access.told("邮箱已验证。下面选要收什么。")
        elif deed == "stop":
            notice_ways.stop(here.store, by.name, now, by=by)
            access.told("邮箱已删除，不再发邮件给您。")
        else:
            abort(400)
    except Unsure:
        access.told("验证码可能已经发出。请到邮箱里看，没有收到再发一次。")
    except Unsent as unsent:
        return _page(said(unsent.fault)), 502
    except Fault as fault:
        return _page(said(fault)), 400
    return redirect(url_for("admin.my_notices"))


@pages.get("/notices/stop/<token>")
@allow(ANYONE)
def stop_notices(token: str) -> str:
    """
    Ask whether mail is to stop, without signing in.

    A question and not the deed: programs that look at links in mail open this one too.
    """
    _whose(token)
    return render_template("admin/stop_notices.html", stopped=True, done=False)


@pages.post("/notices/stop/<token>")
@allow(ANYONE)
def do_stop_notices(token: str) -> str:
    """Let no more mail go to the address whose letter had this link."""
    name = _whose(token)
    notice_ways.stop(service().store, name, instants.now(), by=Actor(name, access.network()))
    return render_template("admin/stop_notices.html", stopped=True, done=True)


def _whose(token: str) -> str:
    with service().store.read() as connection:
        rows = notice_choices.addresses(connection)
    name = notice_ways.stopped_by(rows, token)
    if name is None:
        abort(404)
    return name


def _page(problem: str) -> str:
    here, account, now = service(), access.account(), instants.now()
    recipient = f"account:{account.name}"
    with here.store.read() as connection:
        address = notice_choices.address(connection, account.name)
        chosen = notice_choices.choices(connection, recipient)
        rows = notice_queue.of(connection, recipient, LAST)
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, kind in open_to(account.role).items():
        groups.setdefault(kind.group, []).append((name, kind.title))
    return render_template(
        "admin/my_notices.html", problem=problem, address=address, chosen=chosen, paces=PACES,
        groups=groups, rows=shown(rows), can_mail=here.settings.notices.mail is not None,
        waits_for_code=address is not None and _waits(address, now),
        has_keys=bool(here.settings.second_keys),
    )


def _waits(address: Row, now: Instant) -> bool:
    return bool(address["code"]) and now <= address["asked_at"] + notice_ways.CODE_LASTS


def shown(rows: list[Row]) -> list[dict[str, object]]:
    """Return notices as a list shows them: when, what, what became of it, and why."""
    return [
        {
            "id": row["id"], "at": row["sent_at"] or row["claimed_at"] or row["at"],
            "title": TITLES.get(row["kind"], row["kind"]), "state": STATES[row["state"]],
            "why": outbox.told(row), "tries": row["tries"], "recipient": row["recipient"],
            "again": row["not_before"] if row["state"] == "due" and row["tries"] else None,
        }
        for row in rows
    ]


def said(fault: Fault) -> str:
    """Return what is wrong and what to do about it."""
    hint = fault.advice("zh")
    return f"{fault.shown()}。{hint}。" if hint and hint not in fault.shown() else fault.shown()
