"""The page that says what is kept of people says all of it, and for as long as the code does."""
import re
import sqlite3
from pathlib import Path

import pytest

from attribution.office import signing_in
from attribution.rule.instants import DAY, HOUR
from attribution.store import Store, forgetting
from attribution.store.engine.database import Connection
from attribution.upkeep import retention
from attribution.web.console import uploads

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")

# Tables that hold nothing about anybody; whatever is not here is on the page.
ABOUT_NOBODY = {
    "migration", "unit", "registry_version", "writer", "seen", "way_out", "batch_report",
    "feed_source", "feed_job", "seal", "tally", "tally_kept", "period_count", "campaign_terms",
    "campaign_file", "partner_nonce", "audit_head", "beat", "scan_listed", "scan_listed_to",
    "log_tile", "log_head", "log_mark", "log_event", "unit_count",
    "notice_turn",
}
# A column so called is about somebody, wherever it stands.
PERSONAL = {
    "person", "last4", "network", "visitor", "account", "who", "by_whom", "asked_by",
    "answered_by", "approved_by", "confirmed_by", "leaver", "real_name", "reach",
    "phone", "mark",
}


def schema() -> dict[str, list[str]]:
    """Return the columns of each table, as the page of the schema has them."""
    with sqlite3.connect(":memory:") as db:
        db.executescript((ROOT / "docs" / "schema.sql").read_text(encoding="utf-8"))
        names = [name for (name,) in db.execute("select name from sqlite_master"
                                                " where type = 'table'")]
        return {
            name: [row[1] for row in db.execute(f"pragma table_info({name})")] for name in names
        }


def kept() -> dict[str, str]:
    """Return how long each table of the page keeps what it holds."""
    table = PAGE[PAGE.index("<!-- kept -->") :].partition("\n\n")[0]
    rows = [line.split("|")[1:-1] for line in table.splitlines()[3:]]
    assert {5} == {len(row) for row in rows}
    found = {row[0].strip().strip("`"): row[4].strip() for row in rows}
    assert len(found) == len(rows)
    assert all(cell.strip() for row in rows for cell in row)
    return found


def test_every_table_that_holds_something_about_people_is_on_the_page() -> None:
    tables = schema()
    assert set() == ABOUT_NOBODY - set(tables)
    assert set(tables) - ABOUT_NOBODY == set(kept())


@pytest.mark.parametrize("table", sorted(ABOUT_NOBODY))
def test_what_is_about_nobody_has_no_column_about_somebody(table: str) -> None:
    assert set() == PERSONAL & set(schema()[table])


def test_whoever_is_unlinked_is_so_in_every_table_that_knows_them() -> None:
    """A table with a person's digest that the retention job has never heard of keeps them."""
    gone = {*forgetting.FORGOTTEN, *forgetting.DELETED}
    forgotten = {*forgetting.LOGS, *forgetting.OTHERS, *gone}
    know = {name for name, columns in schema().items() if "person" in columns}
    assert know == forgotten
    deleted = {name for name, told in kept().items() if "deleted when unlinked" in told}
    assert deleted == gone
    assert all("unlinked" in kept()[name] for name in forgotten)


def test_who_claimed_whom_from_whom_is_forgotten_too(store: Store) -> None:
    """It would tie a claim that was erased to who is still known by others."""
    def add(connection: Connection, person: str, claim: int, before: int) -> None:
        connection.run(
            """insert into takeover (campaign, person, unit, claim, at, verified, from_unit,
                   from_claim, from_at, from_verified)
               values ('c', :person, 'A01', :claim, 2, 0, 'A02', :before, 1, 0)""",
            {"person": person, "claim": claim, "before": before},
        )

    def left(connection: Connection) -> list[str]:
        return [row["person"] for row in connection.rows("select person from takeover")]

    with store.transaction() as connection:
        for person in ("whole", "claim", "before", "other"):
            add(connection, person, {"claim": 7}.get(person, 9), {"before": 7}.get(person, 8))
        forgetting.unlink(connection, "c", "whole", "chance")
        for person in ("claim", "before", "other"):
            forgetting.unlink_claim(connection, "c", person, 7, "A01", "chance")
        assert ["other"] == left(connection)


def test_the_periods_are_those_of_the_code() -> None:
    assert f"{retention.SCANS_KEPT // DAY} days" in kept()["scan"]
    assert f"{retention.REQUESTS_KEPT // DAY} days" == kept()["partner_answer"]
    assert "24 hours" == kept()["throttle"]
    assert f"{uploads.KEPT // HOUR} hours at most" in PAGE
    assert signing_in.WINDOW <= 24 * HOUR


def test_what_the_law_asks_of_an_assessment_is_in_it() -> None:
    """PIPL 56 names three things, 57 what is said after a leak."""
    for words in (
        "处理目的、处理方式是否合法、正当、必要", "对个人权益的影响及安全风险",
        "保护措施是否合法、有效并与风险程度相适应", "三年", "种类、原因和可能的危害",
    ):
        assert words in PAGE
    blanks = re.findall("【[^】]*】", PAGE)
    assert len(blanks) > 20 and "【" not in re.sub("【[^】]*】", "", PAGE)
