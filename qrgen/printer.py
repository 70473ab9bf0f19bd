"""
The child process of the press: makes one file after another, each finished and read back.

Started as ``python -m qrgen.printer`` with its order on standard input; says one line of JSON
on standard output for each file that is there, or for what is wrong with it.
"""
import json
import multiprocessing
import re
import sys
from collections.abc import Sequence
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import typst

from qrgen.formats import FORMATS, Format
from qrgen.proof import prove_file
from qrgen.shell import Fault
from qrgen.symbols import SMALLEST_MODULE_MM, Symbol, make_symbol

# Fewer pages are read back sooner than two can agree on them.
WORTH_SHARING = 24


class Printer:
    """Typst with its fonts, and what is the same for every file of an order."""

    def __init__(self, order: dict[str, Any]) -> None:
        # Before typst starts threads, which a fork would leave behind.
        self._helper = _Helper() if order["helper"] else None
        self.kind: Format = FORMATS[order["format"]]
        self.print_ready: bool = order["print"]
        self.outline: bool = order["outline"]
        self.verify: bool = order["verify"]
        self.own_templates: bool = order["own_templates"]
        self._root = Path(order["root"])
        self._fonts = [Path(folder) for folder in order["fonts"]]
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=order["fonts"]
        )
        self._compiler = typst.Compiler(root=str(self._root), font_paths=fonts)

    def make(self, path: Path, document: dict[str, Any]) -> None:
        """
        Make the file at *path* and prove it.

        Raises:
            Fault: A symbol is too small or does not read as it should, the file is too large,
                or a template of the county's does not compile.
            RuntimeError: One of ours does not.
        """
        posters = document["posters"]
        urls = [poster["url"] for poster in posters]
        if self.kind.drawn:
            if self.kind.codes:
                mark = self.kind.logo if document["mark"] else self.kind.mark
                symbols = {poster["code"]: _symbol(poster["url"], mark) for poster in posters}
                for poster in posters:
                    symbol = symbols[poster["code"]]
                    self._check_size(symbol, poster["code"])
                    poster |= {"size": symbol.size, "hole": symbol.hole}
                # Not in the poster, which typst hashes at each call that is given one.
                document["symbols"] = {
                    code: symbol.bare_pdf() if self.print_ready else symbol.bare_svg()
                    for code, symbol in symbols.items()
                }
            self._compile(path, document)
            if self.print_ready or self.outline:
                from qrgen.prepress import finish  # a fifth of a second to load

                finish(path, self.print_ready, self.outline, self._fonts)
        else:
            symbol = _symbol(urls[0], 0)
            path.write_bytes(
                symbol.png()
                if path.suffix == ".png"
                else symbol.svg(max(60.0, symbol.smallest_mm)).encode()
            )
        if self.verify:
            self._prove(path, self.kind.codes_by_page(urls))
        limit = self.kind.largest_bytes
        if limit and path.stat().st_size > limit:
            raise Fault(
                f"{path.name}: {path.stat().st_size} bytes, more than {limit}",
                "a simpler logo makes it smaller",
            )

    def _prove(self, path: Path, pages: Sequence[Sequence[str]]) -> None:
        if self._helper is None or len(pages) < WORTH_SHARING:
            prove_file(path, pages, self.own_templates)
            return
        self._helper.ask(path, pages, self.own_templates, (1, 2))
        prove_file(path, pages, self.own_templates, (0, 2))
        self._helper.wait()

    def _check_size(self, symbol: Symbol, code: str) -> None:
        """Refuse what no telephone would see."""
        width = self.kind.symbol_mm
        if width and width / symbol.size < SMALLEST_MODULE_MM:
            raise Fault(
                f"{self.kind.name}: {code} needs a symbol of "
                f"{symbol.size * SMALLEST_MODULE_MM:g} mm, the format has {width:g} mm",
                "print a larger format, or use a shorter address: it makes a coarser symbol",
            )

    def _compile(self, path: Path, document: dict[str, Any]) -> None:
        try:
            # The format is named, for typst writes to a path without looking at its suffix.
            self._compiler.compile(
                input=str(self._root / f"{self.kind.name}.typ"),
                output=str(path),
                format="png" if path.suffix == ".png" else "pdf",
                ppi=self.kind.ppi,
                sys_inputs={"data": json.dumps(document, ensure_ascii=False)},
                # Twice the size, a tenth of the time, and nothing that paper could show.
                pdf_tags=False,
            )
            if path.suffix == ".pdf":
                _name_plain_colours(path)
        except RuntimeError as error:  # a TypstError is one
            if not self.own_templates:
                raise
            raise Fault(
                f"a template of this campaign does not compile: {self.kind.name}.typ: {error}",
                "correct it in the templates/ of the campaign folder",
            ) from None


class _Helper:
    """A second process that reads back every other page; it ends when this one does."""

    def __init__(self) -> None:
        # A fork knows all that was imported; elsewhere it is started anew.
        context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        self._line, theirs = context.Pipe()
        context.Process(target=_help, args=(theirs, self._line), daemon=True).start()
        theirs.close()

    def ask(self, *arguments: Any) -> None:
        """Begin ``prove_file(*arguments)``."""
        self._line.send(arguments)

    def wait(self) -> None:
        """
        Wait for what was asked for.

        Raises:
            Fault: A page is not as it should be.
            EOFError: The helper failed, and said why on standard error.
        """
        if (fault := self._line.recv()) is not None:
            raise fault


def _help(line: Connection, others_end: Connection) -> None:
    others_end.close()  # or nobody would notice that the other process is gone
    while True:
        try:
            arguments = line.recv()
        except EOFError:
            return
        try:
            prove_file(*arguments)
        except Fault as fault:
            line.send(fault)
        else:
            line.send(None)


# How typst writes a colour space, and the profile it names: three channels or one.
_SPACE = re.compile(rb"\[/ICCBased (\d+) 0 R\]")
_PROFILE = re.compile(rb"\n(\d+) 0 obj\n<</Length \d+/N ([13])/")


def _name_plain_colours(path: Path) -> None:
    """
    Take the profiles out of typst's colours, which are sRGB and grey anyway.

    Grey without a profile is black ink alone on any printer, the code too; and whoever opens
    the file need not compute with profiles, which takes longer than to draw the page. Nothing
    moves: the new names are as long as the old ones.
    """
    file = path.read_bytes()
    channels = dict(_PROFILE.findall(file))

    def plain(found: "re.Match[bytes]") -> bytes:
        name = {b"3": b"/DeviceRGB", b"1": b"/DeviceGray"}.get(channels.get(found[1], b""))
        return found[0] if name is None else name.ljust(len(found[0]))

    path.write_bytes(_SPACE.sub(plain, file))


@lru_cache(maxsize=64)
def _symbol(url: str, mark: int) -> Symbol:
    return make_symbol(url, mark)


def main() -> None:
    order = json.load(sys.stdin)
    printer = Printer(order)
    for number, (path, document) in enumerate(order["sheets"]):
        try:
            printer.make(Path(path), document)
        except Fault as fault:
            print(json.dumps({"cause": fault.cause, "hint": fault.hint}), flush=True)
            return
        print(json.dumps({"made": number}), flush=True)


if __name__ == "__main__":
    main()
