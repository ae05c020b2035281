"""What each named refusal means in plain words: why it was said, and what the reader can do now.

A row is (title, why, what to do). Names in ``%(...)s`` are the refusal's facts, already formatted by ``words``. A fact
is never a person's name.
"""

from __future__ import annotations

from gateway.i18n import N_

REFUSALS: dict[str, tuple[str, str, str]] = {
    # staff
    "account_exists": (
        N_("There is an account with this address"),
        N_("Nobody can be invited to an account that has been opened already. Its state: %(state)s."),
        N_("Change its role in the list, or reopen it if it is closed."),
    ),
    "not_invited": (
        N_("There is no invitation to revoke"),
        N_("The account's state is: %(state)s."),
        N_("Look at the list again: somebody may have been quicker."),
    ),
    "invitation_over": (
        N_("This invitation opens nothing any more"),
        N_("It was used already, was revoked or replaced by a newer one, or is too old."),
        N_("If you have opened your access already, log in. Otherwise ask the administrator for a new invitation."),
    ),
    "password_link_over": (
        N_("This link opens nothing any more"),
        N_("It was used already, or is too old."),
        N_("Ask for a new one on the log-in page."),
    ),
    "last_administrator": (
        N_("There would be no administrator left"),
        N_("This is the last account that may manage the others."),
        N_("Make somebody else an administrator first."),
    ),
    "second_factor_on": (
        N_("There is a second factor already"),
        N_("It is in force, and its secret is shown to nobody."),
        N_("Take it away first, to set up another."),
    ),
    "second_factor_not_begun": (
        N_("There is no second factor to put in force"),
        N_("It is in force already, or was not begun."),
        N_("Open the page of the second factor again."),
    ),
    "second_factor_needed": (
        N_("Your role needs a second factor"),
        N_("Without one, nobody with this role comes in."),
        N_("Set it up on the log-in page in a browser. If you have lost your authenticator, ask an administrator."),
    ),
    "no_second_factor": (
        N_("There is no second factor to reset"),
        N_("The account has none in force."),
        N_("Look at the list again: somebody may have been quicker."),
    ),
    "too_many_tokens": (
        N_("You have too many tokens"),
        N_("One person may have %(max)s that are good."),
        N_("Revoke those that no program needs."),
    ),
    "oidc_unavailable": (
        N_("The identity provider does not answer"),
        N_("We could not reach the system that you log in with."),
        N_("Try again in a few minutes, or log in with your password if you have one."),
    ),
    "oidc_failed": (
        N_("The log-in with the identity provider did not work"),
        N_("It was broken off, took too long, or was begun in another browser."),
        N_("Begin again on this page."),
    ),
    "oidc_not_invited": (
        N_("You are known there, and do not work here"),
        N_("No open account or invitation belongs to who you are at the identity provider."),
        N_("Ask the administrator to invite the address that you have there."),
    ),
    "account_not_active": (
        N_("This account is not open"),
        N_("The account's state is: %(state)s."),
        N_("Look at the list again: somebody may have been quicker."),
    ),
    "account_not_closed": (
        N_("This account is not closed"),
        N_("The account's state is: %(state)s."),
        N_("Look at the list again: somebody may have been quicker."),
    ),
    "letter_not_sent": (
        N_("The letter is not on its way"),
        N_("The invitation is made, but the system that sends mails does not answer at the moment."),
        N_("Press “Invite again” beside the address in a few minutes."),
    ),
    # enrollment
    "unknown_programme": (
        N_("There is no such programme"),
        N_("The address names a programme that does not exist or is no longer published."),
        N_("Choose one from the list of programmes."),
    ),
    "adhesions_not_open_yet": (
        N_("Joining is not open yet"),
        N_("Bodies can join this programme from %(opens_at)s."),
        N_("Come back from that day: the form will be on this page."),
    ),
    "adhesions_closed": (
        N_("Joining is closed"),
        N_("Bodies could join this programme until %(closed_at)s."),
        N_("If you think that your body should still take part, write to the programme's secretariat."),
    ),
    "unknown_body": (
        N_("We do not find this body in the registry"),
        N_("The body is not in the official list of municipalities that the programme uses."),
        N_("Search again by its name. If it joined or changed name lately, search by the old name too."),
    ),
    "kind_not_admitted": (
        N_("This kind of body cannot join"),
        N_("The programme does not admit bodies of this kind: %(kind)s."),
        N_("See on the programme's page for whom it is. If in doubt, write to the secretariat."),
    ),
    "population_out_of_band": (
        N_("This body is outside the population limits"),
        N_(
            "It has %(population)s inhabitants (figure of %(year)s); the programme is for bodies "
            "from %(min)s to %(max)s inhabitants."
        ),
        N_("A union of municipalities that it belongs to may join in its stead, and send its people."),
    ),
    "population_unknown": (
        N_("We do not know how many people live there"),
        N_(
            "The registry has no population for this body; the programme is for bodies "
            "from %(min)s to %(max)s inhabitants."
        ),
        N_("Write to the secretariat, with the official figure and its date."),
    ),
    "already_joined_by_unnamed_office": (
        N_("This body has already joined"),
        N_("An adhesion for it reached us on %(submitted_at)s. It does not say from which office."),
        N_("Ask in your body who sent it. If nobody knows of it, write to the secretariat."),
    ),
    "already_joined": (
        N_("This body has already joined"),
        N_("An adhesion for it reached us on %(submitted_at)s, from this office: %(office)s."),
        N_("Ask that office to add your people as delegates. If nobody there knows of it, write to the secretariat."),
    ),
    "too_many_delegates": (
        N_("Too many delegates"),
        N_("A body may send at most %(max)s people."),
        N_("Take someone off the list, or replace one who cannot come."),
    ),
    "duplicate_delegate": (
        N_("The same person is there twice"),
        N_(
            "Two delegates have the same e-mail address: each person needs an own one, for invitations and certificate."
        ),
        N_("Take one of the two off the list, or correct the address."),
    ),
    "not_in_state": (
        N_("This can no longer be done"),
        N_("Things have moved on in the meantime: the state is now “%(state)s”."),
        N_("Open the page again to see how things stand."),
    ),
    "consent_missing": (
        N_("The privacy notice must be accepted"),
        N_("Without it we may not keep the names of the people who take part."),
        N_("Go back to the first step, read the notice and tick the box."),
    ),
    "wrong_consent_version": (
        N_("The privacy notice has changed"),
        N_("A new version was published while you were filling in the form."),
        N_("Read the new one in the first step and accept it: what you wrote is kept."),
    ),
    "unknown_topic": (
        N_("One of the topics is not on the list"),
        N_("The programme's list of topics changed while you were filling in the form."),
        N_("Choose again among the topics shown."),
    ),
    "link_expired": (
        N_("This link has expired"),
        N_("For safety, links in our mails work only for some time."),
        N_("Ask for a new one: it goes to the same mailbox."),
    ),
    "link_used": (
        N_("This link was used already"),
        N_("For safety, a link in our mails opens an area only once."),
        N_("Ask for a new one: it goes to the same mailbox."),
    ),
    "area_closed": (
        N_("The area is closed"),
        N_("For safety, an area stays open only for some hours after its link was used."),
        N_("Open it with a new link: it goes to your mailbox."),
    ),
    "link_invalid": (
        N_("This link does not work"),
        N_("The address is incomplete or was changed. Some mail programmes break long links in two."),
        N_("Copy the whole link from the mail, or ask for a new one."),
    ),
    "nothing_to_remind": (
        N_("There is nothing to remind this body of"),
        N_("Only a body that has not confirmed, or has named no delegate, is reminded: the state is “%(state)s”."),
        N_("Open the adhesion to see how things stand."),
    ),
    "mailbox_dead": (
        N_("Mail to this contact comes back"),
        N_("Another letter to the same mailbox would not arrive either."),
        N_("Ask the body for another address, and correct the contact's data first."),
    ),
    "reminded_lately": (
        N_("This body was reminded a short time ago"),
        N_("A reminder has gone out within the last days, and a second one so soon helps nobody."),
        N_("Wait some days, or telephone."),
    ),
    "official_body": (
        N_("A municipality's data are not corrected here"),
        N_("Name, province and population of a municipality are those of the official list."),
        N_("Import a newer list of municipalities."),
    ),
    "paper_too_late": (
        N_("The paper came too late"),
        N_("It is dated %(dated_on)s. The programme takes papers of its window that reach it until %(until)s."),
        N_("If the date is wrong, correct it; else answer the body that it cannot take part."),
    ),
    "programme_exists": (
        N_("There is a programme with this code"),
        N_("Each programme has a code of its own, which stands in its addresses."),
        N_("Choose another code, or change the programme that there is."),
    ),
    "needs_acceptance": (
        N_("Somebody is touched by this change"),
        N_("It may be right, but whoever makes it must have read whom it touches."),
        N_("Read what stands below, tick each box, and confirm."),
    ),
    "opens_after_adhesions": (
        N_("Adhesions arrived before the new opening"),
        N_("The first one arrived on %(first_at)s: its receipt would lie outside the window."),
        N_("Choose an opening before that day."),
    ),
    "closes_before_adhesions": (
        N_("Adhesions arrived after the new end"),
        N_("The last one arrived on %(last_at)s: its receipt would lie outside the window."),
        N_("Choose a later end, or close adhesions at this moment from the programme's page."),
    ),
    "window_shortened": (
        N_("The window ends earlier than announced"),
        N_("Bodies were told that they may join until %(announced_at)s; those that count on it will be too late."),
        N_("Tell the bodies that have not joined yet."),
    ),
    "window_not_so": (
        N_("Adhesions have been opened or closed meanwhile"),
        N_("The window is not as it was when you opened the page."),
        N_("Open the programme again to see how things stand."),
    ),
    "places_below_delegates": (
        N_("Some bodies send more people"),
        N_("Bodies that send more than %(max)s people: %(count)s. The largest number is %(most)s."),
        N_("Choose at least %(most)s places, or have those bodies withdraw people first."),
    ),
    "topic_chosen": (
        N_("A topic that was chosen cannot go"),
        N_("Bodies that chose the topic “%(topic)s”: %(count)s."),
        N_("Keep the topic; its title can be corrected."),
    ),
    "consent_version_used": (
        N_("This version of the consent names other words"),
        N_("People have accepted the version %(version)s with the words that it had then: %(count)s adhesions."),
        N_("Give the new words a version that was never used."),
    ),
    "consent_renewed": (
        N_("Who has joined accepted the earlier consent"),
        N_("Adhesions with an earlier version of the consent: %(count)s. They keep it; only new ones accept the new."),
        N_("If the new words must hold for all, write to those bodies."),
    ),
    "kinds_narrowed": (
        N_("Bodies of a kind no longer admitted have joined"),
        N_("There are %(count)s of them. They stay in; others of their kind cannot join any more."),
        N_("If one of them must leave, it withdraws its adhesion."),
    ),
    "band_narrowed": (
        N_("Municipalities outside the new population limits have joined"),
        N_("There are %(count)s of them. They stay in; others of their size cannot join any more."),
        N_("If one of them must leave, it withdraws its adhesion."),
    ),
    "threshold_lowered": (
        N_("A lower threshold gives certificates at once"),
        N_("It goes from %(before)s to %(after)s minutes: who has attended so long gets a certificate by mail."),
        N_("A certificate that was issued cannot be called back by raising the threshold again."),
    ),
    "threshold_raised": (
        N_("A higher threshold asks more of those who have none yet"),
        N_("It goes from %(before)s to %(after)s minutes. Who holds a certificate keeps it."),
        N_("Tell the delegates who count on the old one."),
    ),
    "kind_cannot_change": (
        N_("The kind of a body cannot change"),
        N_("Its adhesion was checked by the rules of the kind that it has."),
        N_("Withdraw the adhesion first."),
    ),
    "draft_gone": (
        N_("This form is no longer kept"),
        N_("It was sent or deleted, or nobody saved it for so long that it was deleted by itself."),
        N_("If your body has not joined yet, begin a new form."),
    ),
    "receipt_not_printable": (
        N_("The receipt cannot be printed"),
        N_("It has a letter that the typefaces of our documents lack."),
        N_("The page of the receipt says the same: print that one."),
    ),
    # lists of delegates
    "list_empty": (
        N_("The list is empty"),
        N_("There is no person in the file or in the text, only headings or nothing at all."),
        N_("Fill in a row for each person, save the file and send it again."),
    ),
    "list_too_large": (
        N_("The file is too large"),
        N_("A list of delegates may have up to %(max_mb)s MB."),
        N_("Leave only the sheet with the people, without pictures, and save it anew."),
    ),
    "list_too_heavy": (
        N_("The file is too heavy to read"),
        N_("It unpacks to far more than a list of people needs."),
        N_("Copy the rows into a new sheet, or download our template, and send that one."),
    ),
    "list_too_long": (
        N_("The list has too many rows"),
        N_("A list may have up to %(max)s rows with something written in them."),
        N_("Leave only the people whom your body sends."),
    ),
    "list_too_wide": (
        N_("The list has too many columns"),
        N_("A list may have up to %(max)s columns."),
        N_("Leave only the columns that the template has."),
    ),
    "list_unreadable": (
        N_("We cannot read this file"),
        N_("It is no list in XLSX, ODS or CSV; it is in an older format, damaged, or locked with a password."),
        N_("Open it, save it as XLSX or CSV without a password, and send it again."),
    ),
    "list_lacks_columns": (
        N_("Some columns are missing"),
        N_("We do not find the headings of these columns: %(columns)s."),
        N_("Write a heading above each column, or copy your rows into the template. Columns may be in any order."),
    ),
    "list_repeats_columns": (
        N_("Some columns are there twice"),
        N_("More than one column is headed as: %(columns)s."),
        N_("Leave one of each."),
    ),
    "list_closed": (
        N_("It is too late to send somebody else"),
        N_("The list of an appointment on %(starts_at)s closed on %(closed_at)s."),
        N_("Withdraw the person if they cannot come: the place goes to who waits. Name another one afterwards."),
    ),
    # scheduling
    "run_already_active": (
        N_("A planning is already running"),
        N_("Only one planning at a time can run for a programme."),
        N_("Wait until it ends, or stop it: the best plan found so far is kept."),
    ),
    "no_confirmed_bodies": (
        N_("There is nothing to plan yet"),
        N_("No body has joined the programme so far."),
        N_("Start the planning once adhesions are confirmed."),
    ),
    "already_published": (
        N_("This plan cannot replace the published one"),
        N_("It is already published, or it would change appointments that have begun or are over."),
        N_("Plan again from the published plan: what has been held stays as it was."),
    ),
    "no_plan": (
        N_("There is no plan"),
        N_("The planning has not ended with a plan: its state is “%(state)s”."),
        N_("Wait until it ends, or start another one."),
    ),
    "not_published": (
        N_("No plan is published yet"),
        N_("A repair changes the published calendar, and there is none."),
        N_("Publish a plan first, or start a planning with other rules."),
    ),
    "host_exists": (
        N_("This place is already on the list"),
        N_("Each municipality offers one place for training days."),
        N_("Open it in the list and change its room, address or seats."),
    ),
    "closures_unreadable": (
        N_("Some lines of the list cannot be read"),
        N_("%(count)s lines name no known place or no date, the first ones: %(first_lines)s. Nothing was saved."),
        N_("Correct these lines and send the list again."),
    ),
    "plan_out_of_date": (
        N_("The plan is out of date"),
        N_("Since it was made, bodies or their delegates have changed, or its first days have come too near."),
        N_("Start another planning and publish that one."),
    ),
    "trainer_busy": (
        N_("A trainer is busy then"),
        N_("Somebody who teaches at this appointment is at another one at that time."),
        N_("Choose another day or hour."),
    ),
    "already_started": (
        N_("The appointment has begun"),
        N_("It began on %(starts_at)s: people may be sitting there."),
        N_("Record the attendance, and close it after its end."),
    ),
    "in_the_past": (
        N_("That moment is past"),
        N_("An appointment can only be moved into the future."),
        N_("Choose another day or hour."),
    ),
    "not_seated": (
        N_("Someone on the sheet has no place here"),
        N_("Attendance can be recorded only for people who have a place at this appointment."),
        N_("Open the sheet again: the list of places may have changed."),
    ),
    "appointment_closed": (
        N_("The appointment is closed"),
        N_("Once an appointment is closed, its attendance counts for certificates."),
        N_("Correct single people, giving the reason."),
    ),
    "appointment_cancelled": (
        N_("The appointment is cancelled"),
        N_("It does not take place, and nobody can attend it."),
        N_("Open the list again to see how things stand."),
    ),
    "not_closed": (
        N_("The appointment is still open"),
        N_("Corrections with a reason are for closed appointments."),
        N_("Change the minutes on the attendance sheet and save it."),
    ),
    "not_started": (
        N_("The appointment has not begun"),
        N_("Attendance can be recorded from %(starts_at)s."),
        N_("Come back then."),
    ),
    "not_over_yet": (
        N_("The appointment is not over"),
        N_("It can be closed after its end: %(ends_at)s."),
        N_("Record attendance now, and close it later."),
    ),
    "minutes_out_of_range": (
        N_("The minutes are not possible"),
        N_("Nobody can be present for less than 0 minutes or longer than the appointment: %(max)s minutes."),
        N_("Correct the minutes and save again."),
    ),
    # notifications
    "already_on_its_way": (
        N_("The mail is already on its way"),
        N_("It was sent again before, and that one has not arrived or failed yet."),
        N_("Wait until its outcome is known."),
    ),
    "sent_again_already": (
        N_("The mail was sent again, and that one left"),
        N_("Another one would reach the same person twice."),
        N_("If it did not arrive, look at the newer mail."),
    ),
    "nothing_chosen": (
        N_("No mail is chosen"),
        N_("A decision about many mails needs at least one of them."),
        N_("Tick the mails in the list, or choose all that the filter shows."),
    ),
    "missing": (
        N_("The mail is not there any more"),
        N_("There is no mail with this identifier."),
        N_("Open the list again to see how things stand."),
    ),
    "person_erased": (
        N_("The person was erased"),
        N_("Their name and address are kept no longer, so there is nobody to write to."),
        N_("Nothing is to be done."),
    ),
    "superseded": (
        N_("The mail is out of date"),
        N_("What it was to say has changed in the meantime, and a newer mail says how things stand."),
        N_("Look at the newer mail to the same person."),
    ),
    "bad_signature": (
        N_("The signature does not match"),
        N_("The report on the mails was not signed by the mail provider's key."),
        N_("Check the public key in the settings."),
    ),
    "too_old": (
        N_("The report is too old"),
        N_("Reports on mails are accepted only for a short time after they were signed."),
        N_("Check the clocks, or have the provider send the report again."),
    ),
    "changed_meanwhile": (
        N_("Somebody has changed it meanwhile"),
        N_("It is not as it was when you opened it, and your change might undo somebody else's. Nothing was saved."),
        N_("Open it again, look at what has changed, and repeat your change if it is still right."),
    ),
    # the gateway itself
    "stale_form": (
        N_("The page had been open for too long"),
        N_(
            "Or cookies are off in your browser: without them we cannot tell that the form is yours. Nothing was saved."
        ),
        N_("Go back, reload the page and try again."),
    ),
}

