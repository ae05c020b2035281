"""Refusals of a list of delegates, pasted or uploaded."""

from __future__ import annotations

from gateway.i18n import N_

LISTS: dict[str, tuple[str, str, str]] = {
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
}

ROWS: dict[tuple[str, str], str] = {
    ("given_name", "required"): N_("Write the given name: each person has a row with all five columns."),
    ("family_name", "required"): N_("Write the family name: each person has a row with all five columns."),
    ("email", "required"): N_("Write the person's own e-mail address: the invitation and the certificate go there."),
    ("email", "not_an_email"): N_("Write one address and nothing else, such as name@example.it."),
    ("email", "duplicate_delegate"): N_(
        "The address is there already: take the row away if it is the same person, or write this person's own address."
    ),
    ("role", "required"): N_("Write administrator, manager or official."),
    ("role", "not_a_choice"): N_("Write administrator, manager or official."),
    ("gender", "not_a_choice"): N_("Write female, male or other, or leave the cell empty."),
}
"""What to do about a cell of a list, by its column and what is wrong with it."""
CELLS: dict[str, str] = {
    "too_long": N_("Write it shorter: it does not fit."),
    "control_characters": N_("Empty the cell and type it again: there are characters in it that nobody can see."),
    "formula": N_("Take away the sign at its beginning: a formula is not a name."),
    "unreadable_letters": N_("Type the letters that look wrong again, or save the file as XLSX."),
}
"""The same whatever the column."""
