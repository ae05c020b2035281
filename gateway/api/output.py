"""What the API gives: these fields and no others, so that what a service adds is published on purpose only."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from marshmallow import Schema, fields

text = partial(fields.String, allow_none=True)


def _formatted(name: str, **given: Any) -> fields.String:
    return fields.String(allow_none=True, metadata={"format": name}, **given)


number = partial(fields.Float, allow_none=True)
whole = partial(fields.Integer, allow_none=True)
flag = fields.Boolean
ident = partial(fields.String, required=True, metadata={"format": "uuid"})
moment, day = partial(_formatted, "date-time"), partial(_formatted, "date")


def shape(name: str, /, **given: Any) -> type[Schema]:
    """An object of the API; a type stands for a nested one, a list of a type for a list of them."""
    made = {key: _field(value) for key, value in given.items()}
    return Schema.from_dict(made, name=name)


def _field(value: Any) -> Any:
    if isinstance(value, list):
        return fields.List(_field(value[0]))
    if isinstance(value, type) and issubclass(value, Schema):
        return fields.Nested(value, allow_none=True)
    return value


@cache
def page(item: type[Schema]) -> type[Schema]:
    """A list's answer: some items, and the cursor to ask for the next ones with (null when there are none)."""
    return shape(f"{item.__name__}Page", items=[item], next_cursor=text())


SEALED = fields.String(required=True, metadata={"description": "The words, for the list's address: `search`"})

Status = shape("Status", status=fields.Integer(required=True), title=fields.String(required=True))
Empty = shape("Accepted")

Topic = shape("Topic", code=text(), title_it=text(), title_en=text())
Programme = shape(
    "Programme",
    programme_id=ident(),
    **{
        name: text()
        for name in ("code", "title_it", "title_en", "issuer", "territory_note", "territory_note_en", "state")
    },
    adhesion_opens=moment(),
    adhesion_closes=moment(),
    training_from=day(),
    training_until=day(),
    **{
        name: whole()
        for name in (
            *(f"{role}_{end}" for role in ("administrator", "manager", "official") for end in ("least", "most")),
            *("training_days", "webinars", "places_per_body", "day_capacity", "webinar_capacity"),
            "late_paper_days",
            *("webinars_per_delegate", "trainers_per_day", "day_minutes", "webinar_minutes", "certificate_minutes"),
            *("population_min", "population_max", "changes_close_days"),
        )
    },
    kinds=[text()],
    topics=[Topic],
    consent_version=text(),
    consent_it=text(),
    consent_en=text(),
)
_BODY: dict[str, Any] = {
    **{name: text() for name in ("code", "name", "name_other", "kind", "province", "province_name", "region")},
    "population": whole(),
    "population_year": whole(),
}
Body = shape("Body", **_BODY)
BodyDetail = shape("BodyDetail", **_BODY, latitude=number(), longitude=number(), cadastral_code=text())
Eligibility = shape("Eligibility", eligible=flag(), reason=text(), facts=fields.Dict())

