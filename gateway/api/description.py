"""What flask-smorest does not say by itself: access from the table, problems, rate limits, number formats, servers."""

from __future__ import annotations

import re
from typing import Any

from gateway.access import ACCESS, STAFF
from gateway.api.blueprint import NAME
from gateway.api.versions import IF_MATCH, VERSIONED

__all__ = ["INFO", "VERSION", "described"]

VERSION = "1.0.0"
INFO: dict[str, Any] = {
    "title": "coalizione",
    "version": VERSION,
    "description": (
        "Carries a nationwide training programme for public bodies: adhesions, planning, attendance, certificates.\n\n"
        "Every POST takes an `Idempotency-Key`: repeated with the same request it gets the first answer again. "
        "Errors are problem+json (RFC 9457). Lists take `limit` and `cursor`."
    ),
    "x-summary": "Adhesions, planning, attendance and certificates of a training programme for public bodies",
    "x-api-id": "urn:uuid:0d8e6f2c-9d6f-4c52-8f3e-7d1f0a5b6c41",
    "termsOfService": "https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12",
    "contact": {"name": "The maintainers", "url": "https://joinup.ec.europa.eu/collection/eupl"},
    "license": {"name": "EUPL-1.2", "url": "https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12"},
}

_WHOLE = {"type": "integer", "format": "int32", "minimum": 0, "maximum": 1000000}
_HEADERS: dict[str, Any] = {
    "X-RateLimit-Limit": {"description": "Requests allowed in a minute", "schema": _WHOLE},
    "X-RateLimit-Remaining": {"description": "Requests left in this minute", "schema": _WHOLE},
    "X-RateLimit-Reset": {"description": "Seconds until the next minute begins", "schema": _WHOLE},
    "Retry-After": {"description": "Seconds to wait", "schema": _WHOLE},
    "Location": {
        "description": "Where to look next",
        "schema": {"type": "string", "format": "uri-reference", "maxLength": 500},
    },
    "ETag": {
        "description": "The version, to be sent back in `If-Match` with a change",
        "schema": {"type": "string", "pattern": r'^"[0-9]+"$', "maxLength": 12},
    },
}
_LIMITS = {name: {"$ref": f"#/components/headers/{name}"} for name in list(_HEADERS)[:3]}
_PROBLEMS = {
    "400": "The request cannot be read",
    "401": "Who asks is not known, or no longer",
    "404": "There is no such thing, or it is not yours",
    "409": "A rule forbids it: `reason` names it",
    "412": "Somebody has changed it meanwhile: read it again",
    "413": "The request is too large",
    "415": "The request is not JSON",
    "422": "Some fields are wrong: `errors` names them",
    "428": "Send the ETag of what you have read as If-Match",
    "429": "Too many requests",
    "503": "A service does not answer: try again",
    "default": "Any other problem",
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes repeating the request harmless; a fresh random one for each intention",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[\x21-\x7e]+$"},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "The `ETag` of what the caller has read, or `*`: the change is made only if nobody was faster",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r'^(\*|(W/)?"[\x21\x23-\x7e]*")$'},
}
_SCHEMES = {
    "staff": {"type": "http", "scheme": "bearer", "description": "The token of POST /api/v1/sessions"},
    "link": {"type": "http", "scheme": "bearer", "description": "The token of a link that was mailed"},
}
_END = r"\Z"
"""Where a pattern ends, in Python's words; ECMAScript, which the document speaks, has only `$`."""
_BODY = {"type": "array", "items": {"type": "object"}, "maxItems": 10000}


def described(spec: dict[str, Any], public_url: str) -> dict[str, Any]:
    """The finished document."""
    access = {_templated(route): who for route, who in ACCESS.items()}
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if isinstance(operation, dict) and "responses" in operation:
                _finish(operation, method, access[f"{method.upper()} {path}"], path)
    webhook = spec["paths"]["/api/v1/webhooks/sendgrid"]["post"]
    webhook["requestBody"] = {"required": True, "content": {"application/json": {"schema": _BODY}}}
    components = spec["components"]
    components["headers"] = _HEADERS
    components["securitySchemes"] = _SCHEMES
    components["responses"] = {
        f"Problem{status.title()}": _problem(status, words) for status, words in _PROBLEMS.items()
    }
    components["schemas"].pop("Error", None)
    components["schemas"].pop("PaginationMetadata", None)
    components["schemas"]["Problem"] = _PROBLEM_SCHEMA
    components.pop("parameters", None)
    _give_formats(spec)
    spec["tags"] = [{**tag, "name": tag["name"].removeprefix(NAME)} for tag in spec["tags"]]
    spec["servers"] = [_server(public_url)]
    return spec


def _templated(route: str) -> str:
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", route)


def _finish(operation: dict[str, Any], method: str, who: str, path: str) -> None:
    operation["tags"] = [tag.removeprefix(NAME) for tag in operation["tags"]]
    operation["security"] = [{}] if who == "anyone" else [{"staff" if who in STAFF else "link": []}]
    operation.setdefault("description", f"{operation['summary']}.")
    if who in STAFF:
        operation["description"] += f"\n\nFor staff: {who}."
    versioned, if_match = operation.pop(VERSIONED, False), operation.pop(IF_MATCH, None)
    responses = operation["responses"]
    for status in [status for status in responses if status not in ("default",) and int(status) >= 400]:
        del responses[status]
    for status, response in responses.items():
        if status == "default":
            continue
        response["headers"] = dict(_LIMITS)
        if (status == "202" and method == "post" and "scheduling" in path) or status == "303":
            response["headers"]["Location"] = {"$ref": "#/components/headers/Location"}
        if versioned:
            response["headers"]["ETag"] = {"$ref": "#/components/headers/ETag"}
    statuses = {"400", "429", "503", "default"}
    statuses |= {"401"} if who != "anyone" else set()
    statuses |= {"404"} if who in STAFF or "{" in path else set()
    statuses |= {"422"} if operation.get("requestBody") or operation.get("parameters") else set()
    if method == "post":
        statuses |= {"409", "413", "422"}
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    if if_match is not None:
        statuses |= {"412", "428"} if if_match else {"412"}
        operation.setdefault("parameters", []).append({**_IF_MATCH, "required": if_match})
    statuses |= {"415"} if operation.get("requestBody") else set()
    for status in sorted(statuses):
        responses[status] = {"$ref": f"#/components/responses/Problem{status.title()}"}


def _problem(status: str, words: str) -> dict[str, Any]:
    headers = {} if status in ("503", "default") else dict(_LIMITS)
    if status in ("429", "503"):
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    made: dict[str, Any] = {
        "description": words,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    return {**made, "headers": headers} if headers else made


def _server(public_url: str) -> dict[str, Any]:
    if public_url.startswith("https://"):
        return {"url": public_url, "description": "This installation"}
    return {"url": public_url, "description": "This machine", "x-sandbox": True}


def _give_formats(node: Any) -> None:
    if isinstance(node, dict):
        if node.get("type") == "integer":
            node.setdefault("format", "int32")
        elif node.get("type") == "number":
            node.setdefault("format", "double")
        if isinstance(pattern := node.get("pattern"), str) and pattern.endswith(_END):
            node["pattern"] = f"^{pattern.removesuffix(_END)}$"
        for value in node.values():
            _give_formats(value)
    elif isinstance(node, list):
        for value in node:
            _give_formats(value)


_PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "reason": {"type": "string", "description": "The rule that forbids it, by name"},
        "facts": {"type": "object", "description": "What the rule looked at", "additionalProperties": True},
        "errors": {
            "type": "object",
            "description": "Complaints by dotted path of the field",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}
