"""Refusals of enrollment: adhesions, areas, programmes."""

from __future__ import annotations

from gateway.i18n import N_

ENROLLMENT: dict[str, tuple[str, str, str]] = {
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
    "too_many_of_role": (
        N_("Too many delegates of one role"),
        N_("Of the role “%(role)s” a body may send at most %(max)s."),
        N_("Send somebody of another role, or replace one who has this role."),
    ),
    "places_kept_for_role": (
        N_("A place must stay free for another role"),
        N_("Of its %(max)s places a body keeps enough for %(least)s of the role “%(role)s”."),
        N_("Name somebody of that role, or leave the place free for them."),
    ),
    "quotas_narrowed": (
        N_("Some bodies do not keep to the new numbers of each role"),
        N_("There are %(count)s of them. They stay as they are; the numbers hold for whom they name from now on."),
        N_("Tell those bodies, if they are to send others."),
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
    "nomination_over": (
        N_("This nomination counts no more"),
        N_("It was taken back, replaced by a newer one, or accepted already, or its week is over."),
        N_("If your body still wants you as its contact, have it name you again."),
    ),
    "mailbox_change_over": (
        N_("This address waits for no confirmation"),
        N_("It was confirmed already, another one was given since, or its week is over."),
        N_("See on your page which address counts, and give the new one again if need be."),
    ),
    "asked_too_often": (
        N_("That was asked for very often"),
        N_("To protect the mailboxes of others, this is possible %(max)s times within a day."),
        N_("Try again tomorrow, or write to the secretariat."),
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
}
