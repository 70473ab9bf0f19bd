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
}

# What the cause looks like -> how it is said. Groups go into the braces.
_CAUSES = tuple(
    (re.compile(pattern, re.DOTALL), text)
    for pattern, text in (
        (r".*: (\d+) of (\d+) rows cannot be read.*", "{1} 行中有 {0} 行读不懂，整个文件都没有导入。请改好这些行再上传。"),
        (r".*: no rows under the heading", "表头下面没有数据，请向平台要完整的文件。"),
        (r".*: the file is empty", "这是空文件，请重新上传。"),
        (r".*:1: no column for (.+?) \(headings: (.*)\)", "找不到这几列：{0}。文件的表头是：{1}。请在“列对应”里选。"),
        (r".*: not a text file", "不是 CSV 或 XLSX 文件。"),
        (r".*: neither UTF-8 nor GB18030", "看不懂文件的编码，请在 Excel/WPS 里另存为“CSV UTF-8（逗号分隔）”。"),
        (r".*: not a readable XLSX file.*", "这个 XLSX 打不开，请在 Excel/WPS 里另存一次。"),
        (r"batch '(.*)' was already taken in with other content", "批次号 {0} 已经用过，而内容不同。更正数据请另起一个批次号。"),
        (r"a password has at least (\d+) characters", "密码至少 {0} 个字符。"),
        (r"a password is not .*", "密码不能含账号名，也不能总是重复几个字符。"),
        (r"a password holds three kinds .*", "密码要含大写字母、小写字母、数字、符号中的至少三种。"),
        (r"an account name has .*", "账号名为 1 到 40 个字符，不能有空格和冒号。"),
        (r"the account '(.*)' exists already", "账号 {0} 已经有了。"),
        (r"no account '(.*)'", "没有账号 {0}。"),
        (r"no role .*", "请选一个角色。"),
        (r"no unit '(.*)'", "没有单位 {0}。"),
        (r"the role \w+ needs a unit", "这个角色要填至少一个单位编号。"),
        (r"the role \w+ is for all units", "这个角色管所有单位，请不要填单位编号。"),
        (r"(\w+) is no unit for the role .*", "{0} 不是这个角色能管的单位。"),
        (r"(\w+) has no issue (\d+)", "{0} 没有第 {1} 期二维码。"),
        (r"a correction needs a note", "请写说明：查了什么，依据什么。"),
        (r"the note holds a phone number", "说明里不要写手机号，用后四位。"),
        (r".* asked for it, so another person .*", "这是您自己提出的，要由另一个人批准。"),
        (r"correction (\d+) was (?:approved|refused) by (.*)", "这条更正已由 {1} 处理过了。"),
        (r"no claim, credit or fact (\d+)", "没有流水号 {0} 的记录。"),
        (r"no correction .*|no reason .*", "请选更正的种类和原因。"),
        (r"(\d+) is not a claim", "{0} 不是登记的流水号。"),
        (r"(\S+) is too soon: .*", "{0} 太早：对账文件在一期结束后七天内还可能来，请过了七天再锁定。"),
        (r"everything before (\S+) is locked already", "{0} 之前已经锁定。"),
        (r"no request (\d+)", "没有这个锁定申请。"),
        (r"the day cannot be read|a period ends with a day", "请填一个日期。"),
        (r"this campaign lets a file count only when .*", "本活动的对账文件要由第二个人确认。"),
        (r"nobody asked for this file .*", "还没有人提交过这个文件。"),
        (r".*: Permission denied|.*: Read-only file system", "实例文件夹不能写入，请联系管理员。"),
    )
)
_ROW = re.compile(r"[^:]*:(\d+): (.*)", re.DOTALL)
_PHONE = re.compile(r"phone: not a mobile number \((\d+) digits\)")
_TIME = re.compile(r"(\w+): not a time")


def cause(fault: Fault) -> str:
    """Return why *fault* was raised, in Chinese where we have the words."""
    text = fault.cause
    for pattern, said in _CAUSES:
        if match := pattern.fullmatch(text):
            groups = [_named(group) for group in match.groups()]
            return said.format(*groups)
    if match := _ROW.fullmatch(text):
        line, rest = match.groups()
        rest = _PHONE.sub(r"不是11位手机号（\1 位数字）", rest)
        rest = _TIME.sub(lambda m: f"{_FIELDS.get(m[1], m[1])}不是时间", rest)
        return f"第 {line} 行：{rest.replace('; ', '；')}"
    return text


def _named(text: str) -> str:
    parts = text.split(", ")
    return "、".join(_FIELDS.get(part, part) for part in parts)
