"""On which dates appointments may be held, and whether there are enough of them for everything that is planned."""

from __future__ import annotations

from datetime import date, timedelta

import holidays

from services.scheduling.planner.calendar.topics import wanted_topics
from services.scheduling.planner.problem import Infeasible, Problem


def working_days(problem: Problem) -> list[date]:
    """The dates of the window on which appointments may be held: Monday to Friday, no holiday, no pause, not closed."""
    length = (problem.window_until - problem.window_from).days
    if length < 0:
        return []
    years = range(problem.window_from.year, problem.window_until.year + 1)
    festive = holidays.country_holidays(problem.country, years=years)
    window = (problem.window_from + timedelta(days=offset) for offset in range(length + 1))
    return [
        day
        for day in window
        if day.weekday() < 5 and day not in festive and day not in problem.closed_dates and not _paused(day, problem)
    ]


def week(day: date) -> int:
    """The number of its week, Monday to Sunday, without a break at New Year."""
    return (day.toordinal() - 1) // 7


def stretches(dates: list[date], count: int) -> list[int]:
    """Cut the dates into so many stretches of equal length; the stretch of each date."""
    return [position * count // len(dates) for position in range(len(dates))]


def allot(problem: Problem, days: int) -> None:
    """Refuse with a named reason what can be counted out: so many training days and the webinars need dates and people.

    It counts as if all trainers could teach everything everywhere, so its no is certain and its yes is not.
    """
    fixed_days = sum(day.fixed for day in problem.previous_days)
    fixed_webinars = sum(webinar.fixed for webinar in problem.previous_webinars)
    days, webinars = days - fixed_days, len(wanted_topics(problem)) - fixed_webinars
    if days <= 0 and webinars <= 0:
        return
    dates = working_days(problem)
    if not dates:
        raise Infeasible("no_working_day", window=[problem.window_from.isoformat(), problem.window_until.isoformat()])
    if len(dates) * problem.days_per_date < days:
        raise Infeasible("too_few_dates", days=days, dates=len(dates), days_per_date=problem.days_per_date)
    if problem.days_per_week is not None:
        weeks = len({week(day) for day in dates})
        if weeks * problem.days_per_week < days:
            raise Infeasible("too_few_weeks", days=days, weeks=weeks, days_per_week=problem.days_per_week)
    _count_trainers(problem, dates, days, webinars)


def _count_trainers(problem: Problem, dates: list[date], days: int, webinars: int) -> None:
    free = {day: sum(day not in trainer.unavailable for trainer in problem.trainers) for day in dates}

    def most(day: date, speakers: int) -> int:
        return max(0, min(problem.days_per_date, (free[day] - speakers) // problem.trainers_per_day))

    possible = sum(most(day, 0) for day in dates)
    if possible < days:
        raise Infeasible("too_few_trainers", days=days, possible=possible, trainers=len(problem.trainers))
    speakable = [day for day in dates if free[day]]
    painless = sum(most(day, 1) == most(day, 0) for day in speakable)
    painful = len(speakable) - painless
    possible_webinars = painless + max(0, min(webinars - painless, painful, possible - days))
    if possible_webinars < webinars:
        reason = "too_few_dates_for_webinars" if len(dates) < webinars else "too_few_trainers_for_webinars"
        raise Infeasible(reason, webinars=webinars, possible=possible_webinars)
    needed = days * problem.trainers_per_day + webinars
    limits = [trainer.most_days for trainer in problem.trainers]
    offered = sum(len(dates) if limit is None else limit for limit in limits)
    if offered < needed and any(limit is not None for limit in limits):
        raise Infeasible("trainers_days_used_up", needed=needed, offered=offered)


def _paused(day: date, problem: Problem) -> bool:
    here = (day.month, day.day)
    return any(
        first <= here <= last if first <= last else here >= first or here <= last for first, last in problem.pauses
    )