Delegate = shape(
    "Delegate",
    id=ident(),
    **{
        name: text()
        for name in ("given_name", "family_name", "email", "role", "gender", "language", "state", "mail_state")
    },
    new_email=text(),
)
Draft = shape(
    "AdhesionDraft",
    **{name: text() for name in ("programme_code", "email", "language")},
    adhesion=fields.Dict(),
    expires_at=moment(),
)
Receipt = shape("Receipt", hash=text(), statement=text(), content=fields.Dict(), intact=flag())
ListedDelegate = shape(
    "ListedDelegate", **{name: text() for name in ("given_name", "family_name", "email", "role", "gender")}
)
DelegateList = shape(
    "DelegateList",
    good=whole(),
    wrong=whole(),
    items=[shape("DelegateListRow", row=whole(), delegate=ListedDelegate, errors=fields.Dict())],
)
Contact = shape(
    "Contact",
    id=ident(),
    **{name: text() for name in ("given_name", "family_name", "email", "phone", "office", "language", "mail_state")},
)
Nomination = shape(
    "Nomination",
    **{name: text() for name in ("given_name", "family_name", "email", "nominated_by")},
    nominated_at=moment(),
    expires_at=moment(),
)
LegalRepresentative = shape("LegalRepresentative", id=ident(), given_name=text(), family_name=text(), title=text())
History = shape(
    "History",
    at=moment(),
    **{name: text() for name in ("actor", "what", "reason", "person_id")},
    changes=fields.Dict(allow_none=True),
)
Note = shape(
    "Note", id=ident(), author=text(), text=text(), written_at=moment(), edited_at=moment(), deleted_at=moment()
)
WrittenNote = shape("WrittenNote", id=ident())
_REASON_COUNT = shape("ReasonCount", reason=text(), count=whole())
_LEFT_OUT = shape(
    "LeftOut",
    adhesion_id=ident(),
    **{name: text() for name in ("protocol", "body_name", "state", "reason")},
)
BulkAction = shape(
    "BulkAction",
    id=ident(),
    **{name: text() for name in ("programme_code", "action", "reason", "actor", "state")},
    prepared_at=moment(),
    confirmed_at=moment(),
    **{name: whole() for name in ("total", "done", "waiting")},
    not_done=[_REASON_COUNT],
    left_out=[_LEFT_OUT],
)
_ADHESION: dict[str, Any] = {
    "id": ident(),
    "protocol": text(),
    "programme_code": text(),
    "programme_id": ident(),
    "body": Body,
    "state": text(),
    "submitted_at": moment(),
    "confirmed_at": moment(),
    "rejected_reason": text(),
    "topics": [text()],
    "delegates_count": whole(),
}
AdhesionSummary = shape("AdhesionSummary", **_ADHESION)
ListedAdhesion = shape("ListedAdhesion", **_ADHESION, mailbox_dead=flag())
AdhesionPage = shape("AdhesionPage", items=[ListedAdhesion], next_cursor=text(), found=whole(), found_all=flag())
AdhesionsFound = shape(
    "AdhesionsFound", items=[ListedAdhesion], next_cursor=text(), found=whole(), found_all=flag(), search=SEALED
)
Adhesion = shape(
    "Adhesion",
    **_ADHESION,
    contact=Contact,
    nomination=Nomination,
    institutional_email=text(),
    legal_representative=LegalRepresentative,
    delegates=[Delegate],
    history=[History],
    notes=[Note],
    paper=shape("Paper", dated_on=day(), reference=text(), entered_by=text(), entered_at=moment()),
    version=whole(),
    receipt_hash=text(),
)
RegionCount = shape("RegionCount", region=text(), eligible=whole(), confirmed=whole())
Statistics = shape(
    "Statistics",
    by_state=fields.Dict(),
    by_region=[RegionCount],
    delegates_by_role=fields.Dict(),
    delegates_by_gender=fields.Dict(),
    adhesions=whole(),
    delegates=whole(),
)
Person = shape(
    "Person",
    id=ident(),
    **{name: text() for name in ("given_name", "family_name", "email", "role", "body_code", "body_name", "mail_state")},
)

Run = shape(
    "SchedulingRun",
    id=ident(),
    programme_id=ident(),
    **{name: text() for name in ("state", "phase", "reason", "requested_by")},
    parameters=fields.Dict(allow_none=True),
    facts=fields.Dict(allow_none=True),
    stop_requested=flag(),
    **{name: number() for name in ("share", "cost_km", "bound_km", "gap", "longest_km", "mean_km")},
    bodies=whole(),
    requested_at=moment(),
    finished_at=moment(),
    publication=shape("RunPublication", since=moment(), reason=text(), facts=fields.Dict(allow_none=True)),
)
RunEvent = shape("RunEvent", id=fields.String(), event=fields.String(), data=fields.String())
Trainer = shape("Trainer", id=text(), name=text())
SeatedBody = shape("SeatedBody", code=text(), name=text(), delegates=whole(), km=number(), planned_as=text())
PublicAppointment = shape(
    "PublicAppointment",
    id=ident(),
    **{
        name: text()
        for name in ("kind", "state", "topic", "title_it", "title_en", "host_name", "host_province", "venue")
    },
    starts_at=moment(),
    ends_at=moment(),
    **{name: whole() for name in ("number", "minutes", "revision")},
)
_HOLDS: dict[str, Any] = {
    "date": day(),
    "planned_date": day(),
    **{name: text() for name in ("starts", "planned_starts", "change")},
}
"""Of a published plan the date and hour that hold, and what became of the planned ones: moved, called_off."""
_DAY: dict[str, Any] = {
    **{name: whole() for name in ("number", "capacity", "seated")},
    **{name: text() for name in ("host_code", "host_name", "province", "region")},
    "latitude": number(),
    "longitude": number(),
    **_HOLDS,
    "appointment": PublicAppointment,
    "trainers": [Trainer],
}
PlannedDay = shape("PlannedDay", **_DAY, bodies=[SeatedBody])
ListedDay = shape("ListedDay", **_DAY, guests=whole())
PlannedWebinar = shape(
    "PlannedWebinar",
    number=whole(),
    **{name: text() for name in ("topic", "title_it", "title_en", "speaker")},
    **_HOLDS,
    appointment=PublicAppointment,
    interested=whole(),
)
Engagement = shape("Engagement", **_HOLDS, kind=text(), number=whole(), what=text())
EngagedTrainer = shape(
    "EngagedTrainer", id=text(), name=text(), km=number(), engagements=[Engagement], relieved=[PublicAppointment]
)
PlannedRegion = shape(
    "PlannedRegion",
    region=text(),
    **{name: whole() for name in ("bodies", "delegates", "days_held")},
    mean_km=number(),
    longest_km=number(),
)
Plan = shape(
    "Plan",
    run=Run,
    days=[PlannedDay],
    webinars=[PlannedWebinar],
    trainers=[EngagedTrainer],
    regions=[PlannedRegion],
    across_water=[
        shape("AcrossWater", **{name: text() for name in ("code", "name", "host_name")}, km=number()),
    ],
    mainland_longest_km=number(),
    islands_longest_km=number(),
    calendar_km=number(),
    calendar_bound_km=number(),
)
Publication = shape(
    "Publication",
    run_id=ident(),
    **{name: whole() for name in ("training_days", "webinars", "places", "waiting")},
)
Appointment = shape(
    "Appointment",
    id=ident(),
    programme_id=ident(),
    **{
        name: text()
        for name in (
            "kind",
            "state",
            "topic",
            "title_it",
            "title_en",
            "host_code",
            "host_name",
            "host_province",
            "venue",
        )
    },
    starts_at=moment(),
    ends_at=moment(),
    latitude=number(),
    longitude=number(),
    **{
        name: whole()
        for name in ("number", "minutes", "capacity", "taken", "waiting", "recorded", "revision", "version")
    },
    trainers=[text()],
)
_OWN_PLACE: dict[str, Any] = {"position": whole(), "changes_close_at": moment()}
_PLACE: dict[str, Any] = {
    "id": ident(),
    "appointment_id": ident(),
    "delegate_id": ident(),
    **{name: text() for name in ("body_code", "state", "source", "reason")},
    "released_at": moment(),
    "minutes": whole(),
    "attendance_revision": whole(),
}
Place = shape("Place", **_PLACE)
OwnPlace = shape("OwnPlace", **_PLACE, **_OWN_PLACE, appointment=Appointment)
Recorded = shape("Recorded", recorded=whole(), unchanged=whole())

