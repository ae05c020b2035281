"""Who teaches and who speaks, whatever the dates."""

from __future__ import annotations

from typing import Any

from ortools.sat.python import cp_model

from services.scheduling.planner.calendar.question import Question
from services.scheduling.planner.calendar.rules import Rules
from services.scheduling.planner.calendar.timetable import Timetable


class People:
    """``teaches[e, t]`` and ``speaks[w, t]``, with the rules that are about people alone."""

    def __init__(self, rules: Rules, question: Question) -> None:
        self.rules, self.question = rules, question
        cp = rules.cp
        self.days, self.webinars = range(len(question.hosts)), range(len(question.topics))
        self.trainers = range(len(question.problem.trainers))
        open_to = [self._candidates(w) for w in self.webinars]
        self.teaches = {(e, t): cp.new_bool_var("") for e in self.days for t in sorted(question.teachers[e])}
        self.speaks = {(w, t): cp.new_bool_var("") for w in self.webinars for t in open_to[w]}
        for e in self.days:
            team = [self.teaches[e, t] for t in sorted(question.teachers[e])]
            rules.rule("trainers_per_day", cp.add(sum(team) == question.team_size(e)))
            if leaders := sorted(question.leaders[e]):
                rules.rule("leading_topics", cp.add_bool_or([self.teaches[e, t] for t in leaders]))
        for w in self.webinars:
            cp.add_exactly_one(self.speaks[w, t] for t in open_to[w])
            for t in open_to[w]:
                if t not in question.speakers[w]:
                    rules.rule("speakers_topics", cp.add(self.speaks[w, t] == 0))
        self.load = [
            sum(chosen for (_, who), chosen in (*self.teaches.items(), *self.speaks.items()) if who == t)
            for t in self.trainers
        ]
        for t in self.trainers:
            limit = question.limits[t]
            if limit is not None:
                rules.rule("most_days", cp.add(self.load[t] <= limit))

    def price(self) -> Any:
        """Kilometres, uneven work, and who is replaced."""
        question, problem, cp = self.question, self.question.problem, self.rules.cp
        most = len(self.days) + len(self.webinars)
        busiest, idlest = cp.new_int_var(0, most, ""), cp.new_int_var(0, most, "")
        for t in self.trainers:
            cp.add(busiest >= self.load[t])
            cp.add(idlest <= self.load[t])
        km = sum(question.km[e][t] * chosen for (e, t), chosen in self.teaches.items())
        ids = [trainer.id for trainer in problem.trainers]
        once, kept = 0, []
        for e, was in enumerate(question.before):
            if was is not None and not was.fixed:
                once += len(was.trainer_ids)
                kept += [self.teaches[e, t] for t in self.trainers if ids[t] in was.trainer_ids]
        for w, known in enumerate(question.webinars_before):
            if known is not None and not known.fixed:
                once += 1
                kept += [
                    self.speaks[w, t] for t in self.trainers if ids[t] == known.speaker_id and (w, t) in self.speaks
                ]
        return (
            km
            + round(problem.imbalance_km) * (busiest - idlest)
            + round(problem.changed_trainer_km) * (once - sum(kept))
        )

    def hint(self, table: Timetable) -> None:
        """Begin with these."""
        for (e, t), chosen in self.teaches.items():
            self.rules.cp.add_hint(chosen, t in table.teams[e])
        for (w, t), chosen in self.speaks.items():
            self.rules.cp.add_hint(chosen, t == table.speakers[w])

    def read(self, solver: cp_model.CpSolver) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
        """Teams and speakers as the solver has found them."""
        on = solver.boolean_value
        teams = tuple(tuple(t for t in sorted(self.question.teachers[e]) if on(self.teaches[e, t])) for e in self.days)
        speakers = tuple(
            next(t for t in self.trainers if (w, t) in self.speaks and on(self.speaks[w, t])) for w in self.webinars
        )
        return teams, speakers

    def _candidates(self, w: int) -> list[int]:
        """Those who know the topic; where the rule is asked about, the others too."""
        if self.rules.switches and not self.question.webinar_fixed(w):
            return list(self.trainers)
        return sorted(self.question.speakers[w])
