"""``python -m tests.lighthouse``: Lighthouse's marks for the public pages on a telephone; 98 of 100 are needed in each.

It needs lighthouse 12.8.2 on the path (``make lighthouse`` brings it), and Chromium in ``CHROME_PATH`` or on the path.
The page that shows the API is measured too, but for its speed: Redoc's program alone is a third of a megabyte.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from rehearsal.client import Api
from rehearsal.platform import Platform

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
NEEDED = 98
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
PATHS = (
    *("/", "/programmes/{code}", "/programmes/{code}/joined", "/programmes/{code}/adhesion", "/verify"),
    *("/area/request", "/privacy", "/accessibility", "/legal-notes", "/contacts", "/staff/login", "/api-reference"),
)
NOT_MEASURED = {("/api-reference", "performance")}
DONE_ON_PURPOSE = {("/staff/login", "seo")}
"""A page that asks not to be indexed loses Lighthouse's points for being found."""


def marks(url: str, report: Path, runs: int) -> dict[str, int]:
    """Of 100, by category: the median of several visits, since a machine that does other things too measures them."""
    visits = [_visit(url, report) for _ in range(runs)]
    return {name: round(statistics.median(visit[name] for visit in visits)) for name in CATEGORIES}


def _visit(url: str, report: Path) -> dict[str, float]:
    command = [
        *("lighthouse", url, "--quiet", "--output=json", f"--output-path={report}"),
        *(f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={FLAGS}"),
    ]
    chromium = os.environ.get("CHROME_PATH") or os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
    subprocess.run(command, check=True, env=os.environ | {"CHROME_PATH": chromium})
    found = json.loads(report.read_text(encoding="utf-8"))
    for one in found["audits"].values():
        if one["score"] is not None and one["score"] < 0.9 and one["scoreDisplayMode"] == "binary":
            print(f"    {one['id']}: {one['title']}")
    return {name: 100 * (found["categories"][name]["score"] or 0) for name in CATEGORIES}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lighthouse", description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3, help="visits of each page (default %(default)s)")
    runs = parser.parse_args(arguments).runs
    low = []
    with tempfile.TemporaryDirectory() as directory, Platform.embedded(Path(directory) / "state") as platform:
        programme = Api(platform.url).get("/api/v1/programmes")["items"][0]
        platform.set_clock(datetime.fromisoformat(programme["adhesion_opens"]) + timedelta(days=14))
        for path in PATHS:
            url = platform.url + path.format(code=programme["code"])
            found = marks(url, Path(directory) / "report.json", runs)
            print(f"{path:32}", *(f"{name} {mark:3}" for name, mark in found.items()), flush=True)
            skipped = NOT_MEASURED | DONE_ON_PURPOSE
            low += [(path, name) for name, mark in found.items() if mark < NEEDED and (path, name) not in skipped]
    print("low:", low or "none")
    return int(bool(low))


if __name__ == "__main__":
    sys.exit(main())
