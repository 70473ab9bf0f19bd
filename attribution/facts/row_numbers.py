"""
The number of a row where a file has several sheets: one integer, told as people count.

Rows of the first sheet that was read have the number that the spreadsheet shows beside them.
Those of a later one have the sheet's place in the workbook before it: ``2:17``.
"""

# More rows than any sheet has, and than we read of any file.
A_SHEET = 10_000_000
MOST_SHEETS = 200


def line_of(sheet: int, row: int) -> int:
    """Return the line of *row* in the sheet at place *sheet*; 0 for the first that is read."""
    return sheet * A_SHEET + row


def line_text(line: int) -> str:
    """Return *line* as somebody reads it: ``17``, or ``2:17``."""
    sheet, row = divmod(line, A_SHEET)
    return f"{sheet}:{row}" if sheet else str(row)


def read_line(text: str) -> int:
    """
    Return the line that *text* names; undoes `line_text`.

    Raises:
        ValueError: it is none.
    """
    sheet, colon, row = text.strip().replace("：", ":").rpartition(":")
    if not (row.isascii() and row.isdecimal()) or (colon and not sheet.isdecimal()):
        raise ValueError("not a line")
    if int(row) >= A_SHEET or (sheet and not 0 < int(sheet) <= MOST_SHEETS):
        raise ValueError("not a line")
    return line_of(int(sheet or 0), int(row))
