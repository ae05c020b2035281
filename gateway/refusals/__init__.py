"""What each named refusal means in plain words: why it was said, and what the reader can do now.

A row is (title, why, what to do). Names in ``%(...)s`` are the refusal's facts, already formatted by ``words``. A fact
is never a person's name.
"""

from __future__ import annotations

from gateway.refusals.enrollment import ENROLLMENT
from gateway.refusals.fields import FIELD_ERRORS
from gateway.refusals.forms import FORMS
from gateway.refusals.identity import IDENTITY
from gateway.refusals.letters import LETTERS
from gateway.refusals.lists import CELLS, LISTS, ROWS
from gateway.refusals.planning import PLANNING_FAILURES
from gateway.refusals.scheduling import SCHEDULING

__all__ = ["CELLS", "FIELD_ERRORS", "PLANNING_FAILURES", "REFUSALS", "ROWS"]

REFUSALS = IDENTITY | ENROLLMENT | LISTS | SCHEDULING | LETTERS | FORMS
