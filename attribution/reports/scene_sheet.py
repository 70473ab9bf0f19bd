"""The register of scenes as a table, to be edited and sent back: its own import reads it again."""
from collections.abc import Iterator, Sequence

from attribution.office.scenes import STATES, Scene
from attribution.reports import spreadsheets
from attribution.reports.exports import Column, Export
from attribution.store.engine.database import Columns
from attribution.store.registry import Registry

COLUMNS = (
    Column("number", "编号", "number"), Column("sector", "领域"), Column("kind", "类型"),
    Column("name", "名称"), Column("place", "地点"), Column("area", "乡镇（社区）"),
    Column("department", "负责部门"), Column("bank", "主办银行"),
    Column("second_bank", "协办银行"), Column("ways", "支付方式"), Column("state", "状态"),
    Column("opened", "开通日期"), Column("checked", "核实日期"), Column("note", "备注"),
)


def write(scenes: Sequence[Scene], snapshot: Registry, kind: str) -> Iterator[bytes]:
    """Yield *scenes* as a file of *kind*, csv or xlsx; units by their names."""
    def name(id: str) -> str:
        return snapshot.units[id].name if id in snapshot.units else id

    rows = [
        (
            one.number, one.sector, one.kind, one.name, one.place, name(one.area),
            name(one.department), name(one.bank), name(one.second_bank), "、".join(one.ways),
            STATES[one.state], _day(one.opened), _day(one.checked), one.note,
        )
        for one in scenes
    ]
    block: Columns = {
        column.key: [row[place] for row in rows] for place, column in enumerate(COLUMNS)
    }
    export = Export("scenes", "场景", COLUMNS, lambda *_: iter(()))
    make = spreadsheets.stream_xlsx if kind == "xlsx" else spreadsheets.write_csv
    return make(export, [block] if rows else [])


def _day(day: int) -> str:
    return f"{day // 10_000}-{day // 100 % 100:02d}-{day % 100:02d}" if day else ""
