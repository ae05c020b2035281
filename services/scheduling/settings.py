"""What an operator may configure of scheduling."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from chassis.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class SchedulingSettings(ServiceSettings):
    """Beyond what every service needs."""

    day_starts: str = "09:00"
    """When a training day begins, by the clocks of ``time_zone``."""
    time_zone: str = "Europe/Rome"
    """The clocks by which appointments are held."""
    run_lease: float = 20.0
    """Seconds without a sign of life after which another process takes a planning run up again."""
    run_poll: float = 0.4
    """Seconds after which a planning run shows a sign of life though its planner says nothing; what it says is seen at
    once."""
    run_overtime: float = 60.0
    """Seconds by which the planner may exceed its time, and then again to hand in its plan once it was told to stop."""

    @property
    def zone(self) -> ZoneInfo:
        """By which a moment has a date and an hour."""
        return ZoneInfo(self.time_zone)
