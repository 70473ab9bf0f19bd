"""
scripts/verify.py, as whoever was handed it runs it: what it takes, and what it does not.

It imports nothing of ours, so each forgery here was let through once by some verifier that
looked right. It accuses the side that must have changed something, and nobody else.
"""
import ast
import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import verify
from a_log import KEYS, NOW, VKEY, ALog, id_at, three_days
from house import ROOT

from attribution.proof import log_keys, merkle
from attribution.proof.bundle import SignedHead
from attribution.proof.log_keys import LogKeys, key_of
from attribution.proof.signed_notes import Checkpoint

Bundle = dict[str, Any]


class Hands:
    """What somebody holds: files in a folder, the printed key, and verify.py."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder, self._patch, self._capsys = folder, monkeypatch, capsys
        self.told = ""
        self.keep("key.txt", f"# 密钥单\n{VKEY}\n")

    def keep(self, name: str, what: "Bundle | SignedHead | str") -> str:
        text = what if isinstance(what, str) else (
            what.note if isinstance(what, SignedHead) else json.dumps(what)
        )
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)

    def verdict(
        self, what: "Bundle | SignedHead | str", *since: "Bundle | SignedHead", key: str = ""
    ) -> int:
        """Run it; return the verdict's number, having compared it with the exit status."""
        arguments = [self.keep("it", what), "--key", key or str(self.folder / "key.txt")]
        if since:
            arguments += ["--since", *(self.keep(f"old{n}", one) for n, one in enumerate(since))]
        return self.run(*arguments)

    def run(self, *arguments: str) -> int:
        self._patch.setattr(sys, "argv", ["verify.py", *arguments])
        status = verify.main()
        self.told = self._capsys.readouterr().out
        verdict = int(self.told.splitlines()[-1].split()[0])
        assert status == {0: 0, 5: 0, 7: 2}.get(verdict, 1)
        return verdict


@pytest.fixture
def hands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Hands:
    return Hands(tmp_path, monkeypatch, capsys)


def test_a_true_bundle_fits_and_says_what_was_compared(hands: Hands) -> None:
    log = three_days()
    assert 0 == hands.verdict(log.bundle())
    assert "N07 扫码 9" in hands.told and "N07 登记 3" in hands.told
    assert "2026-11-28 – 2026-11-29" in hands.told and "全部相符" in hands.told


def test_it_continues_what_the_unit_kept_a_line_or_an_older_bundle(hands: Hands) -> None:
    log = three_days()
    for size in (1, 2, 7, 16, len(log.entries) - 1, len(log.entries)):
        old = log.head(size)
        assert 0 == hands.verdict(log.bundle(since=(old,)), old)
    older = log.bundle()
    log.scan("2026-11-30T05:00:00Z")
    old = log.head(len(log.entries) - 1)
    assert 0 == hands.verdict(log.bundle(since=(old,)), older)


def test_a_unit_that_was_given_no_proof_says_so_and_accuses_the_file(hands: Hands) -> None:
    log = three_days()
    assert 1 == hands.verdict(log.bundle(), log.head(5))


# --- what a file's side may try -------------------------------------------------------------


def changed(bundle: Bundle, index: int, old: str, new: str) -> None:
    row = bundle["rows"][index]
    assert old in row["core"]
    row["core"] = row["core"].replace(old, new)


def twice(bundle: Bundle) -> None:
    extra = copy.deepcopy(bundle["rows"][0])
    extra["core"] = extra["core"].replace("null", "1", 1)
    bundle["rows"].insert(0, extra)


