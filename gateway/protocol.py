"""HTTP as eventlet reads it, but what it would refuse with an empty answer is refused by the application, in words.

A request with too long an address, or too many or too long headers, is read to its end within limits, cut to what fits,
and handed on with its fault; ``protection`` answers it, as a page or a problem, in the reader's language. Then the
connection ends.
"""

from __future__ import annotations

import io
import json
from http import HTTPStatus
from typing import Any

from nameko.web.server import HttpOnlyProtocol

__all__ = ["FAULT", "LONGEST_ADDRESS", "Protocol"]

FAULT = "coalizione.fault"
"""In the WSGI environment: the status that the request deserves."""

LONGEST_ADDRESS = 65_536
"""Bytes of a request line; eventlet's own 8192 is less than the longest query that the API describes."""
LONGEST_HEADER, LARGEST_HEAD, MOST_HEADERS = 8192, 65_536, 99
"""What eventlet and http.client take, in bytes and in lines."""
_READ_AT_MOST = 1_048_576
"""Bytes that are read only to be thrown away, so that the answer is not lost with a reset."""
_KEPT_OF_PATH = 200


class Protocol(HttpOnlyProtocol):  # type: ignore[misc]
    """One connection."""

    fault: int | None = None

    def _read_request_line(self) -> bytes:
        self.fault, self.unread = None, _READ_AT_MOST
        line: bytes = super()._read_request_line()
        if not line or len(line) < self.server.url_length_limit:
            return line
        self.fault, rest = HTTPStatus.REQUEST_URI_TOO_LONG, line
        while rest and not rest.endswith(b"\n") and self.unread > 0:
            rest = self.rfile.readline(LONGEST_ADDRESS)
            self.unread -= len(rest)
        method, _, target = line.partition(b" ")
        return b"%s %s HTTP/1.1\r\n" % (method[:20], target.partition(b"?")[0][:_KEPT_OF_PATH] or b"/")

    def parse_request(self) -> bool:
        self.rfile = io.BytesIO(b"".join(self._head(self.rfile.fp)) + b"\r\n")
        if not super().parse_request():
            return False
        if not self._is_length_clear():
            self.fault = self.fault or HTTPStatus.BAD_REQUEST
            del self.headers["Content-Length"]
        if self.fault:
            self.close_connection = True
        return True

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        if self.fault:
            environ[FAULT] = int(self.fault)
        return environ

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What is no HTTP at all comes from no browser: a problem without further words."""
        status = HTTPStatus(code)
        body = json.dumps({"type": "about:blank", "title": status.phrase, "status": status.value}).encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/problem+json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self.wfile.write(head.encode() + body)
        self.close_connection = True

    def _is_length_clear(self) -> bool:
        """Whether there is one way to tell where the body ends."""
        given = set(self.headers.get_all("Content-Length", []))
        if not given:
            return True
        return len(given) == 1 and "Transfer-Encoding" not in self.headers and _is_number(given.pop())

    def _head(self, source: Any) -> list[bytes]:
        """The lines of the headers that fit; what does not is a fault, and skipped."""
        lines: list[bytes] = []
        read, inside = 0, False
        while self.unread > 0:
            line: bytes = source.readline(LONGEST_HEADER)
            if not line or (line in (b"\r\n", b"\n") and not inside):
                break
            read, self.unread = read + len(line), self.unread - len(line)
            whole = line.endswith(b"\n") and not inside
            if whole and read <= LARGEST_HEAD and len(lines) < MOST_HEADERS:
                lines.append(line)
            else:
                self.fault = self.fault or HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            inside = not line.endswith(b"\n")
        return lines


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20
