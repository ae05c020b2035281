"""Settings, parsed once at start. What is missing or wrong stops the process with one line that names it."""

from __future__ import annotations

import os
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Self

from nameko.extensions import DependencyProvider

from chassis.logging import follow_request

__all__ = ["BadSetting", "Configured", "ServiceSettings"]


class BadSetting(Exception):
    """The process cannot start: the message names the variable and says what is expected."""


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """What every deployable needs. Each field is read from the environment variable of its name in upper case."""

    database_url: str
    broker_url: str = "amqp://guest:guest@127.0.0.1:5672//"
    namespace: str = "coalizione"
    """Prefixes every exchange and queue, so that tests, staging and production may share a broker."""
    link_secret: str
    """Signs the links in mails; at least 32 characters, the same for notifications and enrollment."""
    public_url: str = "http://127.0.0.1:8000"
    clock_file: Path | None = None
    """Only for rehearsals: a file with an offset in seconds, by which the programme's time is moved."""
    health_host: str = "127.0.0.1"
    health_port: int = 0
    """Where /healthz, /readyz and /metrics answer; 0 for nowhere."""
    rpc_timeout: float = 10.0
    """Seconds after which a caller gives up and the request is void."""
    log_level: str = "INFO"

    def __post_init__(self) -> None:
        if len(self.link_secret) < 32:
            raise BadSetting("LINK_SECRET is too short: give at least 32 random characters")
        if not self.namespace or not self.namespace.replace("-", "").replace("_", "").isalnum():
            raise BadSetting("NAMESPACE may hold letters, digits, - and _ only")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read every field, or raise ``BadSetting`` with all that is missing or wrong."""
        environment = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        complaints: list[str] = []
        hints = typing.get_type_hints(cls)
        for field in fields(cls):
            name = field.name.upper()
            raw = environment.get(name)
            if raw is None or (raw == "" and field.default is not MISSING):
                if field.default is MISSING and field.default_factory is MISSING:
                    complaints.append(f"{name} is not set")
                continue
            try:
                values[field.name] = _parse(hints[field.name], raw)
            except ValueError:
                complaints.append(f"{name} is not {_expected(hints[field.name])}")
        if complaints:
            raise BadSetting("; ".join(complaints))
        return cls(**values)


def _plain(kind: Any) -> Any:
    if isinstance(kind, types.UnionType):
        return next(member for member in typing.get_args(kind) if member is not type(None))
    return kind


def _parse(kind: Any, raw: str) -> Any:
    kind = _plain(kind)
    if kind is bool:
        if raw.lower() in ("1", "true", "yes", "on"):
            return True
        if raw.lower() in ("0", "false", "no", "off"):
            return False
        raise ValueError(raw)
    return kind(raw)


def _expected(kind: Any) -> str:
    return {bool: "yes or no", int: "a whole number", float: "a number", Path: "a path"}.get(_plain(kind), "a text")


class Configured(DependencyProvider):  # type: ignore[misc]
    """Gives a service its settings, typed."""

    def __init__(self, kind: type[ServiceSettings]) -> None:
        self.kind = kind

    def worker_setup(self, worker_ctx: Any) -> None:
        """Runs in the worker's own greenthread: what it logs and emits belongs to the request that caused it."""
        follow_request(worker_ctx.data.get("correlation_id"))

    def get_dependency(self, worker_ctx: Any) -> ServiceSettings:
        settings: ServiceSettings = self.container.config["settings"]
        return settings
