"""The numbers of the dashboard, for programs."""

from __future__ import annotations

from typing import Any

from gateway import dashboard
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.api.output import Appointment, MessageCounts, day, fields, moment, shape, text, whole
from gateway.api.repair import ServiceCounts
from gateway.backend import call
from gateway.identity import staff_only

board = Blueprint("dashboard", __name__, url_prefix=PREFIX, description="How a programme stands")

AdhesionFigures = shape(
    "AdhesionFigures",
    opens=moment(),
    closes=moment(),
    now=moment(),
    by_day=[shape("DayFigures", day=day(), received=whole(), confirmed=whole())],
    by_state=fields.Dict(),
    by_region=[shape("RegionFigures", region=text(), eligible=whole(), joined=whole(), others=whole())],
    by_population=[
        shape("ClassFigures", **{name: whole() for name in ("from", "below", "eligible", "joined")}),
    ],
    delegates=[shape("DelegateFigures", role=text(), gender=text(), count=whole())],
    waiting=shape(
        "WaitingFigures",
        review=whole(),
        oldest_review=moment(),
        unfinished=whole(),
        oldest_unfinished=moment(),
        dead_mailboxes=whole(),
    ),
)
Dashboard = shape(
    "Dashboard",
    adhesions=AdhesionFigures,
    mails=MessageCounts,
    failed=[ServiceCounts],
    appointments=fields.List(fields.Nested(Appointment), allow_none=True),
)


@board.get("/programmes/<string(maxlength=40):code>/dashboard")
@staff_only("secretariat")
@board.response(200, Dashboard)
def get_dashboard(code: str) -> Any:
    """How a programme stands: adhesions, people, mails, failed messages, next appointments

    The part of a service that does not answer is null. Municipalities that joined are told against those that may join;
    of other bodies there is no list, so they are counted apart.
    """
    return dashboard.figures(call("enrollment", "programme", code=code))
