"""What leaves the house, for the office: what did not, who hears of nothing, robots, the mail."""
from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import accounts, notice_robots, outbox, robots
from attribution.office.notice_kinds import KINDS, in_groups
from attribution.rule import instants
from attribution.store import notice_choices, notice_queue, staff
from attribution.upkeep import outgoing
from attribution.web.console import access, notice_pages, people, picking, typed
from attribution.web.console.access import allow, pages, proven
from attribution.web.console.rows import whole_number
from attribution.web.current import service

LAST = 20
MOST = 200


@pages.get("/notices")
@allow("office", "checker")
def notice_list() -> str:
    """Show what did not leave, who hears of nothing, the robots, and what left lately."""
    here = service()
    with here.store.read() as connection:
        counts = notice_queue.counts(connection)
        troubled = notice_queue.listing(connection, outbox.TROUBLED, MOST)
        lately = notice_queue.listing(
            connection, ("due", "sending", "sent", "dropped"), LAST
        )
        found = notice_choices.robots(connection)
        wanted = notice_queue.wanted(connection)
        known = {row["name"]: row for row in staff.accounts(connection)}
        confirmed = {
            row["account"] for row in notice_choices.addresses(connection) if row["confirmed_at"]
        }
        kinds = {
            row["id"]: list(notice_choices.choices(connection, f"robot:{row['id']}"))
            for row in found
        }
    names = {f"robot:{row['id']}": f"{row['name']}（{_platform(row)}）" for row in found}

    def whom(recipient: str) -> str:
        kind, _, name = recipient.partition(":")
        if kind == "account":
            return people.person(name)
        return names.get(recipient, "已停用的机器人" if kind == "robot" else "设置里写的地址")

    def reached(recipient: str) -> bool:
        kind, _, name = recipient.partition(":")
        if kind == "robot":
            return any(row["id"] == int(name) and row["state"] == "active" for row in found)
        row = known.get(name)
        return row is not None and row["closed_at"] is None and name in confirmed

    return render_template(
        "admin/notices.html", counts=counts, states=notice_pages.STATES,
        troubled=notice_pages.shown(troubled), lately=notice_pages.shown(lately), whom=whom,
        robots=[
            {
                **row, "platform": _platform(row),
                "kinds": [KINDS[kind].title for kind in kinds[row["id"]]],
                "ownerless": _left(known.get(row["by_whom"])),
            } for row in found
        ],
        unheard=[
            kind.title for name, kind in KINDS.items()
            if kind.counted and not any(map(reached, wanted.get(name, [])))
        ],
        mute=sorted({
            whom(one) for some in wanted.values() for one in some
            if one.startswith("account:") and not reached(one)
        }),
        platforms=robots.PLATFORMS, audiences=notice_robots.AUDIENCES,
        choices={name: kind.title for name, kind in KINDS.items() if kind.in_groups},
        mail=here.settings.notices.mail, hosts=here.settings.notices.robot_hosts,
        quiet=here.settings.notices.quiet, copies=len(here.settings.notices.copies),
        mine=access.account().name in confirmed, has_keys=bool(here.settings.second_keys),
    )


@pages.post("/notices")
@allow("office")
def decide_notices() -> Response:
    """Try what did not leave again, give it up, or send a try to oneself."""
    here, deed, now = service(), request.form.get("deed", ""), instants.now()
    if deed == "try":
        return _tried(f"account:{access.account().name}")
    ids = [whole_number(text, 2**63 - 1) for text in request.form.getlist("id")][:MOST]
    if not ids:
        access.told("请先勾选。", "problem")
    elif deed == "again":
        count = outbox.again(here.store, ids, by=access.actor(), now=now)
        access.told(f"{count} 条马上再发。")
    elif deed == "drop":
        count = outbox.drop(here.store, ids, by=access.actor(), now=now)
        access.told(f"{count} 条不再发。")
    else:
        abort(400)
    return redirect(url_for("admin.notice_list"))


@pages.post("/notices/robots")
@allow("office")
@proven
def add_robot() -> Response:
    """Add the robot of a group; where two are needed, another has to agree."""
    here, form = service(), request.form
    role = form.get("role", "")
    address = robots.RobotAddress(
        form.get("platform", ""), typed.text("url", 500), typed.text("secret", 200)
    )
    units = picking.units("units")
    may = in_groups(role)
    _, waits = notice_robots.add(
        here.ledger, here.settings, typed.text("name", notice_robots.LONGEST_NAME), address,
        role=role, units=units, kinds=[one for one in form.getlist("kind") if one in may],
        by=access.actor(), now=instants.now(),
    )
    if waits:
        access.told("已记下。要另一个人在“两人办理”里批准后，机器人才会说话。")
    else:
        access.told("机器人已添加。请发一条测试消息，看群里收到没有。")
    return redirect(url_for("admin.notice_list"))


@pages.post("/notices/robots/<int:id>")
@allow("office")
def change_robot(id: int) -> Response:
    """Let a robot say a try, stop it, or answer for it from now on."""
    here, deed, now, by = service(), request.form.get("deed", ""), instants.now(), access.actor()
    with here.store.read() as connection:
        row = notice_robots.require(notice_choices.robot(connection, id), id)
    if deed == "try" and row["state"] == "active":
        return _tried(f"robot:{id}")
    if deed == "drop":
        notice_robots.drop(here.ledger, id, by=by, now=now)
        access.told("机器人已停用，地址已删除。")
    elif deed == "take":
        notice_robots.take_on(here.ledger, id, by=by, now=now)
        access.told("这个机器人以后由您负责。")
    else:
        abort(400)
    return redirect(url_for("admin.notice_list"))


def _tried(recipient: str) -> Response:
    """Send a try at once, and tell how it went."""
    sent, why = outgoing.try_out(service(), recipient, access.actor(), instants.now())
    access.told(
        "测试消息已发出，请看收到没有。" if sent or why is None
        else f"没有发出去：{notice_pages.said(why)}",
        "done" if sent else "problem",
    )
    return redirect(url_for("admin.notice_list"))


def _platform(row: dict[str, object]) -> str:
    return robots.PLATFORMS[str(row["platform"])].name


def _left(row: dict[str, object] | None) -> bool:
    return row is None or row["closed_at"] is not None or row["role"] not in accounts.ROLES
