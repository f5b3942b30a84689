# SPDX-License-Identifier: Apache-2.0
"""A timestamping authority for tests: OpenSSL's own (`openssl ts`) behind HTTP, with a chain of certificates of its own.

python -m tests.exchange.authority PORT         one that runs until it is ended; its root is written to tsa.pem
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

_CONFIGURATION = """
[tsa]
default_tsa = of_test
[of_test]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
[tsa_extensions]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[root_extensions]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
"""


@dataclass
class Authority:
    """A running authority."""

    url: str
    roots: bytes
    folder: Path
    requests: list[bytes]


def _openssl(folder: Path, *words: str) -> bytes:
    return subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60).stdout


def make_authority(folder: Path, name: str = "Test TSA", chain: tuple[str, ...] = ()) -> bytes:
    """Keys and certificates in a folder; the root certificate, PEM.

    Args:
        folder: Where.
        name: Of the authority.
        chain: What its answers bring beside its own certificate: `between`, a certificate that stands between root and
            authority, and `root`. With any, there is one between.
    """
    if shutil.which("openssl") is None:
        pytest.skip("the program openssl is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "serial").write_text("01\n")
    (folder / "ts.cnf").write_text(_CONFIGURATION.format(folder=folder))
    new = ["req", "-newkey", "rsa:2048", "-nodes", "-sha256"]
    root = ["-x509", "-days", "3650", "-keyout", "root.key", "-out", "root.pem", "-subj", f"/CN={name} root"]
    _openssl(folder, *new, *root, "-config", "ts.cnf", "-extensions", "root_extensions")
    by = "root"
    if chain:
        between = ["-keyout", "between.key", "-out", "between.csr", "-subj", f"/CN={name} between"]
        _openssl(folder, *new, *between, "-config", "ts.cnf")
        signed = ["x509", "-req", "-in", "between.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial"]
        signed += ["-days", "3650", "-out", "between.pem", "-sha256", "-extfile", "ts.cnf"]
        _openssl(folder, *signed, "-extensions", "root_extensions")
        by = "between"
        (folder / "chain.pem").write_bytes(b"".join((folder / f"{one}.pem").read_bytes() for one in chain))
        configuration = (folder / "ts.cnf").read_text()
        (folder / "ts.cnf").write_text(configuration.replace("[of_test]", f"[of_test]\ncerts = {folder}/chain.pem"))
    _openssl(folder, *new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", f"/CN={name}", "-config", "ts.cnf")
    sign = [
        "x509",
        "-req",
        "-in",
        "tsa.csr",
        "-CA",
        f"{by}.pem",
        "-CAkey",
        f"{by}.key",
        "-CAcreateserial",
        "-days",
        "3650",
    ]
    _openssl(folder, *sign, "-out", "tsa.pem", "-sha256", "-extfile", "ts.cnf", "-extensions", "tsa_extensions")
    return (folder / "root.pem").read_bytes()


def stamp(folder: Path, query: bytes) -> bytes:
    """The authority's answer to a request."""
    (folder / "query.tsq").write_bytes(query)
    _openssl(
        folder,
        "ts",
        "-reply",
        "-config",
        "ts.cnf",
        "-section",
        "of_test",
        "-queryfile",
        "query.tsq",
        "-out",
        "reply.tsr",
    )
    return (folder / "reply.tsr").read_bytes()


@contextmanager
def authority(folder: Path, change: Any = None, chain: tuple[str, ...] = (), port: int = 0) -> Iterator[Authority]:
    """An authority that answers over HTTP.

    Args:
        folder: Its folder.
        change: Changes an answer before it is sent; None for an honest one.
        chain: As `make_authority` has it.
        port: Where; 0 for any that is free.
    """
    roots = make_authority(folder, chain=chain)
    requests: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["content-length"]))
            requests.append(query)
            body = stamp(folder, query)
            body = change(body) if change else body
            self.send_response(200)
            self.send_header("content-type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield Authority(f"http://127.0.0.1:{server.server_port}/", roots, folder, requests)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    with authority(Path("tsa").absolute(), chain=("between",), port=int(sys.argv[1])) as running:
        Path("tsa.pem").write_bytes(running.roots)
        threading.Event().wait()
