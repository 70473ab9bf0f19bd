"""
The key that signs the heads of the public log, apart from all others: keys/log.key.

Whoever was handed its public half (`vkey`, on paper) can tell a head of ours from another's
without asking us, so it signs nothing else. The log's name stands beside it: a county that
moves to another address keeps its log, and what witnesses hold of it. A key is renewed by two
people; the old one signs beside the new one for thirty days, then its secret half is
forgotten. Never is one made where a log has begun: heads under a key that nobody was handed
look like a thief's.
"""
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from attribution.faults import Code
from attribution.proof.signed_notes import LOG, Key, Signature, SignedNote, vkey
from attribution.rule.instants import DAY, Instant, parse_instant, to_datetime
from qrgen.faults import Fault
from qrgen.files import read_text, write_whole
from qrgen.replacing import sync_number

FILE = "log.key"
VARIABLE = "ZHUANMA_LOG_KEY"

# How long the key before signs beside its heir: a month's post, and a holiday.
BOTH_SIGN = 30 * DAY

_HEAD = (
    "# Signs the heads of the public log. One key a line, oldest first; the last one signs, one\n"
    "# before it signs beside it until its time. Renew it by `attribution proof keys --renew`.\n"
)


@dataclass(frozen=True)
class LogKey:
    """
    A key, or what is left of one.

    Args:
        public: 32 bytes.
        until: When it ceases to sign beside its heir; None for the newest.
        seed: The secret half, 32 bytes; None once it has ceased.
    """

    public: bytes
    until: Instant | None = None
    seed: bytes | None = field(default=None, repr=False)

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of its signature over *message*."""
        # Imported here: it takes 70 ms, which no scan and no other command should wait for.
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        assert self.seed is not None
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


@dataclass(frozen=True)
class LogKeys:
    """The *name* of the logs that these keys sign, and the *keys*, oldest first."""

    name: str
    keys: tuple[LogKey, ...]

    @property
    def publics(self) -> tuple[bytes, ...]:
        """The public halves of all that ever signed, oldest first."""
        return tuple(key.public for key in self.keys)

    def origin(self, campaign: str) -> str:
        """Return the name of the log of *campaign*, which is the first line of its heads."""
        return f"{self.name}/{campaign}"

    def verifiers(self, campaign: str) -> tuple[Key, ...]:
        """Return the public keys of the log of *campaign*, oldest first."""
        return tuple(Key(self.origin(campaign), LOG, public) for public in self.publics)

    def vkeys(self, campaign: str) -> tuple[str, ...]:
        """Return what a verifier is handed for the log of *campaign*, oldest first."""
        return tuple(vkey(key.name, key.public) for key in self.verifiers(campaign))

    def signers(self, now: Instant) -> tuple[LogKey, ...]:
        """Return the keys that sign at *now*, oldest first."""
        return tuple(
            key for key in self.keys
            if key.seed is not None and (key.until is None or now < key.until)
        )

    def note(self, campaign: str, text: str, now: Instant) -> str:
        """
        Return *text* (whole lines) as a signed note of the log of *campaign*.

        Raises:
            Fault: no key is left that may sign.
        """
        signers = self.signers(now)
        if not signers:
            raise Fault(Code.LOG_KEY_MISSING)
        name = self.origin(campaign)
        return SignedNote(text, tuple(
            Signature(name, Key(name, LOG, key.public).id, key.sign(text.encode()))
            for key in signers
        )).whole


def fingerprint(told: str) -> str:
    """Return the SHA-256 of a vkey in groups of four digits, to be compared on paper."""
    digits = hashlib.sha256(told.encode()).hexdigest().upper()
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))


def read(instance: Path, environ: Mapping[str, str] | None = None) -> LogKeys | None:
    """
    Return the keys of *instance*; None where there are none yet.

    From ``$ZHUANMA_LOG_KEY`` (its lines parted by commas), else ``keys/log.key``.

    Raises:
        Fault: they cannot be read. The cause names the line, and nothing of what stands in it.
    """
    given = (os.environ if environ is None else environ).get(VARIABLE)
    path = instance / "keys" / FILE
    if given is None and not path.is_file():
        return None
    where = VARIABLE if given is not None else str(path)
    text = given.replace(",", "\n") if given is not None else read_text(path)
    name, keys = "", []
    for number, line in enumerate(text.splitlines(), start=1):
        told = line.strip()
        if not told or told.startswith("#"):
            continue
        try:
            kind, value, *rest = told.split()
            if kind == "name" and not name:
                name = _checked_name(value)
            else:
                keys.append(_read_key(kind, value, rest))
        except ValueError:
            raise Fault(Code.LOG_KEY_BROKEN, where=f"{where}:{number}") from None
    last = keys[-1] if keys else None
    if not name or last is None or last.seed is None or last.until is not None:
        raise Fault(Code.LOG_KEY_BROKEN, where=where)
    return LogKeys(name, tuple(keys))


def make(instance: Path, address: str) -> bool:
    """
    Make ``keys/log.key`` with one key by chance; whether it was missing.

    Args:
        address: The address of the service, whose host names the log for good.
    """
    folder = instance / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = address.partition("://")[2] or address
    text = _text_of(LogKeys(_checked_name(name), (_new_key(),)))
    try:
        # O_EXCL: of two commands at once one makes the key, the other finds it.
        handle = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
        file.write(text)
        file.flush()
        sync_number(file.fileno())
    return True


def prepare(instance: Path, address: str, *, begun: bool, nodes: int = 1) -> Iterator[str]:
    """
    Make the key where an earlier version made none, and yield what there is to tell.

    Args:
        begun: Whether the ledger has a signed head already: then the key was lost.
        nodes: Of how many this is one; several must share a key, and none may make its own.
    """
    if read(instance) is not None:
        return
    missing = f"keys/{FILE} is missing"
    if begun:
        yield (
            f"{missing}, and the public log has begun: bring it back, or run"
            " `attribution proof keys --renew` and hand the new one out"
        )
    elif nodes > 1 or not (instance / "keys").is_dir():
        yield (
            f"{missing}: run `attribution init` on one node and copy the file to the others, or"
            f" set {VARIABLE}"
        )
    else:
        try:
            make(instance, address)
        except OSError as error:
            yield f"{missing} and cannot be made: {error.strerror}"
            return
        yield f"made keys/{FILE}; keep a copy of it where the other keys are kept"


def renewed(keys: LogKeys, now: Instant, *, at_once: bool = False) -> LogKeys:
    """
    Return *keys* with a new one at the end, and those that ceased without their secrets.

    Args:
        at_once: The one before ceases now: somebody else has it.
    """
    until = now if at_once else now + BOTH_SIGN
    older = [
        key if key.seed is None else replace(key, until=min(until, key.until or until))
        for key in keys.keys
    ]
    ceased = [
        replace(key, seed=None) if key.until is not None and key.until <= now else key
        for key in older
    ]
    return LogKeys(keys.name, (*ceased, _new_key()))


def keep(instance: Path, keys: LogKeys) -> None:
    """
    Write *keys* in the place of those that are there, for their owner's eyes only.

    Raises:
        OSError: they cannot be written; the old ones stand.
    """
    path = instance / "keys" / FILE
    path.touch(mode=0o600)
    write_whole(path, _text_of(keys).encode("ascii"))
    path.chmod(0o600)


def _new_key() -> LogKey:
    return key_of(os.urandom(32))


def key_of(seed: bytes, until: Instant | None = None) -> LogKey:
    """Return the key whose secret half is *seed*, 32 bytes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    secret = Ed25519PrivateKey.from_private_bytes(seed)
    return LogKey(secret.public_key().public_bytes_raw(), until, seed)


def _read_key(kind: str, value: str, rest: list[str]) -> LogKey:
    """Read ``key SEED``, ``key SEED until INSTANT`` or ``was PUBLIC until INSTANT``."""
    told = bytes.fromhex(value)
    if len(told) != 32 or (rest and (len(rest) != 2 or rest[0] != "until")):
        raise ValueError
    until = parse_instant(rest[1]) if rest else None
    if kind == "key":
        return key_of(told, until)
    if kind == "was" and until is not None:
        return LogKey(told, until)
    raise ValueError


def _text_of(keys: LogKeys) -> str:
    lines = [_HEAD, f"name {keys.name}\n"]
    for key in keys.keys:
        kind, told = ("was", key.public) if key.seed is None else ("key", key.seed)
        until = f" until {to_datetime(key.until).isoformat()}" if key.until is not None else ""
        lines.append(f"{kind} {told.hex()}{until}\n")
    return "".join(lines)


def _checked_name(name: str) -> str:
    """
    Return *name*, as notes can bear it.

    Raises:
        ValueError: it holds a blank, a plus or what is no ASCII.
    """
    if not name or not name.isascii() or not name.isprintable() or set(name) & set(" +"):
        raise ValueError(name)
    return name
