"""
From a draft to a campaign's units: ids, banks, sums; and everything that does not fit.

The same code judges what was read and what somebody corrected: a page hands the rows back and
gets the remarks for what stands there now.
"""
import contextlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from qrgen.setup import banks, ids
from qrgen.setup.amounts import MOST, NoAmount, amount_of
from qrgen.setup.damage import damage_of
from qrgen.setup.draft import Department, Draft, Remark, Row
from qrgen.setup.fault_codes import Code
from qrgen.setup.near import near_names
from qrgen.setup.repeating import shown
from qrgen.setup.understood import Area, Line, Understood, units_of
from qrgen.texts import squeeze

__all__ = ["BANK", "TOTAL", "Area", "Line", "Understood", "understand"]

# Answers to a question about a bank stand under this and the word in the table.
BANK = "bank:"
# Between words that are asked of together; as an answer they stay apart.
SEVERAL = "|"
# The answer under this takes what the lines add up to in the place of a stated total.
TOTAL = "total"


def understand(draft: Draft, answers: Mapping[str, str] | None = None) -> Understood:
    """
    Return what *draft* comes to.

    Args:
        answers: By the `Remark.key` of questions: the bank that a word means (``bank:农行`` ->
            ``农业银行``; the word itself keeps it apart), ``total`` -> ``lines``.
    """
    return _Understanding(draft, answers or {}).result()


