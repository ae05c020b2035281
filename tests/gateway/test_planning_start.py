"""A planning is started with rules in words, watched, and says why there is no plan."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from services.scheduling.models import Run
from tests.gateway.conftest import submit
from tests.gateway.platform import Platform


def test_a_planning_is_started_with_rules_in_words(
    office: FlaskClient, platform: Platform, joined: dict[str, Any], programme: dict[str, Any]
) -> None:
    page = "/staff/planning"
    host = platform.call("scheduling", "hosts", limit=1)["items"][0]
    rules = {
        "rules.excluded_hosts": host["name"],
        "rules.least_in_region": "Lazio; 1",
        "fair_km": "60",
        "fairness": "3",
    }

    wrong = submit(office, page, page, **rules, **{"rules.pinned": "Nessuno; Viterbo"}, seconds="5")
    assert wrong.status_code == 422
    assert "Nessuno; Viterbo" in wrong.text
    assert 'href="#rules-pinned"' in wrong.text
    assert platform.call("scheduling", "runs", programme_id=programme["programme_id"])["items"] == []

    begun = submit(office, page, page, **rules, seconds="5")
    assert begun.status_code == 303
    run = platform.call("scheduling", "run", run_id=begun.location.rpartition("/")[2])
    told = run["parameters"]
    assert (told["excluded_hosts"], told["least_in_region"]) == ([host["code"]], {"Lazio": 1})
    assert (told["fair_km"], told["fairness"]) == (60, 3)

    again = office.get(f"{page}?like={run['id']}").text
    assert f"{host['name']} ({host['province']})</textarea>" in again
    assert "Lazio; 1</textarea>" in again
    assert office.get(f"{page}?like=nothing").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"seconds": "7"}, "seconds"),
        ({"fair_km": "far"}, "fair_km"),
        ({"fair_km": "99999"}, "fair_km"),
        ({"fairness": "9"}, "fairness"),
        ({"seed": "-1"}, "seed"),
    ],
)
def test_a_planning_is_not_started_with_wrong_numbers(
    office: FlaskClient, platform: Platform, programme: dict[str, Any], wrong: dict[str, str], field: str
) -> None:
    answer = submit(office, "/staff/planning", "/staff/planning", **wrong)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert platform.call("scheduling", "runs", programme_id=programme["programme_id"])["items"] == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "there is no such plan: trying what would make room for one"),
        ("it", "un piano così non c&#39;è: si prova che cosa lo renderebbe possibile"),
    ],
)
def test_who_watches_a_planning_reads_that_it_is_tried_what_would_make_room(
    office: FlaskClient, platform: Platform, joined: dict[str, Any], language: str, words: str
) -> None:
    begun = submit(office, "/staff/planning", "/staff/planning", seconds="5")
    with platform.stores["scheduling"].transaction() as session:
        run = session.get_one(Run, UUID(begun.location.rpartition("/")[2]))
        run.phase, run.share = "room", 0.25
    page = office.get(f"{begun.location}?lang={language}").text
    assert f'data-room="{words}"' in page  # for the page that hears of it
    assert f">{words}</span>" in page  # for the one that loads itself again
    assert '<progress id="share" max="1" value="0.25">' in page


def test_a_failed_planning_says_whom_it_concerns_and_what_would_make_room(
    office: FlaskClient, platform: Platform, joined: dict[str, Any], programme: dict[str, Any]
) -> None:
    begun = submit(office, "/staff/planning", "/staff/planning", seconds="5")
    run_id = begun.location.rpartition("/")[2]
    facts = {
        "delegates": 90,
        "seats": 60,
        "room": {"numbers": {"training_days": {"now": 1, "needed": 2}}, "rules": ["excluded_hosts"]},
        "names": ["Ivrea", "Torino"],
        "count": 5,
    }
    with platform.stores["scheduling"].transaction() as session:
        run = session.get_one(Run, UUID(run_id))
        run.state, run.reason, run.facts = "failed", "more_delegates_than_seats", facts
    page = office.get(f"/staff/planning/{run_id}?lang=en").text
    assert "2 training days instead of 1" in page
    assert "giving up this rule: the places that are left out" in page
    assert "Ivrea, Torino and others" in page
    assert f"like={run_id}" in page
    assert "at most" not in page
    with platform.stores["scheduling"].transaction() as session:
        run = session.get_one(Run, UUID(run_id))
        run.facts = {**facts, "room": {**facts["room"], "cut_short": True}}
    assert "these changes are needed at most" in office.get(f"/staff/planning/{run_id}?lang=en").text
