# mypy: disable-error-code="assignment"
"""
The tests of pages, files and reports again, with the ledger in PostgreSQL.

They are the modules that hold them for SQLite; only the service is another.
"""
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Instance
from stores import new_store
from test_exports import *  # noqa: F403
from test_facts import *  # noqa: F403
from test_newness import *  # noqa: F403
from test_one_time import *  # noqa: F403
from test_public import *  # noqa: F403
from test_rights import *  # noqa: F403

from attribution import instants
from attribution.config import load_settings
from attribution.service import Service, open_service
from attribution.units import import_units

# It looks into the file of SQLite.
del test_a_claim_keeps_a_digest_and_four_digits_only  # noqa: F821

# What needs no ledger has been tested where it stands.
_LEDGER = {"service", "client", "filled", "one_time"}
for _name, _test in list(globals().items()):
    if _name.startswith("test_") and not _LEDGER & set(inspect.signature(_test).parameters):
        del globals()[_name]


@pytest.fixture
def service(instance: Instance, tmp_path: Path) -> Iterator[Service]:
    with new_store("postgres", tmp_path) as store:
        url = store.database.url  # type: ignore[attr-defined]
        opened = open_service(load_settings(instance.folder, environ={"ZHUANMA_DATABASE": url}))
        import_units(opened.store, opened.campaign, instants.now())
        yield opened
        opened.close()
