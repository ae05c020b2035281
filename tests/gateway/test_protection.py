from __future__ import annotations

import gzip
import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.gateway.conftest import Api, adhesion_form
from tests.gateway.platform import Platform


def send(client: FlaskClient, body: bytes, content_type: str = "application/json") -> tuple[int, str]:
    answer = client.post("/api/v1/adhesions", data=body, content_type=content_type)
    assert answer.content_type == "application/problem+json"
    return answer.status_code, answer.json["title"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe{\x00}\x00",
        b'{"a": "\xe8"}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 900_000,
        b"[" * 20 + b"]" * 20,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'\xef\xbb\xbf{"a": 1}',
        b'{"consent": false, "consent": true}',
        b'{"a": [{"b": 1, "b": 1}]}',
    ],
)
def test_what_is_no_readable_json_is_400(client: FlaskClient, platform: Platform, body: bytes) -> None:
    assert send(client, body)[0] == 400
    assert platform.asked == []


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"text"', b"7", b"{}", b'{"programme_code": 7}'])
def test_json_of_another_shape_is_422(client: FlaskClient, platform: Platform, body: bytes) -> None:
    assert send(client, body)[0] == 422
    assert platform.asked == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"consent": "\\u0000"}', "consent"),
        (b'{"contact": {"office": "a\\ud800"}}', "contact.office"),
        (b'{"delegates": [{}, {"email": "\\ufffd"}]}', "delegates.1.email"),
        (b'{"contact": {"\\u0000": 1}}', "contact"),
        (b'{"\\u0000": 1}', "_"),
        (b'"\\u0000"', "_"),
    ],
)
def test_text_that_no_database_keeps_is_422_and_names_the_field(
    client: FlaskClient, platform: Platform, body: bytes, field: str
) -> None:
    answer = client.post("/api/v1/adhesions", data=body, content_type="application/json")
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert list(answer.json["errors"]) == [field]
    assert platform.asked == []


def test_a_body_of_unknown_length_is_411(client: FlaskClient) -> None:
    assert client.post("/api/v1/adhesions", headers={"Transfer-Encoding": "chunked"}).status_code == 411


def test_a_megabyte_is_enough(client: FlaskClient) -> None:
    assert send(client, b'{"a": "' + b"x" * 1_100_000 + b'"}')[0] == 413


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_another_content_type_is_415(client: FlaskClient, content_type: str) -> None:
    assert send(client, b"a=1", content_type)[0] == 415


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/bodies?query=%00",
        "/api/v1/bodies?query=%ff",
        "/api/v1/bodies?%ff=1",
        "/api/v1/programmes/%00",
        "/api/v1/programmes/%ff%fe",
        "/%ff",
        "/?lang=%80",
    ],
)
def test_addresses_are_utf8_without_nul(client: FlaskClient, platform: Platform, path: str) -> None:
    assert client.get(path).status_code == 400
    assert platform.asked == []


def test_raw_bytes_in_a_query_are_400(client: FlaskClient) -> None:
    assert client.get("/api/v1/bodies", environ_overrides={"QUERY_STRING": "query=\xff"}).status_code == 400


