"""A campaign moved to other days."""
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from factories import CAMPAIGN_TOML, write_campaign

from qrgen.demo import copy_campaign, move_dates
from qrgen.instance import PACKAGED_CAMPAIGN
from qrgen.registry import RegistryError, load_campaign
from qrgen.shell import Fault


def test_every_date_moves_and_every_length_stays(tmp_path: Path) -> None:
    """The copy runs today as the original ran then."""
    source = load_campaign(PACKAGED_CAMPAIGN)
    start = datetime(2026, 11, 3, 9, 30, tzinfo=timezone.utc)
    copy_campaign(PACKAGED_CAMPAIGN, tmp_path / "campaign", start=start)
    moved = load_campaign(tmp_path / "campaign")
    by = moved.start - source.start
    assert datetime(2026, 11, 2, 16, tzinfo=timezone.utc) == moved.start  # midnight in Shanghai
    assert timedelta(days=by.days) == by
    for name in ("end", "mark_time", "settle_end"):
        assert getattr(source, name) + by == getattr(moved, name)
    assert [s.start + by for s in source.stages] == [s.start for s in moved.stages]
    assert [s.end + by for s in source.stages] == [s.end for s in moved.stages]
    assert [g.by + by for g in source.goals] == [g.by for g in moved.goals]
    assert moved.demo
    assert source.units == moved.units


def test_late_evening_in_utc_is_the_next_day_in_shanghai(tmp_path: Path) -> None:
    """Days are cut in Shanghai."""
    start = datetime(2026, 11, 3, 17, 0, tzinfo=timezone.utc)
    copy_campaign(write_campaign(tmp_path / "a"), tmp_path / "b", start=start)
    assert datetime(2026, 11, 3, 16, tzinfo=timezone.utc) == load_campaign(tmp_path / "b").start


def test_what_is_written_in_texts_stays(tmp_path: Path) -> None:
    """A date in a name is not ours to move."""
    copy_campaign(
        write_campaign(tmp_path / "a"),
        tmp_path / "b",
        start=datetime(2031, 1, 1, tzinfo=timezone.utc),
    )
    [stage] = load_campaign(tmp_path / "b").stages
    assert ("宣传 2030-03-01", date(2031, 1, 1)) == (stage.name, stage.start)


def test_without_a_start_nothing_changes(tmp_path: Path) -> None:
    """--as-written keeps the document's dates."""
    copy_campaign(PACKAGED_CAMPAIGN, tmp_path / "copy", start=None)
    for name in ("campaign.toml", "units.csv"):
        assert (PACKAGED_CAMPAIGN / name).read_bytes() == (tmp_path / "copy" / name).read_bytes()


def test_demo_is_marked_even_where_the_key_is_left_out(tmp_path: Path) -> None:
    """Its default is false."""
    toml = CAMPAIGN_TOML.replace("demo = false\n", "")
    copy_campaign(
        write_campaign(tmp_path / "a", toml=toml),
        tmp_path / "b",
        start=datetime(2031, 1, 1, tzinfo=timezone.utc),
    )
    assert load_campaign(tmp_path / "b").demo


def test_target_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """Somebody may have worked on it."""
    target = write_campaign(tmp_path / "b")
    before = (target / "campaign.toml").read_bytes()
    with pytest.raises(Fault, match="is there already"):
        copy_campaign(PACKAGED_CAMPAIGN, target, start=None)
    assert before == (target / "campaign.toml").read_bytes()


def test_unsound_campaign_leaves_nothing_behind(tmp_path: Path) -> None:
    """Whole or not at all."""
    source = write_campaign(tmp_path / "a", units="id\n")
    with pytest.raises(RegistryError):
        copy_campaign(source, tmp_path / "out" / "b", start=None)
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ("a = 2022-02-28", "a = 2022-03-01"),
        ("a = 2022-12-31T23:59:59+08:00 # 2022-12-31",
         "a = 2023-01-01T23:59:59+08:00 # 2022-12-31"),
        ('a = "2022-01-01"', 'a = "2022-01-01"'),
        ("a = '2022-01-01' \nb = 2022-01-01", "a = '2022-01-01' \nb = 2022-01-02"),
        ('a = "\\"2022-01-01"', 'a = "\\"2022-01-01"'),
        ('a = """x\n2022-01-01"""\nb = [2022-01-01, 2022-01-02]',
         'a = """x\n2022-01-01"""\nb = [2022-01-02, 2022-01-03]'),
    ],
)  # fmt: skip
def test_only_dates_are_moved(toml: str, expected: str) -> None:
    """Not strings, not comments."""
    assert expected == move_dates(toml, timedelta(days=1))
