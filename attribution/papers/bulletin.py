"""
The bulletin of a snapshot (工作专报, 通报): what stands in it, before it is any kind of file.

By default it is a 工作专报, a report that demands nothing of anybody: a coordinating body may send
no directive papers to lower party committees or governments, so a 通报 is the county government
office's (为基层减负若干规定, 2025), and neither may have more than `MOST` characters.
"""
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from attribution.faults import Code
from attribution.papers import bulletin_sentences as sentences
from attribution.papers.bound import Own, OwnKind, Part, Sentence, check, text_of
from attribution.papers.cells import TOTAL, Cell, SnapshotCells, day_text
from attribution.papers.how_named import Telling
from attribution.papers.typed_figures import bind
from attribution.reports.figures import Figures
from attribution.reports.lines import Line
from qrgen.faults import Fault
from qrgen.texts import clean

# Characters of a paper on one task (为基层减负若干规定 of 2025).
MOST = 4000

REPORT, BULLETIN = "report", "bulletin"
KINDS = {REPORT: "工作专报", BULLETIN: "通报"}

# Bodies that coordinate and may direct nobody below.
_COORDINATING = re.compile("领导小组|指挥部|专班|委员会办公室|工作组|联席会议|协调")
# What asks something of somebody.
_DEMAND = re.compile(
    "务必|限期|责令|必须|请各|要求各|督促各|各(?:乡镇|社区|单位|银行|部门|地|网点)[^，。；]{0,8}[要须应]"
)
_HEADING_2 = re.compile(r"（[一二三四五六七八九十]+）[^。；]{1,40}")


class Style(Enum):
    """How a paragraph is set."""

    TITLE = "title"
    TO = "to"
    BODY = "body"
    HEADING = "heading"
    HEADING_2 = "heading_2"
    ATTACHED = "attached"
    ATTACHED_ON = "attached_on"
    SIGNED = "signed"
    DATE = "date"


# What counts against `MOST`.
COUNTED = frozenset(Style) - {Style.SIGNED, Style.DATE}


@dataclass(frozen=True)
class Draft:
    """
    What the office draft.

    Args:
        issue: The number of the 工作专报, digits; may be empty.
        number: The 文号 of a 通报, ``兴府办字〔2022〕81号``; may be empty, where paper has one.
        to, copy: 主送 and 抄送.
        problems, steps: A paragraph a line.
    """

    kind: str
    issuer: str
    day: date
    issue: str = ""
    number: str = ""
    to: str = ""
    copy: str = ""
    problems: str = ""
    steps: str = ""


@dataclass(frozen=True)
class Paragraph:
    style: Style
    parts: Sentence


@dataclass(frozen=True)
class Attached:
    """An attached table: its *title*, *headings*, *rows*, and what stands below."""

    title: Sentence
    headings: tuple[str, ...]
    rows: tuple[tuple[Sentence, ...], ...]
    note: Sentence

    @property
    def sentences(self) -> list[Sentence]:
        cells = (cell for row in self.rows for cell in row)
        return [self.title, self.headings, *cells, self.note]


@dataclass(frozen=True)
class Paper:
    """
    A whole paper.

    Args:
        head: What stands above all, and *number* below it: 文号, or issue, issuer and date.
        copy: 抄送; *printed* who printed it, and when.
    """

    kind: str
    cells: SnapshotCells
    head: Sentence
    number: tuple[Sentence, ...]
    paragraphs: tuple[Paragraph, ...]
    attached: tuple[Attached, ...]
    copy: Sentence
    printed: tuple[Sentence, Sentence]
    day: date
    internal: bool

    def text(self, parts: Iterable[Part]) -> str:
        return text_of(parts, self.cells)

    @property
    def title(self) -> str:
        return "".join(
            self.text(one.parts) for one in self.paragraphs if one.style is Style.TITLE
        )

    @property
    def joint(self) -> int:
        """Where a title that is too long for one line is cut: before its last words."""
        last = next(one.parts[-1] for one in self.paragraphs if one.style is Style.TITLE)
        return len(self.title) - len(self.text((last,)))

    @property
    def issuer(self) -> str:
        return self.text(self.printed[0])

    @property
    def day_text(self) -> str:
        return day_text(self.day)

    @property
    def sentences(self) -> list[Sentence]:
        """Everything that it says, tables with it."""
        return [
            self.head, *self.number, *(one.parts for one in self.paragraphs),
            *(some for table in self.attached for some in table.sentences),
            self.copy, *self.printed,
        ]

    @property
    def count(self) -> int:
        """
        Its characters as the rule counts: with their signs and without blanks, from the title to
        the list of what is attached. Head, signature, foot and tables are not counted.
        """
        return sum(
            characters(self.text(one.parts)) for one in self.paragraphs if one.style in COUNTED
        )


