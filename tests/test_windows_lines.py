"""
What the READMEs tell a Windows user to type, and `start.cmd`: run by Wine's cmd where Wine and a
compiler for Windows are installed (apt-get install wine64 wine gcc-mingw-w64-x86-64-win32).

Python is a stand-in there, which writes down how it was called. No PowerShell is to be had: its
lines are held to be those that the forge's matrix runs.
"""
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from needs import unix
from programs import needs

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh-CN.md")
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"

unix("the real thing is here")


def lines_of(name: str) -> list[tuple[str, str]]:
    """Return what the README *name* has for PowerShell and for cmd, in pairs."""
    text = (ROOT / name).read_text("utf-8")
    table = re.search(r"\n\| \| PowerShell \| cmd \|\n\|[-|]+\n((?:\|.*\n)+)", text)
    assert table
    pairs: list[tuple[str, str]] = []
    for row in table[1].splitlines():
        shell, cmd = row.split("|")[2:4]
        pairs += zip(re.findall("`(.+?)`", shell), re.findall("`(.+?)`", cmd), strict=True)
    return pairs


def test_both_readmes_tell_windows_the_same() -> None:
    first, second = map(lines_of, READMES)
    assert first == second
    assert len(first) == 7


def test_the_matrix_runs_the_lines_of_the_readme() -> None:
    """But for the start itself, which goes on for ever, and the mirror, which is nobody's."""
    steps = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]["commands"]["steps"]
    for place, shell in enumerate(("powershell", "cmd")):
        (run,) = (step["run"] for step in steps if step.get("shell") == shell)
        for pair in lines_of("README.md"):
            line = pair[place]
            if "PIP_INDEX_URL" not in line and "scripts" not in line:
                assert line in run


def test_actionlint_has_nothing_to_say_of_the_workflow() -> None:
    done = subprocess.run(
        [needs("actionlint"), "-shellcheck=", "-pyflakes=", str(WORKFLOW)],
        cwd=ROOT, capture_output=True, text=True,
    )
    assert 0 == done.returncode, done.stdout


# --- run by Wine ---------------------------------------------------------------------------

# Writes a line of its arguments, its folder and two variables to STANDIN_LOG, in UTF-8.
_PYTHON = r"""
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
static void put(FILE *file, const wchar_t *text) {
    char bytes[8192];
    WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, sizeof bytes, NULL, NULL);
    fprintf(file, "%s|", bytes);
}
int main(void) {
    const wchar_t *line = GetCommandLineW();
    wchar_t folder[2048];
    FILE *file = fopen(getenv("STANDIN_LOG"), "ab");
    GetCurrentDirectoryW(2048, folder);
    put(file, line);
    put(file, folder);
    fprintf(file, "%s|%s\n", getenv("PYTHONUTF8") ? getenv("PYTHONUTF8") : "",
            getenv("PIP_INDEX_URL") ? getenv("PIP_INDEX_URL") : "");
    fclose(file);
    return wcsstr(line, L"-c") ? 0 : atoi(getenv("STANDIN_END"));
}
"""


@dataclass(frozen=True)
class Cmd:
    """A checkout in a path with a blank and Chinese, and a cmd to give lines to in it."""

    home: Path
    programs: Path
    log: Path
    prefix: Path

    def run(self, *lines: str, end: int = 0) -> "subprocess.CompletedProcess[bytes]":
        """Give *lines* as a batch file, whose last one tells its end."""
        self.log.unlink(missing_ok=True)
        batch = self.home / "lines.cmd"
        batch.write_bytes("\r\n".join(("@echo off", *lines, "")).encode("ascii"))
        return subprocess.run(
            [needs("wine"), "cmd", "/c", batch.name], cwd=self.home, stdin=subprocess.DEVNULL,
            capture_output=True,
            env={
                **wine_environ(self.prefix), "WINEPATH": f"Z:{self.programs}",
                "STANDIN_LOG": f"Z:{self.log}", "STANDIN_END": str(end),
            },
        )

    @property
    def calls(self) -> list[str]:
        """How the stand-in was called, in order: each with its folder and variables."""
        return self.log.read_text("utf-8").splitlines() if self.log.exists() else []


