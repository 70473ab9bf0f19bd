"""
Every test collected as on Windows: a module that asks for what is not there skips itself.

Before, one that imported `resource` at its top stopped the whole run.
"""
import io
import sys

import as_windows
import hypothesis
import playwright.sync_api
import pytest
import schemathesis

assert hypothesis and playwright and schemathesis  # loaded as they are
as_windows.become()
vars(io)["_WindowsConsoleIO"] = type("Console", (), {})  # pytest looks for it there
sys.exit(pytest.main([
    "--collect-only", "-q", "--assert=plain", "-W", "ignore::pytest.PytestConfigWarning",
    "-W", "ignore::pytest.PytestAssertRewriteWarning", *sys.argv[1:],
]))
