"""A CP-SAT model whose rules have names, and may each be switched on and off."""

from __future__ import annotations

from typing import Any

from ortools.sat.python import cp_model

RULES = (
    "host_dates",
    "days_per_date",
    "days_per_week",
    "trainers_per_day",
    "leading_topics",
    "speakers_topics",
    "availability",
    "most_days",
    "most_a_week",
    "one_place_a_day",
    "consecutive_days",
    "one_webinar_a_date",
)


class Rules:
    """The model, with a switch for each rule where one asks which rules clash; else all of them hold."""

    def __init__(self, *, switched: bool = False) -> None:
        self.cp = cp_model.CpModel()
        self.switches = {rule: self.cp.new_bool_var(rule) for rule in RULES} if switched else {}

    def rule(self, name: str, constraint: cp_model.Constraint) -> None:
        """The constraint holds because of this rule."""
        if name in self.switches:
            constraint.only_enforce_if(self.switches[name])

    def while_on(self, name: str, literal: Any) -> Any:
        """The literal; where rules are switched, one that it implies only while the rule is on."""
        if name not in self.switches:
            return literal
        both = self.cp.new_bool_var("")
        self.cp.add_bool_or(both, ~literal, ~self.switches[name])
        return both
