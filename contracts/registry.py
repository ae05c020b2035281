"""Which service publishes which event, and who reads it. The whole topology is derived from this table.

A reader is ``service.handler``: the handler's queue. A service hears one producer in one queue, so that what the
producer told in order is heard in order.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts import certificates, enrollment, notifications, scheduling
from contracts.event import Event


@dataclass(frozen=True)
class Row:
    """One event, its only producer, and the queues that it reaches."""

    event: type[Event]
    producer: str
    readers: tuple[str, ...]


_ALL = ("scheduling.hear_enrollment", "notifications.hear_enrollment", "certificates.hear_enrollment")
_SEATING = ("scheduling.hear_enrollment", "notifications.hear_enrollment")
_MAIL = ("notifications.hear_enrollment",)

REGISTRY: tuple[Row, ...] = (
    Row(enrollment.ProgrammeOpened, "enrollment", _ALL),
    Row(enrollment.ProgrammeChanged, "enrollment", _ALL),
    Row(enrollment.AdhesionSubmitted, "enrollment", _MAIL),
    Row(enrollment.AdhesionConfirmed, "enrollment", _SEATING),
    Row(enrollment.AdhesionRejected, "enrollment", _MAIL),
    Row(enrollment.AdhesionWithdrawn, "enrollment", _SEATING),
    Row(enrollment.AdhesionCorrected, "enrollment", _SEATING),
    Row(enrollment.AdhesionReminded, "enrollment", _MAIL),
    Row(enrollment.BulkActionAdvanced, "enrollment", ("enrollment.continue_bulk_actions",)),
    Row(enrollment.AreaLinkRequested, "enrollment", _MAIL),
    Row(enrollment.ConfirmationLinkRequested, "enrollment", _MAIL),
    Row(enrollment.DelegateLinkRequested, "enrollment", _MAIL),
    Row(enrollment.ContactChanged, "enrollment", _MAIL),
    Row(enrollment.ContactNominated, "enrollment", _MAIL),
    Row(enrollment.MailboxLinkRequested, "enrollment", _MAIL),
    Row(enrollment.MailboxChangeRequested, "enrollment", _MAIL),
    Row(enrollment.DraftSaved, "enrollment", _MAIL),
    Row(enrollment.DelegateRegistered, "enrollment", _ALL),
    Row(enrollment.DelegateWithdrawn, "enrollment", _ALL),
    Row(enrollment.PersonErased, "enrollment", _ALL),
    Row(scheduling.SchedulingRunRequested, "scheduling", ("gateway.hear_scheduling",)),
    Row(scheduling.SchedulingRunProgressed, "scheduling", ("gateway.hear_scheduling",)),
    Row(scheduling.SchedulingRunCompleted, "scheduling", ("gateway.hear_scheduling",)),
    Row(scheduling.SchedulingRunFailed, "scheduling", ("gateway.hear_scheduling",)),
    Row(scheduling.PlanPublished, "scheduling", ("notifications.hear_scheduling", "certificates.hear_scheduling")),
    Row(
        scheduling.AppointmentScheduled,
        "scheduling",
        ("notifications.hear_scheduling", "certificates.hear_scheduling"),
    ),
    Row(scheduling.AppointmentMoved, "scheduling", ("notifications.hear_scheduling", "certificates.hear_scheduling")),
    Row(
        scheduling.AppointmentCancelled,
        "scheduling",
        ("notifications.hear_scheduling", "certificates.hear_scheduling"),
    ),
    Row(scheduling.PlaceAssigned, "scheduling", ("notifications.hear_scheduling",)),
    Row(scheduling.PlaceWaiting, "scheduling", ("notifications.hear_scheduling",)),
    Row(scheduling.PlaceReleased, "scheduling", ("notifications.hear_scheduling",)),
    Row(scheduling.DeskAssigned, "scheduling", ("notifications.hear_scheduling",)),
    Row(scheduling.DeskRelieved, "scheduling", ("notifications.hear_scheduling",)),
    Row(scheduling.AttendanceRecorded, "scheduling", ("certificates.hear_scheduling",)),
    Row(scheduling.AttendanceCorrected, "scheduling", ("certificates.hear_scheduling",)),
    Row(scheduling.AppointmentClosed, "scheduling", ("certificates.hear_scheduling",)),
    Row(certificates.CertificateIssued, "certificates", ("notifications.hear_certificates",)),
    Row(certificates.CertificateReissued, "certificates", ("notifications.hear_certificates",)),
    Row(certificates.CertificateRevoked, "certificates", ("notifications.hear_certificates",)),
    Row(notifications.MessageSent, "notifications", ("enrollment.hear_notifications",)),
    Row(notifications.MessageDelivered, "notifications", ("enrollment.hear_notifications",)),
    Row(notifications.MessageBounced, "notifications", ("enrollment.hear_notifications",)),
    Row(notifications.MessageUnresolved, "notifications", ("enrollment.hear_notifications",)),
)

BY_TYPE: dict[str, Row] = {row.event.type(): row for row in REGISTRY}


def queues() -> dict[str, tuple[type[Event], ...]]:
    """Each reader's queue with the events that are bound to it."""
    bound: dict[str, list[type[Event]]] = {}
    for row in REGISTRY:
        for reader in row.readers:
            bound.setdefault(reader, []).append(row.event)
    return {reader: tuple(events) for reader, events in bound.items()}
