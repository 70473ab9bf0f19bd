"""
Reads what rows say in English sentences: why a row could not be read, and the rule's note.

Reasons were kept so until they became data, and such rows stay for good. The note is still
written so, because commands print it as it is.
"""
import re

_FIELDS = {
    "phone": "手机号", "registered_at": "注册时间", "card_bound_at": "绑卡时间",
    "first_txn_at": "首笔交易时间", "as_of": "数据日期",
}
_PHONE = re.compile(r"phone: not a mobile number \((\d+) digits\)")
_TIME = re.compile(r"(\w+): not a time(?: \(((?:[^()]|\([^()]*\))*)\))?")
_SETTLED = re.compile(r"settled by batch (.*)")
_KINDS = {"letters": "文字", "digits": "数字", "signs": "符号", "blanks": "空白"}
_SHAPE = re.compile(
    r"text of (\d+) letters?|(\d+) digits?\b|(\d+) characters? \(([a-z, ]+)\)|\bnothing\b"
)


def cells(text: str) -> str:
    """Return what was wrong with the cells of a row, in Chinese."""
    text = _PHONE.sub(r"不是11位手机号（\1 位数字）", text)
    text = _TIME.sub(
        lambda m: f"{_FIELDS.get(m[1], m[1])}不是时间" + (f"（{_shapes(m[2])}）" if m[2] else ""),
        text,
    )
    return text.replace("; ", "；")


def note(text: str) -> str:
    """Return the note of a difference, the rule's own in Chinese."""
    return _SETTLED.sub(r"后来的批次 \1 已对上", text)


def _shapes(text: str) -> str:
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
