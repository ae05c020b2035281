"""How the API reads requests: JSON and queries, strictly, into plain values; and how it names its operations."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

import flask_smorest
from flask import Request
from marshmallow import ValidationError
from webargs import core
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from chassis.refusal import Invalid
from gateway.protection import is_text

__all__ = ["NAME", "PREFIX", "Blueprint"]

PREFIX = "/api/v1"
NAME = "api-"
"""Pages have blueprints of the same names."""
DEEPEST = 12


class _Parser(FlaskParser):
    """JSON that is UTF-8, finite, without a name twice and not too deep; complaints as errors by dotted field path."""

    def _raw_load_json(self, req: Request) -> Any:
        raw = req.get_data(cache=True)
        if not raw:
            return core.missing
        if not core.is_json(req.mimetype):
            raise UnsupportedMediaType("Send JSON, with Content-Type: application/json.")
        try:
            value = json.loads(raw.decode(), parse_constant=_no_constant, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise BadRequest("The body is not readable as JSON in UTF-8.") from error
        _check(value)
        return value

    def handle_error(self, error: ValidationError, req: Request, schema: Any, **_: Any) -> NoReturn:
        messages = error.messages
        if isinstance(messages, dict) and len(messages) == 1 and next(iter(messages)) in ("json", "query"):
            messages = next(iter(messages.values()))
        raise Invalid.from_messages(messages) from error


class Blueprint(flask_smorest.Blueprint):
    """A part of the API. Each view's name is its operation's name.

    What a view says of itself in ``said`` stands in its operation until ``description.py`` has put it into words.
    """

    ARGUMENTS_PARSER = _Parser()

    def __init__(self, name: str, *args: Any, **options: Any) -> None:
        super().__init__(f"{NAME}{name}", *args, **options)

    def add_url_rule(self, rule: str, endpoint: Any = None, view_func: Any = None, *args: Any, **options: Any) -> None:
        if view_func is not None:
            first, *others = view_func.__name__.split("_")
            said = getattr(view_func, "said", {})
            view_func = self.doc(operationId=first + "".join(word.title() for word in others), **said)(view_func)
        super().add_url_rule(rule, endpoint, view_func, *args, **options)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two values under one name: whoever reads after us may take the other one."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name is there twice")
    return made


def _check(value: Any) -> None:
    """What no service has to think of is refused here: absurd depth, infinities, texts that no database keeps."""
    wrong: dict[str, list[str]] = {}
    level, waiting = 0, [("", value)]
    while waiting:
        level += 1
        if level > DEEPEST:
            raise BadRequest("The JSON is nested too deeply.")
        inner: list[tuple[str, Any]] = []
        for path, node in waiting:
            if isinstance(node, dict):
                if not all(is_text(name) for name in node):
                    wrong[path or "_"] = ["control_characters"]
                inner.extend((f"{path}.{name}".lstrip("."), one) for name, one in node.items() if is_text(name))
            elif isinstance(node, list):
                inner.extend((f"{path}.{number}".lstrip("."), one) for number, one in enumerate(node))
            elif isinstance(node, str) and not is_text(node):
                wrong[path or "_"] = ["control_characters"]
            elif isinstance(node, float) and not math.isfinite(node):
                raise BadRequest("A number in the JSON is too large.")
        waiting = inner
    if wrong:
        raise Invalid(wrong)
