# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
Numbers that the platform may not give: whom a hash or 138****1234 credits, and whom never.

On both engines, by files as they come; who is who behind digits is compared with a second
implementation.
"""
import csv
import dataclasses
import hashlib
import itertools
from collections import Counter

import book
import pytest
from factories import make_phone, rows_of
from feeding import difference_list, import_feed
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from racing import at_once
from stores import KINDS, new_service, wipe
from visitors import Fields, claim, opened

from attribution import cli, judging
from attribution.deeds import Actor
from attribution.facts import intake
from attribution.facts.identities import Identity, identity_of, recognise
from attribution.ledger import Ledger
from attribution.proof import checks
from attribution.reports import exports
from attribution.resident import claims
from attribution.resident.form_tokens import Form
from attribution.resident.scans import OpenedCode
from attribution.rule import credit, instants
from attribution.rule.instants import DAY, HOUR, MINUTE, iso_text, local_text
from attribution.rule.people import (
    BadPhone,
    Recipe,
    aliases_of,
    identifier,
    mask_of,
    seal_head,
)
from attribution.rule.people import Person as Someone
from attribution.store import console_lists, log, registry, standings
from attribution.store.export_pages import Filter
from attribution.upkeep import retention, shredding
from qrgen.codes import Code as Printed
from qrgen.registry import find_problems
from qrgen.shell import Fault

ALL = ("number", "hash", "masked")
RECIPE = Recipe("sha256", "县云闪付2030")
HEAD = ("手机号", "注册时间", "绑卡时间", "首笔交易时间", "数据日期")
# Numbers that end alike: 10 000 lie between two of them.
ALIKE = (1, 10_001, 20_001)


class County:
    """A ledger under chosen grades, and the calls that bring news to it."""

    def __init__(self, service, folder, grades=ALL):
        self.service, self.folder = service, folder
        self.store = service.store
        self.base = instants.now() - 2 * DAY
        self._files = itertools.count(1)
        self._tokens = itertools.count(1)
        self.allow(*grades)

    def allow(self, *grades):
        self.campaign = dataclasses.replace(self.service.campaign, grades=grades)
        self.ledger = Ledger(self.store, self.campaign)

    @property
    def naming(self):
        return identifier(self.service.settings.person_pepper, "sha256")

    def digest(self, number):
        return self.naming(make_phone(number))[0]

    def someone(self, number):
        phone, pepper = make_phone(number), self.service.settings.person_pepper
        digest, last4 = self.naming(phone)
        return Someone(
            digest, last4, seal_head(phone, digest, pepper),
            aliases_of(phone, self.naming, self.campaign.grades, RECIPE),
        )

    def claims(self, number, unit="N07", at=-HOUR):
        """Somebody claims as the page does; *at* is counted from the base."""
        with self.store.read() as connection:
            found = registry.read(connection, self.campaign.id)
        now = self.base + at
        opened = OpenedCode(Printed(unit, 1), found.units[unit], found.version)
        form = Form(self.store.next_id(now) + next(self._tokens), now, Printed(unit, 1))
        return claims.claim(
            self.ledger, opened, form, self.someone(number), now, consent="同意",
            network="n", client="other",
        ).claim.id

    def file(self, *rows, batch="", aim=intake.Aim.TAKE, as_of=""):
        """Bring *rows* (the number as the file writes it, and steps) in one file."""
        path = self.folder / f"{next(self._files)}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEAD)
            for name, *times in rows:
                # A text stands as it is: a day, or the word for a step taken back.
                writer.writerow([name, *("" if t is None else t if isinstance(t, str)
                                         else iso_text(self.base + t) for t in times), as_of or
                                 iso_text(self.base)])
        self.outcomes: list[intake.Outcome] = []
        return import_feed(
            self.ledger, path, pepper=self.service.settings.person_pepper, digest="sha256",
            now=instants.now(), by_whom="test", reading=intake.Reading(losses=True), aim=aim,
            batch=batch, details=self.outcomes.append,
        )

    def endings(self):
        return [(one.category, one.reason) for one in self.outcomes]

    def kept(self, number):
        with self.store.read() as connection:
            found = standings.standings_of(connection, self.campaign.id, [self.digest(number)])
        return found.get(self.digest(number))

    def credited(self, number):
        standing = self.kept(number)
        return standing and standing.credited and (standing.credited, standing.grade)

    def differences(self):
        found = difference_list(self.store, self.campaign.id, everything=False)
        return sorted((row["line"], row["category"], row["reason"]) for row in found)

    def is_sound(self):
        assert [] == checks.check(self.ledger)
        return True


def masked(number):
    phone = make_phone(number)
    return mask_of(phone[:3], phone[-4:])


def hashed(number):
    return RECIPE.of(make_phone(number))


def done(name, at=0):
    """A row of somebody who did all at once."""
    return (name, at, at + MINUTE, at + 2 * MINUTE)


@pytest.fixture(params=KINDS)
def county(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield County(service, tmp_path)


@pytest.mark.parametrize(("text", "kind", "made"), [
    ("138****1234", "masked", "138****1234"),
    (" 138＊＊＊＊1234 ", "masked", "138****1234"),
    ("138xxxx1234", "masked", "138****1234"),
    ("+86 138****1234".replace(" ", ""), "masked", "138****1234"),
    ("138 **** 1234", "masked", "138****1234"),
    ("AB" * 32, "hash", "ab" * 32),
    (make_phone(7), "number", make_phone(7)),
])
def test_a_cell_is_a_number_a_hash_or_digits(text, kind, made):
    """What a platform hides is data, and no slip to be sent back."""
    assert Identity(kind, made) == identity_of(text)


@pytest.mark.parametrize("text", ["****1234", "13812341234x", "ab" * 31, "", "238****1234"])
def test_what_is_none_of_them_stays_unreadable(text):
    assert recognise(text) is None
    with pytest.raises(BadPhone):
        identity_of(text)


@pytest.mark.parametrize("name", ["sha256", "sm3"])
def test_the_recipe_is_the_digest_of_digits_and_salt(name):
    """As written on the page that the platform is given; the other order is named."""
    if name not in hashlib.algorithms_available:
        pytest.skip(f"no {name} here")
    number = make_phone(1)
    behind = hashlib.new(name, f"{number}salt".encode()).hexdigest()
    assert behind == Recipe(name, "salt").of(number)
    first = Recipe(name, "salt", salt_first=True)
    assert hashlib.new(name, f"salt{number}".encode()).hexdigest() == first.of(number)


@pytest.mark.parametrize("first", ["claim", "file"])
@pytest.mark.parametrize(("written", "grade"), [(hashed, "hash"), (masked, "masked")])
def test_a_hash_and_digits_find_who_claimed_whichever_came_first(county, first, written, grade):
    if first == "claim":
        county.claims(1)
    county.file(done(written(1)))
    if first == "file":
        assert [("organic", "no_claim")] == county.endings()
        county.claims(1)
    assert ("N07", grade) == county.credited(1)
    assert county.is_sound()


def test_no_bare_hash_and_no_digits_are_kept(county):
    """Seven digits, or a hash by a known recipe, are as good as the number."""
    county.claims(1)
    county.file(done(hashed(1)), done(masked(1), HOUR))
    with county.store.read() as connection:
        rows = [
            *connection.rows("select * from alias"), *connection.rows("select * from fact"),
            *connection.rows("select * from batch_report"), *connection.rows("select * from audit"),
        ]
    assert hashed(1) not in repr(rows)
    assert masked(1) not in repr(rows)
    assert make_phone(1) not in repr(rows)


def test_a_row_that_may_be_two_people_is_listed_and_credits_nobody(county):
    county.claims(ALIKE[0])
    county.claims(ALIKE[1], "D01")
    county.file(done(masked(1)))
    assert [("ambiguous", "several_claimants")] == county.endings()
    assert [(2, "ambiguous", "several_claimants")] == county.differences()
    assert [None, None] == [county.credited(ALIKE[0]), county.credited(ALIKE[1])]
    assert county.is_sound()


def test_a_later_claimant_with_the_same_digits_takes_the_credit_back_and_is_listed(county):
    """Else whoever came first would keep what may be the other's."""
    county.claims(ALIKE[0])
    county.file(done(masked(1)))
    assert ("N07", "masked") == county.credited(ALIKE[0])
    county.claims(ALIKE[1], "D01", -MINUTE)
    assert county.credited(ALIKE[0]) is None and county.credited(ALIKE[1]) is None
    assert [(0, "ambiguous", "several_claimants")] == county.differences()
    with county.store.read() as connection:
        rows = connection.rows("select kind, reason, from_unit from adjustment")
    assert [{"kind": "reverse", "reason": "same_digits", "from_unit": "N07"}] == rows
    assert county.is_sound()


