"""
Where somebody hears of what: the address of an account, what it chose, and the way to stop it.

An address is its owner's word until a code that was sent there comes back: nothing else goes
there before. It lies in the ledger sealed, is shown to nobody but its owner, and no entry of
the log names it.
"""
import contextlib
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence

from attribution import deeds
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.office import accounts, letters
from attribution.office.notice_kinds import PACES, open_to
from attribution.office.sealing import NOTICES, NotOurs, is_newest, seal, unseal
from attribution.rule.instants import DAY, MINUTE, Instant
from attribution.settings import Settings
from attribution.settings.mailing import MailServer, is_address
from attribution.store import Store
from attribution.store import notice_choices as kept
from attribution.store.engine.database import Connection, Row
from qrgen.faults import Fault
from qrgen.shapes import shape_of

CODE_DIGITS = 8
CODE_LASTS = 30 * MINUTE
CODE_TRIES = 5
# Nobody needs more, and nobody's mailbox is to be filled from here.
CODES_A_DAY = 6


def server_of(settings: Settings) -> MailServer:
    """
    Return the mail server.

    Raises:
        Fault: none is set.
    """
    if settings.notices.mail is None:
        raise Fault(Code.NOTICE_NO_SERVER)
    return settings.notices.mail


def keys_of(settings: Settings) -> Sequence[str]:
    """
    Return the keys that addresses are sealed under.

    Raises:
        Fault: there are none.
    """
    if not settings.second_keys:
        raise Fault(Code.NOTICE_NO_KEYS)
    return settings.second_keys


def opened(sealed: str, keys: Sequence[str]) -> str:
    """
    Return the address or the robot's secret that was *sealed*.

    Raises:
        Fault: under a key that is not here.
    """
    try:
        return unseal(sealed, keys, NOTICES)
    except NotOurs:
        raise Fault(Code.NOTICE_KEY_LOST) from None


def seal_again(store: Store, keys: Sequence[str]) -> int:
    """Seal under the newest of *keys* what an older one sealed; return how much."""
    if not keys:
        return 0
    with store.read() as connection:
        stale = [
            one for one in kept.sealed(connection) if not is_newest(one[2], keys, NOTICES)
        ]
    if not stale:
        return 0

    def act(connection: Connection) -> int:
        count = 0
        for what, whose, before in stale:
            with contextlib.suppress(NotOurs):  # told when something is to be sent there
                again = seal(unseal(before, keys, NOTICES), keys, NOTICES)
                count += kept.seal_again(connection, what, whose, before, again)
        return count

    return store.write(act)


def masked(address: str) -> str:
    """Return *address* as others may see it: ``l***@example.gov.cn``."""
    user, _, domain = address.rpartition("@")
    return f"{user[:1]}***@{domain}"


def ask(
    store: Store, settings: Settings, address: str, now: Instant, *, by: Actor, called: str
) -> None:
    """
    Send a code to *address*, which is the account's once the code comes back.

    Args:
        called: What the campaign is called, for the letter.

    Raises:
        Fault: it is no address, or too many codes were sent.
        Unsent: the letter did not leave, and why.
    """
    server, keys = server_of(settings), keys_of(settings)
    if not is_address(address):
        raise Fault(Code.NOTICE_ADDRESS_TYPED, shape=shape_of(address))
    code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))

    def act(doing: Doing) -> int:
        before = kept.address(doing.connection, by.name)
        old = before is None or before["codes_since"] <= now - DAY
        codes = 1 if before is None or old else before["codes"] + 1
        if codes > CODES_A_DAY:
            raise Fault(Code.NOTICE_CODE_OFTEN)
        kept.put_address(doing.connection, {
            "account": by.name, "sealed": seal(address, keys, NOTICES), "shown": masked(address),
            "code": _mark(by.name, code, keys[-1]), "asked_at": now, "codes": codes,
            "codes_since": now if before is None or old else before["codes_since"],
            "stop_mark": _digest(_stop_token(by.name, now, keys[-1])),
        })
        doing.enter(Kind.NOTICE_ADDRESS, f"account {by.name}", after="asked")
        return doing.next_id()

    number = deeds.do(store, by, now, act)
    stop = f"{settings.public_url}/admin/notices/stop/{_stop_token(by.name, now, keys[-1])}"
    letter = letters.write(
        sender=server.sender, to=address, title=f"专码验证码 {code}", number=number,
        site=settings.public_url, now=now, called=f"专码 {called}",
        lines=[
            f"您（或别人）在专码后台“{called}”里填了这个邮箱，用来收通知。", "",
            f"验证码：{code}", "", "30 分钟内能用，请填到后台“我的通知”里。",
            "不是您填的，请不要理会：没有验证码，什么都不会发到这里。", "",
            f"不再收：{stop}",
        ],
    )
    letters.hand_in(server, letter, address)