def characters(text: str) -> int:
    """Return how many characters *text* has, blanks not counted."""
    return len(re.sub(r"\s", "", text))


def make(number: int, figures: Figures, draft: Draft, telling: Telling) -> Paper:
    """
    Return the paper on the snapshot *number*.

    Raises:
        Fault: a figure is bound to nothing, the issuer may not send such a paper, a report
            demands something, or it is too long.
    """
    cells = SnapshotCells(figures)
    draft = _read(draft)
    attached = tuple(
        _table(cells, name, number, telling) for name in sentences.LINES
        if telling.naming and any(not line.rest for line in cells.tables[name].lines)
    )
    day = Own(day_text(draft.day), OwnKind.DATE)
    issuer = bind(draft.issuer, cells)
    paper = Paper(
        draft.kind, cells,
        (*issuer, "文件") if draft.kind == BULLETIN else (KINDS[REPORT],),
        _number(draft, issuer, day),
        tuple(_paragraphs(cells, draft, attached, telling)),
        attached, bind(draft.copy, cells),
        (issuer, (day, "印发")),
        day=draft.day, internal=telling.naming,
    )
    check(paper.sentences, cells)
    if paper.count > MOST:
        raise Fault(Code.BULLETIN_LONG, count=paper.count, most=MOST)
    return paper


def _read(draft: Draft) -> Draft:
    """Return the *draft* in one kind of blank, or refuse it."""
    if draft.kind not in KINDS:
        raise Fault(Code.BULLETIN_KIND, status=2)
    issuer = clean(draft.issuer)
    if not issuer:
        raise Fault(Code.BULLETIN_NO_ISSUER, status=2)
    if draft.kind == BULLETIN and _COORDINATING.search(issuer):
        raise Fault(Code.BULLETIN_ISSUER, issuer=issuer)
    if draft.kind == REPORT and (found := _DEMAND.search(draft.problems + "\n" + draft.steps)):
        raise Fault(Code.BULLETIN_DEMANDS, words=found[0])
    issue = clean(draft.issue)
    if issue and not re.fullmatch(r"[1-9]\d{0,3}", issue, re.ASCII):
        raise Fault(Code.BULLETIN_ISSUE, status=2)
    number = clean(draft.number).translate(str.maketrans("[]［］()（）", "〔〕〔〕〔〕〔〕"))
    if number and not re.fullmatch(r"\D+〔(?:19|20)\d\d〕[1-9]\d{0,3}号", number, re.ASCII):
        raise Fault(Code.BULLETIN_NUMBER, status=2)
    return Draft(
        draft.kind, issuer, draft.day, issue, number, clean(draft.to).rstrip(":："),
        clean(draft.copy).rstrip("。"), draft.problems, draft.steps,
    )


def _number(draft: Draft, issuer: Sentence, day: Own) -> tuple[Sentence, ...]:
    if draft.kind == BULLETIN:
        begins = draft.number.find("〔")
        return ((draft.number[:begins], Own(draft.number[begins:], OwnKind.NUMBER)),) \
            if draft.number else ()
    issue: Sentence = (Own(f"第{draft.issue}期", OwnKind.LAW),) if draft.issue else ()
    return (issue, issuer, (day,))


