"""What a trip costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from services.scheduling.planner.seas import Seas, italian_seas
from services.scheduling.planner.travel import between, homeward
from tests.scheduling.planner.builders import a_body, a_host, a_trainer

ROME, MILAN = (41.8931, 12.4828), (45.4642, 9.1900)


def km(host, body, detour=1.0, seas=None):
    return float(between([host], [body], detour, seas or Seas())[0, 0])


def test_the_great_circle_from_rome_to_milan():
    assert km(a_host("h", *ROME), a_body("b", *MILAN)) == pytest.approx(477, abs=1)
    assert km(a_host("h", *ROME), a_body("b", *MILAN), detour=1.3) == pytest.approx(620, abs=1.5)


def test_no_trip_at_home():
    assert km(a_host("h", *ROME), a_body("h", *ROME), detour=1.3, seas=italian_seas()) == 0.0


def test_the_strait_costs_less_than_the_sea():
    body, seas = a_body("b", *ROME), italian_seas()
    there = a_host("h", *MILAN)
    dry = km(there, body, seas=seas)
    assert km(replace(there, region="Sicilia"), body, seas=seas) == pytest.approx(dry + 60)
    assert km(replace(there, region="Sardegna"), body, seas=seas) == pytest.approx(dry + 1000)


def test_islands_cost_at_both_ends_but_not_within():
    ischia, procida, seas = a_body("063037", *ROME), a_host("063061", *MILAN), italian_seas()
    dry = km(procida, ischia)
    assert km(procida, ischia, seas=seas) == pytest.approx(dry + 120)
    assert km(a_host("h", *MILAN), ischia, seas=seas) == pytest.approx(dry + 60)
    assert km(a_host("063031", *MILAN), ischia, seas=seas) == pytest.approx(dry)
    assert km(a_host("h", *MILAN, island="ischia"), ischia, seas=seas) == pytest.approx(dry)


def test_a_table_is_hosts_by_bodies_and_symmetric_among_hosts():
    hosts = [a_host(f"h{n}", 42 + n / 10) for n in range(4)]
    assert between(hosts, [a_body("b")], 1.3, italian_seas()).shape == (4, 1)
    table = between(hosts, hosts, 1.3, italian_seas())
    assert np.array_equal(table, table.T)


def test_trainers_start_from_home():
    (row,) = homeward([a_trainer(latitude=ROME[0], longitude=ROME[1])], [a_host("h", *MILAN), a_host("i", *ROME)], 1.0)
    assert row.tolist() == [pytest.approx(477, abs=1), 0.0]
