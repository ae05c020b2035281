"""The key by which event webhooks are signed, as SendGrid signs them: ECDSA over the timestamp and the raw body."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

__all__ = ["sign", "signing_key", "webhook_public_key"]


def signing_key(state_file: Path) -> ec.EllipticCurvePrivateKey:
    """The key of this mailbox, kept beside its state; made when it is first asked for."""
    path = state_file.with_name(state_file.name + ".webhook-key.pem")
    if not path.exists():
        fresh = ec.generate_private_key(ec.SECP256R1())
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process made it first: that one counts
        finally:
            draft.unlink()
    key = load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def webhook_public_key(state_file: Path) -> str:
    """What a receiver verifies with, in the form that SendGrid's settings page shows: base64 of the DER."""
    public = signing_key(state_file).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def sign(key: ec.EllipticCurvePrivateKey, timestamp: str, body: bytes) -> str:
    """The value of ``X-Twilio-Email-Event-Webhook-Signature``."""
    return base64.b64encode(key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