def _paragraphs(
    cells: SnapshotCells, draft: Draft, attached: tuple[Attached, ...], telling: Telling
) -> Iterable[Paragraph]:
    name = Cell("campaign", "", "short_title")
    if draft.kind == BULLETIN:
        yield Paragraph(Style.TITLE, ("关于", name, "进展情况的通报"))
    else:
        yield Paragraph(Style.TITLE, (name, "进展情况"))
    if draft.to:
        yield Paragraph(Style.TO, (*bind(draft.to, cells), "："))
    yield Paragraph(Style.BODY, _basis(cells, draft.kind))
    number = iter("一二三四五六七")
    yield Paragraph(Style.HEADING, (f"{next(number)}、总体情况",))
    yield from (Paragraph(Style.BODY, one) for one in sentences.overall(cells))
    for table, (word, _) in sentences.LINES.items():
        told = sentences.standing(
            cells, table, naming=telling.naming, ranking=telling.ranks
        )
        if told := [one for one in told if one]:
            yield Paragraph(Style.HEADING, (f"{next(number)}、各{word}完成情况",))
            yield from (Paragraph(Style.BODY, one) for one in told)
    for heading, text in (("存在的问题", draft.problems), ("下一步工作", draft.steps)):
        lines = [line for line in map(clean, text.splitlines()) if line]
        if lines:
            yield Paragraph(Style.HEADING, (f"{next(number)}、{heading}",))
        for line in lines:
            style = Style.HEADING_2 if _HEADING_2.fullmatch(line) else Style.BODY
            yield Paragraph(style, bind(line, cells))
    for n, one in enumerate(attached, 1):
        item: Sentence = () if len(attached) == 1 else (Own(f"{n}.", OwnKind.ITEM),)
        style = Style.ATTACHED_ON if n > 1 else Style.ATTACHED
        yield Paragraph(style, (*(() if n > 1 else ("附件：",)), *item, *one.title))
    yield Paragraph(Style.SIGNED, bind(draft.issuer, cells))
    yield Paragraph(Style.DATE, (Own(day_text(draft.day), OwnKind.DATE),))


def _basis(cells: SnapshotCells, kind: str) -> Sentence:
    title, document = Cell("campaign", "", "title"), Cell("campaign", "", "document")
    rests: Sentence = ("按照《", title, "》")
    if cells[document].text:
        rests = (*rests, "（", document, "）")
    end = "通报如下。" if kind == BULLETIN else "报告如下。"
    return (*rests, "要求，现将", Cell("campaign", "", "short_title"), f"进展情况{end}")


def _table(cells: SnapshotCells, name: str, number: int, telling: Telling) -> Attached:
    word, _ = sentences.LINES[name]
    headings = ["序号", "单位", "任务数", "完成数", "完成率", "位次", "备注"]
    columns = ["target", "effective", "rate", "rank"]
    if not telling.ranks:
        headings.remove("位次")
        columns.remove("rank")
    table = cells.tables[name]
    rows = [_row(cells, name, TOTAL, table.total, "", columns)]
    n = 0
    for line in table.lines:
        n += not line.rest
        rows.append(_row(
            cells, name, "rest" if line.rest else line.key, line, "" if line.rest else str(n),
            columns,
        ))
    return Attached(
        (f"各{word}完成情况表",), tuple(headings), tuple(rows),
        ("注：数据截至", Cell("days", "", "at"), "，取自账本快照",
         Own(f"第{number}号", OwnKind.LAW), "；“—”为没有下达任务数。"),
    )


def _row(
    cells: SnapshotCells, table: str, key: str, line: Line, n: str, columns: Iterable[str]
) -> tuple[Sentence, ...]:
    name: Sentence = ("合计",) if key == TOTAL else (Cell(table, key, "name"),)
    found: list[Sentence] = [(Own(n, OwnKind.ROW),) if n else (), name]
    for column in columns:
        cell = Cell(table, key, column)
        found.append((cell,) if cell in cells else ("—",))
    note = Cell(table, key, "note")
    found.append((note,) if note in cells else ())
    return tuple(found)

