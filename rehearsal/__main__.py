"""``make rehearsal BODIES=2341 MODE=embedded|distributed``: a whole programme, and one line of JSON at the end.

Ends with 0 when the books agree: nothing lost, doubled, overbooked or wrong.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from pathlib import Path

from rehearsal.books import check
from rehearsal.client import NotAccepted
from rehearsal.platform import Platform
from rehearsal.play import Rehearsal


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description=__doc__)
    parser.add_argument("--bodies", type=int, default=60, help="how many municipalities join (default 60)")
    parser.add_argument("--mode", choices=("embedded", "distributed"), default="embedded")
    parser.add_argument("--seconds", type=int, default=10, help="the planner's time (default 10)")
    parser.add_argument("--seed", type=int, default=2017, help="the same seed, the same people")
    parser.add_argument("--state", type=Path, help="where to keep the platform's files; default: nowhere")
    asked = parser.parse_args()
    if asked.bodies < 1:
        parser.error("at least one body must join")

    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch:
        state = asked.state or Path(scratch)
        start = Platform.embedded if asked.mode == "embedded" else Platform.distributed
        with start(state) as platform:
            began = time.monotonic()
            play = Rehearsal(platform, asked.bodies, asked.seconds, asked.seed)
            try:
                play.play()
                findings, figures = check(play)
            except NotAccepted as error:
                print(f"The rehearsal stopped: {error}", file=sys.stderr)
                print(platform.log_tail(), file=sys.stderr)
                return 1
            seconds = time.monotonic() - began
            memory = platform.memory()

    for name in ("lost", "doubled", "overbooked", "wrong"):
        for what, number in getattr(findings, name).items():
            if number:
                print(f"{name}: {number} {what}", file=sys.stderr)
    summary = {
        "mode": asked.mode,
        "bodies": asked.bodies,
        **figures,
        "lost": sum(findings.lost.values()),
        "doubled": sum(findings.doubled.values()),
        "overbooked": sum(findings.overbooked.values()),
        "wrong": sum(findings.wrong.values()),
        "seconds": round(seconds, 1),
        "memory_mb": round(memory / 2**20),
    }
    print(json.dumps(summary))
    return 0 if findings.clean else 1


if __name__ == "__main__":
    sys.exit(main())
