from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from gateway.ratelimit import Window
from tests.gateway.conftest import PASSWORD


def test_a_window_counts_each_caller_and_group_and_forgets_the_last_minute() -> None:
    window = Window()
    counted = [window.count(who, group, 60.0) for who, group in [("a", "read"), ("a", "read"), ("a", "write")]]
    assert counted == [1, 2, 1]
    assert window.count("b", "read", 60.0) == 1
    assert window.count("a", "read", 119.9) == 3
    assert window.count("a", "read", 120.0) == 1
    assert len(window.counts) == 1


def headers(response) -> list[str]:
    return [response.headers.get(f"X-RateLimit-{name}") for name in ("Limit", "Remaining")]


def test_too_many_requests_are_told_to_wait(make_app: Callable[..., Flask]) -> None:
    client = make_app(rate_limit_per_minute=2).test_client()
    answers = [client.get("/api/v1/programmes") for _ in range(3)]
    if [answer.status_code for answer in answers] == [200] * 3:  # a minute ended between them
        answers = [client.get("/api/v1/programmes") for _ in range(3)]
    assert answers[-1].status_code == 429
    assert headers(answers[-1]) == ["2", "0"]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].json["status"] == 429
    assert answers[-1].content_type == "application/problem+json"


def test_each_answer_says_what_is_left(make_app: Callable[..., Flask]) -> None:
    client = make_app(rate_limit_per_minute=100).test_client()
    assert headers(client.get("/api/v1/programmes")) == ["100", "99"]
    assert headers(client.get("/api/v1/nothing"))[0] == "100"
    assert headers(client.post("/api/v1/adhesions", json={})) == ["50", "49"]
    assert headers(client.post("/api/v1/sessions", json={})) == ["5", "4"]
    assert headers(client.post("/api/v1/area-links", json={})) == ["2", "1"]
    assert headers(client.get(f"/api/v1/receipts/{'0' * 64}/document")) == ["10", "9"]
    assert headers(client.post("/api/v1/delegate-lists", json={})) == ["10", "8"]
    assert headers(client.get("/staff/login")) == ["100", "97"]


def test_staff_are_counted_by_account_wherever_they_are(make_app: Callable[..., Flask], staff: dict[str, str]) -> None:
    client = make_app(rate_limit_per_minute=100, trusted_proxies=1).test_client()
    tokens = {
        role: client.post("/api/v1/sessions", json={"email": email, "password": PASSWORD}).json["token"]
        for role, email in staff.items()
    }
    asked = [("desk", "10.0.0.1"), ("desk", "10.0.0.2"), ("secretariat", "10.0.0.1")]
    left = [
        headers(
            client.get(
                "/api/v1/sessions/current",
                headers={"Authorization": f"Bearer {tokens[role]}", "X-Forwarded-For": address},
            )
        )[1]
        for role, address in asked
    ]
    assert left == ["99", "98", "99"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/status", "/metrics"])
def test_monitors_are_never_slowed_down(make_app: Callable[..., Flask], path: str) -> None:
    client = make_app(rate_limit_per_minute=1).test_client()
    assert [client.get(path).status_code for _ in range(5)] == [200] * 5


def test_a_header_that_no_proxy_of_ours_set_does_not_hide_the_address(make_app: Callable[..., Flask]) -> None:
    client = make_app(rate_limit_per_minute=100).test_client()
    left = [
        headers(client.get("/api/v1/programmes", headers={"X-Forwarded-For": address}))[1]
        for address in ("10.0.0.1", "10.0.0.2")
    ]
    assert left == ["99", "98"]
