"""``python -m mailbox``: the stand-in by itself."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import warnings
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mailbox", description="A stand-in for SendGrid with an inbox.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8025)
    parser.add_argument("--state", type=Path, required=True, help="the SQLite file in which the mails are kept")
    parser.add_argument("--webhook-url", default=os.environ.get("MAILBOX_WEBHOOK_URL"), help="where event webhooks go")
    parser.add_argument("--key", default=os.environ.get("SENDGRID_KEY"), help="the only API key to accept")
    parser.add_argument("--print-webhook-key", action="store_true", help="print the public key of the webhooks and end")
    arguments = parser.parse_args()
    if arguments.print_webhook_key:
        from mailbox.signing import webhook_public_key

        arguments.state.parent.mkdir(parents=True, exist_ok=True)
        print(webhook_public_key(arguments.state))
        return 0

    warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated")
    import eventlet

    eventlet.monkey_patch()
    from eventlet import wsgi

    from mailbox.app import create_mailbox

    try:
        listener = eventlet.listen((arguments.host, arguments.port))
    except OSError as error:
        print(f"cannot listen on {arguments.host}:{arguments.port}: {error.strerror}", file=sys.stderr)
        return 1
    app = create_mailbox(arguments.state, arguments.webhook_url, arguments.key)
    server = eventlet.spawn(wsgi.server, listener, app, log_output=False, max_size=256)
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: asked.append(number))
    print(f"mailbox on http://{arguments.host}:{listener.getsockname()[1]}: no mail leaves this machine", flush=True)
    # A signal does not interrupt eventlet's wait for a request: look at short intervals whether one came.
    while not asked and not server.dead:
        eventlet.sleep(0.1)
    server.kill()
    app.extensions["mailbox"].close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
