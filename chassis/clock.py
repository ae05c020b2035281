"""Time, in one place, so that a rehearsal or a test can move it.

``now`` is the programme's time: dates, windows and deadlines. ``machine_now`` is the machine's: leases, retries and
logs, which must not jump when somebody rehearses next year.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

_offset = timedelta()
_file: Path | None = None
_file_seen: tuple[int, int] | None = None


def follow(path: Path | None) -> None:
    """Take the offset, in seconds, from this file from now on, also when it changes; ``None`` follows the machine."""
    global _file, _file_seen, _offset
    _file, _file_seen, _offset = path, None, timedelta()


def set_offset(seconds: float) -> None:
    """Move the programme's time against the machine's."""
    global _offset
    _offset = timedelta(seconds=seconds)


def write_offset(path: Path, moment: datetime) -> None:
    """Make ``moment`` the present for every process that follows this file."""
    draft = path.with_suffix(".draft")
    draft.write_text(f"{(moment - machine_now()).total_seconds():.3f}\n")
    draft.replace(path)


def machine_now() -> datetime:
    return datetime.now(UTC)


def now() -> datetime:
    """The programme's present, aware and in UTC."""
    if _file is not None:
        _read_again()
    return machine_now() + _offset


def _read_again() -> None:
    global _file_seen, _offset
    assert _file is not None
    try:
        status = _file.stat()
    except FileNotFoundError:
        return
    seen = (status.st_mtime_ns, status.st_ino)
    if seen != _file_seen:
        _offset = timedelta(seconds=float(_file.read_text()))
        _file_seen = seen
