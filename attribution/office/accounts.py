"""
Staff accounts: who may sign in, as what, for which units.

Each change is one deed with its entry, and keeps whose hand it was: who made an account, or gave
it its password or role, is no second person to it. How one signs in: `signing_in`.
"""
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from attribution import deeds, two_people
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.office import account_names, passwords, vouching
from attribution.office.vouching import NOBODYS, Word
from attribution.rule.instants import Instant
from attribution.store import Store, hands, registry, staff
from attribution.store.engine.database import Connection, Row
from attribution.store.registry import Registry
from attribution.two_people import APPROVERS, RANKED
from qrgen.faults import Fault
from qrgen.shapes import id_or_shape, shape_of
from qrgen.texts import clean, squeeze

# Role -> what the console calls it.
ROLE_NAMES = {
    "office": "县专班", "checker": "复核员", "accounts": "账号管理员", "area": "乡镇（社区）",
    "department": "部门", "bank": "银行", "viewer": "领导查看",
}
ROLES = tuple(ROLE_NAMES)
# Somebody has to be there for each of these: the last one is not closed.
NEEDED = frozenset({"office", "checker", "accounts"})

# The kinds of unit that a role is for; those named here see nothing without one.
SCOPED = {"area": ("area",), "department": ("department",), "bank": ("bank", "line")}

@dataclass(frozen=True)
class Account:
    """
    Someone who may sign in.

    *epoch* rises when all sessions are to end. *handed_over*: the password is one that
    somebody else made and told, so it proves nobody yet; its owner must choose another.
    """

    name: str
    role: str
    epoch: int
    scopes: frozenset[str] = frozenset()
    totp: bool = False
    handed_over: bool = False


def add(
    store: Store, name: str, password: str, role: str, now: Instant,
    scopes: Iterable[str] = (), *, by: Actor, rule: str = "length", campaign: str | None = None,
    handed_over: bool = False, real_name: str = "", word: Word = NOBODYS,
) -> None:
    """
    Add an account.

    Args:
        real_name: Whose it is.
        scopes: Ids of the units it is for; needed by the roles in SCOPED.
        campaign: Whose units *scopes* must be among.
        handed_over: *password* was made for somebody else, who has to choose another.

    Raises:
        Fault: name, password, role or scopes are unfit.
    """
    account_names.refuse_unfit(name)
    real_name = account_names.real(real_name)
    wanted = frozenset(scopes)
    hashed = passwords.hashed(password, rule, name)

    def act(doing: Doing) -> None:
        connection = doing.connection
        if campaign is not None:
            check_scopes(role, wanted, registry.read(connection, campaign))
        others = [row["name"] for row in staff.accounts(connection)]
        if other := account_names.alike(name, others):
            raise Fault(Code.ACCOUNT_ALIKE, account=name, other=other)
        told = vouching.told(doing, name, role, word)
        # Who made it must not know it: where two are needed, no password is the maker's to set.
        once = handed_over or (role in RANKED and hands.is_on_anywhere(connection))
        if not staff.add_account(connection, name, hashed, role, now, once):
            raise Fault(Code.ACCOUNT_TAKEN, account=name)
        called = {"real_name": real_name} if real_name else {}
        if called:
            staff.set_real_name(connection, name, real_name)
        staff.set_scopes(connection, name, wanted)
        vouching.lay_hand(doing, name, "made", word)
        doing.enter(
            Kind.ACCOUNT_ADD, f"account {name}",
            after={"role": role, "units": sorted(wanted), **called}, **told,
        )

    if role not in ROLE_NAMES:
        raise Fault(Code.ACCOUNT_ROLE, status=2, role=role, roles=ROLES)
    deeds.do(store, by, now, act)


