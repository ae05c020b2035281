"""Evidence becomes certificates: in order and out of it, once and twice, up and down."""

from __future__ import annotations

from itertools import permutations
from uuid import uuid4

import pytest

from chassis.refusal import Invalid
from contracts.scheduling import PlanPublished
from tests.certificates.builders import (
    NOON,
    PROGRAMME,
    cancelled,
    closed,
    corrected,
    erased,
    moved,
    programme_changed,
    recorded,
    registered,
    scheduled,
    withdrawn,
)

ANNA, BRUNO, DAY, WEBINAR, LATER = (uuid4() for _ in range(5))


def test_enough_settled_minutes_are_a_certificate(desk, clock):
    clock.set(NOON)
    desk.open()
    desk.enrollment(registered(ANNA))
    desk.scheduling(closed(DAY, {ANNA: 420}))
    desk.press()

    [certificate] = desk.all()
    [issued] = desk.events()
    assert certificate["number"] == issued.number == "CO-ALIZIONE-2017/000001"
    assert (certificate["state"], certificate["edition"], certificate["minutes"]) == ("valid", 1, 420)
    assert certificate["issued_at"][:16] == "2017-11-06T11:00"
    assert (issued.name, issued.document, issued.occurred_at.year) == (
        "certificates.certificate.issued",
        certificate["document"],
        2017,
    )


def test_too_few_minutes_are_none(desk):
    desk.open()
    desk.enrollment(registered(ANNA))
    desk.scheduling(closed(DAY, {ANNA: 419}))
    desk.press()

    assert (desk.all(), desk.told()) == ([], [])


def test_minutes_add_up_over_appointments(desk):
    desk.open(certificate_minutes=500)
    desk.enrollment(registered(ANNA))
    desk.scheduling(closed(DAY, {ANNA: 420}))
    assert desk.states() == []
    desk.scheduling(closed(WEBINAR, {ANNA: 90}, kind="webinar", minutes=90, host_name=None))
    desk.press()

    assert desk.states() == [("01", "valid", 510)]


def test_evidence_does_not_count_before_the_closing(desk):
    desk.open()
    desk.enrollment(registered(ANNA))
    desk.scheduling(scheduled(DAY), recorded(DAY, ANNA, 420))

    assert desk.states() == []
    assert desk.evidence(ANNA) == [(420, False)]

    desk.scheduling(closed(DAY, {ANNA: 420}))

    assert desk.states() == [("01", "pressing", 420)]
    assert desk.evidence(ANNA) == [(420, True)]


def test_the_closings_list_is_complete(desk):
    desk.open()
    desk.scheduling(recorded(DAY, ANNA, 420), recorded(DAY, BRUNO, 420))
    desk.scheduling(closed(DAY, {BRUNO: 400}))
    desk.scheduling(recorded(DAY, ANNA, 410, sequence=9))

    assert (desk.evidence(ANNA), desk.evidence(BRUNO)) == ([(0, True)], [(400, True)])


def test_the_same_events_again_change_nothing(desk):
    desk.open()
    events = [registered(ANNA), registered(BRUNO, given_name="Bruno")]
    closing = closed(DAY, {ANNA: 420, BRUNO: 420})
    for _ in range(3):
        desk.enrollment(*events, *events)
        desk.scheduling(closing, closing)
        desk.press()
    desk.scheduling(closed(DAY, {ANNA: 420, BRUNO: 420}))
    desk.scheduling(closed(DAY, {ANNA: 420, BRUNO: 420}, sequence=6))
    desk.press()

    assert desk.states() == [("01", "valid", 420), ("02", "valid", 420)]
    assert sorted(desk.told()) == [("issued", "01"), ("issued", "02")]


def test_an_older_closing_or_calendar_entry_is_ignored(desk):
    desk.open()
    desk.scheduling(closed(DAY, {ANNA: 420}, sequence=5))
    desk.scheduling(closed(DAY, {ANNA: 0}, sequence=4), moved(DAY, sequence=6), cancelled(DAY, sequence=7))

    assert desk.states() == [("01", "pressing", 420)]
    assert desk.evidence(ANNA) == [(420, True)]


def test_a_newer_closing_replaces_the_list(desk):
    desk.open()
    desk.scheduling(closed(DAY, {ANNA: 420, BRUNO: 420}))
    desk.scheduling(closed(DAY, {BRUNO: 430}, sequence=6))

    assert sorted(desk.states()) == [("01", "revoked", 420), ("02", "pressing", 430)] or sorted(desk.states()) == [
        ("01", "pressing", 430),
        ("02", "revoked", 420),
    ]


