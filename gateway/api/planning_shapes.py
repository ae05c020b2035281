"""What the API takes and gives about planning: how a run is steered, how plans compare, hosts, trainers, rules."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate

from gateway.api.input import Input, Length, PageQuery, Query, choice, prose, text, uuid, whole
from gateway.api.output import EngagedTrainer, ListedDay, Run, day, flag, ident, moment, number, page, shape
from gateway.api.output import text as shown
from gateway.api.output import whole as count

REPAIRS = ("host_cancels", "trainer_ill")
_YEARLY = r"(\d{4}-)?\d{2}-\d{2}\Z"


def _real(least: float, most: float, **given: Any) -> fields.Float:
    return fields.Float(validate=validate.Range(least, most, error="out_of_range"), **given)


def _few(value: Any) -> None:
    if len(value) > 5000:
        raise ValidationError("too_many")


def _codes() -> fields.List:
    return fields.List(text(80), validate=Length(0, 5000))


def _by_code(values: fields.Field[Any], words: str) -> fields.Dict:
    return fields.Dict(keys=text(80), values=values, validate=_few, metadata={"description": words})


class RepairInput(Input):
    """What has happened to the published calendar: a host cancels, or a trainer is ill from one date to another."""

    kind = choice(REPAIRS, required=True)
    host_code = text(80)
    trainer_id = uuid()
    first = fields.Date()
    last = fields.Date()


class RunParameters(Input):
    """How long the planner may search; a fixed seed makes it repeatable; detour is road over straight line.

    Codes are those of bodies and hosts. `based_on` is a run whose plan the new one stays near, at `stay_km` a body sent
    elsewhere; `fairness` is what a kilometre beyond `fair_km` costs more.
    """

    seconds = _real(0.5, 3600)
    seed = whole(0, 2**31 - 1)
    detour = _real(1, 3)
    based_on = uuid()
    repair = fields.Nested(RepairInput)
    pinned_hosts = _codes()
    excluded_hosts = _codes()
    split = fields.List(
        text(80), validate=Length(0, 5000), metadata={"description": "bodies whose delegates may go to two days"}
    )
    pinned = _by_code(text(80), "the host to which a body must go, by the body's code")
    forbidden = fields.List(
        fields.List(text(80), validate=Length(2, 2)),
        validate=Length(0, 5000),
        metadata={"example": [["001125", "001272"]], "description": "pairs of a body and a host"},
    )
    least_in_region = _by_code(whole(0, 500), "the least number of training days, by region")
    capacities = _by_code(whole(1, 10_000), "seats of this run, by host")
    pinned_dates = _by_code(fields.Date(), "the date on which a host holds its day")
    fair_km = _real(0, 2000)
    fairness = _real(0, 100)
    stay_km = _real(0, 5000)
    moved_date_km = _real(0, 5000)
    changed_trainer_km = _real(0, 5000)


class RunInput(Input):
    programme_id = uuid(required=True)
    parameters = fields.Nested(RunParameters, load_default=dict)


class _Sought(Query):
    """Words of a body's name, or its code; words of a host's name; a region."""

    query = text(100)
    host = text(100)
    region = text(80)
    limit = whole(1, 5000, strict=False)
    cursor = text(500)


class DaysQuery(PageQuery):
    """Words of a host's name; a region."""

    host = text(100)
    region = text(80)


class TrainersQuery(PageQuery):
    """Words of a trainer's name, or the id."""

    query = text(100)


class BodiesQuery(_Sought):
    day = whole(1, 100_000, strict=False)
    by_boat = fields.Boolean()


class ComparisonQuery(_Sought):
    other_id = uuid(required=True)


class HostFilter(PageQuery):
    query = text(100)
    usable = fields.Boolean()


class ClosureInput(Input):
    """A closed date: YYYY-MM-DD once, MM-DD each year."""

    date = fields.String(
        required=True, validate=validate.Regexp(_YEARLY, error="not_a_day"), metadata={"example": "12-07"}
    )
    reason = text(200)


class HostChangeInput(Input):
    venue = text(200)
    address = prose(200)
    capacity = whole(1, 10_000, allow_none=True)
    usable = fields.Boolean(truthy={True}, falsy={False})
    latitude = _real(-90, 90)
    longitude = _real(-180, 180)
    closures = fields.List(fields.Nested(ClosureInput), validate=Length(0, 400))


class HostInput(HostChangeInput):
    """Name, province, region and point are those of the registry, unless a point is given."""

    body_code = text(40, required=True)
    venue = text(200, required=True)


class ClosureListInput(Input):
    """A list as text, with `;`, `,` or tabs: code or name of the host, date (DD/MM, DD/MM/YYYY or ISO), why."""

    content = fields.String(required=True, validate=Length(1, 900_000))


class TrainerChangeInput(Input):
    """`skills` are codes of topics; null stands for all of them."""

    name = text(200)
    home = text(200)
    latitude = _real(-90, 90)
    longitude = _real(-180, 180)
    unavailable = fields.List(fields.Date(), validate=Length(0, 400))
    skills = fields.List(text(60), allow_none=True, validate=Length(1, 500))
    most_days = whole(1, 1000, allow_none=True)
    most_a_week = whole(1, 7, allow_none=True)
    usable = fields.Boolean(truthy={True}, falsy={False})


