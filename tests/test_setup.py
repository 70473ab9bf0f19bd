"""An empty installation: who may set it up, what is kept, what publishing makes and ends."""
import io
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import run
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from test_setup_tables import attachment
from werkzeug.test import TestResponse

from attribution.cli import main as attribution
from attribution.office import new_units, signing_in
from attribution.rule import instants
from attribution.service import open_service
from attribution.settings import load_settings
from attribution.upkeep import setting_up
from attribution.web.setup import create_setup_app
from qrgen.codes import BadCode, read_code
from qrgen.decode import read_picture
from qrgen.faults import Fault
from qrgen.instance import read_keys
from qrgen.registry import load_campaign

DAY = 86_400
ROWS = (
    ("清河镇", "农商行清河支行", "500"), ("清河镇", "邮储银行清河所", "1,200"),
    ("白塔乡", "农商行白塔分理处", "300"),
)


def days(more: int) -> str:
    return instants.local_text(instants.now() + more * DAY * 1_000_000)[:10]


def form(**changed: str) -> dict[str, str]:
    return {
        "title": "清河县移动支付便民工程推广实施方案", "short_title": "清河县移动支付便民工程",
        "document": "清府办字〔2026〕12号", "issuer": "清河县人民政府办公室",
        "first_day": days(-1), "last_day": days(60), "address": "https://ysf.example.gov.cn",
        "hosts": "apps.apple.com", **changed,
    }


