"""
核验一份凭证，不靠出凭证的那台机器。只要 Python 3.8 以上，不装别的东西；除 --log 外不上网。

python3 verify.py N07.json --key 密钥.txt [--since 旧.txt …]  核验凭证，并与留下的检查点、旧凭证衔接
python3 verify.py --log https://… --state 留底.txt --key 密钥.txt  取最新检查点，与留底衔接后留下

密钥.txt 照纸质密钥单抄（NAME+ID+KEY 一行）。退出状态：0 相符，1 有不符，2 读不了或用法不对。
Formats: C2SP signed-note, tlog-checkpoint, tlog-cosignature; trees: RFC 9162, 2.1."""
from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import sys
import urllib.request
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

VERDICTS = {  # 结论：中文，英文，退出状态
    0: ("全部相符", "everything fits", 0),
    1: ("行与检查点不符（改动在这份文件）", "rows do not fit the checkpoint (this file's side)", 1),
    2: ("检查点签名不符（文件一方，或密钥不对）", "the signature does not hold (file or key)", 1),
    3: ("历史被改写：两份有县里签名的检查点互不延续（改动在县里；请保存两份）", "rewritten", 1),
    4: ("变短（县里用了旧备份？）", "the log is shorter than it was (an older copy restored?)", 1),
    5: ("相符；声明过恢复或时钟出错", "all fits; a restore or wrong clock was declared", 0),
    6: ("见证不足", "too few witnesses", 1),
    7: ("读不了", "cannot be read", 2),
}
# 按日计数的日志：单位在第几列，叫什么。
LOGS = {"scan": (4, "扫码"), "claim": (3, "登记"), "credit": (2, "归属"), "adjustment": (5, "更正")}
DECLARED = ("restore", "clock")  # 县里自己声明过的：恢复备份，时钟出错
ENGLISH: list[bool] = []

class Stop(Exception):
    """结论不是 0：第几条，为什么。"""
def need(fits: bool, verdict: int, why: str) -> None:
    if not fits:
        raise Stop(verdict, why)
def say(chinese: str, english: str) -> str:
    return english if ENGLISH else chinese

# --- Ed25519（RFC 8032），只核验，不签名 -----------------------------------------------------
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)

def point(raw: bytes) -> Any:
    """32 字节 → 曲线上的点；不在曲线上，或写法不规范：None。"""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if len(raw) != 32 or y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * v**3 * pow(u * v**7 % P, (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * ROOT % P
    if (v * x * x - u) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)

def add(p: Any, q: Any) -> Any:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)
def times(n: int, p: Any) -> Any:
    total = (0, 1, 1, 0)
    while n:
        total, p, n = (add(total, p) if n & 1 else total), add(p, p), n >> 1
    return total
def same(p: Any, q: Any) -> bool:
    return not ((p[0] * q[2] - q[0] * p[2]) % P or (p[1] * q[2] - q[1] * p[2]) % P)

def holds(public: bytes, message: bytes, signature: bytes) -> bool:
    a, r = point(public), point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    # s 大于群的阶，是同一份签名的另一种写法；小阶的“公钥”什么都能“签”：都不认。
    if len(signature) != 64 or None in (a, r) or s >= ORDER or same(times(8, a), (0, 1, 1, 0)):
        return False
    k = hashlib.sha512(signature[:32] + public + message).digest()
    base = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    return same(times(s, base), add(r, times(int.from_bytes(k, "little") % ORDER, a)))

# --- 密钥和检查点 ----------------------------------------------------------------------------
def decoded(text: str, length: int = 0) -> bytes:
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text or length not in (0, len(raw)):
        raise ValueError("base64")
    return raw

