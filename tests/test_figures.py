"""Figures of a moment: kept as text, they make the same tables as the ledger did then."""
from typing import Any

from attribution.reports import figures
from attribution.reports.figures import About, Figures, GoalFigure
from attribution.rule.unit_history import MERGED, UnitChange, UnitOn

A01 = UnitOn("A01", "area", "东山镇")
A02 = UnitOn("A02", "area", "西河乡", state=MERGED, successor="A01")
LINE = UnitOn("N01", "line", "东山支行", target=100, area="A01", bank="B01", branch="东山支行")
BANK = UnitOn("B01", "bank", "农商行")


def made(**more: Any) -> Figures:
    return Figures(
        About("dongshan", "推广", "推广", "文〔2022〕1号", "办公室", 1, 2, 3, False), 10,
        20220905, 20220912, 20220829, 20220905, 12, 60, (A01, A02, LINE, BANK),
        (UnitChange(1, "A02", 20220906, 5, {}, {"state": MERGED, "successor": "A01"}),),
        {"N01": {"scan": 9, "effective": 4}, "A02": {"effective": 3}}, {"A02": {"effective": -1}},
        {"N01": {"effective": 2}}, {"A02": {"effective": -1}}, {"N01": {"effective": 1}},
        by_day={20220905: {"effective": 2}},
        goals=(GoalFigure("new_users", "新用户", 40, "2022-11-30"),),
        **more,
    )


def test_what_was_kept_as_text_is_what_it_was() -> None:
    one = made(held={"N01": 1}, households={"A01": 5})
    again = figures.of_text(one.text)
    assert again == one
    assert again.text == one.text


def test_tables_are_of_the_units_of_then_and_add_up() -> None:
    one = made()
    areas = one.areas()
    first, rest = areas.lines
    assert (first.key, first.counts["effective"], first.fresh) == ("A01", 7, 2)
    assert rest.rest and not rest.counts["effective"]
    assert (areas.total.counts["effective"], areas.total.target) == (7, 100)
    assert one.areas(of="fresh").total.counts["effective"] == 1
    assert one.areas(of="earlier").total.counts["effective"] == 1
    assert [line.rank for line in one.of_units("line").lines] == [1]
    assert one.banks(["N01"]).whose != "全县"
    assert (one.first_day.isoformat(), one.last_day.isoformat()) == ("2022-09-05", "2022-09-11")
