"""What the commands promise beside what they do: cheap help, words in two languages, completion."""
import os
import re
import string
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path

import click
import pytest
from factories import make_phone

from attribution import cli
from attribution.cli import help_en, help_zh
from attribution.cli.commands import help_of, words
from attribution.faults import Code
from qrgen.faults import fill

ROOT = Path(__file__).parent.parent
COMMANDS = dict(cli.commands())
LANGUAGES = {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}

# What makes a start dear: each of them takes as long as the help itself may, or longer.
DEAR = {
    "PIL", "argon2", "attribution.service", "attribution.store", "cryptography", "flask",
    "granian", "psycopg", "qrgen.campaign", "sqlite3", "sqlite_utils", "tqdm", "werkzeug",
}


def typed(
    *argv: str, language: str = "en", settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Give the command to a process of its own, whose locale is of *language*."""
    return subprocess.run(
        [sys.executable, "-m", "attribution.cli", *argv], capture_output=True, text=True,
        encoding="utf-8", env={**os.environ, "LC_ALL": LANGUAGES[language], **(settings or {})},
    )  # fmt: skip


def cells(text: str) -> int:
    """Return how wide *text* is on a terminal, where a Chinese character takes two cells."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


@pytest.mark.parametrize("argv", [["--help"], ["-h"]])
def test_help_loads_nothing_dear(argv: list[str]) -> None:
    """A start cost ten times a bare interpreter's, because every command was loaded for any."""
    code = (
        "import sys; from attribution import cli; status = cli.main(sys.argv[1:]);"
        " print(*sys.modules, file=sys.stderr); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *argv], capture_output=True, text=True, encoding="utf-8"
    )
    loaded = set(done.stderr.splitlines()[-1].split())
    assert "click" in loaded and "attribution.cli" in loaded
    assert set() == loaded & DEAR


@pytest.mark.parametrize("noun", cli.NOUNS)
def test_a_noun_is_loaded_from_the_module_of_its_name(noun: str) -> None:
    """Who looks for a command finds it by the listing; only `restore` stands with `backup`."""
    module = cli.NOUNS[noun].partition(":")[0].rpartition(".")[2]
    assert {"restore": "backup"}.get(noun, noun.replace("-", "_")) == module


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_and_parameter_is_explained(
    path: str, spoken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", LANGUAGES[spoken])
    context = COMMANDS[path]
    assert words()[path] and words()[path.partition(" ")[0]]
    unexplained = [
        param.opts for param in context.command.get_params(context) if not help_of(context, param)
    ]
    assert [] == unexplained


def test_both_languages_explain_the_same() -> None:
    assert list(help_en.HELP) == list(help_zh.HELP)
    assert [] == [key for key, text in help_zh.HELP.items() if text.isascii() and "://" not in text]


def test_nothing_is_explained_that_is_not_there() -> None:
    """A text left behind by an option that went would be translated for ever."""
    known = {"", "usage", "arguments", "options", "commands", "required", "--help"}
    for path, context in COMMANDS.items():
        known |= {path, path.partition(" ")[0]}
        for param in context.command.params:
            name = (
                param.opts[-1] if isinstance(param, click.Option) else param.human_readable_name
            )
            known |= {name, f"{path} {name}"}
    assert set() == set(help_en.HELP) - known


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_no_line_of_help_is_wider_than_a_terminal(
    spoken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """click counts characters, and a Chinese one is two cells wide."""
    monkeypatch.setenv("LC_ALL", LANGUAGES[spoken])
    monkeypatch.setenv("COLUMNS", "80")
    pages = [click.Context(cli.ROOT, info_name="attribution"), *COMMANDS.values()]
    pages += [context.parent for context in COMMANDS.values() if context.parent]
    wide = {
        line for context in pages for line in context.get_help().splitlines()
        # The names of the choices themselves, which are never broken.
        if cells(line) > 80 and not line.lstrip().startswith("--reason [")
    }
    assert set() == wide


@pytest.mark.parametrize("spoken", ["en", "zh"])
@pytest.mark.parametrize("code", list(Code), ids=str)
def test_every_fault_has_its_words(code: Code, spoken: str) -> None:
    """With the same data in both languages, so that no surface leaves out what the other says."""
    asked = {
        name for text in (code.words("en").cause, code.words("en").hint)
        for _, name, _, _ in string.Formatter().parse(text) if name
    }
    told = code.words(spoken)
    data = dict.fromkeys(asked, "x")
    assert fill(told.cause, data, spoken)
    fill(told.hint, data, spoken)
    bare = re.sub(r"\{.*?\}|[\W\d_]", "", told.cause)  # of some only the data is told
    assert "zh" != spoken or not bare or not bare.isascii() or told.cause == code.words("en").cause


@pytest.mark.parametrize(
    ("argv", "cause", "hint"),
    [
        ([], "`attribution` needs a command", "see `attribution --help`"),
        (["feed"], "`attribution feed` needs a command", "see `attribution feed --help`"),
        (["feeds"], "`attribution` has no command 'feeds'", "did you mean feed?"),
        ([make_phone(1)], "what follows `attribution` is none of its commands", "see `attr"),
        (["check", "--instanze"], "`attribution check` has no option --instanze", "--instance"),
        (["check", "--zzz"], "`attribution check` has no option --zzz", "see `attribution check"),
        (["check", "more"], "more words than `attribution check` takes", "see `attribution check"),
        (["restore"], "FILE is missing", "see `attribution restore --help`"),
        (["export", "scans"], "--out is missing", "see `attribution export --help`"),
        (["export", "x", "--out", "x"], "WHAT: no such choice", "attribution, scans, claims"),
        (["serve", "--port", "x"], "--port: not a whole number", "write digits"),
        (["serve", "--port"], "--port needs a value", "see `attribution serve --help`"),
        (["check", "--campaign"], "--campaign needs a value", "see `attribution check --help`"),
        (["feed", "import", "x", "--source", "--dry-run"], "--source needs a value", "see `attr"),
        (["rebuild", "--check=1"], "--check takes no value", "leave out what follows"),
    ],
)
def test_bad_usage_is_told_as_a_cause_and_a_hint(
    argv: list[str], cause: str, hint: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And never with the value that was typed, which may be somebody's number."""
    monkeypatch.setenv("LC_ALL", LANGUAGES["en"])
    assert 2 == cli.main(argv)
    error, advice = capsys.readouterr().err.splitlines()
    assert f"attribution: error: {cause}" == error
    assert advice.startswith("attribution: hint: ") and hint in advice
    monkeypatch.setenv("LC_ALL", LANGUAGES["zh"])
    assert 2 == cli.main(argv)
    told = capsys.readouterr().err
    assert 2 == len(told.splitlines())
    assert not any(re.sub("^attribution: (错误|提示)：", "", line).isascii()
                   for line in told.splitlines())


def test_an_option_may_be_cut_short_as_long_as_it_means_one() -> None:
    """Timers and notes of years have `--inst` in them."""
    context = COMMANDS["feed import"].command.make_context(
        "import", ["day.csv", "--dry", "--inst", "here", "--allow", "--tot=rows=2"]
    )
    assert (True, "here", True, ("rows=2",)) == tuple(
        context.params[name] for name in ("dry_run", "instance", "allow_losses", "total")
    )
    assert 2 == cli.main(["feed", "import", "day.csv", "--a", "x"])  # --as-of, --accept, --allow…


def test_a_value_may_begin_as_an_option_where_that_is_plain() -> None:
    command = COMMANDS["feed settle"].command
    for argv in (["--note=--x"], ["--note", "-"], ["--note", "-- seen on paper"]):
        note = command.make_context("settle", ["1", *argv]).params["note"]
        assert argv[-1].removeprefix("--note=") == note
    file = COMMANDS["restore"].command.make_context("restore", ["--", "--instance"])
    assert "--instance" == file.params["file"]


def test_help_speaks_the_readers_language() -> None:
    """By a real process: exit status and standard output, as a script takes them."""
    english, chinese = typed("user", "add", "--help"), typed("user", "add", "-h", language="zh")
    assert (0, "", 0, "") == (
        english.returncode, english.stderr, chinese.returncode, chinese.stderr
    )
    assert "add an account" in english.stdout and "--scope UNIT" in english.stdout
    assert "新增账号" in chinese.stdout and "--scope UNIT" in chinese.stdout


@pytest.mark.parametrize(
    ("shell", "begins"),
    [
        ("bash", "_attribution_completion() {"),
        ("zsh", "#compdef attribution"),
        ("fish", "function _attribution_completion"),
        ("powershell", ""),
    ],
)
def test_the_shell_is_given_its_completion(shell: str, begins: str) -> None:
    done = typed(settings={"_ATTRIBUTION_COMPLETE": f"{shell}_source"})
    assert 0 == done.returncode, done.stderr
    assert done.stdout.lstrip().startswith(begins) and "_ATTRIBUTION_COMPLETE" in done.stdout


@pytest.mark.parametrize(
    ("line", "word", "expected"),
    [
        ("attribution fe", "1", {"feed"}),
        ("attribution ", "1", set(cli.NOUNS)),
        ("attribution feed ", "2", {"import", "confirm", "list", "differences", "counts",
                                  "settle"}),
        ("attribution user add --r", "3", {"--role", "--real-name"}),
        ("attribution user add --role ar", "4", {"area"}),
        ("attribution feed import da", "3", {"da"}),
        ("attribution feed import --source --dry-run --rep", "5", {"--report"}),
    ],
)
def test_a_line_is_completed(line: str, word: str, expected: set[str]) -> None:
    done = typed(settings={
        "_ATTRIBUTION_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": word,
    })
    assert 0 == done.returncode, done.stderr
    assert expected == {row.partition(",")[2] for row in done.stdout.splitlines()}


def test_bash_itself_completes_a_line(tmp_path: Path) -> None:
    """As `source` in a start file does it: the script, and the function that it makes."""
    program = tmp_path / "attribution"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -m attribution.cli\n")
    program.chmod(0o755)
    script = """
        eval "$(_ATTRIBUTION_COMPLETE=bash_source attribution)"
        COMP_WORDS=(attribution user s); COMP_CWORD=2
        _attribution_completion attribution; echo "${COMPREPLY[@]}"
    """
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, encoding="utf-8", cwd=ROOT,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert ("second-step-off\n", "") == (done.stdout, done.stderr)


@pytest.mark.parametrize(("param", "kind"), [("file", "file"), ("report", "file"),
                                             ("instance", "dir"), ("batch", None)])
def test_a_path_is_left_to_the_shell(param: str, kind: str | None) -> None:
    """A shell that asks us completes no names of files of its own any more."""
    context = COMMANDS["feed import"]
    found = next(p for p in context.command.params if param == p.name)
    assert ([kind] if kind else []) == [item.type for item in found.shell_complete(context, "x")]
