"""The distributed platform that rehearsals and benchmarks start: whole, its own, and gone afterwards."""

from __future__ import annotations

import os
import signal
import urllib.request
from datetime import UTC, datetime

import kombu
import psutil
import pytest
import sqlalchemy as sa

from deploy.prepare import BROKER_URL, SERVER_URL
from rehearsal.platform import DidNotStart, Platform


def databases() -> list[str]:
    engine = sa.create_engine(os.environ.get("TEST_DATABASE_URL", SERVER_URL))
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT datname FROM pg_database")).scalars().all()
    engine.dispose()
    return list(found)


def queue_exists(name: str) -> bool:
    with kombu.Connection(os.environ.get("TEST_BROKER_URL", BROKER_URL)) as connection:
        try:
            connection.channel().queue_declare(name, passive=True)
        except connection.channel_errors:
            return False
        return True


def test_a_distributed_platform_starts_survives_a_kill_and_leaves_nothing(tmp_path):
    platform = Platform.distributed(tmp_path, processes={"certificates": 2})
    with platform:
        namespace, pids = platform.place.namespace, platform.pids
        assert {name: len(members) for name, members in pids.items()} == {
            **dict.fromkeys(("mailbox", "enrollment", "scheduling", "notifications", "gateway"), 1),
            "certificates": 2,
        }
        assert queue_exists(f"{namespace}.certificates.hear_enrollment")
        assert f"{namespace}_gateway" in databases()

        platform.kill("certificates", signal.SIGKILL, member=1)
        assert len(platform.pids["certificates"]) == 1
        platform.restart("certificates", member=1)
        platform.set_clock(datetime(2017, 5, 2, tzinfo=UTC))
        with urllib.request.urlopen(f"{platform.url}/readyz", timeout=30) as answer:
            assert answer.status == 200
        pids = platform.pids

    codes = {name: [one.exit_code for one in members] for name, members in platform.services.items()}
    assert codes == {name: [0] * len(members) for name, members in pids.items()}
    assert not any(psutil.pid_exists(pid) for members in pids.values() for pid in members)
    assert not queue_exists(f"{namespace}.certificates.hear_enrollment")
    assert not [name for name in databases() if name.startswith(namespace)]
    assert platform.memory() > 0


def test_a_platform_that_cannot_start_says_what_its_log_says(tmp_path):
    with pytest.raises(DidNotStart, match="RPC_TIMEOUT is not a number"):
        with Platform.embedded(tmp_path, environment={"RPC_TIMEOUT": "soon"}):
            pass
