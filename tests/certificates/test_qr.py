"""The QR: small, capital, and with modules of a millimetre."""

from services.certificates.documents.codes import make_code
from services.certificates.documents.qr import draw, verification_url


def test_the_address_is_in_capital_letters():
    assert verification_url("https://attestati.example.it/", "ABC") == "HTTPS://ATTESTATI.EXAMPLE.IT/V/ABC"


def test_a_module_is_a_millimetre_at_thirty_millimetres():
    drawing = draw(verification_url("https://attestati.co-alizione.anci.it", make_code()))

    assert (drawing.modules, drawing.side_mm) == (29, 30.0)


def test_a_long_address_makes_the_square_larger_and_not_the_modules_smaller():
    drawing = draw(
        verification_url("https://attestati.formazione-per-i-comuni." + "x" * 60 + ".example.it", make_code())
    )

    assert drawing.modules > 29
    assert drawing.side_mm == drawing.modules


def test_the_same_text_is_the_same_drawing():
    assert draw("HTTP://127.0.0.1/V/X") == draw("HTTP://127.0.0.1/V/X")
