"""The life of a programme: drafted, published, changed under the eyes of who has joined, opened and closed early."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from marshmallow import ValidationError

from chassis.refusal import Invalid, KeyReused, Missing, Refused
from tests.enrollment.builders import (
    BOLZANO,
    OPEN,
    PROGRAMME,
    TIVOLI,
    area,
    confirm_link,
    delegate,
    form,
    programme_data,
    union,
)

DRAFT = "altro-2018"


def draft(enrollment, **changes: Any) -> dict[str, Any]:
    data = programme_data(code=DRAFT, protocol_prefix="AL", **changes)
    return dict(enrollment.open_programme(data, actor="admin-1", draft=True))


def change(enrollment, changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return dict(enrollment.change_programme(PROGRAMME, changes, actor="admin-1", **more))


def refused(action, *args: Any, **more: Any) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Refused) as caught:
        action(*args, **more)
    return caught.value.reason, caught.value.facts


def test_a_draft_is_known_to_its_administrators_only(enrollment, told):
    made = draft(enrollment)
    assert (made["draft"], made["version"], told()) == (True, 1, [])
    assert [one["code"] for one in enrollment.programmes()["items"]] == [PROGRAMME]
    assert {one["code"] for one in enrollment.all_programme_settings()["items"]} == {PROGRAMME, DRAFT}
    assert enrollment.programme_settings(DRAFT) == made
    for public in (
        lambda: enrollment.programme(DRAFT),
        lambda: enrollment.eligibility(DRAFT, TIVOLI),
        lambda: enrollment.adhesions(DRAFT),
        lambda: enrollment.statistics(DRAFT),
        lambda: enrollment.submit_adhesion(form(programme_code=DRAFT)),
        lambda: enrollment.request_area_link("a@example.org", DRAFT),
    ):
        with pytest.raises(Missing):
            public()


def test_a_draft_may_become_anything_and_is_told_when_it_is_published(enrollment, told, emitted, store):
    draft(enrollment)
    changes = {"code": "altro-2019", "protocol_prefix": "AX", "consent_it": "Altro", "places_per_body": 1}
    changed = enrollment.change_programme(DRAFT, changes, actor="admin-1")
    assert (changed["code"], changed["protocol_prefix"], changed["version"], told()) == ("altro-2019", "AX", 2, [])

    published = enrollment.publish_programme("altro-2019", actor="admin-1", version=2)
    assert (published["draft"], told()) == (False, ["ProgrammeOpened"])
    assert emitted(store)[-1].places_per_body == 1
    enrollment.publish_programme("altro-2019", actor="admin-1")
    assert told() == []
    assert enrollment.submit_adhesion(form(programme_code="altro-2019", delegates=1))["protocol"] == "AX-2017-000001"


def test_a_draft_cannot_take_the_code_of_another(enrollment):
    draft(enrollment)
    assert refused(enrollment.change_programme, DRAFT, {"code": PROGRAMME}, actor="a") == (
        "programme_exists",
        {"code": PROGRAMME},
    )


def test_of_two_administrators_the_second_is_told(enrollment, told):
    assert change(enrollment, {"day_capacity": 90}, version=1)["version"] == 2
    for action in (
        lambda: change(enrollment, {"day_capacity": 80}, version=1),
        lambda: enrollment.move_adhesion_window(PROGRAMME, "close", actor="a", version=1),
        lambda: enrollment.publish_programme(PROGRAMME, actor="a", version=1),
    ):
        assert refused(action) == ("changed_meanwhile", {"version": 2})
    assert enrollment.programme_settings(PROGRAMME)["day_capacity"] == 90
    assert told() == ["ProgrammeChanged"]


def test_a_change_sent_twice_happens_once(enrollment, told):
    first = change(enrollment, {"day_capacity": 90}, version=1, idempotency_key="k")
    assert change(enrollment, {"day_capacity": 90}, version=1, idempotency_key="k") == first
    assert told() == ["ProgrammeChanged"]
    with pytest.raises(KeyReused):
        change(enrollment, {"day_capacity": 91}, version=1, idempotency_key="k")


def test_every_change_is_written_down(enrollment, clock):
    change(enrollment, {"day_capacity": 90, "topics": programme_data()["topics"]})
    clock.advance(days=1)
    change(enrollment, {"day_capacity": 90})
    enrollment.change_programme(PROGRAMME, {"title_en": "Training"}, actor="admin-2")

    newest = enrollment.programme_history(PROGRAMME, limit=1)
    rest = enrollment.programme_history(PROGRAMME, cursor=newest["next_cursor"])
    (title,) = newest["items"]
    assert (title["actor"], title["at"]) == ("admin-2", (OPEN + timedelta(days=1)).isoformat()[:16] + title["at"][16:])
    assert [(one["field"], one["after"]) for one in title["changes"]] == [("title_en", "Training")]
    assert [(one["what"], one["actor"], one["changes"]) for one in rest["items"]] == [
        ("changed", "admin-1", [{"field": "day_capacity", "before": 150, "after": 90}]),
        ("published", "staff-1", []),
    ]
    assert rest["next_cursor"] is None
    for wrong in ({"cursor": "x"}, {"cursor": "9" * 19}, {"limit": 0}):
        with pytest.raises(Invalid):
            enrollment.programme_history(PROGRAMME, **wrong)


def test_who_has_joined_is_not_hurt(enrollment, told):
    adhesion = enrollment.submit_adhesion(form(TIVOLI, delegates=3))
    told()
    fewer = {"topics": [one for one in programme_data()["topics"] if one["code"] != "tratta"]}
    assert refused(change, enrollment, {"places_per_body": 2}) == (
        "places_below_delegates",
        {"max": 2, "most": 3, "count": 1, "examples": ["Tivoli"]},
    )
    assert refused(change, enrollment, fewer) == ("topic_chosen", {"topic": "tratta", "count": 1})
    ends = (OPEN - timedelta(days=1)).isoformat()
    assert refused(change, enrollment, {"adhesion_closes": ends})[0] == "closes_before_adhesions"
    begins = (OPEN + timedelta(days=1)).isoformat()
    assert refused(change, enrollment, {"adhesion_opens": begins})[0] == "opens_after_adhesions"
    assert told() == []
    assert enrollment.programme_settings(PROGRAMME)["version"] == 1

    assert change(enrollment, {"places_per_body": 3})["places_per_body"] == 3
    unchosen = {"topics": [one for one in programme_data()["topics"] if one["code"] in ("tratta", "abitare")]}
    assert len(change(enrollment, unchosen)["topics"]) == 2
    enrollment.confirm_adhesion(confirm_link(adhesion))
    enrollment.withdraw_adhesion(area(enrollment, adhesion))
    assert len(change(enrollment, {**fewer, "places_per_body": 1})["topics"]) == 29


def test_narrower_terms_ask_and_leave_in_who_is_in(enrollment, told):
    enrollment.submit_adhesion(form(TIVOLI))
    enrollment.submit_adhesion(union())
    told()
    narrower = {"population_min": 100_000, "kinds": ["municipality"]}
    reason, facts = refused(change, enrollment, narrower)
    assert (reason, [one["reason"] for one in facts["questions"]]) == (
        "needs_acceptance",
        ["kinds_narrowed", "band_narrowed"],
    )
    assert refused(change, enrollment, narrower, accepted=["band_narrowed"])[0] == "needs_acceptance"
    assert change(enrollment, narrower, accepted=["band_narrowed", "kinds_narrowed"])["population_min"] == 100_000
    assert told() == ["ProgrammeChanged"]
    assert len(enrollment.adhesions(PROGRAMME)["items"]) == 2
    assert enrollment.eligibility(PROGRAMME, BOLZANO) == {"eligible": True, "reason": None, "facts": {}}


def test_a_preview_changes_nothing(enrollment, told):
    enrollment.submit_adhesion(form(TIVOLI))
    told()
    seen = enrollment.preview_programme(PROGRAMME, {"population_max": 10_000, "day_capacity": 150})
    assert seen["changes"] == [{"field": "population_max", "before": 150_000, "after": 10_000}]
    assert [(one["reason"], one["asks"]) for one in seen["objections"]] == [("band_narrowed", True)]
    assert (seen["version"], told()) == (1, [])
    with pytest.raises(ValidationError):
        enrollment.preview_programme(PROGRAMME, {"day_capacity": 0})
    with pytest.raises(Missing):
        enrollment.preview_programme("another", {})


def test_a_consent_version_is_never_used_for_two_texts(enrollment):
    enrollment.submit_adhesion(form(TIVOLI))
    renewed = {"consent_it": "Altro", "consent_en": "Other", "consent_version": "2017-06"}
    assert refused(change, enrollment, renewed)[0] == "needs_acceptance"
    change(enrollment, renewed, accepted=["consent_renewed"])
    back = {"consent_it": "Terzo", "consent_en": "Third", "consent_version": "2017-05"}
    assert refused(change, enrollment, back, accepted=["consent_version_used"]) == (
        "consent_version_used",
        {"version": "2017-05", "count": 1},
    )


def test_adhesions_are_closed_early_and_a_later_form_is_late(enrollment, clock):
    enrollment.submit_adhesion(form(TIVOLI))
    assert refused(enrollment.move_adhesion_window, PROGRAMME, "close", actor="a")[0] == "needs_acceptance"
    closed = enrollment.move_adhesion_window(PROGRAMME, "close", actor="a", accepted=["window_shortened"])
    assert closed["adhesion_closes"][:16] == OPEN.isoformat()[:16]
    clock.advance(seconds=1)
    assert enrollment.programme(PROGRAMME)["state"] == "closed"
    assert refused(enrollment.submit_adhesion, form(BOLZANO))[0] == "adhesions_closed"
    for move in ("open", "close"):
        assert refused(enrollment.move_adhesion_window, PROGRAMME, move, actor="a") == (
            "window_not_so",
            {"window": "closed"},
        )


def test_adhesions_are_opened_early(enrollment, clock):
    clock.set(datetime(2017, 4, 1, 8, 30, tzinfo=UTC))
    assert refused(enrollment.submit_adhesion, form(BOLZANO))[0] == "adhesions_not_open_yet"
    opened = enrollment.move_adhesion_window(PROGRAMME, "open", actor="a")
    assert opened["state"] == "open"
    assert enrollment.submit_adhesion(form(BOLZANO))["state"] == "submitted"
    for wrong in ("shut", "", None, 7):
        with pytest.raises(Invalid):
            enrollment.move_adhesion_window(PROGRAMME, wrong, actor="a")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"certificate_minutes": 661}, "certificate_minutes"),
        ({"training_days": 0, "certificate_minutes": 200}, "certificate_minutes"),
        ({"training_days": 2_001}, "training_days"),
        ({"places_per_body": 201}, "places_per_body"),
        ({"day_minutes": 10**9}, "day_minutes"),
        ({"adhesion_opens": "0001-01-01T00:00:00+05:00"}, "adhesion_opens"),
        ({"adhesion_closes": "9999-12-31T23:59:59-05:00"}, "adhesion_closes"),
        ({"training_from": "1999-12-31"}, "training_from"),
        ({"title_it": "\u202eabc"}, "title_it"),
        ({"title_it": "x" * 201}, "title_it"),
        ({"consent_it": "x" * 100_000}, "consent_it"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["province"]}, "kinds"),
        ({"topics": [{"code": "a", "title_it": "A"}]}, "topics"),
        ({"topics": "a"}, "topics"),
        ({"draft": True}, "draft"),
        ({"version": 7}, "version"),
    ],
)
def test_what_no_programme_is(enrollment, told, changes, field):
    with pytest.raises(ValidationError) as caught:
        change(enrollment, changes)
    assert (list(caught.value.messages), told()) == ([field], [])


@pytest.mark.parametrize("wrong", ["threshold", ["x" * 61], ["x"] * 21, [7], None])
def test_answers_that_are_none(enrollment, wrong):
    with pytest.raises(ValidationError):
        change(enrollment, {}, accepted=wrong)


def test_a_delegate_more_than_the_new_places_is_refused(enrollment):
    adhesion = enrollment.submit_adhesion(form(TIVOLI, delegates=2))
    change(enrollment, {"places_per_body": 2})
    assert refused(enrollment.register_delegate, area(enrollment, adhesion), delegate(3))[0] == "too_many_delegates"
