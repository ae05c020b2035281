"""Finds the RabbitMQ and the PostgreSQL that tests need, or starts throw-away ones, or says how to get them.

In this order: what the environment names (``TEST_BROKER_URL``, ``TEST_DATABASE_URL``); what answers on this machine;
installed programs, started on free ports in a directory of their own; Debian's packages, where they may be installed
without asking; docker compose. What was started here is ended here.

    python -m tests.backing run -- pytest tests
    python -m tests.backing env
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import kombu
import psycopg2
from amqp.exceptions import AMQPError
from sqlalchemy import make_url

from tests.throwaway import DidNotStart, started_postgresql, started_rabbitmq

__all__ = ["Missing", "backing", "chromium", "main"]

BROKER, DATABASE, CHROMIUM = "TEST_BROKER_URL", "TEST_DATABASE_URL", "CHROMIUM"
_CHROMIUMS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_COMPOSE = Path(__file__).with_name("docker-compose.yml")


class Missing(Exception):
    """Something cannot be found and may not be installed; the message says what to do."""


def answers_broker(url: str) -> bool:
    try:
        with kombu.Connection(url, connect_timeout=3) as connection:
            connection.connect()
    except (OSError, AMQPError):
        return False
    return True


def answers_database(url: str) -> bool:
    """True when it answers and lets us create databases and roles."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        connection = psycopg2.connect(plain, connect_timeout=3)
    except psycopg2.Error:
        return False
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rolsuper OR (rolcreatedb AND rolcreaterole) FROM pg_roles WHERE rolname = current_user"
            )
            row = cursor.fetchone()
            return bool(row and row[0])
    finally:
        connection.close()


@dataclass(frozen=True)
class Kind:
    """One of the two servers: how it is named, recognised, started and installed. Places are below ``/``."""

    title: str
    variable: str
    usual: tuple[str, ...]
    answers: Callable[[str], bool]
    program: str
    places: tuple[str, ...]
    start: Callable[[ExitStack, Path], str]
    package: str
    compose: str
    port: int
    url: str

    def installed(self) -> Path | None:
        """The newest installed program that starts it."""
        found = [program for place in self.places for program in sorted(Path("/").glob(f"{place}/{self.program}"))]
        on_path = shutil.which(self.program)
        return found[-1] if found else Path(on_path) if on_path else None


KINDS = (
    Kind(
        title="RabbitMQ",
        variable=BROKER,
        usual=("amqp://guest:guest@127.0.0.1:5672//",),
        answers=answers_broker,
        program="rabbitmq-server",
        places=(
            "usr/lib/rabbitmq/bin",
            "opt/homebrew/opt/rabbitmq/sbin",
            "usr/local/opt/rabbitmq/sbin",
        ),
        start=started_rabbitmq,
        package="rabbitmq-server",
        compose="rabbitmq",
        port=5672,
        url="amqp://guest:guest@{address}//",
    ),
    Kind(
        title="PostgreSQL",
        variable=DATABASE,
        usual=(
            "postgresql+psycopg2://postgres@127.0.0.1:5432/postgres",
            "postgresql+psycopg2://postgres:postgres@127.0.0.1:5432/postgres",
        ),
        answers=answers_database,
        program="initdb",
        places=(
            "usr/lib/postgresql/*/bin",
            "opt/homebrew/opt/postgresql*/bin",
            "usr/local/opt/postgresql*/bin",
        ),
        start=started_postgresql,
        package="postgresql",
        compose="postgresql",
        port=5432,
        url="postgresql+psycopg2://postgres:postgres@{address}/postgres",
    ),
)


@dataclass
class Backing:
    """The two servers, as the variables that tests read; ends on ``stop`` what it had to start."""

    variables: dict[str, str] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)
    _own: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Backing:
        return self

    def __exit__(self, *error: object) -> None:
        self._own.close()


def backing(*, fresh: bool = False, may_start: bool = True) -> Backing:
    """Find both servers, or raise ``Missing``. ``fresh`` never takes those that run already."""
    made = Backing()
    try:
        for kind in KINDS:
            url = None if fresh else _running(kind)
            if url is None and may_start:
                url = _start(kind, made)
                made.started.append(kind.title)
            if url is None:
                raise Missing(f"no {kind.title} answers on this machine, and {kind.variable} names none")
            made.variables[kind.variable] = url
    except BaseException:
        made._own.close()
        raise
    return made


