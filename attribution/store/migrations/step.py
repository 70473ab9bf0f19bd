"""What a step of the schema is. The steps stand beside this file, one module each."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Migration:
    """
    One step: *statements* in the order they are run, then the tables to close to change.

    In a statement, ``{instant}``, ``{strict}``, ``{bytes}`` and ``{keyed}`` stand for the
    engine's words (`migrations.Words`).
    """

    name: str
    statements: tuple[str, ...]
    append_only: tuple[str, ...] = ()
