"""
What stands in a cell, as far as it may be told back.

Whoever sent a table is told what stands where it is wrong, or nobody could find it. But a table
may hold a person's name or number in any cell, and messages end up in screenshots: told are names
of places and institutions, numbers of people, and what a spreadsheet has made of them; all else
is told by its shape.
"""
import re

from qrgen.setup.grids import ERROR, FORMULA
from qrgen.shapes import Shape, shape_of
from qrgen.texts import squeeze

_LONGEST = 40
_INSTITUTION = re.compile(
    r"[镇乡村县市区]|街道|社区|居委|管委|[银支总分]行|农商|信用|邮储|营业|网点|[局委办院校处]$|中心|公司|部门|单位"
    r"|^[全本]|任务|目标|合计|小计|总计|备注|联系|[所部]$|^注[:：]"
)
_AMOUNT = re.compile(
    r"[\d零〇一二两三四五六七八九十百千万亿户人个笔名约计左右多.,:%()\-—/+年月日号TE=#A-Z!?\ufffd]*"
)


def shown(text: str) -> str | Shape:
    """Return *text*, on one line and cut; or its shape, where it may be somebody's."""
    plain = squeeze(text)
    if re.search(r"\d{7}|1\d{2}[\s-]?\d{4}", plain) or re.search(r"1\d{10}", plain):
        return shape_of(text)
    if not (plain in (ERROR, FORMULA) or _INSTITUTION.search(plain) or _AMOUNT.fullmatch(plain)):
        return shape_of(text)
    line = text.replace("\n", " ")
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
