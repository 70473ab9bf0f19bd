"""
The tests of pages, files and reports again, with the ledger in PostgreSQL.

They are the modules that hold them for SQLite; only the service is another.
"""
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Instance
from stores import new_store
from test_exports import *  # noqa: F403
from test_facts import *  # noqa: F403
from test_public import *  # noqa: F403

from attribution import instants
from attribution.config import load_settings
from attribution.service import Service, open_service
from attribution.units import import_units

# It looks into the file of SQLite.
del test_a_claim_keeps_a_digest_and_four_digits_only  # noqa: F821


@pytest.fixture
def service(instance: Instance, tmp_path: Path) -> Iterator[Service]:
    with new_store("postgres", tmp_path) as store:
        url = store.database.url  # type: ignore[attr-defined]
        opened = open_service(load_settings(instance.folder, environ={"ZHUANMA_DATABASE": url}))
        import_units(opened.store, opened.campaign, instants.now())
        yield opened
        opened.close()
