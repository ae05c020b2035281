"""What people see: server-rendered pages in Italian and English, whole without JavaScript."""

from gateway.pages import adhesion, area, body_area, certificate, delegate, furniture, later, listed, public, receipt
from gateway.pages.staff import (
    account,
    accounts,
    adhesions,
    appointments,
    audit,
    bulk,
    certificates,
    corrections,
    doors,
    entrance,
    messages,
    planning,
    programmes,
    repair,
)

blueprints = [
    furniture.pages,
    public.pages,
    adhesion.pages,
    later.pages,
    listed.pages,
    receipt.pages,
    area.pages,
    body_area.pages,
    delegate.pages,
    certificate.pages,
    entrance.pages,
    adhesions.pages,
    corrections.pages,
    bulk.pages,
    planning.pages,
    appointments.pages,
    certificates.pages,
    messages.pages,
    programmes.pages,
    repair.pages,
    account.pages,
    accounts.pages,
    doors.pages,
    audit.pages,
]

__all__ = ["blueprints"]
