"""The stand-in for SendGrid: what it takes, what it refuses, how it misbehaves, and its inbox."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.mailbox.builders import KEY, call, file, send


def test_a_mail_is_accepted_and_can_be_read(mailbox: FlaskClient):
    answer = send(mailbox, attachments=[file()])
    [listed] = mailbox.get("/api/messages").json["items"]
    whole = mailbox.get(f"/api/messages/{listed['id']}").json
    attached = mailbox.get(f"/api/messages/{listed['id']}/attachments/0")

    assert (answer.status_code, answer.data) == (202, b"")
    assert answer.headers["X-Message-Id"] == listed["x_message_id"]
    assert listed["to"] == {"email": "Maria@comune.example", "name": "Maria Rossi"}
    assert listed["links"] == ["https://example.org/me/abc"]
    assert listed["attachments"] == [{"number": 0, "filename": "a.pdf", "type": "application/pdf", "size": 4}]
    assert whole["html"].startswith("<html>")
    assert (attached.data, attached.mimetype) == (b"%PDF", "application/pdf")
    assert attached.headers["Content-Disposition"] == "attachment; filename=a.pdf"


def test_what_was_accepted_is_still_there_after_a_restart(opened: Callable[..., FlaskClient], tmp_path: Path):
    first = opened(tmp_path / "state" / "mailbox.db")
    send(first)
    first.application.extensions["mailbox"].close()

    assert opened(tmp_path / "state" / "mailbox.db").get("/api/counts").json["accepted"] == 1


def test_one_call_to_many_is_as_many_mails(mailbox: FlaskClient):
    send(mailbox, personalizations=[{"to": [{"email": f"p{number}@x.example"}]} for number in range(1000)])

    assert mailbox.get("/api/counts").json["accepted"] == 1000
    assert mailbox.get("/api/counts").json["doubled"] == []


def test_counts_name_what_came_twice(mailbox: FlaskClient):
    for message_id in ("a", "b", "a", "c"):
        send(mailbox, custom_args={"message_id": message_id})
    send(mailbox, categories=["area_link"], custom_args={})

    assert mailbox.get("/api/counts").json == {
        "accepted": 5,
        "by_category": {"area_link": 1, "place_assigned": 4},
        "message_ids": 3,
        "doubled": ["a"],
        "webhooks_waiting": 0,
    }


def test_lists_are_filtered_and_paged(mailbox: FlaskClient):
    for number in range(5):
        send(mailbox, subject=f"n{number}")
    send(mailbox, personalizations=[{"to": [{"email": "else@x.example"}]}], categories=["area_link"])

    newest = mailbox.get("/api/messages?to=maria@COMUNE.example&limit=3").json
    rest = mailbox.get(f"/api/messages?to=maria@comune.example&limit=3&cursor={newest['next_cursor']}").json
    oldest = mailbox.get("/api/messages?order=oldest&limit=2").json
    new = mailbox.get(f"/api/messages?order=oldest&cursor={oldest['items'][-1]['position']}").json

    assert [mail["subject"] for mail in newest["items"] + rest["items"]] == ["n4", "n3", "n2", "n1", "n0"]
    assert rest["next_cursor"] is None
    assert [mail["subject"] for mail in oldest["items"] + new["items"]][:4] == ["n0", "n1", "n2", "n3"]
    assert len(mailbox.get("/api/messages?kind=area_link").json["items"]) == 1
    assert len(mailbox.get("/api/messages?limit=-1&cursor=x").json["items"]) == 6


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"personalizations": []}, "personalizations"),
        ({"personalizations": "x"}, "personalizations"),
        ({"personalizations": [{"to": [{"email": "a@b.example"}]}] * 1001}, "personalizations"),
        ({"personalizations": [{"to": []}]}, "personalizations.0.to"),
        ({"personalizations": [{"to": [{"name": "x"}]}]}, "personalizations.0.to.0.email"),
        ({"personalizations": [{"to": [{"email": "no address"}]}]}, "personalizations.0.to.0.email"),
        (
            {"personalizations": [{"to": [{"email": "a@b.example", "name": "x\r\nBcc: y"}]}]},
            "personalizations.0.to.0.name",
        ),
        ({"personalizations": [{"to": [{"email": "a@b.example"}, {"email": "A@b.example"}]}]}, "personalizations.0"),
        (
            {"personalizations": [{"to": [{"email": f"p{n}@b.example"} for n in range(501)]} for _ in range(2)]},
            "personalizations",
        ),
        ({"from": None}, "from.email"),
        ({"reply_to": {"email": "x"}}, "reply_to.email"),
        ({"subject": ""}, "subject"),
        ({"subject": "a\r\nb"}, "subject"),
        ({"content": []}, "content"),
        ({"content": [{"type": "text/html", "value": "x"}, {"type": "text/plain", "value": "x"}]}, "content"),
        ({"content": [{"type": "text/plain", "value": ""}]}, "content.0.value"),
        ({"content": [{"type": "text/plain; charset=utf-8", "value": "x"}]}, "content.0.type"),
        ({"attachments": [file(content="not base64!")]}, "attachments.0.content"),
        ({"attachments": [file(content="")]}, "attachments.0.content"),
        ({"attachments": [file(filename=None)]}, "attachments.0.filename"),
        ({"attachments": [file(filename="a\nb")]}, "attachments.0.filename"),
        ({"attachments": [file(type="text/calendar; method=CANCEL")]}, "attachments.0.type"),
        ({"attachments": [file(disposition="elsewhere")]}, "attachments.0.disposition"),
        ({"attachments": "x"}, "attachments"),
        ({"headers": {"Reply-To": "x"}}, "headers.Reply-To"),
        ({"headers": {"X-A": "a\r\nb"}}, "headers.X-A"),
        ({"categories": ["a", "a"]}, "categories"),
        ({"categories": [str(n) for n in range(11)]}, "categories"),
        ({"categories": ["x" * 256]}, "categories"),
        ({"categories": ["città"]}, "categories"),
        ({"custom_args": {"a": 1}}, "custom_args"),
        ({"custom_args": {"a": "x" * 10_000}}, "custom_args"),
    ],
)
def test_what_sendgrid_refuses_is_refused(mailbox: FlaskClient, given: dict[str, Any], field: str):
    answer = send(mailbox, **given)

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert all(set(error) == {"message", "field", "help"} for error in answer.json["errors"])
    assert mailbox.get("/api/counts").json["accepted"] == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff"])
def test_what_is_no_call_is_refused(mailbox: FlaskClient, body: bytes):
    assert mailbox.post("/v3/mail/send", data=body, content_type="application/json", headers=KEY).status_code == 400


def test_a_call_needs_a_key_and_json_and_a_size(opened: Callable[..., FlaskClient], tmp_path: Path):
    mailbox = opened(tmp_path / "mailbox.db", key="SG.right")
    right = {"Authorization": "Bearer SG.right"}

    assert mailbox.post("/v3/mail/send", json=call()).status_code == 401
    assert mailbox.post("/v3/mail/send", json=call(), headers=KEY).status_code == 401
    assert mailbox.post("/v3/mail/send", data="x", headers=right).status_code == 415
    huge = {"data": b'"' + b"x" * (30 * 1024 * 1024) + b'"', "content_type": "application/json"}
    assert mailbox.post("/v3/mail/send", headers=right, **huge).status_code == 413
    assert mailbox.post("/v3/mail/send", json=call(), headers=right).status_code == 202


def test_an_invitation_is_a_body_of_its_own(mailbox: FlaskClient):
    parts = [*call()["content"], {"type": "text/calendar; method=CANCEL", "value": "BEGIN:VCALENDAR"}]
    send(mailbox, content=parts)

    assert mailbox.get("/api/messages").json["items"][0]["calendar"] == "BEGIN:VCALENDAR"


@pytest.mark.parametrize(
    ("faults", "status", "accepted"),
    [({"rate_429": 1}, 429, 0), ({"rate_500_before": 1}, 500, 0), ({"rate_500_after": 1}, 500, 1)],
)
def test_it_misbehaves_when_asked(mailbox: FlaskClient, faults: dict[str, float], status: int, accepted: int):
    assert mailbox.put("/faults", json=faults).status_code == 200

    answer = send(mailbox)

    assert answer.status_code == status
    assert ("X-RateLimit-Reset" in answer.headers) == (status == 429)
    assert mailbox.get("/api/counts").json["accepted"] == accepted
    mailbox.put("/faults", json={})
    assert send(mailbox).status_code == 202


def test_the_same_seed_brings_the_same_faults(mailbox: FlaskClient):
    def run() -> list[int]:
        mailbox.put("/faults", json={"rate_429": 0.3, "rate_500_before": 0.3, "seed": 7})
        return [send(mailbox).status_code for _ in range(40)]

    first = run()

    assert run() == first
    assert set(first) == {202, 429, 500}


@pytest.mark.parametrize(
    "faults",
    [
        [],
        None,
        {"rate": 1},
        {"rate_429": "1"},
        {"rate_429": True},
        {"rate_429": -1},
        {"rate_429": 0.6, "rate_500_before": 0.6},
        {"webhook_copies": 0},
        {"webhook_copies": 1000},
        {"webhook_shuffle": 1},
        {"webhook_early": 2},
    ],
)
def test_faults_that_are_none_are_refused(mailbox: FlaskClient, faults: Any):
    assert mailbox.put("/faults", json=faults).status_code == 400
    assert send(mailbox).status_code == 202


def test_the_inbox_shows_mails_and_finds_addresses(mailbox: FlaskClient):
    for number in range(30):
        send(mailbox, subject=f"Messaggio {number}", personalizations=[{"to": [{"email": f"p{number}@x.example"}]}])

    page = mailbox.get("/").text
    older = mailbox.get("/?before=6").text
    found = mailbox.get("/?q=P7@x").text

    assert "nessun messaggio lascia questa macchina" in page
    assert page.count("<tr>") == 26
    assert "Meno recenti" in page
    assert "Messaggio 4" in older
    assert "Messaggio 5" not in older
    assert found.count("<tr>") == 2
    assert "Messaggio 7" in found
    assert "no mail leaves this machine" in mailbox.get("/", headers={"Accept-Language": "en"}).text


def test_a_mail_cannot_break_out_of_its_page(mailbox: FlaskClient):
    evil = "<script>alert(1)</script>"
    send(
        mailbox,
        subject=evil,
        personalizations=[{"to": [{"email": "a@b.example", "name": evil}]}],
        content=[
            {"type": "text/plain", "value": evil},
            {"type": "text/html", "value": f"<html><head></head>{evil}</html>"},
        ],
        attachments=[file(filename="a.html", type="text/html")],
    )
    [mail] = mailbox.get("/api/messages").json["items"]
    page, inner = mailbox.get(f"/messages/{mail['id']}"), mailbox.get(f"/messages/{mail['id']}/html")

    assert evil not in mailbox.get("/").text
    assert evil not in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "sandbox" in inner.headers["Content-Security-Policy"]
    assert "allow-scripts" not in inner.headers["Content-Security-Policy"] + page.text
    assert "attachment" in mailbox.get(f"/api/messages/{mail['id']}/attachments/0").headers["Content-Disposition"]


@pytest.mark.parametrize("page", ["/messages/x", "/messages/x/html", "/nowhere", "/?lang=xx", "/?before=x&q=%00"])
def test_strange_pages_do_not_fail(mailbox: FlaskClient, page: str):
    assert mailbox.get(page).status_code in (200, 404)


@pytest.mark.parametrize("path", ["/api/messages/x", "/api/messages/x/attachments/0", "/api/nowhere", "/v3/nowhere"])
def test_what_is_not_there_is_said_in_json(mailbox: FlaskClient, path: str):
    answer = mailbox.get(path)

    assert answer.status_code == 404
    assert answer.json["errors"][0]["field"] is None
