# ruff: noqa: E501 (a table reads better in whole lines)
"""
The program's causes in the office's words.

Modules below speak English, as the commands do; what staff may meet in the browser
is told in Chinese here, and anything not listed is shown as it is.
"""
import re

from qrgen.shell import Fault

_FIELDS = {
    "phone": "手机号", "registered_at": "注册时间", "card_bound_at": "绑卡时间",
    "first_txn_at": "首笔交易时间", "as_of": "数据日期",
    "rows": "行数", "registered": "注册", "bound": "绑卡", "paid": "交易",
}

# Why a row of a feed is where it is (feed_survey.categorise), besides the reasons of a credit.
_ROW_REASONS = {
    "in_the_future": "时间在将来", "bound_before_registered": "绑卡早于注册",
    "paid_before_registered": "交易早于注册", "registered_at_differs": "注册时间和以前给的不同",
    "card_bound_at_differs": "绑卡时间和以前给的不同",
    "first_txn_at_differs": "首笔交易时间和以前给的不同", "credited": "有效新用户",
}

# What the cause looks like -> how it is said. Groups go into the braces.
_CAUSES = tuple(
    (re.compile(pattern, re.DOTALL), text)
    for pattern, text in (
        (r".*: (\d+) of (\d+) rows cannot be read.*", "{1} 行中有 {0} 行读不懂，整个文件都没有导入。请改好这些行再上传。"),
        (r".*: no rows under the heading", "表头下面没有数据，请向平台要完整的文件。"),
        (r".*: the file is empty", "这是空文件，请重新上传。"),
        (r".*:1: no column for (.+?) \(headings: (.*)\)", "找不到这几列：{0}。第1行各列是：{1}。请在“列对应”里写表头；没有表头的文件，请先加一行表头。"),
        (r".*:1: more than one column for (.+?) \((.*)\)", "有几列都像是{0}：{1}。请在“列对应”里写明是哪一列。"),
        (r"(?:.*: not a CSV file: |not readable as CSV: )?field larger than field limit \((\d+)\)", "有一格超过 {0} 个字符，没有导入。多半是引号没有成对，请改好再上传。"),
        (r"(?:.*: not a CSV file: |not readable as CSV: )?(?:unexpected end of data|.{1,5} expected after .{1,5}|new-line character seen .*)", "引号没有成对，没有导入。请改好，或在 Excel/WPS 里另存为“CSV UTF-8（逗号分隔）”再上传。"),
        (r".*: not a text file", "不是 CSV 或 XLSX 文件。"),
        (r".*: neither UTF-8 nor GB18030", "看不懂文件的编码，请在 Excel/WPS 里另存为“CSV UTF-8（逗号分隔）”。"),
        (r".*: not a readable XLSX file.*", "这个 XLSX 打不开，请在 Excel/WPS 里另存一次。"),
        (r".*: it unpacks to more than (\d+) MB", "这个 XLSX 解压后超过 {0} MB，没有导入。请只把数据行复制到新表里，或另存为 CSV UTF-8。"),
        (r".*: reading it takes more than (\d+) MB of memory.*", "读这个文件要用的内存超过 {0} MB，没有导入。表格很远的地方可能有一个多余的格子，请只把数据行复制到新表里，或另存为 CSV UTF-8。"),
        (r".*: reading it takes (?:longer|more) than .*|.*: it holds more than can be taken in", "这个文件太大，读的时间太长，没有导入。请分成几个文件，或另存为 CSV UTF-8。"),
        (r".*: its reader broke.*", "读这个文件时出了错，没有导入。请在 Excel/WPS 里另存一次；还不行请联系管理员。"),
        (r".*: other files are being read; .*|.*: no process could be started to read it .*", "系统正在读别的文件，请等1分钟再试。"),
        (r"batch '(.*)' was already taken in with other content", "批次号 {0} 已经用过，而内容不同。更正数据请另起一个批次号。"),
        (r"a password has at least (\d+) characters", "密码至少 {0} 个字符。"),
        (r"a password is not .*", "密码不能含账号名，也不能总是重复几个字符。"),
        (r"a password holds three kinds .*", "密码要含大写字母、小写字母、数字、符号中的至少三种。"),
        (r"an account name has .*", "账号名为 1 到 40 个字符，不能有空格和冒号。"),
        (r"the account '(.*)' exists already", "账号 {0} 已经有了。"),
        (r"no account '(.*)'", "没有账号 {0}。"),
        (r"no role .*", "请选一个角色。"),
        (r"a download needs a purpose", "请写明用途：这张表里有个人信息，每次下载都要记录用途。"),
        (r"an appeal needs what .*", "请写明是哪一笔，以及说明。"),
        (r"no appeal \d+", "没有这条申诉。"),
        (r"appeal \d+ was decided by (.*)", "这条申诉已由 {0} 处理过了。"),
        (r"claim \d+ was withdrawn by its person", "这条登记已由本人撤回。"),
        (r"claim \d+ is held already", "这条登记已经在待核查。"),
        (r"claim \d+ is not held", "这条登记不在待核查。"),
        (r"(\w+) has no effect now: .*", "这样更正现在不起作用，请先看清归属和原因。"),
        (r"(\w+) would change nothing: (.*)", "现在的归属已经是 {1}，不用更正。"),
        (r"(\w+) names no unit", "这种更正不用填单位。"),
        (r"the file would take away or move (\d+) of (\d+) credits.*", "这个文件会减少或改动 {1} 个有效新用户中的 {0} 个，所以没有导入。请先核对；确实无误，勾选“允许大量减少”再试算。"),
        (r".*: (\d+) (rows|registered|bound|paid), but the platform says (\d+)", "文件里是 {0}，平台给的合计是 {2}（{1}），文件不完整，请再要一次。"),
        (r".*: line (\d+) is not malformed", "第 {0} 行没有问题，不用放过。"),
        (r".*: more than (\d+) rows", "超过 {0} 行，是不是选错了文件？"),
        (r".*: the file changed while it was read", "读的时候文件变了，请再试一次。"),
        (r".*: (\d+) problems? in this campaign", "这个文件里有 {0} 处不对，没有导入。请改好再上传。"),
        (r"the targets of the areas add up to (\d+), expected are (\d+)", "各乡镇区的任务数加起来是 {0}，应为 {1}。"),
        (r"the targets of the lines add up to (\d+), expected are (\d+)", "各条对接明细的任务数加起来是 {0}，应为 {1}。"),
        (r"(\S+) has target (\d+), its lines add up to (\d+)", "{0}的任务数是 {1}，它的对接明细加起来是 {2}。"),
        (r"the database lacks .*", "数据库要升级，请联系管理员。"),
        (r"the seal is broken: (.*)", "审计日志不完整，不能导出：{0}。请保护现场，联系系统管理员。"),
        (r"no unit '?(.*?)'?", "没有单位 {0}。"),
        (r"the role \w+ needs a unit", "这个角色要填至少一个单位编号。"),
        (r"the role \w+ is for all units", "这个角色管所有单位，请不要填单位编号。"),
        (r"(\w+) is no unit for the role .*", "{0} 不是这个角色能管的单位。"),
        (r"(\w+) has no issue (\d+)", "{0} 没有第 {1} 期二维码。"),
        (r"a correction needs a note", "请写说明：查了什么，依据什么。"),
        (r"the note holds a phone number", "说明里不要写手机号，用后四位。"),
        (r".* asked for it, so another person .*", "这是您自己提出的，要由另一个人批准。"),
        (r"correction (\d+) was (?:approved|refused) by (.*)", "这条更正已由 {1} 处理过了。"),
        (r"no claim, credit or fact .*", "没有这个流水号的记录。"),
        (r"no correction .*|no reason .*", "请选更正的种类和原因。"),
        (r"(\d+) is not a claim", "{0} 不是登记的流水号。"),
        (r"(\S+) is too soon: .*", "{0} 太早：对账文件在一期结束后七天内还可能来，请过了七天再锁定。"),
        (r"everything before (\S+) is locked already", "{0} 之前已经锁定。"),
        (r"no request (\d+)", "没有这个锁定申请。"),
        (r"the day cannot be read|a period ends with a day", "请填一个日期。"),
        (r"this campaign lets a file count only when .*", "本活动的对账文件要由第二个人确认。"),
        (r"nobody asked for this file .*", "还没有人提交过这个文件。"),
        (r".*: Permission denied|.*: Read-only file system|the disk is read-only.*", "实例文件夹不能写入，请联系管理员。"),
        (r"the disk is full.*|no folder for temporary files .*", "服务器的磁盘满了，请联系管理员。"),
    )
)
_ROW = re.compile(r"[^:]*:(\d+): (.*)", re.DOTALL)
_PHONE = re.compile(r"phone: not a mobile number \((\d+) digits\)")
_TIME = re.compile(r"(\w+): not a time(?: \(((?:[^()]|\([^()]*\))*)\))?")

