"""The tallies are what counting everything finds, whatever happened before."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from contracts.notifications import MessageBounced, MessageDelivered
from services.enrollment import registry, tallies
from services.enrollment.domain import OFFICE
from services.enrollment.models import Adhesion, Body, Contact, Delegate, Programme, Tally
from tests.enrollment.builders import (
    BOLZANO,
    BRUNICO,
    FIUMICINO,
    OPEN,
    PROGRAMME,
    TIVOLI,
    area,
    confirm_link,
    delegate,
    form,
    programme_data,
    small_registry,
    union,
)


def kept(store: Any) -> dict[tuple[UUID, str], int]:
    with store.read() as session:
        rows = session.execute(sa.select(Tally.programme_id, Tally.name, Tally.count).where(Tally.count > 0))
        return {(row.programme_id, row.name): row.count for row in rows}


def counted_afresh(store: Any) -> dict[tuple[UUID, str], int]:
    """From the tables alone, adhesion by adhesion."""
    found: Counter[tuple[UUID, str]] = Counter()
    with store.read() as session:
        for one in session.scalars(sa.select(Adhesion)):
            body = session.get_one(Body, one.body_code)
            contact = session.scalar(sa.select(Contact).where(Contact.adhesion_id == one.id, Contact.until.is_(None)))
            of = one.programme_id
            found[of, f"received {one.submitted_at.astimezone(OFFICE):%Y-%m-%d}"] += 1
            found[of, f"state {one.state}"] += 1
            if contact.mail_state == "bounced" and one.state not in ("rejected", "withdrawn"):
                found[of, "dead mailbox"] += 1
            if one.state != "confirmed":
                continue
            found[of, f"confirmed {one.confirmed_at.astimezone(OFFICE):%Y-%m-%d}"] += 1
            if body.kind == "municipality":
                found[of, f"joined {body.region}"] += 1
                found[of, f"class {[low for low in tallies.CLASSES if low <= body.population][-1]}"] += 1
            else:
                found[of, f"others {body.region}"] += 1
            for who in session.scalars(sa.select(Delegate).where(Delegate.adhesion_id == one.id)):
                if who.state != "withdrawn":
                    found[of, f"delegate {who.role} {who.gender}"] += 1
    return dict(found)


def test_they_follow_every_change(enrollment, store, clock):
    enrollment.open_programme(programme_data(code="altro", protocol_prefix="AL"), actor="staff-1")

    def check() -> None:
        assert kept(store) == counted_afresh(store) != {}

    adhesions = {}
    for number, code in enumerate((TIVOLI, FIUMICINO, BOLZANO, BRUNICO)):
        clock.set(OPEN + timedelta(days=number))
        people = [delegate(1), delegate(2, role="manager", gender="male")]
        adhesions[code] = enrollment.submit_adhesion({**form(code), "delegates": people})
        check()
    enrollment.submit_adhesion(form(TIVOLI, programme_code="altro"))
    joint = enrollment.submit_adhesion(union())
    for one in (*adhesions.values(), joint):
        enrollment.confirm_adhesion(confirm_link(one))
        check()
    enrollment.review_adhesion(joint["id"], "confirm", None, actor="staff-1")
    check()

    tivoli, fiumicino = adhesions[TIVOLI], adhesions[FIUMICINO]
    opened = area(enrollment, tivoli)
    first, second = (one["id"] for one in tivoli["delegates"])
    enrollment.register_delegate(opened, delegate(3, role="administrator"))
    check()
    enrollment.replace_delegate(opened, first, delegate(4, gender="other"))
    check()
    enrollment.withdraw_delegate(opened, second)
    check()
    enrollment.erase_person(fiumicino["delegates"][0]["id"], actor="staff-1")
    check()
    contact = fiumicino["contact"]["id"]
    said = {"message_id": contact, "person_id": contact, "kind": "adhesion_received"}
    enrollment.hear_notifications([MessageBounced(**said, reason="bounced")])
    check()
    enrollment.hear_notifications(
        [MessageDelivered(message_id=joint["id"], person_id=contact, kind="adhesion_confirmed")]
    )
    check()
    enrollment.withdraw_adhesion_for(fiumicino["id"], "Fusione", actor="staff-1")
    check()
    with store.transaction() as session:
        grown = [{**row, "population": 140_000} for row in small_registry() if row["code"] == BOLZANO]
        registry.store(session, grown)
    check()


def test_a_bulk_action_moves_each_adhesion_once(enrollment, store):
    sent = [enrollment.submit_adhesion(form(code)) for code in (TIVOLI, FIUMICINO, BOLZANO)]
    enrollment.confirm_adhesion(confirm_link(sent[0]))
    chosen = {"action": "reject", "reason": "Doppia", "adhesion_ids": [one["id"] for one in sent]}
    prepared = enrollment.prepare_bulk_action(PROGRAMME, chosen, actor="staff-1")
    enrollment.confirm_bulk_action(prepared["id"], actor="staff-1")
    assert enrollment.dashboard(PROGRAMME)["by_state"] == {"confirmed": 1, "rejected": 2}
    assert kept(store) == counted_afresh(store)


def test_a_refused_change_moves_none(enrollment, store):
    enrollment.submit_adhesion(form(TIVOLI))
    before = kept(store)
    with pytest.raises(Exception, match="already_joined"):
        enrollment.submit_adhesion(form(TIVOLI))
    assert kept(store) == before


def test_the_database_refuses_less_than_none(enrollment, store):
    enrollment.submit_adhesion(form(TIVOLI))
    with pytest.raises(IntegrityError), store.transaction() as session:
        programme = session.scalar(sa.select(Programme.id).where(Programme.code == PROGRAMME))
        tallies.move(session, tallies.Moves({(programme, "state submitted"): -2}))
