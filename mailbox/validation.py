"""What SendGrid's ``/v3/mail/send`` refuses, with the words and the places that it names."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

__all__ = ["MAX_BYTES", "Problem", "complaints"]

MAX_BYTES = 30 * 1024 * 1024
_MAX_RECIPIENTS = 1000
_ADDRESS = re.compile(r"[^@\s,;<>\"()\\]+@[^@\s,;<>\"()\\]+\.[^@\s,;<>\"()\\.]+")
_CALENDAR = re.compile(r"text/calendar; ?method=[A-Z]+")
_RESERVED = frozenset(
    ("x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding", "to", "from")
) | {"subject", "reply-to", "cc", "bcc"}

Problem = dict[str, str | None]


def problem(message: str, field: str | None) -> Problem:
    return {"message": message, "field": field, "help": None}


def complaints(call: Any) -> list[Problem]:
    """Everything that is wrong with the call; an empty list when SendGrid would accept it."""
    if not isinstance(call, dict):
        return [problem("Bad Request", None)]
    found: list[Problem] = []
    _personalizations(call.get("personalizations"), found)
    _address(call.get("from"), "from", found, "The from object must be provided for every email send.")
    if "reply_to" in call:
        _address(call["reply_to"], "reply_to", found, "The reply_to object must have an email address.")
    _subject(call, found)
    _content(call.get("content"), found)
    _attachments(call.get("attachments", []), found)
    _headers(call.get("headers", {}), found)
    _categories(call.get("categories", []), found)
    _custom_args(call.get("custom_args", {}), "custom_args", found)
    return found


def _broken(value: str) -> bool:
    return "\r" in value or "\n" in value


def _address(value: Any, field: str, found: list[Problem], missing: str) -> str | None:
    """The address in lower case, when it is one."""
    if not isinstance(value, dict) or not isinstance(value.get("email"), str):
        found.append(problem(missing, f"{field}.email"))
        return None
    if not _ADDRESS.fullmatch(value["email"]):
        found.append(problem("Does not contain a valid address.", f"{field}.email"))
        return None
    name = value.get("name", "")
    if not isinstance(name, str) or _broken(name):
        found.append(problem("The name must be a string without CRLF characters.", f"{field}.name"))
    address: str = value["email"]
    return address.lower()


def _personalizations(value: Any, found: list[Problem]) -> None:
    if not isinstance(value, list) or not value:
        found.append(problem("The personalizations field is required and must have at least one.", "personalizations"))
        return
    if len(value) > _MAX_RECIPIENTS:
        found.append(
            problem(
                "The personalization block is limited to 1000 personalizations per API request. "
                f"You have provided {len(value)} personalizations.",
                "personalizations",
            )
        )
        return
    total = 0
    for number, one in enumerate(value):
        field = f"personalizations.{number}"
        if not isinstance(one, dict) or not isinstance(one.get("to"), list) or not one["to"]:
            found.append(problem("The to array is required for all personalization objects.", f"{field}.to"))
            continue
        seen: set[str] = set()
        for kind in ("to", "cc", "bcc"):
            for place, person in enumerate(one.get(kind) or []):
                total += 1
                address = _address(
                    person, f"{field}.{kind}.{place}", found, f"Each {kind} object must at least have an email address."
                )
                if address in seen:
                    found.append(
                        problem(
                            "Each email address in the personalization block should be unique between to, cc, and bcc.",
                            field,
                        )
                    )
                elif address:
                    seen.add(address)
        _custom_args(one.get("custom_args", {}), f"{field}.custom_args", found)
    if total > _MAX_RECIPIENTS:
        found.append(problem("There is a limit of 1000 total recipients (to + cc + bcc).", "personalizations"))


def _subject(call: dict[str, Any], found: list[Problem]) -> None:
    blocks = call.get("personalizations")
    everywhere = isinstance(blocks, list) and all(isinstance(one, dict) and one.get("subject") for one in blocks)
    subject = call.get("subject")
    if not (isinstance(subject, str) and subject) and not (blocks and everywhere):
        found.append(problem("The subject is required.", "subject"))
    elif isinstance(subject, str) and _broken(subject):
        found.append(problem("The subject cannot contain CRLF characters.", "subject"))


def _content(value: Any, found: list[Problem]) -> None:
    if not isinstance(value, list) or not value:
        found.append(problem("Unless a valid template_id is provided, the content parameter is required.", "content"))
        return
    kinds = []
    for number, part in enumerate(value):
        field = f"content.{number}"
        if not isinstance(part, dict) or not isinstance(part.get("type"), str) or not part["type"]:
            found.append(problem("The content type is required.", f"{field}.type"))
            continue
        if (";" in part["type"] and not _CALENDAR.fullmatch(part["type"])) or _broken(part["type"]):
            found.append(problem("The content type cannot contain ';', or CRLF characters.", f"{field}.type"))
        if not isinstance(part.get("value"), str) or not part["value"]:
            found.append(problem("The content value must be a string of at least one character.", f"{field}.value"))
        kinds.append(part["type"])
    ranks = [{"text/plain": 0, "text/x-amp-html": 1, "text/html": 2}.get(kind, 3) for kind in kinds]
    if ranks != sorted(ranks):
        found.append(
            problem(
                "If present, text/plain must be first, followed by text/x-amp-html, followed by text/html, "
                "followed by any other content.",
                "content",
            )
        )


def _attachments(value: Any, found: list[Problem]) -> None:
    if not isinstance(value, list):
        found.append(problem("The attachments parameter must be an array.", "attachments"))
        return
    for number, one in enumerate(value):
        field = f"attachments.{number}"
        one = one if isinstance(one, dict) else {}
        try:
            if not base64.b64decode(one.get("content") or "?", validate=True):
                raise ValueError
        except (binascii.Error, ValueError, TypeError):
            found.append(problem("The attachment content must be base64 encoded.", f"{field}.content"))
        name, kind = one.get("filename"), one.get("type", "application/octet-stream")
        if not isinstance(name, str) or not name or _broken(name):
            found.append(problem("The filename is required and cannot contain CRLF characters.", f"{field}.filename"))
        if not isinstance(kind, str) or _broken(kind) or (";" in kind and kind != "text/calendar; method=REQUEST"):
            found.append(problem("The attachment type cannot contain ';', or CRLF characters.", f"{field}.type"))
        if one.get("disposition", "attachment") not in ("attachment", "inline"):
            found.append(problem('The disposition can be either "inline" or "attachment".', f"{field}.disposition"))


def _headers(value: Any, found: list[Problem]) -> None:
    if not isinstance(value, dict):
        found.append(problem("The headers parameter must be an object.", "headers"))
        return
    for name, content in value.items():
        if name.lower() in _RESERVED:
            found.append(problem(f"The header {name} is reserved.", f"headers.{name}"))
        elif not re.fullmatch(r"[!-9;-~]+", name) or not isinstance(content, str) or _broken(content):
            found.append(problem("Headers must be strings, encoded and without CRLF characters.", f"headers.{name}"))


def _categories(value: Any, found: list[Problem]) -> None:
    if not isinstance(value, list) or not all(isinstance(one, str) and one.isascii() for one in value):
        found.append(problem("The categories parameter must be an array of ASCII strings.", "categories"))
    elif len(value) > 10:
        found.append(problem("The category block is limited to 10 categories.", "categories"))
    elif len(set(value)) != len(value):
        found.append(problem("Categories must be unique.", "categories"))
    elif any(len(one) > 255 for one in value):
        found.append(problem("Each category is limited to 255 characters.", "categories"))


def _custom_args(value: Any, field: str, found: list[Problem]) -> None:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        found.append(problem("The custom_args parameter must be an object of strings.", field))
    elif sum(len(name.encode()) + len(one.encode()) for name, one in value.items()) >= 10_000:
        found.append(problem("The custom_args cannot be larger than 10,000 bytes.", field))
