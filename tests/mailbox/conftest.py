"""A stand-in that the test talks to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from mailbox.app import create_mailbox


@pytest.fixture
def opened() -> Iterator[Callable[..., FlaskClient]]:
    apps = []

    def build(state_file: Path, **given: Any) -> FlaskClient:
        app = create_mailbox(state_file, **given)
        apps.append(app)
        return app.test_client()

    yield build
    for app in apps:
        app.extensions["mailbox"].close()


@pytest.fixture
def mailbox(opened: Callable[..., FlaskClient], tmp_path: Path) -> FlaskClient:
    return opened(tmp_path / "mailbox.db")
