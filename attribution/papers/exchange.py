"""
Information exchange (信息交换): what each area, bank and department is given, as one ZIP each.

Its figures are those of the snapshot and the same bytes each time; what it has to work off, and
its people by the last four digits, are of the moment, and the list in the pack says of each file
which. No pack has anything that the unit's own account may not see, and none a whole number.
"""
import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from attribution.deeds import Actor
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.office import accounts
from attribution.office.accounts import SCOPED, Account
from attribution.papers import covering, own_rows, unit_workbook, zips
from attribution.papers.assessment import basis
from attribution.papers.own_rows import DIFFERENCES, POSTERS, ToWorkOff
from attribution.papers.unit_measures import Measured
from attribution.papers.zips import PackedFile
from attribution.proof import bundle, given_out, heads, log_keys, publishing
from attribution.proof.bundle import SignedHead
from attribution.proof.given_out import Whole
from attribution.reports import snapshots
from attribution.reports.figures import Figures
from attribution.reports.snapshots import Snapshot
from attribution.rule.instants import Instant, day_of, local_text, to_datetime
from attribution.service import Service
from attribution.store import registry
from qrgen.faults import Fault
from qrgen.files import whole_file

# What it is called among the files of a snapshot.
KIND = "exchange"
KINDS = ("area", "bank", "department")

_CHECK = """核验存证

“存证”里每个码一份 .json：它的每次扫码、每条登记和归属（不含是谁），和这些行都在公开日志里的证明。

怎么核验：在任何一台装了 Python 3.8 以上的电脑上，
  python3 verify.py 存证文件.json --key 密钥.txt
密钥.txt 里放县专班当面交的纸质密钥单上的那一行。这份材料里故意不带密钥：
和材料一起来的密钥，什么也证明不了。
留着每次的文件：下次加上 --since 旧文件.json，能看出历史有没有被改写。
结论是 0 就是全部相符；别的数字，把文件保存好，告诉审计。
"""


@dataclass(frozen=True)
class UnitPack:
    """The pack of the unit *unit*: its *name*, its *content*, how many people's rows are in it."""

    unit: str
    name: str
    content: bytes
    people: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def file(self, number: int) -> Whole:
        """Return it as what is given out of the snapshot *number*."""
        chosen = {"unit": self.unit, "snapshot": str(number)}
        return Whole(self.name, self.content, self.people, chosen, "信息交换")


def units_of(figures: Figures, wanted: Collection[str] | None = None) -> list[str]:
    """
    Return the units that have a pack, in the order of Attachment 1.

    Raises:
        Fault: one of those *wanted* (None: all) has none.
    """
    found = [
        unit.id for kind in KINDS for unit in figures.then.of_kind(kind) if unit.active
    ]
    for id in wanted or ():
        if id not in found:
            raise Fault(Code.UNIT_UNKNOWN, status=2, unit=id)
    return [id for id in found if wanted is None or id in wanted]


def make(
    service: Service, figures: Figures, number: int, now: Instant, wanted: Sequence[str]
) -> Iterator[UnitPack]:
    """
    Yield the packs of the units *wanted*, of the snapshot *number* with its *figures*.

    Reads alone, one pack at a time; sealed before, so that the proofs hold what is in them.
    """
    with service.store.read() as connection:
        units = registry.read(connection, service.campaign.id)
    to_do = own_rows.read(service.ledger, now)
    head = _head(service, now)
    program = verifier()
    proofs: dict[str, bytes] = {}
    lines = unit_workbook.of_units(figures, KINDS)
    for id in wanted:
        if id not in lines or id not in units.units:
            continue
        role = next(role for role, kinds in SCOPED.items() if units.units[id].kind in kinds)
        only = accounts.visible(Account("", role, 0, frozenset({id})), units) or frozenset()
        whose = _Whose(figures, number, now, lines[id], only)
        yield _pack(service, whose, to_do, head, program, proofs)


def write(
    service: Service, snapshot: Snapshot, folder: Path, actor: Actor, now: Instant,
    wanted: Collection[str] | None = None,
) -> Iterator[tuple[Path, UnitPack]]:
    """
    Write the packs of the units *wanted* (None: all) into *folder*, each entered as given out.

    Raises:
        Fault: one of them has no pack, or the folder cannot be written to.
    """
    figures, number = snapshot.figures, snapshot.number
    units = units_of(figures, wanted)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for pack in make(service, figures, number, now, units):
        path = folder / pack.name
        with whole_file(path, mode=0o600) as part:
            part.write_bytes(pack.content)
        register(service.ledger, snapshot, pack, actor, now)
        given_out.give_whole(service.ledger, actor, now, pack.file(number))
        yield path, pack


def register(
    ledger: Ledger, snapshot: Snapshot, pack: UnitPack, actor: Actor, now: Instant
) -> None:
    """Keep that *pack* was made of *snapshot*."""
    snapshots.add_file(ledger, now, actor, snapshot.number, KIND, pack.name, pack.sha256)


@dataclass(frozen=True)
class _Whose:
    """Whose pack it is: the unit's line, the codes that its account sees, and of when."""

    figures: Figures
    number: int
    now: Instant
    one: Measured
    only: frozenset[str]

    @property
    def id(self) -> str:
        return self.one.line.key

    @property
    def name(self) -> str:
        """What the file is called."""
        return f"exchange-{self.id}-{self.number:04}-{_stamp(self.now)}.zip"


