"""The receipt of an adhesion: what was accepted and when, under a hash that is computed again each time it is shown."""

from __future__ import annotations

import re

from flask import Blueprint, Response, render_template

from gateway.api.public import receipt_pdf
from gateway.backend import call

pages = Blueprint("receipt", __name__)

DIGEST = re.compile(r"[0-9a-f]{64}")


@pages.get("/receipts/<digest>")
def show(digest: str) -> str:
    """For whoever was given the hash: it names no person."""
    return render_template("receipt.html", receipt=call("enrollment", "receipt", digest=digest))


@pages.get("/receipts/<digest>/document")
def document(digest: str) -> Response:
    """The receipt as PDF."""
    return receipt_pdf(digest)


@pages.get("/receipts/<digest>/statement")
def statement(digest: str) -> Response:
    """The very bytes that were hashed: ``sha256sum`` of the file is the hash."""
    response = Response(call("enrollment", "receipt", digest=digest)["statement"], mimetype="application/json")
    response.headers.set("Content-Disposition", "attachment", filename=f"ricevuta-{digest[:12]}.json")
    return response
