"""The tables of scheduling. What must never be wrong is a constraint here, whatever the code does."""

from __future__ import annotations

from services.scheduling.models.base import Base
from services.scheduling.models.calendar import (
    Appointment,
    BodyDay,
    Change,
    DeskAssignment,
    Evidence,
    FormerTrainer,
    Place,
)
from services.scheduling.models.resources import CalendarRules, Closure, Host, Trainer
from services.scheduling.models.runs import (
    Document,
    Foresight,
    Outcome,
    PlanDigest,
    PlannedBody,
    Publication,
    Run,
    RunSketch,
)
from services.scheduling.models.told import Admission, Delegate, Forgotten, Programme

__all__ = [
    "Admission",
    "Appointment",
    "Base",
    "BodyDay",
    "CalendarRules",
    "Change",
    "Closure",
    "Delegate",
    "DeskAssignment",
    "Document",
    "Evidence",
    "Foresight",
    "Forgotten",
    "FormerTrainer",
    "Host",
    "Outcome",
    "Place",
    "PlanDigest",
    "PlannedBody",
    "Programme",
    "Publication",
    "Run",
    "RunSketch",
    "Trainer",
]