def wine_environ(prefix: Path) -> dict[str, str]:
    environ = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    return {
        **environ, "WINEPREFIX": str(prefix), "WINEARCH": "win64", "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml=", "LC_ALL": "C.UTF-8",
    }


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return Wine's own folder, and the stand-in for Python as a program of Windows."""
    needs("wine")
    compiler = needs("x86_64-w64-mingw32-gcc")
    folder = tmp_path_factory.mktemp("wine")
    (folder / "python.c").write_text(_PYTHON, "ascii")
    program = folder / "standin.exe"
    subprocess.run([compiler, "-o", str(program), str(folder / "python.c")], check=True)
    prefix = folder / "prefix"
    subprocess.run(
        ["wine", "wineboot", "-i"], check=True, capture_output=True, env=wine_environ(prefix)
    )
    return prefix, program


@pytest.fixture
def cmd(windows: tuple[Path, Path], tmp_path: Path) -> Cmd:
    prefix, program = windows
    home = tmp_path / "我的 文件"
    for folder in (home / "scripts", home / ".venv" / "Scripts", tmp_path / "programs"):
        folder.mkdir(parents=True)
    shutil.copy(ROOT / "start.cmd", home)
    (home / "scripts" / "run.py").touch()
    shutil.copytree(
        ROOT / "qrgen/campaigns/xingguo-2022", home / "qrgen/campaigns/xingguo-2022"
    )
    shutil.copy(program, home / ".venv" / "Scripts" / "attribution.exe")
    shutil.copy(program, tmp_path / "programs" / "py.exe")
    return Cmd(home, tmp_path / "programs", tmp_path / "log.txt", prefix)


def called(cmd: Cmd, line: str, *, utf8: str = "1", index: str = "") -> str:
    folder = str(cmd.home).replace("/", "\\")
    return f"{line}|Z:{folder}|{utf8}|{index}"


def test_every_line_for_cmd_is_taken(cmd: Cmd) -> None:
    for _, written in lines_of("README.md"):
        # A batch file that another names without `call` is not come back from.
        line = written.replace("…", "https://mirror.example")
        done = cmd.run(f"call {line}" if "start.cmd" in line else line)
        assert 0 == done.returncode, (line, done.stdout)
        if line.startswith(r".\start.cmd"):
            rest = line.removeprefix(r".\start.cmd")
            assert [
                called(cmd, 'py -3 -c ""'), called(cmd, rf"py -3 scripts\run.py --new{rest or ' '}")
            ] == [re.sub(r'"" +', '""', call) for call in cmd.calls]
        elif line.startswith(("py ", ".venv")):
            assert [called(cmd, line, utf8="")] == cmd.calls
    copied = cmd.home / "our-campaign"
    assert {"campaign.toml", "units.csv"} == {path.name for path in copied.iterdir()}


def test_start_cmd_hands_on_the_mirror_the_end_and_what_has_blanks(cmd: Cmd) -> None:
    line = r'call .\start.cmd --instance "a b" --no-serve'
    cmd.run('set "PIP_INDEX_URL=https://mirror.example/simple"', line)
    assert called(
        cmd, r'py -3 scripts\run.py --new --instance "a b" --no-serve',
        index="https://mirror.example/simple",
    ) == cmd.calls[-1]
    assert b"Press any key" in cmd.run(line, end=3).stdout  # the window stays
    assert b"Press any key" not in cmd.run(line).stdout


def test_python_of_the_store_without_py_is_found(cmd: Cmd) -> None:
    (cmd.programs / "py.exe").rename(cmd.programs / "python.exe")
    cmd.run(r"call .\start.cmd")
    assert cmd.calls[-1].startswith(r"python scripts\run.py")


def test_without_python_or_the_other_files_it_says_what_to_do(cmd: Cmd) -> None:
    (cmd.programs / "py.exe").unlink()
    done = cmd.run(r"call .\start.cmd")
    assert 0 != done.returncode
    assert b'error: no Python is installed' in done.stdout
    assert b'get "Windows installer (64-bit)", 3.10' in done.stdout
    (cmd.home / "scripts" / "run.py").unlink()  # a double click within the ZIP
    assert b"unpack the whole ZIP first (right-click" in cmd.run(r"call .\start.cmd").stdout


@pytest.mark.parametrize("name", ["zhuanma-task", "zhuanma-daily-task"])
def test_wines_task_scheduler_takes_our_tasks(cmd: Cmd, name: str) -> None:
    task = cmd.home / "task.xml"
    shutil.copy(ROOT / "deploy" / f"{name}.xml", task)
    line = f"schtasks /create /tn {name} /xml task.xml"
    assert 0 == cmd.run(line).returncode
    task.write_text("<Task>", "ascii")
    assert 0 != cmd.run(line.replace(name, "bad")).returncode
