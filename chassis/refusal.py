"""The answers that are no success and no accident; they cross RPC by name."""

from __future__ import annotations

from typing import Any

__all__ = [
    "Answer",
    "Forbidden",
    "Invalid",
    "KeyReused",
    "Missing",
    "Refused",
    "Unavailable",
    "check_version",
    "from_wire",
]


class Answer(Exception):
    """A negative answer that the caller is meant to understand."""

    kind = "answer"

    def to_wire(self) -> dict[str, Any]:
        return {"kind": self.kind}


class Refused(Answer):
    """A rule forbids it. ``reason`` is the rule's name; ``facts`` are what a sentence about it needs, never
    personal."""

    kind = "refused"

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(reason)
        self.reason = str(reason)
        self.facts = facts

    def to_wire(self) -> dict[str, Any]:
        return {"kind": self.kind, "reason": self.reason, "facts": self.facts}


class Missing(Answer):
    """There is no such thing, or it is somebody else's: the answer is the same."""

    kind = "missing"

    def __init__(self, what: str = "thing") -> None:
        super().__init__(what)
        self.what = what

    def to_wire(self) -> dict[str, Any]:
        return {"kind": self.kind, "what": self.what}


class Forbidden(Missing):
    """It exists, and is not for the caller, who must not learn that it exists."""

    kind = "forbidden"


class Invalid(Answer):
    """The input is wrong: messages by dotted path of the field."""

    kind = "invalid"

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(", ".join(sorted(errors)))
        self.errors = errors

    @classmethod
    def from_messages(cls, messages: Any) -> Invalid:
        """Flatten marshmallow's nested messages."""
        flat: dict[str, list[str]] = {}

        def walk(path: str, node: Any) -> None:
            if isinstance(node, dict):
                for key, value in node.items():
                    walk(path if key == "_schema" else f"{path}.{key}" if path else str(key), value)
            elif isinstance(node, list):
                flat.setdefault(path or "_", []).extend(str(message) for message in node)
            else:
                flat.setdefault(path or "_", []).append(str(node))

        walk("", messages)
        return cls(flat)

    def to_wire(self) -> dict[str, Any]:
        return {"kind": self.kind, "errors": self.errors}


class KeyReused(Answer):
    """The idempotency key was used before with another request."""

    kind = "key_reused"


class Unavailable(Answer):
    """The service, or its database, does not answer now. Nothing was promised; try again."""

    kind = "unavailable"

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.service = service

    def to_wire(self) -> dict[str, Any]:
        return {"kind": self.kind, "service": self.service}


def check_version(expected: int | None, found: int) -> None:
    """Refuse the change of who has read another version than the one that is there; ``None`` takes any."""
    if expected is not None and expected != found:
        raise Refused("changed_meanwhile", version=found)


def from_wire(error: dict[str, Any]) -> Exception:
    """The exception that the other side raised."""
    match error.get("kind"):
        case "refused":
            return Refused(error["reason"], **error["facts"])
        case "missing":
            return Missing(error["what"])
        case "forbidden":
            return Forbidden(error["what"])
        case "invalid":
            return Invalid(error["errors"])
        case "key_reused":
            return KeyReused()
        case "unavailable":
            return Unavailable(error["service"])
        case other:
            return RuntimeError(f"the service failed: {other}")
