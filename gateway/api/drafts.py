"""Adhesion forms that are put aside, for programs."""

from __future__ import annotations

from typing import Any

from gateway.api import input as given
from gateway.api import output as out
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.backend import call
from gateway.forms import new_key, request_key
from gateway.identity import link_token

drafts = Blueprint("drafts", __name__, url_prefix=PREFIX, description="Adhesion forms that are put aside")


@drafts.post("/adhesion-drafts")
@drafts.arguments(given.DraftInput)
@drafts.response(200, out.Empty)
def save_draft(draft: dict[str, Any]) -> Any:
    """Put an adhesion form aside

    Its link goes to the mailbox; the answer is the same for every mailbox. The same Idempotency-Key is the same draft.
    """
    call("enrollment", "save_draft", draft=draft, key=request_key() or new_key())
    return {}


@drafts.get("/adhesion-drafts/current")
@drafts.response(200, out.Draft)
def get_draft() -> Any:
    """The form that was put aside

    The token of the mailed link is the bearer token.
    """
    return call("enrollment", "draft", token=link_token())


@drafts.put("/adhesion-drafts/current")
@drafts.arguments(given.DraftInput)
@drafts.response(200, out.Empty)
def replace_draft(draft: dict[str, Any]) -> Any:
    """Save the form again

    A fresh link goes to the mailbox, unless one went a moment ago.
    """
    call("enrollment", "save_draft", draft=draft, key="", token=link_token())
    return {}


@drafts.delete("/adhesion-drafts/current")
@drafts.response(204)
def delete_draft() -> None:
    """Delete what was written

    Deleting twice answers the same.
    """
    call("enrollment", "delete_draft", token=link_token())
