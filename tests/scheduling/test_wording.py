"""Rules in words and in codes."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.refusal import Invalid, Refused
from tests.scheduling.builders import PROGRAMME, adhesion_confirmed

HOST = {"region": "Lazio", "latitude": 42.4, "longitude": 12.1, "venue": "Sala"}


@pytest.fixture
def known(scheduling: Any) -> Any:
    """Two bodies and two places that share a name, and one of each that does not."""
    scheduling.hear_enrollment(
        [
            adhesion_confirmed("A", body_name="Samone", province="TO"),
            adhesion_confirmed("B", body_name="Samone", province="TN"),
            adhesion_confirmed("C", body_name="Ivrea", province="TO"),
        ]
    )
    for code, name, province in (("H1", "Viterbo", "VT"), ("H2", "Calliano", "AT"), ("H3", "Calliano", "TN")):
        scheduling.add_host(host={**HOST, "code": code, "name": name, "province": province})
    return scheduling


def read(service: Any, **texts: str) -> Any:
    return service.read_rules(programme_id=str(PROGRAMME), texts=texts)


def wrong(service: Any, **texts: str) -> list[tuple[str, int | None, str]]:
    with pytest.raises(Refused) as refused:
        read(service, **texts)
    assert refused.value.reason == "rules_unreadable"
    return [(line["rule"], line["line"], line["what"]) for line in refused.value.facts["lines"]]


def test_rules_are_read_and_written_back(known: Any) -> None:
    texts = {
        "pinned_hosts": "viterbo\n\nH2",
        "excluded_hosts": "Calliano (TN)",
        "pinned": "Samone (TN); Viterbo",
        "forbidden": "Ivrea\tVITERBO\nC;Calliano (AT)",
        "least_in_region": "lazio; 2",
        "capacities": "Viterbo; 80",
        "pinned_dates": "Viterbo; 12/10/2017",
    }
    rules = read(known, **texts)
    assert rules == {
        "pinned_hosts": ["H1", "H2"],
        "excluded_hosts": ["H3"],
        "pinned": {"B": "H1"},
        "forbidden": [["C", "H1"], ["C", "H2"]],
        "least_in_region": {"Lazio": 2},
        "capacities": {"H1": 80},
        "pinned_dates": {"H1": "2017-10-12"},
    }
    written = known.write_rules(programme_id=str(PROGRAMME), parameters=rules)
    assert written["pinned"] == "Samone (TN); Viterbo (VT)"
    assert written["pinned_dates"] == "Viterbo (VT); 12/10/2017"
    assert read(known, **written) == rules
    known.start_run(programme_id=str(PROGRAMME), parameters=rules, actor="staff")


def test_nothing_written_demands_nothing(known: Any) -> None:
    assert read(known) == read(known, pinned=" \n\n") == {}
    assert set(known.write_rules(programme_id=str(PROGRAMME), parameters={}).values()) == {""}


def test_every_line_that_cannot_be_read_is_named(known: Any) -> None:
    assert wrong(
        known,
        pinned_hosts="Roma\nViterbo",
        pinned="Samone; Viterbo\nIvrea",
        least_in_region="Narnia; 1\nLazio; many",
        pinned_dates="Viterbo; 30/2/2017",
    ) == [
        ("pinned_hosts", 1, "host"),
        ("pinned", 1, "several"),
        ("pinned", 2, "columns"),
        ("least_in_region", 1, "region"),
        ("least_in_region", 2, "number"),
        ("pinned_dates", 1, "date"),
    ]
    assert wrong(known, pinned="Ivrea; Viterbo\nIvrea; Calliano (AT)") == [("pinned", None, "twice")]


def test_a_body_that_has_not_joined_is_none(known: Any) -> None:
    assert wrong(known, forbidden="Atlantide; Viterbo") == [("forbidden", 1, "body")]


def test_more_rules_than_anybody_writes_are_too_many(known: Any) -> None:
    with pytest.raises(Invalid) as refused:
        read(known, pinned_hosts="Viterbo\n" * 5001)
    assert refused.value.errors == {"rules.pinned_hosts": ["too_many"]}
