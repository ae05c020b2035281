"""What comes in: empty, huge, of the wrong type, with letters that nobody sees."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from chassis.refusal import Invalid
from services.enrollment.schemas import AdhesionInput, DelegateInput, ProgrammeInput
from tests.enrollment.builders import delegate, form, programme_data, union


def errors(schema, given):
    with pytest.raises(ValidationError) as caught:
        schema().load(given)
    return Invalid.from_messages(caught.value.messages).errors


def contact(**changes):
    return form(contact={**form()["contact"], **changes})


def test_a_right_form_comes_through_tidy():
    given = form(delegates=1)
    given["contact"] |= {
        "given_name": "  Mari\u0301a \u00a0 Sole ",
        "email": " Protocollo@Comune.Example.IT ",
        "phone": "",
    }

    loaded = AdhesionInput().load(given)

    assert loaded["contact"]["given_name"] == "Mar\u00eda Sole"
    assert loaded["contact"]["email"] == "protocollo@comune.example.it"
    assert loaded["contact"]["phone"] is None
    assert loaded["delegates"][0]["role"] == "official"


def test_an_empty_form_says_all_that_is_missing():
    assert errors(AdhesionInput, {}) == {
        "programme_code": ["required"],
        "contact": ["required"],
        "legal_representative": ["required"],
        "topics": ["required"],
    }


@pytest.mark.parametrize("given", [None, [], "text", 7])
def test_what_is_no_form_at_all(given):
    assert errors(AdhesionInput, given) == {"_": ["invalid"]}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "required"),
        (" \u00a0 ", "required"),
        (None, "required"),
        (7, "invalid"),
        (["x"], "invalid"),
        ("x" * 101, "too_long"),
        ("x" * 1_000_000, "too_long"),
        ("Anna\r\nBcc: all@example.it", "control_characters"),
        ("Anna\x00", "control_characters"),
        ("Anna\ud800", "control_characters"),
        ("\u202eannA", "control_characters"),
        ("An\u200bna", "control_characters"),
    ],
)
def test_a_name_that_cannot_be_one(value, code):
    assert errors(AdhesionInput, contact(given_name=value)) == {"contact.given_name": [code]}


@pytest.mark.parametrize("name", ["D'Amico", "Nguyễn", "Müller-Lüdenscheidt", "Žižek", "O’Brien", "李", "Maria Chiara"])
def test_names_of_the_world(name):
    assert AdhesionInput().load(contact(family_name=name))["contact"]["family_name"] == name


@pytest.mark.parametrize(
    "email",
    [
        *("x", "x@", "@x.it", "a b@x.it", "a@x", "a@x..it", ".a@x.it", "a.@x.it", "a..b@x.it", "a@-x.it"),
        *("a@x.it,b@x.it", "<a@x.it>", "a@[127.0.0.1]", "a@x.1", "a" * 65 + "@x.it", "à@x.it"),
    ],
)
def test_what_is_no_mailbox(email):
    assert errors(AdhesionInput, contact(email=email)) == {"contact.email": ["not_an_email"]}


@pytest.mark.parametrize("email", ["a@x.it\nBcc: b@x.it", "a@x.it\r", "a\t@x.it"])
def test_no_line_break_gets_into_a_header(email):
    assert errors(AdhesionInput, contact(email=email)) == {"contact.email": ["control_characters"]}


@pytest.mark.parametrize("email", ["u+tag@x.example.it", "o'brien@x.it", "a_b-c@xn--bcher-kva.it", "1@2.it"])
def test_unusual_mailboxes(email):
    assert AdhesionInput().load(contact(email=email))["contact"]["email"] == email


def test_codes_for_each_field():
    wrong = form()
    wrong["contact"] |= {"phone": "call me", "language": "fr", "colour": "red"}
    wrong["topics"] = []
    wrong["delegates"] = [delegate(role="mayor", gender=None), delegate(2, language="de"), 5]

    assert errors(AdhesionInput, wrong) == {
        "contact.phone": ["not_a_phone"],
        "contact.language": ["not_a_choice"],
        "contact.colour": ["unknown_field"],
        "topics": ["one_to_five"],
        "delegates.0.role": ["not_a_choice"],
        "delegates.0.gender": ["required"],
        "delegates.1.language": ["not_a_choice"],
        "delegates.2": ["invalid"],
    }


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"body_code": None}, {"body_code": ["one_of_body_code_and_body"]}),
        ({"body": union()["body"]}, {"body_code": ["one_of_body_code_and_body"]}),
        ({"topics": ["tratta", "tratta"]}, {"topics": ["repeated"]}),
        ({"topics": "tratta"}, {"topics": ["invalid"]}),
        ({"topics": [1]}, {"topics.0": ["invalid"]}),
        ({"consent": "yes"}, {"consent": ["invalid"]}),
        ({"consent": {}}, {"consent": ["invalid"]}),
        ({"delegates": [delegate(number) for number in range(201)]}, {"delegates": ["too_many"]}),
        ({"delegates": {}}, {"delegates": ["invalid"]}),
    ],
)
def test_the_form_as_a_whole(changes, wrong):
    assert errors(AdhesionInput, {**form(), **changes}) == wrong


def test_a_declared_body_is_strict_too():
    wrong = union(name="", kind="municipality", province="Roma", members=["x"])
    assert errors(AdhesionInput, wrong) == {
        "body.name": ["required"],
        "body.kind": ["not_a_choice"],
        "body.province": ["invalid"],
        "body.members.0": ["invalid"],
    }


def test_gender_must_be_answered_and_not_said_is_an_answer():
    assert DelegateInput().load(delegate(gender="not_said"))["gender"] == "not_said"
    given = delegate()
    del given["gender"]
    assert errors(DelegateInput, given) == {"gender": ["required"]}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"adhesion_closes": "2017-05-01T00:00:00+02:00"}, {"adhesion_closes": ["before_opening"]}),
        ({"adhesion_closes": "2017-06-30T23:59:59"}, {"adhesion_closes": ["invalid"]}),
        ({"training_until": "2017-06-30"}, {"training_until": ["before_start"]}),
        ({"population_max": 4_999}, {"population_max": ["below_minimum"]}),
        ({"places_per_body": 0}, {"places_per_body": ["out_of_range"]}),
        ({"trainers_per_day": 0}, {"trainers_per_day": ["out_of_range"]}),
        ({"training_days": -1}, {"training_days": ["out_of_range"]}),
        ({"training_days": 2.5}, {"training_days": ["invalid"]}),
        ({"kinds": []}, {"kinds": ["invalid"]}),
        ({"kinds": ["region"]}, {"kinds.0": ["not_a_choice"]}),
        ({"code": "Co Alizione"}, {"code": ["invalid"]}),
        ({"topics": programme_data()["topics"][:1] * 2}, {"topics": ["repeated"]}),
    ],
)
def test_a_programme_must_make_sense(changes, wrong):
    assert errors(ProgrammeInput, programme_data(**changes)) == wrong


def test_a_consent_may_have_paragraphs():
    loaded = ProgrammeInput().load(programme_data(consent_it="Primo.\r\n\r\nSecondo."))
    assert loaded["consent_it"] == "Primo.\n\nSecondo."
