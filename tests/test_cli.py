# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The commands as an operator types them: exit status, cause and hint, nothing half-written."""
import csv
import random
from datetime import date, datetime, timedelta, timezone

import book
import pytest
from factories import make_phone
from test_facts import write
from test_ledger_stateful import book_terms

from attribution.cli import main
from attribution.rule import credit, instants
from attribution.rule import terms as rules
from attribution.rule.instants import local_text
from qrgen.instance import PACKAGED_CAMPAIGN
from qrgen.registry import load_campaign


@pytest.fixture
def run(instance, capsys, monkeypatch):
    monkeypatch.delenv("ZHUANMA_INSTANCE", raising=False)

    def call(*words, status=0):
        assert status == main([*words, "--instance", str(instance.folder)])
        return capsys.readouterr()

    return call


def test_init_makes_everything_once(tmp_path, capsys):
    folder = tmp_path / "new"
    assert 0 == main(["init", "--instance", str(folder)])
    first = capsys.readouterr().out
    assert "password: " in first and "156 units" in first
    keys = (folder / "keys" / "codes.keys").read_bytes()
    assert 0 == main(["init", "--instance", str(folder)])
    assert "nothing was changed" in capsys.readouterr().out
    assert keys == (folder / "keys" / "codes.keys").read_bytes()


def test_init_as_written_keeps_the_documents_dates(tmp_path):
    folder = tmp_path / "new"
    main(["init", "--instance", str(folder)])
    seed = (PACKAGED_CAMPAIGN / "campaign.toml").read_text(encoding="utf-8")
    assert seed == (folder / "campaign" / "campaign.toml").read_text(encoding="utf-8")


def test_without_an_instance_the_hint_says_what_to_do(tmp_path, capsys):
    assert 1 == main(["check", "--instance", str(tmp_path / "none")])
    told = capsys.readouterr().err
    assert "attribution: error: " in told and "attribution: hint: make one with" in told


def test_a_default_secret_stops_the_start(instance, capsys):
    (instance.folder / "keys" / "forms.keys").write_text("change-me-change-me-change-me-change")
    assert 1 == main(["check", "--instance", str(instance.folder)])
    assert "placeholder" in capsys.readouterr().err


def test_feed_then_export_then_check(run, tmp_path):
    now = instants.now()
    path = write(tmp_path / "day.csv", [(make_phone(1), local_text(now), "", "")])
    assert "1 rows about 1 people" in run("feed", "import", str(path)).out
    assert "taken in before" in run("feed", "import", str(path)).out
    for kind in ("csv", "xlsx"):
        out = tmp_path / f"out.{kind}"
        run("export", "attribution", "--format", kind, "--out", str(out))
        assert out.stat().st_size > 100
    assert ["out.csv", "out.xlsx"] == sorted(p.name for p in tmp_path.glob("out*"))
    assert "sound" in run("check").out
    assert "0 differences" in run("rebuild", "--check").out


def test_an_export_into_nowhere_leaves_nothing(run, tmp_path):
    out = tmp_path / "no" / "out.csv"
    assert "error: " in run("export", "scans", "--out", str(out), status=1).err
    assert not out.parent.exists()


def test_bad_usage_is_2(run, capsys):
    with pytest.raises(AssertionError):
        run("nonsense")
    assert 2 == main(["nonsense"])
    assert "hint" in run("feed", "import", "x.csv", "--map", "nothing", status=2).err
    assert "write 2022" in run(
        "export", "scans", "--out", "x", "--since", "soon", status=2
    ).err


def test_revoke_and_reissue(run, instance):
    assert "N07-1 is revoked" in run("units", "revoke", "N07").out
    assert "revoked before" in run("units", "revoke", "N07").out
    assert "N07-2" in run("units", "reissue", "N07").out
    table = (instance.folder / "campaign" / "units.csv").read_text(encoding="utf-8-sig")
    rows = {row["id"]: row for row in csv.DictReader(table.splitlines())}
    assert ("2", "1") == (rows["N07"]["issue"], rows["N08"]["issue"])
    listed = run("units", "list").out
    assert "\t2\t在用" in next(line for line in listed.splitlines() if line.startswith("N07"))
    assert "nothing to change" in run("units", "import").out
    run("units", "revoke", "Z99", status=2)


def test_a_unit_gone_from_the_file_is_closed_not_deleted(run, instance):
    path = instance.folder / "campaign" / "units.csv"
    toml = instance.folder / "campaign" / "campaign.toml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(x for x in lines if not x.startswith("D18,")), encoding="utf-8")
    text = toml.read_text(encoding="utf-8").replace("departments = 18", "departments = 17")
    toml.write_text(text, encoding="utf-8")
    assert "- D18" in run("units", "import", "--dry-run").out
    assert "- D18" in run("units", "import").out
    listed = run("units", "list").out
    assert "已停用" in next(line for line in listed.splitlines() if line.startswith("D18"))