def test_a_claimant_who_leaves_makes_nobody_surer(county):
    """Who withdrew may still be the one who registered."""
    first = county.claims(ALIKE[0])
    county.claims(ALIKE[1], "D01")
    county.file(done(masked(1)))
    claims.withdraw(
        county.ledger, county.digest(ALIKE[0]), first, instants.now(), by_whom="person",
        reason="asked",
    )
    assert county.credited(ALIKE[1]) is None
    assert county.is_sound()


def test_two_rows_of_one_file_with_one_number_and_time_may_be_two_people(county):
    county.claims(1)
    county.file(done(masked(1)), done(masked(1)))
    assert [("ambiguous", "several_rows")] * 2 == county.endings()
    assert county.credited(1) is None


def test_the_same_row_in_the_next_file_is_the_same_person(county):
    """Files are sent again with what happened since."""
    county.claims(1)
    county.file((masked(1), 0, MINUTE, None))
    county.file(done(masked(1)))
    assert ("N07", "masked") == county.credited(1)
    assert county.is_sound()


def test_the_whole_number_outdoes_its_digits(county):
    """A better grade replaces a lesser, and is told as what it is."""
    county.claims(1)
    county.file(done(masked(1)))
    county.file(done(make_phone(1)))
    assert ("N07", None) == county.credited(1)
    assert county.is_sound()


