"""What the gateway can be told at start."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chassis.settings import BadSetting, ServiceSettings
from gateway.models import ROLES

__all__ = ["GatewaySettings"]


@dataclass(frozen=True, kw_only=True)
class GatewaySettings(ServiceSettings):
    """The defaults are those of one machine without a proxy."""

    secret_key: str
    """Signs forms and area cookies; at least 32 characters, the same for every gateway process."""
    http_address: str = "127.0.0.1:8000"
    reuse_port: bool = False
    """Lets several gateway processes listen on one address; off, so that a second start by mistake fails."""
    trusted_proxies: int = 0
    """How many reverse proxies stand before the gateway: only then are their X-Forwarded-* headers believed."""
    oidc_issuer: str = ""
    """An identity provider that staff may log in with (OpenID Connect, found by discovery); empty for none."""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_name: str = "SSO"
    """What the log-in page calls it."""
    oidc_roles: str = ""
    """Who gets an account without an invitation: ``claim:value=role``, separated by commas; empty for nobody."""
    oidc_timeout: float = 5.0
    """Seconds to wait for each answer of the provider."""
    session_idle_minutes: int = 30
    session_hours: int = 12
    invitation_days: int = 7
    """How long an invited person may take to open the account."""
    second_factor_roles: str = ""
    """The roles that need a second factor, separated by commas; who has none is led to it by the log-in."""
    token_minutes: int = 120
    """How long a staff member's programs may use the API on one log-in."""
    rate_limit_per_minute: int = 600
    """Requests a minute of one account or address; 0 counts nothing (rehearsals, benchmarks)."""
    max_streams: int = 50
    """How many browsers may watch planning runs at once, on each process."""
    site_name: str = "Formazione degli enti locali"
    operator_name: str = "Segreteria del programma"
    operator_email: str = "segreteria@example.org"
    operator_address: str = ""
    mailbox_url: str = ""
    """Where the stand-in mailbox is, shown to staff when there is one."""
    demo: bool = False
    """Says on every page that the people and bodies are invented."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.secret_key) < 32:
            raise BadSetting("SECRET_KEY is too short: give at least 32 random characters")
        if unknown := self.roles_with_second_factor - set(ROLES):
            raise BadSetting(f"SECOND_FACTOR_ROLES: {', '.join(sorted(unknown))} is not one of {', '.join(ROLES)}")
        if self.oidc_issuer and not self.oidc_client_id:
            raise BadSetting("OIDC_CLIENT_ID is not set, and OIDC_ISSUER is")
        if any(role not in ROLES for _, _, role in self.roles_by_claim):
            raise BadSetting("OIDC_ROLES is not a list of claim:value=role")
        _, _, port = self.http_address.rpartition(":")
        if not port.isdigit() or not 0 <= int(port) <= 65535:
            raise BadSetting("HTTP_ADDRESS is not host:port")

    @property
    def roles_with_second_factor(self) -> frozenset[str]:
        return frozenset(role.strip() for role in self.second_factor_roles.split(",") if role.strip())

    @property
    def roles_by_claim(self) -> list[tuple[str, str, str]]:
        """Claim, value and role of each rule."""
        rules = [rule.strip() for rule in self.oidc_roles.split(",") if rule.strip()]
        found = [re.fullmatch(r"([^:=]+):([^=]+)=([a-z]+)", rule) for rule in rules]
        return [(rule[1], rule[2], rule[3]) if rule else ("", "", "") for rule in found]

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")
