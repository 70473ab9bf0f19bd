"""
Staff accounts: who may sign in, as what, for which units.

Passwords are argon2id, and an answer takes as long for a name nobody has. Guesses
are counted in the database before the password is looked at, so that guesses at
the same moment all count; what is refused counts only where it was refused. A stranger's
failures never close the door on a device that has been inside before (OWASP, device
cookies): he locks out strangers only.
"""
import base64
import hmac
import secrets
import struct
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from attribution import deeds, two_people
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.office import account_names, passwords, second_steps
from attribution.office.turnstile import Full, Turnstile
from attribution.rule.instants import HOUR, MINUTE, SECOND, Instant
from attribution.store import Store, hands, registry, staff
from attribution.store.engine.database import Connection, Row
from attribution.store.registry import Snapshot
from attribution.two_people import APPROVERS, RANKED
from qrgen.faults import Fault
from qrgen.shapes import id_or_shape, shape_of
from qrgen.texts import bare, clean, squeeze

# Argon2id with the library's defaults: RFC 9106, the low-memory profile.
_HASHER = PasswordHasher()
# Each hash fills 64 MiB for some tenths of a second: 24 at once took a process from 76 to
# 1 449 MB. Two keep two cores busy and fill 128. The costs stay: they are what a stolen ledger
# is guarded by. Eight wait, a second or two; more would take the threads of residents.
HASHING = Turnstile(inside=2, waiting=8, wait_s=5.0)
# A hash of nobody's password with the costs of today, so that an unknown name takes as long
# as a wrong password. Written down, because making it took half of every command's start.
_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$WB0wiOMF1ewH+Bcg05zXiw"
    "$UcbO3bkgGp5Nyfp/rFVMbJWYFD0wqF/rVen2n3hSUjs"
)

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

# Failures allowed within WINDOW: of one account from one network or known device;
# of one network; and of one account from all devices that were never inside.
WINDOW = 15 * MINUTE
PER_ACCOUNT_AND_NETWORK = 5
PER_DEVICE = 10
PER_NETWORK = 50
PER_ACCOUNT = 50
# Second steps told wrong inside the console, where the password is not asked for again.
PER_STEP = 5

_TOTP_STEP_S = 30


@dataclass(frozen=True)
class Word:
    """
    On whose word an account becomes one that may ask, approve or make accounts.

    Args:
        of: The approver who gives it. What they stand behind, they are no second person to.
        alone: Nobody gives it: the shell's way when nobody can. Such an account waits
            `two_people.QUARANTINE`, and everybody is told.
        first: They are the ledger's first people (`first_people`), before whom there was nobody.
    """

    of: str = ""
    alone: bool = False
    first: bool = False


NOBODYS = Word()


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


class Blocked(Exception):
    """
    Too many failures: even the right password is not looked at for a while.

    *first*: it is the first try that was refused in this window, and the one to be entered in
    the audit log. How many more came is counted with the failures (`staff.failures`).
    """

    def __init__(self, first: bool):
        super().__init__()
        self.first = first


def new_password() -> str:
    """Return a password that can be read out over the telephone: no 0 O 1 I L."""
    alphabet = "abcdefghjkmnpqrstuvwxyz"
    parts = ["".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4)]
    return "-".join([*parts, "".join(secrets.choice("23456789") for _ in range(3))])


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
    hashed = _hash(password, rule, name)

    def act(doing: Doing) -> None:
        connection = doing.connection
        if campaign is not None:
            check_scopes(role, wanted, registry.read(connection, campaign))
        others = [row["name"] for row in staff.accounts(connection)]
        if other := account_names.alike(name, others):
            raise Fault(Code.ACCOUNT_ALIKE, account=name, other=other)
        told = _word(doing, name, role, word)
        # Who made it must not know it: where two are needed, no password is the maker's to set.
        once = handed_over or (role in RANKED and hands.is_on_anywhere(connection))
        if not staff.add_account(connection, name, hashed, role, now, once):
            raise Fault(Code.ACCOUNT_TAKEN, account=name)
        called = {"real_name": real_name} if real_name else {}
        if called:
            staff.set_real_name(connection, name, real_name)
        staff.set_scopes(connection, name, wanted)
        _lay_hand(doing, name, "made", word)
        doing.enter(
            Kind.ACCOUNT_ADD, f"account {name}",
            after={"role": role, "units": sorted(wanted), **called}, **told,
        )

    if role not in ROLE_NAMES:
        raise Fault(Code.ACCOUNT_ROLE, status=2, role=role, roles=ROLES)
    deeds.do(store, by, now, act)