def test_a_grade_that_the_campaign_does_not_allow_credits_nobody_and_says_so(county):
    county.allow("number")
    county.claims(1)
    county.file(done(masked(1)), done(hashed(1)))
    assert [("not_allowed", "masked_not_allowed"), ("not_allowed", "hash_not_allowed")] \
        == county.endings()
    assert [(2, "not_allowed", "masked_not_allowed"), (3, "not_allowed", "hash_not_allowed")] \
        == county.differences()
    assert county.credited(1) is None
    assert county.is_sound()


def test_what_a_campaign_allows_later_counts_when_all_are_judged_again(county):
    """Digits of claimants from before are completed from what is kept of their numbers."""
    county.allow("number")
    county.claims(1)
    county.claims(ALIKE[1], "D01", -30 * DAY)
    county.file(done(masked(1)))
    county.allow(*ALL)
    county.file(done(masked(2)))
    assert ("N07", "masked") == county.credited(1)
    assert county.is_sound()


def test_claimants_without_first_digits_make_masked_files_wait(county):
    """One whom nobody finds by the digits would leave another alone with them."""
    row = log.ClaimRow(
        1, county.campaign.id, county.digest(ALIKE[0]), county.base, "N07", 1, None, None, False,
        "0001", "c", "n", "other", token="t",
    )
    county.store.write(lambda c: log.add_claim(c, row))
    judged = [county.digest(ALIKE[0])]
    county.store.write(
        lambda c: judging.refresh(county.ledger, c, judged, instants.now(), "late_claim")
    )
    county.claims(ALIKE[1])
    with pytest.raises(Fault, match="1 claimant cannot be told"):
        county.file(done(masked(1)))
    assert county.credited(ALIKE[1]) is None