def change(
    store: Store, name: str, role: str, scopes: Iterable[str], now: Instant, *, by: Actor,
    campaign: str, word: Word = NOBODYS,
) -> None:
    """
    Give the account *name* another role and other units, which signs it out everywhere.

    Raises:
        Fault: as in `add`; or there is no such account.
    """
    wanted = frozenset(scopes)
    if role not in ROLE_NAMES:
        raise Fault(Code.ACCOUNT_ROLE, status=2, role=role, roles=ROLES)

    def act(doing: Doing) -> None:
        connection = doing.connection
        row = require(connection, name)
        check_scopes(role, wanted, registry.read(connection, campaign))
        if role != row["role"]:
            _refuse_last(connection, row)
        before = {"role": row["role"], "units": staff.scopes(connection, name)}
        told = vouching.told(doing, name, role if role in RANKED else row["role"], word)
        staff.set_role(connection, name, role)
        staff.set_scopes(connection, name, wanted)
        vouching.lay_hand(doing, name, "role", word)
        doing.enter(
            Kind.ACCOUNT_CHANGE, f"account {name}", before,
            {"role": role, "units": sorted(wanted)}, **told,
        )

    deeds.do(store, by, now, act)


def rename(store: Store, name: str, real_name: str, now: Instant, *, by: Actor) -> None:
    """
    Say whose the account *name* is; its own name stands in the log and never changes.

    Raises:
        Fault: as in `add`; or there is no such account.
    """
    wanted = account_names.real(real_name)

    def act(doing: Doing) -> None:
        before = require(doing.connection, name)["real_name"]
        if before == wanted:
            return
        staff.set_real_name(doing.connection, name, wanted)
        doing.enter(
            Kind.ACCOUNT_CHANGE, f"account {name}", {"real_name": before}, {"real_name": wanted}
        )

    deeds.do(store, by, now, act)


def close(store: Store, name: str, now: Instant, *, by: Actor) -> None:
    """Close an account, which signs it out everywhere; a closed one stays as it is."""
    _set_closed(store, name, now, by, closed=True)


def reopen(store: Store, name: str, now: Instant, *, by: Actor, word: Word = NOBODYS) -> None:
    """Open a closed account again."""
    _set_closed(store, name, now, by, closed=False, word=word)


def _set_closed(
    store: Store, name: str, now: Instant, by: Actor, *, closed: bool, word: Word = NOBODYS
) -> None:
    def act(doing: Doing) -> None:
        if closed:
            close_within(doing, name)
            return
        row = require(doing.connection, name)
        if row["closed_at"] is None:
            return
        told = vouching.told(doing, name, row["role"], word)
        staff.close_account(doing.connection, name, None)
        vouching.lay_hand(doing, name, "open", word)
        doing.enter(Kind.ACCOUNT_OPEN, f"account {name}", "closed", "open", **told)

    deeds.do(store, by, now, act)


def close_within(doing: Doing, name: str) -> None:
    """Close an account in a deed that is under way; a closed one stays as it is."""
    row = require(doing.connection, name)
    if row["closed_at"] is not None:
        return
    _refuse_last(doing.connection, row)
    staff.close_account(doing.connection, name, doing.now)
    doing.enter(Kind.ACCOUNT_CLOSE, f"account {name}", "open", "closed")


def set_second_step(
    store: Store, name: str, sealed: str | None, now: Instant, *, by: Actor,
    word: Word = NOBODYS,
) -> None:
    """
    Ask the account *name* for a second step when it signs in, or (None) no longer.

    Args:
        sealed: The secret, as `sealing.seal` makes it.
    """

    def act(doing: Doing) -> None:
        row = require(doing.connection, name)
        was = row["totp"]
        if was == sealed:
            return
        more = {} if by.name == name else vouching.told(doing, name, row["role"], word)
        staff.set_totp(doing.connection, name, sealed)
        if by.name != name:
            vouching.lay_hand(doing, name, "step", word)
        told = ("off" if kept is None else "on" for kept in (was, sealed))
        doing.enter(Kind.TOTP, f"account {name}", *told, **more)

    deeds.do(store, by, now, act)


def require(connection: Connection, name: str) -> Row:
    """
    Return the account *name*, closed ones too.

    Raises:
        Fault: there is none.
    """
    row = staff.account(connection, name)
    if row is None:
        raise Fault(Code.ACCOUNT_UNKNOWN, status=2, account=name)
    return row


def _refuse_last(connection: Connection, row: Row) -> None:
    """
    Let the account *row* leave its role.

    Raises:
        Fault: nobody else could do what the role is for, not even open it again.
    """
    others = (
        one for one in staff.accounts(connection)
        if one["role"] == row["role"] and one["closed_at"] is None and one["name"] != row["name"]
    )
    if row["role"] in NEEDED and row["closed_at"] is None and next(others, None) is None:
        raise Fault(Code.ACCOUNT_LAST, status=2, account=row["name"], role=row["role"])


