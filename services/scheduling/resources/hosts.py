"""Hosts: added from the registry, changed, taken out of planning."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from chassis.refusal import Missing, Refused, check_version
from services.scheduling.models import Host
from services.scheduling.resources.closures import closures_of, replace_closures, shown
from services.scheduling.schemas import HostOut


def host(session: Session, code: str) -> dict[str, Any]:
    """One host with its closed dates."""
    return _told(session, _found(session, code))


def add_host(session: Session, given: dict[str, Any]) -> dict[str, Any]:
    """Offer another place. Refused: host_exists."""
    if session.get(Host, given["code"]) is not None:
        raise Refused("host_exists")
    closures = given.pop("closures", [])
    row = Host(**{"address": "", "capacity": None, "usable": True, **given})
    session.add(row)
    session.flush()
    replace_closures(session, row.code, closures)
    return _told(session, row)


def change_host(session: Session, code: str, changes: dict[str, Any], version: int | None) -> dict[str, Any]:
    """Change what is given. Refused: changed_meanwhile."""
    row = _found(session, code, lock=True)
    check_version(version, row.version)
    closures = changes.pop("closures", None)
    for name, value in changes.items():
        setattr(row, name, value)
    if closures is not None:
        flag_modified(row, "venue")  # closed dates are another table's, and a change of the host all the same
        replace_closures(session, code, closures)
    session.flush()
    return _told(session, row)


def _found(session: Session, code: str, *, lock: bool = False) -> Host:
    row = session.get(Host, code, with_for_update=lock)
    if row is None:
        raise Missing("host")
    return row


def _told(session: Session, row: Host) -> dict[str, Any]:
    answer: dict[str, Any] = HostOut().dump(row)
    return {**answer, "closures": [shown(each) for each in closures_of(session, row.code)]}