def _pack(
    service: Service, whose: _Whose, to_do: ToWorkOff, head: SignedHead | None,
    program: bytes, proofs: dict[str, bytes],
) -> UnitPack:
    figures, number, only = whose.figures, whose.number, whose.only
    differences, posters = to_do.of(only)
    of_snapshot = f"快照第{number}号的数；同一个快照，每次做出来一模一样"
    moment = f"{local_text(whose.now)[:16]} 的情况，不属于快照"
    mark = f"{whose.one.line.name}　{local_text(whose.now)[:16]}"
    rows, people = own_rows.people(service.ledger, only, mark)
    parts = [
        PackedFile("02 本单位数据.xlsx",
             unit_workbook.workbook(figures, number, whose.one, only), of_snapshot),
        PackedFile("03 待办差异.xlsx", own_rows.table(DIFFERENCES, differences, mark),
             f"{len(differences):,} 条；{moment}"),
        PackedFile("04 海报待办.xlsx", own_rows.table(POSTERS, posters, mark),
             f"{len(posters):,} 条；{moment}"),
        PackedFile("05 人员进度（手机尾号）.xlsx", rows, f"{people:,} 人，只有尾号；{moment}"),
    ]
    if head is not None:
        for code in sorted(only):
            if code not in proofs:
                proofs[code] = bundle.bundle(service.ledger, code, head)[0]
            parts.append(PackedFile(f"06 存证/{code}.json", proofs[code],
                              f"日志前 {head.checkpoint.size:,} 行的证明；{moment}"))
        parts.append(PackedFile("06 存证/怎么核验.txt", _text(_CHECK), "说明"))
        parts.append(PackedFile("06 存证/verify.py", program, "核验程序，不靠县里的服务器"))
    note = covering.letter(
        f"{figures.about.short_title}工作情况交换", whose.one.line.name,
        _paragraphs(whose, len(differences), len(posters), people, head is not None),
        [f"{figures.about.short_title}工作专班", _day_text(whose.now)], whose.now,
    )
    parts.insert(0, PackedFile("01 说明.docx", note, f"快照第{number}号的数，和 {moment}"))
    listed = zips.listed(parts, [
        f"{whose.one.line.name}：信息交换材料", basis(figures, number),
        f"{local_text(whose.now)[:16]} 做成", "核对一个文件：certutil -hashfile 文件名 SHA256"
        "（Windows），sha256sum 文件名（Linux）",
    ])
    return UnitPack(whose.id, whose.name, zips.packed([*parts, listed]), people)


def _paragraphs(
    whose: _Whose, differences: int, posters: int, people: int, proved: bool
) -> Iterator[str]:
    one, figures = whose.one, whose.figures
    if figures.about.demo:
        yield "【演示】这是演示数据，不是真的。"
    yield (
        f"现将截至 {figures.last_day} 的工作情况（快照第{whose.number}号，"
        f"{local_text(figures.at)[:16]} 取）送给你们核对。不要求回复，不打分，不排名。"
    )
    told = f"一、数据。有效新用户 {one.done:,} 人"
    if one.line.target:
        told += (
            f"，指导任务数 {one.line.target:,}，完成率 {one.line.rate}%；"
            f"时序进度 {figures.share}%，按时序应到 {figures.pace.expected(one.line.target):,}"
        )
    yield f"{told}。本时段新增 {one.line.fresh:,} 人，上时段 {one.before:,} 人。"
    yield (
        f"二、待办。需要核对的差异 {differences:,} 条，海报要处理的 {posters:,} 处，见所附表格。"
    )
    yield (
        f"三、人员。本单位登记过的 {people:,} 人，只列手机后四位，供核对各人走到哪一步。"
        "请只在本单位用，不转发、不发群，核对完删除。"
    )
    if proved:
        yield "四、存证。“存证”里的文件可以自己核验，不靠县里的服务器；密钥以纸质密钥单为准。"


def _head(service: Service, now: Instant) -> SignedHead | None:
    """Return the published head with all that is in the ledger; None where there is no log."""
    if log_keys.read(service.settings.instance) is None:
        return None
    heads.seal_now(service.ledger, service.settings, now)
    found = publishing.keep_up(service.ledger, service.settings, now, on_demand=True)
    return SignedHead(found.checkpoint, found.note) if found else None


def verifier() -> bytes:
    """Return ``verify.py``: a checkout's own, or the copy that a wheel has."""
    beside = Path(__file__).parents[2] / "scripts" / "verify.py"
    if beside.is_file():
        return beside.read_bytes()
    return resources.files("attribution.proof").joinpath("verify.txt").read_bytes()


def _text(text: str) -> bytes:
    return ("\ufeff" + text.replace("\n", "\r\n")).encode()


def _stamp(now: Instant) -> str:
    return f"{day_of(now)}-{local_text(now)[11:16].replace(':', '')}"


def _day_text(now: Instant) -> str:
    moment = to_datetime(now)
    return f"{moment.year}年{moment.month}月{moment.day}日"
