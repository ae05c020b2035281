"""Where and with whom training days may be held: what the secretariat knows of hosts, trainers and dates.

Plans are made from these as they are when a run is taken up; a plan that there is does not change with them.
"""

from services.scheduling.resources.closures import closed_dates, import_closures
from services.scheduling.resources.hosts import add_host, change_host, host
from services.scheduling.resources.rules import change_rules, rules, rules_of, yearly
from services.scheduling.resources.trainers import add_trainer, change_trainer, trainer

__all__ = [
    "add_host",
    "add_trainer",
    "change_host",
    "change_rules",
    "change_trainer",
    "closed_dates",
    "host",
    "import_closures",
    "rules",
    "rules_of",
    "trainer",
    "yearly",
]
