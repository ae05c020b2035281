"""Text that only this gateway reads again: sealed with a key for one purpose, which is derived from SECRET_KEY."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = ["Vault"]


class Vault:
    """What was sealed for one purpose is opened for that purpose only; anything else raises ``InvalidToken``."""

    def __init__(self, secret_key: str, purpose: str = "second factor") -> None:
        key = HKDF(SHA256(), 32, salt=None, info=f"coalizione {purpose}".encode()).derive(secret_key.encode())
        self._box = Fernet(base64.urlsafe_b64encode(key))

    def seal(self, secret: str) -> str:
        return self._box.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        return self._box.decrypt(sealed.encode()).decode()
