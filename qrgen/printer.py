"""
The child process of the press: makes one file after another, each finished and read back.

Started as ``python -m qrgen.printer`` with its order on standard input; says one line of JSON
on standard output for each file that is there, or for what is wrong with it.
"""
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typst

from qrgen.formats import FORMATS, Format
from qrgen.helper import Helper
from qrgen.proof import prove_file
from qrgen.shell import Fault
from qrgen.symbols import SMALLEST_MODULE_MM, make_symbol

# Fewer pages are read back sooner than two can agree on them.
WORTH_SHARING = 24


class Printer:
    """Typst with its fonts, and what is the same for every file of an order."""

    def __init__(self, order: dict[str, Any]) -> None:
        # Before typst starts threads, which a fork would leave behind.
        self._helper = Helper() if order["helper"] else None
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
        urls = [poster["url"] for poster in document["posters"]]
        if self.kind.drawn:
            if self.kind.codes:
                document["symbols"] = self._draw_symbols(document)
            self._compile(path, document)
            if self.print_ready or self.outline:
                from qrgen.prepress import finish  # a fifth of a second to load

                finish(path, self.print_ready, self.outline, self._fonts)
        else:
            symbol = make_symbol(urls[0])
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

    def _draw_symbols(self, document: dict[str, Any]) -> dict[str, str]:
        """
        Return each poster's symbol, by code, and tell the posters how large it is.

        Not in the poster, which typst hashes at each call that is given one.
        """
        posters = document["posters"]
        urls = list(dict.fromkeys(poster["url"] for poster in posters))
        mark = self.kind.logo if document["mark"] else self.kind.mark
        if self._helper is None or len(urls) < WORTH_SHARING:
            drawn = draw_symbols(urls, mark, self.print_ready)
        else:
            self._helper.ask(draw_symbols, urls[::2], mark, self.print_ready)
            drawn = draw_symbols(urls[1::2], mark, self.print_ready) | self._helper.answer()
        for poster in posters:
            size, hole, _ = drawn[poster["url"]]
            self._check_size(size, poster["code"])
            poster |= {"size": size, "hole": hole}
        return {poster["code"]: drawn[poster["url"]][2] for poster in posters}

    def _prove(self, path: Path, pages: Sequence[Sequence[str]]) -> None:
        if self._helper is None or len(pages) < WORTH_SHARING:
            prove_file(path, pages, self.own_templates)
            return
        self._helper.ask(prove_file, path, pages, self.own_templates, (1, 2))
        prove_file(path, pages, self.own_templates, (0, 2))
        self._helper.answer()

    def _check_size(self, size: int, code: str) -> None:
        """Refuse what no telephone would see; *size* in modules."""
        width = self.kind.symbol_mm
        if width and width / size < SMALLEST_MODULE_MM:
            raise Fault(
                f"{self.kind.name}: {code} needs a symbol of "
                f"{size * SMALLEST_MODULE_MM:g} mm, the format has {width:g} mm",
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