Certificate = shape(
    "Certificate",
    id=ident(),
    programme_id=ident(),
    delegate_id=ident(),
    **{name: text() for name in ("number", "public_code", "state", "document", "reason")},
    edition=whole(),
    minutes=whole(),
    issued_at=moment(),
)
CertificatesFound = shape("CertificatesFound", items=[Certificate], next_cursor=text(), search=SEALED)
CertifiedAppointment = shape(
    "CertifiedAppointment", kind=text(), title_it=text(), title_en=text(), held_on=day(), minutes=whole()
)
Verification = shape(
    "Verification",
    found=flag(),
    **{
        name: text()
        for name in (
            *("status", "number", "programme_it", "programme_en", "issuer"),
            *("holder_masked", "holder", "replaced_by_number"),
        )
    },
    issued_on=day(),
    hours=number(),
    minutes=whole(),
    appointments=fields.List(fields.Nested(CertifiedAppointment), allow_none=True),
    development_key=flag(),
)
EvidenceItem = shape(
    "EvidenceItem",
    appointment_id=ident(),
    **{name: text() for name in ("kind", "title_it", "title_en", "host_name")},
    held_on=day(),
    minutes=whole(),
    settled=flag(),
)
Evidence = shape("Evidence", minutes=whole(), threshold=whole(), items=[EvidenceItem])

Message = shape(
    "Message",
    id=ident(),
    person_id=text(),
    **{name: text() for name in ("kind", "language", "state", "cause", "reason")},
    created_at=moment(),
    sent_at=moment(),
    attempts=whole(),
)
MessageCounts = shape("MessageCounts", by_state=fields.Dict(), by_kind=fields.Dict())
Accepted = shape("AcceptedReports", accepted=whole())

AreaSession = shape(
    "AreaSession", area=fields.String(required=True), token=fields.String(required=True), ends_at=moment(required=True)
)
SentMail = shape(
    "SentMail", **{name: text() for name in ("kind", "state", "language")}, created_at=moment(), sent_at=moment()
)
AcceptedReceipt = shape("AcceptedReceipt", hash=text(), content=fields.Dict())
_HELD: dict[str, Any] = {"history": [History], "places": [OwnPlace], "certificates": [Certificate], "mails": [SentMail]}
BodyData = shape("BodyData", adhesion=Adhesion, receipt=AcceptedReceipt, **_HELD)
PersonData = shape("PersonData", delegate=Delegate, adhesion=AdhesionSummary, **_HELD)
NominationAsked = shape("NominationAsked", adhesion=AdhesionSummary, nomination=Nomination)
TopicsReach = shape("TopicsReach", topics=[text()], reach=text(), until=moment())
DelegateArea = shape("DelegateArea", delegate=Delegate, adhesion=AdhesionSummary)
Staff = shape("Staff", id=ident(), name=text(), email=text(), role=text(), roles=[text()])
Token = shape("Token", token=fields.String(required=True), ends_at=moment(required=True), staff=Staff)
