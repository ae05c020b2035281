"""``python -m gateway create-staff`` makes a staff account, ``verify-audit`` checks the audit log's chain,
``openapi`` prints the API's description."""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import sys
from collections.abc import Sequence

from chassis.database import Store
from chassis.settings import ServiceSettings
from gateway import api, audit
from gateway.accounts import create_account
from gateway.models import ROLES, Base

__all__ = ["main"]


def openapi() -> str:
    """The API's description as it is kept in ``docs/openapi.json``."""
    return json.dumps(api.description(ServiceSettings.public_url), indent=2, ensure_ascii=False) + "\n"


def create_staff(email: str, name: str, role: str, is_given: bool) -> int:
    """Make the account; a password that nobody gave is made up and shown this once."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        print("DATABASE_URL is not set", file=sys.stderr)
        return 2
    password = sys.stdin.readline().rstrip("\n") if is_given else secrets.token_urlsafe(15)
    store = Store(url, Base.metadata)
    try:
        made = create_account(store, email, name, role, password)
        with store.transaction() as session:
            audit.append(
                session,
                actor="operator",
                role="operator",
                via="command",
                action="create-staff",
                thing=json.dumps({"account_id": made.id}),
                outcome="done",
            )
    except ValueError as error:
        print(f"no account was made: {error}", file=sys.stderr)
        return 1
    finally:
        store.dispose()
    if not is_given:
        print(password)
    return 0


def verify_audit(noted: str | None) -> int:
    """Say whether the chain is whole, and where it ends; or which row is the first that is broken."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        print("DATABASE_URL is not set", file=sys.stderr)
        return 2
    number, _, digest = (noted or "").partition(":")
    store = Store(url, Base.metadata)
    try:
        found = audit.verify(store, audit.Head(int(number), digest) if noted else None)
    finally:
        store.dispose()
    if isinstance(found, audit.Broken):
        print(f"the audit log is broken at row {found.sequence}: {found.why}", file=sys.stderr)
        return 1
    print(f"the audit log is whole: {found.sequence} rows; its head is {found.sequence}:{found.hash}")
    return 0


def _head(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,9}:[0-9a-f]{64}", text):
        raise argparse.ArgumentTypeError("a head is a number, a colon and 64 hexadecimal digits")
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gateway", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("openapi", help="print the API's description")
    staff = commands.add_parser("create-staff", help="make a staff account in DATABASE_URL")
    staff.add_argument("--email", required=True)
    staff.add_argument("--name", required=True)
    staff.add_argument("--role", required=True, choices=ROLES)
    staff.add_argument("--password", choices=["-"], help="read it from standard input, instead of making one up")
    chain = commands.add_parser("verify-audit", help="check the chain of the audit log in DATABASE_URL")
    chain.add_argument("--noted", type=_head, help="a head that was noted down before, and must still be in the chain")
    chosen = parser.parse_args(arguments)
    if chosen.command == "openapi":
        sys.stdout.write(openapi())
        return 0
    if chosen.command == "verify-audit":
        return verify_audit(chosen.noted)
    return create_staff(chosen.email, chosen.name, chosen.role, bool(chosen.password))


if __name__ == "__main__":
    sys.exit(main())
