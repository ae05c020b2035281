"""What anybody learns who holds a code. The same shape whatever the answer, so that a shape tells nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from services.certificates.documents.codes import read_code
from services.certificates.domain import State, is_name_of, masked
from services.certificates.models import Certificate
from services.certificates.queries import certificate_by_code, valid_instead_of

__all__ = ["verified"]

_ROME = ZoneInfo("Europe/Rome")
_LONGEST_NAME = 400


def verified(session: Session, typed_code: str, name: str | None, *, development_key: bool) -> dict[str, Any]:
    """The public facts of the certificate with this code.

    Minutes and appointments are told of a valid certificate only: of another one the evidence does not support them.
    The whole name is told only to who types it, and an erased person's certificate has none.
    """
    code = read_code(typed_code)
    certificate = certificate_by_code(session, code) if code else None
    if certificate is None:
        return _answer(found=False, development_key=development_key)
    valid = certificate.state == State.VALID
    instead = valid_instead_of(session, certificate) if certificate.state == State.REPLACED else None
    given, family = certificate.holder_given_name, certificate.holder_family_name
    named = given is not None and family is not None
    told = named and name is not None and len(name) <= _LONGEST_NAME and is_name_of(name, given or "", family or "")
    return _answer(
        found=True,
        status=certificate.state,
        number=certificate.number,
        issued_on=_day(certificate.issued_at),
        programme_it=certificate.programme_it,
        programme_en=certificate.programme_en,
        issuer=certificate.issuer,
        holder_masked=masked(given or "", family or "") if named else None,
        holder=f"{given} {family}" if told else None,
        minutes=certificate.minutes if valid else None,
        hours=round(certificate.minutes / 60, 2) if valid else None,
        appointments=_appointments(certificate) if valid else [],
        replaced_by_number=instead.number if instead else None,
        development_key=bool(certificate.development_key),
    )


def _answer(**known: Any) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(
        (
            *("status", "number", "issued_on", "programme_it", "programme_en", "issuer", "holder_masked", "holder"),
            *("hours", "minutes", "replaced_by_number"),
        )
    )
    return {"found": False, **empty, "appointments": [], **known}


def _appointments(certificate: Certificate) -> list[dict[str, Any]]:
    return [
        {key: item[key] for key in ("kind", "title_it", "title_en", "held_on", "minutes")}
        for item in certificate.appointments
    ]


def _day(moment: datetime | None) -> str | None:
    return moment.astimezone(_ROME).date().isoformat() if moment else None
