"""A certificate authority for tests, and the server certificates that it signs.

Why: the API server, the fault proxy and the simulated AWS speak TLS as the real ones do, so that clients run with
verification on. Its keys protect nothing; they live as long as a test run or a demo's data directory.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=365)
LEEWAY = timedelta(hours=1)
"""Certificates begin this long before now, for clocks that differ."""

LOOPBACK_NAMES = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Files:
    """PEM files on disk: a certificate and its private key."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority whose files are in `directory` (`ca.crt`, `ca.key`); made on first use, then reused."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.files = Files(directory / "ca.crt", directory / "ca.key")
        if not self.files.certificate.exists():
            self._create()
        self._key = load_key(self.files.key)
        self._certificate = x509.load_pem_x509_certificate(self.files.certificate.read_bytes())

    def issue(self, name: str, hosts: Sequence[str] = LOOPBACK_NAMES) -> Files:
        """Write `<name>.crt` and `<name>.key` for a server and return their paths.

        Args:
            name: the file names' stem and the common name.
            hosts: DNS names and IP addresses that clients may use.
        """
        key = new_key()
        alternatives = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        builder = _builder(subject=_name(name), issuer=self._certificate.subject, key=key)
        builder = builder.add_extension(alternatives, critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
        )
        return _write(self._directory / name, builder.sign(self._key, hashes.SHA256()), key)

    def server_context(self, name: str, hosts: Sequence[str] = LOOPBACK_NAMES) -> ssl.SSLContext:
        """Return a context for a TLS server with a certificate of its own."""
        files = self.issue(name, hosts)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(files.certificate, files.key)
        return context

    def client_context(self) -> ssl.SSLContext:
        """Return a context for clients that trust this authority alone."""
        return ssl.create_default_context(cafile=str(self.files.certificate))

    def _create(self) -> None:
        key = new_key()
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = _builder(subject=_name("localcloud"), issuer=_name("localcloud"), key=key)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(usage, critical=True)
        self._directory.mkdir(parents=True, exist_ok=True)
        _write(self._directory / "ca", builder.sign(key, hashes.SHA256()), key)


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a fresh P-256 key: made in a millisecond, taken by all clients and for service-account tokens."""
    return ec.generate_private_key(ec.SECP256R1())


def load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Read a key that `write_key` wrote."""
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} is not an elliptic curve key: remove the data directory and start again")
    return key


def write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Write a private key as PEM (SEC 1), readable by its owner alone."""
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )


def write_public_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Write a key's public half as PEM."""
    path.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def _builder(*, subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - LEEWAY)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write(stem: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Files:
    files = Files(stem.with_name(f"{stem.name}.crt"), stem.with_name(f"{stem.name}.key"))
    write_key(files.key, key)
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return files
