"""
The bad rows of a file: let go one by one by whoever read the report, or else all told together.
"""
from collections import Counter
from pathlib import Path

from attribution.facts.bad_rows import BadRow
from attribution.facts.row_numbers import line_text
from attribution.faults import Code
from qrgen.shell import Fault

# Every bad row is reported; a file that is nothing else is cut off here.
MOST_REPORTED = 10_000

# Problems of a whole file, whose rows are not told one by one.
_OF_THE_FILE = {
    Code.ROW_MASKED.value: Code.FEED_MASKED, Code.ROW_HASHED.value: Code.FEED_HASHED,
    Code.ROW_UNCALCULATED.value: Code.FEED_UNCALCULATED,
}


class RefusedRows:
    """
    The bad rows of a file.

    Args:
        unused: Lines that may be bad, of which no bad row was met.
    """

    def __init__(self, unused: set[int]) -> None:
        self.unused = unused
        self.accepted: list[BadRow] = []
        self._count = 0
        self._rows: list[BadRow] = []
        self._whole: Counter[Code] = Counter()

    def add(self, row: BadRow) -> None:
        if row.line in self.unused:
            self.unused.remove(row.line)
            self.accepted.append(row)
            return
        self._count += 1
        of_the_file = _OF_THE_FILE.get(row.problems[0][0])
        if of_the_file is not None:
            self._whole[of_the_file] += 1
        elif len(self._rows) < MOST_REPORTED:
            self._rows.append(row)

    def told(self, path: Path, rows: int) -> None:
        """
        Tell of them, if there are any.

        Raises:
            Fault: There are.
        """
        bad = self._rows
        of_the_file = [Fault(code, file=path, rows=n) for code, n in self._whole.items()]
        if of_the_file and not bad:
            raise of_the_file[0]
        if self._count:
            lines = [line_text(row.line) for row in bad[:20]]
            raise Fault(
                Code.FEED_ROWS, file=path, refused=self._count, rows=rows,
                lines=",".join([*lines, *(["…"] if len(bad) > 20 else [])]),
                more=[*of_the_file, *(row.fault(path.name) for row in bad)],
            )
