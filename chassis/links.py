"""Links that grant: signed, for one purpose and one subject, and good for a time.

A link is minted where the mail is written and read where the data are, with a secret that both are given; so no token
is stored and none travels on the bus. Whoever wants a link to be good once remembers its ``mark``: two texts of one
link have the same mark, since the last letter of a signature can be written in more than one way.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer

__all__ = ["BadLink", "ExpiredLink", "Link", "make_link_token", "read_link", "read_link_token"]


class BadLink(Exception):
    """The token is not one of ours, or not for this purpose."""


class ExpiredLink(BadLink):
    """The token was good, and is too old."""


@dataclass(frozen=True)
class Link:
    """What a token says. ``nonce`` tells apart the links that one subject got in one second."""

    purpose: str
    subject_id: str
    issued_at: int
    nonce: str = ""

    @property
    def mark(self) -> str:
        """SHA-256, in hexadecimal, by which the link is known once it was used."""
        return hashlib.sha256(
            "\n".join((self.purpose, self.subject_id, str(self.issued_at), self.nonce)).encode()
        ).hexdigest()


def make_link_token(secret: str, purpose: str, subject_id: str, issued_at: datetime, nonce: str = "") -> str:
    """A token that only who knows ``secret`` can make; safe in a URL path."""
    said = [subject_id, int(issued_at.timestamp())]
    return str(_serializer(secret, purpose).dumps([*said, nonce] if nonce else said))


def read_link(secret: str, purpose: str, token: str, now: datetime, max_age_seconds: float) -> Link:
    """What the token says, or ``BadLink``; ``ExpiredLink`` when it was issued too long before ``now``."""
    try:
        subject_id, issued_at, *nonce = _serializer(secret, purpose).loads(token)
    except (BadData, ValueError, TypeError) as error:
        raise BadLink(purpose) from error
    if now.timestamp() - issued_at > max_age_seconds:
        raise ExpiredLink(purpose)
    return Link(purpose, str(subject_id), issued_at, *nonce)


def read_link_token(secret: str, purpose: str, token: str, now: datetime, max_age_seconds: float) -> str:
    """The subject of the token; raises as ``read_link`` does."""
    return read_link(secret, purpose, token, now, max_age_seconds).subject_id


def _serializer(secret: str, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=purpose, signer_kwargs={"digest_method": hashlib.sha256})
