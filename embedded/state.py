"""The directory in which a platform of one machine keeps everything: secrets, databases, queues, mails and its log."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["StateUnusable", "held", "secrets_of"]

_MAKERS: dict[str, Callable[[], str]] = {
    "link_secret": lambda: secrets.token_urlsafe(32),
    "secret_key": lambda: secrets.token_urlsafe(32),
    "sendgrid_key": lambda: f"SG.local.{secrets.token_urlsafe(16)}",
    "staff_email": lambda: "admin@example.org",
    "staff_password": lambda: secrets.token_urlsafe(12),
}


class StateUnusable(Exception):
    """The platform cannot live in this directory; the message is a sentence that says why."""


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Make the directory and keep other platforms out of it while the block runs; the lock dies with the process."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (directory / "lock").open("w")
    except OSError as error:
        raise StateUnusable(f"{directory} cannot be written: {error.strerror}.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateUnusable(f"{directory} is in use: a platform is running there already.") from None
        yield


def secrets_of(directory: Path) -> dict[str, str]:
    """The secrets of this platform, made when they are first asked for, readable by its owner only."""
    file = directory / "secrets.json"
    try:
        kept = json.loads(file.read_text()) if file.exists() else {}
        made = {name: kept.get(name) or make() for name, make in _MAKERS.items()}
        if made != kept:
            draft = file.with_suffix(".draft")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as written:
                json.dump(made, written, indent=2)
            draft.replace(file)
    except (OSError, ValueError, AttributeError) as error:
        raise StateUnusable(f"{file} cannot be used: {error}.") from error
    return made
