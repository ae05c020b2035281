"""Enrollment's tables. The constraints hold the rules once more, for whoever finds another way in."""

from __future__ import annotations

from services.enrollment.models.adhesions import (
    NEVER_CHANGED,
    STANDING,
    Adhesion,
    Contact,
    Delegate,
    History,
    LegalRepresentative,
    Note,
    Paper,
    Person,
    ProtocolCounter,
    Reachable,
    Receipt,
)
from services.enrollment.models.areas import (
    AreaSession,
    Draft,
    LinkRequest,
)
from services.enrollment.models.base import (
    Base,
)
from services.enrollment.models.listed import (
    BulkAction,
    BulkItem,
    ListedAdhesion,
    ListedWord,
    Reminder,
    Tally,
)
from services.enrollment.models.programmes import (
    Body,
    Programme,
    ProgrammeHistory,
)

__all__ = [
    "NEVER_CHANGED",
    "STANDING",
    "Adhesion",
    "AreaSession",
    "Base",
    "Body",
    "BulkAction",
    "BulkItem",
    "Contact",
    "Delegate",
    "Draft",
    "History",
    "LegalRepresentative",
    "LinkRequest",
    "ListedAdhesion",
    "ListedWord",
    "Note",
    "Paper",
    "Person",
    "Programme",
    "ProgrammeHistory",
    "ProtocolCounter",
    "Reachable",
    "Receipt",
    "Reminder",
    "Tally",
]
