"""The rules of a planning as staff write them, in the forms that start one and that plan again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from chassis.refusal import Invalid, Refused
from gateway.backend import call

__all__ = [
    "FAIRNESS",
    "FAIR_KM",
    "RULES",
    "SECONDS",
    "errors_of",
    "numbers",
    "rules_in_words",
    "rules_read",
    "wrong_lines",
]

RULES = (
    *("pinned_hosts", "excluded_hosts", "pinned", "forbidden"),
    *("split", "least_in_region", "capacities", "pinned_dates"),
)
"""As scheduling names them; each has a text area of its name."""
SECONDS = (5, 10, 60, 300)
FAIRNESS = (0, 1, 3)
FAIR_KM = 75
_FURTHEST = 2000
_UNREADABLE = "rules_unreadable"


def numbers(choices: Mapping[str, tuple[int, ...]], errors: dict[str, list[str]]) -> dict[str, int]:
    """The parameters that are chosen from a list, and from which length on a journey is long."""
    found = {}
    for name, offered in choices.items():
        value = request.form.get(name, str(offered[0]))
        if value not in map(str, offered):
            errors[name] = ["not_a_choice"]
        else:
            found[name] = int(value)
    fair = request.form.get("fair_km", str(FAIR_KM)).strip()
    if not (fair.isascii() and fair.isdigit() and int(fair[:5]) <= _FURTHEST):
        errors["fair_km"] = ["out_of_range"]
    else:
        found["fair_km"] = int(fair)
    return found


def rules_read(programme_id: str) -> dict[str, Any]:
    """The rules of the form, in codes. Refused: rules_unreadable, with the lines."""
    texts = {name: request.form.get(f"rules.{name}", "") for name in RULES}
    if not any(text.strip() for text in texts.values()):
        return {}
    found: dict[str, Any] = call("scheduling", "read_rules", programme_id=programme_id, texts=texts)
    return found


def rules_in_words(programme_id: str, parameters: Mapping[str, Any]) -> dict[str, str]:
    """What to show in the text areas: what was sent, else the rules of these parameters."""
    if any(name.startswith("rules.") for name in request.form):
        return {f"rules.{name}": request.form.get(f"rules.{name}", "") for name in RULES}
    said = {name: parameters[name] for name in RULES if parameters.get(name)}
    if not said:
        return {}
    texts = call("scheduling", "write_rules", programme_id=programme_id, parameters=said)
    return {f"rules.{name}": text for name, text in texts.items()}


def wrong_lines(answer: Refused) -> tuple[dict[str, list[str]], list[dict[str, Any]]]:
    """Which fields have lines that cannot be read, and these lines; nothing for another refusal."""
    if answer.reason != _UNREADABLE:
        return {}, []
    lines: list[dict[str, Any]] = answer.facts["lines"]
    return {f"rules.{line['rule']}": ["lines_unreadable"] for line in lines}, lines


def errors_of(answer: Invalid) -> dict[str, list[str]]:
    """The wrong parameters by the field of the form that they come from."""
    found: dict[str, list[str]] = {}
    for path, codes in answer.errors.items():
        name = path.removeprefix("parameters.").removeprefix("repair.")
        first = name.partition(".")[0]
        found[f"rules.{first}" if first in RULES else name] = codes
    return found
