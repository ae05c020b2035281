"""The QR code of a certificate: an address in capital letters, which needs the fewest modules."""

from __future__ import annotations

from dataclasses import dataclass

import zxingcpp

__all__ = ["LEAST_SIDE_MM", "Qr", "draw", "verification_url"]

LEAST_SIDE_MM = 30.0
_MODULE_MM = 1.0
_SMALL = 29  # modules a side of version 3, the largest whose modules are 1 mm at 30 mm


@dataclass(frozen=True)
class Qr:
    """A drawing in SVG without quiet zone, and the side in millimetres that keeps a module at 1 mm or more."""

    svg: str
    modules: int
    side_mm: float


def verification_url(public_url: str, code: str) -> str:
    """Where the QR leads. Capital letters: scheme and host do not mind, and the page answers to ``/V/``."""
    return f"{public_url.rstrip('/').upper()}/V/{code}"


def draw(text: str) -> Qr:
    """The QR of the text, with the strongest error correction that keeps it small, and never below L."""
    module_rows = next((rows for level in "QM" if len(rows := _modules(text, level)) <= _SMALL), None)
    if module_rows is None:
        module_rows = _modules(text, "L")
    side = len(module_rows)
    path = "".join(
        f"M{start} {y}h{end - start}v1h{start - end}z" for y, row in enumerate(module_rows) for start, end in _runs(row)
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path d="{path}"/></svg>'
    return Qr(svg=svg, modules=side, side_mm=max(LEAST_SIDE_MM, side * _MODULE_MM))


def _modules(text: str, level: str) -> list[bytes]:
    """Rows of one byte a module, 0 where it is dark."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    image = memoryview(zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False))
    height, width = image.shape[:2]
    flat = image.tobytes()
    return [flat[row * width : (row + 1) * width] for row in range(height)]


def _runs(row: bytes) -> list[tuple[int, int]]:
    """Where dark modules begin and end, so that a run is one rectangle."""
    runs: list[tuple[int, int]] = []
    for x, value in enumerate(row):
        if value:
            continue
        if runs and runs[-1][1] == x:
            runs[-1] = (runs[-1][0], x + 1)
        else:
            runs.append((x, x + 1))
    return runs
