"""Pressing: what fails stays visible and holds nobody up; what changes meanwhile is pressed again; nothing twice."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pikepdf
import pytest
import sqlalchemy as sa

from chassis import clock as house_clock
from chassis.outbox import Emitter
from chassis.refusal import Refused
from services.certificates import pressing
from services.certificates.__main__ import retry_failed
from services.certificates.audit import audit
from services.certificates.models import Certificate, Document, Evidence
from services.certificates.pressing import press_some
from tests.certificates.builders import closed, corrected, erased, registered

ANNA, BRUNO, CARLA, DAY = (uuid4() for _ in range(4))


def test_a_missing_letter_fails_one_certificate_and_no_other(desk):
    desk.open()
    desk.enrollment(registered(ANNA, given_name="小龍"), registered(BRUNO))
    desk.scheduling(closed(DAY, {ANNA: 420, BRUNO: 420}))
    desk.press()

    by_person = {item["delegate_id"]: item for item in desk.all()}
    assert by_person[str(BRUNO)]["state"] == "valid"
    assert by_person[str(ANNA)]["state"] == "failed"
    assert by_person[str(ANNA)]["reason"] == "missing_glyph U+5C0F U+9F8D"
    assert [kind for kind, _ in desk.told()] == ["issued"]


def test_a_corrected_name_mends_a_failed_certificate(desk):
    desk.open()
    desk.enrollment(registered(ANNA, given_name="小龍"))
    desk.scheduling(closed(DAY, {ANNA: 420}))
    desk.press()
    desk.enrollment(registered(ANNA, given_name="Xiaolong", sequence=2))
    desk.press()

    assert desk.states() == [("01", "valid", 420)]
    assert desk.all()[0]["reason"] is None


def test_a_failed_certificate_is_tried_again_by_hand(desk):
    desk.open()
    desk.enrollment(registered(ANNA, given_name="小龍"))
    desk.scheduling(closed(DAY, {ANNA: 420}))
    desk.press()
    [certificate] = desk.all()

    assert desk.service.retry(certificate["id"], "staff-7", "key")["state"] == "pressing"
    assert desk.service.retry(certificate["id"], "staff-7", "key")["state"] == "pressing"
    desk.press()
    assert desk.states() == [("01", "failed", 420)]
    assert retry_failed(desk.store) == 1
    assert desk.states() == [("01", "pressing", 420)]
    with pytest.raises(Refused):
        desk.service.retry(certificate["id"], "staff-7")


def test_evidence_that_changes_a_failed_certificate_changes_it_in_place(desk):
    desk.open()
    desk.enrollment(registered(ANNA, given_name="小龍"))
    desk.scheduling(closed(DAY, {ANNA: 420}))
    desk.press()
    desk.scheduling(corrected(DAY, ANNA, 430))
    assert desk.states() == [("01", "pressing", 430)]
    desk.press()
    desk.scheduling(corrected(DAY, ANNA, 1, revision=2))

    assert desk.states() == [("01", "revoked", 430)]
    assert desk.told() == []


@pytest.mark.parametrize("happens", ["evidence", "name", "erasure", "revocation"])
def test_what_changes_while_it_is_pressed_is_not_issued(desk, press, happens):
    """The change is committed after the claim, while the document is being made."""
    desk.open()
    desk.enrollment(registered(ANNA))
    desk.scheduling(closed(DAY, {ANNA: 420}))

    class Interrupted:
        seal = press.seal

        def document(self, certificate, holder):
            if happens == "evidence":
                desk.scheduling(corrected(DAY, ANNA, 430))
            elif happens == "name":
                desk.enrollment(registered(ANNA, family_name="Rossi", sequence=2))
            elif happens == "erasure":
                desk.enrollment(erased(ANNA))
            else:
                desk.service.revoke(str(certificate.id), "x", "staff-7")
            return press.document(certificate, holder)

    press_some(desk.store, Emitter("certificates"), Interrupted())
    told = desk.told()
    desk.press()

    if happens == "evidence":
        assert told == []
        assert desk.states() == [("01", "valid", 430)]
    elif happens == "name":
        [valid] = desk.all()
        assert told == []
        assert desk.service.verify(valid["public_code"], "Niccolò Rossi")["holder"] == "Niccolò Rossi"
    else:
        assert (told, desk.states()) == ([], [("01", "revoked", 420)])
        assert documents(desk) == 0


def documents(desk):
    with desk.store.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Document))


def test_a_process_that_dies_leaves_its_work_to_the_next(desk, press, monkeypatch):
    desk.open()
    desk.enrollment(registered(ANNA))
    desk.scheduling(closed(DAY, {ANNA: 420}))
    with desk.store.transaction() as session:
        assert len(pressing._claim(session)) == 1
    assert not desk.service.press_documents()

    later = house_clock.machine_now() + timedelta(seconds=31)
    monkeypatch.setattr(house_clock, "machine_now", lambda: later)
    desk.press()

    assert desk.states() == [("01", "valid", 420)]


def test_two_that_press_the_same_certificate_issue_it_once(desk, press):
    desk.open()
    desk.enrollment(registered(ANNA))
    desk.scheduling(closed(DAY, {ANNA: 420}))
    with desk.store.transaction() as session:
        claims = pressing._claim(session)
    made = [pressing._make(press, claim) for claim in [*claims, *claims]]
    assert made[0].document == made[1].document
    for one in made:
        with desk.store.transaction() as session:
            pressing._keep(session, Emitter("certificates"), one, True)

    assert desk.told() == [("issued", "01")]
    assert documents(desk) == 1


def test_an_unexpected_error_is_the_secretariats_to_see(desk, press):
    desk.open()
    desk.enrollment(registered(ANNA))
    desk.scheduling(closed(DAY, {ANNA: 420}))

    class Broken:
        seal = press.seal

        def document(self, certificate, holder):
            raise KeyError("Niccolò")

    press_some(desk.store, Emitter("certificates"), Broken())

    assert desk.states() == [("01", "failed", 420)]
    assert desk.all()[0]["reason"] == "unexpected KeyError"


def test_many_are_pressed_in_batches(desk):
    desk.open()
    people = [uuid4() for _ in range(60)]
    desk.enrollment(*[registered(person, given_name=f"Anna {number}") for number, person in enumerate(people)])
    desk.scheduling(closed(DAY, dict.fromkeys(people, 420)))
    desk.press()

    assert {state for _, state, _ in desk.states()} == {"valid"}
    assert len(desk.told()) == len(set(desk.told())) == documents(desk) == 60
    assert list(audit(desk.store)) == []


def test_the_document_names_its_holder_and_its_number(desk):
    desk.open()
    desk.enrollment(registered(ANNA))
    desk.scheduling(closed(DAY, {ANNA: 420}))
    desk.press()
    with (
        desk.store.read() as session,
        pikepdf.open(io.BytesIO(session.scalars(sa.select(Document.content)).one())) as pdf,
    ):
        attached = pdf.attachments["attestato.json"].get_file().read_bytes().decode()

    assert "Niccolò D’Agostino" in attached
    assert "CO-ALIZIONE-2017/000001" in attached


class TestAudit:
    @pytest.fixture
    def books(self, desk):
        desk.open()
        desk.enrollment(registered(ANNA), registered(BRUNO), registered(CARLA))
        desk.scheduling(closed(DAY, {ANNA: 420, BRUNO: 440, CARLA: 10}))
        desk.press()
        desk.enrollment(erased(BRUNO))
        return desk

    def spoil(self, books, statement):
        with books.store.transaction() as session:
            session.execute(statement)
        return [finding.what for finding in audit(books.store)]

    def test_right_books_have_no_findings(self, books):
        assert list(audit(books.store)) == []

    def test_a_changed_document_is_found(self, books):
        assert self.spoil(books, sa.update(Document).values(content=b"%PDF-forged")) == [
            "its document is not the one that was sealed"
        ]

    def test_a_lost_document_is_found(self, books):
        assert self.spoil(books, sa.delete(Document)) == ["its document is lost"]

    def test_evidence_without_its_certificate_is_found(self, books):
        assert self.spoil(books, sa.update(Evidence).where(Evidence.delegate_id == CARLA).values(minutes=500)) == [
            "evidence asks to issue the certificate"
        ]

    def test_a_certificate_that_says_too_much_is_found(self, books):
        changed = sa.update(Certificate).where(Certificate.delegate_id == ANNA).values(minutes=4200)

        assert self.spoil(books, changed) == ["states other minutes than its evidence"]

    def test_a_lost_certificate_is_found(self, books):
        found = self.spoil(books, sa.delete(Certificate).where(Certificate.delegate_id == ANNA))

        assert "evidence asks to issue the certificate" in found
        assert any(what.startswith("last number 2, 1 certificates") for what in found)
