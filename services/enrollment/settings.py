"""What the operator may set for enrollment."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.settings import ServiceSettings

DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class EnrollmentSettings(ServiceSettings):
    """Each field is read from the environment variable of its name in upper case."""

    link_seconds: int = 30 * DAY
    """How long a mailed link is good: the confirmation's, the area's, the delegate's."""
    area_link_interval: int = 60
    """Seconds between two mails with a link to the same area: asking more often does not fill a mailbox."""
