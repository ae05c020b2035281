"""What is too much, or unclear, before there is a request: answered in words, as pages and problems, by the process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPResponse
from io import BytesIO
from typing import Any

from gateway.app import LARGEST_BODY
from gateway.protection import LARGEST_UPLOAD
from gateway.protocol import LARGEST_HEAD, LONGEST_ADDRESS, LONGEST_HEADER, MOST_HEADERS
from tests.gateway.test_process import Gateway
from tests.gateway.test_process import gateway as gateway
from tests.gateway.test_process import namespace as namespace
from tests.gateway.test_process import url as url

ITALIAN = {
    400: "Non abbiamo capito la richiesta",
    413: "Troppo in una volta sola",
    414: "L’indirizzo è troppo lungo",
    431: "Con la richiesta è arrivato troppo",
}


@dataclass
class Answer:
    status: int
    kind: str
    text: str
    connection: str
    correlation: str


def read(raw: bytes) -> Answer:
    class Said:
        def makefile(self, *how: Any) -> BytesIO:
            return BytesIO(raw)

    response = HTTPResponse(Said())  # type: ignore[arg-type]
    response.begin()
    text = response.read().decode()
    named = (response.headers.get(name, "") for name in ("Connection", "Correlation-ID"))
    return Answer(response.status, response.headers["Content-Type"].partition(";")[0], text, *named)


def request(path: bytes, *headers: bytes, method: bytes = b"GET") -> bytes:
    lines = (b"%s %s HTTP/1.1" % (method, path), b"Host: x", b"Accept-Language: it", *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n"


LONG = b"x" * LONGEST_ADDRESS
FAULTS = {
    "address": (414, lambda path: request(path + b"?q=" + LONG)),
    "path": (414, lambda path: request(path + b"/" + LONG)),
    "endless address": (414, lambda path: b"GET " + path + b"?" + b"x" * 2_000_000),
    "header": (431, lambda path: request(path, b"X: " + b"x" * LONGEST_HEADER)),
    "very long header": (431, lambda path: request(path, b"Cookie: a=" + b"x" * 500_000)),
    "many headers": (431, lambda path: request(path, *(b"X-%d: x" % n for n in range(MOST_HEADERS)))),
    "large headers": (431, lambda path: request(path, *[b"X: " + b"x" * 8000] * (LARGEST_HEAD // 8000 + 1))),
    "endless headers": (431, lambda path: request(path, *[b"X: " + b"x" * 8000] * 300)),
    "no length": (400, lambda path: request(path, b"Content-Length: many", method=b"POST")),
    "negative length": (400, lambda path: request(path, b"Content-Length: -5", method=b"POST")),
    "two lengths": (400, lambda path: request(path, b"Content-Length: 0", b"Content-Length: 5", method=b"POST")),
    "length and chunks": (
        400,
        lambda path: request(path, b"Content-Length: 5", b"Transfer-Encoding: chunked", method=b"POST"),
    ),
}


def test_too_much_and_unclear_requests_are_answered_in_words(gateway: Gateway) -> None:
    wrong = {}
    for name, (status, made) in FAULTS.items():
        page, problem = read(gateway.say(made(b"/privacy"))), read(gateway.say(made(b"/api/v1/bodies")))
        said = (page.status, page.kind, page.connection, ITALIAN[status] in page.text, bool(page.correlation))
        if said != (status, "text/html", "close", True, True):
            wrong[f"{name}, page"] = page
        told = json.loads(problem.text)
        instance = f"urn:coalizione:request:{problem.correlation}"
        expected = {"status": status, "title": ITALIAN[status], "instance": instance}
        if (problem.status, problem.kind, {name: told.get(name) for name in expected}) != (
            *(status, "application/problem+json"),
            expected,
        ):
            wrong[f"{name}, problem"] = problem
    assert wrong == {}
    english = read(gateway.say(FAULTS["header"][1](b"/privacy").replace(b"Language: it", b"Language: en")))
    assert "Delete this site" in english.text
    nonsense = read(gateway.say(b"\x16\x03\x01\x00\xa5\x01\x00\r\n\r\n"))
    assert (nonsense.kind, json.loads(nonsense.text)) == (
        "application/problem+json",
        {"type": "about:blank", "title": "Bad Request", "status": 400},
    )
    code, log = gateway.stop()
    assert (code, "Traceback" in log) == (0, False)


def test_what_just_fits_is_answered_and_the_connection_goes_on(gateway: Gateway) -> None:
    line = b"GET /api/v1/bodies?query= HTTP/1.1\r\n"
    fits = [
        request(b"/privacy", b"X: " + b"x" * (LONGEST_HEADER - 6)),
        request(b"/privacy", *(b"X-%d: x" % n for n in range(MOST_HEADERS - 2))),
        request(b"/api/v1/bodies?query=" + b"x" * (LONGEST_ADDRESS - len(line) - 1)),
    ]
    assert [read(gateway.say(one)).status for one in fits] == [200, 200, 422]
    both = gateway.say(request(b"/status") + request(b"/status", b"Connection: close"))
    assert both.count(b"HTTP/1.1 200 OK") == 2


def test_too_large_a_body_is_told_the_limits(gateway: Gateway) -> None:
    assert (LARGEST_BODY, LARGEST_UPLOAD) == (1_000_000, 3_000_000)  # as the words say
    for size in (LARGEST_BODY + 1, 4_000_000):
        ends = (b"Connection: close", b"Content-Length: %d" % size)
        json_sent = request(b"/api/v1/adhesions", b"Content-Type: application/json", *ends, method=b"POST")
        problem = read(gateway.say(json_sent + b"1" * size))
        assert (problem.status, problem.kind) == (413, "application/problem+json")
        assert "3 MB con un file, 1 MB senza" in json.loads(problem.text)["detail"]
        form = request(b"/area/request", b"Content-Type: application/x-www-form-urlencoded", *ends, method=b"POST")
        page = read(gateway.say(form + b"x" * size))
        assert (page.status, page.kind, "3 MB con un file, 1 MB senza" in page.text) == (413, "text/html", True)
