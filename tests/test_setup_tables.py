"""A table that an office has becomes the campaign that it means, in whatever dress it comes."""
from collections.abc import Iterable

from qrgen.instance import PACKAGED_CAMPAIGN
from qrgen.registry import load_campaign
from qrgen.setup.opening import read_text
from qrgen.setup.recognising import recognise
from qrgen.setup.understanding import understand
from qrgen.setup.understood import Understood


def read(text: str) -> Understood:
    return understand(recognise(read_text(text)))


def attachment() -> str:
    """Return Attachment 1 as it stands in its document: a cell a line, behind a tab."""
    campaign = load_campaign(PACKAGED_CAMPAIGN)

    def block(cells: Iterable[object]) -> str:
        return "".join(f"\t{cell}\n" for cell in cells)

    blocks = [
        block(("乡镇（社区）", "指导任务数", "对接银行")),
        block(("全县合计", 40000, "县内各银行营业网点（农发行除外）")),
    ]
    for area in (unit for unit in campaign.units if unit.kind == "area"):
        lines = campaign.lines_of(area.id)
        cell = "、".join(f"{line.branch}（{line.target}）" for line in lines)
        blocks.append(block((area.name, area.target, lines[0].branch if len(lines) < 2 else cell)))
    return (
        "关于印发《方案》的通知\n\n各乡镇人民政府：\n\n 兴国县2022年度云闪付新增用户\n\n"
        "指导任务表（9-12月）\n" + "\n".join(blocks)
        + " 注：扫码后，切记要完成一笔交易才算有效新用户。\n\n\n  抄送：县委办。\n"
    )


def test_the_first_attachment_needs_no_correction() -> None:
    """The campaign that was typed by hand comes out of its document by itself, ids and all."""
    made = read(attachment())
    assert () == made.problems == made.questions
    assert (40, 87, 11, 40_000) == (
        len(made.areas), len(made.lines), len(made.banks), made.total
    )
    typed = load_campaign(PACKAGED_CAMPAIGN)
    told = ("id", "kind", "name", "target", "area", "bank", "branch")
    kinds = ("area", "line", "bank")
    assert [
        [getattr(unit, name) for name in told] for unit in typed.units if unit.kind in kinds
    ] == [[getattr(unit, name) for name in told] for unit in made.units]