def _word(doing: Doing, name: str, role: str, word: Word) -> dict[str, object]:
    """
    Refuse what takes an approver's word and has none; return what is to be told of it.

    Raises:
        Fault: *name*, of *role*, is or becomes one that counts, on nobody's word.
    """
    connection = doing.connection
    if role not in RANKED or not hands.is_on_anywhere(connection):
        return {}
    if word.alone:
        return {"alone": True}
    if word.first and not hands.had_role(connection, "accounts", doing.now):
        return {"first": True}
    if not word.of:
        # The first one: who else could make an account that anybody vouched for?
        if role == "accounts" and not staff.of_role(connection, "accounts"):
            return {}
        raise Fault(Code.ACCOUNT_WORD, status=2, account=name, role=role)
    voucher = read(connection, word.of)
    if (
        voucher is None or voucher.role not in APPROVERS or voucher.handed_over
        or word.of in (name, doing.actor.name)
    ):
        raise Fault(Code.ACCOUNT_NO_VOUCHER, status=2, account=word.of)
    known = [hand for hand in hands.everything(connection) if hand.account == word.of]
    if waits := two_people.quarantined(known, doing.now):
        raise waits
    return {"vouched_by": word.of}


def _lay_hand(doing: Doing, name: str, deed: str, word: Word = NOBODYS) -> None:
    """Keep whose deed on the account *name* this was."""
    hands.add(
        doing.connection, doing.next_id(), doing.now, name, deed, doing.actor.name,
        word.of or None, alone=word.alone,
    )


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
        told = _word(doing, name, role if role in RANKED else row["role"], word)
        staff.set_role(connection, name, role)
        staff.set_scopes(connection, name, wanted)
        _lay_hand(doing, name, "role", word)
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
        told = _word(doing, name, row["role"], word)
        staff.close_account(doing.connection, name, None)
        _lay_hand(doing, name, "open", word)
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
        more = {} if by.name == name else _word(doing, name, row["role"], word)
        staff.set_totp(doing.connection, name, sealed)
        if by.name != name:
            _lay_hand(doing, name, "step", word)
        told = ("off" if kept is None else "on" for kept in (was, sealed))
        doing.enter(Kind.TOTP, f"account {name}", *told, **more)

    deeds.do(store, by, now, act)


def unlock(store: Store, name: str, now: Instant, *, by: Actor, name_key: str = "") -> None:
    """Forget what was counted against the account *name*, so that it may try at once."""

    def act(doing: Doing) -> None:
        require(doing.connection, name)
        counts = staff.unlock(doing.connection, counted_as(name, name_key))
        doing.enter(Kind.ACCOUNT_UNLOCK, f"account {name}", before=counts, after=0)

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


def check_scopes(role: str, scopes: Collection[str], snapshot: Snapshot) -> None:
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


def visible(account: Account, snapshot: Snapshot) -> frozenset[str] | None:
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
    hashed = _hash(password, rule, name)

    def act(doing: Doing) -> None:
        row = require(doing.connection, name)
        own = by.name == name
        more = {} if own else _word(doing, name, row["role"], word)
        ranked = row["role"] in RANKED and hands.is_on_anywhere(doing.connection)
        once = handed_over or (ranked and not own)
        staff.set_password(doing.connection, name, hashed, now, once)
        _lay_hand(doing, name, "own" if own else "password", word)
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


def counted_as(name: str, key: str) -> str:
    """
    Return what failures of *name* are counted under: a digest of it under *key*.

    What is typed as a name is now and then a password, and counts are kept for a day.
    """
    return hmac.digest(key.encode(), name.encode("utf-8", "replace"), "sha256").hex()[:32]


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


def sign_in(store: Store, name: str, password: str) -> Account | None:
    """
    Return the account if *password* is right, else None, whichever was wrong.

    Raises:
        Fault: *password* is longer than any is; it is not looked at.
        turnstile.Full: too many passwords are being looked at.
    """
    passwords.refuse_long(password)
    with store.read() as connection:
        row = staff.account(connection, name)
        account = read(connection, name)
    hashed = row["password"] if row is not None and account is not None else _NOBODY
    try:
        with HASHING.passing():
            _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return None
    return account


def attempt(
    store: Store, name: str, password: str, now: Instant, *, network: str,
    device: str | None = None, step: str = "", second_keys: Sequence[str] = (),
    name_key: str = "",
) -> Account | None:
    """
    Sign in as `sign_in` does, but count failures and refuse who has too many.

    Args:
        network: Digest of where the request comes from.
        device: What names a device on which *name* was signed in before; None for others.
        step: The six digits of the second step, where the account asks for them.
        second_keys: What second steps are sealed under.
        name_key: What the name is digested under where failures are counted.

    Raises:
        Blocked: the password was not looked at.
        second_steps.Lost: it is right, but the second step cannot be asked for.
        turnstile.Full: it was not looked at here, and nothing is counted.
    """
    limits = _limits(counted_as(name, name_key), network, device)
    account = _knows(store, name, password, limits, now)
    if account is not None and account.totp:
        with store.read() as connection:
            kept = staff.account(connection, name)
        if kept is None or not kept["totp"]:
            return None
        secret = second_steps.opened(kept["totp"], second_keys)
        if not prove_step(store, name, secret, step, now, device=device, name_key=name_key):
            return None
    return account


