"""A download needs no second table, says what it is of, and is read again by our commands."""
import csv
import io
import random
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from console import Visitor, add_everyone, signed_in
from factories import make_phone
from openpyxl.utils import get_column_letter
from test_console_pages import HEAD
from test_console_queues import imported

from attribution.cli import main
from attribution.reports import exports
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, local_text
from attribution.rule.stated import first
from attribution.service import Service
from attribution.store import export_pages

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
UNITS = ("N07", "N08", "A01", "A02", "D01", "B01")


@pytest.fixture
def county(service: Service) -> Service:
    """People of every kind: several claims, none, held, late, half-way, by days alone."""
    chance = random.Random(18)
    add_everyone(service)
    now = instants.now() // instants.SECOND * instants.SECOND
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(HEAD)
    from attribution.rule.people import identify
    from attribution.store import log

    ids = iter(range(648_113_436_869_263_360, 1 << 62))
    for number in range(1, 61):
        for _ in range(chance.randrange(4)):
            person = identify(make_phone(number), service.settings.person_pepper)
            id, at = next(ids), now - chance.randrange(20 * 24 * 60) * MINUTE
            claim = log.ClaimRow(
                id, service.campaign.id, person.digest, at, chance.choice(UNITS), 1, None, None,
                chance.random() < 0.3, person.last4, "c", "n", "wechat", token=f"t{id}",
            )
            held, gone = chance.random() < 0.15, chance.random() < 0.1

            def act(connection: Any, claim: Any = claim, held: bool = held,
                    gone: bool = gone) -> None:
                log.add_claim(connection, claim)
                for kind, so in (("held", held), ("withdrawn", gone)):
                    if so:
                        log.add_claim_event(
                            connection, service.campaign.id, claim.person, claim.id,
                            id=claim.id + (1 << 61) + (kind == "held"), at=claim.at + MINUTE,
                            kind=kind, reason="r", by_whom="rule",
                        )

            service.store.write(act)
        registered = now - chance.randrange(25 * 24 * 60) * MINUTE
        steps = [registered + n * HOUR for n in (0, 1, 2)]
        texts = [local_text(min(at, now)) for at in steps]
        if chance.random() < 0.3:
            texts = [text[:10] for text in texts]
        row = [make_phone(number), *texts[: chance.randrange(1, 4)], "", "", ""]
        writer.writerow(row[:4])
    imported(signed_in(service, "office"), buffer.getvalue().encode("utf-8-sig"))
    return service


def book(visitor: Visitor, path: str) -> Any:
    return openpyxl.load_workbook(io.BytesIO(visitor.get(path).get_data()))


@pytest.mark.parametrize("kind", ["csv", "xlsx", "gb18030"])
def test_our_claims_and_people_are_judged_again_by_the_what_if(
    county: Service, tmp_path: Path, kind: str
) -> None:
    """Whoever doubts a credit can judge all of them again from two downloads."""
    office = signed_in(county, "office")
    for name in ("claims", "attribution"):
        address = f"/admin/export/{name}.{kind if kind == 'xlsx' else 'csv'}?purpose=x"
        body = office.get(address + ("&encoding=gb18030" if kind == "gb18030" else ""))
        (tmp_path / name).write_bytes(body.get_data())
    out = tmp_path / "credits.csv"
    assert 0 == main([
        "whatif", "--claims", str(tmp_path / "claims"), "--facts", str(tmp_path / "attribution"),
        "--out", str(out), "--campaign", str(county.settings.campaign_folder),
    ])
    with out.open(encoding="utf-8") as file:
        judged = sorted((row["unit"], row["reason"]) for row in csv.DictReader(file))
    told = sorted(
        (str(credited or ""), str(reason or ""))
        for block in exports.EXPORTS["attribution"].blocks(
            county.store, county.campaign.id, export_pages.Filter()
        )
        for credited, reason in zip(block["credited"], block["reason"], strict=True)
    )
    assert told == judged and len(told) == 60
    assert {"held", "withdrawn", "no_claim", "not_bound_yet", ""} <= {reason for _, reason in told}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_shell_reads_what_the_shell_wrote(
    county: Service, tmp_path: Path, language: str
) -> None:
    for name in ("claims", "attribution"):
        assert 0 == main([
            "export", name, "--out", str(tmp_path / f"{name}.csv"), "--headings", language,
            "--instance", str(county.settings.instance),
        ])
    assert 0 == main([
        "whatif", "--claims", str(tmp_path / "claims.csv"),
        "--facts", str(tmp_path / "attribution.csv"), "--out", str(tmp_path / "o.csv"),
        "--campaign", str(county.settings.campaign_folder),
    ])
    assert 61 == len((tmp_path / "o.csv").read_text(encoding="utf-8").splitlines())


