"""A delegate's own page: places, attendance, certificates."""

from __future__ import annotations

from flask import Blueprint, render_template

from gateway.pages.area import inside
from gateway.pages.furniture import optional

pages = Blueprint("delegate", __name__)


@pages.get("/me")
def show() -> str:
    """Places, attendance and certificates of one person."""
    found = inside("delegate", "delegate_area")
    who = [found["delegate"]["id"]]
    places = optional("scheduling", "places_of", delegate_ids=who)
    certificates = optional("certificates", "certificates_of", delegate_ids=who)
    return render_template(
        "delegate/page.html",
        delegate=found["delegate"],
        adhesion=found["adhesion"],
        places=places["items"] if places else None,
        certificates=certificates["items"] if certificates else None,
    )