FORGED: dict[str, Callable[[Bundle], Any]] = {
    "a row of another unit": lambda b: changed(b, 0, "N07", "N09"),
    "a row of another time": lambda b: b["rows"][0].update(
        core=b["rows"][0]["core"].replace(", 0, 0,", ", 1, 0,", 1)
    ),
    "one index twice, one verified and both counted": twice,
    "one row twice": lambda b: b["rows"].append(b["rows"][0]),
    "an index at the size": lambda b: b["rows"][0].update(index=23),
    "an index beyond it": lambda b: b["rows"][0].update(index=10**6),
    "an index below": lambda b: b["rows"][0].update(index=-1),
    "an index that is a float": lambda b: b["rows"][0].update(index=0.0),
    "an index that is true": lambda b: b["rows"][1].update(index=True),
    "a log's name beside the commitment": lambda b: b["rows"][0].update(log="credit"),
    "a row left out": lambda b: b["rows"].pop(0),
    "a hash too many": lambda b: b["hashes"].append(b["hashes"][0]),
    "a hash too few": lambda b: b["hashes"].pop(),
    "a salt of another length": lambda b: b["rows"][0].update(rc=b["rows"][0]["rc"] + "00"),
    "salt and digest cut elsewhere": lambda b: b["rows"][0].update(
        rc=b["rows"][0]["rc"] + b["rows"][0]["p"][:2], p=b["rows"][0]["p"][2:] + "00"
    ),
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_file_is_the_files_fault(hands: Hands, forged: str) -> None:
    bundle = three_days().bundle()
    FORGED[forged](bundle)
    assert 1 == hands.verdict(bundle), forged
    assert "改动在这份文件" in hands.told


def without(log: ALog, index: int, since: tuple[SignedHead, ...] = ()) -> Bundle:
    """Return a bundle that lacks the row *index* and is whole otherwise: the tree vouches."""
    from attribution.proof import bundle

    some = [one for one in log.of("N07") if one.index != index]
    made: Bundle = json.loads(bundle.assembled(
        "N07", log.head(), some, log.tree, [one.checkpoint for one in since]
    ))
    return made


def test_half_a_bundle_verifies_as_included_and_its_counts_betray_it(hands: Hands) -> None:
    """Inclusion is not completeness: each row that is there is there."""
    log = three_days()
    left_out = next(one for one in log.of("N07") if '"claim"' in one.core)
    assert 1 == hands.verdict(without(log, left_out.index))
    assert "2026-11-28 登记 0 ≠ 1" in hands.told
    count = next(one for one in log.of("N07") if "unit_count" in one.core)
    assert 1 == hands.verdict(without(log, count.index))  # nor may the counts be left out


def test_a_row_of_a_day_without_counts_is_missed_by_the_older_bundle(hands: Hands) -> None:
    log = three_days()
    older = log.bundle()
    today = [one for one in log.of("N07") if '"scan"' in one.core][-1]
    log.scan("2026-11-30T05:00:00Z")
    old = log.head(len(log.entries) - 1)
    bundle = without(log, today.index, (old,))
    assert 0 == hands.verdict(bundle, old)  # a head alone cannot know
    assert 1 == hands.verdict(bundle, older)


def test_scans_that_were_deleted_in_time_are_excused_and_claims_never(hands: Hands) -> None:
    log = three_days()
    first = log.of("N07")[:3]
    bound = json.loads(log.of("N07")[3].core)[1]  # of the claim after them
    log.add("retention_run", 1, 0, "scan", "deleted", None, bound, 3, "job")
    gone = {one.index for one in first if json.loads(one.core)[0] == "scan"}
    kept = [one for one in log.openings if one.index not in gone]
    log.openings = kept
    assert gone and 0 == hands.verdict(log.bundle())
    log.openings = [one for one in kept if '"claim"' not in one.core]
    assert 1 == hands.verdict(log.bundle())


# --- what the county may try, with every key in hand ----------------------------------------


def rewritten(log: ALog, index: int) -> ALog:
    """The same log with one row moved, everything sealed and signed anew."""
    other = ALog()
    for one in log.openings:
        core = json.loads(one.core)
        if one.index == index:
            core = ["N08" if part == "N07" else part for part in core]
        other.add(*core)
    return other


def test_a_row_moved_and_all_signed_anew_is_exposed_by_one_kept_line(hands: Hands) -> None:
    log = three_days()
    kept = log.head(20)
    other = rewritten(log, 0)
    forged = other.bundle(since=(kept,))
    assert 1 == hands.verdict(forged)  # here the counts of the day show it, without any line
    assert 3 == hands.verdict(forged, kept)
    assert "改动在县里" in hands.told
    # Of the same size the roots alone tell.
    assert 3 == hands.verdict(other.head(), log.head())


def test_a_restored_older_copy_is_shorter(hands: Hands) -> None:
    log = three_days()
    kept = log.head()
    del log.entries[20:], log.openings[20:]
    assert 4 == hands.verdict(log.bundle(), kept)
    assert 4 == hands.verdict(log.head(), kept)


def test_rows_brought_in_after_the_day_was_counted_are_more_than_its_count(hands: Hands) -> None:
    log = three_days()
    log.claim("2026-11-28T04:00:00Z")
    assert 3 == hands.verdict(log.bundle())


def test_two_contents_of_one_row_are_the_countys(hands: Hands) -> None:
    log = three_days()
    core = json.loads(log.openings[-1].core)
    assert "claim" == core[0]
    log.openings[-1:], log.entries[-1:] = [], []
    log.add(*["claim", core[1], 0, "N07", *core[4:]])
    log.add(*["claim", core[1], 1, "N07", *core[4:]])
    assert 3 == hands.verdict(log.bundle())


def test_a_declared_restore_is_told_and_accuses_nobody(hands: Hands) -> None:
    log = three_days()
    log.add("log_event", 1, 0, "restore", json.dumps({"from": 4, "until": 9}))
    assert 5 == hands.verdict(log.bundle()) and '"from": 4' in hands.told


def test_rows_that_a_wrong_clock_or_a_restore_explains_accuse_nobody(hands: Hands) -> None:
    """A clock that went back makes ids of yesterday, after yesterday was counted."""
    log = three_days()
    log.claim("2026-11-29T04:00:00Z")
    assert 3 == hands.verdict(log.bundle())
    log.add("log_event", id_at("2026-11-30T01:00:00Z"), 0, "clock", "{}")
    assert 5 == hands.verdict(log.bundle())


# --- signatures -----------------------------------------------------------------------------


def test_another_key_is_refused_and_so_is_another_text(hands: Hands) -> None:
    log = three_days()
    thief = LogKeys("log.example", (key_of(bytes(32)),))
    assert 2 == hands.verdict(log.head(keys=thief))
    head = log.head()
    assert 2 == hands.verdict(head.note.replace(f"\n{len(log.entries)}\n", "\n22\n"))
    assert 2 == hands.verdict(log.bundle(), key=thief.vkeys("xf81")[0])


def test_both_lines_of_a_renewal_fit_either_key(hands: Hands) -> None:
    log = three_days()
    keys = log_keys.renewed(KEYS, NOW)
    both = log.head(keys=keys)
    for vkey in keys.vkeys("xf81"):
        assert 0 == hands.verdict(both, key=vkey)
    # A known line that does not hold spoils the whole, whatever stands beside it.
    lines = both.note.split("\n")
    lines[4] = lines[4][:60] + ("A" if lines[4][60] != "A" else "B") + lines[4][61:]
    assert 2 == hands.verdict("\n".join(lines))


def malleable(note: str) -> str:
    """Return *note* with the other spelling of its signature: s plus the order."""
    import base64

    head, _, told = note.rstrip("\n").rpartition(" ")
    raw = base64.b64decode(told)
    s = int.from_bytes(raw[36:], "little") + verify.ORDER
    return f"{head} {base64.b64encode(raw[:36] + s.to_bytes(32, 'little')).decode()}\n"


def test_a_signature_has_one_spelling(hands: Hands) -> None:
    note = three_days().head().note
    assert 0 == hands.verdict(note) and 2 == hands.verdict(malleable(note))


SMALL = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
]


