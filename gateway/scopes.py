"""What a token for programs may be limited to: reading or writing one subject, which is the first part of a path.

Derived from the route table, so that a new route has its scope without a word. What concerns the staff themselves
(their accounts, sessions, passwords, tokens) has none: no token reaches it.
"""

from __future__ import annotations

from gateway.access import ACCESS, STAFF, is_reading

__all__ = ["ALL", "scope_of", "scopes_for"]

_PREFIX = "/api/v1/"
_NEVER = frozenset(
    {"api-tokens", "password-changes", "second-factor", "sessions", "staff-accounts", "staff-invitations"}
)


def scope_of(route: str) -> str | None:
    """The scope that a token needs for ``METHOD /rule``; ``None`` where no token is let in."""
    method, _, rule = route.partition(" ")
    if not rule.startswith(_PREFIX) or ACCESS[route] not in STAFF:
        return None
    subject = rule.removeprefix(_PREFIX).partition("/")[0]
    return None if subject in _NEVER else f"{subject}:{'read' if is_reading(method, rule) else 'write'}"


def scopes_for(role: str) -> list[str]:
    """The scopes that open anything to this role."""
    within = STAFF[: STAFF.index(role) + 1]
    return sorted({scope for route, who in ACCESS.items() if who in within and (scope := scope_of(route))})


ALL = scopes_for(STAFF[-1])