# The kinds of characters that `shape_of` tells of.
_KINDS = {"letters": "文字", "digits": "数字", "signs": "符号", "blanks": "空白"}
_SHAPE = re.compile(
    r"text of (\d+) letters?|(\d+) digits?\b|(\d+) characters? \(([a-z, ]+)\)|\bnothing\b"
)


def _said(text: str) -> str:
    """Return the words for *text*; '' where we have none."""
    for pattern, said in _CAUSES:
        if match := pattern.fullmatch(text):
            return said.format(*map(_named, match.groups()))
    return ""


def cause(fault: Fault) -> str:
    """Return why *fault* was raised, in Chinese where we have the words."""
    text = fault.cause
    if words := _said(text):
        return words
    if match := _ROW.fullmatch(text):
        line, rest = match.groups()
        return f"第 {line} 行：{_said(rest) or _cells(rest)}"
    return text


# Apps and flags of clients.py.
CLIENTS = {
    "wecom": "企业微信", "wechat": "微信", "alipay": "支付宝", "dingtalk": "钉钉",
    "unionpay": "云闪付", "bank": "银行 App", "qq": "QQ", "douyin": "抖音", "toutiao": "今日头条",
    "kuaishou": "快手", "weibo": "微博", "baidu": "百度", "uc": "UC 浏览器", "quark": "夸克",
    "sogou": "搜狗", "qqbrowser": "QQ 浏览器", "harmony": "鸿蒙手机", "ios": "苹果手机",
    "android": "安卓手机", "desktop": "电脑", "other": "其他",
}
FLAGS = {
    "head": "只问不看", "prefetch": "预加载", "preview": "链接预览", "crawler": "搜索引擎",
    "program": "程序访问", "headless": "程序访问",
}


