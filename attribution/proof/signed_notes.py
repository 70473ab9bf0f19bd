"""
Signed notes and checkpoints: the head of the log as one text that anybody can keep.

Formats of the C2SP: signed-note, and tlog-checkpoint v1.0.0 without extension lines, which
some witnesses refuse. Ed25519, key type 01 (a log) and 04 (a cosigner, tlog-cosignature
v1.0.1). Lines of keys that are not known are passed over, as the format asks; a known key
whose signature does not hold fails the whole note.
"""
import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# What a key signs: heads of its log, or heads of another's that it has seen.
LOG = 1
COSIGNER = 4

# A note of ours has two lines at most; with all witnesses of the world it has some dozens.
MOST_LINES = 100
MOST_BYTES = 100_000

_KEY_BYTES = 32
_SIGNATURE_BYTES = 64

# Points of small order (RFC 7748, section 7 and its doublets): such a "key" signs anything.
_SMALL_ORDER = frozenset(
    bytes.fromhex(text) for text in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    )
)

# A size as the format writes it: no sign, no leading zero, 63 bits.
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_NAME = re.compile(r"[^\s+]+")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


class BadNote(ValueError):
    """Not a note, not a checkpoint, or not signed by whom it must be. Safe to log."""


@dataclass(frozen=True)
class Checkpoint:
    """The head of a log: its *origin*, how many leaves, and the root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{_text(self.root)}\n"


@dataclass(frozen=True)
class Key:
    """A public key: *name*, what it signs (LOG or COSIGNER), and its 32 bytes."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature line says whose it is."""
        return key_id(self.name, self.kind, self.public)


@dataclass(frozen=True)
class Signature:
    """One line under a note: whose it is said to be, and the bytes after the key's id."""

    name: str
    id: bytes
    signed: bytes

    @property
    def line(self) -> str:
        return f"— {self.name} {_text(self.id + self.signed)}\n"


