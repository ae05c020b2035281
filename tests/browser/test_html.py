"""The source of every page against the W3C's validator (vnu): ``make html-check`` brings it; it needs Java."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.browser.conftest import Visit
from tests.browser.pages import IN_AREA, LINKED, OWN, PAGES, PUBLIC, STAFF
from tests.browser.story import Story

VNU = os.environ.get("VNU_JAR", "")


@pytest.mark.skipif(not VNU, reason="VNU_JAR is not set: make html-check")
def test_the_source_of_every_page_is_valid(story: Story, visit: Visit, tmp_path: Path) -> None:
    assert story.attested
    for language in ("it", "en"):
        page = visit("/", language=language)
        story.while_invited()
        story.enter_own(page)
        story.while_open()
        story.enter_area(page)
        sources = {route: to(story) for route, to in (PUBLIC | LINKED | IN_AREA | OWN).items()}
        story.log_in(page)
        sources |= {route: to(story) for route, to in STAFF.items()}
        sources["missing"] = "/nothing-here"
        for route, path in sources.items():
            name = re.sub(r"\W+", "-", f"{language}{route}")
            (tmp_path / f"{name}.html").write_text(page.request.get(path).text(), encoding="utf-8")
    assert len(list(tmp_path.iterdir())) == 2 * (len(PAGES) + 1)
    command = [
        "java",
        "-jar",
        VNU,
        "--format",
        "json",
        "--errors-only",
        "--stdout",
        "--exit-zero-always",
        str(tmp_path),
    ]
    said = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=True).stdout
    messages = [f"{Path(one['url']).stem} {one['lastLine']}: {one['message']}" for one in json.loads(said)["messages"]]
    assert messages == []