class TrainerInput(TrainerChangeInput):
    name = text(200, required=True)
    home = text(200, required=True)
    latitude = _real(-90, 90, required=True)
    longitude = _real(-180, 180, required=True)


def _day_of_each_year(example: str) -> fields.String:
    plain = validate.Regexp(r"\d{2}-\d{2}\Z", error="not_a_day")
    return fields.String(required=True, validate=plain, metadata={"example": example})


class PauseInput(Input):
    first = _day_of_each_year("08-01")
    last = _day_of_each_year("08-31")


class RulesInput(Input):
    days_per_date = whole(1, 50, required=True)
    days_per_week = whole(1, 250, allow_none=True)
    reachable_km = _real(1, 5000, required=True)
    pauses = fields.List(fields.Nested(PauseInput), required=True, validate=Length(0, 20))
    closed_dates = fields.List(fields.Date(), required=True, validate=Length(0, 400))


Closure = shape("Closure", date=shown(), reason=shown())
_HOST: dict[str, Any] = {
    **{name: shown() for name in ("code", "name", "province", "region", "venue", "address")},
    "population": count(),
    "latitude": number(),
    "longitude": number(),
    "capacity": count(),
    "usable": flag(),
    "version": count(),
}
Host = shape("Host", **_HOST)
HostDetail = shape("HostDetail", **_HOST, closures=[Closure])
ImportedClosures = shape("ImportedClosures", imported=count(), hosts=count())
TrainerDetail = shape(
    "TrainerDetail",
    id=ident(),
    name=shown(),
    home=shown(),
    latitude=number(),
    longitude=number(),
    unavailable=[day()],
    skills=fields.List(fields.String(), allow_none=True),
    most_days=count(),
    most_a_week=count(),
    usable=flag(),
    version=count(),
)
Pause = shape("Pause", first=shown(), last=shown())
CalendarRules = shape(
    "CalendarRules",
    programme_id=ident(),
    days_per_date=count(),
    days_per_week=count(),
    reachable_km=number(),
    pauses=[Pause],
    closed_dates=[day()],
    version=count(),
)

Figures = shape(
    "PlanFigures",
    **{
        name: number()
        for name in (
            *("cost_km", "bound_km", "gap", "travel_km", "mean_km", "longest_km"),
            *("fair_km", "trainers_km", "calendar_km"),
            *("mainland_longest_km", "islands_longest_km"),
        )
    },
    **{name: count() for name in ("beyond_fair", "across_water", "bodies", "training_days", "webinars")},
)
RegionSide = shape("RegionSide", bodies=count(), days=count(), mean_km=number(), longest_km=number())
DaySide = shape("DaySide", host_code=shown(), host_name=shown(), date=day(), trainers=[shown()], seated=count())
WebinarSide = shape("WebinarSide", topic=shown(), date=day(), starts=shown(), speaker=shown())
Comparison = shape(
    "PlanComparison",
    runs=[Run],
    figures=[Figures],
    regions=[shape("ComparedRegion", region=shown(), sides=fields.List(fields.Nested(RegionSide, allow_none=True)))],
    days=[shape("ComparedDay", number=count(), sides=fields.List(fields.Nested(DaySide, allow_none=True)))],
    webinars=[shape("ComparedWebinar", number=count(), sides=fields.List(fields.Nested(WebinarSide, allow_none=True)))],
    moves=[
        shape(
            "MovedBody",
            **{name: shown() for name in ("code", "name", "region", "from", "to")},
            km=[number()],
        )
    ],
    moved=count(),
    next_cursor=shown(),
)
PlannedDays = shape("PlannedDays", items=[ListedDay], next_cursor=shown(), total=count())
PlannedTrainers = shape("PlannedTrainers", items=[EngagedTrainer], next_cursor=shown(), total=count())
PlannedBodies = shape(
    "PlannedBodies",
    items=[
        shape(
            "PlannedBody",
            **{name: shown() for name in ("code", "name", "region", "planned_as", "host_code", "host_name")},
            delegates=count(),
            day=count(),
            km=number(),
            by_boat=flag(),
        )
    ],
    total=count(),
    next_cursor=shown(),
)
Announced = shape(
    "AnnouncedAppointment",
    **{name: shown() for name in ("kind", "title_it", "title_en", "host_name")},
    starts_at=moment(),
)
Preview = shape(
    "PublicationPreview",
    run_id=ident(),
    scheduled=[Announced],
    moved=[Announced],
    **{name: count() for name in ("cancelled", "places_assigned", "places_released", "places_waiting", "people")},
    worked_out_at=moment(),
    pending=flag(),
)
PreviewBegun = shape("PublicationPreviewBegun", run_id=ident(), worked_out_at=moment(), pending=flag())
Option = shape(
    "HostOption",
    **{name: shown() for name in ("host_code", "host_name", "province", "reason")},
    **{name: number() for name in ("km", "extra_km", "swap_km", "instead_km")},
    free=count(),
)
Why = shape(
    "Why",
    run=Run,
    body=shape("WhyBody", code=shown(), name=shown(), region=shown(), delegates=count()),
    day=count(),
    km=number(),
    options=[Option],
)
Hosts = page(Host)
