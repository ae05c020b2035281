"""What the client was promised and what it did, kept on its own side, to be held against the platform's books."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

__all__ = ["Findings", "Ledger"]


@dataclass
class Ledger:
    """Only what the platform acknowledged with a 2xx is written here."""

    adhesions: dict[str, str] = field(default_factory=dict)
    """Adhesion id → body code."""
    confirmed: set[str] = field(default_factory=set)
    delegates: dict[str, list[str]] = field(default_factory=dict)
    """Adhesion id → addresses of the delegates on the form."""
    minutes: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    """Delegate id → appointment id → minutes, of closed appointments only."""

    def earned(self, delegate: str) -> int:
        return sum(self.minutes[delegate].values())


@dataclass
class Findings:
    """What the books do not agree on. Every entry is a defect of the platform."""

    lost: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    overbooked: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def compare(self, what: str, promised: Counter[str] | set[str], found: Counter[str]) -> None:
        """Each promised key once: what is absent is lost, what is there more often is doubled."""
        self.lost[what] += len([key for key in promised if found[key] == 0])
        self.doubled[what] += sum(number - 1 for number in found.values() if number > 1)

    @property
    def clean(self) -> bool:
        return not any(sum(counter.values()) for counter in (self.lost, self.doubled, self.overbooked, self.wrong))
