# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
No error, page, log, answer or report repeats a cell of anybody's file.

Values are planted in every kind of file that is read, with every kind of fault, and everything
that can be seen afterwards is searched for them.
"""
import csv
import io
import json
import logging
import shutil
import zipfile

import openpyxl
import pytest
from console import add_everyone, signed_in
from factories import CAMPAIGN_TOML, UNITS_CSV, make_phone, write_campaign
from test_api import Partner
from test_facts import claimed
from test_feeds import write

from attribution.cli import main as attribution
from attribution.deeds import Entry
from attribution.office import audit, signing_in
from attribution.reports import spreadsheets
from attribution.rule import instants
from attribution.rule.instants import local_text
from attribution.serving.json_logs import JsonLines
from attribution.store import StoreError, open_store
from qrgen.cli import main as qrgen
from qrgen.shapes import id_or_shape, shape_of, word_or_shape
from qrgen.shell import Fault

PHONE = make_phone(87654321)
NAME = "欧阳慕容"
SECRET = "Tr0ub4dor-and-3-horses"
# A piece is as bad as the whole, but for the last four digits, which rows are known by.
PIECES = (PHONE[:7], PHONE[2:8], PHONE[4:10], NAME[:2], NAME[1:3], NAME[2:], SECRET[:6])

HEAD = "phone,registered_at,card_bound_at,first_txn_at"
TIME = "2022-10-11 09:30:00"
GOOD = f"{PHONE},{TIME},,"


def repeated(*seen):
    """Return which of the planted pieces stand in what was *seen*."""
    text = "\n".join(seen)
    return [piece for piece in PIECES if piece in text]


def unnamed(value):
    """Name no case by its value: the name is in the path of `tmp_path`, which errors tell."""
    return "planted"


def xlsx(*rows):
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def zipped(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", content)
    return file.getvalue()


# Files that are not as they should be: none of them may be taken in.
FILES = {
    "no headings": f"{PHONE},{NAME},{TIME},{TIME}\n{GOOD}\n",
    "no headings, and a good deal": f"{PHONE},{PHONE},{NAME},{SECRET},{NAME}{PHONE}\n" * 30,
    "a plain list": f"{PHONE}\n{PHONE}\n",
    "one heading of many": f"phone,{NAME},{PHONE},{SECRET}\n{GOOD}\n",
    "a form": f"姓名,{NAME},手机号,{PHONE}\n",
    "a heading twice": f"{HEAD},phone\n{GOOD},{NAME}\n",
    "a name for a number": f"{HEAD}\n{NAME},{TIME},,\n",
    "a digit too many": f"{HEAD}\n{PHONE}9,{TIME},,\n",
    "half a number": f"{HEAD}\n{PHONE[:10]},{TIME},,\n",
    "a decimal point": f"{HEAD}\n{PHONE}.5,{TIME},,\n",
    "numbers for times": f"{HEAD}\n{PHONE},{PHONE},{PHONE},{PHONE}\n",
    "names for times": f"{HEAD}\n{PHONE},{NAME},{NAME},({NAME}) {SECRET}\n",
    "an odd quote": f'{HEAD}\n"{PHONE}"{NAME},{TIME},,\n',
    "a quote without end": f'{HEAD}\n"{PHONE},{NAME},,\n',
    "cut short": f"{HEAD}\n{PHONE},{NAME}\n",
    "too long": f"{HEAD}\n{GOOD},{NAME},{PHONE}\n",
    "a web page": f"<html><table><tr><td>{NAME}</td><td>{PHONE}</td></tr></table></html>",
    "json": json.dumps([{"phone": PHONE, "name": NAME}], ensure_ascii=False),
    "NUL": f"{HEAD}\n{PHONE}\0,{NAME},,\n",
    "utf-16": f"{HEAD}\n{PHONE},{NAME},,\n".encode("utf-16"),
    "no encoding": f"{HEAD}\n{PHONE},{NAME},,\n".encode() + b"\xff\xfe\xff",
    "a workbook": xlsx([PHONE, NAME, SECRET]),
    "a workbook with faults": xlsx(HEAD.split(","), [NAME, PHONE, PHONE, NAME], [PHONE, NAME]),
    "no workbook": zipped(f"<sheetData><c t='{PHONE}'><v>{NAME}</v></c></sheetData>"),
    "a broken workbook": b"PK\x03\x04" + f"{PHONE}{NAME}".encode(),
}


def content_of(name):
    content = FILES[name]
    return content.encode() if isinstance(content, str) else content


@pytest.fixture
def log():
    """What the service logs, as the lines of JSON that stand in the journal."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def seen(instance, service, capsys, tmp_path, log):
    """Run a command, and return all that can be seen of it: streams, log, reports, ledger."""
    claimed(service, 1, "N07", instants.now(), 1)
    claimed(service, 2, "N07", instants.now(), 2)

    def run(*argv, status=1, main=attribution, reports=()):
        options = ["--instance", str(instance.folder)]
        got = main([*map(str, argv), *options])
        said = capsys.readouterr()
        assert got == status, said.err
        assert (status == 0) == (": error: " not in said.err)
        return "\n".join([
            said.out, said.err, log.getvalue(), kept(service),
            *(path.read_text("utf-8-sig") for path in reports if path.exists()),
        ])

    return run


