"""Refusals about accounts, log-in and tokens."""

from __future__ import annotations

from gateway.i18n import N_

IDENTITY: dict[str, tuple[str, str, str]] = {
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
}
