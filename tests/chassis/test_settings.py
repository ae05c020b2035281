"""A process with a wrong setting does not start, and says which and why in one line."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from chassis.runner import settings_class
from chassis.settings import BadSetting, Configured, ServiceSettings

GOOD = {"DATABASE_URL": "sqlite:///x.db", "LINK_SECRET": "x" * 32}


@dataclass(frozen=True, kw_only=True)
class Example(ServiceSettings):
    batch: int = 20
    polite: bool = True
    where: Path = Path("var")


def test_settings_come_from_the_environment():
    settings = Example.from_environment(
        GOOD | {"BATCH": "7", "POLITE": "no", "WHERE": "/srv", "CLOCK_FILE": "/tmp/clock", "RPC_TIMEOUT": "2.5"}
    )

    assert (settings.batch, settings.polite, settings.where) == (7, False, Path("/srv"))
    assert (settings.clock_file, settings.rpc_timeout) == (Path("/tmp/clock"), 2.5)


def test_what_is_not_set_has_its_default():
    settings = Example.from_environment(GOOD | {"BATCH": ""})

    assert (settings.batch, settings.clock_file, settings.namespace) == (20, None, "coalizione")


def test_all_complaints_come_at_once():
    with pytest.raises(BadSetting) as complaint:
        Example.from_environment({"BATCH": "many", "POLITE": "perhaps"})

    for said in (
        "DATABASE_URL is not set",
        "LINK_SECRET is not set",
        "BATCH is not a whole number",
        "POLITE is not yes",
    ):
        assert said in str(complaint.value)


@pytest.mark.parametrize(
    ("wrong", "said"), [({"LINK_SECRET": "short"}, "LINK_SECRET"), ({"NAMESPACE": "a b"}, "NAMESPACE")]
)
def test_a_dangerous_value_is_refused(wrong: dict[str, str], said: str):
    with pytest.raises(BadSetting, match=said):
        Example.from_environment(GOOD | wrong)


def test_a_service_without_its_settings_says_so_and_ends():
    ended = subprocess.run(
        [sys.executable, "-m", "chassis.runner", "services.enrollment.service:EnrollmentService"],
        env={"PATH": "/usr/bin:/bin"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ended.returncode == 2
    assert ended.stderr.strip().splitlines()[-1] == (
        "enrollment cannot start: DATABASE_URL is not set; LINK_SECRET is not set"
    )


def test_a_service_may_inherit_its_settings_from_a_part_of_it() -> None:
    class Part:
        settings = Configured(ServiceSettings)

    class Whole(Part):
        name = "whole"

    assert settings_class(Whole) is ServiceSettings
