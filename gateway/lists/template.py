"""The empty list that a clerk downloads: its headings are read back, and its cells offer the choices."""

from __future__ import annotations

import io

import xlsxwriter

from contracts.enrollment import ROLES
from gateway.fields import GENDERS
from gateway.i18n import gettext as _
from gateway.labels import label
from gateway.lists.delegates import FIELDS

__all__ = ["template"]

_ROWS = 200


def template() -> bytes:
    """A workbook in the reader's language."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet(_("Delegates"))
        heading = workbook.add_format({"bold": True, "bottom": 1, "bg_color": "#E6EEF7"})
        sheet.write_row(0, 0, [label("column", name) for name in FIELDS], heading)
        sheet.set_column(0, 1, 24)
        sheet.set_column(2, 2, 40)
        sheet.set_column(3, 4, 28)
        sheet.freeze_panes(1, 0)
        for column, group, codes in ((3, "role", ROLES), (4, "gender", GENDERS)):
            choices = [label(group, code) for code in codes]
            sheet.data_validation(1, column, _ROWS, column, {"validate": "list", "source": choices})
    return file.getvalue()
