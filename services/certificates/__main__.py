"""The operator's commands: ``python -m services.certificates retry-failed`` and ``verify-all``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import sqlalchemy as sa

from chassis import clock
from chassis.database import Store
from chassis.settings import BadSetting
from services.certificates.audit import audit
from services.certificates.domain import State
from services.certificates.models import Base, Certificate
from services.certificates.register import retry
from services.certificates.settings import CertificatesSettings


def retry_failed(store: Store) -> int:
    """Press again every certificate that failed; returns how many."""
    with store.transaction() as session:
        failed = session.scalars(sa.select(Certificate.id).where(Certificate.state == State.FAILED)).all()
        for certificate_id in failed:
            retry(session, certificate_id)
    return len(failed)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m services.certificates", description="Certificates, by hand.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("retry-failed", help="press again what could not be pressed, after the cause was removed")
    commands.add_parser(
        "verify-all", help="compare every certificate with its evidence and every document with its hash"
    )
    chosen = parser.parse_args(arguments)
    try:
        settings = CertificatesSettings.from_environment()
    except BadSetting as error:
        print(f"certificates: {error}", file=sys.stderr)
        return 2
    clock.follow(settings.clock_file)
    store = Store(settings.database_url, Base.metadata)
    try:
        if chosen.command == "retry-failed":
            print(f"{retry_failed(store)} certificates will be pressed again")
            return 0
        findings = 0
        for finding in audit(store):
            findings += 1
            print(f"{finding.subject}: {finding.what}")
        print("the books are right" if not findings else f"{findings} findings", file=sys.stderr)
        return 1 if findings else 0
    finally:
        store.dispose()


if __name__ == "__main__":
    sys.exit(main())
