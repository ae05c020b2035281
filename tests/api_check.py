"""``python -m tests.api_check``: schemathesis, with all its checks, as everybody who may use the API.

    python -m tests.api_check --examples 20 --seed 1

It starts a platform of its own, lets two bodies join, and tries every operation of ``/openapi.json`` with good and bad
input: as a stranger, as a body's contact, as its delegate, as the secretariat, and as an administrator where only they
may. Operations that end what the rest needs (the log-out, the withdrawal) have a run of their own. The exit code is 0
when nobody found anything.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.api import description
from rehearsal.client import Api, until
from rehearsal.people import adhesion_of, eligible_bodies
from rehearsal.platform import Platform

__all__ = ["Visitor", "findings", "visitors"]

API = "/api/v1"
WITHDRAWING = ("withdrawDelegate", "withdrawAdhesion")
"""They take away what the contact's other operations need. (And the answer to a new delegate is the whole adhesion:
schemathesis takes its id for the delegate's.)"""
LEAVING = ("leaveProgramme", "eraseMe")
LOGGING_OUT = ("closeSession", "endSession")
CLOSING_AREA = ("closeArea",)
SECRETARY, PASSWORD = "secretary@example.org", "correct horse battery staple"


@dataclass(frozen=True)
class Visitor:
    """Somebody, the bearer token that they send, and which operations they try."""

    name: str
    token: str | None
    filters: tuple[str, ...]


def visitors(platform: Platform) -> Iterator[Visitor]:
    """Everybody who may come; each has what they need when it is their turn."""
    api, mailbox = Api(platform.url), Api(platform.mailbox_url)
    programme = api.get(f"{API}/programmes")["items"][0]
    forms = [adhesion_of(body, programme, seed=3) for body in eligible_bodies(programme, 2, seed=3)]
    contacts = [_joined(api, mailbox, form) for form in forms]
    delegates = [_own_page(api, mailbox, form) for form in forms]
    yield Visitor("anonymous", None, ())
    area = ("--include-path-regex", "/area(/|$)")
    yield Visitor("contact", contacts[0], (*area, *_options("exclude", WITHDRAWING)))
    own = ("--include-path-regex", "/me(/|$)")
    yield Visitor("delegate", delegates[0], (*own, *_options("exclude", LEAVING)))
    yield Visitor("delegate who leaves", delegates[1], _options("include", LEAVING))
    yield Visitor("contact who withdraws", contacts[1], _options("include", WITHDRAWING))
    yield Visitor("contact who closes the area", contacts[0], _options("include", CLOSING_AREA))
    administrator = (platform.staff_email, platform.staff_password)
    secretary = _invited(api, mailbox, _logged_in(api, *administrator))
    more = _options("exclude", _administrators())
    yield Visitor("secretariat", _logged_in(api, *secretary), (*_options("exclude", LOGGING_OUT), *more))
    yield Visitor("secretariat that logs out", _logged_in(api, *secretary), _options("include", LOGGING_OUT))
    yield Visitor("administrator", _logged_in(api, *administrator), _options("include", _administrators()))


def _administrators() -> tuple[str, ...]:
    """The operations that only an administrator may use."""
    paths: dict[str, dict[str, Any]] = description("https://example.org")["paths"]
    return tuple(
        operation["operationId"]
        for path in paths.values()
        for operation in path.values()
        if isinstance(operation, dict) and operation["description"].endswith("For staff: administrator.")
    )


def _options(what: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part for name in names for part in (f"--{what}-operation-id", name))


def findings(platform: Platform, visitor: Visitor, examples: int, seed: int) -> int:
    """Run schemathesis as this visitor; its exit code."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("--config-file", str(Path(__file__).with_name("schemathesis.toml")), "run"),
        *(f"{platform.url}/openapi.json", "--url", platform.url, "--checks", "all"),
        *("--max-examples", str(examples), "--seed", str(seed), "--generation-database", "none"),
        *("--no-color", "--warnings", "off", "--continue-on-failure"),
        *(("-H", f"Authorization: Bearer {visitor.token}") if visitor.token else ()),
        *visitor.filters,
    ]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}  # for its hooks
    return subprocess.run(command, check=False, cwd=platform.state_dir, env=environment).returncode


def accidents(platform: Platform) -> list[str]:
    """What the platform itself calls an accident."""
    return [line for line in platform.log_tail(100_000).splitlines() if "request_failed" in line]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.api_check", description=__doc__.partition("\n")[0])
    parser.add_argument("--examples", type=int, default=20, help="cases of each operation (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another one makes other cases (default %(default)s)")
    parser.add_argument("--only", help="the visitor of this name")
    chosen = parser.parse_args(arguments)
    found = {}
    with tempfile.TemporaryDirectory() as directory, Platform.embedded(Path(directory)) as platform:
        api = Api(platform.url)
        platform.set_clock(_while_open(api.get(f"{API}/programmes")["items"][0]))
        for visitor in visitors(platform):
            if chosen.only in (None, visitor.name):
                print(f"\n=== {visitor.name}\n", flush=True)
                found[visitor.name] = findings(platform, visitor, chosen.examples, chosen.seed)
        broken = accidents(platform)
    print(*broken, "", *(f"{name}: {'findings' if code else 'clean'}" for name, code in found.items()), sep="\n")
    return int(any(found.values()) or bool(broken))


def _while_open(programme: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(programme["adhesion_opens"]) + timedelta(days=14)


def _joined(api: Api, mailbox: Api, form: dict[str, Any]) -> str:
    """A body has joined and confirmed; the token of its area, which its contact opened by the mailed link."""
    address = form["contact"]["email"]
    api.post(f"{API}/adhesions", form)
    api.post(f"{API}/adhesions/confirmations", token=_mailed(mailbox, "adhesion_received", address, "confirm"))
    return _opened(api, _mailed(mailbox, "adhesion_confirmed", address, "area"))


def _own_page(api: Api, mailbox: Api, form: dict[str, Any]) -> str:
    """The token of the page of the body's first delegate, who asked for a link to it."""
    address = form["delegates"][0]["email"]
    api.post(f"{API}/area-links", {"email": address, "programme_code": form["programme_code"]})
    return _opened(api, _mailed(mailbox, "own_link", address, "me"))


def _opened(api: Api, link: str) -> str:
    return str(api.post(f"{API}/area-sessions", token=link)["token"])


def _invited(api: Api, mailbox: Api, administrator: str) -> tuple[str, str]:
    """A secretary's address and password."""
    api.post(f"{API}/staff-accounts", {"email": SECRETARY, "role": "secretariat"}, token=administrator)
    link = _mailed(mailbox, "staff_invitation", SECRETARY, "invitation")
    chosen = {"name": "Paola Neri", "password": PASSWORD}
    api.send("POST", f"{API}/staff-invitations/acceptance", token=link, json=chosen)
    return SECRETARY, PASSWORD


def _mailed(mailbox: Api, kind: str, address: str, path: str) -> str:
    """The token of the link in a mail, as soon as that has come."""

    def letters() -> list[dict[str, Any]]:
        return list(mailbox.get("/api/messages", kind=kind, to=address)["items"])

    until(kind, 1, lambda: len(letters()), 60)
    return next(str(link) for link in letters()[0]["links"] if f"/{path}/" in link).rpartition("/")[2]


def _logged_in(api: Api, email: str, password: str) -> str:
    return str(api.post(f"{API}/sessions", {"email": email, "password": password})["token"])


if __name__ == "__main__":
    sys.exit(main())