@pytest.mark.parametrize("public", SMALL)
def test_a_key_of_small_order_signs_nothing(public: str) -> None:
    """The identity "signs" anything: R = point of it, s = 0 (and R = [s]B for any s)."""
    key = bytes.fromhex(public)
    for nonce in (key, bytes([1]) + bytes(31)):
        assert not verify.holds(key, b"anything", nonce + bytes(32))


def test_it_agrees_with_the_library_on_keys_by_chance() -> None:
    for n in range(20):
        key, message = key_of(os.urandom(32)), os.urandom(n)
        signature = key.sign(message)
        assert verify.holds(key.public, message, signature)
        assert not verify.holds(key.public, message + b"x", signature)
        bad = bytes([signature[0] ^ 1]) + signature[1:]
        assert not verify.holds(key.public, message, bad)


def test_the_vector_that_two_foreign_verifiers_accept(hands: Hands) -> None:
    """With its witness, whose line covers the time; and a quorum that is not met."""
    witness = "bank.example/w1+59553987+BHm1Vi6P5lT5QHixEuipi6eQH4U65pW+1+DjkQutBJZk"
    line = (
        "— bank.example/w1 WVU5hwAAAABpKqgAVJAdELMI2c7gAzOt/qYDcZa8TGzujzW8SPsxK1AbtlLZxwD97G40p"
        "Dh7ZtkA0ph9B9vnhgA4ifPG3Z/RqS0OBA==\n"
    )
    root = bytes.fromhex("fe14a5426fbd70c0fa73f52342afed0da0bd23c4838662ccf6b88a3070ead97b")
    assert root == merkle.root_of([merkle.leaf_hash(one) for one in (b"a", b"b", b"c", b"d", b"e")])
    note = KEYS.note("xf81", Checkpoint("log.example/xf81", 5, root).text, NOW)
    policy = hands.keep("policy", f"log {VKEY}\nwitness bank {witness}\nquorum 1\n")
    assert 0 == hands.verdict(note + line, key=policy)
    assert 6 == hands.verdict(note, key=policy)
    assert 2 == hands.verdict(note + line.replace("pKqgA", "pKqgB"), key=policy)


