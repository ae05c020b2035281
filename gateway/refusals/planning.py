"""Why a run of the planner failed."""

from __future__ import annotations

from gateway.i18n import N_
from gateway.refusals.scheduling import SCHEDULING

_INCONSISTENT = (
    N_("The data for the planning are not consistent"),
    N_("Something in the lists of bodies, places or trainers is there twice, is missing or is out of range."),
    N_("Correct the lists and start another planning. The previous plan stands."),
)
_TRAINERS = N_("Add trainers, take away days on which they are not available, or plan fewer days.")

PLANNING_FAILURES: dict[str, tuple[str, str, str]] = {
    "no_bodies": SCHEDULING["no_confirmed_bodies"],
    "number_out_of_range": (
        N_("A number is too small for a plan"),
        N_("%(field)s: %(value)s. A plan needs at least %(least)s."),
        N_("Correct it in the programme or among the calendar's rules, and start again. The previous plan stands."),
    ),
    "no_candidate_hosts": (
        N_("There is no place to go to"),
        N_("None of the places offered has room for even the smallest body."),
        N_("Add places, or correct the seats of those that there are."),
    ),
    "missing_coordinates": (
        N_("Some places are not on the map"),
        N_("%(count)s of the bodies, places or trainers have no position."),
        N_("Complete their positions and start another planning."),
    ),
    "too_few_trainers": (
        N_("There are too few trainers"),
        N_("With the trainers that there are and their days, not all the training days can be held."),
        _TRAINERS,
    ),
    "too_few_trainers_for_webinars": (
        N_("There are too few trainers for the webinars"),
        N_("%(webinars)s webinars are wanted, and there is a speaker for %(possible)s."),
        _TRAINERS,
    ),
    "body_larger_than_any_room": (
        N_("A body is larger than any room"),
        N_("The largest room has %(largest)s seats, and a body's people are to stay together."),
        N_("Add a larger place, or agree with the body on fewer people."),
    ),
    "more_delegates_than_seats": (
        N_("There are more people than seats"),
        N_("%(delegates)s people have %(seats)s seats on the planned days."),
        N_("Plan more days or larger places."),
    ),
    "pinned_host_excluded": (
        N_("A place is pinned and excluded at once"),
        N_("Places for which two rules contradict each other: %(count)s."),
        N_("Take back one of the two and start another planning."),
    ),
    "pinned_host_unusable": (
        N_("A pinned place cannot be used"),
        N_("%(count)s of the pinned places are not in the list, or have no seats."),
        N_("Take back the pin, or add the place with its seats."),
    ),
    "all_hosts_excluded": (
        N_("All places are excluded"),
        N_("None of the %(hosts)s places may be used."),
        N_("Take back some of the exclusions."),
    ),
    "pinned_pair_forbidden": (
        N_("A body is pinned to a place that is forbidden to it"),
        N_("Bodies for which two rules contradict each other: %(count)s."),
        N_("Take back one of the two and start another planning."),
    ),
    "pinned_bodies_exceed_seats": (
        N_("Too many are pinned to one place"),
        N_("%(delegates)s people are pinned to a place with %(seats)s seats."),
        N_("Take back some of the pins, or raise the number of its seats."),
    ),
    "too_few_hosts_in_region": (
        N_("A region has too few places"),
        N_("%(region)s: training days asked for, at least: %(least)s; places there: %(hosts)s."),
        N_("Add places in the region, or ask for fewer days there."),
    ),
    "more_days_demanded": (
        N_("The rules ask for more days than there are"),
        N_("%(pinned)s days are pinned to places and %(in_regions)s more are due to regions, of %(days)s in all."),
        N_("Plan more days, or take back some of the pins or of the least numbers of the regions."),
    ),
    "body_without_host": (
        N_("A body may not go anywhere"),
        N_("For %(count)s of the bodies every place is forbidden."),
        N_("Allow them at least one place."),
    ),
    "no_host_on_land": (
        N_("Some bodies have the sea before them"),
        N_("%(count)s of the bodies have no place on their island, nor one beyond a short ferry."),
        N_("Add a place on the island, take back an exclusion, or say for each where it must go all the same."),
    ),
    "rules_leave_too_few_seats": (
        N_("The rules leave too few seats"),
        N_("%(delegates)s people have %(seats)s seats at the places that the pins, exclusions and regions allow."),
        N_("Take back an exclusion, a pinned place or a region's least number of days, or plan more days."),
    ),
    "no_seat_where_allowed": (
        N_("Some bodies find no seat where they may go"),
        N_("For %(count)s of the bodies no plan was found that keeps them from the places forbidden to them."),
        N_("Allow them another place, or make room at those that they may go to."),
    ),
    "nobody_for_a_demanded_day": (
        N_("Nobody is left for a day that is asked for"),
        N_("A pinned place or a region's least number of days would be held for nobody."),
        N_("Plan fewer days, or take back the pin."),
    ),
    "bodies_do_not_fit_whole": (
        N_("The bodies do not fit into the rooms whole"),
        N_("There are seats enough (%(seats)s for %(delegates)s people), but not without parting a body."),
        N_("Plan one day more, or a larger place."),
    ),
    "no_packing_found": (
        N_("No way was found to fit everybody in"),
        N_("The rooms are nearly full: %(seats)s seats for %(delegates)s people."),
        N_("Let it search longer, or plan one day more."),
    ),
    "no_working_day": (
        N_("There is no working day to plan on"),
        N_("The training period has no working day left."),
        N_("Correct the programme's training period, or the pauses and closed dates among the calendar's rules."),
    ),
    "too_few_dates": (
        N_("There are too few dates"),
        N_("%(days)s training days do not fit into %(dates)s working days."),
        N_("Lengthen the training period, or plan fewer days."),
    ),
    "too_few_dates_for_webinars": (
        N_("There are too few dates for the webinars"),
        N_("%(webinars)s webinars are wanted, and there are dates for %(possible)s."),
        N_("Lengthen the training period, or plan fewer webinars."),
    ),
    "too_few_weeks": (
        N_("There are too few weeks"),
        N_("%(days)s training days do not fit into %(weeks)s weeks with at most %(days_per_week)s a week."),
        N_("Allow more days a week, lengthen the training period, or plan fewer days."),
    ),
    "trainers_days_used_up": (
        N_("The trainers have too few days"),
        N_("%(needed)s appointments need a trainer, and together they may teach at %(offered)s."),
        N_("Raise the number of days that single trainers may teach, or add trainers."),
    ),
    "trainer_without_skills": (
        N_("A trainer knows no topic"),
        N_("%(count)s of the trainers are on the list without a single topic that they can teach."),
        N_("Tick the topics that they know, or take them off the list of usable trainers."),
    ),
    "host_never_open": (
        N_("A place is closed on every possible date"),
        N_("In the training period there is no working day on which it is open, or its pinned date is none."),
        N_("Correct its closed dates or its pinned date, or exclude it from the planning."),
    ),
    "calendar_rules_clash": (
        N_("The rules of the calendar contradict each other"),
        N_("These rules cannot all hold: %(rules)s."),
        N_("Relax any one of them and start another planning. The previous plan stands."),
    ),
    "no_calendar_found": (
        N_("No calendar was found in time"),
        N_("For %(days)s training days and %(webinars)s webinars no dates were found that satisfy everybody."),
        N_("Let it search longer, or give trainers and places more free dates."),
    ),
    "worker_lost": (
        N_("The planning stopped by accident"),
        N_("The program that searched was ended from outside, more than once."),
        N_("Start it again. If it happens again, tell who runs the system."),
    ),
    "plan_wrong": (
        N_("The plan did not pass its own check"),
        N_("Each plan is checked against all the rules before it is kept: this one broke one of them."),
        N_("Start it again with another variant, and tell who runs the system."),
    ),
    **dict.fromkeys(
        (
            *("duplicate_body", "duplicate_host", "duplicate_trainer", "body_without_delegates"),
            *("malformed_problem", "no_time"),
        ),
        _INCONSISTENT,
    ),
}