class Trust:
    """认谁的签名：日志的密钥（种类 1），见证人的密钥（种类 4），要几个见证人。"""
    def __init__(self, text: str) -> None:
        self.keys: dict[tuple[str, bytes], bytes] = {}
        self.quorum = 0
        for words in filter(None, (line.split("#")[0].split() for line in text.splitlines())):
            if words[0] == "quorum":
                self.quorum = int(words[1].replace("none", "0"))
                continue
            name, number, coded = words[-1].split("+", 2)
            raw = decoded(coded, 33)
            made = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
            need(made.hex() == number and raw[0] in (1, 4), 7, say("密钥抄错了", "miswritten key"))
            self.keys[name, made] = raw

class Head:
    """一份签了名的检查点：日志名 origin，到第 size 条为止，树根 root。"""
    def __init__(self, note: str, trust: Trust) -> None:
        text, _, lines = note.rpartition("\n\n")
        self.note, text, parts = note, text + "\n", text.split("\n")
        need(re.fullmatch("0|[1-9][0-9]{0,18}", parts[1], re.A) is not None, 7, parts[1][:20])
        self.origin, self.size, self.root = parts[0], int(parts[1]), decoded(parts[2], 32)
        found = [re.findall(r"^— ([^\s+]+) (\S+)$", one)[0] for one in lines[:-1].split("\n")]
        good = set()
        for name, raw in [(name, decoded(coded)) for name, coded in found]:
            key, signed, signature = trust.keys.get((name, raw[:4])), text, raw[4:]
            if key is None:
                continue  # 不认识的签名行，按格式略过
            if key[0] == 4:
                seconds, signature = int.from_bytes(raw[4:12], "big"), raw[12:]
                signed = f"cosignature/v1\ntime {seconds}\n{text}"
            need(holds(key[1:], signed.encode(), signature), 2, name)
            good.add((name, raw[:4]))
        ours = [one for one in good if one[0] == self.origin and trust.keys[one][0] == 1]
        need(bool(ours), 2, say("没有您手里那把密钥的签名", "not signed by the key in your hand"))
        need(sum(trust.keys[one][0] == 4 for one in good) >= trust.quorum, 6, str(trust.quorum))

    def continues(self, old: Head, proof: list[bytes] | None) -> None:
        """与较早的检查点 *old* 衔接；*proof* 是 RFC 9162 2.1.4 的证明，没有则 None。"""
        told = say(f"{old.size} → {self.size} 条", f"{old.size} to {self.size} leaves")
        need(old.origin == self.origin, 7, say("不是同一个日志", "of another log"))
        need(old.size <= self.size, 4, told)
        need(proof is not None or old.size in (0, self.size), 1, say("缺证明", "no proof ") + told)
        steps, both = list(proof or []), (old.root, self.root)
        found = both_roots(old.size, 0, self.size, old.root, steps) if old.size else both
        need(not steps and found == both, 3, told)
        print(say("与您留下的检查点衔接：", "continues the one you kept: ") + told)

# --- 树（RFC 9162，2.1） ---------------------------------------------------------------------
def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()
def take(hashes: list[bytes]) -> bytes:
    return hashes.pop(0) if hashes else b""

def root_over(leaves: dict[int, bytes], begin: int, end: int, hashes: list[bytes]) -> bytes:
    """由一部分叶子和一份证明（其余的子树，先根次序）算出树根。"""
    if not leaves:
        return take(hashes)
    if end - begin == 1:
        return leaves[begin]
    middle = begin + (1 << ((end - begin - 1).bit_length() - 1))
    left, right = ({i: leaves[i] for i in leaves if (i < middle) == side} for side in (True, False))
    return node(root_over(left, begin, middle, hashes), root_over(right, middle, end, hashes))

def both_roots(old: int, begin: int, end: int, known: bytes, proof: list[bytes]) -> Any:
    """由衔接证明算出较早和现在两个树根（RFC 9162 2.1.4.1 倒过来读）。"""
    if old == end:
        one = known or take(proof)
        return one, one
    middle = begin + (1 << ((end - begin - 1).bit_length() - 1))
    if old <= middle:
        before, now = both_roots(old, begin, middle, known, proof)
        return before, node(now, take(proof))
    before, now = both_roots(old, middle, end, b"", proof)
    left = take(proof)
    return node(left, before), node(left, now)

