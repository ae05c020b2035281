"""The course of a search: fresh starts, descent and transfers, then disturbances until it is spent.

Where bodies send several delegates, which of them fit together decides: there the disturbances are many and small
(``cycles``).
"""

from __future__ import annotations

from services.scheduling.planner.cycles import anneal_in_cycles
from services.scheduling.planner.drawing import draw
from services.scheduling.planner.search import Search

TRANSFER_AFTER, DRAW_AFTER = 3, 6
"""Fruitless disturbances a room."""


def run(search: Search) -> None:
    """Until ``search.spent()``."""
    rooms = len(search.state.chosen)
    draw(search)
    search.settle()
    search.transfer()
    if search.several:
        anneal_in_cycles(search)
    while not search.spent():
        search.disturb()
        if search.fruitless and search.fruitless % (TRANSFER_AFTER * rooms) == 0:
            search.grow_bold()
            search.transfer()
        if search.fruitless and search.fruitless % (DRAW_AFTER * rooms) == 0:
            draw(search)
