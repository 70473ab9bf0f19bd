"""
``qrgen new DIR --from TABLE``: a campaign folder out of the table that the office has.

Shows what it understood before it writes, and writes nothing while something does not fit.
"""
import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from qrgen.fault_codes import Code
from qrgen.faults import Fault
from qrgen.setup.departments import departments_of
from qrgen.setup.draft import Draft, Remark
from qrgen.setup.folder import write_new
from qrgen.setup.known import with_known
from qrgen.setup.opening import read_file, read_text
from qrgen.setup.recognising import recognise
from qrgen.setup.shown import as_lines
from qrgen.setup.understanding import BANK, TOTAL, understand
from qrgen.setup.understood import Understood
from qrgen.shell import DONE, USAGE_AT_FAULT, language
from qrgen.units_file import read_units_file


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
               common: argparse.ArgumentParser) -> None:
    one = commands.add_parser(
        "new", parents=[common], help="make a campaign folder out of a table of targets and banks"
    )
    one.add_argument("folder", metavar="DIR", type=Path, help="the folder to make")
    one.add_argument(
        "--from", dest="table", metavar="TABLE", type=Path, required=True,
        help="XLSX, XLS, CSV, a web page, or a text with the table in it; - is standard input",
    )
    one.add_argument(
        "--departments", metavar="FILE", type=Path, help="a list of departments, or a table of them"
    )
    one.add_argument(
        "--bank", metavar="WORD=BANK", action="append", default=[],
        help="WORD in the table is that BANK; WORD=WORD keeps it apart",
    )
    one.add_argument(
        "--keep-ids", metavar="DIR", type=Path,
        help="an earlier campaign, whose units keep their ids",
    )
    one.add_argument("--with-hidden", action="store_true", help="take hidden rows in too")
    one.add_argument(
        "--accept-total", action="store_true", help="the stated total is wrong, the rows are right"
    )
    one.add_argument(
        "--dry-run", action="store_true", help="show what was understood, write nothing"
    )
    one.set_defaults(func=new)


def new(options: argparse.Namespace) -> int:
    if options.folder.exists() and not options.dry_run:
        raise Fault(Code.TARGET_EXISTS, path=options.folder)
    made = understand(_draft(options), _answers(options))
    spoken = language()
    for line in as_lines(made, spoken):
        print(line)
    sys.stdout.flush()  # what is to be said comes below it
    _tell(options.table.name, made)
    if made.problems:
        raise Fault(Code.TABLE_UNFIT, file=options.table.name, count=len(made.problems))
    if options.dry_run:
        return DONE
    write_new(options.folder, made)
    done = {"zh": "已写入 {0}；请填好带〔待填〕的各项，再运行：qrgen check {0}",
            "en": "{0} is made; fill in what is marked 〔待填〕, then run: qrgen check {0}"}
    print(done[spoken].format(options.folder))
    return DONE


def _draft(options: argparse.Namespace) -> Draft:
    if str(options.table) == "-":
        draft = recognise(read_text(sys.stdin.read()))
    else:
        draft = recognise(read_file(options.table))
    if options.departments is not None:
        draft = replace(draft, departments=departments_of(read_file(options.departments)))
    if options.with_hidden:
        draft = replace(
            draft, rows=tuple(replace(row, taken=True) for row in draft.rows),
            remarks=tuple(r for r in draft.remarks if not r.key.startswith("row:")),
        )
    if options.keep_ids is not None:
        draft = with_known(draft, read_units_file(options.keep_ids / "units.csv", []))
    return draft


def _answers(options: argparse.Namespace) -> dict[str, str]:
    answers = {}
    for told in options.bank:
        word, equals, bank = told.replace("＝", "=").partition("=")
        if not (equals and word.strip() and bank.strip()):
            raise Fault(Code.BANK_ANSWER, status=USAGE_AT_FAULT)
        words = [one.strip() for one in re.split("[、,，|]", word) if one.strip()]
        apart = len(words) > 1 and re.split("[、,，|]", bank) == words
        answers.update({BANK + one: one if apart else bank.strip() for one in words})
    if options.accept_total:
        answers[TOTAL] = "lines"
    return answers


def _tell(file: str, made: Understood) -> None:
    """Say what was assumed, asked and found: the problems last, in sight."""
    groups: Sequence[tuple[Remark, ...]] = (made.notes, made.questions, made.problems)
    spoken = language()
    labels = {"zh": ("说明", "请问", "错误"), "en": ("note", "question", "error")}[spoken]
    for label, remarks in zip(labels, groups, strict=True):
        for one in remarks:
            place = one.place(spoken)
            where = f"{file} {place}" if place else file
            colon = "：" if spoken == "zh" else ": "
            print(f"qrgen: {label}{colon}{where}{colon}{one.told(spoken)}", file=sys.stderr)
            if hint := one.advice(spoken):
                tip = {"zh": "提示：", "en": "hint: "}[spoken]
                print(f"qrgen: {tip}{hint}", file=sys.stderr)
