"""Refusals about letters, and reports on them."""

from __future__ import annotations

from gateway.i18n import N_

LETTERS: dict[str, tuple[str, str, str]] = {
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
    "address_forgotten": (
        N_("The address of this mail is forgotten"),
        N_("It was the last mail to an address that is kept no longer, so it cannot go out again."),
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
}
