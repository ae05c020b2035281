"""From a file or pasted text to numbered rows of cells, within limits that are looked at before anything grows."""

from __future__ import annotations

import codecs
import csv
import io
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import eventlet
from eventlet.green import subprocess
from eventlet.semaphore import Semaphore

from chassis.refusal import Refused

__all__ = ["LARGEST_FILE", "LONGEST_CELL", "MOST_ROWS", "Rows", "rows_of"]

LARGEST_FILE = 2_000_000
LARGEST_EXPANDED = 20_000_000
HIGHEST_RATIO = 100
MOST_PARTS = 500
MOST_ROWS = 1000
MOST_COLUMNS = 50
LONGEST_CELL = 1000

Rows = Iterator[tuple[int, list[str]]]
"""The number that a spreadsheet shows beside the row, and its cells; blank rows are left out."""

_WORKER = Path(__file__).with_name("worker.py")
_PATIENCE = 20.0
_AT_ONCE = Semaphore(2)
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
"""The older Excel, and every workbook with a password."""


def rows_of(content: bytes | str) -> list[tuple[int, list[str]]]:
    """The rows of the table, or ``Refused`` with the limit that it is beyond."""
    size = len(content)
    if size > LARGEST_FILE:
        raise Refused("list_too_large", max_mb=LARGEST_FILE // 1_000_000)
    if isinstance(content, bytes) and content.startswith(b"PK"):
        table = _workbook(content)
    else:
        table = _text_table(_decoded(content) if isinstance(content, bytes) else content)
    rows: list[tuple[int, list[str]]] = []
    for number, cells in table:
        if len(cells) > MOST_COLUMNS:
            raise Refused("list_too_wide", max=MOST_COLUMNS)
        rows.append((number, cells))
        if len(rows) > MOST_ROWS:
            raise Refused("list_too_long", max=MOST_ROWS)
    if not rows:
        raise Refused("list_empty")
    return rows


def _decoded(content: bytes) -> str:
    """The text, in whatever encoding an office program chose. What is no UTF-8 is taken for Windows' Latin."""
    if content.startswith(_OLD_EXCEL):
        raise Refused("list_unreadable")
    try:
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return content.decode("utf-16")
        if content[:200].count(0) > len(content[:200]) // 4:
            return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be")
    except UnicodeDecodeError as error:
        raise Refused("list_unreadable") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _text_table(text: str) -> Rows:
    """CSV by semicolon, comma or tab, whichever its first filled line has most of."""
    start = text.removeprefix("\ufeff")[:2000]
    if sum(not (letter.isprintable() or letter in "\r\n\t") for letter in start) > len(start) // 20:
        raise Refused("list_unreadable")
    head = next((line for line in start.splitlines() if line.strip()), "")
    delimiter = max(";,\t", key=head.count)
    table = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter)
    try:
        for number, cells in enumerate(table, 1):
            while cells and not cells[-1].strip():
                cells.pop()
            if cells:
                yield number, cells
    except csv.Error as error:
        raise Refused("list_unreadable") from error


def _workbook(content: bytes) -> Rows:
    """The first filled sheet, read by a process that may not grow; formulas come as the values that were saved."""
    _check_archive(content)
    command = (sys.executable, "-I", str(_WORKER), *map(str, (MOST_ROWS, MOST_COLUMNS, LONGEST_CELL)))
    with (
        _AT_ONCE,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reader,
    ):
        try:
            with eventlet.Timeout(_PATIENCE):
                written, _nothing = reader.communicate(content)
        except eventlet.Timeout as error:
            raise Refused("list_too_heavy") from error
        finally:
            reader.kill()
    if reader.returncode < 0:  # ended by the system, for its memory or its time
        raise Refused("list_too_heavy")
    if reader.returncode:
        raise Refused("list_unreadable")
    return ((number, cells) for number, cells in map(json.loads, written.splitlines()))


def _check_archive(content: bytes) -> None:
    """What the archive's directory says that it unpacks to. One that lies meets the limits of the reading process."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Refused("list_unreadable") from error
    expanded = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or expanded > LARGEST_EXPANDED:
        raise Refused("list_too_heavy")
    if any(part.file_size > max(1_000_000, HIGHEST_RATIO * part.compress_size) for part in parts):
        raise Refused("list_too_heavy")
