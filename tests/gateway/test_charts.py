"""Where the marks of a chart stand."""

from __future__ import annotations

from datetime import date

import pytest

from gateway import charts

OPENS, CLOSES = date(2017, 5, 2), date(2017, 5, 15)


def counted(*days: tuple[int, int, int]) -> list[dict[str, object]]:
    return [{"day": f"2017-05-{day:02}", "received": new, "confirmed": sure} for day, new, sure in days]


def test_days_are_put_together_into_periods_that_add_up() -> None:
    some = charts.periods(counted((2, 1, 0), (8, 2, 1), (9, 4, 4)), OPENS, CLOSES, 7)
    assert [(one.start.day, one.last.day, one.received, one.confirmed) for one in some] == [(2, 8, 3, 1), (9, 15, 4, 4)]
    assert [(one.all_received, one.all_confirmed) for one in some] == [(3, 1), (7, 5)]


def test_an_adhesion_outside_the_window_is_in_the_chart_too() -> None:
    some = charts.periods(counted((1, 1, 0), (20, 1, 0)), OPENS, CLOSES, 1)
    assert (some[0].start, some[-1].last, some[-1].all_received) == (date(2017, 5, 1), date(2017, 5, 20), 2)


def test_a_window_of_a_century_has_no_more_periods_than_can_be_told_apart() -> None:
    some = charts.periods([], date(2000, 1, 1), date(2099, 12, 31), 1)
    assert len(some) <= charts.MOST_PERIODS


def test_columns_reach_up_to_their_value_and_the_end_is_marked() -> None:
    some = charts.periods(counted((2, 10, 0), (9, 5, 0)), OPENS, CLOSES, 7)
    chart = charts.columns(some, CLOSES)
    assert chart.marks == ((5.0, 40.0, 24.0, 180.0), (55.0, 40.0, 114.0, 90.0))
    assert [value for _, value in chart.tops] == [10, 5, 0]
    assert chart.end == 100.0


def test_an_empty_chart_has_no_marks() -> None:
    chart = charts.columns(charts.periods([], OPENS, CLOSES, 7), CLOSES)
    assert (chart.marks, [value for _, value in chart.tops]) == ((), [2, 1, 0])


def test_a_line_ends_at_the_present() -> None:
    some = charts.periods(counted((2, 2, 0)), OPENS, CLOSES, 7)
    assert charts.lines(some, CLOSES, date(2017, 5, 3), "all_received").marks == ((0.0, 204.0, 50.0, 24.0),)
    assert len(charts.lines(some, CLOSES, CLOSES, "all_received").marks) == 2


@pytest.mark.parametrize(("value", "top"), [(0, 2), (2, 2), (3, 4), (5, 10), (11, 20), (21, 40), (99_999, 100_000)])
def test_the_top_of_a_scale_is_a_round_number(value: int, top: int) -> None:
    assert charts.nice(value) == top


def test_the_parts_of_a_bar_stand_one_after_the_other_and_nothing_is_wider_than_the_whole() -> None:
    assert charts.row("x", "3", [("solid", 1), ("pale", 0), ("hatched", 2)], 4).parts == (
        ("solid", 0.0, 25.0),
        ("hatched", 25.0, 50.0),
    )
    assert charts.row("x", "9", [("solid", 9)], 4).parts == (("solid", 0.0, 100.0),)
    assert charts.row("x", "0", [("solid", 0)], 0).parts == ()
