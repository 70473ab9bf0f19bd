"""
Words that mean one thing: what a sweep of pages, papers and word lists may not find.

有效 stands for 有效新用户 and nothing else, and 期 for a period that is locked. A word with two
meanings is read with the wrong one by somebody who answers for the number beside it.
"""
import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from console import add_everyone, signed_in
from house import ROOT

from attribution.service import Service
from attribution.web.application import create_app
from attribution.web.console import page_help

# Other words that have the letter 期 in them.
_OTHER_WORDS = (
    "日期", "星期", "同期", "延期", "到期", "过期", "长期", "定期", "期限", "期间", "期望", "期货",
)
FORBIDDEN = {
    "有效 is of 有效新用户 alone": re.compile("有效(?!新用户)"),
    "期 is a period that is locked": re.compile(
        f"(?<![{''.join(word[0] for word in _OTHER_WORDS if word[1] == '期')}"
        "一各每当上下本这二])期(?![限间望货])"
    ),
    "本期 stands on the page of locked periods alone": re.compile("本期"),
}
# Where it stands for the one thing, shortened, or is no word of ours.
ALLOWED = {
    # A picture 1080 pixels wide has no room for 有效新用户 above its column.
    ("attribution/web/console/pictures.py", "有效"),
    ("attribution/papers/pack_pictures.py", "有效"),
    # An issue of a report is one, 第3期, and 限期 is a demand; and what is typed is read for both.
    ("attribution/papers/bulletin.py", "期"),
    ("attribution/papers/bound.py", "期"),
    # The page of locked periods, its table's own heading and its help.
    ("attribution/web/templates/admin/periods.html", "本期"),
    ("attribution/web/templates/admin/periods.html", "期"),
    ("attribution/web/console/page_help.py", "期"),
}


@cache
def texts() -> tuple[tuple[str, int, str], ...]:
    """Return path, line and text of what people read, read once."""
    return tuple(_texts())


def _texts() -> Iterator[tuple[str, int, str]]:
    """Yield path, line and text of what people read: templates, papers, strings of modules."""
    for folder in ("attribution", "qrgen", "static"):
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in (".html", ".typ", ".toml", ".js") or name.endswith("consent.txt"):
                lines = path.read_text(encoding="utf-8").splitlines()
                yield from ((name, number, line) for number, line in enumerate(lines, 1))
            elif path.suffix == ".py":
                yield from ((name, line, text) for line, text in _strings(path))
    readme = ROOT / "README.zh-CN.md"
    lines = readme.read_text(encoding="utf-8").splitlines()
    yield from ((readme.name, number, line) for number, line in enumerate(lines, 1))


def _strings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the strings of a module that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


def found(rule: re.Pattern[str], text: str) -> list[str]:
    return [match[0] for match in rule.finditer(text)]


@pytest.mark.parametrize("rule", FORBIDDEN)
def test_a_word_means_one_thing(rule: str) -> None:
    wrong = [
        f"{name}:{line}: {text.strip()[:120]}"
        for name, line, text in texts()
        for word in found(FORBIDDEN[rule], text) if (name, word) not in ALLOWED
    ]
    assert [] == wrong, rule


def test_the_sweep_finds_what_it_is_for() -> None:
    """A rule that nothing breaks may have been written so that nothing can."""
    have, period, now = FORBIDDEN.values()
    for text in ("新增有效 42", "登记有效", "7天内有效", "有效期"):
        assert found(have, text)
    assert not found(have, "有效新用户 42")
    for text in ("期号", "第 2 期", "活动期内", "保留期清理", "统计期"):
        assert found(period, text)
    for text in ("日期", "延期一个月", "各期锁定", "锁定一期", "上一期", "到期", "期限"):
        assert not found(period, text)
    assert found(now, "本期新增")


def test_every_exception_is_one_still() -> None:
    """What nobody needs any more would let the next one through."""
    there = {
        (name, word) for name, _, text in texts() for rule in FORBIDDEN.values()
        for word in found(rule, text)
    }
    assert set() == ALLOWED - there


# Addresses that give a file, a picture or a way on, and no page with words.
_NO_PAGES = frozenset({
    "admin.assessment", "admin.audit_download", "admin.bundle", "admin.difference_download",
    "admin.download", "admin.end_archive", "admin.exchange_pack", "admin.feed_rows",
    "admin.feed_progress", "admin.pack_file", "admin.poster", "admin.poster_archive",
    "admin.poster_progress", "admin.publicity", "admin.scenes_table", "admin.sign_in",
    "admin.stop_notices", "admin.table_picture", "admin.units_table",
})


def test_every_page_of_the_console_has_its_help(service: Service) -> None:
    """Whoever stands before a page asks what it is for there, and not in a manual."""
    app = create_app(service.settings, service)
    there = {
        rule.endpoint for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("admin.") and "GET" in (rule.methods or ())
    }
    assert set() == {name for name in there - _NO_PAGES if page_help.of_page(name) is None}
    assert set() == {*page_help.PAGES, *page_help.SAME_AS} - set(app.view_functions)
    words = [word for page in page_help.PAGES.values() for word in page.words]
    assert set(words) <= set(page_help.WORDS)


def test_the_help_stands_on_the_page_and_on_the_one_that_comes_again(service: Service) -> None:
    add_everyone(service)
    office = signed_in(service, "office")
    for path, shows in (("/admin/units", "所有单位"), ("/admin/table", "每个乡镇、银行")):
        assert f"<summary>帮助</summary><div><p>{shows}" in office.text(path)
    again = office.post("/admin/corrections", {"kind": "reassign", "to_unit": "没有"})
    assert "提出的更正和结果" in again.text
