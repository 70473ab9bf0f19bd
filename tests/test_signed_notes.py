"""Checkpoints are notes of the C2SP: others' vectors are ours, and what is off is refused."""
import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from attribution.proof import signed_notes

ROOT5 = bytes.fromhex("fe14a5426fbd70c0fa73f52342afed0da0bd23c4838662ccf6b88a3070ead97b")
LOG = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
HEAD = signed_notes.Checkpoint("log.example/xf81", 5, ROOT5)
SEEN_AT = 1764403200
# Two foreign verifiers accept these lines.
LOG_KEY = "log.example/xf81+0191fd45+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
WITNESS_KEY = "bank.example/w1+59553987+BHm1Vi6P5lT5QHixEuipi6eQH4U65pW+1+DjkQutBJZk"
LOG_LINE = (
    "— log.example/xf81 AZH9RRs2bkpF3i/oHsmd3m3t0slbsxK1oeCG7uItF6aw2wjylv7Ytj9ONxlb7icxmMl1lLgc"
    "r+LqR1w9Ywrg486YHQE=\n"
)
WITNESS_LINE = (
    "— bank.example/w1 WVU5hwAAAABpKqgAVJAdELMI2c7gAzOt/qYDcZa8TGzujzW8SPsxK1AbtlLZxwD97G40pDh7"
    "ZtkA0ph9B9vnhgA4ifPG3Z/RqS0OBA==\n"
)
NOTE = f"{HEAD.text}\n{LOG_LINE}"
WITNESS_PUBLIC = signed_notes.key_of("bank.example/w1", WITNESS, signed_notes.COSIGNER)
KEYS = [signed_notes.read_vkey(LOG_KEY)]


def vkey_of(key: signed_notes.Key) -> str:
    return signed_notes.vkey(key.name, key.public, key.kind)


def test_notes_are_those_of_other_programs() -> None:
    assert signed_notes.sign(HEAD, [LOG]) == NOTE
    assert signed_notes.cosign(NOTE, "bank.example/w1", WITNESS, SEEN_AT) == WITNESS_LINE
    assert vkey_of(signed_notes.key_of("log.example/xf81", LOG)) == LOG_KEY
    assert vkey_of(WITNESS_PUBLIC) == WITNESS_KEY
    log = KEYS[0]
    signed = LOG.sign(HEAD.text.encode())
    assert signed_notes.signature_line(log.name, log.kind, log.public, signed) == LOG_LINE
    both = [*KEYS, signed_notes.read_vkey(WITNESS_KEY)]
    assert signed_notes.verify(signed_notes.parse(NOTE + WITNESS_LINE), both) == both


def test_what_is_written_is_read_again() -> None:
    assert signed_notes.read(NOTE, KEYS) == HEAD
    assert signed_notes.parse(NOTE).whole == NOTE
    # Another's line is no concern of ours, and neither is what a later version adds.
    assert signed_notes.read(NOTE + WITNESS_LINE, KEYS) == HEAD
    later = signed_notes.Checkpoint(HEAD.origin, HEAD.size, HEAD.root).text + "more\n"
    signed = base64.b64encode(KEYS[0].id + LOG.sign(later.encode())).decode()
    assert signed_notes.read(f"{later}\n— {HEAD.origin} {signed}\n", KEYS) == HEAD


def test_two_keys_of_one_log_sign_side_by_side() -> None:
    """While a key is exchanged whoever knows either of them is served."""
    note = signed_notes.sign(HEAD, [LOG, WITNESS])
    assert signed_notes.read(note, KEYS) == HEAD
    assert signed_notes.read(note, [signed_notes.key_of(HEAD.origin, WITNESS)]) == HEAD
    # One that is known and does not hold fails all.
    spoilt = note.replace(note.splitlines()[-1][-20:], LOG_LINE[-21:-1])
    with pytest.raises(signed_notes.BadNote, match="does not hold"):
        signed_notes.read(spoilt, [*KEYS, signed_notes.key_of(HEAD.origin, WITNESS)])


@pytest.mark.parametrize("text", [
    pytest.param(NOTE.replace("\n5\n", "\n6\n"), id="another size"),
    pytest.param(NOTE.replace("\n5\n", "\n05\n"), id="a leading zero"),
    pytest.param(NOTE.replace("\n5\n", "\n٥\n"), id="another script's five"),
    pytest.param(NOTE.replace("xf81", "xf82"), id="another log"),
    pytest.param(NOTE.replace("\n", "\r\n"), id="carriage returns"),
    pytest.param(NOTE[:-1], id="no end"),
    pytest.param(HEAD.text, id="no signature"),
    pytest.param(f"{HEAD.text}\n", id="no line"),
    pytest.param(NOTE.replace("— ", "- "), id="a hyphen"),
    pytest.param(f"{HEAD.text}\n{WITNESS_LINE}", id="a stranger's"),
    pytest.param(NOTE.replace("\n\n", "\n"), id="no empty line"),
    pytest.param(NOTE + "\n", id="an empty line more"),
    pytest.param(NOTE.replace("HQE=", "HQF="), id="bits past the end"),
    pytest.param("", id="nothing"),
    pytest.param(f"{HEAD.text}\n" + LOG_LINE * 101, id="lines without end"),
])
def test_what_is_off_is_refused(text: str) -> None:
    with pytest.raises(signed_notes.BadNote):
        signed_notes.read(text, KEYS)


@pytest.mark.parametrize("text", [
    pytest.param(LOG_KEY.replace("0191", "0192"), id="the id of another"),
    pytest.param(LOG_KEY.replace("log.", "lag."), id="another's name"),
    pytest.param("a b+00000000+AQ==", id="a space"),
    pytest.param("log.example", id="a name alone"),
    pytest.param("x+00000000+" + base64.b64encode(b"\x02" + bytes(32)).decode(), id="unknown kind"),
    pytest.param("x+00000000+" + base64.b64encode(b"\x01" + bytes(31)).decode(), id="short"),
])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(signed_notes.BadNote):
        signed_notes.read_vkey(text)


def test_a_key_that_signs_anything_is_refused() -> None:
    """The identity has a signature for every text, and common libraries take it."""
    weak = signed_notes.Key("x", signed_notes.LOG, b"\1" + bytes(31))
    signed = signed_notes.Signature("x", weak.id, b"\1" + bytes(63))
    note = signed_notes.SignedNote("x\n0\n\n", (signed,))
    with pytest.raises(signed_notes.BadNote, match="does not hold"):
        signed_notes.verify(note, [weak])
    with pytest.raises(signed_notes.BadNote, match="small order"):
        signed_notes.read_vkey(vkey_of(weak))


def test_a_witness_is_no_log() -> None:
    """A cosigner's word that it saw a head does not make it the log's."""
    note = f"{HEAD.text}\n{WITNESS_LINE}"
    with pytest.raises(signed_notes.BadNote):
        signed_notes.read(note, [signed_notes.read_vkey(WITNESS_KEY)])


def test_a_name_that_would_break_the_line_signs_nothing() -> None:
    with pytest.raises(signed_notes.BadNote):
        signed_notes.sign(signed_notes.Checkpoint("a b", 0, bytes(32)), [LOG])
