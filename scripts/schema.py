"""
Write docs/schema.sql, the tables as they are today: python3 scripts/schema.py

A reader of sixteen steps has to add them up; this lets SQLite do it. The comments are those
of the steps, whose text is the only place to write one. A test makes the page again and
compares, so nobody needs to remember this script.
"""

import ast
import io
import re
import sys
import tempfile
import textwrap
import tokenize
from collections import defaultdict
from pathlib import Path

import environment
from environment import ROOT, say

PAGE = ROOT / "docs" / "schema.sql"
STEPS = ROOT / "attribution" / "store" / "migrations"

HEAD = """\
-- The tables of a ledger as they are today, on SQLite. Made by scripts/schema.py from the
-- steps in attribution/store/migrations/, whose comments these are; nobody edits it, and
-- nothing runs it. PostgreSQL has the same tables and columns (bigint for integer). There
-- `scan` is divided by weeks (attribution/store/partitions.py), and `unit_scan` is a view of
-- it by an index of units in the place of scan_listed (attribution/store/scan_lists.py).
-- On which machine of a cluster each table lies: attribution/store/cluster.py.
--
-- Where no comment says otherwise, instants (at, …_at, since, until) are microseconds since
-- 1970, UTC; a `day` is yyyymmdd in Shanghai; `id` is made from the time and a writer's number
-- (attribution/store/ids.py); `person` is a keyed digest of a phone number. Of a table that
-- "only grows" no row is changed or deleted: triggers refuse it to all but the retention job.
"""


def main() -> int:
    environment.parser(__doc__).parse_args()
    environment.enter(environment.RUN_LOCK)
    sys.path[:0] = [str(ROOT)]
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    say(f"{PAGE.relative_to(ROOT)}: written")
    return 0


def page() -> str:
    """Return the text of docs/schema.sql."""
    comments, added = written_in_the_steps()
    parts = [HEAD]
    for name, things in tables_and_theirs().items():
        closed = {sql for kind, sql in things if kind == "trigger" and "is append-only" in sql}
        above = comments.get(name, "")
        if closed:
            above += "\n-- Only grows."
        rest = [_reindented(sql) + ";" for _, sql in things[1:] if sql not in closed]
        table = _with_added_columns(_reindented(things[0][1]), added.get(name, []))
        parts.append("\n".join(filter(None, [above.strip(), table + ";", *rest])) + "\n")
    return "\n".join(parts)


def tables_and_theirs() -> dict[str, list[tuple[str, str]]]:
    """Return (kind, SQL) of each table, itself first, then its indexes, triggers and views."""
    from attribution.store import open_store

    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{(Path(folder) / 'ledger.db').as_posix()}")
        try:
            store.migrate()
            with store.read() as connection:
                rows = connection.rows(
                    "select type, tbl_name, sql from sqlite_master"
                    " where sql is not null and tbl_name not like 'sqlite_%'"
                    " order by type <> 'table', rowid"
                )
        finally:
            store.close()
    for row in rows:
        found[row["tbl_name"]].append((row["type"], row["sql"]))
    return found


def written_in_the_steps() -> tuple[dict[str, str], dict[str, list[tuple[str, str]]]]:
    """
    Return what the steps say above each table, and (column, comment) of what they added.

    SQLite keeps a statement with the comments in it, but not those of the step around it.
    """
    above: dict[str, str] = {}
    added: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path in sorted(STEPS.glob("m*.py")):
        lines: list[str] = []
        behind = ""  # a table whose column was added on the line being read
        for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
            if token.type == tokenize.COMMENT:
                text = token.string.lstrip("# ")
                if behind:
                    column, _ = added[behind][-1]
                    added[behind][-1] = (column, text)
                else:
                    lines.append(text)
            elif token.type == tokenize.STRING:
                statement = str(ast.literal_eval(token.string)).strip()
                made = re.match(r"create\s+table\s+(\w+)", statement)
                if made:  # perhaps once more, with all its columns
                    added.pop(made[1], None)
                if made and lines:
                    above[made[1]] = "\n".join(f"-- {line}" for line in lines)
                grown = re.match(r"alter\s+table\s+(\w+)\s+add\s+column\s+(.+)", statement)
                if grown:
                    behind = grown[1]
                    column = grown[2].format(instant="integer")
                    added[behind].append((column, " ".join(lines)))
                lines = []
            elif token.type == tokenize.NL:
                behind = ""
    return above, added


def _reindented(sql: str) -> str:
    first, _, rest = sql.partition("\n")
    first = re.sub(r"^CREATE (UNIQUE )?(\w+)", lambda found: found[0].lower(), first)
    return first + ("\n" + _shifted(rest) if rest else "")


def _shifted(rest: str) -> str:
    """Bring the columns to four blanks and the closing bracket to none."""
    body, bracket, end = rest.rpartition("\n")
    return textwrap.indent(textwrap.dedent(body), "    ") + bracket + (
        end.strip() if end.strip().startswith((")", ",")) else "    " + end.strip()
    )


def _with_added_columns(sql: str, columns: list[tuple[str, str]]) -> str:
    """Give each column that a later step added a line of its own, with its comment."""
    for column, comment in reversed(columns):
        # SQLite writes ", column" before the first constraint, else before the closing bracket.
        found = re.search(rf"\s*, {re.escape(column)}(?=[,)\s])(,?)\s*", sql)
        if found is None:
            raise environment.Fault(f"no column {column!r} was added to: {sql}")
        before, after = sql[: found.start()], sql[found.end() :]
        line = before.rpartition("\n")[2]
        if "--" in line:  # the comma goes before what is said of the column before
            code, _, said = line.partition("--")
            gap = len(code) - len(code.rstrip())
            before = f"{before[: -len(line)]}{code.rstrip()},{' ' * (gap - 1)}--{said}"
        else:
            before += ","
        note = f"  -- {comment}" if comment else ""
        start = "" if after.startswith((")", ",")) else "    "
        sql = f"{before}\n    {column}{found[1]}{note}\n{start}{after}"
    return sql


if __name__ == "__main__":
    sys.exit(environment.run_script(main))
