"""When, and with whom: dates, trainers and webinars for the hosts already chosen.

``dates`` says on which days anything may be held, ``topics`` what webinars are about and what a team must know,
``question`` puts both in numbers. ``construct`` makes a timetable in milliseconds; ``people``, ``moments``, ``dating``
and ``model`` state the rules to OR-Tools CP-SAT; ``making`` leads from one to the other and proves how good the result
is, ``clash`` names the rules that leave no way out.
"""

from services.scheduling.planner.calendar.dates import allot, working_days
from services.scheduling.planner.calendar.making import LEAST_SECONDS, check, load_solver, make
from services.scheduling.planner.calendar.question import Question, ask
from services.scheduling.planner.calendar.timetable import Timetable, price
from services.scheduling.planner.calendar.topics import leading_topics, wanted_topics

__all__ = [
    "LEAST_SECONDS",
    "Question",
    "Timetable",
    "allot",
    "ask",
    "check",
    "leading_topics",
    "load_solver",
    "make",
    "price",
    "wanted_topics",
    "working_days",
]