def test_the_order_of_arrival_does_not_matter(desk):
    """Name, threshold, record, closing and two corrections in thirty of the 720 orders: always the same end."""
    for number, order in enumerate(list(permutations(range(6)))[::24]):
        person, day = uuid4(), uuid4()
        told = [
            registered(person, given_name=f"Anna {number}"),
            programme_changed(sequence=number + 2),
            recorded(day, person, 100),
            closed(day, {person: 410}),
            corrected(day, person, 430, revision=1),
            corrected(day, person, 425, revision=2, sequence=4),
        ]
        for at in order:
            (desk.enrollment if at < 2 else desk.scheduling)(told[at])
        assert desk.evidence(person) == [(425, True)]
        [certificate] = desk.service.certificates_of([str(person)])["items"]
        assert (certificate["state"], certificate["minutes"], certificate["edition"]) == ("pressing", 425, 1)


@pytest.mark.parametrize(("minutes", "ending"), [(430, [("01", "replaced", 420), ("02", "valid", 430)]), (10, None)])
def test_corrected_evidence_replaces_or_revokes(desk, minutes, ending):
    desk.open()
    desk.enrollment(registered(ANNA))
    desk.scheduling(closed(DAY, {ANNA: 420}))
    desk.press()
    correction = corrected(DAY, ANNA, minutes)
    desk.scheduling(correction, correction)
    desk.press()

    if ending:
        assert desk.states() == ending
        assert desk.told() == [("issued", "01"), ("reissued", "02")]
        first, second = desk.all()
        assert str(desk.events()[1].replaces) == first["id"]
        assert second["edition"] == 2
    else:
        assert desk.states() == [("01", "revoked", 420)]
        assert desk.told() == [("issued", "01"), ("revoked", "01")]
        assert desk.all()[0]["reason"] == desk.events()[1].reason == "below_threshold"


def test_evidence_that_comes_back_is_a_new_edition(desk):
    desk.open()
    desk.enrollment(registered(ANNA))
    desk.scheduling(closed(DAY, {ANNA: 420}))
    desk.press()
    desk.scheduling(corrected(DAY, ANNA, 0))
    desk.scheduling(corrected(DAY, ANNA, 420, revision=2))
    desk.press()

    assert desk.states() == [("01", "revoked", 420), ("02", "valid", 420)]
    assert desk.told() == [("issued", "01"), ("revoked", "01"), ("reissued", "02")]


def test_what_is_not_pressed_yet_is_set_right_under_its_number(desk):
    desk.open()
    desk.scheduling(closed(DAY, {ANNA: 420}))
    desk.scheduling(corrected(DAY, ANNA, 430))
    desk.scheduling(closed(WEBINAR, {ANNA: 90}, kind="webinar"))
    assert desk.states() == [("01", "pressing", 520)]
    desk.enrollment(registered(ANNA))
    desk.press()

    assert desk.states() == [("01", "valid", 520)]
    assert desk.told() == [("issued", "01")]


def test_what_never_went_out_ends_in_silence_and_comes_back_under_its_number(desk):
    desk.open()
    desk.enrollment(registered(ANNA))
    desk.scheduling(closed(DAY, {ANNA: 420}))
    desk.scheduling(corrected(DAY, ANNA, 10))
    assert (desk.states(), desk.told()) == ([("01", "revoked", 420)], [])
    desk.scheduling(corrected(DAY, ANNA, 421, revision=2))
    desk.press()

    assert desk.states() == [("01", "valid", 421)]
    assert desk.told() == [("issued", "01")]


def test_a_second_edition_that_falls_before_it_is_pressed_takes_the_first_with_it(desk):
    desk.open()
    desk.enrollment(registered(ANNA))
    desk.scheduling(closed(DAY, {ANNA: 420}))
    desk.press()
    desk.scheduling(corrected(DAY, ANNA, 430))
    desk.scheduling(corrected(DAY, ANNA, 10, revision=2))

    assert desk.states() == [("01", "revoked", 420), ("02", "revoked", 430)]
    assert desk.told() == [("issued", "01"), ("revoked", "01")]

    desk.scheduling(corrected(DAY, ANNA, 440, revision=3))
    desk.press()

    assert desk.states() == [("01", "revoked", 420), ("02", "valid", 440)]
    assert desk.told() == [("issued", "01"), ("revoked", "01"), ("reissued", "02")]


def test_a_programme_that_is_told_late_finds_the_evidence(desk):
    desk.enrollment(registered(ANNA))
    desk.scheduling(closed(DAY, {ANNA: 420, BRUNO: 420}))
    assert desk.states() == []
    desk.open()

    assert [state for _, state, _ in desk.states()] == ["pressing", "pressing"]


