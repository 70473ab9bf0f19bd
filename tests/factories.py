"""Made-up units and campaigns, small enough to read."""
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from attribution.store.engine.database import Columns, Row
from qrgen.campaign import Campaign, Unit
from qrgen.instance import PACKAGED_CAMPAIGN
from qrgen.registry import load_campaign

CODE_KEY = "3f9c0a51d7e84b62" * 4
OLDER_KEY = "b81e6d2740c5fa93" * 4
PUBLIC_URL = "https://ysf.example.gov.cn"

UNITS_CSV = """\
id,kind,name,target,issue,official_code,area,bank,branch,sector,mode,link,aliases
A01,area,东山镇,300,1,990001100,,,,,,,东山
A02,area,西河社区,200,1,990001100001,,,,,,,
N01,line,东山镇·甲银行东山支行,200,1,,A01,B01,甲银行东山支行,,,,
N02,line,东山镇·乙银行东山所,100,1,,A01,B02,乙银行东山所,,,,
N03,line,西河社区·甲银行营业部,200,2,,A02,B01,甲银行营业部,,,,
D01,department,县公安局,,1,,,,,服务对象,,,
B01,bank,甲银行,,1,,,,,,,,
B02,bank,乙银行,,1,,,,,,,,
"""

CAMPAIGN_TOML = """\
id = "dongshan"
title = "东山县移动支付便民方案"
short_title = "东山县移动支付"
document = "东府办〔2030〕1号"
basis = "市文件"
issuer = "东山县人民政府办公室"
start = 2030-03-01T00:00:00+08:00
end = 2030-04-01T00:00:00+08:00
mark_time = 2030-03-01T00:00:00+08:00
settle_end = 2030-04-08T00:00:00+08:00
policy = "last_claim"
mode = "page"
demo = false
allowed_hosts = ["app.example.cn"]

[links.download]
label = "下载"
url = "https://app.example.cn/get"

[[stages]]
name = "宣传 2030-03-01"
start = 2030-03-01
last = 2030-03-31
lead = "办公室"
duty = "宣传"

[expect]
areas = 2
lines = 3
departments = 1
banks = 2
target_sum = 500
lines_add_up = true
official_code_prefix = "990001"
forbidden_banks = ["丙银行"]
forbidden_words = ["红包"]
"""


def make_unit(**changes: Any) -> Unit:
    """Return an area called 东山镇, with *changes*."""
    return Unit(**{"id": "A01", "kind": "area", "name": "东山镇", "target": 300, **changes})


def make_finance_point() -> Unit:
    """Return a 融资需求调查点, which leads to the smart finance platform."""
    return make_unit(
        id="D19", kind="department", name="潋江支行融资需求调查点", target=None,
        sector="个体工商户", purpose="finance", link="platform",
    )  # fmt: skip


def write_campaign(
    folder: Path,
    units: str | bytes = UNITS_CSV,
    toml: str = CAMPAIGN_TOML,
) -> Path:
    """Write a small sound campaign, or what is given instead, and return *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    raw = units if isinstance(units, bytes) else units.encode("utf-8")
    (folder / "units.csv").write_bytes(raw)
    (folder / "campaign.toml").write_text(toml, encoding="utf-8")
    return folder


def design_campaign(folder: Path, **design: str) -> Path:
    """Write the small campaign with a [design] of its own, and return *folder*."""
    lines = "\n".join(f'{key} = "{text}"' for key, text in design.items())
    return write_campaign(folder, toml=f"{CAMPAIGN_TOML}\n[design]\n{lines}\n")


def make_campaign(folder: Path | None = None, **texts: str) -> Campaign:
    """Return the packaged campaign, or a small one written to *folder*."""
    return load_campaign(PACKAGED_CAMPAIGN if folder is None else write_campaign(folder, **texts))


def make_phone(number: int = 0) -> str:
    """Return a made-up number: 154 is assigned to no carrier, so it is nobody's."""
    return f"154{number:08d}"


def rows_of(blocks: Iterable[Columns]) -> list[Row]:
    """Return the rows of a log that is read by columns."""
    return [
        dict(zip(block, row, strict=True))
        for block in blocks for row in zip(*block.values(), strict=True)
    ]
