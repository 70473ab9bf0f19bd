"""
How much a workbook holds when it is unpacked: asked before any library unpacks it.

An XLSX is a ZIP, and a megabyte of ZIP can hold a gigabyte of one letter.
"""
import zipfile
import zlib
from pathlib import Path

from attribution.faults import Code
from qrgen.shell import Fault

# A million rows of six columns are 400 MB of XML.
MOST_UNPACKED = 1 << 30
MOST_PARTS = 10_000


def check_unpacked(path: Path, most: int = MOST_UNPACKED) -> None:
    """
    Refuse the ZIP at *path* if its parts are more than *most* bytes together.

    First as they say, which costs nothing; then as they are, for they may lie.

    Raises:
        Fault: They are, or it is damaged.
    """
    too_much = Fault(Code.FEED_UNPACKS, file=path, most=most >> 20)
    try:
        with zipfile.ZipFile(path) as book:
            parts = book.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > most:
                raise too_much
            left = most
            for part in parts:
                # It reads no further than the part said, and compares the check sum there.
                with book.open(part) as file:
                    while block := file.read(1 << 18):
                        left -= len(block)
                        if left < 0:
                            raise too_much
    # RuntimeError: a password, or a way of packing that we do not know.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
        raise Fault(
            Code.FEED_DAMAGED_XLSX, file=path, problem=type(error).__name__
        ) from None
