"""The receipt of an adhesion, on the page and for programs."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.gateway.conftest import Api, adhesion_form


@pytest.fixture
def digest(anyone: Api, programme: dict[str, Any]) -> str:
    adhesion = anyone("POST", "/adhesions", adhesion_form(programme, "021008")).json
    return str(adhesion["receipt_hash"])


def test_the_page_shows_the_accepted_text_and_no_person(client: FlaskClient, programme: Any, digest: str) -> None:
    page = client.get(f"/receipts/{digest}?lang=it")
    assert page.status_code == 200
    assert "La ricevuta è integra" in page.text
    assert programme["consent_it"].replace("'", "&#39;") in page.text
    assert "Bolzano / Bozen (BZ)" in page.text
    for personal in ("Ada", "Conti", "Bruno", "Sala", "Carla", "Dini", "@021008"):
        assert personal not in page.text


def test_the_statement_is_a_file_whose_sha256_is_the_hash(client: FlaskClient, digest: str) -> None:
    answer = client.get(f"/receipts/{digest}/statement")
    assert (answer.content_type, hashlib.sha256(answer.data).hexdigest()) == ("application/json", digest)


def test_the_document_is_the_same_pdf_for_people_and_programs(client: FlaskClient, anyone: Api, digest: str) -> None:
    page = client.get(f"/receipts/{digest}/document")
    assert (page.content_type, page.data[:5]) == ("application/pdf", b"%PDF-")
    assert page.headers["Content-Disposition"] == f'attachment; filename="ricevuta-{digest[:12]}.pdf"'
    assert anyone("GET", f"/receipts/{digest}/document").data == page.data


def test_programs_can_compute_the_hash_again(anyone: Api, digest: str) -> None:
    receipt = anyone("GET", f"/receipts/{digest}").json
    assert hashlib.sha256(receipt["statement"].encode()).hexdigest() == receipt["hash"] == digest
    assert receipt["content"]["body"]["name_other"] == "Bozen"


@pytest.mark.parametrize("path", ["", "/document", "/statement"])
def test_another_hash_is_404(client: FlaskClient, anyone: Api, digest: str, path: str) -> None:
    other = digest[::-1]
    assert client.get(f"/receipts/{other}{path}").status_code == 404
    assert client.get(f"/receipts/x{path}").status_code == 404
    if path != "/statement":
        assert anyone("GET", f"/receipts/{other}{path}").status_code == 404


def test_the_page_after_sending_leads_to_the_receipt(client: FlaskClient, programme: Any, digest: str) -> None:
    path = f"/programmes/{programme['code']}/adhesion/received?protocol=CO-2017-000001"
    assert f"/receipts/{digest}/document" in client.get(f"{path}&receipt={digest}").text
    for wrong in ("", "x", f"{digest}%22%3E", "../" * 22):
        page = client.get(f"{path}&receipt={wrong}")
        assert (page.status_code, "/receipts/" in page.text) == (200, False)