def test_users(run):
    assert "password: " in run("user", "add", "li", "--generate").out
    run("user", "add", "li", "--generate", status=1)
    assert "li\toffice\topen" in run("user", "list").out
    run("user", "close", "li")
    assert "li\toffice\tclosed" in run("user", "list").out


def test_whatif_agrees_with_the_book_on_random_histories(tmp_path, capsys):
    """2000 people through the files, against a reading of the rule of its own."""
    rng = random.Random(2022)
    zone = timezone(timedelta(hours=8))
    start = datetime(2022, 9, 1, tzinfo=zone)

    def moment():
        return start + timedelta(minutes=rng.randrange(-40 * 1440, 170 * 1440, 30))

    def stated(moment):
        """As some file would say it."""
        return rng.choice([
            moment, moment, moment.date(), moment.date(), None, "void",
            date(1970, 1, 1), datetime(1970, 1, 1, 8, tzinfo=zone),
        ])

    claims, facts = [], []
    people: dict[str, tuple[list[credit.Claim], list[book.Row]]] = {}
    for n in range(2000):
        person = f"p{n:04d}"
        base = moment()
        people[person] = ([], [
            book.Row(
                rng.choice([None, start + timedelta(days=rng.randrange(3))]),
                stated(base + timedelta(minutes=rng.choice([0, 0, 0, -1440, 300]))),
                *(stated(base + timedelta(hours=rng.randrange(-30, 140 * 24))) for _ in range(2)),
            )
            for _ in range(rng.choice([1, 1, 2, 3]))
        ])
        facts += [(person, row) for row in people[person][1]]
        for _ in range(rng.randrange(4)):
            at = base + timedelta(minutes=rng.choice([
                -60 * 24 * 31, -1440 * 8, -1440, -30, 0, 5, 6, 700, 1440, 1445, 1446
            ]))
            flags = [rng.random() < 0.3 for _ in range(3)]
            claims.append((person, (rng.choice(["A01", "N07"]), at, *flags)))
    rng.shuffle(claims)
    rng.shuffle(facts)
    with (tmp_path / "claims.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["person", "unit", "at", "verified", "held", "withdrawn"])
        for number, (person, (unit, at, *flags)) in enumerate(claims, 1):
            table.writerow([person, unit, at.isoformat(), *map(int, flags)])
            people[person][0].append(credit.Claim(
                number, unit, instants.from_datetime(at), *flags
            ))
    with (tmp_path / "facts.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["person", "registered_at", "card_bound_at", "first_txn_at", "as_of"])
        table.writerows(
            [person, *map(book.written, row[1:]), book.written(row.as_of)]
            for person, row in facts
        )
    for policy in rules.POLICIES:
        out = tmp_path / f"{policy}.csv"
        assert 0 == main([
            "whatif", "--claims", str(tmp_path / "claims.csv"), "--facts",
            str(tmp_path / "facts.csv"), "--policy", policy, "--out", str(out),
            "--campaign", str(PACKAGED_CAMPAIGN),
        ])
        with out.open(newline="") as file:
            told = {row["person"]: (row["unit"] or None, row["reason"] or None)
                    for row in csv.DictReader(file)}
        assert sorted(told) == list(told) == sorted(people)
        terms = book_terms(load_campaign(PACKAGED_CAMPAIGN), policy)
        assert told == {
            person: book.by_the_book(mine, book.facts_by_the_book(rows), terms)
            for person, (mine, rows) in people.items()
        }
        # Else the random histories miss what they are made for.
        assert {None, "settled_too_late", "claim_after", "claim_expired", "not_bound_yet"} <= {
            reason for _, reason in told.values()
        }


def test_whatif_names_every_line_at_fault(tmp_path, capsys):
    (tmp_path / "c.csv").write_text("person,unit,at,verified\np,A01,soon,1\np,,2022-09-01,x\n")
    (tmp_path / "f.csv").write_text(
        "person,registered_at,card_bound_at,first_txn_at\np,,,\np,,,\n"
    )
    out = tmp_path / "o.csv"
    words = ["whatif", "--claims", str(tmp_path / "c.csv"), "--facts", str(tmp_path / "f.csv")]
    assert 1 == main([*words, "--out", str(out)])
    told = capsys.readouterr().err
    assert "c.csv:2: " in told and "c.csv:3: " in told and "f.csv:3: " in told
    assert not out.exists()
