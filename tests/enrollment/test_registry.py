"""Importing a list of bodies: anybody's file, row by row, all or nothing."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

import seeds
from chassis.refusal import Refused
from services.enrollment import registry
from services.enrollment.__main__ import main
from services.enrollment.models import Base, Body, Programme
from services.enrollment.registry import Stored, Unusable
from tests.conftest import LINK_SECRET

OWN = (
    "code,name,name_other,province,province_name,region,population,population_year,latitude,longitude,cadastral_code\n"
)
TIVOLI = "058104,Tivoli,,RM,Roma,Lazio,54916,2023,41.95,12.79,L182\n"
AGLIE = "001001,Agliè,,TO,Torino,Piemonte,2558,2023,45.36524,7.77825,A074\n"

ISTAT = (
    'Codice Regione;"Codice dell\'Unità territoriale sovracomunale \n(valida a fini statistici)";'
    "Codice Provincia (Storico)(1);Progressivo del Comune (2);Codice Comune formato alfanumerico;"
    "Denominazione (Italiana e straniera);Denominazione in italiano;Denominazione altra lingua;"
    "Codice Ripartizione Geografica;Ripartizione geografica;Denominazione Regione;"
    '"Denominazione dell\'Unità territoriale sovracomunale \n(valida a fini statistici)";'
    "Tipologia di Unità territoriale sovracomunale;Flag Comune capoluogo;Sigla automobilistica;"
    "Codice Comune formato numerico;Codice Catastale del comune;Codice NUTS1 2021\n"
    "01;201;001;168;001168;None;None;;1;Nord-ovest;Piemonte;Torino;3;0;TO;1168;F931;ITC\n"
    "04;021;021;008;021008;Bolzano/Bozen;Bolzano;Bozen;2;Nord-est;Trentino-Alto Adige/Südtirol;Bolzano/Bozen;"
    "1;1;BZ;21008;A952;ITH\n"
    "15;263;063;049;063049;Napoli;Napoli;;4;Sud;Campania;Napoli;3;1;NA;63049;F839;ITF\n"
)


def unusable(content):
    with pytest.raises(Unusable) as caught:
        registry.read(content)
    return str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_of_an_office(encoding):
    reading = registry.read((OWN + AGLIE).encode(encoding))
    assert [(row["code"], row["name"], row["search"]) for row in reading.rows] == [("001001", "Agliè", "/aglie/")]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_istats_own_layout(encoding, ends):
    reading = registry.read(ISTAT.replace("\n", ends).encode(encoding))

    assert reading.complaints == []
    assert [(row["code"], row["name"], row["name_other"], row["province"]) for row in reading.rows] == [
        ("001168", "None", "", "TO"),
        ("021008", "Bolzano", "Bozen", "BZ"),
        ("063049", "Napoli", "", "NA"),
    ]
    assert reading.rows[1]["province_name"] == "Bolzano/Bozen"
    assert "population" not in reading.rows[0]


def test_semicolons_decimal_commas_and_eaten_zeros():
    rows = "code;name;province;province_name;region;population;latitude;longitude\n1001;Agliè;TO;Torino;Piemonte;"
    reading = registry.read((rows + "12.558;45,36524;7,5\n").encode())
    row = reading.rows[0]
    assert (row["code"], row["population"], row["latitude"], row["longitude"]) == ("001001", 12_558, 45.36524, 7.5)


def test_the_mailboxes_of_bodies():
    rows = OWN.replace("\n", ",institutional_email\n") + TIVOLI.replace("\n", ",Comune@PEC.tivoli.example\n")
    reading = registry.read((rows + AGLIE.replace("\n", ",x@@y\n")).encode())
    assert [row["institutional_email"] for row in reading.rows] == ["comune@pec.tivoli.example"]
    assert reading.complaints == [(3, "institutional_email is no address")]
    assert registry.read((rows + AGLIE.replace("\n", ",\n")).encode()).rows[1]["institutional_email"] is None


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("058104,,,RM,Roma,Lazio,1,2023,41,12,L182", "name is empty"),
        ("05810X,Tivoli,,RM,Roma,Lazio,1,2023,41,12,L182", "code is no ISTAT code of six digits"),
        ("0581040,Tivoli,,RM,Roma,Lazio,1,2023,41,12,L182", "code is no ISTAT code of six digits"),
        ("058104,Tivoli,,Roma,Roma,Lazio,1,2023,41,12,L182", "province is no code of two letters"),
        ("058104,Tivoli,,RM,Roma,Lazio,many,2023,41,12,L182", "population is no whole number in its range"),
        ("058104,Tivoli,,RM,Roma,Lazio,-5,2023,41,12,L182", "population is no whole number in its range"),
        ("058104,Tivoli,,RM,Roma,Lazio,9999999999,2023,41,12,L182", "population is no whole number in its range"),
        ("058104,Tivoli,,RM,Roma,Lazio,1,2023,91,12,L182", "latitude is no number of degrees"),
        ("058104,Tivoli,,RM,Roma,Lazio,1,2023,nan,12,L182", "latitude is no number of degrees"),
        ("058104,Tivoli,,RM,Roma,Lazio,1,2023,41,12,182", "cadastral_code is no letter with three digits"),
        ("058104,Tivoli,,RM", "the row ends before province_name"),
        (f"058104,{'x' * 201},,RM,Roma,Lazio,1,2023,41,12,L182", "name is too long or has control characters"),
        ("058104,Ti\x07voli,,RM,Roma,Lazio,1,2023,41,12,L182", "name is too long or has control characters"),
        (
            "058104,Ti�voli,,RM,Roma,Lazio,1,2023,41,12,L182",
            "name has letters that cannot be read: save the file as UTF-8",
        ),
        ("001001,Again,,TO,Torino,Piemonte,1,2023,41,12,A074", "code 001001 was already on line 2"),
    ],
)
def test_a_row_that_cannot_be_used_says_its_line_and_why(row, complaint):
    reading = registry.read((OWN + AGLIE + "\n" + row + "\n" + TIVOLI).encode())
    assert reading.complaints == [(4, complaint)]
    assert [one["code"] for one in reading.rows] == ["001001", "058104"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \n", "the file is empty"),
        (OWN.encode(), "the file has no rows below its headings"),
        (b"name,age\nx,1\n", "the headings lack code, province, province_name, region"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "the headings lack code, name, province, province_name, region"),
        (b"PK\x03\x04" + b"\x14\x00" * 300, "the headings lack code, name, province, province_name, region"),
        (b"\xff\xfea", "the file is no text in UTF-8, UTF-16 or Latin-1"),
        (b'"' + b"x" * 200_000, "line 1: the file is no CSV from here on"),
        (b"x" * 20_000_001, "the file is larger than 20 MB"),
    ],
)
def test_a_file_that_is_no_list(content, why):
    assert unusable(content) == why


def test_storing_twice_changes_nothing_and_missing_columns_keep_their_values(store_for):
    store = store_for(Base.metadata)
    own = registry.read((OWN + AGLIE + TIVOLI).encode()).rows
    renamed = registry.read("code,name,province,province_name,region\n058104,Tìvoli,RM,Roma,Lazio\n".encode()).rows
    with store.transaction() as session:
        assert registry.store(session, own) == Stored(2, 0, 0)
        assert registry.store(session, own) == Stored(0, 0, 2)
        assert registry.store(session, renamed) == Stored(0, 1, 0)
        assert registry.store(session, renamed) == Stored(0, 0, 1)
        tivoli = session.get_one(Body, "058104", populate_existing=True)
        assert (tivoli.name, tivoli.population, tivoli.search) == ("Tìvoli", 54_916, "/tivoli/")


def test_a_municipality_does_not_become_a_union(store_for):
    store = store_for(Base.metadata)
    head = "code,kind,name,province,province_name,region\n"
    with store.transaction() as session:
        registry.store(session, registry.read(f"{head}058104,,Tivoli,RM,Roma,Lazio\n".encode()).rows)
    wrong = registry.read(f"{head}058104,supra_municipal,Tivoli,RM,Roma,Lazio\n".encode()).rows
    with pytest.raises(Refused), store.transaction() as session:
        registry.store(session, wrong)


@pytest.fixture
def operator(store_for, monkeypatch, tmp_path, capsys):
    """``operator(content, *options)`` runs import-bodies on a file and gives exit code, output and complaints."""
    store = store_for(Base.metadata)
    monkeypatch.setenv("DATABASE_URL", store.url)
    monkeypatch.setenv("LINK_SECRET", LINK_SECRET)

    def run(*arguments, content=None):
        if content is not None:
            file = tmp_path / "list.csv"
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
            arguments = (*arguments, str(file))
        code = main(arguments)
        output = capsys.readouterr()
        return code, output.out.strip(), output.err.replace(f"{tmp_path}/", "").strip()

    run.store = store
    return run


def codes(store):
    with store.read() as session:
        return list(session.scalars(sa.select(Body.code).order_by(Body.code)))


def test_the_import_is_all_or_nothing_unless_told_otherwise(operator):
    content = OWN + AGLIE + "x,,,,,,,,,,\n" + TIVOLI

    assert operator("import-bodies", content=content) == (
        1,
        "",
        "list.csv:3: name is empty\n1 rows cannot be used: nothing was changed (--skip-bad leaves them out)",
    )
    assert codes(operator.store) == []
    assert operator("import-bodies", "--skip-bad", content=content) == (
        0,
        "2 new, 0 changed, 0 as they were, 1 left out",
        "list.csv:3: name is empty",
    )
    assert codes(operator.store) == ["001001", "058104"]
    assert operator("import-bodies", content=OWN + AGLIE)[1] == "0 new, 0 changed, 1 as they were, 0 left out"


def test_a_file_that_is_not_there(operator):
    code, _, complaint = operator("import-bodies", "/nowhere/list.csv")
    assert code == 1
    assert complaint.endswith("nothing was changed")


def test_the_seeds_are_loaded_once_and_the_programme_is_told(operator, emitted):
    assert operator("seed")[:2] == (0, "7899 bodies loaded, programmes opened: co-alizione-2017")
    assert operator("seed")[:2] == (0, "0 bodies loaded, programmes opened: none")
    assert operator("import-bodies", str(seeds.MUNICIPALITIES))[:2] == (
        0,
        "0 new, 0 changed, 7899 as they were, 0 left out",
    )
    (opened,) = emitted(operator.store)
    assert (opened.code, opened.day_capacity, len(opened.topics)) == ("co-alizione-2017", 150, 30)


def test_a_programme_is_imported_from_its_file(operator, emitted):
    file = next(seeds.PROGRAMMES.glob("*.json"))
    assert operator("import-programme", str(file)) == (0, "opened co-alizione-2017", "")
    assert operator("import-programme", str(file))[0] == 1
    code, _, complaint = operator("import-programme", content='{"code": "x y"}')
    assert code == 1
    assert "list.csv: code: invalid" in complaint
    assert "list.csv: title_it: required" in complaint
    for broken in ("{", "[]", b"\xff\xfe\x00", "null"):
        assert operator("import-programme", content=broken)[0] == 1
    with operator.store.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Programme)) == 1
    assert len(emitted(operator.store)) == 1


def test_a_missing_setting_is_one_clear_line(operator, monkeypatch):
    monkeypatch.delenv("LINK_SECRET")
    assert operator("seed") == (1, "", "LINK_SECRET is not set")
