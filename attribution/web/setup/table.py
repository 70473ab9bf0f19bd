"""The document's table: read, shown as it was understood, and corrected in place."""
import re
from collections.abc import Sequence

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from attribution.office.new_units import COLUMNS, units_of, wrong_of
from attribution.web.setup.common import pages, setting


@pages.get("/table")
def table() -> str:
    """Show the table as it was understood, to be corrected."""
    return _page()


@pages.post("/table/rows")
def correct() -> BaseResponse | tuple[str, int]:
    """Keep the rows as they were corrected."""
    here = setting()
    told = {**here.drafts.read().table}
    told["rows"] = _rows()
    told["departments"] = _lines(request.form.get("departments", ""))
    if "add" in request.form:
        told["rows"] += [dict.fromkeys(COLUMNS, "") for _ in range(5)]
    here.drafts.keep(table=told)
    here.on_change()
    if "next" in request.form:
        return redirect(url_for("setup.show"))
    return redirect(url_for("setup.table", _anchor="end" if "add" in request.form else None))


def _rows() -> list[dict[str, str]]:
    form = request.form
    numbers = sorted({int(found[1]) for found in map(_ROW.match, form) if found})
    rows = [
        {column: " ".join(form.get(f"row.{n}.{column}", "").split()) for column in COLUMNS}
        for n in numbers if f"row.{n}.gone" not in form
    ]
    return [row for row in rows if any(row.values())]


_ROW = re.compile(r"row\.(\d{1,5})\.")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _page(problems: Sequence[str] = ()) -> str:
    told = setting().drafts.read().table
    units = units_of(told)
    areas = [unit for unit in units if unit.kind == "area"]
    return render_template(
        "setup/table.html", told=told, rows=told.get("rows", []), wrong=wrong_of(told),
        problems=problems, areas=areas, lines=[unit for unit in units if unit.kind == "line"],
        banks=[unit for unit in units if unit.kind == "bank"],
        total=sum(unit.target or 0 for unit in areas),
    )


@pages.post("/table")
def bring() -> BaseResponse | tuple[str, int]:
    return _page(), 400


@pages.post("/table/answer")
def answer() -> BaseResponse:
    return redirect(url_for("setup.table"))
