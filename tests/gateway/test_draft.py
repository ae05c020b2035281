"""The adhesion form between its steps."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from gateway.pages.draft import Draft, wrong

GOOD = {
    "consent": "yes",
    "consent_version": "2017-05",
    "body_kind": "municipality",
    "body_code": "001125",
    "contact.given_name": " Lucia ",
    "contact.family_name": "Bianchi",
    "contact.email": "protocollo@comune.ivrea.example",
    "contact.language": "en",
    "legal_representative.given_name": "Mario",
    "legal_representative.family_name": "Verdi",
    "topics": "welcome",
    "delegates.0.given_name": "Anna",
    "delegates.0.family_name": "Neri",
    "delegates.0.email": "anna@comune.ivrea.example",
    "delegates.0.role": "official",
    "delegates.0.gender": "not_said",
}


def draft(**changes: str) -> Draft:
    return Draft(MultiDict({**GOOD, **{name.replace("__", "."): value for name, value in changes.items()}}))


def complaints(step: str = "people", **changes: str) -> dict[str, list[str]]:
    return draft(**changes).complaints(step, ["welcome", "work"], places=3)


@pytest.mark.parametrize("step", ["notice", "body", "people", "summary"])
def test_a_good_form_has_nothing_to_correct(step: str) -> None:
    assert complaints(step) == {}


def test_what_the_service_is_asked_to_accept() -> None:
    assert draft().answers("co") == {
        "programme_code": "co",
        "consent": True,
        "consent_version": "2017-05",
        "contact": {
            "given_name": "Lucia",
            "family_name": "Bianchi",
            "email": "protocollo@comune.ivrea.example",
            "language": "en",
        },
        "legal_representative": {"given_name": "Mario", "family_name": "Verdi"},
        "topics": ["welcome"],
        "delegates": [
            {
                "given_name": "Anna",
                "family_name": "Neri",
                "email": "anna@comune.ivrea.example",
                "role": "official",
                "gender": "not_said",
                "language": "en",
            }
        ],
        "body_code": "001125",
    }


def test_a_supra_municipal_body_is_declared() -> None:
    answers = draft(body_kind="supra_municipal", body__name="Unione Montana", body__province="to").answers("co")
    assert answers["body"] == {"name": "Unione Montana", "kind": "supra_municipal", "province": "TO"}
    assert "body_code" not in answers


def test_no_step_loses_what_another_asked() -> None:
    for step in ("notice", "body", "people", "summary"):
        carried = dict(draft().carried(step))
        shown = {name for name in GOOD if name not in carried}
        assert {**{name: GOOD[name].strip() for name in shown}, **carried} == {
            name: value.strip() for name, value in GOOD.items()
        }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"contact__email": ""}, {"contact.email": ["required"]}),
        ({"contact__email": "nowhere"}, {"contact.email": ["not_an_email"]}),
        ({"contact__phone": "call me"}, {"contact.phone": ["not_a_phone"]}),
        ({"contact__given_name": "x" * 100_000}, {"contact.given_name": ["too_long"]}),
        ({"contact__family_name": "Bian\u202echi"}, {"contact.family_name": ["control_characters"]}),
        ({"contact__email": "a@b.it\r\nBcc: c@d.it"}, {"contact.email": ["control_characters"]}),
        ({"delegates__0__role": "emperor"}, {"delegates.0.role": ["not_a_choice"]}),
        ({"topics": "unheard"}, {"topics": ["not_a_choice"]}),
    ],
)
def test_what_is_wrong_is_told_by_field(changes: dict[str, str], expected: dict[str, list[str]]) -> None:
    assert complaints(**changes) == expected


def test_the_same_address_twice_is_two_names_for_one_person() -> None:
    second = {name.replace(".0.", ".1."): value for name, value in GOOD.items() if ".0." in name}
    twice = Draft(MultiDict({**GOOD, **second, "delegates.1.email": "ANNA@comune.ivrea.example"}))
    assert twice.complaints("people", ["welcome"], places=3) == {"delegates.1.email": ["duplicate_delegate"]}


def test_rows_are_numbered_anew_bounded_and_empty_ones_are_dropped() -> None:
    form = MultiDict({f"delegates.{number}.given_name": "Ada" for number in range(0, 999, 3)})
    many = Draft(form)
    assert len(many.delegates) == 200
    assert list(many.by_path)[:2] == ["delegates.0.given_name", "delegates.1.given_name"]
    gaps = Draft(MultiDict({"delegates.7.given_name": "Ada", "delegates.9.role": "official", "delegates.x.role": "y"}))
    gaps.drop_empty_rows()
    assert gaps.delegates == [{"given_name": "Ada"}]


def test_fields_that_nobody_asked_for_are_left_out() -> None:
    assert draft(contact__admin="yes", delegates__0__id="7").answers("co") == draft().answers("co")


@pytest.mark.parametrize(("path", "value"), [("contact.email", "a@b.it"), ("contact.phone", "+39 06/123"), ("x", "È")])
def test_good_text_is_not_wrong(path: str, value: str) -> None:
    assert wrong(path, value) is None