# --- 凭证：行、打开承诺的盐、一份证明 --------------------------------------------------------
def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:  # 一个名字只许一次
    need(len(dict(pairs)) == len(pairs), 1, say("同一个名字出现两次", "a name twice"))
    return dict(pairs)
def opened(rows: list[Any], size: int) -> tuple[dict[int, bytes], dict[int, list[Any]]]:
    """每行的承诺 → 叶子；只有承诺盖住的内容（core）才算数，旁边不许有别的名字。"""
    leaves, cores = {}, {}
    for row in rows:
        index, salt, personal = row["index"], bytes.fromhex(row["rc"]), bytes.fromhex(row["p"])
        fine = len(row) == 4 and type(index) is int and (len(salt), len(personal)) == (16, 32)
        need(fine and 0 <= index < size and index not in leaves, 1, say(
            "多写、越界或重复：", "malformed, out of range or twice: ") + str(index))
        text = b"zhuanma/c1\n" + salt + personal + row["core"].encode()
        leaves[index] = hashlib.sha256(b"\0" + hashlib.sha256(text).digest()).digest()
        cores[index] = json.loads(row["core"], object_pairs_hook=once)
    return leaves, cores

def check(head: Head, bundle: dict[str, Any], since: list[tuple[Head, Any]]) -> None:
    proofs = {int(size): [decoded(one, 32) for one in proof]
              for size, proof in bundle.get("consistency", {}).items()}
    for old, _ in since:
        head.continues(old, proofs.get(old.size))
    if bundle:
        leaves, cores = opened(bundle["rows"], head.size)
        hashes = [decoded(one, 32) for one in bundle["hashes"]]
        fits = root_over(leaves, 0, head.size, hashes) == head.root and not hashes
        need(fits, 1, say("由这些行算不出树根", "these rows do not lead to the root"))
        count_rows(bundle["unit"], cores, [past for _, past in since])
        events = [core[3:5] for core in cores.values() if core[0] == "log_event"]
        told = [" ".join(one) for one in events if one[0] in DECLARED]
        need(not told, 5, " ".join(told))

