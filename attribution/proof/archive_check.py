"""
核验一份存档，不靠出存档的那台机器。只要 Python 3.8 以上，不装别的东西，不上网。

python3 archive_check.py 存档.zip [--key 密钥.txt]    存档也可以是解开后的文件夹

密钥.txt 照纸质密钥单抄（NAME+ID+KEY 一行）；不给，用存档里的（只说明存档前后一致）。
退出状态：0 相符，1 有不符，2 读不了。旁边要有 verify.py。
"""
from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import sys
import tempfile
import zipfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
FORMAT = "zhuanma/archive@v1"
# 只看签名的检查点最多这么多份，均匀地取；衔接每一份都看。
SIGNED = 200


class NotSound(Exception):
    """存档里不符的一处。"""


def need(fits: bool, why: str) -> None:
    if not fits:
        raise NotSound(why)


def verifier(folder: Path) -> Any:
    """存档里的 verify.py，按路径装入。"""
    spec = importlib.util.spec_from_file_location("zhuanma_verify", folder / "verify.py")
    need(spec is not None and spec.loader is not None, "没有 verify.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def files_fit(folder: Path) -> dict[str, Any]:
    """每个文件都在、一字不差，也没有多出来的。"""
    told: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    need(told.get("format") == FORMAT, "不认识的清单格式")
    there = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    } - {MANIFEST}
    listed: dict[str, Any] = told["files"]
    need(not there - set(listed), "多出来的文件：" + "、".join(sorted(there - set(listed))[:5]))
    need(not set(listed) - there, "缺的文件：" + "、".join(sorted(set(listed) - there)[:5]))
    for name, of in sorted(listed.items()):
        content = (folder / name).read_bytes()
        fits = len(content) == of["bytes"] and hashlib.sha256(content).hexdigest() == of["sha256"]
        need(fits, "改动过的文件：" + name)
    print(f"文件：{len(listed)} 个，都和清单一致")
    return told


def leaves_of(folder: Path, size: int) -> list[bytes]:
    """日志的全部叶子，从最底层的瓦片里来。"""
    entries = b"".join(
        (folder / "log" / "tiles" / "0" / str(n)).read_bytes() for n in range((size + 255) // 256)
    )
    need(len(entries) == 32 * size, "瓦片里的叶子数不对")
    return [
        hashlib.sha256(b"\0" + entries[at : at + 32]).digest() for at in range(0, len(entries), 32)
    ]


class Tree:
    """由叶子算出每一份检查点的树根（RFC 9162，2.1）。"""

    def __init__(self, leaves: list[bytes]) -> None:
        self.levels = [leaves]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append([
                self.node(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)
            ])

    @staticmethod
    def node(left: bytes, right: bytes) -> bytes:
        return hashlib.sha256(b"\1" + left + right).digest()

    def root(self, size: int) -> bytes:
        """前 *size* 个叶子的树根。"""
        if not size:
            return hashlib.sha256(b"").digest()
        parts, at = [], 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                parts.append(self.levels[level][at >> level])
                at += 1 << level
        while len(parts) > 1:
            right = parts.pop()
            parts.append(self.node(parts.pop(), right))
        return parts[0]


def log_fits(folder: Path, verify: Any, trust: Any) -> Any:
    """瓦片算得出检查点，早先的每一份检查点都是它的开头。"""
    note = (folder / "log" / "checkpoint.txt").read_text(encoding="utf-8")
    head = verify.Head(note, trust)
    tree = Tree(leaves_of(folder, head.size))
    need(tree.root(head.size) == head.root, "由瓦片算不出检查点的树根")
    text = (folder / "log" / "checkpoints.jsonl").read_text(encoding="utf-8")
    notes = [json.loads(line)["note"] for line in text.splitlines()]
    step = max(1, len(notes) // SIGNED)
    for number, one in enumerate(notes):
        parts = one.split("\n")
        size, root = int(parts[1]), verify.decoded(parts[2], 32)
        need(size <= head.size and tree.root(size) == root, f"历史被改写：第 {size} 条处")
        if not number % step:
            verify.Head(one, trust)
    print(f"日志：{head.size} 条，{len(notes)} 份检查点前后衔接")
    return head


def bundles_fit(folder: Path, verify: Any, head: Any) -> None:
    """每个单位的凭证都在日志里，逐日的条数对得上。"""
    count = 0
    for path in sorted((folder / "proofs").glob("*.json")):
        text = path.read_text(encoding="utf-8")
        bundle = json.loads(text, object_pairs_hook=verify.once)
        # 同一份检查点：它的签名已经核验过，不必每个单位再核一遍。
        fits = bundle["format"] == "zhuanma/bundle@v1" and bundle["unit"] == path.stem
        need(fits and bundle["checkpoint"] == head.note, "不是这份检查点的凭证：" + path.name)
        try:
            with redirect_stdout(StringIO()):
                verify.check(head, bundle, [])
        except verify.Stop as stop:
            if stop.args[0] != 5:  # 5：声明过恢复或时钟出错，仍相符
                raise NotSound("{}：{} {}".format(path.name, *stop.args[:2])) from None
        count += 1
    print(f"凭证：{count} 个单位，都在日志里，逐日条数对得上")


def snapshots_fit(folder: Path) -> None:
    """每一份快照都是上报时的原样。"""
    index = json.loads((folder / "snapshots" / "index.json").read_text(encoding="utf-8"))
    for one in index:
        content = (folder / "snapshots" / f"{one['number']}.txt").read_bytes()
        fits = hashlib.sha256(content).hexdigest() == one["sha256"]
        need(fits, f"快照 {one['number']} 不是上报时的数字")
    print(f"快照：{len(index)} 份，都是原样")


def check(folder: Path, key: str) -> None:
    told = files_fit(folder)
    snapshots_fit(folder)
    verify = verifier(folder)
    own = (folder / "keys" / "log.pub").read_text(encoding="utf-8")
    trust = verify.Trust(Path(key).read_text(encoding="utf-8") if key else own)
    try:
        head = log_fits(folder, verify, trust)
        bundles_fit(folder, verify, head)
    except verify.Stop as stop:
        raise NotSound("{} {}".format(*stop.args[:2])) from None
    print("活动 {}，{} 做的存档：相符".format(told["campaign"], told["made_at"]))


def main() -> int:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("archive")
    parser.add_argument("--key", default="")
    args = parser.parse_args()
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr] # ASCII 的窗口也要能用
    sys.dont_write_bytecode = True
    try:
        with tempfile.TemporaryDirectory() as unpacked:
            folder = Path(args.archive)
            if folder.is_file():
                with zipfile.ZipFile(folder) as packed:
                    packed.extractall(unpacked)
                (folder,) = Path(unpacked).iterdir()
            check(folder, args.key)
    except NotSound as wrong:
        print(f"不符：{wrong}")
        return 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError,
            zipfile.BadZipFile) as error:
        print(f"读不了：{type(error).__name__} {error}")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
