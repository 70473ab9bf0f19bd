# mypy: disable-error-code="assignment"
"""
The tests of pages, files and reports again, with the ledger in PostgreSQL.

They are the modules that hold them for SQLite; only the service is another.
"""
import inspect

import pytest
from test_exports import *  # noqa: F403
from test_facts import *  # noqa: F403
from test_newness import *  # noqa: F403
from test_one_time import *  # noqa: F403
from test_public import *  # noqa: F403
from test_rights import *  # noqa: F403

from attribution.service import Service

# It looks into the file of SQLite.
del test_a_claim_keeps_a_digest_and_four_digits_only  # noqa: F821

# What needs no ledger has been tested where it stands.
_LEDGER = {"service", "client", "filled", "one_time"}
for _name, _test in list(globals().items()):
    if _name.startswith("test_") and not _LEDGER & set(inspect.signature(_test).parameters):
        del globals()[_name]


@pytest.fixture
def service(postgres_service: Service) -> Service:
    return postgres_service
