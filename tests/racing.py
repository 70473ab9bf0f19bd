# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
Acts in the same moment, for what two people or two nodes could do to each other.

Make what the acts need before, above all applications: making one compiles its routes with
`ast`, which CPython 3.11 cannot do in two threads (python/cpython#106905: "AST constructor
recursion depth mismatch", once in a few hundred).
"""
import threading
from concurrent.futures import ThreadPoolExecutor

from qrgen.shell import Fault


def at_once(*acts):
    """
    Do all *acts* in the same moment; return what each returned, or the Fault it raised.

    Any other error of an act is raised here, so that none is taken for an outcome.
    """
    together = threading.Barrier(len(acts), timeout=60)

    def run(act):
        together.wait()
        try:
            return act()
        except Fault as fault:
            return fault

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def split(results):
    """Return what *results* of `at_once` hold: what was done, and the Faults."""
    faults = [one for one in results if isinstance(one, Fault)]
    return [one for one in results if one not in faults], faults