class Setter:
    """Somebody with a browser, before an installation that is not set up."""

    def __init__(self, app: Flask, instance: Path):
        self.client: FlaskClient = app.test_client()
        self.instance = instance

    def text(self, path: str = "") -> str:
        return self.client.get(f"/admin/setup{path}").get_data(as_text=True)

    def post(self, path: str, data: dict[str, Any], **more: Any) -> TestResponse:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.text())
        assert found
        return self.client.post(
            f"/admin/setup{path}", data={"csrf_token": found[1], **data}, **more
        )

    def enters(self, key: str = "") -> TestResponse:
        return self.post("", {"key": key or setting_up.key_of(self.instance)})

    def pastes(self, *rows: tuple[str, ...]) -> TestResponse:
        lines = [("乡镇（社区）", "对接银行", "任务数"), *rows]
        return self.post("/table", {"pasted": "\n".join("\t".join(row) for row in lines)})

    def corrects(
        self, *rows: tuple[str, ...], departments: str = "县教育局", **more: str
    ) -> TestResponse:
        found = re.search(r'name="mark" value="([^"]+)"', self.text("/table"))
        assert found
        columns = ("area", "branch", "target")
        return self.post("/table/rows", {
            "departments": departments, "mark": found[1],
            **{f"row.{n}.{column}": value for n, row in enumerate(rows)
               for column, value in zip(columns, row, strict=True)},
            **more,
        })

    def brings_the_table(self) -> None:
        self.pastes(*ROWS)
        self.corrects(*ROWS)

    def fills_in(self, **changed: str) -> dict[str, Any]:
        """Return what the page's script is told."""
        answer = self.post("/form", form(**changed), headers={"Accept": "application/json"})
        told: dict[str, Any] = answer.get_json()
        return told


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("ZHUANMA_INSTANCE", "ZHUANMA_PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "instance"


@pytest.fixture
def renewed() -> list[str]:
    return []


@pytest.fixture
def app(instance: Path, renewed: list[str]) -> Iterator[Flask]:
    settings = setting_up.begin(instance)
    made = create_setup_app(instance, settings, lambda: renewed.append("now"))
    yield made
    made.extensions["zhuanma"].close()


@pytest.fixture
def setter(app: Flask, instance: Path) -> Setter:
    made = Setter(app, instance)
    made.enters()
    return made


# --- who ----------------------------------------------------------------------------------


def test_nobody_without_the_key_reaches_anything(app: Flask, instance: Path) -> None:
    """Whoever reaches an empty installation first would own it."""
    stranger = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in ("static", "public.healthz", "setup.start", "setup.enter"):
            continue
        path = re.sub("<[^>]+>", "1", rule.rule)
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            answer = stranger.open(path, method=method)
            told = method, path, answer.status_code
            if answer.status_code == 302:
                assert answer.headers["Location"] in ("/admin/setup",), told
            else:  # no token of ours, or a page of a service that there is not yet
                assert answer.status_code in (400, 503), told
    assert not (instance / "keys").exists()


def test_even_with_the_key_nothing_but_setting_up_answers(setter: Setter) -> None:
    for path in ("/Q/N01-1.1111111111111111", "/my", "/receipt"):
        assert 503 == setter.client.get(path).status_code
    assert "/admin/setup" == setter.client.get("/admin/users").headers["Location"]
    assert 503 == setter.client.post("/api/v1/facts", data=b"{}").status_code


def test_a_wrong_key_opens_nothing(app: Flask, instance: Path) -> None:
    stranger = Setter(app, instance)
    for key in ("", " ", "0" * 16, setting_up.key_of(instance)[:-1], "口令"):
        assert 403 == stranger.post("", {"key": key}).status_code
    assert 302 == stranger.client.get("/admin/setup/table").status_code


def test_the_key_may_be_typed_as_people_type(app: Flask, instance: Path) -> None:
    for key in (" {} ", "{}"):
        typed = key.format(setting_up.key_of(instance).lower().replace("-", " "))
        assert 302 == Setter(app, instance).enters(typed).status_code


def test_the_key_stays_the_same_and_is_for_the_service_alone(instance: Path) -> None:
    setting_up.begin(instance)
    key = setting_up.key_of(instance)
    setting_up.begin(instance)
    assert key == setting_up.key_of(instance)
    assert re.fullmatch("[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){3}", key)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps lists and no modes")
def test_what_is_kept_meanwhile_is_private(setter: Setter) -> None:
    setter.fills_in()
    for name, mode in (("key", 0o600), ("draft.json", 0o600), ("", 0o700)):
        path = setter.instance / "setup" / name
        assert mode == stat.S_IMODE(path.stat().st_mode), name


def test_a_node_that_lacks_its_keys_is_not_set_up_anew(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its county has a ledger elsewhere, and needs no second campaign."""
    assert setting_up.is_due(instance)
    monkeypatch.setenv("ZHUANMA_DATABASE", "postgresql://elsewhere/ledger")
    assert not setting_up.is_due(instance)
    monkeypatch.delenv("ZHUANMA_DATABASE")
    instance.mkdir()
    (instance / "config.toml").write_text('database = "postgresql://elsewhere/ledger"\n')
    assert not setting_up.is_due(instance)
    (instance / "config.toml").write_text('public_url = "https://ysf.example.gov.cn"\n')
    assert setting_up.is_due(instance)
    (instance / "keys").mkdir()
    assert not setting_up.is_due(instance)


def test_a_folder_that_cannot_be_made_is_named(instance: Path) -> None:
    instance.write_text("a file")
    with pytest.raises(Fault) as caught:
        setting_up.begin(instance / "inside")
    assert str(instance) in caught.value.cause


def test_a_form_that_is_not_ours_is_refused(setter: Setter) -> None:
    assert 400 == setter.client.post("/admin/setup/publish", data={"sure": "yes"}).status_code


# --- what is kept, and shown --------------------------------------------------------------


def test_another_browser_with_the_key_goes_on(app: Flask, setter: Setter) -> None:
    setter.brings_the_table()
    setter.fills_in()
    other = Setter(app, setter.instance)
    other.enters()
    assert "清府办字〔2026〕12号" in other.text("/form")
    assert "邮储银行清河所" in other.text("/table")


def test_without_a_script_the_form_is_kept_by_its_button(setter: Setter) -> None:
    answer = setter.post("/form", {**form(last_day="2020-01-01"), "go": "stay"})
    assert 302 == answer.status_code
    page = setter.text("/form?look=1")
    assert "早于第一天" in page and 'aria-invalid="true"' in page


@pytest.mark.parametrize(("field", "typed", "word"), [
    ("last_day", "2020-01-01", "早于第一天"), ("first_day", "九月一日", "看不懂这个日期"),
    ("address", "ysf.example.gov.cn", "加主机名"), ("link.3.url", "http://a.example", "https://"),
    ("link.3.url", "https://a.example/x", "允许的网站"), ("goal.0.number", "四万", "只写数字"),
    ("hotline", "0797" * 20, "写短一些"), ("texts.headline", "限时红包", "自愿"),
    ("design.deep", "#eeeeee", "对比度"), ("short_title", "清河县\U0001f600工程", "印不出"),
    ("stage.0.last", "2020-01-01", "不在活动日期之内"),
    ("issuer", "兴国县人民政府办公室", "样例"), ("texts.benefit", "兴国县便民", "样例"),
])  # fmt: skip
def test_what_is_wrong_is_told_at_its_field(
    setter: Setter, field: str, typed: str, word: str
) -> None:
    beside = {
        "link.3.url": {"link.3.label": "更多"},
        "goal.0.number": {"goal.0.label": "新增", "goal.0.by": days(30)},
        "stage.0.last": {"stage.0.name": "宣传", "stage.0.start": "2020-01-01",
                         "stage.0.lead": "县", "stage.0.duty": "宣传"},
    }.get(field, {})
    told = setter.fills_in(**{field: typed}, **beside)
    assert word in told["wrong"][field]
    assert [] == [name for name in told["wrong"] if name != field]
    assert 200 == setter.client.get("/admin/setup/page").status_code


def test_the_poster_follows_what_is_typed_and_its_code_is_nobodys(setter: Setter) -> None:
    setter.brings_the_table()
    setter.fills_in()
    first = setter.client.get("/admin/setup/poster.png").data
    setter.fills_in(hotline="0000-1234567")
    second = setter.client.get("/admin/setup/poster.png").data
    assert first != second
    (code,) = read_picture(Image.open(io.BytesIO(second)).convert("L")).codes
    found = code.text
    assert found.startswith("https://ysf.example.gov.cn/Q/N01-1.")
    setter.post("/publish", {"sure": "yes"})
    with pytest.raises(BadCode):
        read_code(found.rpartition("/")[2], read_keys(setter.instance, "codes"))


def test_the_residents_page_stands_in_our_frame_and_in_no_other(setter: Setter) -> None:
    setter.brings_the_table()
    setter.fills_in()
    answer = setter.client.get("/admin/setup/page")
    assert "清河镇·农商行清河支行" in answer.get_data(as_text=True)
    assert "清河县人民政府办公室" in answer.get_data(as_text=True)
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert "DENY" == setter.client.get("/admin/setup/form").headers["X-Frame-Options"]


def test_a_logo_is_kept_when_it_is_a_picture(setter: Setter) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(picture, "PNG")
    setter.post("/form", {**form(), "logo": (io.BytesIO(b"not one"), "logo.png")})
    assert "这个文件不能用作标志" in setter.text("/form?logo=1")
    setter.post("/form", {**form(), "logo": (io.BytesIO(picture.getvalue()), "县标.png")})
    assert "已有标志" in setter.text("/form")
    assert 200 == setter.client.get("/admin/setup/poster.png").status_code


# --- the table ----------------------------------------------------------------------------


def test_the_seeds_own_table_needs_no_correction(setter: Setter) -> None:
    """A cell a line, as it is copied out of the document."""
    setter.post("/table", {"pasted": attachment()})
    page = setter.text("/table")
    for words, number in (("乡镇（社区）", "40"), ("网点", "87"), ("银行", "11"),
                          ("任务数合计", "40,000"), ("表上写的合计", "40,000")):
        assert f"<dt>{words}</dt><dd>{number}</dd>" in page
    assert 'class="bad"' not in page and 'class="problem"' not in page
    # 枫边乡 has one branch, which the table gives no number: all of the township's.
    assert 'placeholder="600"' in page


def test_rows_are_corrected_added_and_taken_away(setter: Setter) -> None:
    setter.brings_the_table()
    page = setter.text("/table")
    assert 3 == len(re.findall(r'name="row\.\d+\.area"', page)) and "2,000" in page
    setter.corrects(("清河镇", "农商行清河支行", "x"), *ROWS[1:], **{"row.2.gone": "1", "add": "1"})
    page = setter.text("/table")
    wrong = re.search(r'id="row-1".*?id="wrong-0">([^<]+)<', page, re.DOTALL)
    assert wrong and "不是户数" in wrong[1]
    assert 7 == len(re.findall(r'name="row\.\d+\.area"', page))
    assert "白塔乡" not in page
    assert "单位表" in setter.text("/publish") and 'name="sure"' not in setter.text("/publish")


def test_who_corrects_what_somebody_else_changed_meanwhile_is_told(
    app: Flask, setter: Setter
) -> None:
    setter.brings_the_table()
    found = re.search(r'name="mark" value="([^"]+)"', setter.text("/table"))
    assert found
    setter.corrects(*ROWS[:2])
    setter.post("/table/rows", {"mark": found[1], "row.0.area": "别处"})
    page = setter.text("/table")
    assert "刚才有人改过这张表" in page and "别处" not in page


def test_a_bank_of_two_names_is_asked_about_once(setter: Setter) -> None:
    setter.pastes(("清河镇", "农行清河支行", "500"), ("白塔乡", "农业银行白塔支行", "300"))
    page = setter.text("/table")
    assert "是同一家银行吗" in page
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    assert 400 == setter.post("/table/answer", {"key": key[1], "answer": "别的"}).status_code
    setter.post("/table/answer", {"key": key[1], "answer": "农业银行"})
    page = setter.text("/table")
    assert "是同一家银行吗" not in page and "<dt>银行</dt><dd>1</dd>" in page


@pytest.mark.parametrize(("name", "content", "word"), [
    ("附件.xlsx", b"PK\x03\x04 nothing of a workbook", "读不了"),
    ("附件.pdf", b"%PDF-1.7", "读不了"),
    ("附件.csv", "姓名,年龄\n张三,3\n".encode(), "没有找到任务表"),
])  # fmt: skip
def test_a_file_that_is_no_table_is_refused_by_its_true_name(
    setter: Setter, name: str, content: bytes, word: str
) -> None:
    answer = setter.post("/table", {"file": (io.BytesIO(content), name)})
    assert 400 == answer.status_code
    assert "这张表读不了" in answer.get_data(as_text=True)
    assert word in answer.get_data(as_text=True)


@pytest.mark.parametrize(("typed", "right"), [
    ("县教育局\n\n县卫健委：医疗\n县教育局", [("县教育局", ""), ("县卫健委", "医疗")]),
    ("1. 县教育局\n（2）县商务局:商超", [("县教育局", ""), ("县商务局", "商超")]),
    ("序号\t部门\t服务领域\n1\t县教育局\t学校", [("县教育局", "学校")]), ("", []),
])  # fmt: skip
def test_departments_are_read_as_people_list_them(
    typed: str, right: list[tuple[str, str]]
) -> None:
    made = new_units.departments_of(typed)
    assert right == [(one.name, one.sector) for one in made]
    again = new_units.departments_of(new_units.as_text(made))
    assert right == [(one.name, one.sector) for one in again]


# --- publishing ---------------------------------------------------------------------------


def test_nothing_is_published_that_is_not_whole(setter: Setter) -> None:
    setter.brings_the_table()
    setter.fills_in(title="", last_day="2020-01-01")
    page = setter.text("/publish")
    assert "还没有填" in page and "早于第一天" in page and 'name="sure"' not in page
    assert 400 == setter.post("/publish", {"sure": "yes"}).status_code
    setter.fills_in()
    assert 400 == setter.post("/publish", {}).status_code, "nobody said that they looked"
    setter.corrects(("清河镇", "某某网点", "500"))
    assert 400 == setter.post("/publish", {"sure": "yes"}).status_code
    assert not (setter.instance / "keys").exists()


def test_publishing_makes_the_instance_and_three_people_and_ends(
    setter: Setter, renewed: list[str]
) -> None:
    setter.brings_the_table()
    setter.fills_in(last_day=days(60), settle_day="", hotline="0000-1234567")
    page = setter.text("/publish")
    assert "https://ysf.example.gov.cn" in page and "N01–N03" in page
    assert 302 == setter.post("/publish", {"sure": "yes"}).status_code
    slips = {}
    while found := re.search(
        r'id="account">([^<]+)<.*?id="password">([^<]+)<', setter.text("/slip"), re.DOTALL
    ):
        assert setter.text("/slip") == setter.text("/slip"), "a reload loses nobody's password"
        slips[found[1]] = found[2]
        assert [] == renewed
        token = re.search(r'name="csrf_token" value="([^"]+)"', setter.text("/slip"))
        assert token
        setter.client.post(
            "/admin/setup/slip", data={"csrf_token": token[1], "name": found[1]}
        )
    assert {"admin", "checker", "accounts"} == set(slips)
    assert ["now"] == renewed and not (setter.instance / "setup").exists()
    assert "正在启动" in setter.text("/slip") and not setting_up.is_due(setter.instance)
    service = open_service(load_settings(setter.instance))
    try:
        assert "https://ysf.example.gov.cn" == service.settings.public_url
        campaign = service.campaign
        ends = [
            one.astimezone(instants.SHANGHAI).isoformat()
            for one in (campaign.end, campaign.settle_end)
        ]
        assert [f"{days(more)}T00:00:00+08:00" for more in (61, 68)] == ends
        units = {unit.id: unit for unit in campaign.units}
        assert {"A01": 1700, "A02": 300} == {id: units[id].target for id in ("A01", "A02")}
        assert ["A01", "A02", "N01", "N02", "N03", "D01", "B01", "B02"] == list(units)
        for name, password in slips.items():
            account = signing_in.sign_in(service.store, name, password)
            assert account is not None and account.handed_over
    finally:
        service.close()
    text = "\n".join(
        path.read_text("utf-8") for path in (setter.instance / "campaign").iterdir()
    )
    assert "兴国" not in text
    assert "县教育局" in [unit.name for unit in load_campaign(setter.instance / "campaign").units]


def test_two_who_press_at_once_publish_once(setter: Setter) -> None:
    setter.brings_the_table()
    setter.fills_in()
    setter.post("/publish", {"sure": "yes"})
    keys = (setter.instance / "keys" / "codes.keys").read_bytes()
    assert "/admin/setup/slip" == setter.client.get("/admin/setup/form").headers["Location"]
    page = setter.text("/slip")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    answer = setter.client.post(
        "/admin/setup/publish", data={"csrf_token": token[1], "sure": "yes"}
    )
    assert 302 == answer.status_code and page == setter.text("/slip")
    assert keys == (setter.instance / "keys" / "codes.keys").read_bytes()


def test_the_sample_is_a_demonstration(setter: Setter) -> None:
    setter.post("/sample", {})
    assert 'id="password"' in setter.text("/slip")
    assert load_campaign(setter.instance / "campaign").demo


@pytest.mark.parametrize(("options", "there", "asks"), [
    ("--new", (), True), ("", (), False), ("", ("setup",), True), ("--new", ("keys",), False),
    ("--new --no-serve", (), False),
])  # fmt: skip
def test_run_asks_in_the_browser_where_that_was_asked_for(
    instance: Path, monkeypatch: pytest.MonkeyPatch, options: str, there: tuple[str, ...],
    asks: bool,
) -> None:
    """Without a word it begins with the sample, as it always did."""
    for name in there:
        (instance / name).mkdir(parents=True)
    monkeypatch.setattr(sys, "argv", ["run.py", *options.split()])
    assert asks == run.is_to_choose(instance, run.read_arguments())


def test_who_makes_the_instance_at_the_shell_ends_the_setting_up(
    setter: Setter, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--instance", str(setter.instance)]
    assert 1 <= attribution(["check", *place])
    assert "not an instance folder" in capsys.readouterr().err
    assert not attribution(["init", "--demo", *place])
    assert not setting_up.is_due(setter.instance)
