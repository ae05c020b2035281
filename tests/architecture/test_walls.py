"""The walls of the house, where a tool for imports cannot see them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("contracts", "chassis", "services", "gateway", "embedded", "mailbox", "rehearsal")


def sources() -> list[Path]:
    return [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]


def test_imports_keep_to_the_layers():
    lint = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert lint.returncode == 0, lint.stdout


def test_time_comes_from_the_clock():
    """Domain time can be moved; a call of the machine's clock elsewhere would not follow."""
    allowed = {"chassis/clock.py", "contracts/event.py"}
    wrong = [
        str(path.relative_to(ROOT))
        for path in sources()
        if str(path.relative_to(ROOT)) not in allowed
        and re.search(r"datetime\.(now|utcnow|today)\(|date\.today\(", path.read_text("utf-8"))
    ]

    assert wrong == []


def test_no_room_is_a_junk_drawer():
    names = {"common", "utils", "util", "helpers", "helper", "misc", "manager"}
    wrong = [str(path.relative_to(ROOT)) for path in sources() if {path.stem, path.parent.name} & names]

    assert wrong == []


def test_psycopg_is_the_one_that_eventlet_patches():
    """``postgresql://`` means psycopg 3, which blocks the whole process under eventlet."""
    wrong = [
        str(path.relative_to(ROOT)) for path in sources() if re.search(r"[\"']postgresql://", path.read_text("utf-8"))
    ]

    assert wrong == []


def test_a_migration_reads_nothing_that_may_change():
    """What the parts and the contracts hold today would rewrite what an installation went through years ago."""
    live = re.compile(r"^(from|import) (services|gateway|contracts)\b", re.MULTILINE)
    wrong = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.parent.name == "versions" and live.search(path.read_text("utf-8"))
    ]

    assert wrong == []