class _Understanding:
    def __init__(self, draft: Draft, answers: Mapping[str, str]) -> None:
        self._draft = draft
        self._answers = dict(answers)
        for key, told in answers.items():
            if key.startswith(BANK) and SEVERAL in key:
                for word in key.removeprefix(BANK).split(SEVERAL):
                    self._answers[BANK + word] = word if SEVERAL in told else told
        self._remarks: list[Remark] = []
        self._ids = ids.Ids(
            draft.used | {row.area_id for row in draft.rows} | {row.line_id for row in draft.rows}
            | {one.id for one in draft.departments} | set(draft.bank_ids.values())
        )
        self._banks: dict[str, str] = {}
        self._words: dict[str, set[str]] = defaultdict(set)  # bank -> words in the table

    def result(self) -> Understood:
        draft = self._draft
        groups: dict[tuple[str, str], list[tuple[int, Row]]] = {}
        rows = list(draft.rows)
        for at, row in enumerate(rows):
            if row.taken and not (row.area or row.branch or row.area_target or row.target):
                rows[at] = replace(row, taken=False)
                continue
            if row.taken:
                groups.setdefault((squeeze(row.parent), squeeze(row.area)), []).append((at, row))
        called = Counter(squeeze(area) for _, area in groups)
        taken: set[str] = set()
        areas = []
        for (parent, area), members in groups.items():
            name = members[0][1].area
            if called[area] > 1 and parent:
                name = members[0][1].parent + name
            areas.append(self._area(name, members, rows, taken))
        self._ask_banks()
        departments = self._departments()
        self._totals(areas, [parent + area for parent, area in groups])
        self._remarks += [
            Remark("note", Code.NEAR_NAMES, one=one, other=other)
            for one, other in near_names([area.name for area in areas])
        ]
        bank_ids = {
            name: draft.bank_ids.get(name) or self._ids.next("B") for name in self._banks
        }
        made = replace(
            draft, rows=tuple(rows), departments=departments, used=self._ids.used,
            bank_ids={**draft.bank_ids, **bank_ids},
        )
        remarks = sorted(
            (*draft.remarks, *self._remarks), key=lambda one: (one.sheet, one.row)
        )
        units = units_of(areas, bank_ids, departments, self._words)
        return Understood(made, tuple(areas), bank_ids, departments, tuple(remarks), units)

    def _area(
        self, name: str, members: list[tuple[int, Row]], rows: list[Row], taken: set[str]
    ) -> Area:
        first = members[0][1]
        if not name:
            self._problem(Code.NO_AREA, first, "area")
        elif damage := damage_of(name):
            self._problem(Code.NAME_DAMAGED, first, "area", text=shown(name), damage=damage)
        given = next((row.area_id for _, row in members if row.area_id), "")
        area_id = self._id("A", given, taken, first)
        targets = []
        for _, row in members:
            number = self._number(row, "area_target")
            if number is not None and number not in targets:
                targets.append(number)
        told: list[tuple[int, Row, int | None]] = []
        seen: set[str] = set()
        for at, row in members:
            rows[at] = replace(row, area_id=area_id)
            if not row.branch and not row.bank:
                continue
            key = squeeze(row.branch or row.bank)
            if key in seen:
                self._problem(Code.BRANCH_TWICE, row, "branch", branch=shown(row.branch))
            seen.add(key)
            told.append((at, row, self._number(row, "target")))
        alone = len(told) == 1 and len(targets) == 1
        # An area without a number, or with one that is none, is told itself and once.
        asked = bool(targets) or any(row.target for _, row in members)
        lines = []
        for at, row, number in told:
            if number is None and alone and not row.target:
                number = targets[0]
            if number is None and not row.target and asked:
                self._problem(Code.AMOUNT_MISSING, row, "target", branch=shown(row.branch))
            line_id = self._id("N", row.line_id, taken, row)
            rows[at] = replace(rows[at], line_id=line_id)
            lines.append(Line(line_id, row.branch or row.bank, self._bank(row), number or 0))
        sums = sum(line.target for line in lines)
        if len(targets) > 1:
            self._problem(
                Code.AREA_TWO_TARGETS, first, "area_target", area=shown(name), numbers=targets
            )
        target = targets[0] if targets else sums
        if lines and targets and sums != target and all(line.target for line in lines):
            self._problem(
                Code.AREA_SUM, first, "area_target", area=shown(name), lines=sums, target=target
            )
        if not target and not any(row.area_target or row.target for _, row in members):
            self._problem(Code.AMOUNT_MISSING, first, "area_target", branch=shown(name))
        return Area(area_id, name, target, first.parent, tuple(lines))

    def _id(self, letter: str, given: str, taken: set[str], row: Row) -> str:
        found = squeeze(given).upper()
        if found and (found in taken or not ids.is_id(found, letter)):
            self._problem(Code.ID_TAKEN, row, id=shown(found), letter=letter)
            found = ""
        found = found or self._ids.next(letter)
        taken.add(found)
        return found

    def _number(self, row: Row, at: str) -> int | None:
        text: str = getattr(row, at)
        try:
            number = amount_of(text)
        except NoAmount:
            damage = damage_of(text)
            if damage is not None and not squeeze(text).isdecimal():
                self._problem(Code.NAME_DAMAGED, row, at, text=shown(text), damage=damage)
            else:
                self._problem(Code.NO_AMOUNT, row, at, text=shown(text))
            return None
        if number == 0:
            self._problem(Code.AMOUNT_ZERO, row, at)
            return None
        if number is not None and number > MOST:
            self._problem(Code.AMOUNT_LARGE, row, at, number=number)
            return None
        return number

    def _bank(self, row: Row) -> str:
        text = row.branch or row.bank
        if damage := damage_of(text):
            self._problem(Code.NAME_DAMAGED, row, "branch", text=shown(text), damage=damage)
        found = banks.bank_in(row.bank) if row.bank else banks.bank_in(row.branch)
        if found is None:
            if not row.bank:
                if not damage_of(text):
                    self._problem(Code.BANK_UNKNOWN, row, "branch", branch=shown(row.branch))
                return ""
            found = (row.bank, row.bank)
        name, word = found
        name = self._answers.get(f"{BANK}{word}") or self._answers.get(f"{BANK}{name}") or name
        if any(name == out or banks.bank_in(out) == (name, out) for out in self._draft.excluded):
            self._problem(Code.BANK_EXCLUDED, row, bank=shown(name))
        self._banks.setdefault(name, "")
        self._words[name].add(word)
        return name

    def _ask_banks(self) -> None:
        for name in list(self._banks):
            # Called by several names, it is asked of all of them at once.
            several = name in banks.OFTEN_CALLED and len(self._words[name]) > 1
            words = [
                word for word in sorted(self._words[name] - {name})
                if (several or word in banks.UNSURE) and f"{BANK}{word}" not in self._answers
            ]
            if words and name in banks.KNOWN:
                self._remarks.append(Remark(
                    "question", Code.ONE_BANK, "", 0, None, BANK + SEVERAL.join(words),
                    (name, SEVERAL.join(words)), words=words, bank=name,
                ))
        for one, other in banks.alike(self._banks):
            if f"{BANK}{one}" not in self._answers:
                self._remarks.append(Remark(
                    "question", Code.ONE_BANK, "", 0, None, f"{BANK}{one}", (one, other),
                    words=[one], bank=other,
                ))

    def _departments(self) -> tuple[Department, ...]:
        made: list[Department] = []
        seen: set[str] = set()
        taken: set[str] = set()
        for one in self._draft.departments:
            where = Row(sheet=one.sheet, row=one.row)
            if not one.name:
                continue
            if damage := damage_of(one.name):
                self._problem(Code.NAME_DAMAGED, where, text=shown(one.name), damage=damage)
            if squeeze(one.name) in seen:
                self._problem(Code.DEPARTMENT_TWICE, where, name=shown(one.name))
                continue
            seen.add(squeeze(one.name))
            made.append(replace(one, id=self._id("D", one.id, taken, where)))
        return tuple(made)

    def _totals(self, areas: list[Area], called: list[str]) -> None:
        by_name = {name: area.target for name, area in zip(called, areas, strict=True)}
        for part in self._draft.parts:
            found = sum(by_name.get(squeeze(name), 0) for name in part.areas)
            if found != part.number and not self._answers.get(TOTAL):
                self._problem(
                    Code.PART_DIFFERS, Row(sheet=part.sheet, row=part.row),
                    name=shown(part.name), stated=part.number, found=found,
                )
        stated, found = self._draft.stated_total, sum(area.target for area in areas)
        if stated is None or not areas or stated == found or self._answers.get(TOTAL):
            return
        hidden = sum(_worth(row) for row in self._draft.rows if not row.taken)
        if found + hidden == stated:
            self._remarks.append(Remark(
                "problem", Code.HIDDEN_COUNTED, "", 0, None, TOTAL, ("lines",),
                stated=stated, found=found, hidden=hidden,
            ))
        else:
            self._remarks.append(Remark(
                "problem", Code.TOTAL_DIFFERS, "", 0, None, TOTAL, ("lines",),
                stated=stated, found=found,
            ))

    def _problem(self, code: Code, row: Row, at: str = "", /, **data: object) -> None:
        column = row.columns.get(at)
        self._remarks.append(Remark("problem", code, row.sheet, row.row, column, **data))


def _worth(row: Row) -> int:
    for text in (row.area_target, row.target):
        with contextlib.suppress(NoAmount):
            if number := amount_of(text):
                return number
    return 0