@dataclass(frozen=True)
class SignedNote:
    """A *text* that ends in a line feed, and the signatures under it, none of them verified."""

    text: str
    signatures: tuple[Signature, ...]

    @property
    def whole(self) -> str:
        """The note as it is written down."""
        return self.text + "\n" + "".join(signature.line for signature in self.signatures)


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """Return the four bytes by which a signature line says whose key made it."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def vkey(name: str, public: bytes, kind: int = LOG) -> str:
    """Return a key as verifiers are given it: ``NAME+id+base64``."""
    return f"{name}+{key_id(name, kind, public).hex()}+{_text(bytes([kind]) + public)}"


def signature_line(name: str, kind: int, public: bytes, signed: bytes) -> str:
    """Return the line under a note that says: *signed* by this key."""
    return Signature(name, key_id(name, kind, public), signed).line


def read_vkey(text: str) -> Key:
    """
    Return the key of a ``NAME+id+base64``; undoes `vkey`.

    Raises:
        BadNote: not one, or of a kind that is not known here, or a key that signs anything.
    """
    parts = text.strip().split("+", 2)
    if len(parts) != 3 or not _NAME.fullmatch(parts[0]):
        raise BadNote("not a verifier key: NAME+ID+KEY is expected")
    coded = _bytes(parts[2])
    key = Key(parts[0], coded[0] if coded else 0, coded[1:])
    if key.kind not in (LOG, COSIGNER) or len(key.public) != _KEY_BYTES:
        raise BadNote("not an Ed25519 verifier key")
    if key.public in _SMALL_ORDER:
        raise BadNote("a key of small order signs anything")
    if parts[1] != key.id.hex():
        raise BadNote("the id is not of this name and key")
    return key


def key_of(name: str, private: "Ed25519PrivateKey", kind: int = LOG) -> Key:
    """Return the public key of *private* under *name*."""
    return Key(name, kind, private.public_key().public_bytes_raw())


def sign(
    head: Checkpoint, keys: "Sequence[Ed25519PrivateKey]"
) -> str:
    """
    Return *head* as a note, signed by each of *keys* under the name of its origin.

    Raises:
        BadNote: the origin cannot name a key.
    """
    if not _NAME.fullmatch(head.origin):
        raise BadNote("an origin holds neither space nor plus")
    text = head.text
    return SignedNote(text, tuple(
        Signature(head.origin, key_of(head.origin, key).id, key.sign(text.encode()))
        for key in keys
    )).whole


def cosign(note: str, name: str, private: "Ed25519PrivateKey", seconds: int) -> str:
    """
    Return the line of a witness *name* that saw *note*'s checkpoint at *seconds* (unix time).

    It does not cover the name: one key serves one witness.
    """
    text = parse(note).text
    key = key_of(name, private, COSIGNER)
    return Signature(
        name, key.id, seconds.to_bytes(8, "big") + private.sign(_cosigned(text, seconds))
    ).line


def parse(note: str) -> SignedNote:
    """
    Return the parts of a *note*, nothing verified.

    Raises:
        BadNote: it is not one.
    """
    if len(note) > MOST_BYTES or any(
        (sign < " " and sign != "\n") or sign == "\x7f" or "\ud800" <= sign <= "\udfff"
        for sign in note
    ):
        raise BadNote("not a note: control characters, or too long")
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not text or not lines.endswith("\n"):
        raise BadNote("not a note: text, an empty line and signatures are expected")
    found = []
    for line in lines[:-1].split("\n"):
        match = _LINE.fullmatch(line)
        coded = _bytes(match[2]) if match else b""
        if match is None or len(coded) < 5:
            raise BadNote("not a note: a line of signature is malformed")
        found.append(Signature(match[1], coded[:4], coded[4:]))
    if not 0 < len(found) <= MOST_LINES:
        raise BadNote("not a note: too many signatures")
    return SignedNote(text + "\n", tuple(found))


def verify(note: SignedNote, keys: Sequence[Key]) -> list[Key]:
    """
    Return which of *keys* signed *note*; lines of other keys are passed over.

    Raises:
        BadNote: a signature that is said to be of one of *keys* is not, or of none of them
            there is one.
    """
    known = {(key.name, key.id): key for key in keys}
    good: list[Key] = []
    for signature in note.signatures:
        key = known.get((signature.name, signature.id))
        if key is None:
            continue
        if not _holds(note.text, signature, key):
            raise BadNote(f"the signature of {key.name} does not hold")
        if key not in good:
            good.append(key)
    if not good:
        raise BadNote("signed by none of the keys that are known")
    return good


def checkpoint_of(note: SignedNote) -> Checkpoint:
    """
    Return the checkpoint that *note* is of. Lines of extension are passed over.

    Raises:
        BadNote: it is of none.
    """
    lines = note.text.split("\n")
    if len(lines) < 4 or not lines[0] or not _SIZE.fullmatch(lines[1]) or int(lines[1]) >> 63:
        raise BadNote("not a checkpoint")
    root = _bytes(lines[2])
    if len(root) != hashlib.sha256().digest_size:
        raise BadNote("not a checkpoint: its root is no SHA-256")
    return Checkpoint(lines[0], int(lines[1]), root)


def read(text: str, keys: Sequence[Key], origin: str = "") -> Checkpoint:
    """
    Return the checkpoint of the note *text* that one of *keys* signed as its log.

    Args:
        origin: Whose it must be; by default whose the signing key is.

    Raises:
        BadNote: it is not one, or not signed by them.
    """
    note = parse(text)
    good = [key for key in verify(note, keys) if key.kind == LOG]
    head = checkpoint_of(note)
    if head.origin not in ([origin] if origin else [key.name for key in good]):
        raise BadNote("the checkpoint of another log")
    if not any(key.name == head.origin for key in good):
        raise BadNote("the checkpoint is not signed by its log")
    return head


def on_one_line(note: str) -> str:
    """
    Return *note* on one line, as it stands in a table's cell or a picture's foot: its words, with
    blanks between. `from_one_line` undoes it.
    """
    told = parse(note)
    words = told.text.split()
    own = [one for one in told.signatures if one.name == words[0]]
    return " ".join([*words, *(_text(one.id + one.signed) for one in own)])


def from_one_line(line: str) -> str:
    """
    Return the note that `on_one_line` wrote.

    Raises:
        BadNote: it is none.
    """
    words = line.split()
    if len(words) < 4 or not _SIZE.fullmatch(words[1]):
        raise BadNote("not a checkpoint on one line")
    origin, *rest = words
    signatures = "".join(f"— {origin} {coded}\n" for coded in rest[2:])
    return f"{origin}\n{rest[0]}\n{rest[1]}\n\n{signatures}"


def _holds(text: str, signature: Signature, key: Key) -> bool:
    # Imported here: it takes 70 ms, which no scan and no other command should wait for.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    signed, of_what = signature.signed, text.encode()
    if key.kind == COSIGNER:
        seconds, signed = int.from_bytes(signed[:8], "big"), signed[8:]
        of_what = _cosigned(text, seconds)
    # `cryptography` takes keys of small order, under which every signature holds.
    if len(signed) != _SIGNATURE_BYTES or key.public in _SMALL_ORDER:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signed, of_what)
    except (InvalidSignature, ValueError):
        return False
    return True


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _text(some: bytes) -> str:
    return base64.b64encode(some).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        some = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("not base64") from None
    # One spelling only: bits past the end would make two texts of one head.
    if _text(some) != text:
        raise BadNote("not base64 as it is written")
    return some
