"""Refusals of a form that somebody else, or time, has overtaken."""

from __future__ import annotations

from gateway.i18n import N_

FORMS: dict[str, tuple[str, str, str]] = {
    "changed_meanwhile": (
        N_("Somebody has changed it meanwhile"),
        N_("It is not as it was when you opened it, and your change might undo somebody else's. Nothing was saved."),
        N_("Open it again, look at what has changed, and repeat your change if it is still right."),
    ),
    "stale_form": (
        N_("The page had been open for too long"),
        N_(
            "Or cookies are off in your browser: without them we cannot tell that the form is yours. Nothing was saved."
        ),
        N_("Go back, reload the page and try again."),
    ),
}
