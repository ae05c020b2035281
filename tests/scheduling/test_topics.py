"""What another choice of topics still does, before and after the webinars are published."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from chassis.database import Store
from chassis.refusal import Missing
from services.scheduling.models import Appointment
from tests.conftest import MovableClock
from tests.scheduling.builders import PROGRAMME, delegate_registered, delegate_withdrawn, named, programme_opened
from tests.scheduling.conftest import refusal
from tests.scheduling.test_admission import publish

CLOSE = 5


def test_before_a_plan_is_published_topics_decide_the_webinars(scheduling: Any) -> None:
    assert scheduling.topics_reach(str(PROGRAMME)) == {"reach": "planning", "until": None}
    assert scheduling.topics_reach(str(uuid4())) == {"reach": "planning", "until": None}
    for wrong in ("x", None, 7):
        with pytest.raises(Missing):
            scheduling.topics_reach(wrong)


def test_afterwards_they_seat_newcomers_until_the_last_list_closes(
    scheduling: Any, store: Store, clock: MovableClock
) -> None:
    scheduling.hear_enrollment([programme_opened(sequence=9, changes_close_days=CLOSE)])
    publish(scheduling, store, webinars=("asylum", "housing"))
    webinars = sa.select(Appointment.starts_at).where(Appointment.kind == "webinar")
    with store.read() as session:
        last: datetime = max(session.scalars(webinars)) - timedelta(days=CLOSE)

    assert scheduling.topics_reach(str(PROGRAMME)) == {"reach": "newcomers", "until": last.isoformat()}
    clock.set(last)
    found = refusal(scheduling.topics_reach, str(PROGRAMME))
    assert found == ("topics_too_late", {"closed_at": last.isoformat()})


def test_a_plan_without_webinars_closes_nothing(scheduling: Any, store: Store) -> None:
    publish(scheduling, store)
    assert scheduling.topics_reach(str(PROGRAMME))["reach"] == "planning"


def test_who_has_gone_is_not_seated_again_by_a_corrected_name(scheduling: Any, store: Store, seats: Any) -> None:
    publish(scheduling, store)
    scheduling.hear_enrollment([delegate_registered("ada", "A"), delegate_withdrawn("ada", "A")])
    scheduling.hear_enrollment([delegate_registered("ada", "A", sequence=3)])
    assert {place for place in seats() if named("ada") in place} == set()