def count_rows(unit: str, cores: dict[int, list[Any]], older: list[dict[int, list[Any]]]) -> None:
    """按日计数核对，漏一行、漏一天都看得出；到期删掉的扫码，删除本身有一行。"""
    rows: dict[tuple[str, int], Any] = {}
    days: dict[date, Any] = {}
    gone, excused = 0, date.min  # 小于它的扫码已到期删除；到这天为止有声明
    for _, core in sorted(cores.items()):
        if core[0] == "unit_count" and core[5] == unit:  # 一天，或没有行的连续几天
            first, last = (date(n // 10000, n // 100 % 100, n % 100) for n in core[3:5])
            for number in range(first.toordinal(), last.toordinal() + 1):
                days[date.fromordinal(number)] = json.loads(core[6])
        if core[0] == "retention_run" and core[3:5] == ["scan", "deleted"]:
            gone = max(gone, int(core[6]))
        if core[0] == "log_event" and core[3] in DECLARED:
            excused = max(excused, day_of(core[1]))
        if core[0] in LOGS and core[LOGS[core[0]][0]] == unit:
            alike = rows.setdefault((core[0], core[1]), core) == core
            need(alike, 3, say("同一行有两种内容：", "one row, two contents: ") + str(core[1]))
    counted = Counter((log, day_of(number)) for log, number in rows)
    for log, (_, called) in LOGS.items():
        print(f"{unit} {say(called, log)} {sum(name == log for name, _ in rows)}")
    for index, core in (item for past in older for item in past.items()):
        fits = cores.get(index) == core or (core[0] == "scan" and core[1] < gone)
        need(fits, 1, say("与旧凭证不同的一条：", "unlike the older bundle: ") + str(index))
    fits = not days or len(days) == (max(days) - min(days)).days + 1
    need(fits, 1, say("缺某天的日计数", "the counts of a day are left out"))
    for day, said in sorted(days.items()):
        for log, (_, called) in LOGS.items():
            there, due = counted[log, day], said.get(log, 0)
            deleted = log == "scan" and there < due and day <= day_of(gone)
            fits = there == due or deleted or day <= excused
            told = f"{day} {say(called, log)} {there} ≠ {due}"
            need(fits, 1 if there < due else 3, say("日计数：", "counts of a day: ") + told)
    before = {day for _, day in counted if not days or day < min(days)}
    need(len(before) <= (0 if days else 2), 1, say("缺开头的日计数", "no counts of first days"))
    span = f"{min(days)} – {max(days)}" if days else "—"
    print(say(f"逐日计数核对：{span}；此外的日子漏了行看不出", f"days compared: {span}; no others"))

def day_of(number: int) -> date:  # 行编号里有时间；日子按北京时间
    return date.fromordinal(719163 + ((number >> 22) + 1640995200000 + 8 * 3600000) // 86400000)
def of_file(path: str, trust: Trust) -> tuple[Head, dict[str, Any]]:
    text = Path(path).read_text(encoding="utf-8")
    bundle = json.loads(text, object_pairs_hook=once) if text.startswith("{") else {}
    need(not bundle or bundle["format"] == "zhuanma/bundle@v1", 7, "format")
    return Head(bundle.get("checkpoint", text), trust), bundle

def watch(url: str, state: Path, trust: Trust) -> None:
    # 取最新的检查点，与留下的衔接，再留下它；接不上，两份都在（FILE 和 FILE.new）。
    def get(path: str) -> str:
        return str(urllib.request.urlopen(url + path, timeout=60).read(100_000).decode())
    head, part = Head(get("/log/checkpoint"), trust), Path(f"{state}.new")
    with part.open("w", encoding="utf-8") as file:
        print(head.note, end="", file=file, flush=True)
        os.fsync(file.fileno())
    if state.exists():
        old = Head(state.read_text(encoding="utf-8"), trust)
        proof = get(f"/log/consistency?old={old.size}&new={head.size}").split()
        head.continues(old, [decoded(one, 32) for one in proof])
    part.replace(state)
    print(say(f"留下：{head.size} 条", f"kept: {head.size} leaves"))

def run(args: argparse.Namespace) -> None:
    trust = Trust(args.key if "+" in args.key else Path(args.key).read_text(encoding="utf-8"))
    if args.log:
        return watch(args.log, Path(args.state), trust)
    head, bundle = of_file(args.file, trust)
    print(say(f"检查点：{head.origin}，{head.size} 条", f"checkpoint: {head.origin} {head.size}"))
    kept = [of_file(path, trust) for path in args.since]
    since = [(old, opened(past.get("rows", []), old.size)[1]) for old, past in kept]
    return check(head, bundle, since)

def main() -> int:
    parser = argparse.ArgumentParser(usage=__doc__)
    for name, how in (("file", {"nargs": "?"}), ("--key", {"required": True}), ("--log", {}),
                      ("--since", {"nargs": "+", "default": []}), ("--state", {}),
                      ("--lang", {"choices": ("zh", "en"), "default": "zh"})):
        parser.add_argument(name, **how)
    args = parser.parse_args()
    if (not args.file, bool(args.log)) != (bool(args.state), bool(args.state)):
        parser.error("FILE | --log URL --state FILE")
    ENGLISH[:] = [True] * (args.lang == "en")
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr] # ASCII 的窗口也要能用
    verdict, why = 0, ""
    try:
        run(args)
    except Stop as stop:
        verdict, why = stop.args
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        verdict, why = 7, f"{type(error).__name__} {error}"
    print(f"{verdict} {say(*VERDICTS[verdict][:2])}  {why}".rstrip())
    return VERDICTS[verdict][2]

if __name__ == "__main__":
    sys.exit(main())
