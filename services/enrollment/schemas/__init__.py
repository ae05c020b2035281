"""What comes into enrollment and goes out of it by RPC.

What comes in is strict: unknown fields, control characters and anything longer than its column are refused with a code
for each field. Names are kept in one Unicode form (NFC) with single spaces, mailboxes in lower case.
"""

from __future__ import annotations

from services.enrollment.schemas.fields import Words, mailbox
from services.enrollment.schemas.input import (
    AdhesionFilterInput,
    AdhesionInput,
    BulkInput,
    ContactInput,
    CorrectionInput,
    DelegateInput,
    DelegatesInput,
    DraftInput,
    JoinedInput,
    MailboxInput,
    NoteInput,
    OwnCorrectionInput,
    PaperInput,
    ReasonInput,
    ReviewInput,
    TopicsInput,
)
from services.enrollment.schemas.output import (
    AdhesionWithHistoryOutput,
    BodyOutput,
    BulkOutput,
    DelegateOutput,
    DraftOutput,
    ListedAdhesionOutput,
    NominationOutput,
    NoteOutput,
    PaperOutput,
    WholeAdhesionOutput,
    WholeBodyOutput,
    own_history,
)
from services.enrollment.schemas.programmes import (
    ProgrammeHistoryOutput,
    ProgrammeInput,
    ProgrammeOutput,
    ProgrammeSettingsOutput,
    accepted,
)

__all__ = [
    "AdhesionFilterInput",
    "AdhesionInput",
    "AdhesionWithHistoryOutput",
    "BodyOutput",
    "BulkInput",
    "BulkOutput",
    "ContactInput",
    "CorrectionInput",
    "DelegateInput",
    "DelegateOutput",
    "DelegatesInput",
    "DraftInput",
    "DraftOutput",
    "JoinedInput",
    "ListedAdhesionOutput",
    "MailboxInput",
    "NominationOutput",
    "NoteInput",
    "NoteOutput",
    "OwnCorrectionInput",
    "PaperInput",
    "PaperOutput",
    "ProgrammeHistoryOutput",
    "ProgrammeInput",
    "ProgrammeOutput",
    "ProgrammeSettingsOutput",
    "ReasonInput",
    "ReviewInput",
    "TopicsInput",
    "WholeAdhesionOutput",
    "WholeBodyOutput",
    "Words",
    "accepted",
    "mailbox",
    "own_history",
]
