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
    MailboxChange,
    Nomination,
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
    UsedLink,
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
from services.enrollment.models.quotas import WITHIN_QUOTA

__all__ = [
    "NEVER_CHANGED",
    "STANDING",
    "WITHIN_QUOTA",
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
    "MailboxChange",
    "Nomination",
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
    "UsedLink",
]
