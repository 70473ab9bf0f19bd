"""What a test needs of the system it runs on, said by name where it is skipped."""
import os
import signal
import sys
from typing import Any

import pytest

# Of a single test.
on_unix = pytest.mark.skipif(os.name == "nt", reason="signals and files as Unix has them")

# For modules that are read on Windows too, where some of their tests are skipped.
SIGKILL: signal.Signals = getattr(signal, "SIGKILL", signal.SIGTERM)
SIGHUP: signal.Signals = getattr(signal, "SIGHUP", signal.SIGTERM)
UNIX: Any = os


def unix(reason: str) -> None:
    """
    Skip the module that calls this on Windows, before it asks for what is not there.

    ``assert sys.platform != "win32"`` after it is for mypy, which knows then that the rest is
    never read there.
    """
    if sys.platform == "win32":
        pytest.skip(reason, allow_module_level=True)
