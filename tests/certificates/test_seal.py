"""The seal: valid for others' software, broken by any change, and the same again for the same bytes."""

from __future__ import annotations

import io
import re
import shutil
import stat
import subprocess
from datetime import UTC, datetime
from multiprocessing.pool import ThreadPool

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, pkcs12
from cryptography.x509 import load_der_x509_certificate
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from chassis.settings import BadSetting
from services.certificates.documents import keys
from services.certificates.documents.field import UnknownLayout, reserve
from services.certificates.documents.keys import development_seal, load_seal, obtain_seal
from services.certificates.documents.seal import Seal, SealUnusable
from services.certificates.settings import CertificatesSettings
from tests.certificates.builders import NOON, lines, sheet


@pytest.fixture(scope="session")
def unsigned(renderer):
    return renderer.render(sheet())


def chain_for(key):
    """A CA and a certificate for this key, as the operator's file would hold them."""
    ca_key = ec.generate_private_key(ec.SECP256R1())
    name, ca_name = keys._name("Sigillo di prova"), keys._name("CA di prova")
    usage = keys._usage(signs_certificates=True)
    authority = keys._certificate(ca_name, ca_name, ca_key)
    authority = authority.add_extension(keys.x509.BasicConstraints(True, 0), True).add_extension(usage, True)
    leaf = keys._certificate(name, ca_name, key).add_extension(keys._usage(signs_certificates=False), True)
    return leaf.sign(ca_key, keys.hashes.SHA256()), authority.sign(ca_key, keys.hashes.SHA256())


def status(document, root):
    trusted = asn1_x509.Certificate.load(root.public_bytes(Encoding.DER))
    [signature] = PdfFileReader(io.BytesIO(document)).embedded_signatures
    return validate_pdf_signature(signature, ValidationContext(trust_roots=[trusted], allow_fetching=False))


KEYS = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa2048": lambda: rsa.generate_private_key(65537, 2048),
    "rsa3072": lambda: rsa.generate_private_key(65537, 3072),
}


@pytest.fixture(scope="session", params=KEYS)
def operators(request, tmp_path_factory):
    """The operator's file, its password and its CA."""
    key = KEYS[request.param]()
    certificate, authority = chain_for(key)
    path = tmp_path_factory.mktemp("operator") / "seal.p12"
    secret = BestAvailableEncryption(b"segreto")
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, certificate, [authority], secret))
    return path, authority


def test_the_development_seal_is_intact_and_trusted_by_its_own_ca(seal, unsigned):
    found = status(seal.seal(unsigned, NOON), seal.chain[0])

    assert (found.intact, found.valid, found.trusted) == (True, True, True)
    assert found.bottom_line
    assert found.coverage.name == "ENTIRE_FILE"
    assert found.signer_reported_dt == NOON
    assert seal.development_key


def test_an_operators_key_seals(operators, unsigned):
    path, authority = operators
    seal = load_seal(path, "segreto")
    found = status(seal.seal(unsigned, NOON), authority)

    assert (found.intact, found.valid, found.trusted, found.bottom_line) == (True, True, True, True)
    assert not seal.development_key
    assert seal.seal(unsigned, NOON) == load_seal(path, "segreto").seal(unsigned, NOON)


def test_the_signature_is_pades_baseline_b(seal, unsigned):
    sealed = seal.seal(unsigned, NOON)
    [signature] = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    attributes = [attribute["type"].native for attribute in signature.signer_info["signed_attrs"]]

    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert sorted(attributes) == ["content_type", "message_digest", "signing_certificate_v2"]
    assert signature.signer_info["signed_attrs"].dump() == signature.signer_info["signed_attrs"].copy().dump(force=True)


def test_poppler_calls_it_valid(seal, unsigned, tmp_path):
    if not shutil.which("pdfsig"):
        pytest.skip("poppler-utils is not installed")
    path = tmp_path / "sealed.pdf"
    path.write_bytes(seal.seal(unsigned, NOON))
    said = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, check=True).stdout.decode()

    assert "Signature is Valid." in said
    assert "Total document signed" in said


def test_the_unsigned_document_is_the_beginning_of_the_sealed_one(seal, unsigned):
    assert seal.seal(unsigned, NOON)[: len(unsigned)] == unsigned


def test_a_changed_byte_is_noticed(seal, unsigned):
    sealed = seal.seal(unsigned, NOON)
    for at in (unsigned.index(b"/Title") + 8, sealed.index(b"/M(D:2017") + 8):
        forged = bytearray(sealed)
        forged[at] ^= 1
        assert not status(bytes(forged), seal.chain[0]).intact


