"""Who comes instead of whom at what was moved by hand."""

from __future__ import annotations

from datetime import date

from services.scheduling.covering import Cover
from services.scheduling.planner.problem import PreviousDay, PreviousWebinar
from tests.scheduling.planner.builders import a_host, a_trainer

SATURDAY, SUNDAY, LATER = date(2017, 10, 14), date(2017, 10, 15), date(2017, 11, 6)


def test_the_nearest_comes_who_teaches_nothing_on_the_days_around_and_may_teach_more() -> None:
    trainers = (
        a_trainer("ill", SATURDAY),
        a_trainer("stays"),
        a_trainer("nearest", latitude=42.0, longitude=12.0),
        a_trainer("used up", latitude=42.1, longitude=12.0, most_days=1),
        a_trainer("away", SATURDAY, latitude=42.1, longitude=12.0),
        a_trainer("near", latitude=43.0, longitude=12.0),
        a_trainer("far", latitude=45.0, longitude=9.0),
    )
    day = PreviousDay(1, "h", SATURDAY, ("ill", "stays"), True)
    others = (PreviousDay(2, "g", SUNDAY, ("nearest",)), PreviousDay(3, "f", LATER, ("used up",)))
    found = Cover(trainers, (day, *others), ()).of_day(day, a_host("h"), 1.3)
    assert (found.trainer_ids, found.date, found.fixed) == (("stays", "near"), SATURDAY, True)


def test_whoever_knows_the_topic_and_has_least_to_do_speaks() -> None:
    trainers = (
        a_trainer("ill", SATURDAY),
        a_trainer("busy", skills=frozenset({"housing"})),
        a_trainer("idle", skills=frozenset({"housing"})),
        a_trainer("ignorant", skills=frozenset({"school"})),
    )
    webinar = PreviousWebinar(1, "housing", SATURDAY, "ill", True)
    cover = Cover(trainers, (PreviousDay(2, "g", LATER, ("busy",)),), (webinar,))
    assert cover.of_webinar(webinar) == PreviousWebinar(1, "housing", SATURDAY, "idle", True)
    assert cover.of_webinar(PreviousWebinar(1, "asylum", SATURDAY, "ill", True)).fixed is False
    assert cover.of_webinar(PreviousWebinar(1, "housing", LATER, "ill", True)).speaker_id == "ill"
