"""The instance folder: where things lie, and no weak secret ever."""
import stat
import sys
from pathlib import Path

import pytest
from factories import CODE_KEY, OLDER_KEY, write_campaign

from qrgen.instance import (
    DEFAULT_URL,
    PACKAGED_CAMPAIGN,
    find_campaign,
    find_instance,
    make_keys,
    public_url,
    read_keys,
    read_settings,
)
from qrgen.shell import Fault


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ZHUANMA_INSTANCE", "ZHUANMA_PUBLIC_URL", "ZHUANMA_CODES_KEYS"):
        monkeypatch.delenv(name, raising=False)


def test_instance_is_the_option_then_the_environment_then_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The nearest word wins."""
    assert Path("instance") == find_instance()
    monkeypatch.setenv("ZHUANMA_INSTANCE", "/srv/one")
    assert Path("/srv/one") == find_instance()
    assert Path("two") == find_instance("two")


def test_campaign_is_the_option_then_the_instances_then_the_packaged(tmp_path: Path) -> None:
    """A campaign of one's own is used without being named each time."""
    assert PACKAGED_CAMPAIGN == find_campaign(tmp_path)
    own = write_campaign(tmp_path / "campaign")
    assert own == find_campaign(tmp_path)
    other = write_campaign(tmp_path / "other")
    assert other == find_campaign(tmp_path, other)


def test_campaign_that_is_not_there_is_a_usage_fault(tmp_path: Path) -> None:
    """A mistyped folder must not fall back to another county's campaign."""
    with pytest.raises(Fault, match=r"no campaign\.toml") as caught:
        find_campaign(tmp_path, tmp_path / "nowhere")
    assert 2 == caught.value.status


def test_settings_name_the_line_of_a_slip(tmp_path: Path) -> None:
    """Whoever edits by hand finds the place."""
    assert {} == read_settings(tmp_path)
    (tmp_path / "config.toml").write_text('a = 1\npublic_url = https\n', encoding="utf-8")
    with pytest.raises(Fault, match=r"config\.toml:2: "):
        read_settings(tmp_path)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://YSF.Example.gov.cn", "https://ysf.example.gov.cn"),
        ("https://ysf.example.gov.cn/", "https://ysf.example.gov.cn"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://a.cn:443", "https://a.cn"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        (" https://a.cn ", "https://a.cn"),
    ],
)
def test_public_url_has_one_spelling(tmp_path: Path, given: str, expected: str) -> None:
    """It is printed, and compared letter by letter later."""
    assert expected == public_url(tmp_path, given)


@pytest.mark.parametrize(
    "given",
    [
        "ysf.example.gov.cn", "ftp://a.cn", "https://", "https://a.cn/path", "https://a.cn?x",
        "https://u:p@a.cn", "https://a.cn:0", "https://a.cn:99999", "https://a..cn",
        "https://-a.cn", "https://a b.cn", "https://云闪付.cn", "https://[::zz]", "javascript:1",
    ],
)  # fmt: skip
def test_public_url_that_would_mislead_is_refused(tmp_path: Path, given: str) -> None:
    """What is on paper cannot be corrected."""
    with pytest.raises(Fault):
        public_url(tmp_path, given)


def test_public_url_comes_from_the_nearest_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Option, environment, config.toml, this computer."""
    assert DEFAULT_URL == public_url(tmp_path)
    (tmp_path / "config.toml").write_text('public_url = "https://c.cn"', encoding="utf-8")
    assert "https://c.cn" == public_url(tmp_path)
    monkeypatch.setenv("ZHUANMA_PUBLIC_URL", "https://b.cn")
    assert "https://b.cn" == public_url(tmp_path)
    assert "https://a.cn" == public_url(tmp_path, "https://a.cn")


def test_keys_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    """Overwriting a key would void every poster it signed."""
    make_keys(tmp_path, "codes")
    first = read_keys(tmp_path, "codes")
    make_keys(tmp_path, "codes")
    assert first == read_keys(tmp_path, "codes")
    assert 64 == len(first[0])
    if sys.platform != "win32":
        assert 0o600 == stat.S_IMODE((tmp_path / "keys" / "codes.keys").stat().st_mode)
        assert 0o700 == stat.S_IMODE((tmp_path / "keys").stat().st_mode)
    make_keys(tmp_path, "forms")
    assert first != read_keys(tmp_path, "forms")


def test_keys_are_read_oldest_first_whatever_the_editor(tmp_path: Path) -> None:
    """Notepad leaves a BOM and CRLF; people leave comments and blanks."""
    folder = tmp_path / "keys"
    folder.mkdir()
    text = f"# old\r\n{OLDER_KEY}\r\n\r\n  {CODE_KEY}  \r\n"
    (folder / "codes.keys").write_bytes(text.encode("utf-8-sig"))
    assert (OLDER_KEY, CODE_KEY) == read_keys(tmp_path, "codes")


def test_environment_beats_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container brings its secrets along."""
    make_keys(tmp_path, "codes")
    monkeypatch.setenv("ZHUANMA_CODES_KEYS", f"{OLDER_KEY}, {CODE_KEY}")
    assert (OLDER_KEY, CODE_KEY) == read_keys(tmp_path, "codes")


@pytest.mark.parametrize(
    "key", ["tooshort-1x9", "a" * 64, "abab" * 16, "change-me-" * 6, "this-is-a-placeholder-" * 3]
)
def test_weak_key_stops_the_command_and_is_not_shown(tmp_path: Path, key: str) -> None:
    """No start with a default secret; and the line goes into logs."""
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "codes.keys").write_text(f"{CODE_KEY}\n{key}\n", encoding="utf-8")
    with pytest.raises(Fault, match=r"codes\.keys:2: the key ") as caught:
        read_keys(tmp_path, "codes")
    assert key not in caught.value.cause
    assert "attribution init" in caught.value.hint


def test_missing_and_empty_keys_say_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither means 'no signature needed'."""
    with pytest.raises(Fault) as caught:
        read_keys(tmp_path, "codes")
    assert "attribution init" in caught.value.hint
    monkeypatch.setenv("ZHUANMA_CODES_KEYS", "")
    with pytest.raises(Fault, match="no key in it"):
        read_keys(tmp_path, "codes")
