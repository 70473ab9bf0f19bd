"""
What the tables themselves refuse, once two people are needed, and the hands known before.

`attribution/two_people.py` knows more cases, and tells them in words; who goes around it, with
a program of theirs or a shell of the database, still meets these.
"""
import json
from collections.abc import Container

from attribution.store.engine.database import Connection
from attribution.store.hands import mark_of

# Tables of answers: what was asked, under which column, and who answered in which.
_ANSWERS = (
    ("proposal_answer", "proposal", "proposal", "answered_by"),
    ("feed_confirmation", "feed_plan", "plan", "confirmed_by"),
    ("period_lock", "period_request", "request", "approved_by"),
    ("request_answer", "request", "request", "answered_by"),
)
# What the tables refuse, once two people are needed: of two accounts one made the other or gave
# it its password, role or way back last; or the second came by one of these after the request.
_BARRED = """
    exists (select 1 from rule_of_two r where r.campaign = new.campaign) and exists (
        select 1 from hand h where h.deed not in ('own', 'found') and (
            (h.id = (select max(l.id) from hand l
                     where l.account = h.account and l.deed = h.deed)
             and ((h.account = new.{second} and (h.by_whom = new.asked_by
                                                 or h.vouched_by = new.asked_by))
               or (h.account = new.asked_by and (h.by_whom = new.{second}
                                                 or h.vouched_by = new.{second}))))
            or (h.account = new.{second} and h.at > (
                select q.at from {asked} q where q.campaign = new.campaign
                    and q.id = new.{number}))))"""
_REFUSED = "one human being may not be two people"


def on_sqlite(connection: Connection) -> None:
    """Close the answers to whoever is no second person, and keep who made the accounts so far."""
    for table, condition in _conditions():
        connection.run(
            f"create trigger {table}_two_people before insert on {table} when {condition} "
            f"begin select raise(abort, '{_REFUSED}'); end"
        )
    _known_hands(connection)


def on_postgresql(connection: Connection) -> None:
    """Do as `on_sqlite`."""
    for table, condition in _conditions():
        connection.run(
            f"""create function {table}_two_people() returns trigger language plpgsql as
                $$ begin if {condition} then raise exception '{_REFUSED}'
                    using errcode = 'check_violation'; end if; return new; end $$"""
        )
        connection.run(
            f"create trigger {table}_two_people before insert on {table}"
            f" for each row execute function {table}_two_people()"
        )
    _known_hands(connection)


def _conditions() -> list[tuple[str, str]]:
    made = []
    for table, asked, number, second in _ANSWERS:
        condition = _BARRED.format(second=second, asked=asked, number=number)
        if table == "request_answer":
            condition += " and new.answer <> 'taken_back'"
        made.append((table, condition))
    return made


# Deeds of the audit log that made an account what it is.
_DEEDS = {
    "account_add": "made", "account_password": "password", "account_change": "role",
    "account_open": "open", "password": "own",
}


def _known_hands(connection: Connection) -> None:
    """Read from the audit log who made each account and its password; mark what stands now."""
    accounts = {
        row["name"]: row
        for row in connection.rows("select name, role, password, created_at from account")
    }
    rows, made, latest = [], set(), 0
    wanted = ", ".join(f"'{what}'" for what in _DEEDS)
    for row in connection.rows(
        f"select id, at, who, what, detail from audit where what in ({wanted}) order by id"
    ):
        name, deed = _named(row["detail"], accounts), _DEEDS[row["what"]]
        latest = max(latest, int(row["id"]))
        if name is None:
            continue
        made |= {name} if deed == "made" else set()
        rows.append(_row(row["id"], row["at"], accounts[name], deed, row["who"]))
    nobody = -1
    for name, account in sorted(accounts.items()):
        if name not in made:
            rows.append(_row(nobody, account["created_at"], account, "made", ""))
            nobody -= 1
        found = _row(nobody, account["created_at"], account, "found", "")
        rows.append({**found, "mark": mark_of(account["password"])})
        nobody -= 1
    connection.run_many(
        """insert into hand (id, at, account, deed, by_whom, vouched_by, alone, role, mark)
           values (:id, :at, :account, :deed, :by_whom, null, 0, :role, :mark)""",
        rows,
    )


def _row(id: int, at: int, account: dict[str, object], deed: str, who: str) -> dict[str, object]:
    return {
        "id": id, "at": at, "account": account["name"], "deed": deed, "by_whom": who,
        "role": account["role"], "mark": None,
    }


def _named(detail: str, accounts: Container[str]) -> str | None:
    """Return the account that an entry is about: of today's, or of those from before the data."""
    try:
        told = json.loads(detail)
        subject = told["subject"].removeprefix("account ")
    except (ValueError, TypeError, KeyError, AttributeError):
        subject = detail.partition(" ")[0]
    return subject if subject in accounts else None
