"""What is wrong with one field."""

from __future__ import annotations

from gateway.i18n import N_

FIELD_ERRORS: dict[str, str] = {
    "too_short": N_("This is too short: take at least 12 characters."),
    "common_password": N_(
        "Passwords like this are tried first, also with digits or signs around them: take some words that nobody else "
        "would put in a row."
    ),
    "like_yourself": N_("This is hardly more than your own name or address: take other words."),
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
    "not_in_an_address": N_(
        "Addresses stay in histories and logs, and this may be a name: search for it here, not in the address."
    ),
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
    "unknown_host": N_("One of these is no place on the list."),
    "unknown_body": N_("One of these is no body that has joined."),
    "lines_unreadable": N_("Some lines cannot be read."),
    "not_in_the_plan": N_("This is not part of the published plan."),
    "more_than_places": N_("All that must be there together are more than the places of a body."),
    "below_minimum": N_("It cannot be less than the minimum."),
    "formula": N_("It begins like a formula: take away the sign at its beginning."),
    "unreadable_letters": N_("Some letters cannot be read: correct them, or save the file as XLSX."),
}