_INCONSISTENT = (
    N_("The data for the planning are not consistent"),
    N_("Something in the lists of bodies, places or trainers is there twice, is missing or is out of range."),
    N_("Correct the lists and start another planning. The previous plan stands."),
)
_TRAINERS = N_("Add trainers, take away days on which they are not available, or plan fewer days.")

PLANNING_FAILURES: dict[str, tuple[str, str, str]] = {
    "no_bodies": REFUSALS["no_confirmed_bodies"],
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
        N_("The largest room has %(room)s seats, and a body's people are to stay together."),
        N_("Add a larger place, or agree with the body on fewer people."),
    ),
    "more_delegates_than_seats": (
        N_("There are more people than seats"),
        N_("%(delegates)s people have %(seats)s seats on the planned days."),
        N_("Plan more days or larger places."),
    ),
    "pinned_host_excluded": (
        N_("A place is pinned and excluded at once"),
        N_("For %(count)s of the places two rules contradict each other."),
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
        N_("For %(count)s of the bodies two rules contradict each other."),
        N_("Take back one of the two and start another planning."),
    ),
    "pinned_bodies_exceed_seats": (
        N_("Too many are pinned to one place"),
        N_("%(delegates)s people are pinned to a place with %(seats)s seats."),
        N_("Take back some of the pins, or raise the number of its seats."),
    ),
    "too_few_hosts_in_region": (
        N_("A region has too few places"),
        N_("%(region)s is to have at least %(least)s training days, and has %(hosts)s places."),
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
        N_("Correct the programme's training period."),
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
            *("malformed_problem", "no_time", "number_out_of_range"),
        ),
        _INCONSISTENT,
    ),
}
"""Why a planning run ended without a plan."""

