"""A small programme from the first form to the last certificate, on both modes; then what changes it afterwards."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from uuid import uuid4

import pytest
import requests

from rehearsal.books import check
from rehearsal.client import until
from rehearsal.platform import Platform
from rehearsal.play import Rehearsal

API = "/api/v1"


@pytest.fixture(scope="module")
def played(platform: Platform) -> Rehearsal:
    """A programme of a dozen bodies, played to its end."""
    play = Rehearsal(platform, bodies=12, seconds=2)
    play.play()
    return play


def test_the_books_agree(played: Rehearsal):
    findings, figures = check(played)

    assert {name: +getattr(findings, name) for name in ("lost", "doubled", "overbooked", "wrong")} == {
        name: {} for name in ("lost", "doubled", "overbooked", "wrong")
    }
    assert figures["adhesions_confirmed"] == 12
    assert figures["certificates"] > 0
    assert figures["mails_unresolved"] == 0


def test_a_certificate_comes_by_mail_as_the_document_that_the_register_knows(played: Rehearsal):
    letters = list(played.mailbox.pages("/api/messages", kind="certificate_issued"))
    letter = letters[0]
    attached = requests.get(f"{played.mailbox.url}/api/messages/{letter['id']}/attachments/0", timeout=30).content

    assert attached.startswith(b"%PDF-")
    assert hashlib.sha256(attached).hexdigest() in {certificate["document"] for certificate in played.certificates()}


def test_evidence_taken_back_takes_the_certificate_and_evidence_restored_brings_one_back(played: Rehearsal):
    holder = played.certificates("valid")[0]
    delegate = holder["delegate_id"]
    attended = {one: minutes for one, minutes in played.ledger.minutes[delegate].items() if minutes}

    def correct(minutes: dict[str, int]) -> None:
        for appointment, number in minutes.items():
            body = {"delegate_id": delegate, "minutes": number, "reason": "Prova"}
            played.api.post(f"{API}/appointments/{appointment}/corrections", body, played.token)

    def valid() -> list[int]:
        return [one["minutes"] for one in played.certificates("valid") if one["delegate_id"] == delegate]

    def status() -> str:
        return str(played.api.get(f"{API}/certificate-verifications/{holder['public_code']}")["status"])

    def evidenced() -> int:
        """Evidence and what follows from it change together: when this is known, the certificates are decided."""
        query = {"programme_id": played.programme["programme_id"]}
        return int(played.api.get(f"{API}/delegates/{delegate}/evidence", played.token, **query)["minutes"])

    correct(dict.fromkeys(attended, 0))
    until("taken back", 1, lambda: int(evidenced() == 0), 30)
    assert valid() == []
    assert status() in ("revoked", "replaced")

    correct(attended)
    until("brought back", 1, lambda: int(valid() == [sum(attended.values())]), 30)
    assert valid() == [sum(attended.values())]
    assert status() in ("revoked", "replaced")


def test_a_supra_municipal_body_waits_for_the_secretariat(played: Rehearsal):
    play = played
    play.at(play_opens(play))
    form = {
        "programme_code": play.programme["code"],
        "body": {"name": f"Unione di Comuni {uuid4().hex[:6]}", "kind": "supra_municipal", "province": "VT"},
        "consent": True,
        "consent_version": play.programme["consent_version"],
        "contact": {
            "given_name": "Zoë",
            "family_name": "D’Àvila",
            "email": f"unione{uuid4().hex[:6]}@example.org",
            "language": "en",
        },
        "legal_representative": {"given_name": "Ada", "family_name": "Rossi"},
        "topics": [play.programme["topics"][0]["code"]],
        "delegates": [],
    }
    submitted = play.api.post(f"{API}/adhesions", form)
    address = form["contact"]["email"]
    until("letter", 1, lambda: len(letters(play, address)), 30)
    token = letters(play, address)[0]["text"].split("/adhesions/confirm/")[1].split()[0]

    assert play.api.post(f"{API}/adhesions/confirmations", token=token)["state"] == "under_review"

    review = {"decision": "reject", "reason": "Outside the territory of the programme."}
    rejected = play.api.post(f"{API}/adhesions/{submitted['id']}/review", review, play.token)
    assert rejected["state"] == "rejected"
    until("answer", 2, lambda: len(letters(play, address)), 30)
    assert review["reason"] in letters(play, address, "adhesion_rejected")[0]["text"]


def letters(play: Rehearsal, address: str, kind: str | None = None) -> list[dict[str, Any]]:
    return list(play.mailbox.pages("/api/messages", to=address, **({"kind": kind} if kind else {})))


def play_opens(play: Rehearsal) -> Any:
    from datetime import datetime, timedelta

    return datetime.fromisoformat(play.programme["adhesion_opens"]) + timedelta(days=20)


def test_the_document_downloaded_by_staff_is_the_stored_one(played: Rehearsal):
    certificate = played.certificates("valid")[0]
    answer = played.api.send("GET", f"{API}/certificates/{certificate['id']}/document", token=played.token)

    assert hashlib.sha256(answer.content).hexdigest() == certificate["document"]
    assert base64.b16encode(answer.content[:4]) == base64.b16encode(b"%PDF")
