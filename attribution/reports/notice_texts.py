"""
What a notice says: how many of what, and nothing of anybody.

It is asked when the notice goes out and of what its recipient may see then, not when something
happened: what was dealt with meanwhile is no news, and whoever lost a unit hears no more of it.
"""
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from attribution.ledger import Ledger
from attribution.office import accounts, requests
from attribution.office.accounts import Account
from attribution.office.notice_kinds import KINDS
from attribution.reports import alarms, progress
from attribution.rule.instants import Instant, day_of, from_datetime, to_datetime
from attribution.settings.thresholds import Thresholds
from attribution.store import (
    console_lists,
    difference_rows,
    feed_batches,
    period_locks,
    registry,
    request_log,
)
from attribution.store.engine.database import Connection, Row
from attribution.two_people import APPROVERS


def waiting(connection: Connection, campaign: str, kind: str, to: Account | None = None) -> int:
    """
    Return how many of the queue *kind* wait.

    Args:
        to: For whom; of requests they are those that this account may answer or asked about.
            None: for anybody.
    """
    if kind == "requests":
        open_ones = [
            row for row in request_log.listing(connection, campaign) if row["answer"] is None
        ]
        return sum(to is None or _answers(row, to) for row in open_ones)
    if kind == "corrections":
        return console_lists.count_unanswered(connection, campaign, "proposal")
    if kind == "appeals":
        return console_lists.count_unanswered(connection, campaign, "appeal")
    if kind == "periods":
        return len(period_locks.requests(connection, campaign))
    if kind == "feeds":
        return len(feed_batches.open_plans(connection, campaign))
    if kind == "held":
        return console_lists.count_held(connection, campaign)[0]
    if kind == "differences":
        return difference_rows.count_open(connection, campaign)
    return console_lists.count_erasures(connection, campaign)


def _answers(row: Row, to: Account) -> bool:
    if row["asked_by"] == to.name:
        return False
    return to.role in APPROVERS or to.role in requests.ASKERS.get(row["kind"], ())


def alarms_of(
    ledger: Ledger, to: Account, limits: Thresholds, now: Instant
) -> list[alarms.Alarm]:
    """Return the alarms that *to* may see."""
    with ledger.store.read() as connection:
        only = accounts.visible(to, registry.read(connection, ledger.campaign.id))
    return alarms.find(ledger, now, only, limits)


def line(
    ledger: Ledger, kind: str, rows: Sequence[Row], to: Account, limits: Thresholds, now: Instant
) -> str:
    """
    Return what the notices *rows*, all of *kind*, say to *to* in one line; '' for nothing left.
    """
    title = KINDS[kind].title
    data = [json.loads(row["data"]) for row in rows]
    if kind == "alarms":
        count = len(alarms_of(ledger, to, limits, now))
        return f"{title} {count:,} 条" if count else ""
    if KINDS[kind].counted:
        with ledger.store.read() as connection:
            count = waiting(connection, ledger.campaign.id, kind, to)
        return f"{title} {count:,} 件" if count else ""
    if kind == "weekly":
        return week(ledger, to, now)
    if kind == "posters":
        failed = sum(one.get("state") == "failed" for one in data)
        files = sum(one.get("files", 0) for one in data if one.get("state") == "done")
        told = [f"海报做好了 {files:,} 张"] if failed < len(data) else []
        return "，".join([*told, *([f"{failed} 批没有做成"] if failed else [])])
    if kind == "news":
        return f"同事做了 {sum(one.get('deeds', 1) for one in data):,} 件要留意的事"
    return "；".join(dict.fromkeys(map(_machine, data)))


def _machine(data: dict[str, Any]) -> str:
    if "findings" in data:
        return f"每日检查发现 {data['findings']:,} 处问题"
    if "free_mb" in data:
        return f"服务器磁盘只剩 {data['free_mb']:,} MB"
    if "end" in data:
        step = f"到第 {data['end']} 步" if data["end"] else "人已忘掉，别处还有留存没有销毁"
        return f"结束活动{step}：还差什么、什么时候可以办，见“结束活动”"
    if "clock" in data:
        return "服务器的时钟不对，或前些时候不对：记录不受影响，请系统管理员对表"
    if "log" in data:
        return "公开日志对不上，已停止对外给检查点：账本可能被改写，或恢复了旧备份"
    return "服务器的设置或运行有问题，原因在服务日志里"


def week(ledger: Ledger, to: Account, now: Instant) -> str:
    """Return the figures of the last whole week, Monday to Sunday, as far as *to* may see them."""
    today = to_datetime(now)
    monday = today - timedelta(days=today.weekday() + 7)
    sunday = monday + timedelta(days=6)
    since, until = (
        day_of(from_datetime(day)) for day in (monday, monday + timedelta(days=7))
    )
    store, campaign = ledger.store, ledger.campaign.id
    with store.read() as connection:
        only = accounts.visible(to, registry.read(connection, campaign))
    last = progress.by_area(store, campaign, since, until, only=only).total.counts
    total = progress.by_area(store, campaign, until=until, only=only).total
    span = f"{monday.month}月{monday.day}日至{sunday.month}月{sunday.day}日"
    told = (
        f"{span}：扫码 {last.get('scan', 0):,} 次，登记 {last.get('claimant', 0):,} 人，"
        f"有效新用户 {last.get('effective', 0):,} 人；"
        f"累计有效新用户 {total.counts.get('effective', 0):,} 人"
    )
    if total.target:
        told += f"，任务 {total.target:,}，完成 {total.rate}%"
    return told
