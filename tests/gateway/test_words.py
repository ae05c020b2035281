"""Every refusal that a service can give has words, in both languages, that name nobody and fail on nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException, NotFound, TooManyRequests

from chassis.refusal import Forbidden, Invalid, KeyReused, Missing, Refused, Unavailable
from gateway.forms import StaleForm
from gateway.labels import LABELS, label
from gateway.refusals import FIELD_ERRORS, PLANNING_FAILURES, REFUSALS
from gateway.words import explain, explain_failed_run, explain_field

SERVICES = Path(__file__).parents[2] / "services"
STATES = ("closed", "cancelled")


def said(function: str, argument: int = 0) -> set[str]:
    """The names that the services give to this call, as their source spells them."""
    found: set[str] = set()
    for path in SERVICES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) == function and len(node.args) > argument:
                found.update(_names(node.args[argument]))
    return found


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _names(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*_names(body), *_names(orelse))
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), ast.FormattedValue()]):
            yield from (f"{start}{state}" for state in STATES)


def test_every_refusal_of_every_service_has_words() -> None:
    assert said("Refused") - REFUSALS.keys() == set()


def test_every_reason_without_a_plan_has_words() -> None:
    assert (said("Infeasible") | said("fail", 2)) - PLANNING_FAILURES.keys() == set()


def test_every_code_for_a_field_has_words() -> None:
    assert said("ValidationError") - FIELD_ERRORS.keys() - REFUSALS.keys() == set()


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_explanation_can_be_given_without_facts(app: Flask, language: str) -> None:
    with app.test_request_context(f"/?lang={language}"):
        for reason in REFUSALS:
            told = explain(Refused(reason))
            assert told.title and told.detail and told.what_to_do
            assert "%(" not in told.detail + told.what_to_do
        for reason in PLANNING_FAILURES:
            assert explain_failed_run({"reason": reason, "facts": None}).what_to_do
        for code in FIELD_ERRORS:
            assert explain_field(code)


def test_facts_are_formatted_for_people(app: Flask) -> None:
    facts = {"population": 2558, "min": 5000, "max": 150000, "year": 2023}
    with app.test_request_context("/?lang=it"):
        told = explain(Refused("population_out_of_band", **facts))
        assert told.status == 409
        assert told.detail == (
            "Ha 2.558 abitanti (dato del 2023); il programma è per gli enti da 5.000 a 150.000 abitanti."
        )
    with app.test_request_context("/?lang=en"):
        assert explain(Refused("adhesions_closed", closed_at="2017-06-30T21:59:59+00:00")).detail == (
            "Bodies could join this programme until 30 June 2017."
        )


def test_facts_that_are_missing_empty_or_odd_do_no_harm(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        told = explain(Refused("population_out_of_band", population=None, min=None, max=150000, year=None))
        assert told.detail.startswith("The registry has no population for this body")
        told = explain(Refused("already_joined", submitted_at="2017-05-03T10:00:00Z", office=None))
        assert told.detail == "An adhesion for it reached us on 3 May 2017. It does not say from which office."
        told = explain(Refused("already_joined", submitted_at="2017-05-03T10:00:00Z", office="50% <b>", people=["x"]))
        assert told.detail.endswith("from this office: 50% <b>.")


@pytest.mark.parametrize(
    ("language", "detail"),
    [
        ("en", "Trainers on a training day: 0. A plan needs at least 1."),
        ("it", "Docenti per giornata formativa: 0. Per un piano serve almeno 1."),
    ],
)
def test_a_number_that_allows_no_plan_is_named(app: Flask, language: str, detail: str) -> None:
    facts = {"field": "trainers_per_day", "value": 0, "least": 1}
    with app.test_request_context(headers={"Accept-Language": language}):
        assert explain_failed_run({"reason": "number_out_of_range", "facts": facts}).detail == detail


def test_what_nobody_foresaw_still_has_words(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        assert explain(Refused("never_heard_of", name="Ada")).title == "This cannot be done now"
        assert explain(ValueError("secret")).status == 500
        assert "secret" not in explain(ValueError("secret")).detail
        assert explain_field("never_heard_of") == "What is written here is not valid."
        assert label("adhesion", "never_heard_of") == "never_heard_of"
        assert label("adhesion", None) == "–"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Missing("body"), 404),
        (Forbidden("body"), 404),
        (Invalid({"email": ["required"]}), 422),
        (KeyReused(), 422),
        (Unavailable("enrollment"), 503),
        (NotFound(), 404),
        (TooManyRequests(), 429),
        (StaleForm(), 400),
        (HTTPException(), 500),
        (418, 418),
    ],
)
def test_each_kind_of_answer_has_its_status(app: Flask, error: Exception | int, status: int) -> None:
    with app.test_request_context("/?lang=en"):
        assert explain(error).status == status


def test_a_missing_thing_and_another_persons_are_told_alike(app: Flask) -> None:
    with app.test_request_context("/?lang=it"):
        assert explain(Missing("adhesion")) == explain(Forbidden("adhesion"))


def test_labels_know_the_states_of_the_services() -> None:
    from services.certificates.domain import STATES as CERTIFICATE_STATES
    from services.enrollment.domain import GENDERS, MAIL_STATES
    from services.enrollment.domain import STATES as ADHESION_STATES
    from services.scheduling.domain import APPOINTMENT_STATES, PLACE_STATES, RUN_STATES

    for group, codes in (
        ("adhesion", ADHESION_STATES),
        ("gender", GENDERS),
        ("mailbox", MAIL_STATES),
        ("appointment", APPOINTMENT_STATES),
        ("place", PLACE_STATES),
        ("run", RUN_STATES),
        ("certificate", CERTIFICATE_STATES),
    ):
        assert set(codes) - LABELS[group].keys() == set(), group
