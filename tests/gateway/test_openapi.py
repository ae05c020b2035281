from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from gateway.__main__ import openapi

KEPT = Path(__file__).parents[2] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(openapi())
    return made


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from nodes(value)


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.0.3"
    validate(document)


def test_the_kept_document_is_current() -> None:
    assert KEPT.read_text() == openapi(), "run: python -m gateway openapi > docs/openapi.json"


def test_the_running_application_serves_it(client: FlaskClient, document: dict[str, Any]) -> None:
    assert client.get("/openapi.json").json == document


def test_paths_are_kebab_case_and_operations_named_once(document: dict[str, Any]) -> None:
    for path in document["paths"]:
        assert re.fullmatch(r"(/([a-z0-9-]+|\{[a-z_]+\}|openapi\.json))+", path), path
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))


def test_every_number_has_a_format(document: dict[str, Any]) -> None:
    without = [node for node in nodes(document) if node.get("type") in ("integer", "number") and "format" not in node]
    assert without == []


def test_every_error_is_a_problem_and_every_answer_tells_the_limits(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        for status, response in operation["responses"].items():
            if status == "default" or int(status) >= 400:
                assert response == {"$ref": f"#/components/responses/Problem{status.title()}"}, path
            else:
                assert set(response["headers"]) >= {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
        assert {"429", "503"} <= set(operation["responses"]), path
    for name, problem in document["components"]["responses"].items():
        assert list(problem["content"]) == ["application/problem+json"], name
        assert ("Retry-After" in problem.get("headers", {})) == (name in ("Problem429", "Problem503"))


def test_every_post_takes_an_idempotency_key_and_no_header_that_http_owns(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        headers = {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}
        assert headers - {"If-Match"} == ({"Idempotency-Key"} if method == "post" else set()), path


def test_no_answer_is_a_bare_list_and_no_get_has_a_body(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        assert method != "get" or "requestBody" not in operation
        for status, response in operation["responses"].items():
            schema = response.get("content", {}).get("application/json", {}).get("schema", {})
            assert schema.get("type") != "array", path
            assert status != "204" or "content" not in response, path


def test_access_is_described(document: dict[str, Any]) -> None:
    paths = document["paths"]
    assert paths["/api/v1/programmes"]["get"]["security"] == [{}]
    assert paths["/api/v1/area"]["get"]["security"] == [{"link": []}]
    assert paths["/api/v1/adhesions"]["get"]["security"] == [{"staff": []}]
    assert paths["/api/v1/adhesions"]["post"]["security"] == [{}]
    assert "400" in paths["/api/v1/adhesions"]["post"]["responses"]


def test_the_information_that_public_bodies_ask_for_is_there(document: dict[str, Any]) -> None:
    assert {"title", "version", "description", "x-summary", "x-api-id", "termsOfService", "contact", "license"} <= set(
        document["info"]
    )
    assert document["servers"] == [{"url": "http://127.0.0.1:8000", "description": "This machine", "x-sandbox": True}]
    tags = {tag["name"] for tag in document["tags"]}
    assert {tag for _, _, operation in operations(document) for tag in operation["tags"]} == tags
