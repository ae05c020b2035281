"""An XLSX file that is sent while it is made."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook

from gateway import sheet

HEAD = ["Ente", "Abitanti", "Inviata"]


def test_it_holds_what_was_written() -> None:
    rows = [
        HEAD,
        ['Forlì <& "co">', 117_000, date(2017, 5, 16)],
        [None, -1.5, None],
        ["  due\nrighe _x0041_ ", 0, None],
    ]
    file = b"".join(sheet.written(rows))
    read = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_index(0).to_python()
    assert read == [
        HEAD,
        ['Forlì <& "co">', 117_000, date(2017, 5, 16)],
        ["", -1.5, ""],
        ["  due\nrighe _x0041_ ", 0, ""],
    ]


def test_every_part_is_whole_and_well_formed() -> None:
    file = b"".join(sheet.written([HEAD, ["a\x00b\x1f\uffff", 1, None]]))
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        assert archive.testzip() is None
        parts = {name: ElementTree.fromstring(archive.read(name)) for name in archive.namelist()}
    assert "ab" in [text.text for text in parts["xl/worksheets/sheet1.xml"].iter() if text.tag.endswith("}t")]


def test_it_is_sent_before_the_last_row_is_known() -> None:
    asked = 0

    def rows() -> Iterator[list[str]]:
        nonlocal asked
        for number in range(200_000):
            asked = number
            yield [f"{number * 7919 % 100_003:06}"]

    pieces = sheet.written(rows())
    first = next(pieces)
    assert asked < 100_000
    assert max(map(len, pieces)) < 200_000
    assert first.startswith(b"PK")


def test_a_moment_has_no_place_in_it() -> None:
    with pytest.raises(TypeError):
        b"".join(sheet.written([HEAD, [datetime(2017, 5, 16, 9)]]))


def test_each_table_has_its_sheet_and_columns_as_wide_as_they_need() -> None:
    long = "x" * 200
    tables = {'Città & "sedi"': [["a", "b"], ["1", "longer"]], "y" * 40: [HEAD, [long, None, 3]], "none": []}
    file = b"".join(sheet.workbook(list(tables.items())))
    book = CalamineWorkbook.from_filelike(io.BytesIO(file))
    assert book.sheet_names == ['Città & "sedi"', "y" * 31, "none"]
    assert book.get_sheet_by_index(1).to_python() == [HEAD, [long, "", 3]]
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        widths = [
            [
                float(one.attrib["width"])
                for one in ElementTree.fromstring(archive.read(name)).iter()
                if "width" in one.attrib
            ]
            for name in sorted(archive.namelist())
            if "sheets/" in name
        ]
    assert widths == [[3, 8], [62, 10, 9], []]