def _knows(
    store: Store, name: str, password: str, limits: dict[str, int], now: Instant
) -> Account | None:
    """Return the account if *password* is right, which forgives what *limits* counted."""
    passwords.refuse_long(password)  # nobody's, so nothing is counted
    _count(store, limits, now)
    try:
        account = sign_in(store, name, password)
    except Full:
        store.write(lambda c: _take_back(c, limits))
        raise
    if account is None:
        return None

    def forgive(connection: Connection) -> None:
        for key in limits:
            if key.startswith(("pair:", "device:")):
                staff.forgive(connection, key)
            else:
                staff.forgive_one(connection, key)

    store.write(forgive)
    return account


def prove_step(
    store: Store, name: str, secret: str, step: str, now: Instant, *,
    device: str | None = None, name_key: str = "",
) -> bool:
    """
    Whether *step* fits *secret* now; it is spent then, and opens nothing a second time.

    Only who knows the password, or is inside, is asked: guesses are counted by the account,
    from wherever they come. A thousand networks are no thousand tries at six digits.

    Raises:
        Blocked: too many did not fit.
    """
    told = counted_as(name, name_key)
    limits = {f"step:{told}" + (f":{device}" if device else ""): PER_STEP}
    _count(store, limits, now)
    if not totp_fits(secret, step, now) or not _spend_step(store, told, step, now):
        return False
    (key,) = limits
    store.write(lambda c: staff.forgive(c, key))
    return True


def prove(
    store: Store, account: Account, now: Instant, *, network: str, password: str = "",
    step: str = "", device: str | None = None, second_keys: Sequence[str] = (),
    name_key: str = "",
) -> bool:
    """
    Whether who is signed in as *account* proves once more to be its owner, by either.

    Args:
        step: Looked at alone where it is given and the account has a second step.

    Raises:
        Blocked, second_steps.Lost, turnstile.Full: as in `attempt`.
    """
    if step and account.totp:
        with store.read() as connection:
            kept = staff.account(connection, account.name)
        if kept is None or not kept["totp"]:
            return False
        secret = second_steps.opened(kept["totp"], second_keys)
        return prove_step(
            store, account.name, secret, step, now, device=device, name_key=name_key
        )
    limits = _limits(counted_as(account.name, name_key), network, device)
    return _knows(store, account.name, password, limits, now) is not None


def _limits(told: str, network: str, device: str | None) -> dict[str, int]:
    if device is not None:
        return {f"device:{told}:{device}": PER_DEVICE}
    # The network first: names are endless, and each would leave a row of its own.
    return {
        f"network:{network}": PER_NETWORK,
        f"pair:{told}:{network}": PER_ACCOUNT_AND_NETWORK,
        f"account:{told}": PER_ACCOUNT,
    }


def _count(store: Store, limits: dict[str, int], now: Instant) -> None:
    """Count a failure under each key of *limits*, or raise Blocked and count it at one alone."""

    def count(connection: Connection) -> int:
        staff.sweep_failures(connection, now - 24 * HOUR)
        counted: list[str] = []
        for key, most in limits.items():
            failures = staff.count_failure(connection, key, now, WINDOW)
            if failures > most:
                # A try that nobody looks at is no guess at the account, nor a colleague's.
                _take_back(connection, counted)
                return failures - most
            counted.append(key)
        return 0

    over = store.write(count)
    if over:
        raise Blocked(first=over == 1)


def _take_back(connection: Connection, keys: Iterable[str]) -> None:
    for key in keys:
        staff.forgive_one(connection, key)


def totp(secret: str, now: Instant) -> str:
    """Return the six digits of RFC 6238 for the base32 *secret* at *now*."""
    counter = struct.pack(">Q", now // SECOND // _TOTP_STEP_S)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    place = digest[-1] & 15
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFF_FFFF
    return f"{number % 1_000_000:06}"


def new_totp() -> str:
    """Return a new secret for an authenticator app: 160 bits in base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode("ascii")


def totp_fits(secret: str, digits: str, now: Instant) -> bool:
    """Whether *digits* are right now, one step ago or one ahead (clocks differ)."""
    near = (now - _TOTP_STEP_S * SECOND, now, now + _TOTP_STEP_S * SECOND)
    told = bare(digits).encode()
    return any(hmac.compare_digest(totp(secret, at).encode(), told) for at in near)


def _spend_step(store: Store, told: str, step: str, now: Instant) -> bool:
    # One code opens the door once, also when two requests bring it together.
    used = f"totp:{told}:{bare(step)}"
    return store.write(lambda c: staff.count_failure(c, used, now, 4 * MINUTE)) == 1


def _hash(password: str, rule: str, name: str) -> str:
    if unfit := passwords.problem(password, rule, name):
        raise unfit
    with HASHING.passing():
        return _HASHER.hash(password)
