"""What the secretariat does with adhesions, as pages without JavaScript and through the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.gateway.conftest import Api, adhesion_form
from tests.gateway.platform import Platform
from tests.gateway.test_identity import log_in, token_of


class Browser:
    """A secretary at a browser. ``send`` fills in a page's form as it stands and changes some of its fields."""

    def __init__(self, client: FlaskClient, email: str) -> None:
        self.client = client
        log_in(client, email)

    def get(self, address: str) -> str:
        return self.client.get(address, follow_redirects=True).text

    def send(self, address: str, page: str, **fields: Any) -> Any:
        form = {"csrf_token": token_of(self.client.get(page)), "idempotency_key": "k", **fields}
        return self.client.post(address, data={name.replace("__", "."): value for name, value in form.items()})


@pytest.fixture
def ada(app: Flask, staff: dict[str, str]) -> Browser:
    return Browser(app.test_client(), staff["secretariat"])


@pytest.fixture
def appiano(anyone: Api, programme: dict[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = anyone("POST", "/adhesions", adhesion_form(programme)).json
    return sent


@pytest.fixture
def union(anyone: Api, programme: dict[str, Any], contact: Callable[..., Api]) -> dict[str, Any]:
    """Confirmed from its mailbox, it waits for the secretariat."""
    body = {"name": "Unione Valle Aurina", "kind": "supra_municipal", "province": "BZ"}
    sent: dict[str, Any] = anyone("POST", "/adhesions", adhesion_form(programme, ..., body=body)).json
    assert contact(sent["id"], "confirm-adhesion")("POST", "/adhesions/confirmations").status_code == 200
    return sent


def whole(browser: Browser, adhesion: dict[str, Any]) -> dict[str, str]:
    """The fields of the correction's form as they stand."""
    page = browser.get(f"/staff/adhesions/{adhesion['id']}/correction")
    fields = dict(re.findall(r'<input class="form-control[^>]*? name="([^"]+)" value="([^"]*)"', page))
    return {**fields, "version": re.findall(r'name="version" value="(\d+)"', page)[0]}


def test_a_correction_is_made_read_and_explained(ada: Browser, appiano: dict[str, Any]) -> None:
    at = f"/staff/adhesions/{appiano['id']}"
    fields = whole(ada, appiano)
    topics = {"topics": appiano["topics"], "contact.language": "it"}
    missing = ada.send(f"{at}/correction", at, **fields, **topics)
    assert (missing.status_code, 'href="#reason"' in missing.text) == (422, True)
    fields |= {"contact.phone": "0471 1", "contact.email": "nobody"}
    wrong = ada.send(f"{at}/correction", at, **fields, **topics, reason="By phone")
    assert (wrong.status_code, 'href="#contact-email"' in wrong.text) == (422, True)
    fields |= {"contact.email": "nuova@appiano.example.org"}
    done = ada.send(f"{at}/correction", at, **fields, **topics, reason="By phone")
    assert (done.status_code, done.location) == (303, f"{at}?done=adhesion_corrected")
    page = ada.get(f"{at}?lang=en")
    assert "ada@021004.example.org → nuova@appiano.example.org" in page
    assert ("By phone" in page, "Secretariat" in page) == (True, True)


def test_who_was_overtaken_sees_both_and_may_insist(
    ada: Browser, secretariat: Api, appiano: dict[str, Any], programme: dict[str, Any]
) -> None:
    at = f"/staff/adhesions/{appiano['id']}"
    fields = whole(ada, appiano) | {"contact.office": "Anagrafe <b>", "contact.language": "it", "reason": "r"}
    fields |= {"topics": appiano["topics"]}
    theirs = {"reason": "theirs", "contact": {"office": "Segreteria generale"}}
    assert secretariat("PATCH", f"/adhesions/{appiano['id']}", theirs, If_Match="*").status_code == 200
    answer = ada.send(f"{at}/correction", at, **fields)
    assert answer.status_code == 409
    assert "<td>Anagrafe &lt;b&gt;</td><td>Segreteria generale</td>" in answer.text
    fields["version"] = re.findall(r'name="version" value="(\d+)"', answer.text)[0]
    assert ada.send(f"{at}/correction", at, **fields, idempotency_key="k2").status_code == 303
    for version in ("", "x", "9" * 30, "-1"):
        again = {**fields, "version": version, "idempotency_key": version}
        assert ada.send(f"{at}/correction", at, **again).status_code == 409


def test_who_made_a_mistake_and_was_overtaken_is_told_all_the_same(
    ada: Browser, secretariat: Api, appiano: dict[str, Any], programme: dict[str, Any]
) -> None:
    at = f"/staff/adhesions/{appiano['id']}"
    fields = whole(ada, appiano) | {"contact.language": "it", "topics": appiano["topics"]}
    others = [programme["topics"][1]["code"]]
    theirs = {"reason": "theirs", "topics": others}
    assert secretariat("PATCH", f"/adhesions/{appiano['id']}", theirs, If_Match="*").status_code == 200
    answer = ada.send(f"{at}/correction", at, **fields)
    assert answer.status_code == 422
    fields["version"] = re.findall(r'name="version" value="(\d+)"', answer.text)[0]
    answer = ada.send(f"{at}/correction", at, **fields, reason="By phone")
    assert answer.status_code == 409
    assert f"<td>{appiano['topics'][0]}</td><td>{others[0]}</td>" in answer.text
    assert secretariat("GET", f"/adhesions/{appiano['id']}").json["topics"] == others


def test_the_api_refuses_a_correction_of_an_older_version(secretariat: Api, appiano: dict[str, Any]) -> None:
    at = f"/adhesions/{appiano['id']}"
    read = secretariat("GET", at)
    change = {"reason": "As told", "legal_representative": {"title": "Commissario"}}
    assert secretariat("PATCH", at, change).status_code == 428
    first = secretariat("PATCH", at, change, If_Match=read.headers["ETag"])
    assert (first.status_code, first.json["legal_representative"]["title"]) == (200, "Commissario")
    second = secretariat("PATCH", at, change, If_Match=read.headers["ETag"])
    assert (second.status_code, second.json["reason"]) == (412, "changed_meanwhile")
    out = secretariat("POST", f"{at}/withdrawal", {"reason": "Asked"}, If_Match=first.headers["ETag"])
    assert (out.status_code, out.json["state"]) == (200, "withdrawn")
    late = secretariat("PATCH", at, change, If_Match=out.headers["ETag"])
    assert (late.status_code, late.json["facts"]) == (409, {"state": "withdrawn"})
    for wrong, field in (
        ({}, "reason"),
        ({"reason": "x", "state": "y"}, "state"),
        ({"reason": "x" * 100_000}, "reason"),
    ):
        assert list(secretariat("PATCH", at, wrong, If_Match="*").json["errors"]) == [field]


def test_notes_are_written_changed_and_deleted_by_their_author_only(
    ada: Browser, api_of: Callable[[str], Api], appiano: dict[str, Any]
) -> None:
    at = f"/staff/adhesions/{appiano['id']}"
    assert ada.send(f"{at}/notes", at, text=" ").status_code == 422
    assert ada.send(f"{at}/notes", at, text="<script>x</script>").status_code == 303
    page = ada.get(at)
    assert ("&lt;script&gt;x" in page, "<script>x" in page) == (True, False)
    other = api_of("administrator")
    [note] = other("GET", f"/adhesions/{appiano['id']}").json["notes"]
    assert other("PATCH", f"/notes/{note['id']}", {"text": "mine"}).status_code == 404
    assert other("DELETE", f"/notes/{note['id']}").status_code == 404
    assert ada.send(f"{at}/notes/{note['id']}", at, text="x" * 2001).status_code == 422
    assert ada.send(f"{at}/notes/{note['id']}", at, text="Calls on Monday").status_code == 303
    assert ada.send(f"{at}/notes/{note['id']}", at, action="delete").status_code == 303
    [trace] = other("GET", f"/adhesions/{appiano['id']}").json["notes"]
    assert (trace["text"], trace["author"] == note["author"]) == (None, True)
    assert "Calls on Monday" not in ada.get(at)
    own = other("POST", f"/adhesions/{appiano['id']}/notes", {"text": "One"}).json
    assert other("PATCH", f"/notes/{own['id']}", {"text": "Two"}).json["text"] == "Two"
    assert other("DELETE", f"/notes/{own['id']}").json["text"] is None


def test_a_reminder_is_mailed_once(ada: Browser, secretariat: Api, appiano: dict[str, Any], platform: Platform) -> None:
    at = f"/staff/adhesions/{appiano['id']}"
    assert ada.send(f"{at}/reminders", at).location == f"{at}?done=body_reminded"
    assert ada.send(f"{at}/reminders", at, idempotency_key="2").status_code == 409
    refused = secretariat("POST", f"/adhesions/{appiano['id']}/reminders")
    assert (refused.status_code, refused.json["reason"]) == (409, "reminded_lately")
    platform.deliver()
    kinds = [one["kind"] for one in secretariat("GET", "/messages").json["items"]]
    assert sorted(kinds) == ["adhesion_received", "confirmation_missing"]


def test_a_body_is_let_out_with_the_reason(ada: Browser, appiano: dict[str, Any]) -> None:
    at = f"/staff/adhesions/{appiano['id']}"
    assert "Sala" not in ada.get(f"{at}/withdrawal")
    assert ada.send(f"{at}/withdrawal", at, reason="").status_code == 422
    assert ada.send(f"{at}/withdrawal", at, reason="Letter of 3 June").status_code == 303
    assert "Letter of 3 June" in ada.get(at)


def test_the_queue_leads_from_one_to_the_next(ada: Browser, union: dict[str, Any], programme: dict[str, Any]) -> None:
    page = ada.get("/staff/review?lang=en")
    assert ("Unione Valle Aurina" in page, "One adhesion waits for review" in page) == (True, True)
    at = f"/staff/adhesions/{union['id']}"
    assert ada.send(f"{at}/review", at, decision="reject", queue="yes").status_code == 422
    done = ada.send(f"{at}/review", at, decision="reject", reason="It was dissolved", queue="yes")
    assert (done.status_code, done.location.partition("?")[0]) == (303, "/staff/review")
    assert "Nothing waits for review" in ada.get("/staff/review?lang=en")


def test_several_at_once_are_chosen_previewed_and_confirmed(
    ada: Browser, anyone: Api, appiano: dict[str, Any], union: dict[str, Any], programme: dict[str, Any]
) -> None:
    both = [appiano["id"], union["id"]]
    nothing = ada.send("/staff/bulk", "/staff/adhesions", action="remind", which="ticked")
    assert (nothing.status_code, "/staff/adhesions" in nothing.text) == (422, True)
    no_reason = ada.send("/staff/bulk", "/staff/adhesions", action="reject", which="ticked", adhesion=both)
    assert (no_reason.status_code, 'href="#reason"' in no_reason.text) == (422, True)
    assert all(f'name="adhesion" value="{one}"' in no_reason.text for one in both)
    prepared = ada.send("/staff/bulk", "/staff/adhesions", action="remind", which="all", province="bz")
    assert prepared.status_code == 303
    page = ada.get(f"{prepared.location}?lang=en")
    assert ("This will happen to one adhesion" in page, "There is nothing to remind this body of" in page) == (
        True,
        True,
    )
    for key in ("k", "k", "other"):
        answer = ada.send(prepared.location, prepared.location, idempotency_key=key)
        assert answer.status_code == 303
    assert "Done for one adhesion" in ada.get(f"{prepared.location}?lang=en")


def test_a_bulk_action_through_the_api_is_its_makers(
    api_of: Callable[[str], Api], appiano: dict[str, Any], union: dict[str, Any], programme: dict[str, Any]
) -> None:
    secretariat, other = api_of("secretariat"), api_of("administrator")
    given = {"programme_code": programme["code"], "action": "approve", "filters": {"kind": "supra_municipal"}}
    prepared = secretariat("POST", "/bulk-actions", given)
    assert (prepared.status_code, prepared.json["waiting"], prepared.json["state"]) == (201, 1, "prepared")
    at = f"/bulk-actions/{prepared.json['id']}"
    assert other("POST", f"{at}/confirmation").status_code == 404
    done = secretariat("POST", f"{at}/confirmation").json
    assert (done["state"], done["done"], done["not_done"]) == ("finished", 1, [])
    assert secretariat("GET", at).json == done
    both = {**given, "adhesion_ids": [union["id"]]}
    assert secretariat("POST", "/bulk-actions", both).status_code == 422
    named = {"programme_code": programme["code"], "action": "approve", "adhesion_ids": [union["id"], appiano["id"]]}
    assert secretariat("POST", "/bulk-actions", named).json["not_done"] == [{"reason": "not_in_state", "count": 2}]
    for wrong in ({"action": "delete"}, {"adhesion_ids": ["x"]}, {"adhesion_ids": []}, {"reason": "x" * 2000}):
        assert secretariat("POST", "/bulk-actions", {**named, **wrong}).status_code == 422


def test_a_paper_is_entered_by_hand_and_through_the_api(
    ada: Browser, secretariat: Api, programme: dict[str, Any], platform: Platform
) -> None:
    assert "/staff/paper?programme=co-alizione-2017&amp;body=021004" in ada.get("/staff/paper?query=eppan")
    empty = ada.send("/staff/paper", "/staff/paper?body=021004", body_kind="municipality", body_code="021004")
    assert empty.status_code == 422
    for field in ("dated_on", "reference", "consent", "contact-email", "topics"):
        assert f'href="#{field}"' in empty.text
    fields = {
        "body_kind": "municipality",
        "body_code": "021004",
        "dated_on": "2017-05-19",
        "reference": "PG 7",
        "consent": "yes",
        "consent_version": programme["consent_version"],
        "topics": programme["topics"][0]["code"],
        "contact.given_name": "Ada",
        "contact.family_name": "Conti",
        "contact.email": "ada@x.example.org",
        "contact.language": "it",
        "legal_representative.given_name": "Bruno",
        "legal_representative.family_name": "Sala",
    }
    late = ada.send("/staff/paper", "/staff/paper?body=021004", **{**fields, "dated_on": "2017-09-09"})
    assert (late.status_code, 'aria-describedby="dated_on-hint dated_on-error"' in late.text) == (422, True)
    early = ada.send("/staff/paper", "/staff/paper?body=021004", **{**fields, "dated_on": "2010-09-09"})
    assert early.status_code == 409
    done = ada.send("/staff/paper", "/staff/paper?body=021004", **fields)
    assert done.status_code == 303
    assert "2017, number PG 7, entered by Secretariat" in ada.get(f"{done.location}&lang=en")
    given = {"adhesion": adhesion_form(programme, "021008"), "paper": {"dated_on": "2017-05-19", "reference": "PG 8"}}
    entered = secretariat("POST", "/paper-adhesions", given)
    assert (entered.status_code, entered.json["state"], entered.json["paper"]["reference"]) == (
        201,
        "confirmed",
        "PG 8",
    )
    assert secretariat("POST", "/paper-adhesions", given).json["reason"] == "already_joined"
    assert list(secretariat("POST", "/paper-adhesions", {**given, "paper": {}}).json["errors"]) == [
        "paper.dated_on",
        "paper.reference",
    ]
    platform.deliver()
    assert {one["kind"] for one in secretariat("GET", "/messages").json["items"]} == {"adhesion_confirmed"}
    assert ada.client.get("/staff/paper?body=999999").status_code == 404