def test_claimants_from_before_the_recipe_are_counted_for_whoever_reads_the_report(county):
    """Their hashed rows look like nobody's, and no one would ask why."""
    county.allow("number", "masked")
    county.claims(1)
    county.allow(*ALL)
    county.claims(2)
    report = county.file(done(hashed(1)), done(hashed(2)))
    assert (1, 1) == (report.without_hash, report.credited)


def test_a_dry_run_says_what_the_file_then_does(county):
    county.claims(1)
    county.claims(2)
    rows = [done(masked(1)), done(hashed(2)), done(masked(3))]
    tried = county.file(*rows, batch="a", aim=intake.Aim.TRY)
    endings = county.endings()
    took = county.file(*rows, batch="a")
    assert (2, endings) == (took.credited, county.endings())
    assert (tried.credited, tried.categories) == (took.credited, took.categories)


def test_each_grade_is_counted_in_a_column_of_its_own(county):
    for number in (1, 2, 3):
        county.claims(number)
    county.file(done(make_phone(1)), done(hashed(2)), done(masked(3)))
    with county.store.read() as connection:
        rows = connection.rows("select kind, sum(n) as n from tally group by kind")
    counts = {row["kind"]: row["n"] for row in rows}
    assert (3, 1, 1) == (
        counts["effective"], counts["effective_hash"], counts["effective_masked"]
    )
    with county.store.read() as connection:
        grades = connection.rows("select grade from credit")
    assert Counter({None: 1, "hash": 1, "masked": 1}) == Counter(row["grade"] for row in grades)
    assert county.is_sound()


def day_of_base(county):
    return local_text(county.base)[:10]


def test_digits_with_bare_days_credit_and_a_later_instant_of_that_day_is_the_same_person(county):
    county.claims(1)
    day = day_of_base(county)
    county.file((masked(1), day, day, day))
    assert ("N07", "masked") == county.credited(1)
    county.file(done(masked(1)))
    assert ("N07", "masked") == county.credited(1) and [] == county.differences()
    assert county.is_sound()


def test_two_moments_of_a_day_make_its_bare_date_somebody_else(county):
    """Whose day it is nobody can tell then, so all of them are in doubt."""
    county.claims(1)
    county.file(done(masked(1)))
    county.file(done(masked(1), MINUTE))
    assert not county.credited(1)
    county.file((masked(1), *[day_of_base(county)] * 3))
    assert not county.credited(1) and county.is_sound()


def test_a_registration_taken_back_under_digits_credits_nobody_until_it_is_stated_again(county):
    county.claims(1)
    county.file(done(masked(1)))
    later = iso_text(county.base + HOUR)
    county.file((masked(1), "void", None, None), as_of=later)
    assert not county.credited(1)
    assert ("conflict", "registered_at_void") in county.endings()
    county.file(done(masked(1)), as_of=iso_text(county.base + 2 * HOUR))
    assert ("N07", "masked") == county.credited(1) and county.is_sound()


@pytest.mark.parametrize(("written", "code"), [(hashed, "note_hashed"), (masked, "note_masked")])
def test_what_the_campaign_does_not_allow_is_told_once_for_the_file(county, written, code):
    county.allow("number")
    report = county.file(done(written(1)), done(written(2)), done(make_phone(3)))
    assert [{"count": 2}] == [note.data for note in report.notes if note.code == code]
    assert 2 == report.categories["not_allowed"]
    county.allow(*ALL)
    report = county.file(done(written(4)))
    assert code not in [note.code for note in report.notes]


