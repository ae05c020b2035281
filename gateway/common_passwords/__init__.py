"""Passwords that are guessed first: common ones, and those that are made of one's own name or address.

As NIST SP 800-63B asks: length counts, no kinds of characters are demanded, and a new password is compared with a list
of common ones and with what is known of its owner. ``README.md`` says whose ``list.txt`` is, and how to renew it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

__all__ = ["fault"]

_LIST = Path(__file__).with_name("list.txt")
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_SHORTEST_WORD = 3
_LEFT = 4
"""Fewer letters than these, beside one's own words, make no password."""


def fault(password: str, *own: str) -> str | None:
    """``common_password``, or ``like_yourself`` where it is hardly more than the ``own`` names and addresses; or none.

    A common password stays one with digits and signs around it, in capitals, and said twice. A row of letters or
    digits, and what repeats three or fewer, are common too.
    """
    said = _folded(password)
    if any(each in _common() or len(each) <= _SHORTEST_WORD or _is_a_row(each) for each in _cores(said)):
        return "common_password"
    left = said
    for word in sorted({word for text in own for word in _words(text)}, key=len, reverse=True):
        left = left.replace(word, "")
    return "like_yourself" if left != said and sum(map(str.isalpha, left)) < _LEFT else None


def _cores(said: str) -> Iterator[str]:
    """The password itself, and what stands between digits and signs; each also without its repetitions."""
    for core in {said, _AROUND.sub("", said)} - {""}:
        yield core
        yield core[: (core + core).index(core, 1)]


def _is_a_row(text: str) -> bool:
    return len({ord(after) - ord(before) for before, after in pairwise(text)}) == 1


@cache
def _common() -> frozenset[str]:
    return frozenset(_LIST.read_text(encoding="utf-8").split("\n"))


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W_]+", _folded(text)) if len(word) >= _SHORTEST_WORD]


def _folded(text: str) -> str:
    """Without capitals and accents: who guesses tries both."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))
