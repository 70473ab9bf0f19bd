# ruff: noqa: E501 (a text reads better in one line)
"""What is said of a table from which a campaign is made, in Chinese."""
from collections.abc import Mapping

from qrgen.faults import FaultCode, Words
from qrgen.setup.fault_codes import Code, Damage

WORDS: Mapping[FaultCode, Words] = {
    Damage.ERROR: Words("表格里的出错值"),
    Damage.FORMULA: Words("没有算出结果的公式"),
    Damage.DATE: Words("被表格软件变成了日期"),
    Damage.SCIENTIFIC: Words("被表格软件变成了科学计数"),
    Damage.NUMBER: Words("只是一个数，不是名称"),
    Damage.LOST: Words("有字在保存时丢了"),

    # opening
    Code.NO_TABLE: Words("没有找到任务表：要有“乡镇（社区）”一列，和“任务数”或“对接银行”一列", "请把表头也选上，或发有表头的 Excel、CSV"),
    Code.TABLE_TOO_LONG: Words("这张表超过 {most} 行，不像一个县的任务表", "请只发任务表"),
    Code.SEND_TABLE: Words("请把任务表另存为 .xlsx 再发，或复制后粘贴"),

    # recognising: notes
    Code.SHEET_HIDDEN: Words("这张工作表是隐藏的，没有读"),
    Code.SHEET_PASSED: Words("这张工作表里没有找到任务表，没有读"),
    Code.COLUMNS_LEFT: Words("这些列不导入：{columns}"),
    Code.COLUMN_HIDDEN: Words("隐藏的列“{name}”不导入"),
    Code.TOTAL_LEFT: Words("这些行是合计，不是单位：第 {rows} 行"),
    Code.NOTE_LEFT: Words("这一行是说明，不是单位：{words}"),
    Code.ROLLED_UP: Words("{area}是下面各社区（村）的合计 {number}，不另记任务"),
    Code.UNIT_WAN: Words("表里的数以万户为单位，已换算成户"),
    Code.NO_BANKS: Words("没有银行列：只建乡镇（社区）的任务"),
    Code.EXCLUDED: Words("表里写明不参加的银行：{banks}"),
    Code.NOTHING_ASKED: Words("{area}没有任务数，也没有银行，没有导入"),

    # recognising: questions
    Code.ROW_HIDDEN: Words("{area}这一行是隐藏的，没有算进来", "要算进来，请勾上这一行（命令行：--with-hidden）"),
    Code.TOTAL_UNKNOWN: Words("合计是公式，没有算出结果，没法核对", "请核对下面的合计，或在 Excel 里打开、保存后再发"),
    Code.ONE_BANK: Words("“{words}”和“{bank}”是同一家银行吗？", "是同一家就选“{bank}”，不是就选“{words}”"),
    Code.WHICH_TARGET: Words("有几列数：用了“{name}”，没有用 {others}", "不对的话，请在表里删掉不用的列再发"),

    # understanding: problems
    Code.NO_AREA: Words("这一行没有乡镇（社区）的名称", "请补上名称"),
    Code.NAME_DAMAGED: Words("这里写的是“{text}”：{damage}", "请改成原来的内容"),
    Code.NO_AMOUNT: Words("这里写的是“{text}”，不是户数", "请写整数，如 850"),
    Code.AMOUNT_ZERO: Words("任务数是 0", "请写任务数；没有任务的，删掉这一行"),
    Code.AMOUNT_MISSING: Words("{branch}没有任务数", "请补上任务数"),
    Code.AMOUNT_LARGE: Words("任务数 {number} 太大", "请看看单位是户还是万户"),
    Code.BANK_UNKNOWN: Words("看不出“{branch}”是哪家银行的", "请在银行一栏写上银行"),
    Code.BANK_EXCLUDED: Words("表里写明{bank}不参加，这一行却有它", "请改这一行，或去掉那句说明"),
    Code.BRANCH_TWICE: Words("同一个乡镇（社区）里，{branch}写了两次", "请去掉一个"),
    Code.AREA_SUM: Words("{area}各网点加起来是 {lines}，任务数是 {target}", "请改对其中一个"),
    Code.AREA_TWO_TARGETS: Words("{area}有几个不同的任务数：{numbers}", "请只留一个"),
    Code.TOTAL_DIFFERS: Words("表里的合计是 {stated}，各乡镇（社区）加起来是 {found}", "请改对任务数，或确认以加起来的为准"),
    Code.HIDDEN_COUNTED: Words("表里的合计 {stated} 把隐藏的行也算进去了：不算是 {found}，隐藏的行是 {hidden}", "要算进来，请勾上隐藏的行（命令行：--with-hidden）；不算，请确认以 {found} 为准（命令行：--accept-total）"),
    Code.PART_DIFFERS: Words("{name}是 {stated}，各行加起来是 {found}", "请改对其中一个"),
    Code.DEPARTMENT_TWICE: Words("部门{name}写了两次", "请去掉一个"),
    Code.ID_TAKEN: Words("编号 {id} 不能用", "要用 {letter} 和两到四位数字，且不能重复"),
    Code.NEAR_NAMES: Words("{one}和{other}很像，是同一个吗？", "是同一个，请改成一样的写法"),
}
