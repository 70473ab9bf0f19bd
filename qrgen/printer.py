"""
The child process of the press: makes one file after another, each finished and read back.

Started as ``python -m qrgen.printer`` with its order on standard input; says one line of JSON
on standard output for each file that is there, or for what is wrong with it.
"""
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qrgen.fault_codes import Code
from qrgen.fault_json import as_plain
from qrgen.formats import TICKET, Format, format_named
from qrgen.helper import THERE_CAN_BE_ONE, Helper
from qrgen.proof import prove_file
from qrgen.shell import DiskFault, Fault, disk_faults, disk_of
from qrgen.symbols import SMALLEST_MODULE_MM, make_symbol
from qrgen.typesetter import Typesetter

# Fewer pages are read back sooner than two can agree on them.
WORTH_SHARING = 24


class Printer:
    """What is the same for every file of an order."""

    def __init__(self, order: dict[str, Any]) -> None:
        # Before typst starts threads, which a fork would leave behind.
        self._helper = Helper() if order["helper"] and THERE_CAN_BE_ONE else None
        self.print_ready: bool = order["print"]
        self.outline: bool = order["outline"]
        self.verify: bool = order["verify"]
        self.own_templates: bool = order["own_templates"]
        self._typesetter = Typesetter(
            Path(order["root"]),
            order["fonts"],
            not (self.print_ready or self.outline or self.own_templates),
            self.own_templates,
        )

    def make(self, path: Path, document: dict[str, Any]) -> None:
        """
        Make the file at *path* and prove it.

        Raises:
            Fault: A symbol is too small or does not read as it should, the file is too large,
                or a template of the county's does not compile.
            OSError: It cannot be written.
            RuntimeError: One of ours does not.
        """
        kind = format_named(document["kind"])
        urls = [poster["url"] for poster in document["posters"]]
        if kind.drawn:
            if kind.codes:
                document["symbols"] = self._draw_symbols(kind, document)
            self._typesetter.set(kind, document, path)
            if (self.print_ready or self.outline) and kind.trim_mm and kind != TICKET:
                from qrgen.prepress import finish  # a fifth of a second to load

                finish(path, self.print_ready, self.outline)
        else:
            symbol = make_symbol(urls[0])
            path.write_bytes(
                symbol.png()
                if path.suffix == ".png"
                else symbol.svg(max(60.0, symbol.smallest_mm)).encode()
            )
        if self.verify:
            self._prove(path, kind.codes_by_page(urls))
        limit = kind.largest_bytes
        if limit and path.stat().st_size > limit:
            size = path.stat().st_size
            raise Fault(Code.FILE_TOO_LARGE, file=path.name, size=size, most=limit)

    def close(self) -> None:
        """End the helper, if there is one."""
        if self._helper is not None:
            self._helper.close()

    def _draw_symbols(self, kind: Format, document: dict[str, Any]) -> dict[str, str]:
        """
        Return each poster's symbol, by code, and tell the posters how large it is.

        Not in the poster, which typst hashes at each call that is given one.
        """
        posters = document["posters"]
        urls = list(dict.fromkeys(poster["url"] for poster in posters))
        for_shop = document["print"]
        if self._helper is None or len(urls) < WORTH_SHARING:
            drawn = draw_symbols(urls, kind.mark, for_shop)
        else:
            self._helper.ask(draw_symbols, urls[::2], kind.mark, for_shop)
            drawn = draw_symbols(urls[1::2], kind.mark, for_shop) | self._helper.answer()
        for poster in posters:
            size, hole, _ = drawn[poster["url"]]
            _check_size(kind, size, poster["code"])
            poster |= {"size": size, "hole": hole}
        return {poster["code"]: drawn[poster["url"]][2] for poster in posters}

    def _prove(self, path: Path, pages: Sequence[Sequence[str]]) -> None:
        if self._helper is None or len(pages) < WORTH_SHARING:
            prove_file(path, pages, self.own_templates)
            return
        turns = self._helper.turns
        turns.deal(len(pages))
        self._helper.ask(prove_file, path, pages, self.own_templates, turns)
        prove_file(path, pages, self.own_templates, turns)
        self._helper.answer()


def draw_symbols(
    urls: Sequence[str], mark: int, for_shop: bool
) -> dict[str, tuple[int, int, str]]:
    """Return size and hole in modules and the drawing of each symbol, by url."""
    drawn = {}
    for url in urls:
        symbol = make_symbol(url, mark)
        drawing = symbol.bare_pdf() if for_shop else symbol.bare_svg()
        drawn[url] = symbol.size, symbol.hole, drawing
    return drawn


def _check_size(kind: Format, size: int, code: str) -> None:
    """Refuse what no telephone would see; *size* in modules."""
    width = kind.symbol_mm
    if width and width / size < SMALLEST_MODULE_MM:
        raise Fault(
            Code.SYMBOL_TOO_LARGE, format=kind.name, poster=code,
            needed=size * SMALLEST_MODULE_MM, width=width,
        )


def main() -> None:
    # A line, and not all there is: somebody else may hold the other end open.
    line = sys.stdin.readline()
    if not line:
        return  # nobody wanted anything
    order = json.loads(line)
    printer = Printer(order)
    for number, (path, document) in enumerate(order["sheets"]):
        try:
            with disk_faults(disk_of(Path(path))):
                printer.make(Path(path), document)
        except Fault as fault:
            said = {"fault": as_plain(fault), "disk": isinstance(fault, DiskFault)}
            print(json.dumps(said), flush=True)
            break
        print(json.dumps({"made": number}), flush=True)
    printer.close()
    # typst would give back all it remembers piece by piece; the system takes it at once.
    os._exit(0)


if __name__ == "__main__":
    main()
