"""
Who may import whom, and where SQL may stand.

The listing is the architecture only while somebody checks it; this reads the source,
so that a module nobody imports yet is held to it too.
"""

import ast
import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from house import ROOT, House, imports, name_of, room, room_of, sources, wrongs

QRGEN = sorted((ROOT / "qrgen").rglob("*.py"))
ATTRIBUTION = sorted((ROOT / "attribution").rglob("*.py"))
STORE = ROOT / "attribution" / "store"

DATABASES = {"sqlite3", "sqlite_utils", "psycopg", "psycopg_pool"}
WEB = {"flask", "flask_login", "flask_limiter", "flask_wtf", "werkzeug", "wtforms"}
LIBRARIES = frozenset({*sys.stdlib_module_names, "_typeshed"} - DATABASES)

# Codes of faults, and their words: whoever refuses something names one.
FAULTS = "qrgen faults"
# Below whoever does something: the rows, the rule, and how a deed is entered.
DEEDS = f"long_deeds deeds ledger store rule {FAULTS}"
DOMAIN = f"facts two_people settings judging evidence {DEEDS}"
OFFICE = f"service master resident {DOMAIN}"
# What each room may import, however far the way leads: first what is ours, then what is not.
# From the rule to the rim.
TABLE = {
    "qrgen": room(
        "",
        "click fontTools itsdangerous justmytype_intl_cjk pikepdf PIL pypdfium2 pypdfium2_raw"
        " python_calamine qrcode tqdm typst zxingcpp",
    ),
    "attribution": room(),
    "faults": room("qrgen"),
    "fault_words_en": room(FAULTS),
    "fault_words_zh": room(FAULTS),
    "rule": room(FAULTS),
    "store": room(f"rule {FAULTS}", "psycopg psycopg_pool sqlite3 sqlite_utils"),
    "ledger": room(f"store rule {FAULTS}"),
    # The campaign that a ledger holds: written to folders, and read from one the first time.
    "master": room(f"store rule {FAULTS}"),
    "deeds": room(f"ledger store rule {FAULTS}"),
    "long_deeds": room(f"deeds ledger store rule {FAULTS}"),
    "two_people": room(f"deeds ledger store rule {FAULTS}"),
    "evidence": room(f"store rule {FAULTS}"),
    "judging": room(f"evidence ledger store rule {FAULTS}"),
    "settings": room(f"rule {FAULTS}", "limits"),
    "facts": room(f"two_people settings judging evidence {DEEDS}", "python_calamine"),
    "resident": room(
        f"settings judging evidence {DEEDS}",
        "alibabacloud_dysmsapi20170525 alibabacloud_tea_openapi itsdangerous tencentcloud",
    ),
    "service": room(f"master resident {DOMAIN}"),
    "office": room(OFFICE, "argon2 cryptography zxcvbn"),
    "reports": room(f"office {OFFICE}", "PIL prometheus_client"),
    "proof": room(f"reports office {OFFICE}", "cryptography"),
    "papers": room(f"proof reports office {OFFICE}", "PIL docx typst xlsxwriter"),
    "upkeep": room(f"papers proof reports office {OFFICE}"),
    "web": room(
        f"upkeep papers proof reports office {OFFICE} attribution",
        "flask flask_limiter flask_login flask_wtf itsdangerous limits markupsafe qrcode werkzeug"
        " wtforms",
    ),
    "serving": room(
        f"web upkeep papers proof reports office {OFFICE} attribution", "granian waitress",
    ),
    "cli": room(
        f"serving web upkeep papers proof reports office {OFFICE} fault_words_en fault_words_zh"
        " attribution",
        "click tqdm",
    ),
}

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


