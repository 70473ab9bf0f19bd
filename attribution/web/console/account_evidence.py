"""What an approver sees of an account before agreeing to something about it: now, and after."""
import json
from typing import NamedTuple

from attribution.office import accounts
from attribution.store import hands, staff
from attribution.store.engine.database import Connection, Row
from attribution.store.hands import Hand
from attribution.two_people import RANKED
from attribution.web.console.change_words import FieldChange

DEEDS = {
    "made": "建立", "password": "给了密码", "role": "改了角色或单位", "open": "恢复",
    "step": "取消两步验证", "own": "本人换了密码", "found": "已经在了",
}
_MOST = 8


class AccountCase(NamedTuple):
    """
    An account that something is asked about.

    Args:
        changes: What would be different, from what to what.
        hands: Who did what to it, the newest first: whoever could be behind it.
        power: What it may do afterwards that takes two people; '' for nothing.
    """

    name: str
    real_name: str
    changes: list[FieldChange]
    hands: list[Hand]
    power: str


def of_request(connection: Connection, row: Row, names: dict[str, str]) -> AccountCase:
    """Return the account that the request *row* is about."""
    wanted = json.loads(row["payload"])
    name = wanted["name"]
    kept = staff.account(connection, name)
    was = _told(kept, staff.scopes(connection, name) if kept else [], names)
    becomes = dict(was)
    if row["kind"] in ("account_add", "account_change"):
        becomes |= {
            "角色": accounts.ROLE_NAMES.get(wanted["role"], wanted["role"]),
            "单位": _units(wanted["units"], names),
        }
    if row["kind"] in ("account_add", "account_open"):
        becomes["状态"] = "启用"
    if row["kind"] in ("account_add", "account_password"):
        becomes["密码"] = "另给一个，第一次登录时本人换掉"
    if row["kind"] == "account_step":
        becomes["两步验证"] = "没有"
    role = wanted.get("role") or (kept["role"] if kept else "")
    return AccountCase(
        name, wanted.get("real_name") or (kept["real_name"] if kept else ""),
        [FieldChange(what, was.get(what, ""), after) for what, after in becomes.items()
         if was.get(what, "") != after],
        sorted(
            (hand for hand in hands.everything(connection) if hand.account == name),
            key=lambda hand: -hand.at,
        )[:_MOST],
        f"{accounts.ROLE_NAMES[role]}，能提出或批准要两个人办的事" if role in RANKED else "",
    )


def _told(kept: Row | None, scopes: list[str], names: dict[str, str]) -> dict[str, str]:
    if kept is None:
        return {}
    return {
        "角色": str(accounts.ROLE_NAMES.get(kept["role"])),
        "单位": _units(scopes, names),
        "状态": "停用" if kept["closed_at"] is not None else "启用",
        "密码": "现在的",
        "两步验证": "有" if kept["totp"] else "没有",
    }


def _units(ids: list[str], names: dict[str, str]) -> str:
    return "、".join(f"{names.get(id, '')} {id}".strip() for id in ids) or "不限单位"
