"""
What only some need, and whether it is installed: ``[print]`` and ``[heic]`` of setup.cfg.

What printing needs is two thirds of all that is installed, and a server that serves residents
needs none of it: a campaign is read, signed and shown without. So whoever prints asks here first
and is told how to install it, instead of a traceback from the depths; what else wants a font goes
without.
"""
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from qrgen.fault_codes import Code
from qrgen.shell import Fault

PRINT_MODULES = (
    "fontTools", "justmytype_intl_cjk", "pikepdf", "pypdfium2", "typst",
)


@cache
def missing_for_print() -> tuple[str, ...]:
    """Return the modules that printing lacks here; empty where it can print."""
    return tuple(name for name in PRINT_MODULES if find_spec(name) is None)


def need_print() -> None:
    """
    Refuse what cannot be printed here.

    Raises:
        Fault: The extra is not installed; it says how to.
    """
    if missing := missing_for_print():
        raise Fault(Code.PRINT_NOT_INSTALLED, modules=list(missing))


def need_heic(path: Path) -> None:
    """
    Let Pillow read the photo at *path* as an iPhone stores it: the extra ``[heic]``.

    Raises:
        Fault: The extra is not installed; it says how the photo is sent instead.
    """
    if find_spec("pi_heif") is None:
        raise Fault(Code.HEIC_NOT_INSTALLED, path=path)
    import_module("pi_heif").register_heif_opener()
