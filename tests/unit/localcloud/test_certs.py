"""Certificates of the test authority: trusted by those who trust it, by nobody else, and kept over restarts."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest

from localcloud.certs import Authority


def greet(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> str:
    """Return what a client reads from a TLS server on loopback that presents itself under `host`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    with server.wrap_socket(connection, server_side=True) as channel:
                        channel.sendall(b"hello")
                except OSError:
                    pass  # The client refused the certificate.

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            plain = socket.create_connection(listener.getsockname(), timeout=10)
            with plain, client.wrap_socket(plain, server_hostname=host) as channel:
                return channel.recv(5).decode()
        finally:
            thread.join(10)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_client_that_trusts_the_authority_is_served(tmp_path: Path, host: str) -> None:
    authority = Authority(tmp_path)
    assert greet(authority.server_context("server"), authority.client_context(), host) == "hello"


def test_strict_clients_accept_it(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    strict = authority.client_context()
    strict.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT
    assert greet(authority.server_context("server"), strict, "localhost") == "hello"


def test_another_name_is_refused(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    server = authority.server_context("server", ["api.example.org"])
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        greet(server, authority.client_context(), "localhost")


def test_who_trusts_another_authority_is_not_served(tmp_path: Path) -> None:
    authority, other = Authority(tmp_path / "a"), Authority(tmp_path / "b")
    with pytest.raises(ssl.SSLCertVerificationError):
        greet(authority.server_context("server"), other.client_context(), "localhost")


def test_the_authority_is_kept_in_its_directory_and_its_key_is_private(tmp_path: Path) -> None:
    before = Authority(tmp_path).files.certificate.read_bytes()
    authority = Authority(tmp_path)
    assert authority.files.certificate.read_bytes() == before
    assert authority.files.key.stat().st_mode & 0o077 == 0
    assert authority.issue("server").key.stat().st_mode & 0o077 == 0
