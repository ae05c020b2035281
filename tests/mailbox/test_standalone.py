"""``python -m mailbox`` as its own process."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.mailbox.test_mailbox import KEY, call

ROOT = Path(__file__).parents[2]


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "mailbox", "--port", "0", "--state", str(tmp_path / "mailbox.db")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    found = re.search(r"http://\S+:\d+", process.stdout.readline())
    assert found is not None
    yield process, found[0]
    process.kill()
    process.wait()
    process.stdout.close()


def test_it_listens_and_stops_when_told(mailbox: tuple[subprocess.Popen[str], str]):
    process, url = mailbox

    assert requests.post(f"{url}/v3/mail/send", json=call(), headers=KEY, timeout=10).status_code == 202
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_what_was_accepted_survives_a_kill(mailbox: tuple[subprocess.Popen[str], str], tmp_path: Path):
    process, url = mailbox
    requests.post(f"{url}/v3/mail/send", json=call(), headers=KEY, timeout=10)
    process.kill()
    process.wait()

    from mailbox.storage import Storage

    storage = Storage(tmp_path / "mailbox.db")
    assert storage.counts()["accepted"] == 1
    storage.close()


def test_a_reset_reaches_the_caller_after_the_mail_was_kept(mailbox: tuple[subprocess.Popen[str], str]):
    _, url = mailbox
    requests.put(f"{url}/faults", json={"rate_reset_after": 1}, timeout=10)

    with pytest.raises(requests.ConnectionError):
        requests.post(f"{url}/v3/mail/send", json=call(), headers=KEY, timeout=10)
    assert requests.get(f"{url}/api/counts", timeout=10).json()["accepted"] == 1


def test_the_public_key_is_printed_and_stays(tmp_path: Path):
    command = [sys.executable, "-m", "mailbox", "--state", str(tmp_path / "mailbox.db"), "--print-webhook-key"]

    first, second = (subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True) for _ in range(2))

    assert first.stdout == second.stdout
    assert len(first.stdout.strip()) == 124


def test_a_taken_port_is_said_plainly(mailbox: tuple[subprocess.Popen[str], str], tmp_path: Path):
    port = mailbox[1].rpartition(":")[2]
    command = [sys.executable, "-m", "mailbox", "--port", port, "--state", str(tmp_path / "other.db")]

    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert second.returncode == 1
    assert second.stderr.startswith(f"cannot listen on 127.0.0.1:{port}: ")
