"""What the service answers: to the public, to staff, and to who asks for nonsense."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from marshmallow import ValidationError

from chassis.refusal import KeyReused, Missing, Refused
from services.certificates.documents.codes import grouped
from tests.certificates.builders import PROGRAMME, closed, corrected, programme, registered

ROME = ZoneInfo("Europe/Rome")
ANNA, BRUNO, DAY = (uuid4() for _ in range(3))
NOTHING = {
    "found": False,
    **dict.fromkeys(["status", "number", "issued_on", "programme_it", "programme_en", "issuer", "holder_masked"]),
    **dict.fromkeys(["holder", "hours", "minutes", "replaced_by_number"]),
    "appointments": [],
    "development_key": True,
}


@pytest.fixture
def held(desk):
    """A valid certificate of Anna, and one of Bruno."""
    desk.open()
    desk.enrollment(registered(ANNA), registered(BRUNO, given_name="Bruno", family_name="Neri"))
    desk.scheduling(closed(DAY, {ANNA: 420, BRUNO: 435}))
    desk.press()
    return next(item for item in desk.all() if item["delegate_id"] == str(ANNA))


class TestVerification:
    def test_a_valid_certificate_shows_what_it_says_and_a_masked_name(self, desk, held):
        assert desk.service.verify(held["public_code"]) == {
            "found": True,
            "status": "valid",
            "number": held["number"],
            "issued_on": datetime.fromisoformat(held["issued_at"])
            .astimezone(ZoneInfo("Europe/Rome"))
            .date()
            .isoformat(),
            "programme_it": "CO-AliZIONE: l’accoglienza nei Comuni",
            "programme_en": "CO-AliZIONE: reception in the municipalities",
            "issuer": "ANCI – Fondazione Cittalia",
            "holder_masked": "N••• D•••",
            "holder": None,
            "hours": 7.0,
            "minutes": 420,
            "appointments": [
                {
                    "kind": "training_day",
                    "title_it": "Il sistema di accoglienza nei Comuni",
                    "title_en": "Reception in the municipalities",
                    "held_on": "2017-09-11",
                    "minutes": 420,
                }
            ],
            "replaced_by_number": None,
            "development_key": True,
        }

    def test_who_types_the_whole_name_sees_it(self, desk, held):
        assert desk.service.verify(held["public_code"], "niccolo dagostino")["holder"] == "Niccolò D’Agostino"
        assert desk.service.verify(held["public_code"], "Niccolò")["holder"] is None
        assert desk.service.verify(held["public_code"], "x" * 100_000)["holder"] is None

    def test_a_code_may_be_typed_as_people_type(self, desk, held):
        assert desk.service.verify(grouped(held["public_code"]).lower())["found"]

    @pytest.mark.parametrize(
        "code", ["", "x", "0" * 27, "0" * 10_000, "' OR 1=1", None, 7, "\x00", "4E521EE4D8072GV1DKVD1WWH3FG"]
    )
    def test_what_does_not_exist_has_the_same_shape(self, desk, held, code):
        assert desk.service.verify(code) == NOTHING
        assert list(desk.service.verify(held["public_code"])) == list(desk.service.verify(code))

    def test_a_certificate_that_never_went_out_does_not_exist(self, desk):
        desk.open()
        desk.scheduling(closed(DAY, {ANNA: 420}))

        assert desk.service.verify(desk.all()[0]["public_code"]) == NOTHING

    def test_a_replaced_one_says_by_which_and_states_nothing(self, desk, held):
        desk.scheduling(corrected(DAY, ANNA, 430))
        between = desk.service.verify(held["public_code"])
        desk.press()
        after = desk.service.verify(held["public_code"])

        assert (between["status"], between["replaced_by_number"]) == ("replaced", None)
        assert (after["status"], after["replaced_by_number"]) == ("replaced", "CO-ALIZIONE-2017/000003")
        assert (after["minutes"], after["hours"], after["appointments"]) == (None, None, [])

    def test_a_revoked_one_says_so(self, desk, held):
        desk.scheduling(corrected(DAY, ANNA, 0))
        seen = desk.service.verify(held["public_code"])

        assert (seen["found"], seen["status"], seen["number"]) == (True, "revoked", held["number"])
        assert (seen["minutes"], seen["appointments"]) == (None, [])


class TestRevocation:
    def test_staff_revoke_with_a_reason(self, desk, held):
        answer = desk.service.revoke(held["id"], "Firma non autentica", "staff-7", "key-1")

        assert (answer["state"], answer["reason"]) == ("revoked", "Firma non autentica")
        assert desk.told()[-1] == ("revoked", held["number"][-2:])
        assert desk.events()[-1].reason == "Firma non autentica"

    def test_twice_is_once(self, desk, held):
        first = desk.service.revoke(held["id"], "x", "staff-7", "key-1")
        assert desk.service.revoke(held["id"], "x", "staff-7", "key-1") == first
        assert desk.service.revoke(held["id"], "y", "staff-8") == first
        with pytest.raises(KeyReused):
            desk.service.revoke(held["id"], "other", "staff-7", "key-1")

        assert [kind for kind, _ in desk.told()].count("revoked") == 1

    def test_the_same_evidence_does_not_bring_it_back_and_another_does(self, desk, held):
        desk.service.revoke(held["id"], "x", "staff-7")
        desk.scheduling(closed(DAY, {ANNA: 420, BRUNO: 435}, sequence=6))
        desk.enrollment(registered(ANNA, given_name="Nicola", sequence=2), programme(sequence=3))
        desk.press()
        assert [item["state"] for item in desk.service.certificates_of([str(ANNA)])["items"]] == ["revoked"]
        desk.scheduling(corrected(DAY, ANNA, 425))
        desk.press()

        states = [item["state"] for item in desk.service.certificates_of([str(ANNA)])["items"]]
        assert states == ["revoked", "valid"]

    def test_before_it_was_pressed_nobody_is_told(self, desk):
        desk.open()
        desk.scheduling(closed(DAY, {ANNA: 420}))
        desk.service.revoke(desk.all()[0]["id"], "x", "staff-7")
        desk.enrollment(registered(ANNA))
        desk.press()

        assert (desk.states(), desk.told()) == ([("01", "revoked", 420)], [])

    def test_a_replaced_one_cannot_be_revoked(self, desk, held):
        desk.scheduling(corrected(DAY, ANNA, 430))
        desk.press()
        with pytest.raises(Refused) as refusal:
            desk.service.revoke(held["id"], "x", "staff-7")

        assert (refusal.value.reason, refusal.value.facts) == ("not_in_state", {"state": "replaced"})

    @pytest.mark.parametrize("reason", ["", None, 5, "x" * 501])
    def test_a_reason_is_needed(self, desk, held, reason):
        with pytest.raises(ValidationError):
            desk.service.revoke(held["id"], reason, "staff-7", "key")

        assert desk.service.certificate(held["id"])["state"] == "valid"


class TestReading:
    def test_the_document_is_the_one_that_was_announced(self, desk, held):
        answer = desk.service.document(held["id"])
        content = base64.b64decode(answer["content_base64"])

        assert content.startswith(b"%PDF-1.7")
        assert hashlib.sha256(content).hexdigest() == answer["sha256"] == held["document"]
        assert answer["filename"] == f"attestato-{held['number'].replace('/', '-')}.pdf"

    def test_there_is_no_document_before_it_is_pressed(self, desk):
        desk.open()
        desk.scheduling(closed(DAY, {ANNA: 420}))
        with pytest.raises(Missing):
            desk.service.document(desk.all()[0]["id"])

    def test_lists_are_paged_and_filtered(self, desk, held):
        first = desk.service.certificates(str(PROGRAMME), limit=1)
        second = desk.service.certificates(str(PROGRAMME), limit=1, cursor=first["next_cursor"])

        assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (1, 1, None)
        assert desk.all(delegate_id=str(ANNA)) == [held] == desk.service.certificates_of([str(ANNA)])["items"]
        assert desk.all(state="revoked") == []
        assert desk.service.certificates(str(uuid4())) == {"items": [], "next_cursor": None}
        assert desk.service.certificate(held["id"]) == held

    @pytest.mark.parametrize(
        "asked",
        [{"limit": 0}, {"limit": 501}, {"limit": "x"}, {"cursor": "x"}, {"state": "lost"}, {"delegate_id": "x"}],
    )
    def test_wrong_filters_are_refused(self, desk, asked):
        with pytest.raises(ValidationError):
            desk.all(**asked)

    @pytest.mark.parametrize("given", ["5f0c7a52-0c0f-4e0b-9d3c-6f2f6f1f9a10", "x", "", None, 7, ["x"], "0" * 10_000])
    def test_what_does_not_exist_is_missing(self, desk, given):
        desk.open()
        for ask in (
            lambda: desk.service.certificate(given),
            lambda: desk.service.document(given),
            lambda: desk.service.revoke(given, "x", "staff-7", "key"),
            lambda: desk.service.retry(given, "staff-7"),
            lambda: desk.service.evidence(str(ANNA), given),
        ):
            with pytest.raises(Missing):
                ask()

    @pytest.mark.parametrize("given", [["x"], "x", [str(ANNA)] * 501, None])
    def test_many_delegates_are_at_most_five_hundred_identifiers(self, desk, given):
        with pytest.raises(ValidationError):
            desk.service.certificates_of(given)

    def test_evidence_says_how_much_is_still_missing(self, desk, held):
        assert desk.service.evidence(str(ANNA), str(PROGRAMME)) == {
            "minutes": 420,
            "threshold": 420,
            "items": [
                {
                    "appointment_id": str(DAY),
                    "kind": "training_day",
                    "title_it": "Il sistema di accoglienza nei Comuni",
                    "title_en": "Reception in the municipalities",
                    "held_on": "2017-09-11",
                    "host_name": "Forlì",
                    "minutes": 420,
                    "settled": True,
                }
            ],
        }
        assert desk.service.evidence(str(uuid4()), str(PROGRAMME)) == {"minutes": 0, "threshold": 420, "items": []}
