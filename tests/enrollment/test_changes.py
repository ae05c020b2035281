"""One person in another's stead, and what delegates do with their own data."""

from __future__ import annotations

from uuid import uuid4

import pytest

from chassis.refusal import Missing
from tests.enrollment.builders import FIUMICINO, area, confirm_link, delegate, form, own_page
from tests.enrollment.test_adhesions import refused


@pytest.fixture
def adhesion(enrollment, told):
    """A confirmed adhesion with two delegates."""
    confirmed = enrollment.confirm_adhesion(confirm_link(enrollment.submit_adhesion(form())))
    told()
    return confirmed


def test_the_newcomer_is_told_before_the_one_whom_they_replace(enrollment, adhesion, told, emitted, store):
    leaving = adhesion["delegates"][0]["id"]
    token = area(enrollment, adhesion)
    after = enrollment.replace_delegate(token, leaving, delegate(9), idempotency_key="k")
    again = enrollment.replace_delegate(token, leaving, delegate(9), idempotency_key="k")

    assert again == after
    assert [one["state"] for one in after["delegates"]] == ["withdrawn", "active", "active"]
    assert told() == ["DelegateRegistered", "DelegateWithdrawn"]
    registered, withdrawn = emitted(store)[-2:]
    assert (str(registered.replaces), str(withdrawn.delegate_id), withdrawn.reason) == (leaving, leaving, "replaced")
    assert enrollment.adhesion(adhesion["id"])["history"][-1]["what"] == "delegate_replaced"


def test_who_replaces_may_have_the_mailbox_of_the_one_who_goes_and_of_nobody_else(enrollment, adhesion, told):
    first, second = (one["id"] for one in adhesion["delegates"])
    token = area(enrollment, adhesion)
    assert refused(enrollment.replace_delegate, token, first, delegate(2)) == ("duplicate_delegate", {})
    assert told() == []
    enrollment.replace_delegate(token, first, delegate(1, given_name="Ugo"))
    assert refused(enrollment.replace_delegate, token, first, delegate(8)) == ("not_in_state", {"state": "withdrawn"})
    full = [enrollment.register_delegate(token, delegate(number)) for number in (3, 4, 5, 6)][-1]
    assert full["delegates_count"] == 6
    assert enrollment.replace_delegate(token, second, delegate(7))["delegates_count"] == 6


def test_nobody_replaces_another_bodys_delegate(enrollment, adhesion, told):
    other = enrollment.submit_adhesion(form(FIUMICINO))
    told()
    token = area(enrollment, other)
    for person in (adhesion["delegates"][0]["id"], str(uuid4()), "x", None, adhesion["contact"]["id"]):
        with pytest.raises(Missing):
            enrollment.replace_delegate(token, person, delegate(9))
    assert told() == []


def test_before_the_body_has_joined_a_replacement_is_nobodys_news(enrollment, told):
    adhesion = enrollment.submit_adhesion(form())
    told()
    enrollment.replace_delegate(area(enrollment, adhesion), adhesion["delegates"][0]["id"], delegate(9))
    assert told() == []


def test_delegates_set_their_own_name_and_language_right(enrollment, adhesion, told, emitted, store):
    person = adhesion["delegates"][0]["id"]
    token = own_page(enrollment, person)
    correction = {"given_name": " Anna  Maria ", "family_name": "Bianchi", "language": "en"}
    enrollment.correct_me(token, correction)
    enrollment.correct_me(token, correction)

    assert told() == ["DelegateRegistered"]
    told_of = emitted(store)[-1]
    assert (told_of.given_name, told_of.language, told_of.sequence) == ("Anna Maria", "en", 2)
    assert enrollment.delegate_area(token)["delegate"]["family_name"] == "Bianchi"


@pytest.mark.parametrize(
    "changes",
    [{"given_name": ""}, {"given_name": "x" * 101}, {"family_name": "a\x00"}, {"role": "manager"}, {"language": "de"}],
)
def test_what_is_not_theirs_to_correct_is_refused(enrollment, adhesion, told, changes):
    token = own_page(enrollment, adhesion["delegates"][0]["id"])
    with pytest.raises(Exception) as caught:
        enrollment.correct_me(token, {"given_name": "A", "family_name": "B", "language": "it", **changes})
    assert type(caught.value).__name__ == "ValidationError"
    assert told() == []


def test_who_has_their_data_erased_is_out_at_once(enrollment, adhesion, told):
    person, colleague = (one["id"] for one in adhesion["delegates"])
    token = own_page(enrollment, person)
    assert enrollment.erase_me(token, idempotency_key="k") == {}
    assert told() == ["DelegateWithdrawn", "PersonErased"]
    for call in (enrollment.delegate_area, enrollment.erase_me, enrollment.leave_programme):
        assert refused(call, token) == ("area_closed", {})
    assert [one["id"] for one in enrollment.adhesion(adhesion["id"])["delegates"]] == [colleague]
