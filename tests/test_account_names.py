"""Who an account belongs to must be read the same by everybody, on every page that carries it."""
from pathlib import Path
from urllib.parse import quote

import pytest
import stores
from console import PASSWORD, Visitor, add_everyone, signed_in
from factories import make_phone

from attribution import cli
from attribution.deeds import Actor
from attribution.faults import Code
from attribution.office import account_names, accounts, passwords
from attribution.rule import instants
from attribution.service import Service
from attribution.store import Store, staff
from qrgen.faults import Fault

TEST = Actor("test")


def add(store: Store, name: str, role: str = "viewer") -> None:
    accounts.add(store, name, PASSWORD, role, instants.now(), by=TEST)


@pytest.mark.parametrize("name", [
    "ann", "ann.lee-2", "专班小李", "农商行潋江支行", "小李2",
    "བོད་ཡིག", "ئۇيغۇر", "한국어", "二〇二二",
])
def test_a_name_of_one_script_is_taken(name: str) -> None:
    account_names.refuse_unfit(name)


@pytest.mark.parametrize("name", [
    pytest.param("", id="nothing"),
    pytest.param("\u0430dmin", id="a Cyrillic a in admin"),
    pytest.param("\u0430\u0441\u0440\u043e", id="all Cyrillic, read as Latin"),
    pytest.param("\u03bfffice", id="a Greek o"),
    pytest.param("专班admin", id="two scripts"),
    pytest.param("adm\u200bin", id="invisible"),
    pytest.param("ad\u00admin", id="a soft hyphen"),
    pytest.param("\u202eadmin", id="turned round"),
    pytest.param("ａｄｍｉｎ", id="full width"),
    pytest.param("\u0131nit2", id="a dotless i"),
    pytest.param("\u2f08员", id="a radical for a letter"),
    pytest.param("n\u0303", id="a mark of its own"),
    pytest.param("a/b", id="a slash"), pytest.param("..", id="a way up"),
    pytest.param("a b", id="a blank"), pytest.param("a:b", id="a colon"),
    pytest.param("a%2f", id="an escape"), pytest.param("<b>", id="tags"),
    pytest.param("-ann", id="read as an option"),
    pytest.param("shell", id="what the log calls others"), pytest.param("Init", id="and so"),
    pytest.param("a" * 21, id="too long for a page"),
    pytest.param(f"p{make_phone(1)}", id="a telephone number"),
    pytest.param("😀", id="a picture"), pytest.param("张\n", id="two lines"),
])
def test_every_other_name_is_refused(name: str) -> None:
    with pytest.raises(Fault) as told:
        account_names.refuse_unfit(name)
    assert Code.ACCOUNT_NAME == told.value.code
    assert name == "" or name not in told.value.cause


@pytest.mark.parametrize("kind", stores.KINDS)
def test_two_names_that_look_alike_are_one(kind: str, tmp_path: Path) -> None:
    with stores.new_store(kind, tmp_path) as store:
        add(store, "admin01")
        for name in ("Admin01", "adminO1", "adm1n01", "admin.01", "ADMIN0l"):
            with pytest.raises(Fault) as told:
                add(store, name)
            assert Code.ACCOUNT_ALIKE == told.value.code
        with pytest.raises(Fault) as told:
            add(store, "admin01")
        assert Code.ACCOUNT_TAKEN == told.value.code
        add(store, "admin02")


@pytest.fixture
def everyone(service: Service) -> Service:
    add_everyone(service)
    return service


@pytest.mark.parametrize("name", ["a/b", "\u0430dmin", "两种script", "x" * 40, "问?题", "百%25分"])
def test_a_name_from_before_the_rule_signs_in_and_is_managed(everyone: Service, name: str) -> None:
    """An old ledger's people come in as they always did, and can be closed."""
    hashed = passwords._HASHER.hash(PASSWORD)
    everyone.store.write(
        lambda c: staff.add_account(c, name, hashed, "viewer", instants.now())
    )
    visitor = Visitor(everyone)
    assert 302 == visitor.sign_in(name).status_code
    assert 200 == visitor.get("/admin/me").status_code
    office = signed_in(everyone, "office")
    path = f"/admin/users/{quote(name, safe='/')}"
    assert 200 == office.get(path).status_code
    assert 302 == office.post(path, {"deed": "rename", "real_name": "王芳"}).status_code
    assert "王芳" in office.text("/admin/users")
    assert 302 == office.post(path, {"deed": "close"}).status_code
    assert 401 == visitor.sign_in(name).status_code


def test_real_names_stand_beside_accounts(everyone: Service) -> None:
    office = signed_in(everyone, "office")
    form = {"name": "ｎ０７ｘｌ", "real_name": " 欧阳·娜娜\u200b ", "role": "bank", "scopes": "N07"}
    assert 201 == office.post("/admin/users", form).status_code
    page = office.text("/admin/users")
    assert "n07xl" in page and "欧阳·娜娜<" in page
    told = signed_in(everyone, "checker").text("/admin/deeds")
    assert "姓名 欧阳·娜娜" in told
    assert 302 == office.post(
        "/admin/users/n07xl", {"deed": "rename", "real_name": "李雷"}
    ).status_code
    assert "姓名 欧阳·娜娜 → 姓名 李雷" in signed_in(everyone, "checker").text("/admin/deeds")
    for wrong in ("x" * 21, "李雷 362123 19900101 0000"):
        answer = office.post("/admin/users/n07xl", {"deed": "rename", "real_name": wrong})
        assert 400 == answer.status_code and wrong not in answer.get_data(as_text=True)


@pytest.mark.parametrize("kind", stores.KINDS)
@pytest.mark.parametrize("role", ["office", "checker"])
def test_the_last_account_of_a_needed_role_stays(kind: str, role: str, tmp_path: Path) -> None:
    now = instants.now()
    with stores.new_store(kind, tmp_path) as store:
        add(store, "one", role)
        add(store, "two", role)
        accounts.close(store, "two", now, by=TEST)
        with pytest.raises(Fault) as told:
            accounts.close(store, "one", now, by=TEST)
        assert Code.ACCOUNT_LAST == told.value.code
        with pytest.raises(Fault) as told:
            accounts.change(store, "one", "viewer", [], now, by=TEST, campaign="none")
        assert Code.ACCOUNT_LAST == told.value.code
        accounts.reopen(store, "two", now, by=TEST)
        accounts.close(store, "one", now, by=TEST)
        add(store, "leader")
        accounts.close(store, "leader", now, by=TEST)  # nobody needs a viewer


def test_at_the_shell_accounts_are_named_and_opened_again(
    everyone: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ["--instance", str(everyone.settings.instance)]
    assert 0 == cli.main(["user", "add", "lily", "--role", "viewer", "--generate",
                          "--real-name", "李丽", *folder])
    assert 0 == cli.main(["user", "close", "lily", *folder])
    assert 0 == cli.main(["user", "open", "lily", *folder])
    assert 0 == cli.main(["user", "rename", "lily", "李莉", *folder])
    capsys.readouterr()
    assert 0 == cli.main(["user", "list", *folder])
    assert "lily\tviewer\topen" in capsys.readouterr().out
    told = signed_in(everyone, "checker").text("/admin/deeds")
    assert all(word in told for word in ("停用 → 启用", "姓名 李丽 → 姓名 李莉", "服务器命令行"))


def test_an_account_is_told_its_units_by_name(everyone: Service) -> None:
    told = signed_in(everyone, "area").text("/admin/me")
    assert "负责 潋江镇" in told and "负责 A01" not in told
