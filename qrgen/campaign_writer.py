"""
A campaign folder written from what the ledger keeps: whole, the same bytes for the same content.

Every key has its comment, so that whoever opens the folder can read it; ``revision.json`` says
of which revision it is and what the files held, so that an edit by hand is known as one.
"""
import csv
import hashlib
import io
import json
import shutil
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from qrgen.artwork import COLOURS, PICTURES
from qrgen.campaign import SHANGHAI, Placement, Unit
from qrgen.campaign_stamp import STAMP, Stamp, read_stamp, stamp_text
from qrgen.campaign_values import TABLES, nested
from qrgen.files import write_whole
from qrgen.replacing import discard, new_folder, replace_all
from qrgen.settings_file import EXPECT, default_texts
from qrgen.units_file import COLUMNS

# The stamp speaks of the revision.
COLUMNS_WRITTEN = tuple(name for name in COLUMNS if name != "revision")

_COMMENTS = {
    "id": "活动代号，不能改",
    "title": "活动全称", "short_title": "活动简称，印在海报和页面上",
    "document": "依据的文件号", "basis": "上级文件", "issuer": "发文单位",
    "start": "登记从这一刻开始", "end": "登记到这一刻为止（不含这一刻）",
    "mark_time": "从这一刻起注册的算新用户", "settle_end": "绑卡、交易到这一刻为止（不含这一刻）",
    "policy": "归属规则：last_claim | first_claim | registration_only",
    "mode": "page：先到我们的页面 | redirect：直接到单位的链接",
    "demo": "true：海报和页面印“演示”", "hotline": "咨询电话，印在海报和页面上",
    "second_person": "true：对账文件由第二个人确认后才算",
    "grades": "平台给出号码的哪一种可以计归属：number | hash | masked",
    "naming": "材料里点单位的名：internal（只在内部材料里）| off（不点名，只写各档几个）",
    "ranking": "材料里给单位排位：internal（只在内部材料里）| off（不排）",
    "allowed_hosts": "页面可以链接到的网站", "links": "页面上的下载链接",
    "stages": "阶段（last 含当天）", "goals": "总目标（by 含当天）",
    "texts": "海报文字，没写的用 qrgen/templates/texts.toml 的",
    "design": "颜色和图", "expect": "qrgen check 核对的数",
}
_ORDER = tuple(_COMMENTS)
_INNER = {
    "stages": ("name", "start", "last", "lead", "duty"),
    "goals": ("key", "label", "number", "by"),
    "links": ("label", "url"),
    "texts": tuple(default_texts()),
    "expect": tuple(EXPECT),
    "design": ("look", *COLOURS, *PICTURES),
}


def folder_files(
    values: Mapping[str, Any], units: Iterable[Unit], placements: Iterable[Placement],
    pictures: Mapping[str, bytes], id: str, revision: int,
) -> dict[str, bytes]:
    """Return every file of the folder, by name, the stamp last."""
    made = {
        "campaign.toml": toml_of(values, revision).encode(),
        "units.csv": table_of(units).encode("utf-8-sig"),
    }
    placed = list(placements)
    if placed:
        made["placements.csv"] = _csv(
            ("unit", "number", "label"), ((p.unit, p.number, p.label) for p in placed)
        ).encode("utf-8-sig")
    made.update(pictures)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in made.items()}
    made[STAMP] = stamp_text(Stamp(id, revision, digests)).encode()
    return made


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """
    Write *files* into *folder*, all or none, and take away what an earlier stamp says was ours.

    Half a folder would no more be what its stamp says, and be taken for one that somebody
    edited: on Windows it takes a table that is open in Excel.

    Raises:
        Fault: the folder cannot be written; each file that another program holds is named.
    """
    earlier = read_stamp(folder)
    folder.mkdir(parents=True, exist_ok=True)
    changed = [name for name, content in files.items() if not _holds(folder / name, content)]
    if changed:
        aside = new_folder(".part-", folder)
        try:
            moves = []
            for number, name in enumerate(changed):
                source, target = aside / str(number), folder / name
                write_whole(source, files[name])
                if target.exists():
                    shutil.copymode(target, source)
                target.parent.mkdir(parents=True, exist_ok=True)
                moves.append((source, target))
            replace_all(moves, aside)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    for name in (earlier.files if earlier else {}):
        if name not in files:
            discard(folder / name)


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def table_of(units: Iterable[Unit]) -> str:
    """Return *units* as ``units.csv`` is read again, in their order."""
    rows = (
        (
            u.id, u.kind, u.name, "" if u.target is None else u.target, u.issue,
            u.official_code or "", u.area or "", u.bank or "", u.branch or "", u.sector or "",
            u.mode or "", u.link or "", ";".join(u.aliases),
            "" if u.purpose == "payment" else u.purpose,
            "" if u.state == "active" else u.state, u.successor or "",
        )
        for u in units
    )
    return _csv(COLUMNS_WRITTEN, rows)


def toml_of(values: Mapping[str, Any], revision: int | None = None) -> str:
    """Return ``campaign.toml`` of *values* (`campaign_values.flat`), each key with its comment."""
    told = nested(values)
    lines = [
        "# 活动设置，由系统导出。要改，请改好后运行：attribution campaign import 目录 --dry-run",
    ]
    if revision is not None:
        lines.append(f"# 修订 {revision}")
    names = [*(n for n in _ORDER if n in told), *sorted(n for n in told if n not in _ORDER)]
    for name in names:
        if not _is_table(name, told[name]):
            lines += ["", f"# {_COMMENTS.get(name, name)}", f"{name} = {_value(told[name])}"]
    for name in names:
        value = told[name]
        if not _is_table(name, value):
            continue
        lines += ["", f"# {_COMMENTS.get(name, name)}"]
        if isinstance(value, list):
            for row in value:
                lines += [f"[[{name}]]", *(f"{k} = {_value(v)}" for k, v in _sorted(name, row)), ""]
        elif any(isinstance(inner, dict) for inner in value.values()):
            for key, inner in sorted(value.items()):
                lines += [f"[{name}.{_key(key)}]",
                          *(f"{k} = {_value(v)}" for k, v in _sorted(name, inner)), ""]
        else:
            lines += [f"[{name}]", *(f"{_key(k)} = {_value(v)}" for k, v in _sorted(name, value))]
    return "\n".join(lines).rstrip("\n") + "\n"


def _sorted(table: str, values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return *values* in the order people know, whichever was set first."""
    order = _INNER.get(table, ())
    return sorted(
        values.items(),
        key=lambda one: (order.index(one[0]) if one[0] in order else len(order), one[0]),
    )


def _is_table(name: str, value: Any) -> bool:
    rows = isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)
    return name in TABLES or rows


def _key(key: str) -> str:
    plain = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if plain else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).isoformat()
    if isinstance(value, date | int | float):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    return _text(str(value))


def _text(text: str) -> str:
    # A JSON string is a basic string of TOML but for DEL, which TOML wants escaped too.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _csv(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(list(head))
    writer.writerows(rows)
    return buffer.getvalue()
