"""What webinars are about, and what the team of a training day must know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from services.scheduling.planner.problem import Body, Problem


def wanted_topics(problem: Problem) -> list[str]:
    """The topic of each webinar: each wanted topic once, by interest; what remains by highest averages.

    A topic that no trainer knows gets no webinar. What was already held stays, first.
    """
    wishes = {topic: count for topic, count in problem.topics.items() if count > 0 and is_known(problem, topic)}
    chosen = [webinar.topic for webinar in sorted(problem.previous_webinars, key=lambda w: w.number) if webinar.fixed]
    editions = Counter(chosen)
    while wishes and len(chosen) < problem.webinars:
        topic = min(wishes, key=lambda name: (editions[name] > 0, -wishes[name] / (editions[name] + 1), name))
        editions[topic] += 1
        chosen.append(topic)
    return chosen


def leading_topics(problem: Problem, guests: Iterable[Body]) -> frozenset[str]:
    """The few topics most wanted by these bodies' delegates, among those that somebody knows."""
    wishes = interest(guests)
    known = sorted((topic for topic in wishes if is_known(problem, topic)), key=lambda topic: (-wishes[topic], topic))
    return frozenset(known[: problem.leading_topics])


def interest(guests: Iterable[Body]) -> Counter[str]:
    """How many delegates of these bodies wish for each topic."""
    wishes: Counter[str] = Counter()
    for body in guests:
        wishes.update(dict.fromkeys(body.topics, body.demand))
    return wishes


def is_known(problem: Problem, topic: str) -> bool:
    """Whether anybody can speak about it."""
    return any(trainer.knows(topic) for trainer in problem.trainers)