def client(name: str) -> str:
    """Return how the office calls an app or a device."""
    return CLIENTS.get(name, name)


def flag(name: str) -> str:
    """Return why a scan does not count, in Chinese."""
    return FLAGS.get(name, name)


def difference(reason: str) -> str:
    """Return why a row of a feed is in its category, in Chinese."""
    from attribution.reports.exports import REASONS

    known = {**REASONS, **_ROW_REASONS}
    return known[reason] if reason in known else _cells(reason)


def note(text: str) -> str:
    """Return the note of a difference, the rule's own in Chinese."""
    return re.sub(r"settled by batch (.*)", r"后来的批次 \1 已对上", text)


def audit_fault(text: str) -> str:
    """Return what `audit.faults` found, in Chinese."""
    text = re.sub(r"entries (\d+) to (\d+) are missing", r"缺第 \1 到 \2 条", text)
    text = re.sub(r"entry (\d+) was changed", r"第 \1 条被改过", text)
    return re.sub(r"the seal does not match entry (\d+)", r"末尾的链值和第 \1 条对不上", text)


def _cells(text: str) -> str:
    text = _PHONE.sub(r"不是11位手机号（\1 位数字）", text)
    text = _TIME.sub(
        lambda m: f"{_FIELDS.get(m[1], m[1])}不是时间" + (f"（{shapes(m[2])}）" if m[2] else ""),
        text,
    )
    return text.replace("; ", "；")


def shapes(text: str) -> str:
    """Return *text* with what `shape_of` tells in Chinese."""

    def said(match: re.Match[str]) -> str:
        letters, digits, characters, kinds = match.groups()
        if letters:
            return f"{letters}个文字"
        if digits:
            return f"{digits}位数字"
        if characters:
            return f"{characters}个字符（{'、'.join(_KINDS[kind] for kind in kinds.split(', '))}）"
        return "空白"

    return _SHAPE.sub(said, text)


def _named(text: str) -> str:
    parts = shapes(text).split(", ")
    return "、".join(_FIELDS.get(part, part) for part in parts).replace("; ", "；")
