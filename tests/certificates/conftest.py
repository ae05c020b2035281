"""A press for the whole run (its fonts are read once), and a certificates service on each database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chassis.database import Store
from services.certificates.documents.keys import development_seal
from services.certificates.documents.render import Renderer
from services.certificates.documents.seal import Seal
from services.certificates.models import Base
from services.certificates.pressing import Press
from services.certificates.service import CertificatesService
from tests.certificates.desk import Desk


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return Renderer()


@pytest.fixture(scope="session")
def seal(tmp_path_factory: pytest.TempPathFactory) -> Seal:
    return development_seal(tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="session")
def press(seal: Seal, renderer: Renderer) -> Press:
    return Press(seal, renderer, public_url="http://127.0.0.1:8000", place="Roma")


@pytest.fixture
def store(store_for: Callable[..., Store]) -> Store:
    return store_for(Base.metadata)


@pytest.fixture
def certificates(worker: Callable[..., Any], store: Store, press: Press) -> Any:
    return worker(CertificatesService, store, press=press)


@pytest.fixture
def desk(certificates: Any, store: Store, emitted: Callable[[Store], list[Any]]) -> Desk:
    return Desk(certificates, store, emitted)
