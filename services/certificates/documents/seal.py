"""The electronic seal: a PAdES B-B signature, made for thousands of documents in a row.

All that does not change from one document to the next is encoded once (certificates, attributes, algorithms); for each
document the digest and the signature are spliced in. Signing the same bytes gives the same bytes: RSA with PKCS#1 v1.5
is deterministic, ECDSA is made so (RFC 6979).
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.certificates.documents.field import reserve

__all__ = ["Seal", "SealUnusable", "SigningKey"]

SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_SEQUENCE, _SET, _OCTETS, _TAG_0 = 0x30, 0x31, 0x04, 0xA0
_STAND_IN = b"\xaa" * 32
_VERSION_1 = core.Integer(1).dump()
_SHA256 = algos.DigestAlgorithm({"algorithm": "sha256"}).dump()
_DATA = core.ObjectIdentifier("1.2.840.113549.1.7.1").dump()
_SIGNED_DATA = core.ObjectIdentifier("1.2.840.113549.1.7.2").dump()


class SealUnusable(Exception):
    """The key or the certificate cannot seal documents; the text says why and holds no secret."""


class Seal:
    """A key with its certificate. ``development_key`` says that it was made here and proves nothing to others."""

    def __init__(
        self,
        key: SigningKey,
        certificate: x509.Certificate,
        chain: tuple[x509.Certificate, ...] = (),
        *,
        development_key: bool = False,
    ) -> None:
        if _public(key.public_key()) != _public(certificate.public_key()):
            raise SealUnusable("the certificate belongs to another key")
        if isinstance(key, rsa.RSAPrivateKey) and key.key_size < 2048:
            raise SealUnusable("an RSA key needs at least 2048 bits")
        self.certificate = certificate
        self.chain = chain
        self.development_key = development_key
        self._key = key
        self._signature_size = (key.key_size + 7) // 8 if isinstance(key, rsa.RSAPrivateKey) else _dsa_size(key)
        self._prepare()

    @property
    def expires(self) -> datetime:
        return self.certificate.not_valid_after_utc

    def seal(self, document: bytes, at: datetime) -> bytes:
        """The document with its signature field, sealed at this time."""
        reserved = reserve(document, at, self._size)
        return reserved.fill(self.sign_digest(reserved.digest()))

    def sign_digest(self, digest: bytes) -> bytes:
        """The CMS signature, detached, over a SHA-256 digest."""
        return self._container(digest, self._sign(self._signed_attributes.replace(_STAND_IN, digest)))

    def _sign(self, attributes: bytes) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(attributes, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(attributes, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))

    def _prepare(self) -> None:
        own = self.certificate.public_bytes(Encoding.DER)
        others = b"".join(certificate.public_bytes(Encoding.DER) for certificate in self.chain)
        parsed = asn1_x509.Certificate.load(own)
        binding = tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(own).digest()}]})
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["data"]},
                {"type": "message_digest", "values": [_STAND_IN]},
                {"type": "signing_certificate_v2", "values": [binding]},
            ]
        )
        self._signed_attributes = attributes.dump()
        bare = attributes.contents
        if self._signed_attributes.count(_STAND_IN) != 1:
            raise SealUnusable("the certificate's digest collides with the stand-in")
        rsa_key = isinstance(self._key, rsa.RSAPrivateKey)
        algorithm = cms.SignedDigestAlgorithm({"algorithm": "sha256_rsa" if rsa_key else "sha256_ecdsa"}).dump()
        signer = cms.IssuerAndSerialNumber({"issuer": parsed.issuer, "serial_number": parsed.serial_number}).dump()
        self._info_head = _VERSION_1 + signer + _SHA256
        self._info_attributes = _der(_TAG_0, bare)
        self._info_algorithm = algorithm
        self._head = _VERSION_1 + _der(_SET, _SHA256) + _der(_SEQUENCE, _DATA) + _der(_TAG_0, own + others)
        self._size = len(self._container(_STAND_IN, bytes(self._signature_size)))

    def _container(self, digest: bytes, signature: bytes) -> bytes:
        attributes = self._info_attributes.replace(_STAND_IN, digest)
        info = _der(_SEQUENCE, self._info_head + attributes + self._info_algorithm + _der(_OCTETS, signature))
        return _der(_SEQUENCE, _SIGNED_DATA + _der(_TAG_0, _der(_SEQUENCE, self._head + _der(_SET, info))))


def _der(tag: int, contents: bytes) -> bytes:
    size = len(contents)
    if size < 0x80:
        return bytes((tag, size)) + contents
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + contents


def _dsa_size(key: ec.EllipticCurvePrivateKey) -> int:
    """The most bytes of an ECDSA signature: two integers, each a sign byte longer than the field."""
    integer = (key.key_size + 7) // 8 + 1
    return len(_der(_SEQUENCE, 2 * _der(0x02, bytes(integer))))


def _public(key: object) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]
