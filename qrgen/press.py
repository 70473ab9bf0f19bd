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
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any


class PressError(Exception):
    """typst refused a page: a bug in a template, not in anybody's data."""


@dataclass(frozen=True)
class Sheet:
    """
    One file to set.

    Args:
        template: Name in the templates' folder, without ``.typ``.
        data: What ``parts.typ`` reads.
        out: Where to put it; the suffix says which kind, ``.pdf`` or ``.png``.
        ppi: Pixels per inch, for PNG.
    """

    template: str
    data: dict[str, Any]
    out: str
    ppi: float | None = None


def print_sheets(
    batches: Iterable[Sequence[Sheet]],
    root: Path,
    font_folders: Sequence[Path],
    workers: int = 2,
) -> Iterator[Sheet]:
    """
    Set each of *batches* in a child process and yield each sheet when its file is there, in
    no order.

    Args:
        batches: Asked for the next one only when a child is free, so that ten thousand
            posters need no more memory than a hundred.
        root: The folder with the templates and everything they read.

    Raises:
        PressError: typst refused a sheet.
    """
    done: Queue[Sheet | None] = Queue()
    children: set[subprocess.Popen[bytes]] = set()
    source = iter(batches)
    running: set[Future[None]] = set()

    def start(pool: ThreadPoolExecutor) -> None:
        if (some := next(source, None)) is not None:
            future = pool.submit(_run_child, some, root, font_folders, done.put, children)
            running.add(future)
            future.add_done_callback(lambda _: done.put(None))

    with ThreadPoolExecutor(max_workers=workers) as pool:
        try:
            for _ in range(workers):
                start(pool)
            while running:
                if (sheet := done.get()) is not None:
                    yield sheet
                    continue
                for future in [future for future in running if future.done()]:
                    running.discard(future)
                    future.result()
                    start(pool)
            while not done.empty():
                if (sheet := done.get()) is not None:
                    yield sheet
        finally:
            # Whoever stops listening (a fault, Ctrl-C) waits for nobody.
            for child in list(children):
                child.terminate()


def _run_child(
    sheets: Sequence[Sheet],
    root: Path,
    font_folders: Sequence[Path],
    report: Callable[[Sheet], None],
    children: "set[subprocess.Popen[bytes]]",
) -> None:
    # The child must find this very qrgen, whatever folder it is started from.
    path = [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    order = {
        "root": str(root),
        "fonts": [str(folder) for folder in font_folders],
        "sheets": [vars(sheet) for sheet in sheets],
    }
    with (
        tempfile.TemporaryFile() as orders,
        tempfile.TemporaryFile() as complaints,  # a file, for a full pipe would stop the child
    ):
        orders.write(json.dumps(order).encode("ascii"))
        orders.seek(0)
        del order
        with subprocess.Popen(
            [sys.executable, "-m", "qrgen.press"],
            stdin=orders,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))},
        ) as child:
            children.add(child)
            for line in child.stdout or ():
                report(sheets[int(line)])
        children.discard(child)
        if child.returncode:
            complaints.seek(0)
            raise PressError(complaints.read().decode("utf-8", "replace").strip())


def _main() -> None:
    import typst  # here, for whoever only starts the press does without

    order = json.load(sys.stdin)
    root = Path(order["root"])
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=order["fonts"]
    )
    compiler = typst.Compiler(root=str(root), font_paths=fonts)
    for number, sheet in enumerate(order["sheets"]):
        try:
            # The format is named, for typst writes to a path without looking at its suffix.
            compiler.compile(
                input=str(root / f"{sheet['template']}.typ"),
                output=sheet["out"],
                format="png" if sheet["out"].endswith(".png") else "pdf",
                ppi=sheet["ppi"],
                sys_inputs={"data": json.dumps(sheet["data"], ensure_ascii=False)},
            )
        except RuntimeError as error:  # a TypstError is one
            sys.exit(f"{sheet['template']}.typ: {error}")
        print(number, flush=True)


if __name__ == "__main__":
    _main()