def test_a_row_number_that_was_copied_from_a_download_is_found(
    county: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    """All its 18 digits are there, and the # before them is no slip."""
    office = signed_in(county, "office")
    text = office.get("/admin/export/claims.csv?purpose=x").get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert all(re.fullmatch("#[0-9]{18}", row["流水号"]) for row in rows)
    assert all(re.fullmatch("#[0-9]{4}", row["手机尾号"]) for row in rows)
    assert 0 == main(["trace", rows[0]["流水号"], "--instance", str(county.settings.instance)])
    form = {"row": rows[0]["流水号"], "kind": "hold", "reason": "wrong_unit", "note": "核实"}
    assert 302 == office.post("/admin/corrections", form).status_code


@pytest.mark.parametrize("name", ["claims", "credits", "attribution", "progress"])
def test_a_sheet_says_what_it_is_of_and_is_ready_to_use(county: Service, name: str) -> None:
    office = signed_in(county, "office")
    day = local_text(instants.now() - 9 * DAY)[:10]
    path = f"/admin/export/{name}.xlsx?purpose=x&since={day}&to={day}&unit=A01"
    made = book(office, path)
    sheet = made.worksheets[0]
    title = exports.EXPORTS[name].title
    assert [title, "封印"] == made.sheetnames
    about = str(sheet["A1"].value)
    assert about.startswith(title) and f"期间：{day}" in about and "单位：A01 潋江镇" in about
    assert "导出" in about
    heads = [cell.value for cell in sheet[2]]
    assert [column.heading for column in exports.EXPORTS[name].columns] == heads
    assert "A3" == sheet.freeze_panes
    end = f"{get_column_letter(len(heads))}{sheet.max_row}"
    assert f"A2:{end}" == sheet.auto_filter.ref
    assert "$1:$2" == sheet.print_title_rows and "landscape" == sheet.page_setup.orientation
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and 0 == sheet.page_setup.fitToHeight


def test_columns_are_as_wide_as_what_stands_in_them(county: Service) -> None:
    office = signed_in(county, "office")
    for name in ("claims", "credits", "attribution", "progress", "scans"):
        sheet = book(office, f"/admin/export/{name}.xlsx?purpose=x").worksheets[0]
        for column in sheet.iter_cols(min_row=2):
            wide = sheet.column_dimensions[column[0].column_letter].width
            numbers = any(isinstance(cell.value, int | float) for cell in column[1:])
            for cell in column[:200]:
                text = cell.value if isinstance(cell.value, str) else ""
                needed = sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)
                # Above numbers and times it may stand in two lines.
                lines = 2 if cell.row == 2 and (numbers or text.endswith("时间")) else 1
                assert min(needed / lines, 48) < wide, (name, text)


def test_names_stand_beside_codes_and_words_beside_reasons(county: Service) -> None:
    office = signed_in(county, "office")
    sheet = book(office, "/admin/export/attribution.xlsx?purpose=x").worksheets[0]
    head, *rows = sheet.iter_rows(min_row=2, values_only=True)
    place = {name: head.index(name) for name in head}
    of_it = [row for row in rows if row[place["归属单位"]] == "A01"]
    assert {"潋江镇"} == {row[place["归属单位名称"]] for row in of_it}
    words = {row[place["原因代码"]]: row[place["结论"]] for row in rows}
    assert "登记待核查" == words["held"] and "有效新用户" == words[None]
    sheet = book(office, "/admin/export/claims.xlsx?purpose=x").worksheets[0]
    head, *rows = sheet.iter_rows(min_row=2, values_only=True)
    assert {"wechat": "微信"} == {
        row[head.index("打开方式代码")]: row[head.index("打开方式")] for row in rows
    }
    assert all(row[head.index("单位名称")] for row in rows)


@pytest.mark.parametrize("page", [2000, 7])
def test_rows_are_in_the_order_of_time(
    county: Service, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(export_pages, "PAGE", page)
    for name, key in (("credits", "effective_at"), ("attribution", "claimed_at")):
        blocks = list(exports.EXPORTS[name].blocks(
            county.store, county.campaign.id, export_pages.Filter()
        ))
        found = [
            at if at is not None else registered
            for block in blocks
            for at, registered in zip(block[key], block["registered_at"], strict=True)
        ]
        times = [first(at) for at in found]
        assert sorted(times) == times and len(times) > 4
        people = [person for block in blocks for person in block["person"]]
        assert len(set(people)) == len(people) == (60 if name == "attribution" else len(people))


def test_numbers_stand_in_threes_and_shares_with_two_places(county: Service) -> None:
    sheet = book(signed_in(county, "office"), "/admin/export/progress.xlsx").worksheets[0]
    head = [cell.value for cell in sheet[2]]
    formats = {name: sheet.cell(3, place).number_format for place, name in enumerate(head, 1)}
    assert "#,##0" == formats["指导任务数"] == formats["有效新用户"] == formats["扫码"]
    assert "#,##0.00" == formats["完成率（%）"] and "General" == formats["位次"]
    assert 40000 == sheet.cell(3, head.index("指导任务数") + 1).value


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_a_spreadsheet_keeps_all_digits_of_a_csv(county: Service, tmp_path: Path) -> None:
    """Opened and saved again, a row's number has its 18 digits, and 0001 its noughts."""
    assert OFFICE
    body = signed_in(county, "office").get("/admin/export/claims.csv?purpose=x").get_data()
    (tmp_path / "claims.csv").write_bytes(body)
    subprocess.run(
        [OFFICE, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless",
         "--infilter=Text - txt - csv (StarCalc):44,34,76", "--convert-to", "xlsx",
         "--outdir", str(tmp_path), str(tmp_path / "claims.csv")],
        check=True, capture_output=True, timeout=200,
    )  # fmt: skip
    sheet = openpyxl.load_workbook(tmp_path / "claims.xlsx").active
    assert sheet is not None
    saved = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    for name in ("流水号", "手机尾号", "首次登记流水号"):
        place = rows[0].index(name)
        assert [row[place] for row in rows] == [row[place] for row in saved]


def test_a_workbook_is_one_a_program_opens(county: Service) -> None:
    body = signed_in(county, "office").get("/admin/export/claims.xlsx?purpose=x").get_data()
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        assert parts.testzip() is None
        text = parts.read("xl/worksheets/sheet1.xml").decode()
    # The order of a sheet's parts is the schema's (ECMA-376, 18.3.1.99); Excel repairs others.
    order = ["<sheetPr>", "<sheetViews>", "<cols>", "<sheetData>", "<autoFilter", "<pageMargins",
             "<pageSetup", "<headerFooter>"]
    places = [text.index(part) for part in order]
    assert sorted(places) == places