def importers(paths: list[Path], roots: set[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in paths
        for name in imports(
            name_of(path), path.read_text(encoding="utf-8"), path.name == "__init__.py"
        )
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


def test_every_room_imports_what_the_table_says_and_no_more() -> None:
    """However far the way leads; a room that is not on the table may nothing."""
    assert [] == wrongs(sources(), TABLE, LIBRARIES)


def test_every_room_on_the_table_is_there() -> None:
    """A room that moved takes its rule along, instead of leaving one that holds nothing."""
    there = {room_of(module) for module in sources()}
    # The faults' codes and words are being laid; from then on they are asked for too.
    assert set() == set(TABLE) - there


def test_the_table_has_no_way_back() -> None:
    """What a room may import may not import it; so the table itself holds no circle."""
    for name, own in TABLE.items():
        assert set() == own.ours - set(TABLE), name
        assert name not in own.ours
        for other in own.ours:
            assert name not in TABLE[other].ours, (name, other)
            assert set() == TABLE[other].ours - own.ours, (name, other)


def test_no_modules_import_one_another() -> None:
    """Two that do are one, read in two places; and which comes first is luck."""
    assert [] == House(sources()).circles()


def test_scripts_do_not_import_one_another_in_circles() -> None:
    """A script is started by its name, and is another module then than who imports it gets."""
    texts = {
        path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "scripts").glob("*.py")
    }
    assert "bench_nodes" in House(texts).ours["bench"]
    assert [] == House(texts).circles()


@pytest.mark.parametrize("name", ["credit", "newness"])
def test_rules_are_pure(name: str) -> None:
    """Python's own library and nothing else, not even through a module of ours that has it."""
    house = House(sources())
    reached = house.reached(f"attribution.rule.{name}")
    assert f"attribution.rule.{name}" in house.ours
    assert set() == {other for module in reached for other in house.third[module]} - LIBRARIES
    assert {"rule", "qrgen"} >= {room_of(module) for module in reached}


def test_residents_pages_and_console_know_nothing_of_each_other() -> None:
    """Who scans is shown nothing that staff see, be it by a slip in an import."""
    house = House(sources())
    for here, there in (("public", "console"), ("console", "public")):
        modules = [name for name in house.ours if name.startswith(f"attribution.web.{here}")]
        assert modules
        for module in modules:
            assert not [
                house.way(module, other) for other in house.reached(module)
                if other.startswith(f"attribution.web.{there}")
            ]


PLANTED = {
    "the store in the rule, by way of a third module": (
        {
            "attribution.rule.credit": "from attribution.rule import helper",
            "attribution.rule.helper": "def later():\n    from attribution.store import registry",
        },
        "attribution.rule.credit reaches store:"
        " attribution.rule.credit > attribution.rule.helper > attribution.store",
    ),
    "the web in the store, for types only": (
        {"attribution.store.log": "if TYPE_CHECKING:\n    from attribution.web import limits"},
        "attribution.store.log reaches web",
    ),
    "a framework in the rule": (
        {"attribution.rule.people": "import flask.globals"},
        "attribution.rule.people imports flask",
    ),
    "a database beside the store": (
        {"attribution.reports.trends": "def run():\n    import sqlite3"},
        "attribution.reports.trends imports sqlite3",
    ),
    "the service in the posters": (
        {"qrgen.codes": "from attribution import ledger"}, "qrgen.codes reaches ledger",
    ),
    "by a relative import": (
        {"attribution.store.log": "from ..resident import claims"},
        "attribution.store.log reaches resident",
    ),
    "a package that nobody put on the table": (
        {"attribution.helpers.text": ""}, "helpers is not on the table",
    ),
    "a module that nobody put on the table": (
        {"attribution.helpers": ""}, "helpers is not on the table",
    ),
    "what is read first": (
        {"attribution.rule": "from attribution.store import Store"},
        "attribution.rule reaches store",
    ),
}


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_import_is_found(case: str) -> None:
    """A table that holds nothing passes always."""
    planted, told = PLANTED[case]
    texts = sources()
    for module, source in planted.items():
        texts[module] = f"{texts.get(module, '')}\n{source}\n"
    found = wrongs(texts, TABLE, LIBRARIES)
    assert [line for line in found if line.startswith(told)], found[:3]


def test_a_planted_circle_is_found() -> None:
    texts = {"a": "import b", "b": "import c", "c": "from a import x", "d": "import a"}
    assert [["a", "b", "c"]] == House(texts).circles()


def test_no_name_means_two_things() -> None:
    """A public class, and a name for a type that stands in a module, each once in the house."""
    classes: dict[str, set[str]] = defaultdict(set)
    aliases: dict[str, set[str]] = defaultdict(set)
    for path in ATTRIBUTION:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                classes[node.name].add(name_of(path))
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                if re.fullmatch(r"(?:[A-Z][a-z0-9]+)+", name):
                    aliases[name].add(name_of(path))
    assert len(classes) > 100
    assert {} == {name: where for name, where in classes.items() if len(where) > 1}
    assert {} == {name: where | classes[name] for name, where in aliases.items() if name in classes}


def test_no_module_is_called_as_another() -> None:
    """But where a name says whose face it is: pages, commands and steps of the schema."""
    faces = ("attribution.web.", "attribution.cli.", "attribution.store.migrations.")
    found: dict[str, set[str]] = defaultdict(set)
    for module in sources():
        if module.startswith("attribution.") and not module.startswith(faces):
            found[module.rpartition(".")[2]].add(module)
    assert len(found) > 50
    assert {} == {name: where for name, where in found.items() if len(where) > 1}


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
    """web/ is the outermost room: only the process that serves and the commands know it."""
    assert {"serving", "cli"} == {name for name, own in TABLE.items() if "web" in own.ours}


def test_files_from_outside_are_opened_by_no_process_that_serves() -> None:
    """A library that reads them may end its process: only what runs apart knows it."""
    ours = [*QRGEN, *ATTRIBUTION]
    legacy, decode = ROOT / "qrgen" / "tables" / "legacy.py", ROOT / "qrgen" / "decode.py"
    assert [] == importers([path for path in ours if path != legacy], {"python_calamine"})
    assert [] == importers([path for path in ours if path != decode], {"pypdfium2"})
    callers = [
        path.name for path in ours
        if re.search(r"\bfeed_reader\.(?:\w+_here|plain_rows)\(|\bqrgen\.decode import",
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