def confirm(store: Store, settings: Settings, code: str, now: Instant, *, by: Actor) -> None:
    """
    Take the *code* that was sent for the address.

    Raises:
        Fault: it is another, too old, or was tried too often.
    """
    keys = keys_of(settings)

    def act(doing: Doing) -> bool | None:
        row = kept.address(doing.connection, by.name)
        if row is None or not row["code"]:
            return None
        if row["tries"] >= CODE_TRIES or now > row["asked_at"] + CODE_LASTS:
            return None
        # Counted before it is judged, in the transaction: two at once are two tries.
        kept.count_try(doing.connection, by.name)
        fits = any(
            hmac.compare_digest(row["code"], _mark(by.name, code, key)) for key in keys
        )
        if fits:
            kept.confirm(doing.connection, by.name, now)
        doing.enter(
            Kind.NOTICE_ADDRESS, f"account {by.name}", after="confirmed" if fits else "wrong_code"
        )
        return fits

    fits = deeds.do(store, by, now, act)
    if fits is None:
        raise Fault(Code.NOTICE_CODE_OLD)
    if not fits:
        raise Fault(Code.NOTICE_CODE_WRONG)


def stop(store: Store, account: str, now: Instant, *, by: Actor) -> bool:
    """Forget the address of *account* and what it chose; False where there was nothing."""

    def act(doing: Doing) -> bool:
        gone = kept.drop_address(doing.connection, account)
        if gone:
            kept.set_choices(doing.connection, f"account:{account}", {})
            doing.enter(Kind.NOTICE_ADDRESS, f"account {account}", after="stopped")
        return gone

    return deeds.do(store, by, now, act)


def choose(
    store: Store, role: str, wanted: Mapping[str, str], now: Instant, *, by: Actor
) -> None:
    """
    Let the account hear of the kinds in *wanted* (kind -> pace), and of no others.

    Raises:
        Fault: *role* may not hear of one of them.
    """
    may = open_to(role)
    for kind, pace in wanted.items():
        if kind not in may or pace not in PACES:
            raise Fault(Code.NOTICE_KIND, kind=shape_of(kind))

    def act(doing: Doing) -> None:
        before = kept.choices(doing.connection, f"account:{by.name}")
        if before == wanted:
            return
        accounts.require(doing.connection, by.name)
        kept.set_choices(doing.connection, f"account:{by.name}", wanted)
        doing.enter(
            Kind.NOTICE_CHOICES, f"account {by.name}", sorted(before), sorted(wanted)
        )

    deeds.do(store, by, now, act)


def stop_token(row: Row, keys: Sequence[str]) -> str:
    """Return what the link carries that stops the mail to the address in *row*; '' for none."""
    tokens = (_stop_token(row["account"], row["asked_at"], key) for key in keys)
    return next((token for token in tokens if _digest(token) == row["stop_mark"]), "")


def stopped_by(rows: Sequence[Row], token: str) -> str | None:
    """Return whose mail *token* stops, of the addresses in *rows*; None for nobody's."""
    mark = _digest(token)
    return next(
        (row["account"] for row in rows if hmac.compare_digest(row["stop_mark"], mark)), None
    )


def _mark(account: str, code: str, key: str) -> str:
    return hmac.digest(key.encode(), f"code {account} {code}".encode(), "sha256").hex()


def _stop_token(account: str, asked_at: Instant, key: str) -> str:
    return hmac.digest(key.encode(), f"stop {account} {asked_at}".encode(), "sha256").hex()[:32]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
