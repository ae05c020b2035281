"""Clock, links, refusals, logs."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis import clock as house_clock
from chassis.links import BadLink, ExpiredLink, make_link_token, read_link_token
from chassis.logging import _Line, correlated
from chassis.refusal import Forbidden, Invalid, KeyReused, Missing, Refused, Unavailable, from_wire
from chassis.rpc import error_to_wire

SECRET = "s" * 40
NOW = datetime(2017, 6, 1, 12, tzinfo=UTC)


def test_the_clock_follows_a_file(tmp_path: Path):
    path = tmp_path / "offset"
    house_clock.follow(path)
    try:
        before = house_clock.now() - house_clock.machine_now()
        house_clock.write_offset(path, datetime(2017, 6, 1, 12, tzinfo=UTC))

        assert abs(before) < timedelta(seconds=1)
        assert house_clock.now().date().isoformat() == "2017-06-01"
        assert house_clock.machine_now().year > 2017
    finally:
        house_clock.follow(None)


def test_a_link_grants_its_subject_for_its_purpose_and_time():
    token = make_link_token(SECRET, "body-area", "subject", NOW)

    assert read_link_token(SECRET, "body-area", token, NOW + timedelta(days=1), 86_400) == "subject"
    with pytest.raises(ExpiredLink):
        read_link_token(SECRET, "body-area", token, NOW + timedelta(days=1, seconds=1), 86_400)
    with pytest.raises(BadLink):
        read_link_token(SECRET, "confirm-adhesion", token, NOW, 86_400)
    with pytest.raises(BadLink):
        read_link_token("t" * 40, "body-area", token, NOW, 86_400)


@pytest.mark.parametrize("token", ["", ".", "a.b", "x" * 10_000, "\x00", "ünïcode", "eyJhIjoxfQ.c2ln"])
def test_a_forged_link_is_bad(token: str):
    with pytest.raises(BadLink):
        read_link_token(SECRET, "body-area", token, NOW, 86_400)


@pytest.mark.parametrize(
    "error",
    [
        Refused("too_late", closed_at="2017-06-30"),
        Missing("adhesion"),
        Forbidden("adhesion"),
        KeyReused(),
        Invalid({"email": ["invalid"]}),
        Unavailable("enrollment"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_answer_crosses_the_wire_whole(error: Exception):
    wired = json.loads(json.dumps(error_to_wire(error, "enrollment")))
    read = from_wire(wired)

    assert type(read) is type(error)
    assert vars(read) == vars(error)


def test_an_accident_crosses_the_wire_without_its_text():
    wired = error_to_wire(ValueError("Ada's secret"), "enrollment")

    assert wired == {"kind": "internal"}


def test_nested_messages_become_dotted_paths():
    messages = {
        "contact": {"email": ["Not a valid email address."]},
        "delegates": {0: {"role": ["Unknown."]}},
        "_schema": ["No."],
    }

    assert Invalid.from_messages(messages).errors == {
        "contact.email": ["Not a valid email address."],
        "delegates.0.role": ["Unknown."],
        "_": ["No."],
    }


def test_a_log_line_is_json_with_its_request_and_without_the_errors_text():
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "adhesion_refused", None, None)
    record.adhesion_id = "a1"
    try:
        raise ValueError("Ada Rossi, ada@comune.example")
    except ValueError as error:
        record.exc_info = (ValueError, error, error.__traceback__)
    with correlated("request-7"):
        line = json.loads(_Line("enrollment").format(record))

    assert {key: line[key] for key in ("level", "service", "event", "correlation_id", "adhesion_id", "error")} == {
        "level": "error",
        "service": "enrollment",
        "event": "adhesion_refused",
        "correlation_id": "request-7",
        "adhesion_id": "a1",
        "error": "ValueError",
    }
    assert "Ada" not in json.dumps(line)
