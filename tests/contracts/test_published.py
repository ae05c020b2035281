"""What was published stays readable; every event has a sample; names travel in the contact events only."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from contracts.describe import json_schema
from contracts.freeze import breaks, frozen_schemas, main
from contracts.registry import BY_TYPE, REGISTRY

SAMPLES = Path(__file__).parents[2] / "contracts" / "samples"
IDENTITY = {"id": uuid4(), "occurred_at": datetime(2017, 7, 3, tzinfo=UTC)}
PERSONAL = {"given_name", "family_name", "email", "phone", "tax_code", "address"}


def test_the_published_schemas_hold():
    assert main(["--check"]) == 0


def test_every_event_has_a_sample_and_every_sample_an_event():
    assert {path.stem for path in SAMPLES.glob("*.json")} == set(BY_TYPE)


@pytest.mark.parametrize("type_", sorted(BY_TYPE))
def test_a_sample_reads_and_writes_back_the_same(type_: str):
    message = json.loads((SAMPLES / f"{type_}.json").read_text("utf-8"))

    assert BY_TYPE[type_].event.load(message).dump() == message


@pytest.mark.parametrize("type_", sorted(BY_TYPE))
def test_the_short_way_to_json_is_the_same_as_the_long_one(type_: str, monkeypatch: pytest.MonkeyPatch):
    kind = BY_TYPE[type_].event
    whole = kind.strict.load(json.loads((SAMPLES / f"{type_}.json").read_text("utf-8"))["data"])
    required = {name: value for name, value in whole.items() if kind.strict.fields[name].required}
    nothing = {name: None for name, field in kind.strict.fields.items() if field.allow_none}

    def made() -> list[object]:
        events = [kind(**IDENTITY, **data) for data in (whole, required, whole | nothing)]
        return [(event.data(), vars(event)) for event in events]

    short = made()
    monkeypatch.setattr(kind, "_plain", staticmethod(lambda data: None))
    assert made() == short


@pytest.mark.parametrize("row", REGISTRY, ids=lambda row: row.event.type())
def test_names_and_addresses_travel_in_the_contact_events_only(row):
    assert bool(set(row.event.strict.fields) & PERSONAL) == row.event.personal


@pytest.mark.parametrize("row", REGISTRY, ids=lambda row: row.event.type())
def test_an_event_is_named_after_its_only_producer(row):
    assert row.event.name.split(".")[0] == row.producer
    assert row.event.aggregate in row.event.strict.fields


def test_a_breaking_change_is_noticed():
    frozen = frozen_schemas()["enrollment.adhesion.rejected.v1"]
    assert breaks(frozen, frozen) == []

    gone = copy.deepcopy(frozen)
    del gone["properties"]["reason"]
    assert breaks(frozen, gone) == ["reason is gone"]

    changed = copy.deepcopy(frozen)
    changed["properties"]["reason"] = {"type": "integer"}
    assert breaks(frozen, changed) == ["reason has changed"]

    required = copy.deepcopy(frozen)
    required["required"].append("office")
    assert breaks(frozen, required) == ["office is now required"]

    optional = copy.deepcopy(frozen)
    optional["properties"]["office"] = {"type": "string"}
    assert breaks(frozen, optional) == []


def test_the_schema_says_what_the_code_enforces():
    schema = json_schema(BY_TYPE["scheduling.attendance.corrected.v1"].event)

    assert schema["properties"]["minutes"] == {"type": "integer", "minimum": 0}
    assert schema["properties"]["reason"] == {"type": "string", "minLength": 1}
