"""A person is erased: what their certificate still says, and what is gone."""

from __future__ import annotations

from uuid import uuid4

from tests.certificates.builders import closed, corrected, erased, registered

ANNA, BRUNO, DAY = (uuid4() for _ in range(3))


def pressed(desk):
    desk.open()
    desk.enrollment(registered(ANNA))
    desk.scheduling(closed(DAY, {ANNA: 420}))
    desk.press()
    return desk.all()[0]


def test_the_certificate_verifies_without_a_name_and_the_document_is_gone(desk):
    certificate = pressed(desk)
    desk.enrollment(erased(ANNA))
    desk.press()

    seen = desk.service.verify(certificate["public_code"], "Niccolò D’Agostino")
    assert (seen["status"], seen["number"]) == ("valid", certificate["number"])
    assert (seen["holder"], seen["holder_masked"]) == (None, None)
    assert desk.all() == [certificate]
    assert desk.told() == [("issued", "01")]
    with desk.store.read() as session:
        everything = [
            str(row)
            for table in desk.store.tables.sorted_tables
            if table.name not in ("outbox", "inbox")
            for row in session.execute(table.select())
        ]
    assert [row for row in everything if "Agostino" in row or "%PDF" in row] == []


def test_corrections_still_revoke(desk):
    pressed(desk)
    desk.enrollment(erased(ANNA))
    desk.scheduling(corrected(DAY, ANNA, 430))
    desk.press()

    assert desk.states() == [("01", "revoked", 420)]
    assert desk.all()[0]["reason"] == "evidence_changed"


def test_what_is_not_pressed_ends(desk):
    desk.open()
    desk.enrollment(registered(ANNA))
    desk.scheduling(closed(DAY, {ANNA: 420}))
    desk.enrollment(erased(ANNA))
    desk.press()

    assert desk.states() == [("01", "revoked", 420)]
    assert desk.told() == []


def test_a_late_registration_brings_no_name_back(desk):
    desk.open()
    desk.scheduling(closed(DAY, {ANNA: 420}))
    desk.enrollment(erased(ANNA), registered(ANNA))
    desk.enrollment(registered(ANNA, sequence=5))
    desk.press()

    assert desk.states() == [("01", "revoked", 420)]


def test_a_stranger_may_be_erased(desk):
    desk.enrollment(erased(uuid4()), erased(BRUNO))
    desk.open()
    desk.enrollment(registered(BRUNO))
    desk.scheduling(closed(DAY, {BRUNO: 420}))
    desk.press()

    assert desk.states() == []
