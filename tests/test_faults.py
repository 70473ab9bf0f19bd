# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
Every fault has its words, in every language, with all that they speak of.

Asked of the source itself: a fault that nobody has met yet must not meet somebody without words.
Add a package to `CONVERTED` when none of its faults is a sentence any more.
"""
import ast
import importlib
import json
import os
import pickle
import re
import shutil
import string
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qrgen.campaign import Problem
from qrgen.fault_codes import Code, Term
from qrgen.fault_json import as_plain, from_plain
from qrgen.faults import LANGUAGES, Fault, FaultCode, Said, Words, fill
from qrgen.instance import PACKAGED_CAMPAIGN, make_keys
from qrgen.shapes import shape_of

ROOT = Path(__file__).parents[1]

# Where the codes of a package are; and the packages that raise nothing but codes.
CODES = {
    "qrgen": "qrgen.fault_codes", "qrgen.setup": "qrgen.setup.fault_codes",
    "attribution": "attribution.faults",
}
CONVERTED = set(CODES)

# Where every code is given its data where it stands, and both languages name the same. What
# attribution hands on from elsewhere is asked for in test_fault_words.
STRICT = ("qrgen", "qrgen.setup")

# Texts that name a datum in one language alone, and why.
ONE_SIDED: dict[FaultCode, set[str]] = {
    Term.CSV_QUOTES: {"said"},  # the csv module's own words, which are English
}

# What `Fault` takes besides data.
_PARAMETERS = {"status", "more"}
_MADE = {"Fault", "DiskFault", "Ended", "Problem", "Said"}


class Site(NamedTuple):
    """Where a code is used: which data it is given there; ``None`` where another's are passed."""

    code: FaultCode
    place: str
    data: frozenset[str] | None


def enums(package: str) -> list[type[FaultCode]]:
    module = importlib.import_module(CODES[package])
    return [
        value for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, FaultCode) and value is not FaultCode
        and value.__module__ == module.__name__
    ]  # fmt: skip


ALL = [code for package in sorted(CONVERTED) for kind in enums(package) for code in kind]
IDS = [f"{type(code).__name__}.{code.name}" for code in ALL]
STRICTLY = [code for package in STRICT for kind in enums(package) for code in kind]
BY_NAME = {
    f"{kind.__module__}.{kind.__name__}": kind
    for package in sorted(CONVERTED) for kind in enums(package)
}


def sources(*packages: str) -> Iterator[Path]:
    for package in packages:
        for path in sorted((ROOT / package.replace(".", "/")).rglob("*.py")):
            if not path.name.startswith(("fault_words_", "fault_codes")):
                yield path