def check_scopes(role: str, scopes: Collection[str], snapshot: Registry) -> None:
    """
    Refuse units that *role* cannot be for.

    Raises:
        Fault: a unit does not exist, is of another kind, or one is missing.
    """
    kinds = SCOPED.get(role)
    if kinds and not scopes:
        raise Fault(Code.ROLE_NEEDS_UNIT, status=2, role=role)
    if scopes and role in RANKED:
        raise Fault(Code.ROLE_FOR_ALL, status=2, role=role)
    for scope in sorted(scopes):
        unit = snapshot.units.get(scope)
        if unit is None:
            raise Fault(Code.UNIT_UNKNOWN, status=2, unit=id_or_shape(scope))
        if kinds and unit.kind not in kinds:
            raise Fault(Code.ROLE_OTHER_UNIT, status=2, unit=scope, role=role, kind=kinds[0])


def visible(account: Account, snapshot: Registry) -> frozenset[str] | None:
    """Return the ids of the units that *account* may see; None for all."""
    if account.role == "accounts":  # who makes accounts sees no figures
        return frozenset()
    if account.role in APPROVERS or (account.role == "viewer" and not account.scopes):
        return None
    return frozenset(
        unit.id
        for unit in snapshot.units.values()
        if {unit.id, unit.area, unit.bank} & account.scopes
    )


def set_password(
    store: Store, name: str, password: str, now: Instant, *, by: Actor, rule: str = "length",
    handed_over: bool = False, session: str = "", word: Word = NOBODYS,
) -> None:
    """
    Change a password; all sessions of the account end.

    Args:
        handed_over: As in `add`.
        session: The one it is done in, which ends in the ledger too.

    Raises:
        Fault: the password is unfit, or there is no such account.
    """
    hashed = passwords.hashed(password, rule, name)

    def act(doing: Doing) -> None:
        row = require(doing.connection, name)
        own = by.name == name
        more = {} if own else vouching.told(doing, name, row["role"], word)
        ranked = row["role"] in RANKED and hands.is_on_anywhere(doing.connection)
        once = handed_over or (ranked and not own)
        staff.set_password(doing.connection, name, hashed, now, once)
        vouching.lay_hand(doing, name, "own" if own else "password", word)
        if session:
            staff.end_session(doing.connection, session, now)
        doing.enter(
            Kind.PASSWORD if own else Kind.ACCOUNT_PASSWORD, f"account {name}",
            handed_over=once, **more,
        )

    deeds.do(store, by, now, act)


def has_two(connection: Connection, now: Instant) -> bool:
    """Whether somebody may ask, and another, who is not the same human being, may agree."""
    roles = {
        row["name"]: row["role"] for row in staff.accounts(connection) if row["closed_at"] is None
    }
    return next(two_people.pairs(roles, hands.everything(connection), now), None) is not None


def find(store: Store, name: str) -> Account | None:
    """Return the open account *name*."""
    with store.read() as connection:
        return read(connection, name)


def read(connection: Connection, name: str) -> Account | None:
    """Return the open account *name* within a transaction."""
    row = staff.account(connection, name)
    if row is None or row["closed_at"] is not None:
        return None
    return Account(
        row["name"], row["role"], row["session_epoch"],
        frozenset(staff.scopes(connection, name)), row["totp"] is not None,
        bool(row["handed_over"]),
    )


def name_or_shape(store: Store, name: str) -> str:
    """
    Return *name* if an account has or had it, else what it looks like.

    A password typed in the place of the name must not stand in a log that is never deleted.
    """
    with store.read() as connection:
        return name if staff.account(connection, name) is not None else shape_of(name)


def typed_name(store: Store, text: str) -> str:
    """
    Return the name that was meant by *text*, as somebody typed or copied it.

    The first account that has it: as it is, without marks and blanks around it, in full
    width; else as cleaned, whoever that may be.
    """
    ways = dict.fromkeys((text, clean(text), squeeze(text)))
    with store.read() as connection:
        known = (way for way in ways if staff.account(connection, way) is not None)
        return next(known, clean(text))
