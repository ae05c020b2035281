"""Room for a signature: an incremental update that adds an invisible signature field to a document of the renderer.

The bytes before stay as they are, so that the document stays PDF/A-3a and PDF/UA-1: the field has no area, is tagged as
a form field, and the update repeats the catalogue, the first page, and the two elements of the structure that must know
of it. It reads only what the renderer writes (classic cross-reference table, plain dictionaries); anything else raises
``UnknownLayout``, so that a new version of the engine is noticed by the first document and not by a court.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = ["Reserved", "UnknownLayout", "reserve"]

_NAME = "Sigillo elettronico"
_ENTRY = 20  # bytes of a line of the cross-reference table


class UnknownLayout(Exception):
    """The document is not of the shape that the renderer writes."""


@dataclass(frozen=True)
class Reserved:
    """A document with a hole for the signature. ``hole`` is where the hexadecimal digits begin and end."""

    document: bytearray
    hole: tuple[int, int]

    def digest(self) -> bytes:
        """SHA-256 of everything but the hole and its angle brackets."""
        start, end = self.hole
        view = memoryview(self.document)
        hashed = hashlib.sha256(view[: start - 1])
        hashed.update(view[end + 1 :])
        return hashed.digest()

    def fill(self, signature: bytes) -> bytes:
        """The signed document; the rest of the hole stays zero, as PDF asks."""
        start, end = self.hole
        digits = signature.hex().encode()
        if len(digits) > end - start:
            raise ValueError("the signature is larger than the room reserved for it")
        self.document[start : start + len(digits)] = digits
        return bytes(self.document)


def reserve(document: bytes, at: datetime, size: int) -> Reserved:
    """Append a signature field, signed at this time, with room for ``size`` bytes of signature."""
    source = _Source(document)
    catalogue, pages = source.root, _reference(rb"/Pages (\d+) 0 R", source.read(source.root))
    page = _reference(rb"/Kids\[(\d+) 0 R", source.read(pages))
    structure = _reference(rb"/StructTreeRoot (\d+) 0 R", source.read(catalogue))
    tree = source.read(structure)
    top = _reference(rb"/K\[(\d+) 0 R\]", tree)
    parent_key = _reference(rb"/ParentTreeNextKey (\d+)", tree)
    field, signature, element = source.size, source.size + 1, source.size + 2

    tree = _replace(rb"(/ParentTree<</Nums\[[^\]]*)\]", rb"\g<1> %d %d 0 R]" % (parent_key, element), tree)
    tree = _replace(rb"/ParentTreeNextKey \d+", b"/ParentTreeNextKey %d" % (parent_key + 1), tree)
    name = _NAME.encode()
    changed = {
        catalogue: _extend(source.read(catalogue), b"/AcroForm", b"<</Fields[%d 0 R]/SigFlags 3>>" % field),
        page: _extend(source.read(page), b"/Annots", b"[%d 0 R]" % field),
        structure: tree,
        top: _replace(rb"(/K\[[^\]]*)\]", rb"\g<1> %d 0 R]" % element, source.read(top)),
        field: b"<</Type/Annot/Subtype/Widget/FT/Sig/T(%s)/TU(%s)/Contents(%s)/Rect[0 0 0 0]/F 132/P %d 0 R/V %d 0 R"
        b"/StructParent %d>>" % (name, name, name, page, signature, parent_key),
        element: b"<</Type/StructElem/S/Form/P %d 0 R/Pg %d 0 R/Alt(%s)/K<</Type/OBJR/Obj %d 0 R/Pg %d 0 R>>>>"
        % (top, page, name, field, page),
    }

    out = bytearray(document)
    offsets: dict[int, int] = {}
    for number in sorted(changed):
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, changed[number])
    offsets[signature] = len(out)
    out += b"%d 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(D:%s)/Contents<" % (
        signature,
        at.astimezone(UTC).strftime("%Y%m%d%H%M%S+00'00'").encode(),
    )
    start = len(out)
    end = start + 2 * size
    out += b"0" * (2 * size) + b">/ByteRange[0 %10d %10d " % (start - 1, end + 1)
    length_at = len(out)
    out += b"%10d]>>\nendobj\n" % 0
    table = len(out)
    out += _table(offsets)
    update_id = hashlib.sha256(document + at.isoformat().encode()).hexdigest()[:32].encode()
    out += b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[%s<%s>]/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        *(element + 1, catalogue, source.info, source.first_id, update_id, source.table, table),
    )
    out[length_at : length_at + 10] = b"%10d" % (len(out) - end - 1)
    return Reserved(out, (start, end))


class _Source:
    """The objects of a document, found by its cross-reference table."""

    def __init__(self, document: bytes) -> None:
        self.document = document
        self.table = _reference(rb"startxref\s+(\d+)\s+%%EOF\s*$", document[-64:])
        head = re.compile(rb"xref\n0 (\d+)\n").match(document, self.table)
        if head is None:
            raise UnknownLayout("no cross-reference table")
        self.size = int(head[1])
        self._entries = head.end()
        trailer = document[self._entries + _ENTRY * self.size :]
        self.root = _reference(rb"/Root (\d+) 0 R", trailer)
        self.info = _reference(rb"/Info (\d+) 0 R", trailer)
        first_id = re.search(rb"/ID\[(\([A-Za-z0-9+/=]*\)|<[0-9A-Fa-f]*>)", trailer)
        if first_id is None:
            raise UnknownLayout("no file identifier")
        self.first_id = first_id[1]

    def read(self, number: int) -> bytes:
        """The dictionary that is the object of this number."""
        entry = self._entries + _ENTRY * number
        offset = int(self.document[entry : entry + 10])
        start = offset + len(b"%d 0 obj" % number)
        body = self.document[start : self.document.index(b"endobj", start)].strip()
        if self.document[offset:start] != b"%d 0 obj" % number or not (body[:2] == b"<<" and body[-2:] == b">>"):
            raise UnknownLayout(f"object {number} is no dictionary")
        return body


def _reference(pattern: bytes, text: bytes) -> int:
    found = re.search(pattern, text)
    if found is None:
        raise UnknownLayout(f"nothing like {pattern.decode()}")
    return int(found[1])


def _replace(pattern: bytes, replacement: bytes, text: bytes) -> bytes:
    replaced, count = re.subn(pattern, replacement, text)
    if count != 1:
        raise UnknownLayout(f"{count} things like {pattern.decode()}")
    return replaced


def _extend(dictionary: bytes, key: bytes, value: bytes) -> bytes:
    if key in dictionary:
        raise UnknownLayout(f"there is {key.decode()} already")
    return dictionary[:-2] + key + value + b">>"


def _table(offsets: dict[int, int]) -> bytes:
    """A cross-reference table: consecutive numbers share a head line."""
    lines = [b"xref\n"]
    numbers = sorted(offsets)
    start = 0
    for position in range(1, len(numbers) + 1):
        if position == len(numbers) or numbers[position] != numbers[position - 1] + 1:
            run = numbers[start:position]
            lines.append(b"%d %d\n" % (run[0], len(run)))
            lines += [b"%010d 00000 n \n" % offsets[number] for number in run]
            start = position
    return b"".join(lines)
