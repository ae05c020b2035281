"""The filters of the adhesions' list as they stand in an address or a form, and as enrollment takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NUMBERS = ("population_min", "population_max", "delegates_min", "delegates_max")
SIMPLE = ("state", "region", "province", "query")
MORE = ("kind", *NUMBERS, "submitted_from", "submitted_until", "mailbox_dead")
"""Shown when asked for."""
LONGEST = 200


def typed(source: Mapping[str, str]) -> dict[str, str]:
    """What was written into the filters; an empty one is none."""
    return {name: text for name in (*SIMPLE, *MORE) if (text := source.get(name, "").strip()[:LONGEST])}


def wanted(filters: Mapping[str, str]) -> dict[str, Any]:
    """The same for enrollment, which says of each what is wrong with it."""
    read: dict[str, Any] = dict(filters)
    for name in NUMBERS:
        text = filters.get(name, "").replace(".", "")
        if text.isascii() and text.isdigit():
            read[name] = int(text)
    if "province" in read:
        read["province"] = read["province"].upper()
    if read.get("mailbox_dead") == "yes":
        read["mailbox_dead"] = True
    return read
