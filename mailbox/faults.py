"""How the stand-in misbehaves when a test asks it to."""

from __future__ import annotations

import random
import threading
from dataclasses import asdict, dataclass, fields
from typing import Any

__all__ = ["BadFaults", "Faults", "Misfortune"]

_RATES = ("rate_429", "rate_500_before", "rate_500_after", "rate_reset_after")


class BadFaults(ValueError):
    """The faults asked for are none: the text says why."""


@dataclass(frozen=True)
class Faults:
    """Rates are shares of the calls, each call meets one fault at most, so together they are 1 or less.

    ``before`` means that the mail is not accepted, ``after`` that it is, and the caller does not learn it. ``delay``
    seconds pass between accepting and answering.
    """

    rate_429: float = 0.0
    rate_500_before: float = 0.0
    rate_500_after: float = 0.0
    rate_reset_after: float = 0.0
    delay: float = 0.0
    reset_in: int = 1
    """Seconds after which a 429 says that the caller may come again."""
    seed: int = 0
    webhook_copies: int = 1
    """Each event comes between one and this many times."""
    webhook_shuffle: bool = False
    webhook_early: float = 0.0
    """The share of the calls whose event is posted before they are answered."""

    @classmethod
    def of(cls, given: Any) -> Faults:
        """Read what a test sent; whatever is not named is off."""
        if not isinstance(given, dict):
            raise BadFaults("expected an object")
        known: dict[str, type] = {field.name: type(field.default) for field in fields(cls)}
        for name, value in given.items():
            if name not in known:
                raise BadFaults(f"{name} is unknown")
            kind = known[name]
            fits = isinstance(value, (int, float) if kind is float else kind)
            if not fits or isinstance(value, bool) != (kind is bool):
                raise BadFaults(f"{name} must be of type {kind.__name__}")
            if value < 0:
                raise BadFaults(f"{name} must not be negative")
        faults = cls(**given)
        if sum(getattr(faults, rate) for rate in _RATES) > 1 or faults.webhook_early > 1:
            raise BadFaults("the rates exceed 1")
        if not 1 <= faults.webhook_copies <= 100:
            raise BadFaults("webhook_copies must be from 1 to 100")
        return faults

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Misfortune:
    """Draws the fault that each call meets, always the same ones for the same seed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.set(Faults())

    def set(self, faults: Faults) -> None:
        with self._lock:
            self.faults = faults
            self._random = random.Random(faults.seed)

    def draw(self) -> str | None:
        """``"429"``, ``"500_before"``, ``"500_after"``, ``"reset_after"`` or, mostly, nothing."""
        with self._lock:
            roll = self._random.random()
            for rate in _RATES:
                roll -= getattr(self.faults, rate)
                if roll < 0:
                    return rate.removeprefix("rate_")
            return None

    def copies(self) -> int:
        with self._lock:
            return self._random.randint(1, self.faults.webhook_copies)

    def lateness(self) -> float:
        """Seconds by which an event is held back, so that events overtake each other."""
        with self._lock:
            return self._random.uniform(0, 2) if self.faults.webhook_shuffle else 0.0

    def early(self) -> bool:
        with self._lock:
            return self._random.random() < self.faults.webhook_early
