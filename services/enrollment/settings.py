"""What the operator may set for enrollment."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.settings import ServiceSettings

DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class EnrollmentSettings(ServiceSettings):
    """Each field is read from the environment variable of its name in upper case."""

    link_seconds: int = 30 * DAY
    """How long the link that confirms an adhesion is good; clicking it twice is fine."""
    area_link_seconds: int = 3 * DAY
    """How long a link to an area is good, the body's or a delegate's own. It opens the area once."""
    area_session_seconds: int = 8 * 3600
    """How long an area stays open, for the browser or the program that opened it."""
    area_renewal_seconds: int = 730 * DAY
    """How long a used or expired link still brings a new one to the mailbox that it was sent to."""
    reminder_days: int = 7
    """A body that has not finished is reminded at most once in so many days."""
    area_link_interval: int = 60
    """Seconds between two mails with a link to the same area: asking more often does not fill a mailbox."""
    draft_seconds: int = 30 * DAY
    """How long a form that was put aside is kept, counted from the last time that it was saved."""
    drafts_per_mailbox: int = 10
    """How many drafts of a programme one mailbox can have: beyond it nothing is kept and nobody is written to."""
    handover_seconds: int = 7 * DAY
    """How long who was nominated as contact, or reads a new mailbox, has to use the link."""
    handovers_a_day: int = 10
    """How often within 24 hours a body may nominate, or a delegate's mailbox be changed: each writes to a stranger."""
    area_links_a_day: int = 20
    """Mails with a link to the same area within 24 hours, at most."""
