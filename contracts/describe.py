"""The contracts in the words of others: JSON Schema for each event, AsyncAPI for the whole bus."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf, Range

from contracts.event import Event
from contracts.registry import REGISTRY

__all__ = ["asyncapi", "diagram", "json_schema"]

_PLAIN: tuple[tuple[type[fields.Field[Any]], dict[str, Any]], ...] = (
    (fields.UUID, {"type": "string", "format": "uuid"}),
    (fields.AwareDateTime, {"type": "string", "format": "date-time"}),
    (fields.Date, {"type": "string", "format": "date"}),
    (fields.Integer, {"type": "integer"}),
    (fields.Float, {"type": "number"}),
    (fields.Boolean, {"type": "boolean"}),
    (fields.String, {"type": "string"}),
)


def json_schema(event: type[Event]) -> dict[str, Any]:
    """The event's data, as JSON Schema (draft 2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": event.type(),
        "description": (event.__doc__ or "").strip().splitlines()[0],
        **_object(event.strict),
    }


def _object(schema: Schema) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: _field(field) for name, field in schema.fields.items()},
        "required": sorted(name for name, field in schema.fields.items() if field.required),
    }


def _field(field: fields.Field[Any]) -> dict[str, Any]:
    if isinstance(field, fields.Nested):
        described = _object(field.schema)
    elif isinstance(field, fields.List):
        described = {"type": "array", "items": _field(field.inner)}
    else:
        described = dict(next(plain for kind, plain in _PLAIN if isinstance(field, kind)))
    for rule in field.validators:
        if isinstance(rule, OneOf):
            described["enum"] = list(rule.choices)
        elif isinstance(rule, Range):
            described |= {
                key: value for key, value in (("minimum", rule.min), ("maximum", rule.max)) if value is not None
            }
        elif isinstance(rule, Length):
            lengths = (("minLength", rule.equal or rule.min), ("maxLength", rule.equal or rule.max))
            described |= {key: value for key, value in lengths if value is not None}
    if field.allow_none:
        described["type"] = [described["type"], "null"]
    return described


def asyncapi(version: str) -> dict[str, Any]:
    """The whole bus as AsyncAPI 3: a channel an event, who sends it, and who receives it."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for row in REGISTRY:
        key = row.event.type().replace(".", "_")
        messages[key] = {
            "name": row.event.type(),
            "title": row.event.__name__,
            "summary": (row.event.__doc__ or "").strip().splitlines()[0],
            "contentType": "application/json",
            "payload": _envelope(row.event),
        }
        channels[key] = {
            "address": row.event.type(),
            "description": "Carries personal data." if row.event.personal else "Carries no personal data.",
            "messages": {key: {"$ref": f"#/components/messages/{key}"}},
        }
        operations[f"{row.producer}_sends_{key}"] = {"action": "send", "channel": {"$ref": f"#/channels/{key}"}}
        for reader in row.readers:
            operations[f"{reader.replace('.', '_')}_receives_{key}"] = {
                "action": "receive",
                "channel": {"$ref": f"#/channels/{key}"},
            }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "CO-AliZIONE events",
            "version": version,
            "description": "Facts on one topic exchange, told by services to services; the address is the routing key.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def diagram() -> str:
    """Who tells whom about what, as a Mermaid flowchart; the README shows it."""
    told: dict[tuple[str, str], list[str]] = {}
    for row in REGISTRY:
        subject = row.event.name.split(".")[1].replace("_", " ")
        for reader in row.readers:
            subjects = told.setdefault((row.producer, reader.split(".")[0]), [])
            if subject not in subjects:
                subjects.append(subject)
    callees = sorted({row.producer for row in REGISTRY})
    lines = ["flowchart LR", "    people([web clients, staff]) -- HTTP --> gateway"]
    lines += [f"    gateway -. calls .-> {service}" for service in callees]
    lines += [
        f'    {producer} == "{", ".join(subjects)}" ==> {reader}' for (producer, reader), subjects in told.items()
    ]
    lines += ["    notifications -. document .-> certificates", "    notifications -- HTTP --> SendGrid"]
    return "\n".join(lines) + "\n"


def _envelope(event: type[Event]) -> dict[str, Any]:
    data = json_schema(event)
    data.pop("$schema")
    return {
        "type": "object",
        "required": ["id", "type", "version", "occurred_at", "aggregate_id", "sequence", "data"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "type": {"type": "string", "const": event.name},
            "version": {"type": "integer", "const": event.version},
            "occurred_at": {"type": "string", "format": "date-time"},
            "aggregate_id": {"type": "string", "description": f"The {event.aggregate} of the data."},
            "sequence": {"type": "integer", "minimum": 1, "description": "Counts the events of the aggregate."},
            "correlation_id": {"type": ["string", "null"]},
            "data": data,
        },
    }
