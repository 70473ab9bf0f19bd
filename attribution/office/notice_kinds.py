"""
What one can be told of outside the console, and who may be: each kind names its roles.

A notice says how many, and where to look: nothing of anybody. What a kind's page does not show
to a role, its notice does not either.
"""
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from attribution.office.accounts import ROLES
from attribution.two_people import APPROVERS

PACES = {"at_once": "马上", "daily": "每天早上合成一封"}

# Whoever makes accounts sees no figures.
_FIGURES = tuple(role for role in ROLES if role != "accounts")


@dataclass(frozen=True)
class NoticeKind:
    """
    One kind.

    Args:
        title: What it is called, and begins its line.
        roles: Who may hear of it: no more than may open its page.
        endpoint: The page that shows what it is about.
        path: That page's address.
        group: Under which heading it is chosen.
        in_groups: Whether a group may hear of it; what is one's own does not go there.
        counted: Whether its notice says how many wait, and is nothing when none do.
    """

    title: str
    roles: tuple[str, ...]
    endpoint: str
    path: str
    group: str
    in_groups: bool = True
    counted: bool = False


def _queue(
    title: str, endpoint: str, path: str, roles: tuple[str, ...] = APPROVERS
) -> NoticeKind:
    return NoticeKind(title, roles, f"admin.{endpoint}", f"/admin/{path}", "等人办的", counted=True)


KINDS: Mapping[str, NoticeKind] = MappingProxyType({
    "requests": _queue("两人办理待批", "requests", "requests", (*APPROVERS, "accounts")),
    "corrections": _queue("更正待批", "corrections", "corrections"),
    "feeds": _queue("对账文件待确认", "feeds", "feeds"),
    "periods": _queue("锁定一期待批", "period_list", "periods"),
    "appeals": _queue("申诉待办", "appeals", "appeals"),
    "held": _queue("待核查登记", "held", "held"),
    "differences": _queue("差异待查", "differences", "differences"),
    "erasures": _queue("删除请求待执行", "erasures", "erasures"),
    "alarms": NoticeKind(
        "总览上的提醒", _FIGURES, "admin.overview", "/admin/", "要留意的", counted=True
    ),
    "machine": NoticeKind(
        "系统检查发现问题", APPROVERS, "admin.overview", "/admin/", "要留意的"
    ),
    "news": NoticeKind(
        "同事做了要留意的事", ROLES, "admin.deeds", "/admin/deeds", "要留意的", in_groups=False
    ),
    "posters": NoticeKind(
        "我要的海报做好了", ("office", "area", "department", "bank"), "admin.posters",
        "/admin/posters", "其他", in_groups=False,
    ),
    "exchange": NoticeKind(
        "信息交换材料做好了", ("area", "department", "bank"), "admin.exchange", "/admin/exchange",
        "其他", in_groups=False,
    ),
    "weekly": NoticeKind("每周小结", _FIGURES, "admin.overview", "/admin/", "其他"),
})

# What nobody chooses: a file to addresses that the settings name, and a try.
COPY, TRY = "copy", "try"
TITLES: Mapping[str, str] = MappingProxyType(
    {**{name: kind.title for name, kind in KINDS.items()}, COPY: "当日存证文件", TRY: "测试消息"}
)


def open_to(role: str) -> dict[str, NoticeKind]:
    """Return the kinds that *role* may hear of."""
    return {name: kind for name, kind in KINDS.items() if role in kind.roles}


def in_groups(role: str) -> dict[str, NoticeKind]:
    """Return the kinds that a group may hear of, which sees what *role* does."""
    return {name: kind for name, kind in open_to(role).items() if kind.in_groups}
