"""
Signing in: a password, a second step, and how many guesses at them are allowed.

Guesses are counted in the database before the password is looked at, so that guesses at
the same moment all count; what is refused counts only where it was refused. A stranger's
failures never close the door on a device that has been inside before (OWASP, device
cookies): he locks out strangers only.
"""
import hmac
from collections.abc import Iterable, Sequence

from attribution import deeds
from attribution.deeds import Actor, Doing, Kind
from attribution.office import accounts, passwords, second_steps, totp
from attribution.office.accounts import Account, read
from attribution.office.turnstile import Full
from attribution.rule.instants import HOUR, MINUTE, Instant
from attribution.store import Store, staff
from attribution.store.engine.database import Connection
from qrgen.texts import bare

# Failures allowed within WINDOW: of one account from one network or known device;
# of one network; and of one account from all devices that were never inside.
WINDOW = 15 * MINUTE
PER_ACCOUNT_AND_NETWORK = 5
PER_DEVICE = 10
PER_NETWORK = 50
PER_ACCOUNT = 50
# Second steps told wrong inside the console, where the password is not asked for again.
PER_STEP = 5


class Blocked(Exception):
    """
    Too many failures: even the right password is not looked at for a while.

    *first*: it is the first try that was refused in this window, and the one to be entered in
    the audit log. How many more came is counted with the failures (`staff.failures`).
    """

    def __init__(self, first: bool):
        super().__init__()
        self.first = first


def counted_as(name: str, key: str) -> str:
    """
    Return what failures of *name* are counted under: a digest of it under *key*.

    What is typed as a name is now and then a password, and counts are kept for a day.
    """
    return hmac.digest(key.encode(), name.encode("utf-8", "replace"), "sha256").hex()[:32]


def unlock(store: Store, name: str, now: Instant, *, by: Actor, name_key: str = "") -> None:
    """Forget what was counted against the account *name*, so that it may try at once."""

    def act(doing: Doing) -> None:
        accounts.require(doing.connection, name)
        counts = staff.unlock(doing.connection, counted_as(name, name_key))
        doing.enter(Kind.ACCOUNT_UNLOCK, f"account {name}", before=counts, after=0)

    deeds.do(store, by, now, act)


def sign_in(store: Store, name: str, password: str) -> Account | None:
    """
    Return the account if *password* is right, else None, whichever was wrong.

    Raises:
        turnstile.Full: too many passwords are being looked at.
    """
    with store.read() as connection:
        row = staff.account(connection, name)
        account = read(connection, name)
    hashed = row["password"] if row is not None and account is not None else passwords.NOBODYS
    return account if passwords.fits(password, hashed) else None


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
    if not totp.fits(secret, step, now) or not _spend_step(store, told, step, now):
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


def _spend_step(store: Store, told: str, step: str, now: Instant) -> bool:
    # One code opens the door once, also when two requests bring it together.
    used = f"totp:{told}:{bare(step)}"
    return store.write(lambda c: staff.count_failure(c, used, now, 4 * MINUTE)) == 1
