"""Programs of the system that a test needs besides us."""
import shutil

import pytest


def needs(name: str) -> str:
    """Return where the program *name* is; a machine without it skips the test."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found
