"""The receipt: the exact words, for ever, under a hash that can be computed again, and nobody's name."""

from __future__ import annotations

import base64
import hashlib
import io
import json

import pikepdf
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from chassis.refusal import Missing, Refused
from services.enrollment.models import Receipt
from tests.enrollment.builders import TIVOLI, area, form, programme_data, union

ADDRESS = "https://example.org/receipts/x"


def pdf_of(enrollment, digest):
    answer = enrollment.receipt_document(digest, ADDRESS)
    return base64.b64decode(answer["content_base64"])


def test_it_holds_what_was_accepted_word_by_word_and_names_nobody(enrollment):
    adhesion = enrollment.submit_adhesion(form())
    receipt = enrollment.receipt(adhesion["receipt_hash"])
    data = programme_data()

    assert hashlib.sha256(receipt["statement"].encode()).hexdigest() == adhesion["receipt_hash"] == receipt["hash"]
    assert receipt["intact"] is True
    content = json.loads(receipt["statement"])
    assert receipt["content"] == content
    assert len(content.pop("code")) == 32
    assert content == {
        "type": "coalizione-adhesion-receipt",
        "version": 1,
        "protocol": adhesion["protocol"],
        "submitted_at": adhesion["submitted_at"],
        "programme": {name: data[name] for name in ("code", "title_it", "title_en", "issuer")},
        "body": {
            "code": TIVOLI,
            "name": "Tivoli",
            "name_other": "",
            "kind": "municipality",
            "province": "RM",
            "region": "Lazio",
            "population": 54_916,
            "population_year": 2023,
        },
        "consent": {"version": "2017-05", "text_it": data["consent_it"], "text_en": data["consent_en"]},
        "topics": [topic for code in ("tratta", "abitare") for topic in data["topics"] if topic["code"] == code],
        "delegates": {"official": 2},
    }
    for personal in ("Maria", "Rossi", "Anna", "Bianchi", "Ugo", "Verdi", "@"):
        assert personal not in receipt["statement"]


def test_later_changes_leave_it_as_it_was(enrollment):
    adhesion = enrollment.submit_adhesion(form())
    before = enrollment.receipt(adhesion["receipt_hash"])
    enrollment.change_programme(
        "co-alizione-2017",
        {"consent_version": "2017-06", "consent_it": "Altro", "consent_en": "Other"},
        actor="staff-1",
        accepted=["consent_renewed"],
    )
    enrollment.withdraw_adhesion(area(enrollment, adhesion))
    assert enrollment.receipt(adhesion["receipt_hash"]) == before


def test_the_database_lets_nobody_change_or_delete_it(enrollment, store):
    digest = enrollment.submit_adhesion(form())["receipt_hash"]
    for change in (sa.update(Receipt).values(statement="{}"), sa.delete(Receipt)):
        with pytest.raises(DatabaseError, match="a receipt never changes"), store.transaction() as session:
            session.execute(change)
    assert enrollment.receipt(digest)["intact"] is True


def test_a_hash_that_nobody_was_given_leads_nowhere(enrollment):
    digest = enrollment.submit_adhesion(form())["receipt_hash"]
    assert enrollment.receipt(digest.upper())["hash"] == digest
    for unknown in ("", "0" * 64, digest[:-1], digest + "0", None, 7, "é" * 64, "%" * 64, "\x00" * 64):
        with pytest.raises(Missing):
            enrollment.receipt(unknown)
        with pytest.raises(Missing):
            enrollment.receipt_document(unknown, ADDRESS)


def test_two_receipts_of_the_same_form_cannot_be_told_from_each_other_in_advance(enrollment):
    first = enrollment.submit_adhesion(form())
    enrollment.withdraw_adhesion(area(enrollment, first))
    assert enrollment.submit_adhesion(form())["receipt_hash"] != first["receipt_hash"]


def test_the_pdf_is_for_archives_and_for_everybody_and_carries_the_statement(enrollment):
    digest = enrollment.submit_adhesion(form())["receipt_hash"]
    made = pdf_of(enrollment, digest)
    assert made == pdf_of(enrollment, digest)
    with pikepdf.open(io.BytesIO(made)) as document:
        assert document.Root.Lang == "it-IT"
        assert document.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in document.Root
        with document.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"], metadata["pdfuaid:part"]) == (
                "3",
                "A",
                "1",
            )
        attached = document.attachments["ricevuta.json"].get_file().read_bytes()
    assert hashlib.sha256(attached).hexdigest() == digest


def test_names_are_printed_as_they_are_and_never_read_as_markup(enrollment):
    strange = '#panic("x") *Unione* <b>dell\'Alta</b> [Val] $d_x$ \\ "Ünìöň" '
    digest = enrollment.submit_adhesion(union(strange))["receipt_hash"]
    assert pdf_of(enrollment, digest).startswith(b"%PDF-")
    assert json.loads(enrollment.receipt(digest)["statement"])["body"]["name"] == strange.strip()


def test_a_letter_that_cannot_be_printed_is_refused_and_still_on_the_page(enrollment):
    digest = enrollment.submit_adhesion(union("Unione 連合"))["receipt_hash"]
    with pytest.raises(Refused, match="receipt_not_printable"):
        enrollment.receipt_document(digest, ADDRESS)
    assert enrollment.receipt(digest)["content"]["body"]["name"] == "Unione 連合"