def trees(*packages: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sources(*packages):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def imported(tree: ast.Module) -> dict[str, str]:
    """Return what each name of a module means, in full."""
    return {
        name.asname or name.name: f"{node.module}.{name.name}"
        for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
        for name in node.names
    }


def full_name(node: ast.AST, known: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Attribute) and (head := full_name(node.value, known)):
        return f"{head}.{node.attr}"
    return ""


def data_at(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> frozenset[str] | str | None:
    """Return the data that a code is given where it stands; "asked" where it is only compared."""
    above = parents[node]
    while isinstance(above, (ast.IfExp, ast.Tuple, ast.Set, ast.List)):
        node, above = above, parents[above]
    if isinstance(above, (ast.Compare, ast.MatchValue)):
        return "asked"
    if isinstance(above, ast.Call) and node in above.args:
        if any(keyword.arg is None for keyword in above.keywords):
            return None
        return frozenset(keyword.arg or "" for keyword in above.keywords) - _PARAMETERS
    return frozenset()


@cache
def sites() -> dict[FaultCode, list[Site]]:
    found: dict[FaultCode, list[Site]] = defaultdict(list)
    for name, tree in trees("qrgen", "attribution", "scripts"):
        known = imported(tree)
        parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                kind = BY_NAME.get(full_name(node.func, known))
                # Code(text) reads one that was kept; where it was made it stands by name.
                for code in kind if kind and kind.__name__ != "Code" else ():  # UnitWord("area")
                    found[code].append(Site(code, f"{name}:{node.lineno}", frozenset()))
            if not isinstance(node, ast.Attribute):
                continue
            if (kind := BY_NAME.get(full_name(node.value, known))) is None:
                continue
            data = data_at(node, parents)
            if not isinstance(data, str):
                code = kind[node.attr]
                found[code].append(Site(code, f"{name}:{node.lineno}", data))
    return found


def words_of(code: FaultCode) -> dict[str, Words]:
    return {language: code.words(language) for language in LANGUAGES}


def named(*templates: str) -> set[str]:
    return {
        name for template in templates
        for _, name, _, _ in string.Formatter().parse(template) if name is not None
    }


@pytest.mark.parametrize("code", ALL, ids=IDS)
def test_every_surface_has_words_for_every_fault(code):
    """A clerk who reads a developer's English gives up."""
    words = words_of(code)
    assert all(one.cause for one in words.values())
    assert bool(words["en"].hint) == bool(words["zh"].hint)
    assert "" == words["en"].console  # the browser speaks Chinese
    bare = re.sub(r"\{.*?\}|[\W\d_]", "", words["zh"].cause + words["zh"].hint)
    assert bare == "" or re.search("[\u4e00-\u9fff]", bare)


@pytest.mark.parametrize("code", STRICTLY, ids=str)
def test_every_site_gives_all_that_the_words_speak_of(code):
    """Where a datum is missing, somebody reads a name in braces."""
    words = words_of(code).values()
    spoken = named(*(text for one in words for text in (one.cause, one.hint, one.console)))
    assert sites()[code], "nothing raises it: delete it"
    for site in sites()[code]:
        assert site.data is None or spoken <= site.data, site.place


@pytest.mark.parametrize("code", STRICTLY, ids=str)
def test_both_languages_tell_the_same(code):
    """What helps one reader helps the other."""
    english, chinese = (named(one.cause, one.hint) for one in words_of(code).values())
    assert ONE_SIDED.get(code, set()) == english ^ chinese


@pytest.mark.parametrize("package", sorted(CONVERTED))
def test_a_code_is_called_what_it_means_and_nothing_else_is(package):
    """Codes are strings, so two of one value would share their words."""
    codes = [code for kind in enums(package) for code in kind]
    assert [code.name.lower() for code in codes] == [code.value for code in codes]
    assert len(codes) == len({code.value for code in codes})
    for language in LANGUAGES:
        table = importlib.import_module(f"{package}.fault_words_{language}").WORDS
        assert codes == list(table)  # the same sections in the same order


@pytest.mark.parametrize("package", sorted(CONVERTED))
def test_no_fault_is_a_sentence(package):
    """A sentence can be shown in one language only."""
    found = []
    for name, tree in trees(package):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in _MADE and not says_a_code(node.args[0], imported(tree)):
                found.append(f"{name}:{node.lineno}")
    assert [] == found


def says_a_code(node: ast.AST, known: dict[str, str]) -> bool:
    if isinstance(node, ast.IfExp):
        return says_a_code(node.body, known) and says_a_code(node.orelse, known)
    if isinstance(node, ast.Name):
        return node.id == "code"
    if isinstance(node, ast.Call):  # one that was kept, or came from another process
        return full_name(node.func, known) in BY_NAME or getattr(node.func, "id", "") == "_code"
    if isinstance(node, ast.Attribute):
        return node.attr == "code" or full_name(node.value, known) in BY_NAME
    return False


_READERS = {
    "match", "fullmatch", "search", "sub", "findall", "finditer", "split", "rsplit", "partition",
    "rpartition", "startswith", "endswith", "removeprefix", "removesuffix", "replace", "find",
}


@pytest.mark.parametrize("package", sorted(CONVERTED))
def test_no_sentence_is_parsed(package):
    """Who needs to know which fault it was asks its code and its data."""
    found = []
    for name, tree in trees(package):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                if getattr(node.func, "attr", "") not in _READERS:
                    continue
            elif not isinstance(node, ast.Compare):
                continue
            if any(
                isinstance(part, ast.Attribute) and part.attr in ("cause", "hint", "remedy")
                for part in ast.walk(node)
            ):
                found.append(f"{name}:{node.lineno}")
    assert [] == found


# --- the filler -----------------------------------------------------------------------------


@pytest.mark.parametrize(("template", "english", "chinese"), [
    ("{few}", "a, b", "a、b"),
    ("{few:or}", "a or b", "a 或 b"),
    ("{one} {one:row|rows}, {two} {two:row|rows}", "1 row, 2 rows", "1 row, 2 rows"),
    ("{shape}", "text of 3 letters", "3个文字"),
    ("{term}", "true or false", "true 或 false"),
    ("{said}", "a.pdf: page 2", "a.pdf 第 2 页"),
    ("{fault} - {fault:hint}", "x: this is a folder - name a file",
     "x：这是一个文件夹 - 请写文件名"),
    ("{share:.0%}", "25%", "25%"),
    ("{word!r}", "'a'", "'a'"),
    ("{lost}", "{lost}", "{lost}"),
])
def test_data_are_told_as_the_language_does(template, english, chinese):
    data = {
        "few": ["a", "b"], "one": 1, "two": 2, "shape": shape_of("abc"), "term": Term.BOOLEAN,
        "said": Said(Term.PAGE, file="a.pdf", page=2), "share": 0.25, "word": "a",
        "fault": Fault(Code.OUT_IS_FOLDER, path="x"),
    }
    assert english == fill(template, data, "en")
    assert chinese == fill(template, data, "zh")


@pytest.mark.parametrize(("text", "told"), [
    ("", "空白"), ("1", "1位数字"), ("张三", "2个文字"), ("a 1", "3个字符（空白、数字、文字）"),
])
def test_shapes_are_told_in_chinese(text, told):
    assert told == shape_of(text).told("zh")


PLAIN = st.recursive(
    st.none() | st.integers() | st.floats(allow_nan=False) | st.text() | st.sampled_from(ALL)
    | st.builds(shape_of, st.text()),
    lambda inner: st.lists(inner, max_size=3), max_leaves=5,
)


@given(st.sampled_from(ALL), st.data())
def test_telling_a_fault_never_fails(code, data):
    """Who tells of one fault must not make another."""
    words = words_of(code).values()
    names = sorted(named(*(text for one in words for text in (one.cause, one.hint, one.console))))
    given_ = data.draw(st.dictionaries(st.sampled_from([*names, "other"]), PLAIN))
    fault = Fault(code, **given_)
    for told in (fault.shown(), *(
        text for language in LANGUAGES for text in (fault.told(language), fault.advice(language))
    )):
        assert isinstance(told, str)


# --- from one process to another ---------------------------------------------------------------

FAULTS = [
    Fault(Code.NOT_READ, path=Path("day.csv"), why=Said(Code.READER_BROKE_AT, where="x.py:3"),
          remedy=Term.SEND_UNITS),
    Fault(Code.KIND_UNKNOWN, shape=shape_of("张三 1"), kinds=("area", "line")),
    Fault(Code.NO_COLOUR, status=2, key="design.paper", shown=shape_of("")),
    Fault(Code.MODULES_TOO_SMALL, where=Said(Term.PICTURE, file="a.svg"), width=0.1, least=0.4),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code.name)
@pytest.mark.parametrize("sent", [
    lambda fault: from_plain(json.loads(json.dumps(as_plain(fault)))),
    lambda fault: pickle.loads(pickle.dumps(fault)),  # noqa: S301
], ids=["json", "pickle"])
def test_a_fault_of_another_process_is_the_same(fault, sent):
    """Its words are chosen here, where somebody reads them."""
    arrived = sent(fault)
    assert fault.code is arrived.code
    assert fault.status == arrived.status
    for language in LANGUAGES:
        assert fault.told(language) == arrived.told(language)
        assert fault.advice(language) == arrived.advice(language)


DEEP: Any = "x"
for _ in range(900):
    DEEP = [DEEP]

CODE = "qrgen.fault_codes.Code:no_such_file"


@pytest.mark.parametrize("plain", [
    None, [], {}, "x", [CODE], [CODE, {}], [CODE, [], 1], [CODE, {}, "1"],
    ["os.Code:no_such_file", {}, 1], ["qrgen.fault_codes.Code:none", {}, 1], ["", {}, 1],
    [CODE, {"status": 0}, 1], [CODE, {"more": []}, 1], [CODE, {"path": {}}, 1],
    [CODE, {"path": {"shape": [3, ["bombs"]]}}, 1], [CODE, {"path": {"shape": ["3", []]}}, 1],
    [CODE, {"path": {"said": ["x", {}]}}, 1], [CODE, {"path": {"code": "x"}}, 1],
    [CODE, {"path": DEEP}, 1],
], ids=range(19))
def test_what_is_no_fault_of_ours_is_none(plain):
    """A reader that a file took over may write what it likes."""
    with pytest.raises(ValueError, match="not"):
        from_plain(plain)


# --- problems of a campaign ----------------------------------------------------------------------


def test_a_problem_is_told_with_its_place_on_each_surface():
    """At the shell with the file, for there are two; in the console by the line of the upload."""
    problem = Problem(Code.TARGETS_OF_AREAS, "campaign.toml", 9, found=3, wanted=4)
    fault = problem.as_fault()
    told = "the targets of the areas add up to 3, expected are 4"
    assert f"campaign.toml:9: {told}" == fault.cause
    assert problem.remedy == fault.hint
    assert "campaign.toml:9: 各乡镇（社区）的任务数加起来是 3，应为 4" == fault.told("zh")
    assert "第 9 行：各乡镇区的任务数加起来是 3，应为 4。" == fault.shown()


# --- in a real shell -----------------------------------------------------------------------------


def shell(language: str, *arguments: str | Path) -> str:
    env = {**os.environ, "LANG": language, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    for stronger in ("LC_ALL", "LC_MESSAGES"):
        env.pop(stronger, None)
    done = subprocess.run(
        [sys.executable, "-m", "qrgen", *map(str, arguments)], env=env, check=False,
        capture_output=True, encoding="utf-8",
    )
    assert 1 == done.returncode
    return done.stderr


@pytest.fixture(scope="module")
def slips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign with an unknown kind on line 5 and no policy."""
    folder = tmp_path_factory.mktemp("slips") / "campaign"
    shutil.copytree(PACKAGED_CAMPAIGN, folder)
    units, settings = folder / "units.csv", folder / "campaign.toml"
    lines = units.read_text("utf-8-sig").splitlines(keepends=True)
    lines[4] = lines[4].replace("area", "planet")
    units.write_text("".join(lines), "utf-8")
    settings.write_text(settings.read_text("utf-8").replace("\npolicy =", "\npolici ="), "utf-8")
    return folder


@pytest.mark.parametrize("language", ["zh_CN.UTF-8", "zh"])
def test_a_chinese_shell_is_told_in_chinese(slips, language):
    """Who prepares a campaign in the evening has nobody to translate."""
    said = shell(language, "check", slips).splitlines()
    assert "qrgen: 错误：units.csv:5: kind（类别）写的是6个文字" in said
    assert "qrgen: 提示：请写其中一个：area、line、department、bank" in said
    assert "qrgen: 提示：是不是 policy？" in said
    assert "qrgen: 提示：请改好，再执行 qrgen check" == said[-1]
    assert [] == [line for line in said if "error" in line or "hint" in line]


@pytest.mark.parametrize("language", ["C.UTF-8", "en_US.UTF-8", ""])
def test_any_other_shell_is_told_in_english(slips, language):
    said = shell(language, "check", slips).splitlines()
    assert "qrgen: error: units.csv:5: kind is text of 6 letters" in said
    assert "qrgen: hint: did you mean policy?" in said
    assert [] == [line for line in said if re.search("[\u4e00-\u9fff]", line)]


def test_what_another_process_reads_is_told_in_the_language_of_this_one(tmp_path):
    """A reader has no environment of ours, and so no language."""
    make_keys(tmp_path, "codes")
    photo = tmp_path / "photo.png"
    photo.write_text("no photo", "utf-8")
    said = shell("zh_CN.UTF-8", "inspect", "--instance", tmp_path, photo)
    assert f"qrgen: 错误：{photo}：不是图片也不是 PDF，或者坏了" in said
    assert "qrgen: 提示：能读 PNG、JPEG、WebP、BMP、TIFF、GIF 和 PDF" in said
