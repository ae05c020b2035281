"""Waiting after failures: the more there were, the longer, up to five minutes; forgotten after an hour.

Counted by account, by address, by known device, and for the second step by who has passed the first. Attempts during
the wait are not counted. A browser that has logged in to the account before (a known device) is counted by itself: what
strangers guess at the account keeps nobody out of the own browser.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import upsert
from gateway.models import FailedLogin

__all__ = ["count_failure", "forget", "must_wait"]

FREE_FAILURES = {"account": 5, "address": 20, "device": 5, "code": 5}
LONGEST_WAIT = 300
FORGOTTEN_AFTER = timedelta(hours=1)


def must_wait(session: Session, subjects: dict[str, str]) -> bool:
    """Whether one of the subjects (by kind) has failed too often of late."""
    now = clock.machine_now()
    for kind, subject in subjects.items():
        row = session.get(FailedLogin, subject)
        if row is None or row.failed_at + FORGOTTEN_AFTER <= now or row.failures < FREE_FAILURES[kind]:
            continue
        wait = min(2 ** (row.failures - FREE_FAILURES[kind] + 1), LONGEST_WAIT)
        if now < row.failed_at + timedelta(seconds=wait):
            return True
    return False


def count_failure(session: Session, subjects: dict[str, str]) -> None:
    """One failure more for each of the subjects."""
    now = clock.machine_now()
    session.execute(delete(FailedLogin).where(FailedLogin.failed_at <= now - FORGOTTEN_AFTER))
    insert = upsert(session, FailedLogin).on_conflict_do_update(
        index_elements=[FailedLogin.subject], set_={"failures": FailedLogin.failures + 1, "failed_at": now}
    )
    for subject in sorted(subjects.values()):
        session.execute(insert, [{"subject": subject, "failures": 1, "failed_at": now}])


def forget(session: Session, subjects: dict[str, str]) -> None:
    """A success: the failures of the account or the device are over; those of an address are not."""
    over = [subject for kind, subject in subjects.items() if kind != "address"]
    session.execute(delete(FailedLogin).where(FailedLogin.subject.in_(over)))
