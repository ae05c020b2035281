"""``python -m embedded run``: a whole platform in one process, with nothing installed but Python."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from datetime import date
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m embedded", description=__doc__)
    run = parser.add_subparsers(dest="command", required=True).add_parser("run", help="start, and stay until Ctrl-C")
    run.add_argument("--port", type=int, default=8000, help="where the pages are (default %(default)s)")
    run.add_argument("--mailbox-port", type=int, default=8025, help="where the mailbox is (default %(default)s)")
    run.add_argument("--state", type=Path, default=Path("var"), help="where everything is kept (default %(default)s)")
    run.add_argument("--clock-file", type=Path, help="for rehearsals: a file with an offset, by which time is moved")
    run.add_argument(
        "--today",
        type=date.fromisoformat,
        help="what day it is at the first start, such as 2017-05-16; from there time goes on. Default: the machine's",
    )
    chosen = parser.parse_args(arguments)

    warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated")
    import eventlet

    eventlet.monkey_patch()  # before anything imports a socket
    from embedded.platform import CannotStart, run_platform

    try:
        return run_platform(chosen.state.absolute(), chosen.port, chosen.mailbox_port, chosen.clock_file, chosen.today)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
