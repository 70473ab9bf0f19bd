"""
Inks of their own in a finished PDF: the marks that stand on every plate, and the line to cut along.

typst knows four inks and no layers. So `parts.typ` draws registration and crop marks, and the line
around what is cut out, in two mixtures that no colour of ours or of a county's can be (of its cyan,
magenta and yellow at least one is nothing; `artwork.inks`), and here they become what a shop looks
for: the separation All, and the spot colour CutContour on a layer of its own, which cutters find by
that name, and which is laid over the print without leaving a gap in it.
"""
from collections.abc import Sequence
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Operator, Pdf, String

from qrgen.shop import CUT_INK

# As registration and cut-line in parts.typ.
REGISTRATION = (1.0, 1.0, 1.0, 1.0)
CUT = (0.01, 0.99, 0.01, 0.0)
_A_STEP = 0.003  # typst keeps inks in 255 steps

LAYER = "CutContour 刀线"

Instruction = Any


def use_inks(pdf: Pdf) -> None:
    """Turn both mixtures in every page of *pdf* into inks of their own, the cut into a layer."""
    layer = _layer(pdf)
    marks = _ink(pdf, "All", (1, 1, 1, 1))
    cut = _ink(pdf, CUT_INK, (0, 1, 0, 0))
    over = pdf.make_indirect(Dictionary(Type=Name.ExtGState, OP=True, op=True, OPM=1))
    has_layer = False
    for page in pdf.pages:
        instructions, cuts = _with_inks(pikepdf.parse_content_stream(page))
        page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(instructions))
        spaces = {Name.Marks: marks, Name.Cut: cut} if cuts else {Name.Marks: marks}
        _into(page, "/ColorSpace", spaces)
        if cuts:
            _into(page, "/ExtGState", {Name.Over: over})
            _into(page, "/Properties", {Name.Cut: layer})
            has_layer = True
    if has_layer:
        show_layers(pdf, [layer])


def show_layers(pdf: Pdf, layers: Sequence[pikepdf.Object]) -> None:
    """List *layers* in the catalog of *pdf*, all shown; without it a reader knows of none."""
    shown = Array(layers)
    pdf.Root.OCProperties = Dictionary(
        OCGs=shown, D=Dictionary(ON=shown, Order=shown, Name=String(LAYER))
    )


def _with_inks(instructions: Sequence[Instruction]) -> tuple[list[Instruction], int]:
    """Return them with both inks, and how many cuts there are; typst draws each within q and Q."""
    out: list[Instruction] = []
    opened: list[int] = []  # where each q stands that is still open
    within: list[bool] = []  # whether a cut is drawn in it
    cuts = 0
    for instruction in instructions:
        word = str(instruction.operator)
        if word == "q":
            opened.append(len(out))
            within.append(False)
        elif word == "K":
            paint = tuple(float(share) for share in instruction.operands)
            if _is(paint, REGISTRATION):
                out += _in_ink(Name.Marks)
                continue
            if _is(paint, CUT) and opened:
                out += [_say("gs", Name.Over), *_in_ink(Name.Cut)]
                within[-1] = True
                cuts += 1
                continue
        out.append(instruction)
        if word == "Q" and opened:
            start = opened.pop()
            if within.pop():
                out.insert(start, _say("BDC", Name.OC, Name.Cut))
                out.append(_say("EMC"))
    return out, cuts


def _is(paint: Sequence[float], ink: Sequence[float]) -> bool:
    return all(abs(one - other) < _A_STEP for one, other in zip(paint, ink, strict=True))


def _in_ink(name: Name) -> list[Instruction]:
    return [_say("CS", name), _say("SCN", 1)]


def _say(word: str, *operands: Any) -> Instruction:
    return pikepdf.ContentStreamInstruction(list(operands), Operator(word))


def _ink(pdf: Pdf, name: str, shares: Sequence[int]) -> pikepdf.Object:
    """Return the colour space of one ink, which a screen shows as four in these *shares*."""
    tint = Dictionary(FunctionType=2, Domain=[0, 1], N=1, C0=[0, 0, 0, 0], C1=list(shares))
    return pdf.make_indirect(
        Array([Name.Separation, Name(f"/{name}"), Name.DeviceCMYK, pdf.make_indirect(tint)])
    )


def _layer(pdf: Pdf) -> pikepdf.Object:
    return pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(LAYER), Intent=Name.Design))


def _into(page: pikepdf.Page, kind: str, entries: dict[Name, pikepdf.Object]) -> None:
    if kind not in page.resources:
        page.resources[kind] = Dictionary()
    for name, value in entries.items():
        page.resources[kind][str(name)] = value
