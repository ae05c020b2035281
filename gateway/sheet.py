"""Tables as an XLSX file that is sent while it is made: the archive is written forward only, a row after the other.

Texts stand in their cells (ECMA-376 part 1, 18.3.1.4, ``inlineStr``). The first row of a sheet is its head: bold, and
it stays where it is when the others move. Columns are as wide as the first rows need. Dates are dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import chain, islice, zip_longest
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

__all__ = ["workbook", "written"]

Cell = str | int | float | date | None

_CHUNK = 65536
_EPOCH = date(1899, 12, 30).toordinal()
"""The day 0 of spreadsheets, for every day after February 1900."""
_UNWRITABLE = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff]")
"""What no XML may hold."""
_CODED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""What spreadsheets would read as another character's code."""
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_BOLD, _DATED = 1, 2

_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_HEAD = (
    f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
)
_LOOKED_AT = 100
"""So many rows decide how wide a column is."""
_WIDEST = 60
_FOOT = "</sheetData></worksheet>"


class _Way:
    """Where the archive is written to: what was written since it was last asked for. It cannot be sought in."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        self._waiting += data
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def taken(self, least: int = 0) -> bytes:
        if len(self._waiting) <= least:
            return b""
        data = bytes(self._waiting)
        self._waiting.clear()
        return data


def written(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The file of one table, piece by piece."""
    return workbook([("Sheet1", rows)])


def workbook(tables: Sequence[tuple[str, Iterable[Sequence[Cell]]]]) -> Iterator[bytes]:
    """The file, piece by piece: a sheet for each table, under its name."""
    way = _Way()
    with ZipFile(way, "w", ZIP_DEFLATED, compresslevel=4) as archive:  # type: ignore[call-overload]
        for name, content in _parts([name[:31] for name, _rows in tables]).items():
            archive.writestr(name, _XML + content)
        for place, (_name, rows) in enumerate(tables, 1):
            with archive.open(f"xl/worksheets/sheet{place}.xml", "w") as sheet:
                rest = iter(rows)
                first = list(islice(rest, _LOOKED_AT))
                sheet.write(f"{_HEAD}{_columns(first)}<sheetData>".encode())
                for number, row in enumerate(chain(first, rest)):
                    sheet.write(_row(row, _BOLD if number == 0 else 0))
                    if piece := way.taken(_CHUNK):
                        yield piece
                sheet.write(_FOOT.encode())
    yield way.taken()


def _parts(names: Sequence[str]) -> dict[str, str]:
    """Everything but the sheets, by its name in the archive."""
    places = range(1, len(names) + 1)
    sheets = "".join(f'<sheet name={quoteattr(names[n - 1])} sheetId="{n}" r:id="rId{n}"/>' for n in places)
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for n in places
    )
    found = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in places
    )
    return {
        "[Content_Types].xml": (
            f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{types}</Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships">{found}'
            f'<Relationship Id="rId{len(names) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
        ),
        "xl/styles.xml": _STYLES,
    }


def _columns(rows: Sequence[Sequence[Cell]]) -> str:
    """How wide the columns are, in characters."""
    wide = [max(len(str("" if cell is None else cell)) for cell in cells) for cells in zip_longest(*rows)]
    told = (
        f'<col min="{n}" max="{n}" width="{min(width, _WIDEST) + 2}" customWidth="1"/>'
        for n, width in enumerate(wide, 1)
    )
    return f"<cols>{''.join(told)}</cols>" if wide else ""


def _row(cells: Sequence[Cell], style: int) -> bytes:
    return f"<row>{''.join([_cell(cell, style) for cell in cells])}</row>".encode()


def _cell(cell: Cell, style: int) -> str:
    match cell:
        case None:
            return f'<c s="{style}"/>'
        case str():
            text = escape(_CODED.sub("_x005F_", _UNWRITABLE.sub("", cell)))
            return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
        case datetime():
            raise TypeError("a moment has no place in a sheet: say its day")
        case date():
            return f'<c s="{_DATED}"><v>{cell.toordinal() - _EPOCH}</v></c>'
        case _:
            return f'<c s="{style}"><v>{cell}</v></c>'
