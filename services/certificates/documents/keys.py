"""Where the seal's key comes from: the operator's PKCS#12 file, or one that is made on first run for development."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from cryptography.x509.oid import NameOID

from services.certificates.documents.seal import Seal, SealUnusable

__all__ = ["development_seal", "load_seal", "obtain_seal"]

_DEVELOPMENT_FILE = "development-seal.p12"
_FROM, _UNTIL = datetime(2000, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC)


def obtain_seal(seal_file: Path | None, password: str, state_dir: Path) -> Seal:
    """The operator's seal when a file is given, else the development seal."""
    return load_seal(seal_file, password) if seal_file else development_seal(state_dir)


def load_seal(path: Path, password: str = "") -> Seal:
    """Read a PKCS#12 file with the key, its certificate and the chain; raise ``SealUnusable`` saying what is wrong."""
    return _read(path, password, development_key=False)


def development_seal(state_dir: Path) -> Seal:
    """The seal that this installation made for itself, made now when there is none yet. It proves nothing to others.

    Of several processes that start at once, one's key is kept and the others take it.
    """
    path = state_dir / _DEVELOPMENT_FILE
    if not path.exists():
        try:
            state_dir.mkdir(parents=True, exist_ok=True)
            draft = state_dir / f".{uuid4().hex}.p12"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(_make_development_key())
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        except OSError as error:
            raise SealUnusable(f"{state_dir}: {error.strerror}") from None
    return _read(path, "", development_key=True)


def _read(path: Path, password: str, *, development_key: bool) -> Seal:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SealUnusable(f"{path}: {error.strerror}") from None
    try:
        bundle = pkcs12.load_pkcs12(content, password.encode() if password else None)
    except ValueError:
        raise SealUnusable(f"{path} is no PKCS#12 file, or the password is wrong") from None
    if not isinstance(bundle.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) or bundle.cert is None:
        raise SealUnusable(f"{path} holds no RSA or elliptic-curve key with its certificate")
    chain = tuple(other.certificate for other in bundle.additional_certs)
    return Seal(bundle.key, bundle.cert.certificate, chain, development_key=development_key)


def _make_development_key() -> bytes:
    """A CA and a seal of P-256, valid for any date that a rehearsal may move the clock to."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name, name = _name("CA di sviluppo, senza valore legale"), _name("Sigillo di sviluppo, senza valore legale")
    ca_identifier = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    authority = (
        _certificate(ca_name, ca_name, ca_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(ca_identifier, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    certificate = (
        _certificate(name, ca_name, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_identifier),
            critical=False,
        )
        .sign(ca_key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(b"seal", key, certificate, [authority], NoEncryption())


def _name(words: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=not signs_certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
