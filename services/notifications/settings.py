"""What an operator may configure of notifications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from chassis.settings import BadSetting, ServiceSettings
from services.notifications.webhook import is_public_key

_REAL_HOST = "https://api.sendgrid.com"
_NOBODY = "segreteria@example.org"


@dataclass(frozen=True, kw_only=True)
class NotificationsSettings(ServiceSettings):
    """Each field is read from the environment variable of its name in upper case.

    A real SendGrid key is all that it takes to write to real people; without one, ``sendgrid_host`` names a stand-in.
    """

    sendgrid_key: str = ""
    sendgrid_host: str = _REAL_HOST
    """For data kept in the European Union: https://api.eu.sendgrid.com."""
    sendgrid_webhook_key: str = ""
    """The public key that SendGrid shows beside "Signed Event Webhook"; without it every webhook is refused."""
    sender_email: str = _NOBODY
    sender_name: str = "Segreteria del programma"
    reply_to: str = ""
    """Where answers and questions go; the sender's address when empty."""
    send_batch: int = 20
    """Mails claimed at once. A process that dies leaves at most so many whose fate is unknown."""
    http_timeout: float = 10.0
    """Seconds to wait for SendGrid's answer, after which nobody knows whether the mail went out."""

    @property
    def help_address(self) -> str:
        return self.reply_to or self.sender_email

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read every field, and refuse a configuration that would lose mail."""
        settings = super().from_environment(environment)
        if settings.sendgrid_host.rstrip("/") == _REAL_HOST:
            if not settings.sendgrid_key:
                raise BadSetting("SENDGRID_KEY is not set; without one, SENDGRID_HOST must name a stand-in")
            if settings.sender_email == _NOBODY:
                raise BadSetting("SENDER_EMAIL is not set")
        if settings.sendgrid_webhook_key and not is_public_key(settings.sendgrid_webhook_key):
            raise BadSetting("SENDGRID_WEBHOOK_KEY is not a public key")
        if settings.send_batch < 1 or settings.http_timeout <= 0:
            raise BadSetting("SEND_BATCH and HTTP_TIMEOUT must be positive")
        return settings