def test_the_people_of_a_batch_are_found_by_hash_and_digits_too(county):
    """Of them the page of the batch shows how they stand now."""
    for number in (1, 2, 3, 4):
        county.claims(number)
    county.file(done(make_phone(1)), done(hashed(2)), done(masked(3)), batch="a")
    county.file(done(make_phone(4)), batch="b")
    for batch, numbers in (("a", (1, 2, 3)), ("b", (4,))):
        rows = rows_of(exports.EXPORTS["attribution"].blocks(
            county.store, county.campaign.id, Filter(batch=batch)
        ))
        assert {make_phone(number)[-4:] for number in numbers} == {row["last4"] for row in rows}
        with county.store.read() as connection:
            page, total = console_lists.rows(
                connection, county.campaign.id, "attribution", Filter(batch=batch),
                sort=next(iter(console_lists.SORTS["attribution"])), descending=False, offset=0,
                limit=50,
            )
        assert len(numbers) == len(page) == total


@pytest.mark.parametrize("written", [hashed, masked])
def test_who_is_erased_takes_the_aliases_along_and_the_check_stays_sound(county, written):
    claim = county.claims(1)
    county.file(done(written(1)))
    claims.erase(
        county.ledger, county.digest(1), None, instants.now(), by_whom="person", reason="asked"
    )
    assert 1 == retention.erase_asked(county.ledger, instants.now(), Actor("test"))
    with county.store.read() as connection:
        assert [] == connection.rows("select * from alias")
        fact = connection.one("select person, last4 from fact")
        mine = connection.one("select person from claim where id = :id", {"id": claim})
    assert {"person": mine["person"], "last4": ""} == fact
    assert county.is_sound()


def test_nobody_comes_into_a_credit_because_another_was_forgotten(county):
    county.claims(ALIKE[0])
    county.claims(ALIKE[1], "D01")
    county.file(done(masked(1)))
    claims.erase(
        county.ledger, county.digest(ALIKE[0]), None, instants.now(), by_whom="p", reason="asked"
    )
    retention.erase_asked(county.ledger, instants.now(), Actor("test"))
    checks.rebuild(county.ledger, instants.now(), Actor("test"))
    assert county.credited(ALIKE[1]) is None
    assert county.is_sound()


def test_shredding_leaves_no_alias_and_every_credit(county, monkeypatch):
    for number in (1, 2):
        county.claims(number)
    county.file(done(hashed(1)), done(masked(2)), done(masked(5)))
    settled = instants.from_datetime(county.campaign.settle_end) + 60 * DAY
    shredding.shred(county.ledger, county.service.settings.instance, settled, Actor("test"))
    with county.store.read() as connection:
        assert [] == connection.rows("select * from alias")
        assert [{"n": 0}] == connection.rows("select count(*) as n from fact where last4 <> ''")
        n = connection.one("select count(*) as n from standing where credited is not null")
    assert {"n": 2} == n
    assert county.is_sound()


# --- any order, against a second implementation --------------------------------------------

