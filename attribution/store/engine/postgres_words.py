"""
Our one SQL text as PostgreSQL takes it, and the few tables that only it needs.

Parameters are written ``%(name)s`` there; an insert of many rows becomes one statement
over arrays; and text is ordered by bytes, as SQLite and Python do.
"""
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from attribution.store.engine.database import (
    NONE,
    Columns,
    Connection,
    Parameters,
    height,
)

_NAMES = re.compile(r"""('(?:[^']|'')*'|--[^\n]*|::)|:([a-z_]\w*)|(%)""", re.IGNORECASE)


@lru_cache(maxsize=1024)
def translate(sql: str) -> bytes:
    """Return *sql* with ``:name`` written as psycopg wants it."""

    def word(found: "re.Match[str]") -> str:
        kept, name, _ = found.groups()
        if name:
            return f"%({name})s"
        return str(kept).replace("%", "%%") if kept else "%%"

    return _NAMES.sub(word, sql).encode()


# Rows of one statement of values: a statement takes 65 535 parameters.
_AT_ONCE = 500

_TYPES = {int: "bigint", str: "text", bytes: "bytea", float: "double precision"}

_INSERT = re.compile(
    r"\s*insert\s+into\s+(\w+)\s*\(([^()]*)\)\s*values\s*\(([^()]*)\)(.*)", re.DOTALL
)


@dataclass(frozen=True)
class Batch:
    """An insert of many rows as one statement over arrays."""

    head: str
    values: tuple[str, ...]  # a parameter's name, or a literal
    tail: str

    def filled(
        self, block: Columns, constants: Parameters = NONE
    ) -> tuple[str, dict[str, Any]]:
        """Return the statement for the rows of *block*, each with *constants*; and its values."""
        arrays: dict[str, Any] = {}
        sources, outputs = [], []
        for value in self.values:
            name = value[1:]
            if not value.startswith(":"):
                outputs.append(value)
                continue
            if name not in block:
                constant = constants[name]
                outputs.append("null" if constant is None else f"{value}::{_TYPES[type(constant)]}")
                if constant is not None:
                    arrays[name] = constant
                continue
            column = block[name]
            sample = next((item for item in column if item is not None), None)
            if sample is None:
                outputs.append("null")  # no type, so it takes the column's
                continue
            outputs.append(f"t.{name}")
            if name not in arrays:
                sources.append((name, _TYPES[type(sample)]))
                arrays[name] = [*column]
        if not sources:
            raise ValueError("an insert of many rows without a value")
        table = ", ".join(f":{name}::{kind}[]" for name, kind in sources)
        columns = ", ".join(name for name, _ in sources)
        return (
            f"{self.head} select {', '.join(outputs)} from unnest({table}) as t ({columns})"
            f" {self.tail}",
            arrays,
        )

    def listed(
        self, block: Columns, constants: Parameters = NONE
    ) -> Iterator[tuple[str, list[Any]]]:
        """
        Yield statements that name each row's values (``$1``…), some hundred rows in one.

        So a cluster sends each row to its shard. Over arrays the rows would go by way of the
        coordinator, a third as fast, and it would count those that were there among the new.
        """
        names = dict.fromkeys(value[1:] for value in self.values if value.startswith(":"))
        for first in range(0, height(block), _AT_ONCE):
            shared, columns = dict[str, Any](), dict[str, Sequence[Any]]()
            for name in names:
                column = block[name][first : first + _AT_ONCE] if name in block else ()
                # What is the same in all rows is sent and read once.
                if not column or column.count(column[0]) == len(column):
                    shared[name] = column[0] if column else constants[name]
                else:
                    columns[name] = column
            rows = list(zip(*columns.values(), strict=True))
            values = [value for value in shared.values() if value is not None]
            count = min(_AT_ONCE, height(block) - first)
            nothing = frozenset(name for name, value in shared.items() if value is None)
            text = _of_rows(self, count, tuple(columns), tuple(shared), nothing)
            yield text, [*values, *chain.from_iterable(rows)]


@lru_cache(maxsize=1024)
def _of_rows(
    batch: Batch, count: int, own: tuple[str, ...], shared: tuple[str, ...],
    nothing: frozenset[str],
) -> str:
    """
    Return the statement of *count* rows.

    Args:
        own: Whose values are a row's own.
        shared: Whose are the same in all rows, and come first; but for *nothing*.
    """
    given = [name for name in shared if name not in nothing]
    same = {name: f"${place}" for place, name in enumerate(given, 1)}
    same.update(dict.fromkeys(nothing, "null"))
    rows = []
    for row in range(count):
        first = len(given) + 1 + row * len(own)
        words = {**same, **{name: f"${first + place}" for place, name in enumerate(own)}}
        rows.append(", ".join(
            words[value[1:]] if value.startswith(":") else value for value in batch.values
        ))
    return f"{batch.head} values ({'), ('.join(rows)}) {batch.tail}"


@lru_cache(maxsize=256)
def unnested(sql: str) -> Batch | None:
    found = _INSERT.fullmatch(sql)
    if found is None:
        return None
    table, columns, values, tail = found.groups()
    listed = tuple(value.strip() for value in values.split(","))
    if not any(value.startswith(":") for value in listed):
        return None
    return Batch(f"insert into {table} ({columns})", listed, tail)


class Defining:
    """
    Gives every text column the order of bytes while tables are made.

    That is SQLite's order and Python's; a database's own (zh_CN, en_US) would sort,
    page and compare otherwise than the code that continues "after the last key".
    """

    def __init__(self, connection: Connection):
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def run(self, sql: str, parameters: Parameters = NONE) -> int:
        if re.match(r"\s*(create|alter)\s+table\s", sql):
            sql = re.sub(r"\btext\b", 'text collate "C"', sql)
        return self._connection.run(sql, parameters)


# What only this engine needs; keyed by the person, as all that is about one.
OWN_TABLES = (
    """create table if not exists turn (
        campaign text collate "C" not null,
        person text collate "C" not null,
        turns bigint not null,
        primary key (campaign, person)
    )""",
    'create table if not exists written (id text collate "C" primary key)',
    # The one way past it is `store/triggers.py`, and open to whoever owns the table, who could
    # put the trigger aside as well; only that a cluster knows no putting aside. Asked is who
    # owns the log by its name: the part of it on one node is hidden from whoever asks there.
    """create or replace function refuse_change() returns trigger language plpgsql as $$ begin
           if current_setting('zhuanma.past_append_only', true) = 'on'
               and tg_level = 'ROW' and pg_has_role(current_user, (select relowner from pg_class
                   where oid = to_regclass(format('%I.%I', tg_table_schema, tg_argv[0]))), 'usage')
           then
               if tg_op = 'DELETE' then return old; end if;
               return new;
           end if;
           raise exception '% is append-only', tg_argv[0];
       end $$""",
)


def append_only(table: str) -> list[str]:
    return [
        f"create trigger {table}_no_change before update or delete on {table}"
        f" for each row execute function refuse_change('{table}')",
        no_truncate(table, table),
    ]


def no_truncate(table: str, told: str) -> str:
    """Return the statement that closes *table* to truncate; the refusal names *told*."""
    # Citus takes no trigger of this kind; there the right is taken from the owner.
    return f"""do $$ begin
        if exists (select from pg_extension where extname = 'citus') then
            revoke truncate on {table} from current_user;
        else
            create trigger {table}_no_truncate before truncate on {table}
                execute function refuse_change('{told}');
        end if; end $$"""