def _running(kind: Kind) -> str | None:
    named = os.environ.get(kind.variable)
    if named:
        if not kind.answers(named):
            raise Missing(f"{kind.variable} names a {kind.title} that does not answer, or that we may not use")
        return named
    return next((url for url in kind.usual if kind.answers(url)), None)


def _start(kind: Kind, made: Backing) -> str:
    tried: list[str] = []
    for way in (_from_program, _from_package, _from_compose):
        try:
            url = way(kind, made._own)
        except (DidNotStart, subprocess.CalledProcessError, OSError) as error:
            tried.append(str(error))
            continue
        if url is not None:
            return url
    raise Missing(
        "\n".join(
            [
                f"{kind.title} is missing: none answers, none is installed, and none may be installed by itself.",
                *(f"  tried: {line}" for line in tried),
                f"  Debian, Ubuntu:  sudo apt-get install {kind.package}",
                f"  macOS:           brew install {kind.package}",
                f"  elsewhere:       set {kind.variable}={kind.usual[0]} or the like, or start docker",
            ]
        )
    )


def _from_program(kind: Kind, own: ExitStack) -> str | None:
    program = kind.installed()
    if program is None:
        return None
    _say(f"starting a throw-away {kind.title} from {program.parent}")
    return kind.start(own, program)


def _from_package(kind: Kind, own: ExitStack) -> str | None:
    return _running(kind) or _from_program(kind, own) if _install(kind.package) else None


def _from_compose(kind: Kind, own: ExitStack) -> str | None:
    if shutil.which("docker") is None:
        return None
    if not (_succeeds("docker", "info") and _succeeds("docker", "compose", "version")):
        return None
    _say(f"starting a throw-away {kind.title} with docker compose")
    compose = ["docker", "compose", "-f", str(_COMPOSE), "-p", f"coalizione-tests-{os.getpid()}-{kind.compose}"]
    own.callback(subprocess.run, [*compose, "down", "--volumes"], check=False, stdout=sys.stderr)
    subprocess.run([*compose, "up", "--detach", "--wait", kind.compose], check=True, stdout=sys.stderr)
    shown = subprocess.run([*compose, "port", kind.compose, str(kind.port)], check=True, capture_output=True, text=True)
    return kind.url.format(address=shown.stdout.strip())


def _install(package: str) -> bool:
    """Install Debian's package, when we are root or may become root without a question."""
    become = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") is None or (become and not _succeeds("sudo", "-n", "true")):
        return False
    _say(f"installing {package} with apt-get")
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-q"], ["install", "-qy", "--no-install-recommends", package]):
        subprocess.run([*become, "apt-get", *step], check=True, env=quietly, stdout=sys.stderr)
    return True


def chromium() -> str:
    """The path of a Chromium or Chrome, installed when that may be done without asking."""
    for attempt in (lambda: True, lambda: _install("chromium")):
        if attempt():
            for name in filter(None, (os.environ.get(CHROMIUM), *_CHROMIUMS)):
                if found := shutil.which(name):
                    return found
    raise Missing(
        "Chromium is missing, and it may not be installed by itself.\n"
        "  Debian:     sudo apt-get install chromium\n"
        f"  elsewhere:  install Chromium or Chrome, and set {CHROMIUM} to its program"
    )


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, timeout=30).returncode == 0


def _say(text: str) -> None:
    print(f"backing: {text}", file=sys.stderr, flush=True)


def _run(command: Sequence[str], variables: dict[str, str]) -> int:
    """Run the command with the variables set; it gets the signals that we get, and its exit code is ours."""
    child = subprocess.Popen(command, env={**os.environ, **variables})
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells the child itself
    signal.signal(signal.SIGTERM, lambda number, frame: child.terminate())
    return child.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.backing", description="RabbitMQ and PostgreSQL for tests.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("env", help="print what was found as shell exports; starts nothing")
    run = commands.add_parser("run", help="run a command with both; end afterwards what had to be started")
    run.add_argument("--fresh", action="store_true", help="start throw-away ones even where others answer")
    run.add_argument(
        "--chromium", action="store_true", help=f"find a Chromium too, or install it, and name it in {CHROMIUM}"
    )
    run.add_argument("program", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "env":
            for name, value in backing(may_start=False).variables.items():
                print(f"export {name}={shlex.quote(value)}")
            return 0
        program = chosen.program[1:] if chosen.program[:1] == ["--"] else chosen.program
        if not program:
            parser.error("give a command after --")
        browser = {CHROMIUM: chromium()} if chosen.chromium else {}
        with backing(fresh=chosen.fresh) as found:
            return _run(program, found.variables | browser)
    except Missing as error:
        print(error, file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