FIELD_ERRORS: dict[str, str] = {
    "too_short": N_("This is too short: take at least 12 characters."),
    "wrong_code": N_("The code is wrong, or was used already: wait for the next one."),
    "wrong_password": N_("This is not your present password."),
    "not_the_same": N_("This is not the same as above."),
    "required": N_("Fill in this field."),
    "invalid": N_("What is written here is not valid."),
    "not_an_email": N_("Write an e-mail address such as name@example.it."),
    "not_a_phone": N_("Write a phone number: digits, blanks and an initial + only."),
    "not_a_choice": N_("Choose one of the options."),
    "not_a_number": N_("Write a whole number."),
    "out_of_range": N_("The number is too small or too large."),
    "too_long": N_("What is written here is too long."),
    "length": N_("What is written here is empty or too long."),
    "too_many": N_("There are too many: take some away."),
    "one_to_five": N_("Choose one to five of them."),
    "in_the_future": N_("That day is still to come."),
    "repeated": N_("The same is there twice."),
    "control_characters": N_("There are characters here that nobody can see: write it again by hand."),
    "one_of_ids_and_filters": N_("Choose some adhesions, or all that match."),
    "one_of_body_code_and_body": N_("Choose a body."),
    "unknown_province": N_("Write the two letters of an Italian province, such as RM."),
    "unknown_state": N_("Choose one of the options."),
    "unknown_field": N_("This field is not expected."),
    "before_opening": N_("It cannot close before it opens."),
    "before_start": N_("It cannot end before it begins."),
    "unattainable": N_("Nobody could reach it: a training day and a delegate's webinars have fewer minutes."),
    "not_a_moment": N_("Write a date and an hour."),
    "not_topics": N_("Each line needs a title in Italian and one in English, with | between them."),
    "cannot_change": N_("This cannot change once the programme is public."),
    "must_change": N_("Other words of the consent need another version."),
    "year_missing": N_("Write the year too, such as 24/12/2017."),
    "not_a_pause": N_("Write a first and a last day without a year, such as 1/8 - 31/8."),
    "unknown_town": N_("Write the name of an Italian municipality, such as Viterbo or Samone (TO)."),
    "not_a_day": N_("Write a day such as 24/12, or a date such as 24/12/2017."),
    "nowhere": N_("A position at 0, 0 is in the sea: write the right one."),
    "at_least_one": N_("Choose one at least."),
    "not_in_the_plan": N_("This is not part of the published plan."),
    "below_minimum": N_("It cannot be less than the minimum."),
    "formula": N_("It begins like a formula: take away the sign at its beginning."),
    "unreadable_letters": N_("Some letters cannot be read: correct them, or save the file as XLSX."),
}
"""The codes that services give for single fields."""
