"""
The press: a child process that sets pages with typst and ends.

typst keeps everything it has ever laid out (1.3 GB after all books in one process), so no
process lives longer than a batch. It is a program of its own, ``python -m qrgen.press``, fed
through standard input, rather than a ``multiprocessing`` child: it does not care who its
parent is, so posters can be printed from a script without a main guard, from a web worker and
on Windows alike.
"""
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Queue
from typing import Any

import typst

TEMPLATES = Path(__file__).parent / "templates"


class PressError(Exception):
    """typst refused a page: a bug in a template, not in anybody's data."""


@dataclass(frozen=True)
class Sheet:
    """
    One file to set.

    Args:
        template: Name in ``templates``, without ``.typ``.
        data: What ``parts.typ`` reads.
        out: Where to put it; the suffix says which kind, ``.pdf`` or ``.png``.
        ppi: Pixels per inch, for PNG.
    """

    template: str
    data: dict[str, Any]
    out: str
    ppi: float | None = None


def print_sheets(
    sheets: Sequence[Sheet], font_folders: Sequence[Path], workers: int = 2, batch: int = 60
) -> Iterator[Sheet]:
    """
    Set *sheets* in child processes and yield each when its file is there, in no order.

    Raises:
        PressError: typst refused one.
    """
    batch = max(1, min(batch, -(-len(sheets) // workers)))
    batches = [sheets[at : at + batch] for at in range(0, len(sheets), batch)]
    done: Queue[Sheet | None] = Queue()
    with ThreadPoolExecutor(max_workers=workers) as pool:
        running = [pool.submit(_run_child, some, font_folders, done.put) for some in batches]
        for future in running:
            future.add_done_callback(lambda _: done.put(None))
        try:
            for _ in running:
                while (sheet := done.get()) is not None:
                    yield sheet
            for future in running:
                future.result()
        finally:
            for future in running:
                future.cancel()


def _run_child(
    sheets: Sequence[Sheet], font_folders: Sequence[Path], report: Callable[[Sheet], None]
) -> None:
    # The child must find this very qrgen, whatever folder it is started from.
    path = [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    order = {
        "fonts": [str(folder) for folder in font_folders],
        "sheets": [asdict(sheet) for sheet in sheets],
    }
    with (
        tempfile.TemporaryFile() as orders,
        tempfile.TemporaryFile() as complaints,  # a file, for a full pipe would stop the child
    ):
        orders.write(json.dumps(order).encode("ascii"))
        orders.seek(0)
        with subprocess.Popen(
            [sys.executable, "-m", "qrgen.press"],
            stdin=orders,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))},
        ) as child:
            for line in child.stdout or ():
                report(sheets[int(line)])
        if child.returncode:
            complaints.seek(0)
            raise PressError(complaints.read().decode("utf-8", "replace").strip())


def _main() -> None:
    order = json.load(sys.stdin)
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=order["fonts"]
    )
    compiler = typst.Compiler(root=str(TEMPLATES), font_paths=fonts)
    for number, sheet in enumerate(order["sheets"]):
        # The format is named, for typst writes to a path without looking at its suffix.
        compiler.compile(
            input=str(TEMPLATES / f"{sheet['template']}.typ"),
            output=sheet["out"],
            format="png" if sheet["out"].endswith(".png") else "pdf",
            ppi=sheet["ppi"],
            sys_inputs={"data": json.dumps(sheet["data"], ensure_ascii=False)},
        )
        print(number, flush=True)


if __name__ == "__main__":
    _main()
