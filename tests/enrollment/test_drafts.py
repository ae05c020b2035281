"""Forms that are put aside: kept for who has the link, forgotten in time, and silent about who wrote them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from marshmallow import ValidationError

from chassis.refusal import Refused
from services.enrollment.models import Draft
from tests.enrollment.builders import PROGRAMME, form, link

CLERK = "clerk@comune.example.it"
PARTLY = {"body_code": "058104", "contact": {"given_name": "Ma"}, "topics": [], "delegates": [{"email": "non so"}]}


def written(email=CLERK, **adhesion):
    return {"programme_code": PROGRAMME, "email": email, "language": "it", "adhesion": {**PARTLY, **adhesion}}


def refused(call, *given, **named):
    with pytest.raises(Refused) as caught:
        call(*given, **named)
    return caught.value.reason


@pytest.fixture
def kept(store):
    def rows():
        with store.read() as session:
            return session.scalars(sa.select(Draft).order_by(Draft.email)).all()

    return rows


@pytest.fixture
def token_of(clock):
    return lambda draft: link("adhesion-draft", str(draft.id), clock.now())


def test_what_was_written_comes_back_by_the_link_and_only_the_mailbox_hears_of_it(
    enrollment, told, emitted, store, kept, token_of
):
    assert enrollment.save_draft(written(), "form-1") == {}
    (draft,) = kept()
    assert told() == ["ContactChanged", "DraftSaved"]
    contact, saved = emitted(store)[-2:]
    assert (contact.email, contact.given_name, contact.contact_id) == (CLERK, "", draft.id)
    assert saved.draft_id == draft.id
    answer = enrollment.draft(token_of(draft))
    assert answer["expires_at"][:10] == "2017-06-14"
    assert {name: answer[name] for name in ("programme_code", "email", "language", "adhesion")} == written()


def test_the_same_form_saved_again_is_the_same_draft_and_no_second_mail_within_a_minute(
    enrollment, told, kept, token_of, clock
):
    enrollment.save_draft(written(), "form-1")
    told()
    enrollment.save_draft(written(body_code="058120"), "form-1")
    (draft,) = kept()
    assert (told(), draft.adhesion["body_code"]) == ([], "058120")
    clock.advance(seconds=61)
    enrollment.save_draft(written(body_code="021008"), "another form", token_of(draft))
    (draft,) = kept()
    assert (told(), draft.adhesion["body_code"]) == (["ContactChanged", "DraftSaved"], "021008")


def test_a_corrected_address_is_written_to_at_once(enrollment, told, kept):
    enrollment.save_draft(written("clrek@comune.example.it"), "form-1")
    enrollment.save_draft(written(), "form-1")
    assert [one.email for one in kept()] == [CLERK]
    assert told() == ["ContactChanged", "DraftSaved"] * 2


def test_a_mailbox_is_not_filled_and_nobody_learns_that_it_is_full(enrollment, told, kept, clock):
    answers = []
    for number in range(15):
        answers.append(enrollment.save_draft(written(), f"form-{number}"))
        clock.advance(seconds=61)
    assert (answers, len(kept())) == ([{}] * 15, 10)
    assert told() == ["ContactChanged", "DraftSaved"] * 10
    enrollment.save_draft(written("other@comune.example.it"), "form-x")
    assert told() == ["ContactChanged", "DraftSaved"]
    enrollment.save_draft(written("other@comune.example.it"), "form-y")
    assert told() == []


def test_a_draft_that_is_sent_is_forgotten_together_with_the_mailbox(enrollment, told, kept, token_of):
    enrollment.save_draft(written(), "form-1")
    (draft,) = kept()
    token = token_of(draft)
    told()
    enrollment.submit_adhesion(form(), "key", token)
    assert kept() == []
    assert told() == ["ContactChanged", "AdhesionSubmitted", "PersonErased"]
    enrollment.submit_adhesion(form(), "key", token)
    assert told() == []
    assert refused(enrollment.draft, token) == "draft_gone"


def test_a_refused_adhesion_leaves_the_draft(enrollment, kept, token_of):
    enrollment.save_draft(written(), "form-1")
    (draft,) = kept()
    assert refused(enrollment.submit_adhesion, form("058091"), None, token_of(draft)) == "population_out_of_band"
    assert len(kept()) == 1


def test_a_draft_is_deleted_when_its_writer_wants_and_asking_twice_is_fine(enrollment, told, kept, token_of):
    enrollment.save_draft(written(), "form-1")
    (draft,) = kept()
    told()
    assert [enrollment.delete_draft(token_of(draft)) for _ in range(2)] == [{}, {}]
    assert (kept(), told()) == ([], ["PersonErased"])


def test_a_draft_is_forgotten_thirty_days_after_it_was_last_saved(enrollment, told, kept, token_of, clock):
    enrollment.save_draft(written(), "form-1")
    clock.advance(days=20)
    enrollment.save_draft(written(), "form-1")
    (draft,) = kept()
    token = token_of(draft)
    clock.advance(days=30, seconds=-1)
    assert (enrollment.forget_old_drafts(), enrollment.draft(token)["email"]) == (False, CLERK)
    told()
    clock.advance(seconds=1)
    assert refused(enrollment.draft, token) == "draft_gone"
    assert [enrollment.forget_old_drafts() for _ in range(2)] == [True, False]
    assert (kept(), told()) == ([], ["PersonErased"])


def test_no_draft_outside_the_window_or_of_what_is_none(enrollment, kept, told, clock):
    for wrong in (
        {},
        {**written(), "adhesion": "text"},
        {**written(), "adhesion": {"x": "y" * 200_001}},
        {**written(), "adhesion": {"x": "\x00"}},
        {**written(), "email": "a@b.it\r\nBcc: c@d.it"},
        {**written(), "language": "de"},
    ):
        with pytest.raises(ValidationError):
            enrollment.save_draft(wrong, "form-1")
    clock.advance(days=60)
    assert refused(enrollment.save_draft, written(), "form-1") == "adhesions_closed"
    assert (kept(), told()) == ([], [])


def test_other_links_open_no_draft(enrollment, kept):
    enrollment.save_draft(written(), "form-1")
    (draft,) = kept()
    for token in (link("body-area", str(draft.id)), "forged", None):
        for call in (enrollment.draft, enrollment.delete_draft):
            assert refused(call, token) == "link_invalid"
    assert len(kept()) == 1
