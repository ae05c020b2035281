"""Logging in with an identity provider at a real gateway process, where eventlet has made every socket green."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import requests

from chassis.database import Store
from gateway.models import Base
from tests.gateway.test_oidc import Provider, account, invite
from tests.gateway.test_oidc import installed as installed
from tests.gateway.test_oidc import mock as mock
from tests.gateway.test_oidc import npm as npm
from tests.gateway.test_oidc import provider as provider
from tests.gateway.test_process import Gateway, free_port
from tests.gateway.test_process import namespace as namespace
from tests.gateway.test_process import url as url

SECONDS = 30
Start = Callable[..., Gateway]


@pytest.fixture
def start(url: str, namespace: str) -> Iterator[Start]:
    """``start(issuer)`` is a gateway that lets its staff come in by this provider."""
    running: list[Gateway] = []

    def run(issuer: str, **environment: str) -> Gateway:
        given = {
            "PUBLIC_URL": "http://localhost:8000",  # as the provider of npm knows it
            "OIDC_ISSUER": issuer,
            "OIDC_CLIENT_ID": "coalizione",
            "OIDC_CLIENT_SECRET": "a secret for the tests",
            **environment,
        }
        running.append(Gateway(url, free_port(), namespace, **given))
        running[0].wait_until_ready()
        return running[0]

    yield run
    for one in running:
        one.process.kill()
        one.process.communicate()


@contextmanager
def staff_of(url: str) -> Iterator[Store]:
    store = Store(url, Base.metadata)
    yield store
    store.dispose()


def ask(browser: requests.Session, address: str) -> requests.Response:
    return browser.get(address, timeout=SECONDS, allow_redirects=False)


def test_an_invited_person_comes_in_and_goes_out(start: Start, provider: Provider, url: str) -> None:
    with staff_of(url) as store:
        invite(store)
        gateway = start(provider.issuer)
        browser = requests.Session()
        for _ in range(2):
            away = ask(browser, f"{gateway.at}/staff/login/oidc?next=/staff/sessions")
            assert (away.status_code, away.headers["Location"].startswith(provider.issuer)) == (303, True)
            back = urlsplit(provider.log_in(away.headers["Location"], "eva"))
            callback = f"{gateway.at}{back.path}?{back.query}"
            come = ask(browser, callback)
            assert (come.status_code, come.headers["Location"]) == (303, "/staff/sessions")
            page = ask(browser, f"{gateway.at}/staff/sessions")
            assert (page.status_code, "Eva Riva" in page.text) == (200, True)
            token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
            assert token is not None
            form = {"csrf_token": token[1]}
            browser.post(f"{gateway.at}/staff/logout", data=form, timeout=SECONDS, allow_redirects=False)
            assert ask(browser, f"{gateway.at}/staff/sessions").status_code == 303
        assert ask(browser, callback).status_code == 401
        assert account(store) == ("Eva Riva", "active", f"{provider.issuer} eva")
    code, log = gateway.stop()
    assert (code, "Traceback" in log, "eva@example.org" in log) == (0, False, False)


def test_a_silent_provider_holds_up_nobody_else(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor(1) as other:
        gateway = start(f"http://127.0.0.1:{silent.getsockname()[1]}", OIDC_TIMEOUT="5")
        asked = other.submit(requests.get, f"{gateway.at}/staff/login/oidc?lang=en", timeout=SECONDS)
        silent.settimeout(SECONDS)
        connection, _ = silent.accept()
        with connection:
            assert requests.get(f"{gateway.at}/status", timeout=SECONDS).status_code == 200
            assert not asked.done()
            answer = asked.result(SECONDS)
    assert (answer.status_code, "The identity provider does not answer" in answer.text) == (503, True)
