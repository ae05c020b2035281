"""Links that grant: signed, for one purpose and one subject, and good for a time.

A link is minted where the mail is written and read where the data are, with a secret that both are given; so no token
is stored and none travels on the bus.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer

__all__ = ["BadLink", "ExpiredLink", "make_link_token", "read_link_token"]


class BadLink(Exception):
    """The token is not one of ours, or not for this purpose."""


class ExpiredLink(BadLink):
    """The token was good, and is too old."""


def make_link_token(secret: str, purpose: str, subject_id: str, issued_at: datetime) -> str:
    """A token that only who knows ``secret`` can make; safe in a URL path."""
    return str(_serializer(secret, purpose).dumps([subject_id, int(issued_at.timestamp())]))


def read_link_token(secret: str, purpose: str, token: str, now: datetime, max_age_seconds: float) -> str:
    """The subject of the token, or ``BadLink``; ``ExpiredLink`` when it was issued too long before ``now``."""
    try:
        subject_id, issued_at = _serializer(secret, purpose).loads(token)
    except (BadData, ValueError, TypeError) as error:
        raise BadLink(purpose) from error
    if now.timestamp() - issued_at > max_age_seconds:
        raise ExpiredLink(purpose)
    return str(subject_id)


def _serializer(secret: str, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=purpose, signer_kwargs={"digest_method": hashlib.sha256})