def kept(service):
    """Return what the ledger keeps in words: audit log, differences, reports."""
    told = []
    with service.store.read() as connection:
        for table in ("audit", "difference", "batch_report", "batch", "feed_plan"):
            told += [str(dict(row)) for row in connection.rows(f"select * from {table}")]
    return "\n".join(told)


@pytest.mark.parametrize("name", FILES)
def test_a_feed_at_the_shell(name, seen, tmp_path):
    path, report = tmp_path / f"a{'.xlsx' if 'workbook' in name else '.csv'}", tmp_path / "r.csv"
    path.write_bytes(content_of(name))
    for more in ([], ["--dry-run", "--report", report]):
        told = seen("feed", "import", path, *more, reports=[report])
        assert [] == repeated(told)
        assert str(path) in told


@pytest.mark.parametrize("name", FILES)
def test_a_list_of_known_users(name, seen, tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(content_of(name))
    taken_in = {"cut short", "numbers for times", "names for times"}  # some have numbers enough
    if name in taken_in | {"a form", "one heading of many"}:
        pytest.skip("a list needs no times")
    assert [] == repeated(seen("newness", "import", path))


def test_lines_that_somebody_lets_go(seen, tmp_path):
    """They stay in the report, in the difference ledger and on its pages for good."""
    path, report = tmp_path / "a.csv", tmp_path / "r.csv"
    rows = [(make_phone(1), TIME, "", ""), (NAME, PHONE, NAME, SECRET), (PHONE + "9", TIME, "", "")]
    write(path, rows)
    seen("feed", "import", path, "--accept", "3,4", "--report", report, status=0)
    told = seen("feed", "differences", status=0, reports=[report])
    assert [] == repeated(told)
    assert "text of 4 letters" in told and "12 digits" in told


@pytest.mark.parametrize("name", FILES)
def test_a_feed_in_the_console(name, service, log):
    add_everyone(service)
    office = signed_in(service, "office")
    kind = ".xlsx" if "workbook" in name else ".csv"
    sent = office.post("/admin/feeds", {"file": (io.BytesIO(content_of(name)), f"day{kind}")},
                       content_type="multipart/form-data")
    page = office.get(sent.location)
    assert 400 == page.status_code
    told = page.get_data(as_text=True)
    tried = office.post(sent.location, {"deed": "confirm"}).get_data(as_text=True)
    assert [] == repeated(told, tried, office.text("/admin/feeds"), log.getvalue(), kept(service))
    # In the office's words, the shapes too.
    for word in ("headings", "digits", "letters", "characters", "more than one column"):
        assert word not in told


@pytest.mark.parametrize(("claims", "facts"), [
    (f"{PHONE},{NAME},{TIME},1\n", None),
    (f"person,unit,at,verified\n{NAME},N07,{PHONE},1\n{PHONE},{NAME},{NAME},1\n", None),
    (f"person,unit,at,verified\n{NAME},N07,{TIME},{PHONE}\n", None),
    (f"person,unit,at,verified\n{NAME},N07,{TIME},{NAME}\n", None),
    (f'person,unit,at,verified\n{NAME},"{PHONE},{TIME},1\n', None),
    (None, f"{NAME},{PHONE},,\n"),
    (None, f"person,registered_at,card_bound_at,first_txn_at\n{NAME},{PHONE},{NAME},{SECRET}\n"),
    (None, f"person,registered_at,card_bound_at,first_txn_at\n{NAME},,,\n{NAME},,,\n"),
    (None, f"person,registered_at,card_bound_at\n{NAME},,\n".encode() + b"\xff\xfe\xff"),
], ids=unnamed)
def test_the_files_of_whatif(claims, facts, seen, tmp_path):
    for name, given, good in (
        ("claims", claims, "person,unit,at,verified\n"),
        ("facts", facts, "person,registered_at,card_bound_at,first_txn_at\n"),
    ):
        content = good if given is None else given
        raw = content if isinstance(content, bytes) else content.encode()
        (tmp_path / f"{name}.csv").write_bytes(raw)
    argv = ["whatif", "--claims", tmp_path / "claims.csv", "--facts", tmp_path / "facts.csv"]
    assert [] == repeated(seen(*argv, "--out", tmp_path / "out.csv"))
    assert not (tmp_path / "out.csv").exists()


PLANTED = (PHONE, NAME, SECRET)


def slips_in_units():
    """Yield units.csv with something planted in each column, and in none."""
    rows = list(csv.reader(io.StringIO(UNITS_CSV)))
    for place in range(len(rows[0])):
        for value in PLANTED:
            for line in (0, 1, 6):
                changed = [list(row) for row in rows]
                changed[line][place] = value
                yield f"{rows[0][place] or place}, line {line + 1}", changed
    for value in PLANTED:
        yield "twice", [*rows, [f"A{n}" for n in range(1)] + ["area", value, "1"], [
            "A09", "area", value, "1"]]
        yield "beside", [rows[0], [*rows[1], value, value], *rows[2:]]
        yield "no heading", [[value] * 4, [value] * 4]


def as_csv(rows):
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return file.getvalue()


def test_every_column_of_units_csv(tmp_path, capsys):
    """Names are printed on posters; but who took the wrong file meant nobody's name."""
    refused = 0
    for number, (_, rows) in enumerate(slips_in_units()):
        folder = write_campaign(tmp_path / str(number), as_csv(rows))
        refused += qrgen(["check", str(folder)])
        said = capsys.readouterr()
        assert [] == repeated(said.out, said.err)
        shutil.rmtree(folder)
    assert refused > 60


def test_units_that_are_imported_in_the_console(service, log):
    add_everyone(service)
    office = signed_in(service, "office")
    table = f"id,kind,name,{NAME}\n{PHONE},{NAME},{NAME},{PHONE}\n{NAME},area,{NAME},{SECRET}\n"
    for content in (table, f"{NAME},{PHONE}\n{NAME},{PHONE}\n"):
        answer = office.post(
            "/admin/units-import", {"file": (io.BytesIO(content.encode()), "units.csv")},
            content_type="multipart/form-data",
        )
        assert 400 == answer.status_code
        told = answer.get_data(as_text=True)
        assert [] == repeated(told, log.getvalue(), kept(service))


@pytest.mark.parametrize("row", [
    f"{PHONE},1,门口", f"{NAME},1,门口", f"A01,{PHONE},门口", f"A01,{NAME},门口",
    f"A01,1,{NAME * 8}", f"A01,1,{PHONE}{PHONE}",
], ids=unnamed)
def test_placements_csv(row, tmp_path, capsys):
    folder = write_campaign(tmp_path / "c")
    (folder / "placements.csv").write_text(f"unit,number,label\n{row}\n", encoding="utf-8")
    assert 1 == qrgen(["check", str(folder)])
    assert [] == repeated(*capsys.readouterr())


@pytest.mark.parametrize("value", PLANTED, ids=unnamed)
def test_every_value_of_campaign_toml(value, tmp_path, capsys):
    """And each key, for whoever fills it in may paste into the wrong line."""
    lines = CAMPAIGN_TOML.splitlines()
    refused = 0
    for number, line in enumerate(lines):
        key, equals, _ = line.partition(" = ")
        changed = [f'{key} = "{value}"', f'"{value}" = 1', f"{key} = {value}", f"[{value}]",
                   f'"{value}" = 1\n"{value}" = 1', f'{key} = ["{value}"']
        for text in changed if equals else changed[1:2]:
            toml = "\n".join([*lines[:number], text, *lines[number + 1:]])
            folder = write_campaign(tmp_path / "c", toml=toml)
            refused += qrgen(["check", str(folder)])
            said = capsys.readouterr()
            if key not in ("forbidden_banks", "forbidden_words"):  # which name what is found
                assert [] == repeated(said.err), text
    assert refused > len(lines)


CONFIG = [
    'database = "{x}"', 'database = "mysql://root:{x}@db/x"', "database = 5", 'digest = "{x}"',
    'database = "postgresql://u:{x}@{x}@127.0.0.1:1/d"',
    'database = "postgresql://u:%zz{x}@127.0.0.1:1/d"',
    'database = "postgresql://u@127.0.0.1:1/d?{x}={x}"',
    'public_url = "{x}"', 'public_url = "https://u:{x}@host"', 'public_url = "https://host/{x}"',
    'public_url = "https://host:{x}"', 'public_url = "https://{x}[/"', 'public_url = "{x}://h"',
    'nodes = "{x}"', 'trusted_proxies = "{x}"', 'form_max_age_s = "{x}"', 'session_idle_s = "{x}"',
    'password_rule = "{x}"', '"{x}" = 1', '[newness]\nmode = "{x}"', '[newness]\n"{x}" = 1',
    '[newness]\nmode = "http"\nurl = "{x}"', '[one_time]\nsender = "{x}"', '[one_time]\n"{x}" = 1',
    '[limits]\n"{x}" = 1', '[alarms]\n"{x}" = 1', '[alarms]\nscans = "{x}"', 'nodes = {x}',
    'nodes = "{x}', '"{x}" = 1\n"{x}" = 2', '[{x}]\n[{x}]', 'redis_url = ["{x}"]',
    'tls_certificate = ["{x}"]',
]


@pytest.mark.parametrize("text", CONFIG, ids=unnamed)
@pytest.mark.parametrize("value", [SECRET, PHONE], ids=unnamed)
def test_config_toml(text, value, seen, instance):
    """Its errors end up in the journal; a key or a password in them would be one to change."""
    path = instance.folder / "config.toml"
    if text.startswith("public_url"):
        path.write_text("")
    old = path.read_text()
    line = text.format(x=value)
    path.write_text(f"{line}\n{old}" if not line.startswith("[") else f"{old}\n{line}\n")
    told = seen("check")
    assert [] == repeated(told)
    assert "hint: " in told


@pytest.mark.parametrize("name", ["codes", "forms", "sessions", "person", "seals"])
@pytest.mark.parametrize(
    "content", [SECRET, f"change-me-{SECRET}-change-me", f"{SECRET}\0"], ids=unnamed
)
def test_key_files(name, content, seen, instance):
    (instance.folder / "keys" / f"{name}.keys").write_text(content)
    assert [] == repeated(seen("check"))


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_something_else(name, seen, tmp_path):
    """A photo, a list of units, a backup, an exported table: taken for one by mistake."""
    path = tmp_path / "file"
    path.write_bytes(content_of(name))
    told = [
        seen("inspect", path, main=qrgen),
        seen("inspect", path, "--registry", path, main=qrgen),
        seen("restore", path),
        seen("verify-export", path),
    ]
    assert [] == repeated(*told)


@pytest.mark.parametrize("mark", [
    f"封印 {PHONE} · 2022-10-11 09:30:00 · 0123456789abcdef",
    f"封印 1 · {PHONE} · 0123456789abcdef",
], ids=unnamed)
def test_what_looks_like_a_seal(mark, seen, tmp_path):
    """`verify-export` tells the seal that a file bears; it must be one."""
    path = tmp_path / "a.csv"
    path.write_text(f"a,b,{mark}\n", encoding="utf-8")
    assert "" == spreadsheets.mark_in(path)
    assert [] == repeated(seen("verify-export", path))


@pytest.mark.parametrize("argv", [
    ["trace", PHONE], ["trace", NAME], ["trace", f"4321@{NAME}"], ["trace", f"4321@{PHONE}"],
    ["export", "claims", "--out", "x", "--since", PHONE],
    ["feed", "import", "x.csv", "--as-of", PHONE], ["units", "revoke", NAME],
    ["units", "reissue", PHONE], ["user", "add", "li", "--generate", "--role", "area",
                                  "--scope", NAME],
], ids=unnamed)
def test_what_is_typed(argv, seen):
    """A number that somebody looks for stays out of the terminal's scrollback and of tickets."""
    told = seen(*argv, status=2)
    assert [] == repeated(told)


def test_a_correction_in_the_console(service, log):
    add_everyone(service)
    claimed(service, 1, "N07", instants.now(), 1)
    office = signed_in(service, "office")
    for field in ("kind", "row", "reason", "to_unit", "note"):
        for value in (PHONE, NAME):
            form = {"kind": "reassign", "row": "1", "reason": "other", "to_unit": "N08",
                    "note": "查过", field: value}
            told = office.post("/admin/corrections", form).get_data(as_text=True)
            if field == "to_unit" and value == NAME:
                told = ""  # a unit that is not found stands in its field again
            assert [] == repeated(told, log.getvalue()), field


def test_the_signed_interface(service, client, log):
    """Its answers are kept, and logged by who gets them."""
    partner = Partner(service, client)
    good = {"phone": PHONE, "registered_at": local_text(instants.now())}
    asked = [
        {"items": [{**good, PHONE: 1, NAME: 2}]}, {"items": [good], NAME: 1, PHONE: 2},
        {"items": [{**good, "registered_at": NAME}]}, {"items": [{**good, "registered_at": PHONE}]},
        {"items": [{**good, "phone": f"{PHONE}9"}]}, {"items": [{**good, "phone": NAME}]},
        {"items": [{**good, "ref": PHONE}]}, {"items": [{**good, "ref": f"+86 {PHONE}"}]},
        {"items": [NAME, PHONE]}, {"items": PHONE}, {"items": [good], "batch": NAME},
        {"items": [good], "batch": f"{PHONE} "}, {"items": [good], "as_of": NAME}, [PHONE],
        f'{{"items": [{PHONE}{NAME}'.encode(),
    ]
    for what in ("facts", "lookups"):
        for body in asked:
            answer = partner.post(what, body)
            assert [] == repeated(answer.get_data(as_text=True)), body
    for header in ("X-Key-Id", "X-Timestamp", "X-Nonce", "X-Signature"):
        answer = partner.post("facts", {"items": [good]}, **{header: f"{PHONE} {SECRET}"})
        assert 401 == answer.status_code
        assert [] == repeated(answer.get_data(as_text=True))
    assert [] == repeated(log.getvalue(), kept(service))
    with service.store.read() as connection:
        answers = connection.rows("select body from partner_answer")
    assert answers and [] == repeated(*(row["body"] for row in answers))


@pytest.mark.parametrize(("kind", "value"), [("bigint", NAME), ("date", PHONE), ("int", SECRET)])
def test_a_database_that_refuses_a_value(kind, value, postgres_service):
    """PostgreSQL quotes it in its very first line."""
    with pytest.raises(StoreError) as caught, postgres_service.store.read() as connection:
        connection.one(
            f"select cast(cast(:value as text) as {kind}) as n", {"value": value}
        )
    assert [] == repeated(str(caught.value))
    assert "invalid input" in str(caught.value) or "out of range" in str(caught.value)


@pytest.mark.parametrize("text", [
    "", "1", "13", PHONE, "１３９", NAME, "a", "13 9", "A01", "未绑卡", "a@b.cn", "\0", "é", "🀄",
])
def test_a_shape_tells_length_and_kinds_and_no_letter(text):
    shape = shape_of(text)
    assert str(len(text)) in shape or text == ""
    assert text == "" or text not in shape.replace("a", "", 1) or len(text) < 3
    # The console tells each in Chinese.
    assert not any(letter.isascii() and letter.isalpha() for letter in shape.told("zh"))


@pytest.mark.parametrize(("text", "shape"), [
    (PHONE, "11 digits"), (NAME, "text of 4 letters"), ("１３９", "3 digits"), ("", "nothing"),
    ("7", "1 digit"), ("2022-10-11", "10 characters (digits, signs)"),
    ("a b\t1", "5 characters (blanks, digits, letters)"),
])
def test_shapes_read_well(text, shape):
    assert shape == shape_of(text)


def test_only_ids_and_words_of_ours_may_be_repeated():
    """An id is in nobody's name; a key of a settings file is a word of the program."""
    assert [f"{text!r}" for text in ("A01", "N0007", "a1", "B")] == [
        id_or_shape(text) for text in ("A01", "N0007", "a1", "B")
    ]
    for text in ("Zhang", "A012345", PHONE, NAME, "", "A 1", "13", "Ａ01"):
        assert repr(text) != id_or_shape(text)
    assert "'tls_key'" == word_or_shape("tls_key")
    for text in (PHONE, NAME, SECRET, "k3y", "Word", "", "x" * 25):
        assert repr(text) != word_or_shape(text)


def test_a_store_that_no_engine_serves_says_no_more_than_its_kind():
    with pytest.raises(ValueError) as caught:
        open_store(SECRET)
    assert [] == repeated(str(caught.value))


def test_known_headings_are_named_and_others_by_column(tmp_path):
    """Whoever looks into the file finds them; whoever sees the message learns nothing."""
    from attribution.facts import feed_reader

    path = tmp_path / "a.csv"
    path.write_text(f"手机号,{NAME},,开通\n{GOOD}\n", encoding="utf-8")
    with pytest.raises(Fault) as caught:
        list(feed_reader.rows_here(path))
    assert (
        f"{path}:1: no column for registered_at, card_bound_at, first_txn_at"
        " (headings: A 手机号; B text of 4 letters; D text of 2 letters)"
    ) == caught.value.cause
    assert "第 1 行各列是：A 手机号；B 4个文字；D 2个文字" in caught.value.shown()


def told(entry):
    """What an entry says was done, and to what."""
    return entry["what"], Entry.from_text(entry["detail"]).subject


def test_an_account_that_is_taken_is_not_repeated_in_the_log(service, log):
    """A password typed in the place of the name is the commonest slip at a door."""
    add_everyone(service)
    visitor = signed_in(service, "office")
    visitor.sign_in(SECRET, SECRET)
    assert [] == repeated(log.getvalue())
    *_, failed = audit.entries(service.store)
    assert ("sign_in_failed", f"account {shape_of(SECRET)}") == told(failed)
    visitor.sign_in("office", SECRET)
    *_, failed = audit.entries(service.store)
    assert ("sign_in_failed", "account office") == told(failed)
    for _ in range(signing_in.PER_ACCOUNT_AND_NETWORK):
        visitor.sign_in(SECRET, SECRET)
    *_, blocked = audit.entries(service.store)
    assert ("sign_in_blocked", f"account {shape_of(SECRET)}") == told(blocked)
    assert signing_in.sign_in(service.store, SECRET, SECRET) is None