@pytest.mark.parametrize("body", [b"email=%ff&password=x", b"email=\xff", b"email=%00"])
def test_forms_are_utf8_without_nul(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/staff/login", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


def test_every_response_carries_the_security_headers(client: FlaskClient) -> None:
    for path in ("/", "/api/v1/programmes", "/api/v1/nothing", "/staff/login", "/static/site.css", "/nothing"):
        headers = client.get(path).headers
        assert "unsafe" not in headers["Content-Security-Policy"], path
        assert headers["Content-Security-Policy"].startswith("default-src 'self'; font-src 'self' data:;")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_the_callers_correlation_id_is_kept_when_it_is_a_good_one(client: FlaskClient) -> None:
    given = client.get("/status", headers={"Correlation-ID": "abc-1.2_3"}).headers["Correlation-ID"]
    assert given == "abc-1.2_3"
    made = [
        client.get("/status", headers={"Correlation-ID": wrong}).headers["Correlation-ID"]
        for wrong in ("", "a b", "x" * 65, "<script>")
    ]
    assert [len(identifier) for identifier in made] == [32] * 4
    assert len(set(made)) == 4


def test_public_answers_may_be_validated_and_personal_ones_not_kept(
    anyone: Api, secretariat: Api, programme: dict[str, object]
) -> None:
    first = anyone("GET", "/programmes")
    assert first.headers["Cache-Control"] == "no-cache"
    again = anyone("GET", "/programmes", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    submitted = anyone("POST", "/adhesions", adhesion_form(programme))
    listed = secretariat("GET", f"/adhesions?programme_code={programme['code']}")
    assert [answer.headers["Cache-Control"] for answer in (submitted, listed)] == ["no-store"] * 2
    assert "ETag" not in listed.headers


def test_large_texts_are_compressed_for_who_asks(client: FlaskClient, programme: dict[str, object]) -> None:
    plain = client.get("/api/v1/programmes")
    packed = client.get("/api/v1/programmes", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Content-Encoding" not in client.get("/status", headers={"Accept-Encoding": "gzip"}).headers
    refused = client.get("/api/v1/programmes", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


def test_an_accident_is_a_calm_500_that_tells_nothing(app: Flask, client: FlaskClient, platform: Platform) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("secret of Ada Conti")

    platform.services["enrollment"].programmes = broken
    api, page = client.get("/api/v1/programmes"), client.get("/")
    assert (api.status_code, page.status_code) == (500, 500)
    assert "Ada" not in api.text + page.text
    assert "Traceback" not in api.text + page.text
    assert json.loads(api.text)["instance"] == f"urn:coalizione:request:{api.headers['Correlation-ID']}"


def test_a_service_that_is_down_is_503_with_retry_after(client: FlaskClient, platform: Platform) -> None:
    platform.down.add("enrollment")
    for path in ("/api/v1/programmes", "/programmes/x"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), path


def test_our_own_database_away_is_503(client: FlaskClient, own_store, staff: dict[str, str]) -> None:
    own_store.tables.drop_all(own_store.engine)
    answer = client.post("/api/v1/sessions", json={"email": staff["desk"], "password": "x"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_methods_and_addresses_that_are_not_there(client: FlaskClient) -> None:
    assert client.get("/api/v1/nothing").json["status"] == 404
    wrong = client.put("/api/v1/adhesions", json={})
    assert (wrong.status_code, "POST" in wrong.headers["Allow"]) == (405, True)
    assert client.get("/api/v1").status_code == 404
    assert client.get("/nothing").mimetype == "text/html"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "BREW"])
def test_a_method_that_is_not_there_is_405_and_nothing_about_forms(client: FlaskClient, method: str) -> None:
    for path in ("/status", "/", "/api/v1/programmes"):
        assert client.open(path, method=method).status_code == 405, path


def test_every_post_of_the_api_refuses_a_key_that_is_none(client: FlaskClient, platform: Platform) -> None:
    for path in ("/certificate-verifications", "/area-links", "/adhesions"):
        for key in ("a b", "", "x" * 201, "\u00e8"):
            answer = client.post(f"/api/v1{path}", json={}, headers={"Idempotency-Key": key})
            assert (answer.status_code, answer.json["detail"][:15]) == (422, "Idempotency-Key"), path
    assert platform.asked == []


@pytest.mark.parametrize("path", ["/api/v1/programmes", "/status", "/"])
def test_head_is_get_without_its_body_and_options_says_what_may_be_done(client: FlaskClient, path: str) -> None:
    got, head, options = client.get(path), client.head(path), client.options(path)
    assert (head.status_code, head.data, head.mimetype) == (200, b"", got.mimetype)
    assert (options.status_code, {"GET", "HEAD", "OPTIONS"} <= set(options.allow)) == (200, True)
