"""
typst with its fonts: a template and what it reads become a file.

What many pages share, or one page has twenty times, is set once, as a page of a file of its own,
the *masters*; the template places it from there (``from-master`` in ``parts.typ``). That takes a
third of the time and makes a smaller file. A county's own templates, which need not know of
masters, and prints for the shop draw everything where it stands; both look the same.
"""
import json
import os
import re
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typst

from qrgen.fault_codes import Code
from qrgen.formats import COMMON_WORDS, Format
from qrgen.shell import Fault, disk_faults, disk_of

# Files of masters kept for the next document that needs the same.
_KEPT = 8


class Typesetter:
    """
    Args:
        root: The folder with the templates and everything they read; masters are made there.
        fonts: The folders with fonts.
        use_masters: The templates are ours, and the file needs nothing more afterwards.
        own_templates: Some template is the county's, and so may a fault be.
    """

    def __init__(
        self, root: Path, fonts: Sequence[str], use_masters: bool, own_templates: bool
    ) -> None:
        self._root = root
        self._use_masters = use_masters
        self._own_templates = own_templates
        found = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=list(fonts)
        )
        self._compiler = typst.Compiler(root=str(root), font_paths=found)
        self._masters: dict[tuple[str, tuple[tuple[Any, ...], ...]], Path] = {}
        self._made = 0

    def set(self, kind: Format, document: dict[str, Any], path: Path) -> None:
        """
        Make the file at *path* of a format.

        Args:
            document: What its template reads (`sheets.document`), with the symbols.

        Raises:
            Fault: A template of the county's does not compile.
            RuntimeError: One of ours does not.
        """
        if kind.master and self._use_masters:
            document = self._with_masters(kind, document)
        self._compile(kind, document, path)

    def _with_masters(self, kind: Format, document: dict[str, Any]) -> dict[str, Any]:
        posters: list[dict[str, Any]] = document["posters"]
        keys = [tuple(poster[word] for word in kind.master) for poster in posters]
        first_of: dict[tuple[Any, ...], dict[str, Any]] = {}
        for key, poster in zip(keys, posters, strict=True):
            first_of.setdefault(key, poster)
        wanted = tuple(first_of)
        of_kind = kind.name, wanted
        if of_kind not in self._masters:
            self._masters[of_kind] = self._make_masters(kind, document, list(first_of.values()))
        page_of = {key: page for page, key in enumerate(wanted, start=1)}
        return {
            **document,
            "masters": self._masters[of_kind].name,
            "posters": [
                {**poster, "master": page_of[key]}
                for key, poster in zip(keys, posters, strict=True)
            ],
            "symbols": {} if "code" in kind.master else document["symbols"],
        }

    def _make_masters(
        self, kind: Format, document: dict[str, Any], posters: list[dict[str, Any]]
    ) -> Path:
        if len(self._masters) >= _KEPT:
            for old in self._masters.values():
                old.unlink()
            self._masters.clear()
        own = "code" in kind.master
        if not own:
            # A template that put one unit's name on everybody's page shall not compile.
            common = (*COMMON_WORDS, *kind.master)
            posters = [{word: poster[word] for word in common} for poster in posters]
        self._made += 1
        path = self._root / f"masters-{os.getpid()}-{self._made}.pdf"
        wanted = {
            **document,
            "make-masters": True,
            "posters": posters,
            "symbols": document["symbols"] if own else {},
        }
        # Made elsewhere than the file it is for, which the error would else be told of.
        with disk_faults(disk_of(self._root)):
            self._compile(kind, wanted, path)
        return path

    def _compile(self, kind: Format, document: dict[str, Any], path: Path) -> None:
        try:
            # The format is named, for typst writes to a path without looking at its suffix.
            self._compiler.compile(
                input=str(self._root / f"{kind.name}.typ"),
                output=str(path),
                format="png" if path.suffix == ".png" else "pdf",
                ppi=kind.ppi,
                sys_inputs={"data": json.dumps(document, ensure_ascii=False)},
                # Twice the size, a tenth of the time, and nothing that paper could show.
                pdf_tags=False,
            )
        except RuntimeError as error:  # a TypstError is one
            if found := _TOO_SMALL.search(str(error)):
                raise Fault(
                    Code.TEXT_TOO_SMALL, format=kind.name, what=found[2], size=float(found[1]),
                    least=kind.least_pt,
                ) from None
            if not self._own_templates:
                raise
            what = str(error).replace(f"{self._root}{os.sep}", "")  # no file of the county's
            place = _place(error) or f"{kind.name}.typ"
            raise Fault(Code.TEMPLATE_FAILS, place=place, what=what) from None
        if path.suffix == ".pdf":
            path.write_bytes(plain(path.read_bytes()))
        elif path.suffix == ".png" and document.get("revision"):
            path.write_bytes(with_text(path.read_bytes(), "Description", document["description"]))


def _place(error: RuntimeError) -> str:
    """Return file and line of the first place that typst points to; empty if there is none."""
    found = re.search(r"┌─ (?:.*[/\\])?(.+):(\d+):\d+$", getattr(error, "diagnostic", ""), re.M)
    return f"{found[1]}:{found[2]}" if found else ""


# What `held` in parts.typ says of letters below the format's least size.
_TOO_SMALL = re.compile(r"too small: ([0-9.]+) ([^\n\"]+)")

# How typst writes a colour space, and the profile it names: three channels or one.
_SPACE = re.compile(rb"\[/ICCBased (\d+) 0 R\]")
_PROFILE = re.compile(rb"\n(\d+) 0 obj\n<</Length \d+/N ([13])/")

# How it makes a group of a page that it places, and what there is as soon as anything is drawn
# faintly, by a mask or blended; a picture with an alpha channel needs neither.
_GROUP = re.compile(rb"/Group<</Type/Group/S/Transparency/I true/CS \d+ 0 R>>")
_FAINT = b"/Type/ExtGState"


def plain(file: bytes) -> bytes:
    """
    Return typst's PDF without what costs whoever draws it more than the drawing.

    Colours lose their profiles; they are sRGB and grey anyway, and grey without a profile is
    black ink alone on any printer, the code too. Placed pages are not groups any more, which
    would be drawn apart and then laid over the page. Nothing moves: what is written instead is
    as long as what was there.
    """
    channels = dict(_PROFILE.findall(file))

    def name(found: "re.Match[bytes]") -> bytes:
        space = {b"3": b"/DeviceRGB", b"1": b"/DeviceGray"}.get(channels.get(found[1], b""))
        return found[0] if space is None else space.ljust(len(found[0]))

    file = _SPACE.sub(name, file)
    if _FAINT in file:
        return file  # its groups are needed
    return _GROUP.sub(lambda found: b" " * len(found[0]), file)


def with_text(png: bytes, key: str, text: str) -> bytes:
    """Return *png* with *text* in its properties (iTXt, PNG 11.3.3.4), where typst writes none."""
    body = b"iTXt" + key.encode("latin-1") + b"\0\0\0\0\0" + text.encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    end = 8 + 4 + 4 + 13 + 4  # behind IHDR, which comes first
    return png[:end] + chunk + png[end:]
