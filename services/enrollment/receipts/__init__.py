"""The receipt of an adhesion: what was accepted, word by word and when, under a hash that anybody can compute again.

The statement is kept as the very text that was hashed, in a row that the database lets nobody change. It names no
person (``docs/adr``): what can never change must not hold what a person may have erased.
"""

from __future__ import annotations

import json
import re
import secrets
from collections import Counter
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Missing
from services.enrollment import domain
from services.enrollment.models import Body, Programme, Receipt

__all__ = ["find", "shown", "statement"]


def statement(programme: Programme, body: Body, given: dict[str, Any], protocol: str, now: datetime) -> str:
    """What the body's office accepted and sent, in its canonical form. ``code`` makes its hash impossible to guess."""
    titles = {topic["code"]: topic for topic in programme.topics}
    return domain.canonical(
        {
            "type": "coalizione-adhesion-receipt",
            "version": 1,
            "code": secrets.token_hex(16),
            "protocol": protocol,
            "submitted_at": domain.instant(now),
            "programme": {
                "code": programme.code,
                "title_it": programme.title_it,
                "title_en": programme.title_en,
                "issuer": programme.issuer,
            },
            "body": {
                "code": body.code,
                "name": body.name,
                "name_other": body.name_other,
                "kind": body.kind,
                "province": body.province,
                "region": body.region,
                "population": body.population,
                "population_year": body.population_year,
            },
            "consent": {
                "version": programme.consent_version,
                "text_it": programme.consent_it,
                "text_en": programme.consent_en,
            },
            "topics": [titles[code] for code in given["topics"]],
            "delegates": dict(Counter(delegate["role"] for delegate in given["delegates"])),
        }
    )


def find(session: Session, digest: Any) -> Receipt:
    """The receipt of this hash. Whoever has it has seen the receipt: it cannot be guessed."""
    asked = digest.lower() if isinstance(digest, str) else ""
    known = re.fullmatch(r"[0-9a-f]{64}", asked)
    found = session.scalar(sa.select(Receipt).where(Receipt.hash == asked)) if known else None
    if found is None:
        raise Missing("receipt")
    return found


def shown(receipt: Receipt) -> dict[str, Any]:
    """The receipt, and whether its hash, computed anew, is still the one that was given."""
    return {
        "hash": receipt.hash,
        "statement": receipt.statement,
        "content": json.loads(receipt.statement),
        "intact": domain.digest(receipt.statement) == receipt.hash,
    }
