"""The document's table: read, shown as it was understood, and corrected in place."""
import re
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from attribution.office import new_units
from attribution.office.new_units import COLUMNS, UnitsTable
from attribution.web.current import PageAndStatus
from attribution.web.setup.common import pages, setting
from qrgen.faults import Fault
from qrgen.setup.draft import Remark, Row
from qrgen.texts import clean

_ROW = re.compile(r"row\.(\d{1,5})\.")

# So many empty rows are added at a time.
MORE = 5


@pages.get("/table")
def table() -> str:
    """Show the table as it was understood, to be corrected."""
    return _page()


@pages.post("/table")
def bring() -> BaseResponse | PageAndStatus:
    """Read a file or a text that somebody brought; it takes the place of what was there."""
    sent, pasted = request.files.get("file"), request.form.get("pasted", "")
    try:
        if sent is not None and sent.filename:
            name = clean(Path(sent.filename).name)[:80]
            suffix = Path(name).suffix.lower()
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"table{suffix if suffix.isascii() else ''}"
                sent.save(path)
                made = new_units.read_file(path, name)
        else:
            made = new_units.read_text(pasted)
    except Fault as fault:
        return _page([_plain(fault)]), 400
    if not made.read.rows and not made.read.departments:
        return _page([_told(one) for one in made.read.remarks]), 400
    _keep(made)
    return redirect(url_for("setup.table"))


@pages.post("/table/rows")
def correct() -> BaseResponse | PageAndStatus:
    """Keep the rows as they were corrected."""
    there = _kept()
    if request.form.get("mark") != there.mark:
        flash("刚才有人改过这张表，您这次的改动没有保存。请看一下现在的表，再改一次。", "problem")
        return redirect(url_for("setup.table"))
    rows = _rows(there.read.rows)
    if "add" in request.form:
        rows += [Row()] * MORE
    _keep(there.corrected(rows, request.form.get("departments", "")))
    if "next" in request.form:
        return redirect(url_for("setup.show"))
    return redirect(url_for("setup.table", _anchor="end" if "add" in request.form else None))


@pages.post("/table/answer")
def answer() -> BaseResponse:
    """Keep the answer to a question."""
    there = _kept()
    key, told = request.form.get("key", ""), request.form.get("answer", "")
    asked = {one.key: one.options for one in (*there.understood().remarks, *there.read.remarks)}
    if not key or told not in asked.get(key, ()):
        abort(400)
    _keep(there.answered(key, told))
    return redirect(url_for("setup.table"))


def _kept() -> UnitsTable:
    found = UnitsTable.of(setting().drafts.read().table)
    if found is None:
        abort(404)
    return found


def _keep(made: UnitsTable) -> None:
    here = setting()
    here.drafts.keep(table=made.plain())
    here.on_change()


def _rows(there: Sequence[Row]) -> list[Row]:
    """Return the rows of the form, each over the one that stood there; those emptied are gone."""
    form = request.form
    numbers = sorted({int(found[1]) for found in map(_ROW.match, form) if found})
    made = []
    for n in numbers:
        typed = {name: clean(form.get(f"row.{n}.{name}", "")) for name in COLUMNS}
        if f"row.{n}.gone" in form or not any(typed.values()):
            continue
        row = there[n] if n < len(there) else Row()
        # A row that was hidden in the file counts once somebody says so.
        taken = row.taken or f"row.{n}.taken" in form
        made.append(replace(
            row, area=typed["area"], area_target=typed["area_target"], branch=typed["branch"],
            bank=typed["bank"], target=typed["target"], taken=taken,
        ))
    return made


def _told(remark: Remark) -> str:
    """Return a remark with its place and what to do, for the page."""
    said = "。".join(filter(None, (remark.shown(), remark.advice("zh"))))
    return "：".join(filter(None, (remark.place(), said)))


def _plain(fault: Fault) -> str:
    return "。".join(filter(None, (fault.shown(), fault.advice("zh"))))


def _page(problems: Sequence[str] = ()) -> str:
    kept = UnitsTable.of(setting().drafts.read().table)
    if kept is None:
        return render_template("setup/table.html", table=None, problems=problems)
    made = kept.understood()
    at: dict[int, list[str]] = defaultdict(list)
    for one in made.problems:
        at[one.row].append("，".join(filter(None, (one.shown(), one.advice("zh")))))
    answerable = [one for one in (*made.questions, *made.problems) if one.key]
    # Which bank a branch was taken to be of, and its number, by the row that it stands in.
    lines = {line.id: line for line in made.lines}
    of_branch = {
        n: lines[row.line_id] for n, row in enumerate(made.draft.rows) if row.line_id in lines
    }
    # Of what was read: what was assumed, and what nobody can answer here but by correcting.
    notes = [_told(one) for one in kept.read.remarks if one.weight != "problem" or not one.key]
    return render_template(
        "setup/table.html", table=kept, made=made,
        departments=new_units.as_text(kept.read.departments),
        problems=problems, wrong=at, notes=notes, questions=answerable, of_branch=of_branch,
        warnings=[_told(one) for one in made.notes],
        open_questions=[_told(one) for one in made.questions if not one.key],
    )
