"""Starts a PostgreSQL or a RabbitMQ from installed programs, on a free port, in a directory that goes with it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import kombu
import psycopg2
from amqp.exceptions import AMQPError

__all__ = ["DidNotStart", "free_port", "started_postgresql", "started_rabbitmq"]

_PATIENCE = 90


class DidNotStart(Exception):
    """The program ended, or took too long; the end of its log is in the message."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def started_postgresql(own: ExitStack, initdb: Path) -> str:
    """A cluster with a superuser ``postgres``, open to this machine only. As root it runs as somebody else."""
    directory = _directory(own, "postgresql")
    user = _somebody_else()
    if user is not None:
        os.chown(directory, user.pw_uid, user.pw_gid)
    identity: dict[str, Any] = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    data, log, port = directory / "data", directory / "log", free_port()
    made = subprocess.run(
        [initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        capture_output=True,
        text=True,
        cwd=directory,
        **identity,
    )
    if made.returncode:
        raise DidNotStart(f"initdb: {made.stderr.strip()[-500:]}")
    command = [initdb.with_name("postgres"), "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", directory]
    server = _launch([*command, "-c", "max_connections=300"], log, cwd=directory, **identity)
    own.callback(_end, server, signal.SIGINT)
    _await("PostgreSQL", server, log, lambda: psycopg2.connect(_dsn(port), connect_timeout=2).close(), psycopg2.Error)
    return f"postgresql+psycopg2://postgres@127.0.0.1:{port}/postgres"


def started_rabbitmq(own: ExitStack, program: Path) -> str:
    """A node with nothing but its own names: other nodes of this machine are neither seen nor touched."""
    directory = _directory(own, "rabbitmq")
    port, registry = free_port(), free_port()
    (directory / "enabled_plugins").write_text("[].\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))} | {
        "HOME": str(directory),
        "ERL_EPMD_PORT": str(registry),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"test{os.getpid()}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(directory / "data"),
        "RABBITMQ_LOG_BASE": str(directory),
        "RABBITMQ_PID_FILE": str(directory / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "enabled_plugins"),
        "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq"),
        "RABBITMQ_CONF_ENV_FILE": str(directory / "rabbitmq-env.conf"),
    }
    log = directory / "log"
    epmd = shutil.which("epmd")
    if epmd is not None:  # the node starts this registry and leaves it behind
        own.callback(subprocess.run, [epmd, "-kill"], env=environment, capture_output=True)
    server = _launch([program], log, env=environment, cwd=directory)
    own.callback(_end, server, signal.SIGTERM)
    url = f"amqp://guest:guest@127.0.0.1:{port}//"
    _await("RabbitMQ", server, log, lambda: kombu.Connection(url, connect_timeout=2).connect(), OSError, AMQPError)
    return url


def _dsn(port: int) -> str:
    return f"host=127.0.0.1 port={port} user=postgres dbname=postgres"


def _directory(own: ExitStack, name: str) -> Path:
    directory = Path(tempfile.mkdtemp(prefix=f"coalizione-{name}-"))
    own.callback(shutil.rmtree, directory, ignore_errors=True)
    return directory


def _somebody_else() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: its own user, where there is one."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise DidNotStart("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _launch(command: list[object], log: Path, **options: Any) -> subprocess.Popen[bytes]:
    """In a session of its own, so that a Ctrl-C is for the tests and not for the server below them."""
    with log.open("wb") as file:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **options,
        )


def _await(
    title: str, server: subprocess.Popen[bytes], log: Path, probe: Callable[[], object], *refusals: type[Exception]
) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            probe()
            return
        except refusals as error:
            ended = server.poll() is not None
            if ended or time.monotonic() > deadline:
                told = log.read_text(errors="replace").strip()[-800:]
                raise DidNotStart(f"{title} {'ended' if ended else 'took too long'}: {told}") from error
        time.sleep(0.1)


def _end(server: subprocess.Popen[bytes], number: int) -> None:
    """Ask it to stop; what is still there after a while is killed, with all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, number)
    with suppress(subprocess.TimeoutExpired):
        server.wait(30)
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()
