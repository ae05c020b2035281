"""Words of a search for people, sealed: they may be a name, and no address, history or log of a proxy may hold one.

They are posted; the list that they lead to has them sealed in its address, so that sorting, paging, exporting and
coming back work as with every other filter.
"""

from __future__ import annotations

from cryptography.fernet import InvalidToken

from chassis.refusal import Invalid
from gateway.identity import settings
from gateway.vault import Vault

__all__ = ["LONGEST_SEALED", "opened", "sealed"]

LONGEST_SEALED = 1500
"""What 200 characters of any script come to, and more."""


def sealed(words: str) -> str:
    return _vault().seal(words)


def opened(token: str) -> str:
    """The words. A token of somebody's own making is refused: to leave it out would show more than was asked for."""
    try:
        return _vault().open(token)
    except InvalidToken as error:
        raise Invalid({"search": ["invalid"]}) from error


def _vault() -> Vault:
    return Vault(settings().secret_key, "search")
