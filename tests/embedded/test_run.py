"""``python -m embedded run``, as somebody who has just cloned the repository meets it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from embedded.state import StateUnusable, held, secrets_of
from rehearsal.platform import Platform
from rehearsal.processes import Process, free_port


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    with Platform.embedded(tmp_path_factory.mktemp("platform")) as platform:
        yield platform


def run(state: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "embedded", "run", "--state", str(state), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def programmes(platform: Platform) -> list[str]:
    with urllib.request.urlopen(f"{platform.url}/api/v1/programmes", timeout=30) as answer:
        return [item["programme_id"] for item in json.load(answer)["items"]]


def test_a_port_that_is_taken_is_named_in_one_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = run(tmp_path / "state", "--port", port)
        mailbox_refused = run(tmp_path / "state", "--port", "0", "--mailbox-port", port)

    assert (refused.returncode, mailbox_refused.returncode) == (2, 2)
    assert refused.stderr == f"The platform cannot start: port {port} is taken. Choose another with --port.\n"
    assert mailbox_refused.stderr.endswith(f"port {port} is taken. Choose another with --mailbox-port.\n")


def test_a_second_platform_in_the_same_directory_is_refused(platform):
    refused = run(platform.state_dir)

    assert refused.returncode == 2
    assert refused.stderr.endswith("is in use: a platform is running there already.\n")


def test_a_place_that_is_no_directory_is_refused(tmp_path):
    (tmp_path / "file").touch()
    refused = run(tmp_path / "file")

    assert refused.returncode == 2
    assert refused.stderr.endswith("file cannot be written: File exists.\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stop_is_clean_and_the_next_start_goes_on(platform, number):
    before = programmes(platform)
    [process] = platform.services["platform"]
    process.signal(number)
    code = process.stopped()
    process.start()
    process.wait_ready()

    assert code == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    assert len(before) == 1
    assert programmes(platform) == before


def test_every_start_says_where_everything_is_and_how_to_log_in(platform):
    [process] = platform.services["platform"]
    process.ask_to_stop()
    process.stopped()
    log = platform.state_dir / "output.log"
    log.write_text("")
    process.start()
    process.wait_ready()
    process.ask_to_stop()
    process.stopped()

    told = log.read_text()
    for word in (platform.url, f"{platform.url}/staff/login", platform.mailbox_url, str(platform.state_dir)):
        assert word in told
    assert f"{platform.staff_email}  {platform.staff_password}" in told


def test_secrets_are_made_once_and_are_their_owners_alone(tmp_path):
    first = secrets_of(tmp_path)

    assert secrets_of(tmp_path) == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert secrets_of(tmp_path / ".." / tmp_path.name) == first


def test_secrets_that_cannot_be_read_are_not_made_anew(tmp_path):
    (tmp_path / "secrets.json").write_text("{half")

    with pytest.raises(StateUnusable, match=r"secrets\.json cannot be used"):
        secrets_of(tmp_path)
    assert (tmp_path / "secrets.json").read_text() == "{half"


def test_a_directory_is_free_again_when_its_platform_has_ended(tmp_path):
    with held(tmp_path / "new"), pytest.raises(StateUnusable), held(tmp_path / "new"):
        pass
    with held(tmp_path / "new"):
        pass
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_new_directory_may_begin_on_another_day_and_goes_on_from_there(tmp_path):
    port, mailbox_port = free_port(), free_port()
    command = [sys.executable, "-m", "embedded", "run", "--port", str(port), "--mailbox-port", str(mailbox_port)]
    command += ["--state", str(tmp_path / "state"), "--today"]
    states = []
    for day in ("2017-05-16", "2016-01-01"):
        log = tmp_path / f"{day}.log"
        process = Process("platform", [*command, day], {}, log, f"http://127.0.0.1:{port}/readyz")
        process.start()
        try:
            process.wait_ready()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/programmes", timeout=30) as answer:
                states += [item["state"] for item in json.load(answer)["items"]]
        finally:
            process.ask_to_stop()
            process.stopped()
        assert "Today is   2017-05-16" in log.read_text()

    assert states == ["open", "open"]


def test_a_day_that_is_none_is_refused(tmp_path):
    refused = run(tmp_path / "state", "--today", "yesterday")

    assert refused.returncode == 2
    assert "--today" in refused.stderr
