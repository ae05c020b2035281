"""The receipt as a PDF that archives keep and screen readers read (PDF/A-3a, PDF/UA-1), with the statement inside.

The same receipt gives the same bytes: the time in it is that of the adhesion, the fonts are those beside this file.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from chassis.refusal import Refused
from services.enrollment import domain
from services.enrollment.models import Receipt

__all__ = ["pdf"]

_HERE = Path(__file__).parent
_STANDARDS: list[Any] = ["a-3a", "ua-1"]


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_HERE / "fonts")])
    return typst.Compiler(input=str(_HERE / "receipt.typ"), root=str(_HERE), font_paths=fonts)


def pdf(receipt: Receipt, address: str) -> bytes:
    """``address`` is where the receipt can be looked at. Refused when the fonts lack a letter that it needs."""
    content = json.loads(receipt.statement)
    submitted = datetime.fromisoformat(content["submitted_at"])
    local = submitted.astimezone(domain.OFFICE)
    said = {
        "content": content,
        "statement": receipt.statement,
        "hash": receipt.hash,
        "address": address,
        "submitted": f"{local:%d/%m/%Y %H:%M:%S} ({local:%Z})",
    }
    try:
        document = _compiler().compile(
            format="pdf",
            sys_inputs={"receipt": json.dumps(said, ensure_ascii=False)},
            timestamp=int(submitted.timestamp()),
            pdf_standards=_STANDARDS,
        )
    except typst.TypstError as error:
        raise Refused("receipt_not_printable") from error
    assert isinstance(document, bytes)
    return document
