from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from openapi_spec_validator import validate

from gateway.__main__ import openapi
from gateway.api.failures import REFUSED_AS
from gateway.refusals import REFUSALS

LIMITS = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
NOT_PAGED = ("listPeople",)
"""They are asked for by their ids, and all are given."""
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


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, when this is a reference to one."""
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def answered(document: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The same for answers."""
    shared = document["components"]["responses"]
    return lambda answer: shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.0.3"
    validate(document)


def test_the_kept_document_is_current() -> None:
    assert KEPT.read_text() == openapi(), "run: python -m gateway openapi > docs/openapi.json"


def test_the_running_application_serves_it(client: FlaskClient, document: dict[str, Any]) -> None:
    assert client.get("/openapi.json").json == document


def test_paths_are_kebab_case_and_operations_named_once(document: dict[str, Any]) -> None:
    assert "/status" in document["paths"]
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
            if status == "409" and operation["operationId"] in REFUSED_AS:
                assert list(response["content"]) == ["application/problem+json"], path
                assert set(response["headers"]) == LIMITS, path
            elif status == "default" or int(status) >= 400:
                assert response == {"$ref": f"#/components/responses/Problem{status.title()}"}, path
            else:
                assert set(response["headers"]) >= LIMITS, path
        assert {"429", "503"} <= set(operation["responses"]), path
    for name, problem in document["components"]["responses"].items():
        assert list(problem["content"]) == ["application/problem+json"], name
        assert set(problem.get("headers", {})) >= LIMITS or name in ("Problem503", "ProblemDefault")
        assert ("Retry-After" in problem.get("headers", {})) == (name in ("Problem429", "Problem503"))


def test_every_post_takes_an_idempotency_key_and_no_header_that_http_owns(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        headers = {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}
        assert not headers & {"Authorization", "Accept", "Content-Type"}, path
        assert headers - {"If-Match"} == ({"Idempotency-Key"} if method == "post" else set()), path


def test_no_header_of_ours_begins_with_x_but_those_of_the_limits(document: dict[str, Any]) -> None:
    named = set(document["components"]["headers"])
    for _, _, operation in operations(document):
        named |= {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}
        for response in operation["responses"].values():
            named |= set(response.get("headers", {}))
    assert {name for name in named if name.startswith("X-")} == LIMITS


def test_an_answer_is_an_object_and_no_get_has_a_body(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        assert method not in ("get", "delete") or "requestBody" not in operation, path
        for status, response in operation["responses"].items():
            schema = response.get("content", {}).get("application/json", {}).get("schema", {"type": "object"})
            assert resolved(document, schema)["type"] == "object", path
            assert status != "204" or "content" not in response, path


def test_a_patch_is_a_merge_patch(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        if method == "patch":
            assert list(operation["requestBody"]["content"]) == ["application/merge-patch+json"], path


def test_long_work_says_where_to_look_next(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        for status, response in operation["responses"].items():
            schema = response.get("content", {}).get("application/json", {}).get("schema", {})
            is_mailed = "id" not in resolved(document, schema).get("properties", {})
            if status == "303" or (status == "202" and not is_mailed):  # where to ask would tell who is known
                assert "Location" in response["headers"], path
    run = document["paths"]["/api/v1/scheduling-runs/{run_id}"]["get"]["responses"]
    assert {"200", "303"} <= set(run)


def test_a_list_is_given_by_the_page(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        schema = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        properties = set(resolved(document, schema).get("properties", {}))
        is_list = "items" in properties and properties <= {"items", "next_cursor"}
        if method == "get" and is_list and operation["operationId"] not in NOT_PAGED:
            named = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
            assert {"limit", "cursor"} <= named, path
            assert properties == {"items", "next_cursor"}, path


def test_everything_has_an_example_that_its_schema_admits(document: dict[str, Any]) -> None:
    wrong = []
    for path, method, operation in operations(document):
        given = [(one["schema"], one["example"]) for one in operation.get("parameters", [])]
        for part in (operation.get("requestBody", {}), *map(answered(document), operation["responses"].values())):
            for media in part.get("content", {}).values():
                shown = [one["value"] for one in media["examples"].values()] if "examples" in media else []
                given += [(media["schema"], value) for value in shown or [media["example"]]]
        for schema, value in given:
            whole = {**schema, "components": document["components"]}
            faults = OAS30Validator(whole, format_checker=oas30_format_checker).iter_errors(value)
            wrong += [(path, method, fault.json_path, fault.message) for fault in faults]
    assert wrong == []


def test_refusals_that_are_named_are_refusals_of_operations(document: dict[str, Any]) -> None:
    assert set(REFUSED_AS) <= {operation["operationId"] for _, _, operation in operations(document)}
    assert {reason for reasons in REFUSED_AS.values() for reason in reasons} <= set(REFUSALS)


def test_access_is_described(document: dict[str, Any]) -> None:
    paths = document["paths"]
    assert paths["/api/v1/programmes"]["get"]["security"] == [{}]
    assert paths["/api/v1/area"]["get"]["security"] == [{"area": []}]
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
