# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""Few fixtures, all real: an instance folder, its service on a SQLite file, its web client."""
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import circles
import pytest
import shared_run
from circles import (
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_ignore_collect,
    pytest_runtest_makereport,
)
from flask.testing import FlaskClient
from hypothesis import settings
from shared_run import pytest_runtestloop

from attribution.deeds import Actor
from attribution.office import passwords
from attribution.office.units import import_units
from attribution.rule import instants
from attribution.service import Service, open_service
from attribution.settings import Settings, load_settings
from attribution.store import Store
from attribution.upkeep.new_instance import initialise
from attribution.web.application import create_app
from qrgen.codes import Code, sign_code

if TYPE_CHECKING:
    from argon2 import PasswordHasher
    from playwright.sync_api import Browser

__all__ = [
    "pytest_collection_modifyitems", "pytest_configure", "pytest_ignore_collect",
    "pytest_runtest_makereport", "pytest_runtestloop",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    circles.pytest_addoption(parser)
    shared_run.pytest_addoption(parser)


sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "walks")]

# Keys and addresses of whoever runs the tests are not the tests'.
for name in [name for name in os.environ if name.startswith("ZHUANMA_")]:
    if not name.startswith(("ZHUANMA_CHROMIUM", "ZHUANMA_TEST_")):
        del os.environ[name]

# Nor is the language of their shell.
for name in ("LC_ALL", "LC_MESSAGES"):
    os.environ.pop(name, None)
os.environ["LANG"] = "C.UTF-8"

# No example is told to be slow: that is the machine's doing.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


# A third on a distributed PostgreSQL where one is named, as in `stores.KINDS`.
@pytest.fixture(params=["sqlite", "postgres", *(
    ["citus"] if "ZHUANMA_TEST_CITUS" in os.environ else []
)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Yield an empty ledger: each engine in turn, for what all promise."""
    from stores import new_store  # beside us, where sys.path leads only now

    with new_store(request.param, tmp_path) as opened:
        yield opened


@dataclass(frozen=True)
class Instance:
    """An instance folder of the seed's campaign, moved to now, and its administrator."""

    folder: Path
    admin: str
    password: str

    def settings(self) -> Settings:
        return load_settings(self.folder, environ={})


@pytest.fixture(scope="session")
def made_instances(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Instance]:
    """Return what makes an instance: one a day, for its first rows are of the day it is made."""

    @cache
    def made(day: int) -> Instance:
        folder = tmp_path_factory.mktemp(f"made-{day}") / "instance"
        new = initialise(
            folder, instants.now(), campaign=None, demo=True,
            public_url="https://ysf.example.gov.cn", admin="admin",
        )
        assert new.admin and new.password
        return Instance(folder, new.admin, new.password)

    return lambda: made(instants.day_of(instants.now()))


@pytest.fixture(scope="module")
def made_instance(made_instances: Callable[[], Instance]) -> Instance:
    return made_instances()


@pytest.fixture
def instance(made_instances: Callable[[], Instance], tmp_path: Path) -> Instance:
    """A copy of a new instance: making one costs argon2 and a font table."""
    made = made_instances()
    folder = tmp_path / "instance"
    shutil.copytree(made.folder, folder)
    return Instance(folder, made.admin, made.password)


@pytest.fixture
def service(instance: Instance) -> Iterator[Service]:
    opened = open_service(instance.settings())
    yield opened
    opened.close()


@pytest.fixture
def postgres_service(instance: Instance, tmp_path: Path) -> Iterator[Service]:
    """The service with its ledger in PostgreSQL, and the campaign's units in it."""
    from stores import new_store

    with new_store("postgres", tmp_path) as store:
        url = store.database.url  # type: ignore[attr-defined]
        opened = open_service(load_settings(instance.folder, environ={"ZHUANMA_DATABASE": url}))
        import_units(opened.ledger, instants.now(), Actor("test"))
        yield opened
        opened.close()


@pytest.fixture
def client(service: Service) -> FlaskClient:
    app = create_app(service.settings, service)
    return app.test_client()


@pytest.fixture
def at_the_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and an address for `qrgen`, which needs no more of an instance."""
    from factories import CODE_KEY, PUBLIC_URL

    monkeypatch.setenv("ZHUANMA_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("ZHUANMA_CODES_KEYS", CODE_KEY)
    monkeypatch.setenv("ZHUANMA_PUBLIC_URL", PUBLIC_URL)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Browser]":
    """A real Chromium, with a Chinese font; tests that need one are skipped where there is none."""
    from chromium import find_browser, with_chinese
    from playwright.sync_api import sync_playwright

    path = find_browser()
    if path is None:
        pytest.skip("no browser")
    fonts = with_chinese(tmp_path_factory.mktemp("fonts"))
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=path, env=fonts,
            # The names of our walks; a certificate is for a name.
            args=["--no-sandbox", "--host-resolver-rules=MAP *.test 127.0.0.1"],
        )
        yield opened
        opened.close()


@pytest.fixture
def sign(service: Service) -> "Signs":
    return Signs(service)


class Signs:
    """Signs codes with the instance's keys."""

    def __init__(self, service: Service):
        self._keys = service.settings.code_keys

    def __call__(self, unit: str, issue: int = 1, placement: str | None = None) -> str:
        return sign_code(Code(unit, issue, placement), self._keys)


@pytest.fixture(scope="session", autouse=True)
def real_hashes() -> "Iterator[tuple[PasswordHasher, str]]":
    """
    Argon2 with its smallest costs in this process; what stands in their place otherwise.

    A hash is made to be slow, most of a second where much else runs, and there are a
    thousand sign-ins here. Servers and commands that tests start hash as they do elsewhere.
    """
    from argon2 import PasswordHasher

    real = passwords._HASHER, passwords.NOBODYS
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", quick)
        patch.setattr(passwords, "NOBODYS", quick.hash("nobody's password"))
        yield real


@pytest.fixture
def windows_programs(tmp_path: Path) -> Path:
    """Stand-ins for two programs that every Windows has; what icacls was asked is kept."""
    folder = tmp_path / "system32"
    folder.mkdir()
    for name, does in (
        # As it writes on a Chinese Windows: code page 936, which is no UTF-8.
        ("whoami", "printf '\"pc\\\\\\325\\305\\300\\366\",\"S-1-5-21-7-1001\"\\r\\n'"),
        ("icacls", f"echo \"$@\" >> '{tmp_path}/icacls.txt'"),
    ):
        (folder / name).write_text(f"#!/bin/sh\n{does}\n")
        (folder / name).chmod(0o755)
    return folder
