"""What flask-smorest does not say by itself: access from the table, problems, rate limits, examples, servers."""

from __future__ import annotations

import re
from typing import Any

from gateway.access import ACCESS, STAFF
from gateway.api import failures
from gateway.api.blueprint import NAME
from gateway.api.examples import give_examples
from gateway.api.versions import IF_MATCH, VERSIONED

__all__ = ["INFO", "VERSION", "described"]

VERSION = "1.0.0"
INFO: dict[str, Any] = {
    "title": "coalizione",
    "version": VERSION,
    "description": (
        "Carries a nationwide training programme for public bodies: adhesions, planning, attendance, certificates.\n\n"
        "* Every POST takes an `Idempotency-Key`: repeated with the same request it gets the first answer again.\n"
        "* What two people may edit has an `ETag`; a change sends it back in `If-Match`.\n"
        "* Errors are problem+json (RFC 9457): a rule that forbids something is a 409 with its name as `reason`.\n"
        "* Lists take `limit` and `cursor`, and answer `items` and `next_cursor`.\n"
        "* Each answer says how many requests are left. Reading costs least; changes get half as many requests a "
        "minute as reading, documents and files a tenth, log-ins a "
        "twentieth, and requests that mail somebody a fiftieth.\n"
        "* What anyone may read can be asked for again with `If-None-Match`: a 304 when it is unchanged.\n"
        "* Words in answers are in the language of `Accept-Language`: Italian or English."
    ),
    "x-summary": "Adhesions, planning, attendance and certificates of a training programme for public bodies",
    "x-api-id": "urn:uuid:0d8e6f2c-9d6f-4c52-8f3e-7d1f0a5b6c41",
    "termsOfService": "https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12",
    "contact": {"name": "The maintainers", "url": "https://joinup.ec.europa.eu/collection/eupl"},
    "license": {"name": "EUPL-1.2", "url": "https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12"},
}

_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes repeating the request harmless; a fresh random one for each intention",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[\x21-\x7e]+$"},
    "example": "8e1d1c1e-2c39-4b55-9f0c-1a9d2f4f7a10",
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "The `ETag` of what the caller has read, or `*`: the change is made only if nobody was faster",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r'^(\*|"[0-9]{1,9}"|0|[1-9][0-9]{0,8})$'},
    "example": '"7"',
}
_SCHEMES = {
    "staff": {"type": "http", "scheme": "bearer", "description": "The token of POST /api/v1/sessions"},
    "link": {"type": "http", "scheme": "bearer", "description": "The token of a link that was mailed"},
    "area": {"type": "http", "scheme": "bearer", "description": "The token of POST /api/v1/area-sessions"},
}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MERGE_PATCH = "application/merge-patch+json"
_BETWEEN_FIELDS: dict[str, list[dict[str, Any]]] = {
    "AdhesionInput": [{"required": ["body_code"]}, {"required": ["body"]}],
}
"""Rules of a schema that no single field has: exactly one of these holds."""
_GOES_ON = {
    "/api/v1/adhesions/searches": ("listAdhesions", "programme_code"),
    "/api/v1/certificates/searches": ("listCertificates", "programme_id"),
}
"""Searches whose words the list's address takes, sealed: the list's operation, and what names its programme."""
_END = r"\Z"
"""Where a pattern ends, in Python's words; ECMAScript, which the document speaks, has only `$`."""
_REPORTS = {
    "type": "array",
    "items": {"type": "object"},
    "maxItems": 10000,
    "example": [{"event": "delivered", "sg_message_id": "14c5d75ce93.dfd.64b469", "timestamp": 1496138400}],
}


def described(spec: dict[str, Any], public_url: str) -> dict[str, Any]:
    """The finished document."""
    access = {_templated(route): who for route, who in ACCESS.items()}
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if isinstance(operation, dict) and "responses" in operation:
                _finish(operation, method, access[f"{method.upper()} {path}"], path)
    webhook = spec["paths"]["/api/v1/webhooks/sendgrid"]["post"]
    webhook["requestBody"] = {"required": True, "content": {"application/json": {"schema": _REPORTS}}}
    for path, (operation, programme) in _GOES_ON.items():
        parameters = {programme: f"$request.body#/{programme}", "search": "$response.body#/search"}
        found = spec["paths"][path]["post"]["responses"]["200"]
        found["links"] = {"goOn": {"operationId": operation, "parameters": parameters}}
    exported = spec["paths"]["/api/v1/adhesions/export"]["get"]["responses"]["200"]["content"]
    exported[_XLSX] = {"schema": {"type": "string", "format": "binary", "example": "PK…"}}
    components = spec["components"]
    components["headers"] = failures.HEADERS
    components["securitySchemes"] = _SCHEMES
    components["responses"] = failures.shared()
    components["schemas"].pop("Error", None)
    components["schemas"].pop("PaginationMetadata", None)
    components["schemas"]["Problem"] = failures.PROBLEM
    components.pop("parameters", None)
    for name, choices in _BETWEEN_FIELDS.items():
        components["schemas"][name]["oneOf"] = choices
    _give_formats(spec)
    give_examples(spec)
    spec["tags"] = [{**tag, "name": tag["name"].removeprefix(NAME)} for tag in spec["tags"]]
    spec["servers"] = [_server(public_url)]
    return spec


def _templated(route: str) -> str:
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", route)


def _finish(operation: dict[str, Any], method: str, who: str, path: str) -> None:
    operation["tags"] = [tag.removeprefix(NAME) for tag in operation["tags"]]
    operation["security"] = [{}] if who == "anyone" else [{_scheme(who): []}]
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
        response["headers"] = dict(failures.LIMITS)
        if (status == "202" and method == "post" and "scheduling" in path) or status == "303":
            response["headers"]["Location"] = {"$ref": "#/components/headers/Location"}
        if versioned:
            response["headers"]["ETag"] = {"$ref": "#/components/headers/ETag"}
    if method == "patch":
        content = operation["requestBody"]["content"]
        content[_MERGE_PATCH] = content.pop("application/json")
    for status in sorted(_failures(operation, method, who, path, if_match)):
        responses[status] = {"$ref": f"#/components/responses/Problem{status.title()}"}
    if reasons := failures.REFUSED_AS.get(operation["operationId"]):
        responses["409"] = failures.refused(reasons)


def _failures(operation: dict[str, Any], method: str, who: str, path: str, if_match: bool | None) -> set[str]:
    """The statuses of what can go wrong; the parameters that come with them are added on the way."""
    statuses = {"400", "429", "503", "default"}
    statuses |= {"401"} if who != "anyone" else set()
    statuses |= {"404"} if who in STAFF or "{" in path else set()
    statuses |= {"422"} if operation.get("requestBody") or operation.get("parameters") else set()
    if method in ("post", "patch", "put", "delete"):
        statuses |= {"409"}
    if method == "post":
        statuses |= {"413", "422"}
        operation.setdefault("parameters", []).append(dict(_IDEMPOTENCY_KEY))
    if if_match is not None:
        statuses |= {"412", "428"} if if_match else {"412"}
        operation.setdefault("parameters", []).append({**_IF_MATCH, "required": if_match})
    statuses |= {"413", "415"} if operation.get("requestBody") else set()
    return statuses


def _scheme(who: str) -> str:
    if who in STAFF:
        return "staff"
    return "link" if who == "link" else "area"


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