def test_whom_another_threshold_would_give_a_certificate_is_known_before(desk):
    desk.open()
    desk.enrollment(registered(ANNA), registered(BRUNO))
    desk.scheduling(closed(DAY, {ANNA: 420, BRUNO: 300}))

    def effect(minutes):
        return desk.service.threshold_effect(str(PROGRAMME), minutes)

    assert [effect(minutes) for minutes in (360, 301, 300)] == [
        {"held": 1, "gained": 0},
        {"held": 1, "gained": 0},
        {"held": 1, "gained": 1},
    ]
    (held,) = desk.all()
    desk.service.revoke(held["id"], "taken away", "staff")
    desk.enrollment(erased(BRUNO))
    assert effect(300) == {"held": 0, "gained": 0}
    assert desk.service.threshold_effect(str(DAY), 300) == {"held": 0, "gained": 0}
    for wrong in (0, "300", None, 10**9):
        with pytest.raises(Invalid):
            effect(wrong)


def test_a_lowered_threshold_gives_certificates_and_a_raised_one_takes_none(desk):
    desk.open()
    desk.enrollment(registered(ANNA), registered(BRUNO))
    desk.scheduling(closed(DAY, {ANNA: 420, BRUNO: 300}))
    desk.press()
    desk.enrollment(programme_changed(certificate_minutes=300, sequence=2))
    desk.press()
    assert desk.states() == [("01", "valid", 420), ("02", "valid", 300)]
    desk.enrollment(programme_changed(certificate_minutes=600, sequence=3), programme_changed(sequence=2))
    desk.scheduling(closed(DAY, {ANNA: 420, BRUNO: 300}, sequence=6))
    desk.press()

    assert desk.states() == [("01", "valid", 420), ("02", "valid", 300)]
    assert desk.threshold() == 600


def test_a_certificate_waits_for_the_name(desk):
    desk.open()
    desk.scheduling(closed(DAY, {ANNA: 420}))
    desk.press()
    assert desk.states() == [("01", "pressing", 420)]
    desk.enrollment(registered(ANNA))
    desk.press()

    assert desk.states() == [("01", "valid", 420)]


def test_a_corrected_name_is_a_new_edition_and_a_corrected_address_is_not(desk):
    desk.open()
    desk.enrollment(registered(ANNA, given_name="Ana"))
    desk.scheduling(closed(DAY, {ANNA: 420}))
    desk.press()
    desk.enrollment(registered(ANNA, given_name="Ana", email="altra@example.it", sequence=2))
    desk.press()
    assert desk.states() == [("01", "valid", 420)]
    desk.enrollment(registered(ANNA, given_name="Anna", sequence=3), registered(ANNA, given_name="Ana", sequence=2))
    desk.press()

    assert desk.states() == [("01", "replaced", 420), ("02", "valid", 420)]
    second = desk.all()[1]["public_code"]
    assert desk.service.verify(second, "Anna D'Agostino")["holder"] == "Anna D’Agostino"


def test_who_withdraws_keeps_what_was_evidenced(desk):
    desk.open()
    desk.enrollment(registered(ANNA), withdrawn(ANNA))
    desk.scheduling(closed(DAY, {ANNA: 420}))
    desk.press()

    assert desk.states() == [("01", "valid", 420)]


def test_cancelled_and_moved_appointments_are_shown_and_count_nothing(desk):
    desk.open()
    desk.scheduling(scheduled(WEBINAR), recorded(WEBINAR, ANNA, 90))
    [item] = desk.service.evidence(str(ANNA), str(PROGRAMME))["items"]
    assert (item["held_on"], item["title_it"]) == ("2017-10-03", "Minori stranieri non accompagnati")
    desk.scheduling(moved(WEBINAR, title_it="Altro"), scheduled(WEBINAR), cancelled(WEBINAR), cancelled(LATER))

    [item] = desk.service.evidence(str(ANNA), str(PROGRAMME))["items"]
    assert (item["title_it"], item["minutes"], item["settled"]) == ("Altro", 90, False)
    assert desk.states() == []


def test_a_published_plan_is_no_evidence(desk):
    desk.scheduling(PlanPublished(programme_id=PROGRAMME, run_id=uuid4(), training_days=1, webinars=1, places=1))

    assert desk.states() == []


def test_a_recording_again_counts_and_an_older_one_does_not(desk):
    desk.open()
    desk.scheduling(recorded(DAY, ANNA, 100), recorded(DAY, ANNA, 200, sequence=4), recorded(DAY, ANNA, 50, sequence=3))
    assert desk.evidence(ANNA) == [(200, False)]
    desk.scheduling(recorded(DAY, ANNA, 60, place_id=uuid4(), sequence=1))

    assert desk.evidence(ANNA) == [(60, False)]


def test_a_large_batch_gives_numbers_without_gaps(desk):
    desk.open()
    people = [uuid4() for _ in range(1200)]
    desk.scheduling(closed(DAY, dict.fromkeys(people[:700], 420)), closed(WEBINAR, dict.fromkeys(people, 420)))

    found, cursor = [], None
    while True:
        page = desk.service.certificates(str(PROGRAMME), limit=500, cursor=cursor)
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [item["number"][-6:] for item in found] == [f"{number:06d}" for number in range(1, 1201)]
    assert len({item["public_code"] for item in found}) == 1200
