"""How tests find their servers."""

from __future__ import annotations

import os
import subprocess
import sys


def backing(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.backing", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, **variables})


def test_the_command_gets_the_addresses_and_its_exit_code_is_ours():
    script = 'test -n "$TEST_BROKER_URL" && test -n "$TEST_DATABASE_URL" && exit 7'
    ended = backing("run", "--", "sh", "-c", script)

    assert ended.returncode == 7


def test_an_address_that_does_not_answer_is_said_and_not_replaced():
    ended = backing("run", "--", "true", TEST_BROKER_URL="amqp://guest:guest@127.0.0.1:1//")

    assert ended.returncode == 3
    assert ended.stderr == "TEST_BROKER_URL names a RabbitMQ that does not answer, or that we may not use\n"


def test_without_a_command_it_says_how_it_is_used():
    assert backing("run").returncode == 2
