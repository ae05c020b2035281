"""Mail that did not arrive: by state with what to do, and many at once after a preview."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from services.notifications.models import Message
from tests.gateway.conftest import Api, adhesion_form
from tests.gateway.platform import Platform
from tests.gateway.test_identity import log_in, token_of

PAGE = "/staff/messages"
GOOD: dict[str, Any] = {"message_ids": ["00000000-0000-4000-8000-000000000000"], "decision": "resend"}


@pytest.fixture
def secretary(app: Flask, staff: dict[str, str], programme: dict[str, Any]) -> FlaskClient:
    browser = app.test_client()
    log_in(browser, staff["secretariat"])
    return browser


@pytest.fixture
def mails(anyone: Api, programme: dict[str, Any], platform: Platform) -> list[str]:
    """The first mails to two bodies, both of which bounced."""
    for code in ("021004", "021008"):
        anyone("POST", "/adhesions", adhesion_form(programme, code))
    platform.deliver()
    put(platform, "bounced")
    with platform.stores["notifications"].read() as session:
        return [str(one) for one in session.scalars(sa.select(Message.id).order_by(Message.id))]


def put(platform: Platform, state: str) -> None:
    with platform.stores["notifications"].transaction() as session:
        session.execute(sa.update(Message).values(state=state))


def states(platform: Platform) -> list[str]:
    with platform.stores["notifications"].read() as session:
        return sorted(session.scalars(sa.select(Message.state)))


def post(browser: FlaskClient, path: str, **form: Any) -> Any:
    token = token_of(browser.get(PAGE))
    return browser.post(f"{PAGE}/{path}?lang=en", data={"csrf_token": token, **form})


def test_what_bounced_is_shown_with_its_body_and_what_to_do(secretary: FlaskClient, mails: list[str]) -> None:
    page = secretary.get(f"{PAGE}?state=bounced&kind=adhesion_received&lang=en")
    assert page.text.count('name="message"') == 2
    assert "The mailbox refused the mail" in page.text
    assert "Appiano sulla strada del vino" in page.text
    assert secretary.get(f"{PAGE}?state=bounced&kind=area_link&lang=en").text.count('name="message"') == 0
    assert secretary.get(f"{PAGE}?state=lost").status_code == 422


def test_those_ticked_are_previewed_and_sent_again_once(
    secretary: FlaskClient, mails: list[str], platform: Platform
) -> None:
    preview = post(secretary, "selection", decision="resend", message=mails[:1], state="bounced")
    assert (preview.status_code, "It concerns one mail." in preview.text) == (200, True)
    assert states(platform) == ["bounced", "bounced"]
    for _ in range(2):
        done = post(secretary, "decisions", decision="resend", message=mails[:1], state="bounced", idempotency_key="k")
        assert (done.status_code, done.location) == (303, f"{PAGE}?done=message_resent&state=bounced")
    assert states(platform) == ["bounced", "bounced", "queued"]


def test_all_that_the_filter_shows(secretary: FlaskClient, mails: list[str], platform: Platform) -> None:
    secretary_sees = post(secretary, "selection", decision="resend", which="all", state="bounced", kind="")
    assert "It concerns 2 mails." in secretary_sees.text
    post(secretary, "decisions", decision="resend", message=mails, state="bounced")
    again = post(secretary, "selection", decision="resend", which="all", state="bounced")
    assert "The mail is already on its way" in again.text
    assert "Yes, send them again" not in again.text


def test_a_programme_shows_its_own_mails_and_keeps_to_them(
    secretary: FlaskClient, mails: list[str], platform: Platform, programme: dict[str, Any]
) -> None:
    with platform.stores["notifications"].transaction() as session:
        session.execute(sa.update(Message).where(Message.id == UUID(mails[0])).values(programme_id=None))
    code = programme["code"]
    everywhere = secretary.get(f"{PAGE}?state=bounced&lang=en").text
    here = secretary.get(f"{PAGE}?state=bounced&programme={code}&lang=en").text
    assert (everywhere.count('name="message"'), here.count('name="message"')) == (2, 1)
    assert "bounced <strong>1</strong>" in re.sub(r"\s+", " ", here)
    chosen = {"state": "bounced", "programme": code}
    assert "It concerns one mail." in post(secretary, "selection", decision="resend", which="all", **chosen).text
    done = post(secretary, "decisions", decision="resend", message=mails[1:], **chosen)
    assert done.location == f"{PAGE}?done=message_resent&state=bounced&programme={code}"
    assert secretary.get(f"{PAGE}?programme=nowhere").status_code == 404


@pytest.mark.usefixtures("mails")
def test_a_choice_of_nothing_and_a_decision_that_is_none(secretary: FlaskClient) -> None:
    nothing = post(secretary, "selection", decision="resend", state="bounced")
    assert (nothing.status_code, "No mail is chosen" in nothing.text) == (422, True)
    for path in ("selection", "decisions"):
        assert post(secretary, path, decision="burn", message=["x"]).status_code == 400
        assert post(secretary, path, decision="resend", message=["x"]).status_code == 400
        assert post(secretary, path, decision="resend", message=["0"] * 501).status_code == 400


def test_the_same_through_the_api(secretariat: Api, mails: list[str], platform: Platform) -> None:
    chosen = {"message_ids": mails, "decision": "resend"}
    assert secretariat("POST", "/message-decision-previews", chosen).json == {"done": 2, "left": []}
    assert states(platform) == ["bounced", "bounced"]
    put(platform, "unknown")
    settled = secretariat("POST", "/message-decisions", {**chosen, "decision": "not_sent"})
    assert (settled.status_code, settled.json) == (200, {"done": 2, "left": []})
    late = secretariat("POST", "/message-decisions", {**chosen, "decision": "sent"})
    assert late.json == {"done": 0, "left": [{"reason": "not_in_state", "count": 2}]}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"message_ids": []}, "message_ids"),
        ({"message_ids": ["x"]}, "message_ids.0"),
        ({"message_ids": GOOD["message_ids"] * 501}, "message_ids"),
        ({"decision": "burn"}, "decision"),
        ({"actor": "me"}, "actor"),
    ],
)
def test_the_api_names_the_field_that_is_wrong(secretariat: Api, changes: dict[str, Any], field: str) -> None:
    answer = secretariat("POST", "/message-decisions", {**GOOD, **changes})
    assert (answer.status_code, field in answer.json["errors"]) == (422, True)
