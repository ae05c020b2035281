"""What takes long in a database keeps nobody else waiting."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_others_go_on_while_a_statement_or_a_large_commit_is_aside(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "tests.chassis.standing", f"sqlite:///{tmp_path / 'rows.db'}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]).stdout
    assert json.loads(told) == {
        "statement": False,
        "statement aside": True,
        "small commit": False,
        "large commit": True,
    }
