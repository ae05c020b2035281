"""Make ``list.txt`` anew from the package that it comes from; ``README.md`` says how."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
SHORTEST = 4
"""Shorter ones are nothing that somebody would put digits around to come to twelve characters."""


def build(package: Path) -> None:
    words = json.loads((package / "src/passwords.json").read_text(encoding="utf-8"))
    kept = [word for word in words if len(word) >= SHORTEST and word.isprintable() and not word.isspace()]
    (HERE / "list.txt").write_text("\n".join(dict.fromkeys(kept)), encoding="utf-8")
    shutil.copyfile(package / "LICENSE.txt", HERE / "LICENSE")


if __name__ == "__main__":
    build(Path(sys.argv[1]).resolve())
