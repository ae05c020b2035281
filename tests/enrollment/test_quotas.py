"""How many delegates of each role a body must and may send: on every way in, in the database, and when it changes."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from marshmallow import ValidationError

from services.enrollment import domain
from services.enrollment.models import Delegate, Programme
from tests.enrollment.builders import FIUMICINO, PROGRAMME, area, confirm_link, delegate, form, programme_data
from tests.enrollment.test_adhesions import refused
from tests.enrollment.test_two_clerks import at_once, clerks  # noqa: F401 - the fixture

ACTOR = "admin-1"
AT_MOST = ("too_many_of_role", {"role": "official", "max": 2})
KEPT = ("places_kept_for_role", {"role": "administrator", "least": 1, "max": 6})


@pytest.fixture
def quotas(enrollment, told):
    """At least one administrator, at most two officials, of six."""
    enrollment.change_programme(PROGRAMME, {"administrator_least": 1, "official_most": 2}, actor=ACTOR)
    told()
    return enrollment


def people(*roles: str) -> list[dict[str, Any]]:
    return [delegate(number, role=role) for number, role in enumerate(roles, 1)]


def joined(service: Any, *roles: str) -> dict[str, Any]:
    made = service.submit_adhesion(form(delegates=0) | {"delegates": people(*roles)})
    return dict(service.confirm_adhesion(confirm_link(made)))


OFFICIALS, MANAGERS = ["official"] * 3, ["manager"] * 6


@pytest.mark.parametrize(
    ("roles", "before", "answer"),
    [
        ([], [], None),
        (["official", "official"], [], None),
        (OFFICIALS, [], AT_MOST),
        (OFFICIALS, OFFICIALS, None),
        ([*OFFICIALS, "manager"], OFFICIALS, None),
        ([*OFFICIALS, "official"], OFFICIALS, AT_MOST),
        (["manager"] * 5, [], None),
        (MANAGERS, [], KEPT),
        (MANAGERS, MANAGERS, None),
        ([*["manager"] * 5, "administrator"], [], None),
        (["administrator"] * 6, [], None),
    ],
)
def test_the_rule(roles, before, answer):
    moment = programme_data()["adhesion_opens"]
    quotas = {"administrator": domain.Quota(1), "manager": domain.Quota(), "official": domain.Quota(0, 2)}
    terms = domain.Terms(moment, moment, (), None, None, 6, (), "", quotas)
    if answer is None:
        domain.check_roles(terms, roles, before)
    else:
        assert refused(domain.check_roles, terms, roles, before) == answer


def test_the_form_the_paper_and_the_question_before(quotas, told):
    paper = {"dated_on": "2017-05-15", "reference": "7"}
    for roles, answer in ((OFFICIALS, AT_MOST), (MANAGERS, KEPT)):
        written = form(FIUMICINO, delegates=0) | {"delegates": people(*roles)}
        assert refused(quotas.submit_adhesion, written) == answer
        assert refused(quotas.enter_adhesion, written, paper, actor="staff-1") == answer
        assert refused(quotas.check_roles, PROGRAMME, roles) == answer
    assert quotas.check_roles(PROGRAMME, ["official", "x", "manager"]) == {}
    assert told() == []


def test_the_area_one_by_one_a_list_and_a_replacement(quotas, told):
    token = area(quotas, joined(quotas, "official", "official", "manager"))
    told()
    official, manager = (delegate(9, role=role) for role in ("official", "manager"))
    assert refused(quotas.register_delegate, token, official) == AT_MOST
    assert refused(quotas.register_delegates, token, [manager, delegate(8)]) == AT_MOST
    several = [delegate(number, role="manager") for number in (6, 7, 8)]
    assert refused(quotas.register_delegates, token, several) == KEPT
    third = quotas.area(token)["delegates"][2]["id"]
    assert refused(quotas.replace_delegate, token, third, official) == AT_MOST
    first = quotas.area(token)["delegates"][0]["id"]
    quotas.replace_delegate(token, first, official)
    quotas.register_delegates(token, [*several[:2], delegate(5, role="administrator")])
    (mayor,) = (one["id"] for one in quotas.area(token)["delegates"] if one["role"] == "administrator")
    assert refused(quotas.replace_delegate, token, mayor, delegate(4, role="manager")) == KEPT
    assert quotas.withdraw_delegate(token, mayor)["delegates_count"] == 5


def test_the_secretariats_correction(quotas):
    made = joined(quotas, "official", "official", "manager", "administrator")
    first, second, third, _mayor = (one["id"] for one in made["delegates"])

    def correct(**roles: str) -> Any:
        return quotas.correct_adhesion(
            made["id"],
            {"reason": "r", "delegates": {names[key]: {"role": role} for key, role in roles.items()}},
            actor="staff-1",
        )

    names = {"first": first, "second": second, "third": third}
    assert refused(correct, third="official") == AT_MOST
    swapped = correct(first="manager", third="official")
    assert [one["role"] for one in swapped["delegates"]] == ["manager", "official", "official", "administrator"]


def test_who_was_there_before_a_number_was_narrowed_stays_and_can_be_corrected(enrollment):
    made = joined(enrollment, *OFFICIALS)
    narrower = {"official_most": 2}
    preview = enrollment.preview_programme(PROGRAMME, narrower)["objections"]
    assert preview == [{"reason": "quotas_narrowed", "asks": True, "facts": {"count": 1, "examples": ["Tivoli"]}}]
    reason, facts = refused(enrollment.change_programme, PROGRAMME, narrower, actor=ACTOR)
    assert (reason, facts["questions"][0]["reason"]) == ("needs_acceptance", "quotas_narrowed")
    enrollment.change_programme(PROGRAMME, narrower, actor=ACTOR, accepted=["quotas_narrowed"])

    token = area(enrollment, made)
    assert refused(enrollment.register_delegate, token, delegate(9)) == AT_MOST
    assert enrollment.register_delegate(token, delegate(9, role="manager"))["delegates_count"] == 4
    names = {made["delegates"][0]["id"]: {"given_name": "Ada"}}
    whole = enrollment.correct_adhesion(made["id"], {"reason": "r", "delegates": names}, actor="staff-1")
    assert whole["delegates"][0]["given_name"] == "Ada"

    first, second = (one["id"] for one in whole["delegates"][:2])
    assert refused(enrollment.replace_delegate, token, whole["delegates"][3]["id"], delegate(7)) == AT_MOST
    replaced = enrollment.replace_delegate(token, first, delegate(8))
    assert [one["role"] for one in replaced["delegates"] if one["state"] == "active"] == [
        *("official", "official", "manager", "official"),
    ]
    swap = {second: {"role": "manager"}, whole["delegates"][3]["id"]: {"role": "official"}}
    swapped = enrollment.correct_adhesion(made["id"], {"reason": "r", "delegates": swap}, actor="staff-1")
    assert sorted(one["role"] for one in swapped["delegates"] if one["state"] == "active") == ["manager", *OFFICIALS]


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({"official_most": 3}, 0),
        ({"official_most": 2}, 1),
        ({"administrator_least": 3}, 0),
        ({"administrator_least": 4}, 1),
        ({"manager_least": 2, "administrator_least": 2}, 1),
        ({"official_least": 3, "administrator_least": 3}, 0),
    ],
)
def test_whom_other_numbers_would_touch(enrollment, changes, count):
    joined(enrollment, *OFFICIALS)
    objections = enrollment.preview_programme(PROGRAMME, changes)["objections"]
    assert [one["facts"]["count"] for one in objections] == [count] * bool(count)


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"official_least": 3, "official_most": 2}, {"official_most": ["below_minimum"]}),
        ({"administrator_least": 4, "manager_least": 3}, {"manager_least": ["more_than_places"]}),
        ({"official_most": -1}, {"official_most": ["out_of_range"]}),
        ({"official_most": "2"}, {"official_most": ["invalid"]}),
        ({"official_least": 201}, {"official_least": ["out_of_range"]}),
    ],
)
def test_numbers_that_cannot_be(enrollment, told, changes, errors):
    with pytest.raises(ValidationError) as caught:
        enrollment.change_programme(PROGRAMME, changes, actor=ACTOR)
    assert caught.value.messages == errors
    assert told() == []


def test_the_database_holds_the_numbers_too(quotas, store):
    made = joined(quotas, "official", "official", "manager")
    columns = {column.key: column for column in Delegate.__table__.columns}
    with store.read() as session:
        row = dict(session.execute(sa.select(Delegate.__table__).where(columns["role"] == "official")).first()._mapping)
    more = {**row, "email": "more@example.it"}

    def add(**changes: Any) -> None:
        with store.transaction() as session:
            session.execute(sa.insert(Delegate.__table__).values({**more, "id": uuid4(), **changes}))

    with pytest.raises(sa.exc.IntegrityError):
        add()
    add(state="withdrawn")
    add(role="manager", email="other@example.it")
    with pytest.raises(sa.exc.IntegrityError), store.transaction() as session:
        session.execute(sa.update(Delegate).where(Delegate.state == "withdrawn").values(state="active"))
    with pytest.raises(sa.exc.IntegrityError), store.transaction() as session:
        session.execute(sa.update(Delegate).where(Delegate.role == "manager").values(role="official"))
    with pytest.raises(sa.exc.IntegrityError), store.transaction() as session:
        session.execute(sa.update(Programme).values(official_least=3))
    assert quotas.adhesion(made["id"])["delegates_count"] == 4


def test_the_last_of_a_role_is_named_once(clerks):  # noqa: F811
    clerks.change_programme(PROGRAMME, {"official_most": 2}, actor=ACTOR)
    token = area(clerks, joined(clerks, "official"))
    answers = at_once([lambda n=n: clerks.register_delegate(token, delegate(n)) for n in (6, 7, 8)])
    assert sorted(answers) == ["", "too_many_of_role", "too_many_of_role"]
