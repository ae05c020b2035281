"""A whole platform in each mode, started once for all journeys of a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.platform import Platform


@pytest.fixture(scope="module", params=["embedded", "distributed"])
def platform(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    directory: Path = tmp_path_factory.mktemp(f"platform-{request.param}")
    start = Platform.embedded if request.param == "embedded" else Platform.distributed
    with start(directory) as running:
        yield running
