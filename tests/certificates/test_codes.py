"""The public code: random, typo-proof, forgiving."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.certificates.documents.codes import ALPHABET, LENGTH, grouped, make_code, read_code

codes = some.binary(min_size=16, max_size=16).map(make_code)


def test_a_code_has_128_bits_and_a_check_character():
    assert len(make_code()) == LENGTH == 27
    assert make_code(bytes(16)) == "0" * 27
    assert make_code(b"\xff" * 16)[:26] == "7" + "Z" * 25


def test_codes_differ():
    assert len({make_code() for _ in range(500)}) == 500


@given(codes)
def test_what_was_printed_is_read_back(code):
    assert read_code(code) == code
    assert read_code(grouped(code)) == code
    assert read_code(f"  {grouped(code).lower()}\n") == code
    assert read_code(code.replace("0", "o").replace("1", "l")) == code
    assert read_code(code.replace("0", "O").replace("1", "i").replace("-", "–")) == code


@given(codes, some.integers(0, LENGTH - 1), some.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(code, at, other):
    if code[at] != other:
        assert read_code(code[:at] + other + code[at + 1 :]) is None


@given(codes, some.integers(0, LENGTH - 2))
def test_two_swapped_characters_are_noticed(code, at):
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert swapped == code or read_code(swapped) is None


@pytest.mark.parametrize(
    "typed",
    ["", "-", "0", "0" * 26, "0" * 28, "U" * 27, "é" * 27, "0" * 100_000, "'; DROP TABLE", "٠" * 27, "\x00" * 27],
)
def test_nonsense_is_no_code(typed):
    assert read_code(typed) is None
