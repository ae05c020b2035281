"""A delegate's own page, opened by the link in the invitation."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from chassis.refusal import Refused
from gateway.backend import call
from gateway.pages.furniture import optional
from gateway.words import explain

pages = Blueprint("delegate", __name__)


@pages.get("/me/<token>")
def show(token: str) -> Response | str:
    """Places, attendance and certificates of one person; nothing can be changed here."""
    try:
        found = call("enrollment", "delegate_area", token=token)
    except Refused as answer:
        if answer.reason not in ("link_expired", "link_invalid"):
            raise
        page = render_template("delegate/dead.html", problem=explain(answer))
        return Response(page, 410 if answer.reason == "link_expired" else 404)
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