# --- what cannot be read, and where it runs -------------------------------------------------


@pytest.mark.parametrize("text", [
    "", "{", "{}", "[]", "a\n", "a\n1\nAAAA\n\n— a AAAA\n", "{\"format\": \"zhuanma/bundle@v2\"}",
])
def test_what_is_nothing_of_ours_is_said_to_be_unreadable(hands: Hands, text: str) -> None:
    assert 7 == hands.verdict(text)


def test_a_miswritten_key_is_noticed(hands: Hands) -> None:
    assert 7 == hands.verdict(three_days().head(), key=VKEY.replace("xf81+", "xf82+"))
    assert 7 == hands.verdict(three_days().head(), key=str(hands.folder / "none"))


def test_it_runs_alone_on_an_ascii_console(hands: Hands) -> None:
    """A bank's server: no packages, no locale, an old Python."""
    bundle = hands.keep("it", three_days().bundle())
    for lang, told in (("zh", "0 "), ("en", "0 everything fits")):
        done = subprocess.run(
            [sys.executable, "-s", "-S", str(ROOT / "scripts" / "verify.py"), bundle, "--key",
             str(hands.folder / "key.txt"), "--lang", lang],
            capture_output=True, text=True, check=False, encoding="ascii", cwd=hands.folder,
            env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"},
        )
        assert 0 == done.returncode, done.stderr
        assert done.stdout.splitlines()[-1].startswith(told)


def test_it_is_one_readable_file_that_imports_nothing_of_ours() -> None:
    text = (ROOT / "scripts" / "verify.py").read_text(encoding="utf-8")
    assert 300 >= len(text.splitlines())
    tree = ast.parse(text, feature_version=(3, 8))
    found = {
        name.partition(".")[0]
        for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom)
                     else [alias.name for alias in node.names])
    }
    assert set() == found - set(sys.stdlib_module_names)
