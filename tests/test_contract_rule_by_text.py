# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
Rule 2 once more, as somebody would check it who has the page with its text and nothing else.

`judged` below was written from that page, sentence by sentence, and apart from both `book.py` and
the code: each value is a word and the first and last moment it may mean. Thousands of persons by
chance, whole days among their facts, must stand where it says: by the pure rule, by `book.py`, in
the ledger through files on either store, under each policy, after corrections by two people, and
by `attribution whatif`.
"""
import csv
import io
import os
import random
import shutil
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

import book
import pytest
from console import add_everyone, signed_in
from factories import make_phone
from feeding import import_feed
from stores import KINDS, new_service
from test_api import Partner

from attribution import cli, judging
from attribution.deeds import Actor
from attribution.facts import intake
from attribution.ledger import Ledger
from attribution.office import corrections
from attribution.proof import checks
from attribution.rule import credit, instants, stated
from attribution.rule import terms as rules
from attribution.rule.people import identify
from attribution.store import log, staff, standings
from qrgen.shell import Fault

PEOPLE = int(os.environ.get("ZHUANMA_TEST_PEOPLE", "150"))
POLICIES = ("last_claim", "first_claim", "registration_only")
SHANGHAI = timezone(timedelta(hours=8))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
UNITS = ("N07", "N08", "A01", "D01", "B01")


# --- the text ------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """A value of a cell: its *text*, and what it means: nothing, void, a day or an instant."""

    text: str = ""
    kind: str = "nothing"
    first: datetime | None = None
    last: datetime | None = None

    @property
    def day(self):
        assert self.first is not None
        return self.first.astimezone(SHANGHAI).date()

    @property
    def states(self):
        return self.kind == "void" or (self.kind != "nothing" and self.day.year >= 2010)


def instant(at):
    return Said(at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"), "instant", at, at)


def whole_day(at):
    start = at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    end = start + DAY - timedelta(microseconds=1)
    return Said(start.strftime("%Y-%m-%d"), "day", start, end)


@dataclass(frozen=True)
class Row:
    as_of: datetime | None
    as_of_text: str
    registered: Said
    bound: Said
    paid: Said


@dataclass(frozen=True)
class Claimed:
    unit: str
    at: datetime
    verified: bool = False
    held: bool = False
    withdrawn: bool = False


@dataclass
class Someone:
    claims: list[Claimed] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    corrected: list[tuple[str, str | None]] = field(default_factory=list)


@dataclass(frozen=True)
class Dates:
    start: datetime
    end: datetime
    mark: datetime
    settle: datetime


def stands(cells):
    """The one with the latest as_of; ties: void, the earlier day, an instant, the earlier."""
    best = min(cells, default=None, key=lambda cell: (
        -(cell[0].timestamp() if cell[0] else float("-inf")), cell[1].kind != "void",
        *(() if cell[1].kind == "void" else
          (cell[1].day, cell[1].kind == "day", cell[1].first)),
    ))
    return None if best is None or best[1].kind == "void" else best[1]


def known(rows):
    registered = stands([(r.as_of, r.registered) for r in rows if r.registered.states])

    def step(name):
        cells = [(r.as_of, getattr(r, name)) for r in rows if getattr(r, name).states]
        return stands([
            (as_of, said) for as_of, said in cells
            if said.kind == "void" or registered is None or said.day >= registered.day
        ])

    return registered, step("bound"), step("paid")


def judged(someone, dates, policy):
    """Return (unit, None), or (None, the one reason)."""
    registered, bound, paid = known(someone.rows)
    if registered is None:
        return None, "not_registered_yet"
    r1, r2 = registered.first, registered.last
    if r1 < dates.mark:
        return None, "registered_before"
    if r1 >= dates.end:
        return None, "registered_after"
    if not someone.claims:
        return None, "no_claim"

    def window(c):
        return DAY if policy == "registration_only" else 30 * DAY if c.verified else 7 * DAY

    def in_time(c):
        return dates.start <= c.at < dates.end and r1 - window(c) <= c.at <= r2 + 5 * MINUTE

    did = bound is not None and paid is not None
    in_steps = did and max(bound.first, paid.first) < dates.settle
    kind, to = someone.corrected[-1] if someone.corrected else ("", None)
    if kind == "reassign" and in_steps:
        return to, None
    numbered = list(enumerate(someone.claims))
    eligible = [(n, c) for n, c in numbered if in_time(c) and not c.withdrawn and not c.held]
    if not eligible:
        for reason, some in (
            ("held", any(in_time(c) and c.held and not c.withdrawn for _, c in numbered)),
            ("withdrawn", any(in_time(c) and c.withdrawn for _, c in numbered)),
            ("claim_expired", any(c.at < r1 - window(c) for _, c in numbered)),
            ("claim_after", any(c.at > r2 + 5 * MINUTE for _, c in numbered)),
        ):
            if some:
                return None, reason
        return None, "outside_campaign"
    if bound is None:
        return None, "not_bound_yet"
    if paid is None:
        return None, "no_transaction_yet"
    if not in_steps:
        return None, "settled_too_late"
    if kind == "reverse":
        return None, "reversed"
    sign = -1 if policy == "first_claim" else 1
    _, winner = max(
        eligible, key=lambda one: (one[1].verified, one[1].at <= r2,
                                   sign * one[1].at.timestamp(), one[0]),
    )
    return winner.unit, None


# --- people by chance ----------------------------------------------------------------


def dates_of(now):
    """A campaign that is over, so that each edge of it lies before the clock."""
    day = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return Dates(day - 40 * DAY, day - 12 * DAY + 9 * HOUR, day - 38 * DAY, day - 5 * DAY)


def someone_by_chance(chance, dates):
    """Somebody most of whose facts lie at an edge, and half of whom are given by the day."""
    edges = [
        dates.mark, dates.mark - DAY, dates.mark + 3 * DAY, dates.mark + 8 * DAY,
        dates.end - HOUR, dates.end, dates.end - DAY,
    ]
    near = [-7 * DAY, -30 * DAY, -DAY, -5 * MINUTE, -MINUTE, timedelta(0), MINUTE, 5 * MINUTE,
            6 * MINUTE, HOUR, 10 * HOUR, DAY, timedelta(seconds=1), timedelta(seconds=-1)]
    registered = chance.choice(edges) + chance.choice(near)
    made = Someone()
    for _ in range(chance.choice([0, 1, 1, 2, 2, 3, 4])):
        at = registered + chance.choice(near) + chance.choice([timedelta(0), timedelta(0), MINUTE])
        made.claims.append(Claimed(
            chance.choice(UNITS), at, chance.random() < 0.3, chance.random() < 0.15,
            chance.random() < 0.15,
        ))
    made.claims.sort(key=lambda c: c.at)
    if made.claims and chance.random() < 0.3:  # two claims of one moment
        made.claims.insert(0, replace(made.claims[0], unit=chance.choice(UNITS)))
        made.claims.sort(key=lambda c: c.at)

    def said(at):
        word = chance.random()
        if word < 0.12:
            return Said(chance.choice(["void", "已撤销", "已退款", "已注销"]), "void")
        if word < 0.2:
            text = chance.choice(["1970-01-01", "1900-01-01", "1970-01-01 08:00:00", "2009-12-31"])
            at = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
            return Said(text, "day" if ":" not in text else "instant", at, at)
        if word < 0.32:
            return Said()
        return whole_day(at) if word < 0.66 else instant(at)

    as_of = dates.settle + DAY
    for _ in range(chance.choice([0, 1, 1, 1, 2, 3, 4])):
        when = chance.choice([None, as_of, as_of, as_of + HOUR, as_of - DAY])
        text = "" if when is None else when.isoformat()
        if when is not None and chance.random() < 0.4:  # a business date stands for its 00:00
            when = when.astimezone(SHANGHAI).replace(hour=0)
            text = when.date().isoformat()
        later = [timedelta(0), MINUTE, DAY, 5 * DAY, -DAY, -2 * DAY, -HOUR]
        made.rows.append(Row(
            when, text, said(registered + chance.choice([timedelta(0), timedelta(0), HOUR, DAY])),
            said(chance.choice([registered, registered, dates.settle]) + chance.choice(later)),
            said(chance.choice([registered, registered, dates.settle]) + chance.choice(later)),
        ))
    return made


def people_by_chance(seed, dates, count):
    chance = random.Random(seed)
    return [someone_by_chance(chance, dates) for _ in range(count)]


# --- the ledger ----------------------------------------------------------------------


class County:
    """A ledger under *dates* and *policy*, and what befalls it."""

    def __init__(self, service, folder, dates, policy):
        self.service, self.folder, self.store = service, folder, service.store
        campaign = replace(
            service.campaign, start=dates.start, end=dates.end, mark_time=dates.mark,
            settle_end=dates.settle, policy=policy,
        )
        self.ledger = Ledger(service.store, campaign)
        self.now = instants.now()
        for name in ("ann", "ben"):
            self.store.write(lambda c, name=name: staff.add_account(c, name, "-", "office", 1))

    def digest(self, number):
        return identify(make_phone(number), self.service.settings.person_pepper)

    def claim_all(self, people):
        """Write all claims and what befell them, and judge whoever claimed."""
        campaign = self.ledger.campaign.id

        def write(connection):
            for number, someone in enumerate(people):
                who = self.digest(number)
                for claim in someone.claims:
                    id = self.store.next_id(self.now)
                    someone.ids.append(id)
                    log.add_claim(connection, log.ClaimRow(
                        id, campaign, who.digest, instants.from_datetime(claim.at), claim.unit, 1,
                        None, None, claim.verified, who.last4, "c", "n", "other", token=f"t{id}",
                    ))
                    for kind, so in (("held", claim.held), ("withdrawn", claim.withdrawn)):
                        if so:
                            log.add_claim_event(
                                connection, campaign, who.digest, id,
                                id=self.store.next_id(self.now), at=self.now, kind=kind,
                                reason="test", by_whom="test",
                            )
            persons = [self.digest(n).digest for n, one in enumerate(people) if one.claims]
            judging.refresh(self.ledger, connection, persons, self.now, "late_claim")

        self.store.write(write)

    def file(self, name, rows):
        path = self.folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([
                ("phone", "registered_at", "card_bound_at", "first_txn_at", "as_of"),
                *((make_phone(n), r.registered.text, r.bound.text, r.paid.text, r.as_of_text)
                  for n, r in rows),
            ])
        return import_feed(
            self.ledger, path, pepper=self.service.settings.person_pepper, digest="sha256",
            now=self.now, by_whom="test", batch=name, reading=intake.Reading(losses=True))

    def stand(self, people):
        persons = [self.digest(number).digest for number in range(len(people))]
        found: dict[str, standings.Standing] = {}
        with self.store.read() as connection:
            for first in range(0, len(persons), standings.CHUNK):
                found |= standings.standings_of(
                    connection, self.ledger.campaign.id, persons[first : first + standings.CHUNK])
        return [
            (found[one].credited, found[one].reason) if one in found else (None, None)
            for one in persons
        ]

    def correct(self, kind, row, to):
        """Ask and approve; False where it would be vain."""
        try:
            asked = corrections.ask(
                self.ledger, kind, row, reason="appeal", note="n", asked_by=Actor("ann"),
                now=self.now, to_unit=to)
        except Fault:
            return False
        corrections.answer(self.ledger, asked, approve=True, answered_by=Actor("ben"), now=self.now)
        return True


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("kind", KINDS)
def test_contract_people_by_chance_stand_where_the_text_puts_them(
    kind, policy, instance, tmp_path
):
    chance = random.Random(f"{kind} {policy}")
    with new_service(kind, instance, tmp_path) as service:
        dates = dates_of(instants.to_datetime(instants.now()))
        county = County(service, tmp_path, dates, policy)
        people = people_by_chance(f"{kind} {policy}", dates, 3 * PEOPLE)
        county.claim_all(people)
        told = {n: replace_rows(someone, []) for n, someone in enumerate(people)}
        rows = [(n, row) for n, someone in enumerate(people) for row in someone.rows]
        chance.shuffle(rows)  # in whatever order they come, and in whatever file
        for part in range(3):
            some = rows[part::3]
            county.file(f"f{part}", some)
            for n, row in some:
                told[n].rows.append(row)
            agree(county, [told[n] for n in range(len(people))], dates, policy)
        corrected = 0
        for n in chance.sample(range(len(people)), len(people)):
            if people[n].ids and corrected < 20:  # a vain one is refused, and most would be
                word = chance.choice(["reassign", "reassign", "reverse", "restore"])
                to = chance.choice(UNITS) if word == "reassign" else None
                if county.correct(word, people[n].ids[0], to):
                    told[n].corrected.append((word, to))
                    corrected += 1
        assert corrected > 5
        agree(county, [told[n] for n in range(len(people))], dates, policy)
        # Corrections stand through what comes later.
        more = [
            (n, someone_by_chance(chance, dates).rows[:1]) for n in range(0, len(people), 3)
        ]
        some = [(n, row) for n, found in more for row in found]
        county.file("f3", some)
        for n, row in some:
            told[n].rows.append(row)
        agree(county, [told[n] for n in range(len(people))], dates, policy)
        assert [] == checks.check(county.ledger)


def replace_rows(someone, rows):
    return Someone(someone.claims, rows, someone.ids, [])


def agree(county, people, dates, policy):
    due = [judged(someone, dates, policy) for someone in people]
    found = county.stand(people)
    wrong = [
        (n, found[n], due[n], people[n]) for n in range(len(people))
        # Of whom nobody ever spoke and who never claimed there is nothing in the ledger.
        if found[n] != due[n] and not (found[n] == (None, None) and not people[n].claims
                                       and not people[n].rows)
    ]
    assert [] == wrong[:3]


@pytest.mark.parametrize("policy", POLICIES)
def test_the_pure_rule_and_the_book_agree_with_the_text(policy):
    now = datetime.now(timezone.utc).replace(microsecond=0)
    dates = dates_of(now)
    people = people_by_chance(f"pure {policy}", dates, 20 * PEOPLE)
    terms = rules.Terms(
        instants.from_datetime(dates.start), instants.from_datetime(dates.end),
        instants.from_datetime(dates.mark), instants.from_datetime(dates.settle),
        rules.POLICIES[policy],
    )
    book_terms = book.Terms(terms.start, terms.end, terms.mark_time, terms.settle_end, policy)
    reasons = set()
    for someone in people:
        due = judged(someone, dates, policy)
        claims = [
            credit.Claim(n + 1, c.unit, instants.from_datetime(c.at), c.verified, c.held,
                         c.withdrawn)
            for n, c in enumerate(someone.claims)
        ]
        facts = credit.merge_facts([
            credit.Fact(
                stated.NO_AS_OF if r.as_of is None else instants.from_datetime(r.as_of),
                *(stated.parse_stated(said.text) for said in (r.registered, r.bound, r.paid)),
            ) for r in someone.rows
        ])
        decision = credit.judge(claims, facts, terms)
        reasons.add(due[1])
        assert due == (decision.unit, decision.reason.value if decision.reason else None), someone
        assert due == book.by_the_book(claims, book.facts_by_the_book([
            book.Row(r.as_of, *(value_of(said) for said in (r.registered, r.bound, r.paid)))
            for r in someone.rows
        ]), book_terms)
    assert {None, *(reason.value for reason in credit.Reason)} - {"reversed"} <= reasons


def value_of(said):
    """Return a cell's value as the book has it."""
    if said.kind in ("nothing", "void"):
        return "void" if said.kind == "void" else None
    return said.first if said.kind == "instant" else said.day


