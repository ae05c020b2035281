"""Days and webinars that stand where somebody moved them, and whose trainers cannot come: somebody else does.

The planner touches nothing of an appointment that was moved by hand to a date on which no rule would put it. Who is
ill, away or no trainer any more must not teach there all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.scheduling.planner import travel
from services.scheduling.planner.problem import Host, PreviousDay, PreviousWebinar, Trainer


class Cover:
    """The trainers as they are now, and what they teach by the plan that is changed."""

    def __init__(
        self, trainers: Sequence[Trainer], days: Sequence[PreviousDay], webinars: Sequence[PreviousWebinar]
    ) -> None:
        self.trainers = {trainer.id: trainer for trainer in trainers}
        taught = [(who, day.date) for day in days for who in day.trainer_ids]
        taught += [(webinar.speaker_id, webinar.date) for webinar in webinars]
        self.engaged: dict[str, list[date]] = {}
        for who, on in taught:
            self.engaged.setdefault(who, []).append(on)

    def of_day(self, day: PreviousDay, host: Host, detour: float) -> PreviousDay:
        """The day with the nearest who can come instead of those who cannot; left to the planner where too few can."""
        team = [who for who in day.trainer_ids if self._comes(who, day.date)]
        missing = len(day.trainer_ids) - len(team)
        if missing == 0:
            return day
        free = [trainer for trainer in self.trainers.values() if self._is_free(trainer, day.date)]
        km = travel.homeward(free, [host], detour)[:, 0].tolist() if free else []
        nearest = sorted(zip(km, (trainer.id for trainer in free), strict=True))[:missing]
        if len(nearest) < missing:
            return replace(day, fixed=False)
        for _km, who in nearest:
            self.engaged.setdefault(who, []).append(day.date)
        return replace(day, trainer_ids=(*team, *(who for _km, who in nearest)))

    def of_webinar(self, webinar: PreviousWebinar) -> PreviousWebinar:
        """The same with whoever knows the topic and has least to do."""
        if self._comes(webinar.speaker_id, webinar.date):
            return webinar
        able = [t for t in self.trainers.values() if t.knows(webinar.topic) and self._is_free(t, webinar.date)]
        if not able:
            return replace(webinar, fixed=False)
        other = min(able, key=lambda trainer: (len(self.engaged.get(trainer.id, ())), trainer.id)).id
        self.engaged.setdefault(other, []).append(webinar.date)
        return replace(webinar, speaker_id=other)

    def _comes(self, who: str, on: date) -> bool:
        return who in self.trainers and on not in self.trainers[who].unavailable

    def _is_free(self, trainer: Trainer, on: date) -> bool:
        """Also from the day before to the day after: no other place is too far then."""
        others = self.engaged.get(trainer.id, [])
        if trainer.most_days is not None and len(others) >= trainer.most_days:
            return False
        return self._comes(trainer.id, on) and all(abs((other - on).days) > 1 for other in others)
