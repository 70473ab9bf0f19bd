"""The table of units as it is now, to be edited and sent back: its own import reads it again."""
from collections.abc import Iterator

from attribution import master
from attribution.reports import spreadsheets
from attribution.reports.exports import Column, Export
from attribution.store import Store
from attribution.store.engine.database import Columns
from attribution.store.export_pages import Filter
from qrgen.campaign import Unit

# By what is read again (`qrgen.units_file.COLUMNS`).
_COLUMNS = (
    Column("id", "编号"), Column("kind", "类别"), Column("name", "名称"),
    Column("target", "指导任务数", "number"), Column("issue", "版次", "number"),
    Column("official_code", "区划代码"), Column("area", "乡镇（社区）"), Column("bank", "银行"),
    Column("branch", "网点"), Column("sector", "领域"), Column("mode", "方式"),
    Column("link", "链接"), Column("aliases", "别名"), Column("purpose", "用途"),
    Column("state", "状态"), Column("successor", "并入"), Column("revision", "修订", "number"),
)


def _blocks(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    with store.read() as connection:
        content = master.read(connection, campaign)
    rows = [_row(unit, content.revision) for unit in content.units]
    if rows:
        yield {column.key: [row[column.key] for row in rows] for column in _COLUMNS}


def _row(unit: Unit, revision: int) -> dict[str, object]:
    told = {column.key: getattr(unit, column.key, None) for column in _COLUMNS}
    return {
        **told, "aliases": ";".join(unit.aliases), "revision": revision,
        "purpose": None if unit.purpose == "payment" else unit.purpose,
        "state": None if unit.state == "active" else unit.state,
    }


SHEET = Export("units", "单位", _COLUMNS, _blocks)


def write(store: Store, campaign: str, kind: str, language: str = "zh") -> Iterator[bytes]:
    """Yield the table as a file of *kind*, csv or xlsx."""
    blocks = SHEET.blocks(store, campaign, Filter())
    make = spreadsheets.stream_xlsx if kind == "xlsx" else spreadsheets.write_csv
    return make(SHEET, blocks, language=language)
