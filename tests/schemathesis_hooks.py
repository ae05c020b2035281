"""What schemathesis cannot make by itself: it sends the bytes that it invents as an office file too."""

from __future__ import annotations

import schemathesis

OFFICE_FILES = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.spreadsheet",
)


@schemathesis.serializer(*OFFICE_FILES)
def office_file(ctx: schemathesis.SerializationContext, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")
