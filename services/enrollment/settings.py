"""What the operator may set for enrollment."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.settings import ServiceSettings

DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class EnrollmentSettings(ServiceSettings):
    """Each field is read from the environment variable of its name in upper case."""

    link_seconds: int = 30 * DAY
    """How long a mailed link is good: the confirmation's and the area's."""
    delegate_link_seconds: int = 730 * DAY
    """How long a delegate's own link is good: the mails that carry it come long before the training ends."""
    reminder_days: int = 7
    """A body that has not finished is reminded at most once in so many days."""
    area_link_interval: int = 60
    """Seconds between two mails with a link to the same area: asking more often does not fill a mailbox."""
    draft_seconds: int = 30 * DAY
    """How long a form that was put aside is kept, counted from the last time that it was saved."""
    drafts_per_mailbox: int = 10
    """How many drafts of a programme one mailbox can have: beyond it nothing is kept and nobody is written to."""
