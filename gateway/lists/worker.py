"""Reads the first filled sheet of a workbook, in a process of its own: bytes in, its rows out as a line of JSON each.

calamine lays a sheet out as a whole rectangle: a file of 5 KB whose only cells are the first and the last one asks for
512 GB, and aborts its process. So that process is this one, and the system holds it to its memory and its time. It
imports nothing of ours, so that it starts quickly; what it cannot read ends it with a traceback.
"""

from __future__ import annotations

import io
import json
import resource
import sys

import python_calamine

_MEMORY = 400_000_000
_SECONDS = 5


def main(most_rows: int, most_columns: int, longest_cell: int) -> None:
    """Rows that are not blank, each with its number; one more than permitted shows that there are more."""
    limits = [(resource.RLIMIT_CPU, _SECONDS), (resource.RLIMIT_CORE, 0)]
    if sys.platform == "linux":  # elsewhere the kernel does not hold to it, and may refuse to take it
        limits.append((resource.RLIMIT_AS, _MEMORY))
    for kind, most in limits:
        resource.setrlimit(kind, (most, most))
    workbook = python_calamine.load_workbook(io.BytesIO(sys.stdin.buffer.read()))
    sheets = map(workbook.get_sheet_by_name, workbook.sheet_names)
    sheet = next((one for one in sheets if one.start is not None), None)
    if sheet is None:
        return
    written = 0
    for number, cells in enumerate(sheet.iter_rows(), 1):
        texts = [_text(cell)[: longest_cell + 1] for cell in cells]
        while texts and not texts[-1].strip():
            texts.pop()
        if not texts:
            continue
        sys.stdout.write(json.dumps([number, texts[: most_columns + 1]]) + "\n")
        written += 1
        if written > most_rows:
            break


def _text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
