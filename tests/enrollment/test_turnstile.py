"""So many at a time, and nobody passes who came later."""

from __future__ import annotations

import threading

import pytest

from services.enrollment.turnstile import Turnstile


def test_they_pass_in_the_order_in_which_they_came_and_never_more_than_there_are_places() -> None:
    turnstile, inside, most, order = Turnstile(2), 0, 0, []
    guard, doors, entered = threading.Lock(), [threading.Event() for _ in range(20)], threading.Semaphore(0)

    def come(number: int) -> None:
        nonlocal inside, most
        with turnstile.passed():
            with guard:
                inside += 1
                most = max(most, inside)
                order.append(number)
            entered.release()
            doors[number].wait()
            with guard:
                inside -= 1

    people = []
    for number in range(20):
        people.append(threading.Thread(target=come, args=(number,)))
        people[-1].start()
        while len(order) + len(turnstile._waiting) <= number:
            people[-1].join(0.001)
    assert entered.acquire(timeout=30)
    for number in range(20):
        if number < 19:  # both places are taken, so that the next one to go in is whoever this door makes room for
            assert entered.acquire(timeout=30)
        doors[number].set()
        people[number].join()
    assert (order, most) == (list(range(20)), 2)


def test_an_error_inside_leaves_the_place_to_the_next() -> None:
    turnstile = Turnstile(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="inside"), turnstile.passed():
            raise ValueError("inside")
    with turnstile.passed():
        pass


class Ended(BaseException):
    """As a greenthread that is killed while it waits."""


@pytest.mark.parametrize("in_time", [False, True])
def test_who_is_ended_while_waiting_keeps_no_place(monkeypatch: pytest.MonkeyPatch, in_time: bool) -> None:
    turnstile = Turnstile(1)
    first = turnstile.passed()
    first.__enter__()

    def killed(turn: threading.Event, timeout: float | None = None) -> bool:
        if in_time:
            first.__exit__(None, None, None)
            assert turn.is_set()
        raise Ended

    with monkeypatch.context() as patched:
        patched.setattr(threading.Event, "wait", killed)
        with pytest.raises(Ended), turnstile.passed():
            pytest.fail("nobody is in here")
    if not in_time:
        first.__exit__(None, None, None)
    assert (turnstile._free, len(turnstile._waiting)) == (1, 0)
