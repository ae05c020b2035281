"""Lists of delegates: read right in every form that offices have, refused with a reason in every other."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from flask import Flask

from chassis.refusal import Refused
from gateway.lists import FIELDS, LARGEST_FILE, MOST_ROWS, read, tables, template

CSV = "Nome;Cognome;E-mail;Ruolo;Genere\nNicolò;D'Agosto;n.dagosto@comune.example;Dirigente;uomo\n"
NICOLO = {
    "given_name": "Nicolò",
    "family_name": "D'Agosto",
    "email": "n.dagosto@comune.example",
    "role": "manager",
    "gender": "male",
}


def workbook(*rows: list[Any], fill: Callable[[Any], None] = lambda sheet: None) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as made:
        made.add_worksheet("Note")
        sheet = made.add_worksheet("Partecipanti")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        fill(sheet)
    return file.getvalue()


def archive(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return file.getvalue()


def refused(content: bytes | str) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Refused) as caught:
        read(content)
    return caught.value.reason, caught.value.facts


def errors(*rows: str, known: tuple[str, ...] = ()) -> dict[int, dict[str, str]]:
    found = read("nome,cognome,email,ruolo,genere\n" + "\n".join(rows), known)
    return {line.number: line.errors for line in found.wrong}


@pytest.mark.parametrize(
    "content",
    [
        CSV,
        CSV.replace(";", ","),
        CSV.replace(";", "\t"),
        CSV.replace("\n", "\r\n"),
        CSV.replace("\n", "\r"),
        CSV.encode(),
        CSV.encode("utf-8-sig"),
        CSV.encode("utf-16"),
        CSV.encode("utf-16-le"),
        CSV.encode("utf-16-be"),
        CSV.encode("cp1252"),
        CSV.replace("D'Agosto", '"D\'Agosto"'),
        "Elenco dei partecipanti\n\n" + CSV,
        "Given name,Surname,E-mail address,Role,Gender\nNicolò,D'Agosto,n.dagosto@comune.example,manager,m\n",
        "RUOLO*;Indirizzo e-mail;Cognome;Matricola;Nome (obbligatorio);Sesso\n"
        "dirigente;n.dagosto@comune.example;  D'Agosto\u00a0;7;Nicolò;M\n",
        workbook(["Nome", "Cognome", "E-mail", "Ruolo", "Genere"], list(NICOLO.values())),
    ],
)
def test_one_list_in_every_form_that_offices_have(content: bytes | str) -> None:
    assert read(content).good == [NICOLO]


def test_an_open_document_sheet_is_read() -> None:
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        for text in NICOLO.values()
    )
    heads = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        for text in ("Nome", "Cognome", "Email", "Ruolo", "Sesso")
    )
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="A"><table:table-row>{heads}</table:table-row>'
        f"<table:table-row>{cells}</table:table-row></table:table>"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    made = archive(
        **{"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content.encode()},
        **{"META-INF/manifest.xml": b"<manifest/>"},
    )
    assert read(made).good == [NICOLO]


def test_the_template_is_read_back(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        made = template()
    assert refused(made) == ("list_empty", {})


def test_a_missing_column_of_gender_says_nothing_of_anybody() -> None:
    (person,) = read("nome,cognome,email,ruolo\nAda,Conti,ada@example.org,Sindaca").good
    assert (person["gender"], person["role"]) == ("not_said", "administrator")


def test_every_row_that_is_wrong_is_told_with_its_number_and_its_fields() -> None:
    assert errors(
        "Ada,Conti,ada@example.org,funzionaria,f",
        "",
        "Ada,,ada@example,mago,f",
        "Bruno,Sala,ADA@example.org,funzionario,m",
        '"=HYPERLINK(""http://x"")",Sala,b@example.org,funzionario,m',
        "Car\u202ela,Dini,c@example.org,funzionario,",
        f"{'x' * 101},Dini,d@example.org,funzionario,",
        "N?,Dini\ufffd,e@example.org,funzionario,boh",
        "Elia",
    ) == {
        4: {"family_name": "required", "email": "not_an_email", "role": "not_a_choice"},
        5: {"email": "duplicate_delegate"},
        6: {"given_name": "formula"},
        7: {"given_name": "control_characters"},
        8: {"given_name": "too_long"},
        9: {"family_name": "unreadable_letters", "gender": "not_a_choice"},
        10: {"family_name": "required", "email": "required", "role": "required"},
    }


def test_who_is_a_delegate_already_is_not_taken_again() -> None:
    assert errors("Ada,Conti,Ada@Example.org,funzionaria,f", known=("ada@example.org",)) == {
        2: {"email": "duplicate_delegate"}
    }


def test_rows_of_a_workbook_have_the_numbers_that_the_spreadsheet_shows() -> None:
    made = workbook([], ["Elenco"], ["Nome", "Cognome", "E-mail", "Ruolo"], [], ["Ada", "", "a@example.org", "mago"])
    assert [(line.number, line.errors) for line in read(made).lines] == [
        (5, {"family_name": "required", "role": "not_a_choice"})
    ]


def test_a_formula_of_a_workbook_counts_as_the_value_that_was_saved_with_it() -> None:
    def fill(sheet: Any) -> None:
        sheet.write_formula(1, 0, '=CONCATENATE("Nico","lò")', None, "Nicolò")

    made = workbook(["Nome", "Cognome", "E-mail", "Ruolo", "Genere"], list(NICOLO.values()), fill=fill)
    assert read(made).good == [NICOLO]


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        ("", ("list_empty", {})),
        (b"", ("list_empty", {})),
        (" \n;;;\n", ("list_empty", {})),
        (CSV.splitlines()[0], ("list_empty", {})),
        (
            "Ada Conti\nBruno Sala\n",
            ("list_lacks_columns", {"columns": list(FIELDS[:4])}),
        ),
        ("nome;cognome;ruolo\nAda;Conti;f", ("list_lacks_columns", {"columns": ["email"]})),
        ("nome;cognome;email;mail;ruolo\nA;B;c;d;e", ("list_repeats_columns", {"columns": ["email"]})),
        (b"%PDF-1.7\n" + bytes(range(256)) * 10, ("list_unreadable", {})),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ("list_unreadable", {})),
        (b"\xff\xfe\x00", ("list_unreadable", {})),
        (b"PK\x03\x04 no archive", ("list_unreadable", {})),
        (archive(**{"word/document.xml": b"<w/>"}), ("list_unreadable", {})),
        (workbook(), ("list_empty", {})),
        ("x" * (LARGEST_FILE + 1), ("list_too_large", {"max_mb": 2})),
        (bytes(50_000_000), ("list_too_large", {"max_mb": 2})),
        (CSV + "a;b;c;d;e\n" * MOST_ROWS, ("list_too_long", {"max": MOST_ROWS})),
        (";".join("abcdefghij" * 6), ("list_too_wide", {"max": 50})),
        (workbook(["x"] * 60), ("list_too_wide", {"max": 50})),
        (CSV + '"' + "x" * 200_000, ("list_unreadable", {})),
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else None,
)
def test_what_is_no_list_is_refused_with_its_reason(content: bytes | str, answer: tuple[str, dict[str, Any]]) -> None:
    assert refused(content) == answer


def sparse(sheet: Any) -> None:
    sheet.write(1_048_575, 16_383, "far away")


def long(sheet: Any) -> None:
    for row in range(20_000):
        sheet.write_row(row, 0, ["Ada", "Conti", f"a{row}@example.org", "funzionaria"])


def lying(content: bytes) -> bytes:
    """The archive with a directory that says that each part unpacks to 10 bytes."""
    changed, at = bytearray(content), 0
    while (at := content.find(b"PK\x01\x02", at)) >= 0:
        changed[at + 24 : at + 28] = struct.pack("<I", 10)
        at += 4
    return bytes(changed)


BOMB = archive(**{"xl/workbook.xml": b"<a>" + b" " * 60_000_000})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (workbook(["a"], fill=sparse), "list_too_heavy"),
        (workbook(fill=long), "list_too_long"),
        (BOMB, "list_too_heavy"),
        (archive(**{f"part{number}": b"" for number in range(tables.MOST_PARTS + 1)}), "list_too_heavy"),
        (lying(BOMB), "list_unreadable"),
    ],
    ids=["two cells a whole sheet apart", "many rows", "bomb", "many parts", "a bomb that lies"],
)
def test_hostile_workbooks_do_not_make_this_process_grow(content: bytes, reason: str) -> None:
    tracemalloc.start()
    try:
        assert refused(content)[0] == reason
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000
