"""The public code of a certificate: what the QR carries and what people type.

128 random bits in Crockford's base32 (no I, L, O, U), 26 characters, and a check character. The check character is the
parity symbol of a Reed-Solomon code over GF(32), so that any one wrong character and any two swapped characters are
noticed before the database is asked. The code grants nothing but a look at what the paper already says.
"""

from __future__ import annotations

import secrets

__all__ = ["ALPHABET", "LENGTH", "grouped", "make_code", "read_code"]

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 27

_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS = str.maketrans("", "", " -\u2010\u2011\u2012\u2013\u2014\u00a0\t\r\n")


def make_code(randomness: bytes | None = None) -> str:
    """A new code of 27 characters, from 16 random bytes."""
    number = int.from_bytes(secrets.token_bytes(16) if randomness is None else randomness, "big")
    digits = "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
    return digits + ALPHABET[_parity(digits)]


def read_code(typed: str) -> str | None:
    """The code that was meant by what somebody typed, or ``None`` when it can be none.

    Lower case, spaces and dashes, O for 0, I or L for 1 are read as what they look like.
    """
    if len(typed) > 4 * LENGTH:
        return None
    code = typed.translate(_SEPARATORS).upper().translate(_READ_AS)
    if len(code) != LENGTH or any(character not in _VALUE for character in code):
        return None
    return code if ALPHABET[_parity(code[:-1])] == code[-1] else None


def grouped(code: str) -> str:
    """The code as it is printed: groups of three, easy to read aloud and to type."""
    return "-".join(code[start : start + 3] for start in range(0, len(code), 3))


def _parity(digits: str) -> int:
    """The value that brings the polynomial of the digits to zero at α, a generator of GF(32) (x⁵ + x² + 1)."""
    total = 0
    for digit in digits:
        total = _times_alpha(total) ^ _VALUE[digit]
    return _times_alpha(total)


def _times_alpha(value: int) -> int:
    value <<= 1
    return value ^ 37 if value & 32 else value
