"""
Photos, scans and PDFs that somebody sent, read in another process (`qrgen.apart`).

One reader takes several, for it is a tenth of a second to load; a file that it does not survive
costs that file alone, and the next reader goes on behind it.
"""
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from qrgen import apart
from qrgen.fault_codes import Code, Term
from qrgen.fault_json import from_plain
from qrgen.seen import SeenPage, page_from_plain
from qrgen.shell import Fault

# What is in a file, page by page.
Pages = list[SeenPage]

# A command line holds the names of so many, however long they are.
BATCH = 16

# A pile of scanned pages takes a minute or two, and 108 million pixels in colour, as PNG, one
# gigabyte; so many on a transparent ground take more than this.
BOUNDS = apart.Bounds(memory=2 << 30, cpu_s=180, silence_s=600, patience_s=BATCH * 600)


def read_files(
    files: Sequence[Path], bounds: apart.Bounds | None = None
) -> Iterator[tuple[Path, Pages | Fault]]:
    """Yield each of *files* with what is on its pages, or with why it cannot be read."""
    left = list(files)
    while left:
        batch, done = left[:BATCH], 0
        try:
            for item in apart.items(
                "qrgen.decode:plain_files", [str(file) for file in batch], bounds=bounds or BOUNDS
            ):
                if done == len(batch):
                    break
                yield batch[done], _read(batch[done], item)
                done += 1
            if done < len(batch):
                raise apart.Ended(Code.READER_BROKE)
        except apart.Ended as ended:
            if done < len(batch):
                yield batch[done], _fault(batch[done], ended)
                done += 1
        left = left[done:]


def _read(file: Path, item: Any) -> Pages | Fault:
    match item:
        case [list(pages)]:
            with suppress(ValueError):
                return [page_from_plain(page) for page in pages]
        case [None, said]:
            with suppress(ValueError):
                return from_plain(said)
    return _fault(file, apart.Ended(Code.READER_BROKE))


def _fault(file: Path, why: apart.Ended) -> Fault:
    return apart.not_read(file, why, Term.PHOTO_AGAIN)