QUICK = settings(
    max_examples=12, deadline=None, database=None, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PEOPLE = (*ALIKE, 2)
TIMES = st.sampled_from([-9 * DAY, -DAY, 0, 2 * HOUR])
CLAIM = st.tuples(
    st.just("claim"), st.sampled_from(PEOPLE), st.sampled_from(["N07", "D01"]),
    st.sampled_from([-8 * DAY, -DAY - HOUR, -HOUR, HOUR]),
    st.sampled_from(["", "", "", "withdrawn", "held"]),
)
ROW = st.tuples(
    st.sampled_from([masked(1), masked(1), masked(2), make_phone(1), hashed(1), hashed(10_001)]),
    TIMES, st.booleans(),
)
FILE = st.tuples(st.just("file"), st.lists(ROW, min_size=1, max_size=3))


def by_hand(county, history):
    """Return who is credited, from the words of the page alone."""
    start, end, mark, settle = (
        instants.from_datetime(getattr(county.campaign, name))
        for name in ("start", "end", "mark_time", "settle_end")
    )
    terms = book.Terms(start, end, mark, settle)
    files = [rows for kind, *rest in history if kind == "file" for rows in rest]
    mine = {n: [c for c in history if c[0] == "claim" and c[1] == n] for n in PEOPLE}

    def facts(rows):
        return book.facts_by_the_book(
            book.Row(
                book.moment(0), book.moment(county.base + r), book.moment(county.base + r + MINUTE),
                book.moment(county.base + r + 2 * MINUTE) if paid else None,
            )
            for r, paid in rows
        )

    def judged(n, rows, withdrawn_too=False):
        its = [
            credit.Claim(
                place, unit, county.base + at, False, then == "held",
                then == "withdrawn" and not withdrawn_too,
            )
            for place, (_, _, unit, at, then) in enumerate(mine[n])
        ]
        return book.by_the_book(its, facts(rows), terms)

    def could_be(n, r):
        reason = judged(n, [(r, True)], withdrawn_too=True)[1]
        return bool(mine[n]) and reason in (None, "settled_too_late")

    found = {}
    for n in PEOPLE:
        exact = {make_phone(n), hashed(n)}
        rows = [row[1:] for rows in files for row in rows if row[0] in exact]
        if not rows:
            same = [m for m in PEOPLE if masked(m) == masked(n)]
            said = {r for rows in files for name, r, _ in rows if name == masked(n)}
            possible = [r for r in said if could_be(n, r)]
            if len(possible) == 1:
                (r,) = possible
                alone = [m for m in same if could_be(m, r)] == [n]
                once = all(
                    sum(row[:2] == (masked(n), r) for row in rows) <= 1 for rows in files
                )
                if alone and once:
                    rows = [(r, paid) for rows in files for name, at, paid in rows
                            if (name, at) == (masked(n), r)]
        if rows and mine[n] and (unit := judged(n, rows)[0]):
            found[n] = unit
    return found


@QUICK
@given(data=st.data())
def test_any_order_gives_the_credits_that_the_page_says(county, data):
    """Whoever claims, leaves or is held, and whatever file comes when: one answer."""
    wipe(county.store)
    # Each claim once: the same number at the same unit and instant is one form sent again.
    history = data.draw(st.lists(
        CLAIM | FILE, min_size=2, max_size=8, unique_by=lambda news: str(news[:4]),
    ))
    for place in data.draw(st.permutations(range(len(history)))):
        news = history[place]
        if news[0] == "file":
            # As of one date all of them, so that none outranks another.
            county.file(*(
                (name, r, r + MINUTE, r + 2 * MINUTE if paid else None)
                for name, r, paid in news[1]
            ))
            continue
        _, number, unit, at, then = news
        claim = county.claims(number, unit, at)
        person, now = county.digest(number), instants.now()
        if then == "withdrawn":
            claims.withdraw(county.ledger, person, claim, now, by_whom="p", reason="asked")
        elif then == "held":
            def hold(connection, person=person, claim=claim, now=now):
                log.add_claim_event(
                    connection, county.campaign.id, person, claim, id=county.store.next_id(now),
                    at=now, kind="held", reason="look", by_whom="test",
                )
                judging.refresh(county.ledger, connection, [person], now, "hold")

            county.store.write(hold)
    kept = {n: county.credited(n)[0] for n in PEOPLE if county.credited(n)}
    assert by_hand(county, history) == kept
    assert county.is_sound()


# --- by the doors that people use -----------------------------------------------------------

GRADES = '["number", "hash", "masked"]'
FACTS = '\n[facts]\nhash = "sha256"\nsalt = "县云闪付2030"\n'


def allowing(instance, facts=FACTS):
    """Let the campaign of *instance* take every grade."""
    assert 0 == cli.main(["campaign", "set", "grades", GRADES, "--instance", str(instance.folder)])
    with (instance.folder / "config.toml").open("a", encoding="utf-8") as file:
        file.write(facts)


def feed(folder, *rows):
    path = folder / "platform.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEAD[:4], *rows])
    return str(path)


def steps():
    now = instants.now()
    return [iso_text(now + n * MINUTE) for n in (0, 1, 2)]


@pytest.mark.parametrize("with_password", [False, True])
def test_a_claim_by_the_page_is_found_by_the_file_at_the_shell(
    instance, tmp_path, capsys, with_password
):
    """As the county does it: settings, a poster, a form, a file, an export."""
    allowing(instance)
    sender = '\n[one_time]\nsender = "console"\n' if with_password else ""
    with opened(instance, sender) as (here, app):
        for number, unit in ((1, "N07"), (2, "N08"), (3, "D01")):
            visitor = app.test_client()
            page = Fields(claim(visitor, here, make_phone(number), unit).text)
            if with_password:
                # The number itself is gone by then; what it is known by has waited.
                visitor.post(
                    "/claim/prove", data={"step": page.values["step"], "skip": "yes"}
                )
    where = ("--instance", str(instance.folder))
    times = steps()
    path = feed(
        tmp_path, (masked(1), *times), (hashed(2).upper(), *times), (make_phone(3), *times),
        (masked(9), *times),
    )
    told = f"{RECIPE.name}:{RECIPE.salt}"
    assert 0 == cli.main(["feed", "import", path, "--hash", told, "--dry-run", *where])
    assert 0 == cli.main(["feed", "import", path, "--hash", told, *where])
    assert "new credits: 3, credits lost: 0" in capsys.readouterr().out
    out = tmp_path / "credits.csv"
    assert 0 == cli.main(["export", "credits", "--out", str(out), *where])
    with out.open(encoding="utf-8-sig", newline="") as file:
        found = {row["归属单位"]: row["数据依据"] for row in csv.DictReader(file)}
    assert {"N07": "掩码", "N08": "哈希", "D01": "号码"} == found
    assert 0 == cli.main(["check", *where])


@pytest.mark.parametrize(("recipe", "words"), [
    ("md5:x", "not a recipe"), ("sha256", "not a recipe"), ("sha256:another", "made otherwise"),
])
def test_a_file_hashed_otherwise_is_refused_before_anybody_waits_for_it(
    instance, tmp_path, capsys, recipe, words
):
    """None of its rows would find anybody, and nobody would know why."""
    allowing(instance)
    path = feed(tmp_path, (hashed(1), *steps()))
    assert 0 != cli.main(
        ["feed", "import", path, "--hash", recipe, "--instance", str(instance.folder)]
    )
    said = capsys.readouterr().err
    assert words in said and "another" not in said


@pytest.mark.parametrize(("facts", "words"), [
    ("", "nothing says how they are hashed"),
    ('\n[facts]\nhash = "md5"\nsalt = "x"\n', r"\[facts\] is not understood"),
    ('\n[facts]\nhash = "sha256"\n', r"\[facts\] is not understood"),
    ('\n[facts]\nhahs = "sha256"\nsalt = "x"\n', r"\[facts\] is not understood"),
])
def test_a_campaign_of_hashes_without_a_recipe_does_not_start(instance, facts, words):
    """Claims would be taken that no file ever finds."""
    allowing(instance, facts)
    with pytest.raises(Fault, match=words), opened(instance):
        pass


def test_a_grade_that_is_none_is_named_with_its_line(instance):
    path = instance.folder / "campaign" / "campaign.toml"
    path.write_text('grades = ["email"]\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    (problem,) = find_problems(path.parent)
    assert ("campaign.toml", 1) == (problem.file, problem.line)


def test_two_of_the_same_digits_who_claim_at_once_are_both_seen(county):
    """On PostgreSQL two transactions; each must judge the other."""
    county.file(done(masked(1)))
    at_once(*(
        lambda number=number: county.claims(number) for number in (*ALIKE, *ALIKE, 2, 10_002)
    ))
    assert [None] * 3 == [county.credited(number) for number in ALIKE]
    assert county.is_sound()
