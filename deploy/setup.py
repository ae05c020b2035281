"""The one-shot of ``docker-compose.yml``: databases and roles, migrations, what the programme starts from, the first
account. Reads ``SERVER_URL``, ``<NAME>_DATABASE_URL`` of each deployable, ``STAFF_EMAIL``, ``STAFF_PASSWORD`` and
``MAILBOX_STATE``. Safe to repeat, and repeated at each start.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg2
import sqlalchemy as sa

from deploy.prepare import furnish
from embedded.deployables import DEPLOYABLES
from mailbox.signing import webhook_public_key


def set_up(environment: Mapping[str, str]) -> None:
    """Do all of it; raise ``KeyError`` when a variable is not set."""
    settings = {
        one.name: {**environment, "DATABASE_URL": environment[f"{one.name.upper()}_DATABASE_URL"]}
        for one in DEPLOYABLES
    }
    furnish(environment["SERVER_URL"], settings, environment["STAFF_EMAIL"], environment["STAFF_PASSWORD"])
    mails = Path(environment["MAILBOX_STATE"])
    mails.with_name("webhook-key").write_text(webhook_public_key(mails))


def main() -> int:
    try:
        set_up(os.environ)
    except KeyError as error:
        print(f"{error.args[0]} is not set", file=sys.stderr)
        return 2
    except (psycopg2.Error, sa.exc.SQLAlchemyError, OSError, RuntimeError) as error:
        print(f"The platform cannot be set up: {error}", file=sys.stderr)
        return 1
    print(f"Staff    {os.environ.get('PUBLIC_URL', '')}/staff/login   {os.environ['STAFF_EMAIL']}  (password in .env)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
