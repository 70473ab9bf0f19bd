"""
Who may import whom, and where SQL may stand.

The listing is the architecture only while somebody checks it; this reads the source,
so that a module nobody imports yet is held to it too.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
QRGEN = sorted((ROOT / "qrgen").rglob("*.py"))
ATTRIBUTION = sorted((ROOT / "attribution").rglob("*.py"))
STORE = ROOT / "attribution" / "store"

DATABASES = {"sqlite3", "sqlite_utils", "psycopg", "psycopg_pool"}
WEB = {"flask", "flask_login", "flask_limiter", "flask_wtf", "werkzeug", "wtforms"}
PURE = ("rule/credit.py", "rule/newness.py")  # their tests are three lines long, and stay so

# A statement, not a sentence: a verb first, and the word that SQL wants after it. So
# that "update the posters" stays English, what follows is asked for as well.
STATEMENT = re.compile(
    r"""\s*(?:
        select\s.+?\sfrom\s | insert\s+(?:or\s+\w+\s+)?into\s | update\s+[\w"{}.]+\s+set\s
      | delete\s+from\s
      | (?:create|alter|drop)\s+(?:unique\s+|temp\w*\s+)?(?:table|index|trigger|view)\s
      | pragma\s+\w+ | begin\s+(?:immediate|exclusive|deferred) | with\s+\w+\s+as\s*\(
    )""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def imports_of(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the modules that *path* imports, in full, wherever in the file that stands."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield f"{stem}.{alias.name}", node.lineno


def importers(paths: list[Path], roots: set[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in paths
        for name, line in imports_of(path)
        if name.partition(".")[0] in roots
    ]


def statements_in(source: str) -> list[tuple[int, str]]:
    """Return line and text of every SQL statement among the strings of *source*."""
    tree = ast.parse(source)
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if id(node) not in prose and STATEMENT.match(text):
            found.append((node.lineno, text))
    return found


def test_posters_know_neither_web_nor_ledger() -> None:
    """qrgen prints offline, in a room without a network and without a database."""
    assert QRGEN
    assert [] == importers(QRGEN, {"attribution", *WEB, *DATABASES})


@pytest.mark.parametrize("name", PURE)
def test_rules_are_pure(name: str) -> None:
    """Neither Flask nor the database, not even through a module of ours that has them."""
    path = ROOT / "attribution" / name
    if not path.exists():
        pytest.skip(f"{name} is not written yet")
    assert [] == importers([path], WEB | DATABASES)
    ours = {name.split(".")[1] for name, _ in imports_of(path) if name.startswith("attribution.")}
    assert set() == ours & {"store", "web", "cli", "scans", "claims"}


def test_only_the_store_opens_a_database() -> None:
    outside = [path for path in ATTRIBUTION if STORE not in path.parents]
    assert outside
    assert [] == importers(outside, DATABASES)


def test_only_the_store_speaks_sql() -> None:
    """One place to read when a query is slow, and one to change for PostgreSQL."""
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text.strip()[:60]!r}"
        for path in [*QRGEN, *ATTRIBUTION]
        if STORE not in path.parents
        for line, text in statements_in(path.read_text(encoding="utf-8"))
    ]
    assert [] == found


def test_views_are_not_imported_from_below() -> None:
    """web/ is the outermost room: only create_app and the commands know it."""
    house = ROOT / "attribution"
    doors = [house / "__init__.py"]
    doors += [path for rim in ("cli", "serving", "web") for path in (house / rim).rglob("*.py")]
    inner = [path for path in ATTRIBUTION if path not in doors]
    found = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in inner
        for name, line in imports_of(path)
        if name.startswith("attribution.web")
    ]
    assert [] == found


def test_files_from_outside_are_opened_by_no_process_that_serves() -> None:
    """A library that reads them may end its process: only what runs apart knows it."""
    ours = [*QRGEN, *ATTRIBUTION]
    feeds, decode = ROOT / "attribution" / "facts" / "feed_reader.py", ROOT / "qrgen" / "decode.py"
    assert [] == importers([path for path in ours if path != feeds], {"python_calamine"})
    assert [] == importers([path for path in ours if path != decode], {"pypdfium2"})
    callers = [
        path.name for path in ours
        if re.search(r"\bfeed_reader\.(?:read_feed|plain_rows)\(|\bqrgen\.decode import",
                     path.read_text(encoding="utf-8"))
    ]
    assert [] == callers


@pytest.mark.parametrize(
    "source",
    [
        "run('SELECT id FROM claim')",
        "run(f'insert into {table} values (?)')",
        "run('update claim set x = 1')",
        "SQL = '''\n  CREATE TABLE x (y)'''",
        "run('pragma foreign_keys = on')",
    ],
)
def test_the_search_for_sql_finds_it(source: str) -> None:
    """A check that finds nothing proves nothing."""
    assert statements_in(source)


@pytest.mark.parametrize(
    "source",
    ["'''Select one of them from the list.'''", "say('update the posters')", "say('delete it')"],
)
def test_the_search_for_sql_knows_prose(source: str) -> None:
    assert not statements_in(source)