def test_another_signature_does_not_fit(seal, unsigned, renderer):
    other = renderer.render(sheet(holder="Anna Bianchi"))
    hole = re.compile(rb"/Contents<([0-9a-f]+)>")
    stolen = hole.search(seal.seal(other, NOON))[1]
    sealed = seal.seal(unsigned, NOON)
    start, end = hole.search(sealed).span(1)

    assert not status(sealed[:start] + stolen.ljust(end - start, b"0") + sealed[end:], seal.chain[0]).intact


def test_a_strangers_ca_is_not_trusted(seal, unsigned):
    _, stranger = chain_for(ec.generate_private_key(ec.SECP256R1()))

    found = status(seal.seal(unsigned, NOON), stranger)

    assert (found.intact, found.trusted) == (True, False)


def test_more_pages_are_sealed_too(seal, renderer):
    document = renderer.render(sheet(lines=lines(40)))

    assert status(seal.seal(document, NOON), seal.chain[0]).bottom_line


@pytest.mark.parametrize("document", [b"", b"%PDF-1.7\n", b"x" * 1000, b"startxref\n5\n%%EOF\n"])
def test_what_is_not_the_renderers_is_refused(document):
    with pytest.raises(UnknownLayout):
        reserve(document, NOON, 100)


def test_a_document_is_sealed_once(seal, unsigned):
    with pytest.raises(UnknownLayout):
        seal.seal(seal.seal(unsigned, NOON), NOON)


def test_a_signature_too_large_for_its_room_is_refused(unsigned):
    with pytest.raises(ValueError, match="larger"):
        reserve(unsigned, NOON, 10).fill(b"x" * 11)


def test_the_development_key_is_made_once_and_for_its_owner_only(tmp_path):
    first, second = development_seal(tmp_path / "state"), development_seal(tmp_path / "state")

    assert first.certificate == second.certificate
    [file] = (tmp_path / "state").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert first.certificate.not_valid_before_utc < datetime(2017, 1, 1, tzinfo=UTC) < first.expires


def test_processes_that_start_at_once_share_one_development_key(tmp_path):
    with ThreadPool(8) as pool:
        seals = pool.map(lambda _: development_seal(tmp_path / "state"), range(8))

    assert len({seal.certificate for seal in seals}) == 1
    assert len(list((tmp_path / "state").iterdir())) == 1


def test_a_given_file_is_preferred_to_the_development_key(operators, tmp_path):
    path, _ = operators

    assert not obtain_seal(path, "segreto", tmp_path).development_key
    assert obtain_seal(None, "", tmp_path).development_key


def bundle(path, key, certificate):
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, NoEncryption()))
    return path


def test_files_that_cannot_seal_say_why(operators, tmp_path):
    path, _ = operators
    junk, bare = tmp_path / "junk.p12", tmp_path / "bare.p12"
    junk.write_bytes(b"junk")
    weak_key, edwards = rsa.generate_private_key(65537, 1024), ed25519.Ed25519PrivateKey.generate()
    bundle(bare, ec.generate_private_key(ec.SECP256R1()), None)
    weak = bundle(tmp_path / "weak.p12", weak_key, chain_for(weak_key)[0])
    other = bundle(tmp_path / "edwards.p12", edwards, chain_for(edwards)[0])

    for file, password, words in (
        (tmp_path / "absent.p12", "", "No such file"),
        (junk, "", "no PKCS#12 file"),
        (path, "sbagliato", "the password is wrong"),
        (bare, "", "with its certificate"),
        (weak, "", "at least 2048 bits"),
        (other, "", "no RSA or elliptic-curve key"),
    ):
        with pytest.raises(SealUnusable, match=words):
            load_seal(file, password)


def test_a_certificate_of_another_key_is_refused():
    mine = ec.generate_private_key(ec.SECP256R1())
    certificate, _ = chain_for(ec.generate_private_key(ec.SECP256R1()))

    with pytest.raises(SealUnusable, match="another key"):
        Seal(mine, load_der_x509_certificate(certificate.public_bytes(Encoding.DER)))


def test_the_start_fails_with_one_line_about_the_seal(tmp_path):
    environment = {"DATABASE_URL": "sqlite://", "LINK_SECRET": "x" * 32, "SEAL_FILE": str(tmp_path / "absent.p12")}

    with pytest.raises(BadSetting, match=r"SEAL_FILE cannot be used: .*absent.p12: No such file"):
        CertificatesSettings.from_environment(environment)
