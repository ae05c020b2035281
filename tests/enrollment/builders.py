"""What the tests of enrollment are made of: a form that is right, to be spoilt in one place."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import uuid4

import seeds
from chassis import clock
from chassis.links import make_link_token
from services.enrollment import registry
from tests.conftest import LINK_SECRET

PROGRAMME = "co-alizione-2017"
OPEN = datetime(2017, 5, 15, 9, 0, tzinfo=UTC)

TIVOLI, FIUMICINO, BOLZANO, ROMA, BRUNICO, NONE = "058104", "058120", "021008", "058091", "021013", "001168"
SMALL, UNCOUNTED, MERANO, GUIDONIA = "058001", "099030", "021051", "058047"


def small_registry() -> list[dict[str, Any]]:
    """A few municipalities of the real list: enough to join, and one of each trap."""
    return registry.from_seeds(_towns())


@cache
def _towns() -> tuple[seeds.Municipality, ...]:
    wanted = {TIVOLI, FIUMICINO, BOLZANO, ROMA, BRUNICO, NONE, SMALL, UNCOUNTED, MERANO, GUIDONIA}
    return tuple(one for one in seeds.municipalities() if one.code in wanted)


def programme_data(**changes: Any) -> dict[str, Any]:
    return {**seeds.programmes()[0], **changes}


def delegate(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "given_name": "Anna",
        "family_name": f"Bianchi {number}",
        "email": f"anna.bianchi{number}@comune.example.it",
        "role": "official",
        "gender": "female",
        "language": "it",
        **changes,
    }


def form(body_code: str | None = TIVOLI, *, delegates: int = 2, **changes: Any) -> dict[str, Any]:
    """An adhesion form as the gateway sends it."""
    return {
        "programme_code": PROGRAMME,
        "body_code": body_code,
        "consent": True,
        "consent_version": "2017-05",
        "contact": {
            "given_name": "Maria",
            "family_name": "Rossi",
            "email": f"protocollo@{body_code or 'unione'}.example.it",
            "phone": "+39 06 123456",
            "office": "Servizi sociali",
            "language": "it",
        },
        "legal_representative": {"given_name": "Ugo", "family_name": "Verdi", "title": "Sindaco"},
        "topics": ["tratta", "abitare"],
        "delegates": [delegate(number) for number in range(1, delegates + 1)],
        **changes,
    }


def union(name: str = "Unione dei Comuni della Val d'Enza", **changes: Any) -> dict[str, Any]:
    """The form of a body that no list knows."""
    declared = {"name": name, "kind": "supra_municipal", "province": "RM", "members": [TIVOLI, GUIDONIA], **changes}
    return form(None, body=declared)


def link(purpose: str, subject: str, issued_at: datetime = OPEN) -> str:
    """A link as another mail would carry it: each is used up by itself."""
    return make_link_token(LINK_SECRET, purpose, subject, issued_at, nonce=uuid4().hex)


def confirm_link(adhesion: dict[str, Any]) -> str:
    return link("confirm-adhesion", adhesion["id"])


def area_link(adhesion: dict[str, Any], issued_at: datetime = OPEN) -> str:
    return link("body-area", adhesion["contact"]["id"], issued_at)


def own_link(delegate_id: str, issued_at: datetime = OPEN) -> str:
    return link("delegate-area", delegate_id, issued_at)


def area(enrollment: Any, adhesion: dict[str, Any]) -> str:
    """The token of the body's area, opened now with a fresh link."""
    return str(enrollment.open_area(area_link(adhesion, clock.now()))["token"])


def own_page(enrollment: Any, delegate_id: str) -> str:
    """The token of a delegate's own page, opened now with a fresh link."""
    return str(enrollment.open_area(own_link(delegate_id, clock.now()))["token"])
