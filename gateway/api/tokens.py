"""Tokens for programs, with scopes. Made by who has logged in: a token makes no tokens."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.refusal import Missing
from gateway import tokens
from gateway.api import input as given
from gateway.api import output as out
from gateway.api import staff_shapes as shapes
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.api.paging import page_of
from gateway.identity import acting, staff_only, store

keys = Blueprint("tokens", __name__, url_prefix=PREFIX, description="Tokens for programs")


@keys.get("/api-tokens")
@staff_only()
@keys.arguments(given.PageQuery, location="query")
@keys.response(200, out.page(shapes.ApiToken))
def list_tokens(query: dict[str, Any]) -> Any:
    """My tokens that are still good"""
    return page_of(tokens.tokens_of(store(), acting()), **query)


@keys.post("/api-tokens")
@staff_only()
@keys.arguments(shapes.TokenInput)
@keys.response(201, shapes.NewToken)
def create_token(asked: dict[str, Any]) -> Any:
    """Make a token; it is told this once

    Its scopes are `subject:read` and `subject:write`, where the subject is the first part of a path after `/api/v1`.
    """
    token, kept = tokens.create(store(), acting(), **asked)
    return {"token": token, **kept}


@keys.delete("/api-tokens/<uuid:token_id>")
@staff_only()
@keys.response(204)
def revoke_token(token_id: UUID) -> None:
    """Revoke one of my tokens"""
    if not tokens.revoke(store(), acting(), str(token_id)):
        raise Missing("token")
