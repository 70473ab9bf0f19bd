"""
A new campaign's folder out of what was understood: whole, commented, and of no other county.

What the table cannot say is marked and named by ``qrgen check``, key by key. The same table
gives the same bytes.
"""
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qrgen.artwork import TEMPLATES
from qrgen.campaign import KINDS
from qrgen.campaign_writer import table_of, toml_of
from qrgen.fault_codes import Code
from qrgen.files import read_toml, write_whole
from qrgen.replacing import new_folder, patiently, remove
from qrgen.settings_file import UNFINISHED
from qrgen.setup.banks import KNOWN
from qrgen.setup.understood import Understood
from qrgen.shell import Fault

# Nobody is pressed or paid: these words stand on no poster.
FORBIDDEN_WORDS = ("必须", "限时", "红包", "领钱", "任务")

_HEAD = (
    "# 活动设置。带〔待填〕的各项请按本县的文件填写，填好后运行：qrgen check 目录",
    "# 文字放在英文双引号里；日期、时间、数字不加引号。各项的含义见 docs/campaigns.md",
)
_AFTER = """
# 咨询电话，没有就不写：
# hotline = "…"

# 工作阶段，每个阶段写一段（last 含当天），没有就不写：
# [[stages]]
# name = "宣传发动"
# start = 2026-01-01
# last = 2026-01-31
# lead = "牵头单位"
# duty = "做什么"

# 海报文字，不写的用系统的：
# [texts]
# headline = "…"
"""


def new_values(made: Understood, id: str = "") -> dict[str, Any]:
    """
    Return the settings (`qrgen.campaign_values`) of a campaign of *made*.

    What the table does not say begins with `qrgen.settings_file.UNFINISHED`; none of it is the
    sample's. The browser's form begins with the same.

    Args:
        id: A short name of Latin letters; '' is yet to be filled in.
    """
    platform = read_toml(TEMPLATES / "platform.toml")
    counts = {
        f"expect.{kind}s": sum(unit.kind == kind for unit in made.units) for kind in KINDS
    }
    values: dict[str, Any] = {
        "id": id or f"{UNFINISHED}活动代号，英文字母和数字，如 qingshi-2026",
        "title": f"{UNFINISHED}方案全称",
        "short_title": f"{UNFINISHED}活动简称，印在海报上",
        "document": f"{UNFINISHED}文件号",
        "basis": f"{UNFINISHED}上级文件",
        "issuer": f"{UNFINISHED}发文单位",
        "start": f"{UNFINISHED}如 2026-01-01T00:00:00+08:00",
        "end": f"{UNFINISHED}截止次日零点，如 2026-05-01T00:00:00+08:00",
        "mark_time": f"{UNFINISHED}一般与 start 相同",
        "settle_end": f"{UNFINISHED}绑卡、交易认到何时，如截止后第八天零点",
        "policy": "last_claim", "mode": "page", "demo": False,
        "allowed_hosts": list(platform["allowed_hosts"]),
        **{f"links.{key}": dict(link) for key, link in platform["links"].items()},
        "goals": [{
            "key": "new_users", "label": "新增注册用户", "number": made.total,
            "by": f"{UNFINISHED}哪一天，如 2026-04-30",
        }],
        **counts,
        "expect.target_sum": made.total,
        "expect.lines_add_up": bool(made.lines),
        "expect.forbidden_words": list(FORBIDDEN_WORDS),
    }
    if not made.lines:
        del values["expect.target_sum"]
    if made.draft.excluded:
        words = [word for name in made.draft.excluded for word in (name, *KNOWN.get(name, ()))]
        values["expect.forbidden_banks"] = sorted(
            {word for word in words if len(word) > 2 and not word.isascii()}
        )
    return values


def new_files(made: Understood, id: str = "") -> Mapping[str, bytes]:
    """Return the files of a campaign's folder by name: settings and units."""
    toml = toml_of(new_values(made, id))
    body = toml.split("\n", 1)[1]
    return {
        "campaign.toml": ("\n".join(_HEAD) + "\n" + body + _AFTER).encode(),
        "units.csv": table_of(made.units).encode("utf-8-sig"),
    }


def write_new(folder: Path, made: Understood) -> None:
    """
    Write the folder, whole or not at all.

    Raises:
        Fault: *folder* is there already, or cannot be written.
    """
    if folder.exists():
        raise Fault(Code.TARGET_EXISTS, path=folder)
    name = folder.name.lower()
    id = name if re.fullmatch("[a-z][a-z0-9-]{1,30}", name) else ""
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = new_folder(".part-", folder.parent)
    try:
        for file, content in new_files(made, id).items():
            write_whole(part / file, content)
        patiently(lambda: part.rename(folder), part)
    except BaseException:
        remove(part)
        raise
