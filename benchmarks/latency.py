"""From the commit of an adhesion to its letter in the stand-in mailbox, on an idle platform.

Between the two: outbox, relay, broker, inbox and effect, the rendering of the letter, its claim and its sending. The
yardstick of the same run: one GET of the mailbox's counts, which is also how the letter is seen.
``python -m benchmarks.latency``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from rehearsal.client import Api
from rehearsal.people import adhesion_of, eligible_bodies
from rehearsal.platform import Platform


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__)
    parser.add_argument("--mode", choices=("embedded", "distributed"), default="distributed")
    parser.add_argument("--letters", type=int, default=30)
    asked = parser.parse_args()
    start = Platform.embedded if asked.mode == "embedded" else Platform.distributed
    with tempfile.TemporaryDirectory(prefix="bench-latency-") as scratch, start(Path(scratch)) as platform:
        api, mailbox = Api(platform.url), Api(platform.mailbox_url)
        programme = api.get("/api/v1/programmes")["items"][0]
        platform.set_clock(datetime.fromisoformat(programme["adhesion_opens"]) + timedelta(days=1))
        took, looks = [], []
        for number, body in enumerate(eligible_bodies(programme, asked.letters, 3), 1):
            api.post("/api/v1/adhesions", adhesion_of(body, programme, 3))
            began = time.perf_counter()
            while True:
                look = time.perf_counter()
                accepted = mailbox.get("/api/counts")["accepted"]
                looks.append(time.perf_counter() - look)
                if accepted >= number:
                    break
            took.append(time.perf_counter() - began)
    # The first ones meet cold templates and connections.
    settled = sorted(took[5:])
    print(
        json.dumps(
            {
                "mode": asked.mode,
                "median_ms": round(1000 * statistics.median(settled), 1),
                "p95_ms": round(1000 * settled[int(len(settled) * 0.95)], 1),
                "one_look_ms": round(1000 * statistics.median(looks), 1),
                "ratio": round(statistics.median(settled) / statistics.median(looks), 1),
            }
        )
    )


if __name__ == "__main__":
    main()
