"""
What the columns of a table are, by the office's words above them and by what stands below.

The same word means another thing over numbers than over names: 对接银行（任务数） over names holds
branches with their numbers, over numbers it is the number of each branch.
"""
import re
from enum import Enum

from qrgen.setup.banks import bank_in
from qrgen.tables.headings import key_of


class Role(Enum):
    """What a column holds."""

    AREA = "area"
    BRANCH = "branch"  # banks and branches, with or without their numbers
    BANK = "bank"  # the bank alone, beside its branch
    TARGET = "target"  # of the area, or of whatever the row is
    SHARE = "share"  # of the branch
    OWN = "own"  # of one bank, which is the heading
    DEPARTMENT = "department"
    SECTOR = "sector"
    ID = "id"
    LEFT = "left"


_LEFT = re.compile(
    r"序号|^no\.?$|联系|电话|手机|备注|完成|占比|比例|比重|进度|率$|%|去年|上年|往年|上期|同期|累计|存量"
    r"|已有|现有|领导|责任人|负责人|挂点|网点数|网点个数|人口|户籍|排名|名次|时间|日期|签名|盖章|职务|姓名"
    r"|类别|性质|万元|金额|元$|贷款|存款|授信|商户|活跃"
)
_ID = re.compile(r"编号|单位编号|id|统一编号")
_TARGET = re.compile(r"任务|目标|指标|计划|户数|数量|新增|推广数|^数$|[（(]万?户[)）]")
_TOTAL = re.compile(r"合计|总计|小计|总数|总任务|任务总")
_SHARE = re.compile(r"分配|分解|承担|网点|支行|银行|责任行|各行|认领|其中")
_BRANCH = re.compile(r"银行|网点|支行|金融机构|承办|责任行|对接行|包干|分理处|行社|营业机构")
_AREA = re.compile(
    r"^县$|^市$|县市|市县|县区|区县|乡|镇|街道|社区|村|区域|辖区|片区|单位|县\(市|地区|地方|行政区|管委会"
)
_AREA_AT_END = re.compile(r"(乡镇|镇|乡|街道|社区|村|区域|辖区)(名称)?$")
_BANKS = re.compile(r"银行|网点|支行")
_DEPARTMENT = re.compile(r"部门|县直|市直|区直|机关|成员单位|局办|委办局|行业主管")
_SECTOR = re.compile(r"领域|行业|职责|分工|服务对象")
# Words that mean banks at large, and no bank's own column.
_AT_LARGE = re.compile(
    r"(对接|责任|包干|承办|负责|合作|服务|各|协办|推广|所属|主办|县内)*(商业)?"
    r"(银行|金融机构)?(业)?(机构)?(营业)?(网点|支行)?(名称|全称|单位|情况|分配|分解|任务|任务数|及|和)*"
)
_BRACKETS = re.compile(r"\([^()]*\)")


def role_of(heading: str, numeric: bool | None) -> Role | None:
    """
    Return what a column under *heading* holds; None where no word is known.

    Args:
        heading: Its lines joined by ``/``, the upper ones first.
        numeric: Whether numbers stand below; None where that is not known yet.
    """
    key = key_of(heading.replace("\n", ""))
    bare = _BRACKETS.sub("", key)
    lower = bare.rpartition("/")[2] or bare
    if not bare:
        return None
    if _ID.fullmatch(lower):
        return Role.ID
    if _LEFT.search(bare):
        return Role.LEFT
    own = is_own(lower)
    if numeric:
        if own:
            return Role.OWN
        if not (_TARGET.search(key) or _TOTAL.search(key)):
            return None
        if _TOTAL.search(lower):
            return Role.TARGET
        return Role.SHARE if _SHARE.search(bare) else Role.TARGET
    if numeric is None and own:
        return Role.OWN
    if _DEPARTMENT.search(lower):
        return Role.DEPARTMENT
    if _SECTOR.search(lower):
        return Role.SECTOR
    if _AREA_AT_END.search(lower) and not _BANKS.search(lower):
        return Role.AREA  # 包干乡镇
    if _BRANCH.search(lower):
        if re.fullmatch(r"(所属|对接|责任|包干)?银行(名称|全称)?", lower):
            return Role.BANK
        return Role.BRANCH
    if _TARGET.search(lower) or _TOTAL.search(lower):
        return Role.TARGET if numeric is None else None
    if _AREA.search(lower):
        return Role.AREA
    if _BRANCH.search(bare):
        return Role.BRANCH
    return None


def is_own(heading: str) -> bool:
    """Whether *heading* is the name of one bank."""
    if _AT_LARGE.fullmatch(heading):
        return False
    return bank_in(heading) is not None and len(heading) <= 14


def is_wan(text: str) -> bool | None:
    """Return whether *text* says that numbers are in 万户; False for 户, None for nothing."""
    key = key_of(text)
    if re.search(r"万(户|人|个|名)|\(万\)|单位:万$", key):
        return True
    return False if re.search(r"\((户|人|个|名)\)|单位:(户|人|个|名)", key) else None
