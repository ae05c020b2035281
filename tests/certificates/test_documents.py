"""The document: archival, accessible, complete, the same bytes, and never with an empty box."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from dataclasses import replace
from datetime import date

import numpy
import pikepdf
import pytest
import zxingcpp

from services.certificates.documents.render import CannotRender, MissingGlyph
from tests.certificates.builders import lines, sheet

LONG = "Giovanna Maria Francesca Antonietta degli Uberti della Gherardesca di Castelnuovo Berardenga"


@pytest.fixture(scope="session")
def sealed(renderer, seal):
    def make(**given):
        one = sheet(**given)
        return seal.seal(renderer.render(one), one.issued_at)

    return make


def opened(document):
    return pikepdf.open(io.BytesIO(document))


def text_of(document, tmp_path):
    if not shutil.which("pdftotext"):
        pytest.skip("poppler-utils is not installed")
    path = tmp_path / "document.pdf"
    path.write_bytes(document)
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


def test_it_declares_pdf_a_3a_and_pdf_ua_1(sealed):
    with opened(sealed()) as pdf, pdf.open_metadata() as metadata:
        assert metadata["pdfaid:part"] == "3"
        assert metadata["pdfaid:conformance"] == "A"
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == "Attestato CO-ALIZIONE-2017/000123"


def test_it_is_tagged_in_italian_with_an_output_intent(sealed):
    with opened(sealed()) as pdf:
        assert str(pdf.Root.Lang) == "it-IT"
        assert pdf.Root.MarkInfo.Marked is True
        assert pdf.Root.ViewerPreferences.DisplayDocTitle is True
        assert pdf.Root.OutputIntents[0].S == "/GTS_PDFA1"
        assert pdf.Root.StructTreeRoot.ParentTreeNextKey == 2


def test_pictures_and_the_signature_field_have_words(sealed):
    with opened(sealed()) as pdf:
        told = [
            str(element.Alt) for element in pdf.objects if isinstance(element, pikepdf.Dictionary) and "/Alt" in element
        ]

    assert sorted(told) == [
        "Codice QR che apre la pagina di verifica: HTTP://127.0.0.1:8000/V/" + sheet().public_code,
        "Emblema del programma di formazione",
        "Sigillo elettronico",
    ]


def test_every_font_is_embedded(sealed):
    with opened(sealed(holder="Ἑλένη Ђорђевић ŧ")) as pdf:
        fonts = [
            one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/FontDescriptor"
        ]
        embedded = [str(one.FontName) for one in fonts if "/FontFile2" in one or "/FontFile3" in one]

    assert len(fonts) >= 4
    assert len(embedded) == len(fonts)


def test_the_evidence_travels_inside_without_a_fiscal_code_or_an_address(sealed):
    with opened(sealed()) as pdf:
        [attachment] = pdf.Root.AF
        content = json.loads(pdf.attachments["attestato.json"].get_file().read_bytes())

    assert attachment.AFRelationship == "/Data"
    assert str(attachment.EF.F.Subtype) == "/application/json"
    assert list(content) == [
        *("type", "version", "number", "edition", "public_code", "verification_url", "issuer", "issued_on"),
        *("holder", "body", "programme", "minutes", "appointments"),
    ]
    assert content["minutes"] == 600
    assert content["appointments"][0] == {
        "kind": "training_day",
        "title": {"it": "L’accoglienza diffusa", "en": "Reception all over the territory"},
        "held_on": "2017-09-11",
        "minutes": 420,
        "host": "Forlì",
    }


@pytest.mark.parametrize("count", [1, 4, 12, 13, 40])
def test_qpdf_finds_nothing_wrong(sealed, tmp_path, count):
    if not shutil.which("qpdf"):
        pytest.skip("qpdf is not installed")
    path = tmp_path / "document.pdf"
    path.write_bytes(sealed(lines=lines(count)))

    assert subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode == 0


def test_verapdf_agrees(sealed, tmp_path):
    if not shutil.which("verapdf"):
        pytest.skip("veraPDF is not installed")
    path = tmp_path / "document.pdf"
    path.write_bytes(sealed())
    for flavour in ("3a", "ua1"):
        assert subprocess.run(["verapdf", "-f", flavour, path], capture_output=True, check=False).returncode == 0


def test_the_same_sheet_is_the_same_bytes(sealed, seal, renderer):
    assert sealed() == sealed()
    assert type(renderer)().render(sheet()) == renderer.render(sheet())
    assert sealed() != sealed(holder="Niccolò D’Agostina")


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (3, 1), (4, 1), (5, 1), (6, 1), (12, 1), (13, 2), (40, 4)])
@pytest.mark.parametrize("holder", ["Ada Neri", LONG])
def test_twelve_appointments_stay_on_one_page(renderer, count, pages, holder):
    long_titles = tuple(
        replace(line, title_it=line.title_it + ": metodi, strumenti ed esperienze dei territori")
        for line in lines(count)
    )
    with opened(renderer.render(sheet(lines=long_titles, holder=holder))) as pdf:
        assert len(pdf.pages) == pages


def test_it_says_what_the_sheet_says(sealed, tmp_path):
    said = text_of(sealed(issued_on=date(2017, 11, 1)), tmp_path)

    for words in (
        "Niccolò D’Agostino",
        "Comune di Forlì",
        "N. CO-ALIZIONE-2017/000123",
        "10 ore 10 hours",
        "11/09/2017",
        "Giornata formativa · L’accoglienza diffusa · Forlì",
        "Roma, 1º novembre 2017",
        "1 November 2017",
        "ANCI – Fondazione Cittalia",
        "http://127.0.0.1:8000/verify",
        "senza valore legale",
    ):
        assert words in said


def test_only_a_development_seal_says_so(sealed, tmp_path):
    said = text_of(sealed(development_key=False), tmp_path)

    assert "senza valore legale" not in said
    assert "sigillo elettronico (PAdES)" in said


def test_minutes_that_are_no_whole_hours(sealed, tmp_path):
    [line] = lines(1)

    assert "7 ore e 1 minuto 7 hours and 1 minute" in text_of(sealed(lines=(replace(line, minutes=421),)), tmp_path)
    assert "1 ora e 30 minuti" in text_of(sealed(lines=(replace(line, minutes=90),)), tmp_path)
    assert "45 minuti 45 minutes" in text_of(sealed(lines=(replace(line, minutes=45),)), tmp_path)


@pytest.mark.parametrize(
    "holder",
    ["Łucja Wałęsa", "Ionuț Șerban", "Ağaoğlu Őry", "Ἑλένη Παπαδοπούλου", "Ђорђе Љубић", "Nguyễn Thị", "O’Hara"],
)
def test_letters_of_europe_are_printed(sealed, tmp_path, holder):
    assert holder in text_of(sealed(holder=holder), tmp_path)


def test_a_decomposed_letter_is_the_same_letter(renderer):
    assert renderer.render(sheet(holder="Niccolo\u0300 D’Agostino")).count(b"%PDF") == 1


@pytest.mark.parametrize(
    ("holder", "missing"), [("李 小龍", "U+5C0F U+674E U+9F8D"), ("Anna 🎓", "U+1F393"), ("A\x07b", "U+0007")]
)
def test_a_missing_letter_fails_loudly(renderer, holder, missing):
    with pytest.raises(MissingGlyph) as caught:
        renderer.render(sheet(holder=holder))

    assert caught.value.reason == f"missing_glyph {missing}"


def test_a_missing_letter_in_any_word_fails(renderer):
    [line] = lines(1)
    for wrong in (
        {"body_name": "Comune 李"},
        {"programme_en": "Programme 李"},
        {"issuer": "李"},
        {"place": "李"},
        {"lines": (replace(line, title_it="李"),)},
        {"lines": (replace(line, host_name="李"),)},
    ):
        with pytest.raises(CannotRender):
            renderer.render(sheet(**wrong))


@pytest.mark.parametrize(
    "holder", ["#set page(width: 1cm)", "$x$ *b* _i_ `c` <l> @r", "[#panic()]", "\\u{41} // x", "Anna\nMaria\tNeri"]
)
def test_what_looks_like_markup_is_only_letters(sealed, tmp_path, holder):
    assert " ".join(holder.split()) in text_of(sealed(holder=holder), tmp_path)


def test_a_name_that_is_far_too_long_still_gives_a_document(renderer):
    with opened(renderer.render(sheet(holder="Anna " * 60))) as pdf:
        assert len(pdf.pages) in (1, 2)


@pytest.mark.parametrize("public_url", ["http://127.0.0.1:8000", "https://attestati.formazione-per-i-comuni.gov.it"])
def test_the_printed_qr_is_read_back(sealed, tmp_path, public_url):
    if not shutil.which("pdftoppm"):
        pytest.skip("poppler-utils is not installed")
    path = tmp_path / "document.pdf"
    path.write_bytes(sealed(public_url=public_url))
    subprocess.run(["pdftoppm", "-gray", "-r", "100", "-singlefile", path, tmp_path / "page"], check=True)
    head, size, _, pixels = (tmp_path / "page.pgm").read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    image = numpy.frombuffer(pixels, numpy.uint8).reshape(height, width)

    assert head == b"P5"
    assert [found.text for found in zxingcpp.read_barcodes(image)] == [f"{public_url.upper()}/V/{sheet().public_code}"]
