"""The second process of a child of the press: half of the work, all of the faults."""
import dataclasses
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from factories import CODE_KEY, PUBLIC_URL, make_campaign
from needs import SIGKILL

from qrgen.campaign import Campaign
from qrgen.fault_codes import Code
from qrgen.helper import THERE_CAN_BE_ONE, Helper, Turns
from qrgen.plan import plan_posters
from qrgen.posters import print_posters
from qrgen.printer import WORTH_SHARING
from qrgen.proof import prove_file
from qrgen.shell import Fault

pytestmark = pytest.mark.skipif(not THERE_CAN_BE_ONE, reason="a fork is needed")


def refuse(what: str) -> None:
    raise Fault(Code.OUT_IS_FOLDER, path=what)


def test_it_answers_and_its_faults_are_ours() -> None:
    with closing(Helper()) as helper:
        helper.ask(sorted, [3, 1, 2])
        assert helper.answer() == [1, 2, 3]
        helper.ask(refuse, "this")
        with pytest.raises(Fault, match="this: this is a folder") as found:
            helper.answer()
        assert found.value.hint == "name a file"
        helper.ask(len, "still there")
        assert helper.answer() == 11


def take(turns: Turns) -> list[int]:
    return list(turns)


def test_each_number_is_taken_once_by_one_of_the_two() -> None:
    turns = Turns()
    with closing(Helper()) as helper:
        for count in (0, 1, 700):
            turns.deal(count)
            helper.ask(take, turns)
            mine = take(turns)
            assert sorted(mine + helper.answer()) == list(range(count))


def test_a_helper_that_fails_is_not_waited_for() -> None:
    with closing(Helper()) as helper:
        helper.ask(os._exit, 3)
        with pytest.raises(EOFError):
            helper.answer()


def test_what_went_wrong_in_it_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    with closing(Helper()) as helper:
        helper.ask(int, "no number")
        with pytest.raises(EOFError):
            helper.answer()
    assert "ValueError: invalid literal" in capfd.readouterr().err


def runs(pid: int) -> bool:
    """Tell whether *pid* still does something: a dead one may wait for whoever buries it."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"



def test_it_ends_with_a_child_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(
        "import os, time\n"
        "from qrgen.helper import Helper\n"
        "if __name__ == '__main__':\n"
        "    helper = Helper()\n"
        "    helper.ask(os.getpid)\n"
        "    print(helper.answer(), flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        helper = int(child.stdout.readline())
        assert runs(helper)
        child.send_signal(SIGKILL)
    for _ in range(600):
        if not runs(helper):
            break
        time.sleep(0.05)
    else:
        os.kill(helper, SIGKILL)
        pytest.fail("the helper is still there")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Campaign, Path, list[str]]:
    """A book that is long enough for two to read back, and what stands on its pages."""
    county = make_campaign()
    posters = plan_posters(county.units[:WORTH_SHARING], PUBLIC_URL, [CODE_KEY])
    book = tmp_path_factory.mktemp("helper") / "book.pdf"
    print_posters(county, posters, None, book=book, workers=2)
    return county, book, [poster.url for poster in posters]


@pytest.mark.parametrize("wrong", [0, 1, WORTH_SHARING - 2, WORTH_SHARING - 1])
def test_each_page_is_read_by_one_of_the_two(
    many: tuple[Campaign, Path, list[str]], wrong: int
) -> None:
    _, book, urls = many
    pages = [[url] for url in urls]
    pages[wrong] = [urls[wrong - 1]]
    prove_file(book, pages, numbers=range(1 - wrong % 2, len(pages), 2))
    with pytest.raises(Fault, match=f"page {wrong + 1} "):
        prove_file(book, pages, numbers=range(wrong % 2, len(pages), 2))


def test_one_and_two_make_the_same_book(
    many: tuple[Campaign, Path, list[str]], tmp_path: Path
) -> None:
    county, book, urls = many
    posters = plan_posters(county.units[: len(urls)], PUBLIC_URL, [CODE_KEY])
    print_posters(county, posters, None, book=tmp_path / "alone.pdf", workers=1)
    assert (tmp_path / "alone.pdf").read_bytes() == book.read_bytes()


@pytest.mark.parametrize("at", [2, 3])
def test_fault_on_anybodys_page_stops_the_book(
    many: tuple[Campaign, Path, list[str]], tmp_path: Path, at: int
) -> None:
    """The county's template forgets one unit's code, which one or the other reads."""
    county, _, urls = many
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a4.typ").write_text(
        '#import "parts.typ": *\n'
        "#document-of(for p in data.posters { sheet(210mm, 297mm, "
        f'if p.unit != "{county.units[at].id}" '
        "{ place(center + horizon, symbol(p, 90mm)) }) })\n"
    )
    own = dataclasses.replace(county, folder=tmp_path)
    posters = plan_posters(county.units[: len(urls)], PUBLIC_URL, [CODE_KEY])
    with pytest.raises(Fault, match=f"page {at + 1} .* it reads as nothing"):
        print_posters(own, posters, None, book=tmp_path / "book.pdf", workers=2)
    assert not (tmp_path / "book.pdf").exists()