def test_whatif_agrees_with_the_text(service, instance, tmp_path):
    """Through its files, where an empty as_of ranks before all others."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    dates = dates_of(now)
    people = people_by_chance("whatif", dates, 10 * PEOPLE)
    toml = (service.settings.campaign_folder / "campaign.toml").read_text("utf-8")
    folder = tmp_path / "campaign"
    shutil.copytree(service.settings.campaign_folder, folder)
    lines, head = [], True
    for line in toml.splitlines():
        head = head and not line.startswith("[")
        name = line.partition("=")[0].strip() if head else ""
        at = {"start": dates.start, "end": dates.end, "mark_time": dates.mark,
              "settle_end": dates.settle}.get(name)
        lines.append(f"{name} = {at.isoformat()}" if at else line)
    (folder / "campaign.toml").write_text("\n".join(lines), "utf-8")
    claims, facts = tmp_path / "claims.csv", tmp_path / "facts.csv"
    with claims.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([
            ("person", "unit", "at", "verified", "held", "withdrawn"),
            *((f"p{n:05}", c.unit, c.at.isoformat(), int(c.verified), int(c.held),
               int(c.withdrawn)) for n, one in enumerate(people) for c in one.claims),
        ])
    with facts.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([
            ("person", "registered_at", "card_bound_at", "first_txn_at", "as_of"),
            *((f"p{n:05}", r.registered.text, r.bound.text, r.paid.text, r.as_of_text)
              for n, one in enumerate(people) for r in one.rows),
        ])
    for policy in POLICIES:
        out = tmp_path / f"{policy}.csv"
        assert 0 == cli.main([
            "whatif", "--claims", str(claims), "--facts", str(facts), "--policy", policy,
            "--out", str(out), "--campaign", str(folder), "--instance", str(instance.folder),
        ])
        with out.open(encoding="utf-8-sig", newline="") as file:
            found = {row["person"]: (row["unit"] or None, row["reason"] or None)
                     for row in csv.DictReader(file)}
        due = {
            f"p{n:05}": judged(one, dates, policy) for n, one in enumerate(people)
            if one.claims or one.rows
        }
        assert list(found) == sorted(found)
        wrong = [(person, found.get(person), due[person]) for person in due
                 if found.get(person) != due[person]]
        assert [] == wrong[:3]
        assert set(found) == set(due)


@pytest.mark.parametrize("column", ["registered_at", "card_bound_at", "first_txn_at", "as_of"])
@pytest.mark.parametrize("by_day", [False, True])
def test_every_door_refuses_what_lies_more_than_a_day_ahead(
    service, instance, tmp_path, capsys, column, by_day
):
    """By file at the shell, by file in the console, by signed request; a day ahead is let in."""
    now = datetime.now(timezone.utc).replace(microsecond=0)

    def row(ahead):
        at = {"registered_at": now - DAY, "card_bound_at": now - DAY, "first_txn_at": now - DAY,
              "as_of": now - HOUR}
        at[column] = now + ahead
        local = {name: moment.astimezone(SHANGHAI) for name, moment in at.items()}
        return {
            name: moment.date().isoformat() if by_day and name == column else moment.isoformat()
            for name, moment in local.items()
        }

    late, soon = row(2 * DAY + HOUR), row(DAY - HOUR)
    head = ["phone", *late]

    def written(name, *rows):
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [head, *([make_phone(n), *one.values()] for n, one in enumerate(rows, 1))])
        return path

    here = ("--instance", str(instance.folder))
    bad, good = written("bad.csv", soon, late), written("good.csv", soon)
    assert 1 == cli.main(["feed", "import", str(bad), *here])
    assert "more than a day ahead of the clock" in capsys.readouterr().err
    add_everyone(service)
    office = signed_in(service, "office")
    answer = office.post(
        "/admin/feeds", {"file": (io.BytesIO(bad.read_bytes()), "bad.csv")},
        content_type="multipart/form-data")
    page = office.text(answer.headers["Location"])
    assert "比现在晚一天以上" in page
    partner = Partner(service, office.client)
    said = partner.post("facts", {"items": [
        {"phone": make_phone(1), **soon}, {"phone": make_phone(2), **late},
    ]}).get_json()
    assert ["accepted", "refused"] == [one["status"] for one in said["results"]]
    assert column in str(said["results"][1]["problems"])
    assert 0 == cli.main(["feed", "import", str(good), *here])
    with service.store.read() as connection:
        persons = connection.rows("select distinct person from fact")
    assert [identify(make_phone(1), service.settings.person_pepper).digest] == [
        one["person"] for one in persons]
