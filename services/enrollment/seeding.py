"""What a new installation begins with."""

from __future__ import annotations

import sqlalchemy as sa

import seeds
from chassis import clock
from chassis.database import Store
from chassis.outbox import Emitter
from services.enrollment import programmes, registry
from services.enrollment.models import Body, Programme


def seed(store: Store, emitter: Emitter) -> tuple[int, list[str]]:
    """Load the registry when there is none, and each programme that is not there; say how many bodies and which.

    What is there already is left as it is: it may have been corrected since.
    """
    with store.transaction() as session:
        bodies = 0
        if session.scalar(sa.select(Body.code).limit(1)) is None:
            bodies = registry.store(session, registry.from_seeds(seeds.municipalities())).new
        known = set(session.scalars(sa.select(Programme.code)))
        opened = []
        for given in seeds.programmes():
            if given["code"] not in known:
                programme, told = programmes.open_programme(session, given, "system", clock.now())
                emitter.emit(session, *told)
                opened.append(programme.code)
        return bodies, opened
