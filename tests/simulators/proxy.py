# SPDX-License-Identifier: Apache-2.0
"""Real proxies before a door, as processes of their own, with TLS, on a free port: with the lines that the documentation shows."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.simulators.certificates import make_certificate

_OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "operations"

#: Pages whose lines are run.
BEHIND_A_PROXY, CLIENT_CERTIFICATES = (
    _OPERATIONS / name for name in ("run-behind-a-proxy.md", "client-certificates.md")
)

#: nginx's module for JavaScript, as Debian has it.
_JAVASCRIPT = Path("/usr/lib/nginx/modules/ngx_http_js_module.so")

_AROUND_NGINX = """
{first}
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {lines}
}}
"""

_AROUND_LOCATION = """
server {{
    listen 443 ssl;
    ssl_certificate /etc/nginx/door.pem;
    ssl_certificate_key /etc/nginx/door.key;
    {location}
}}
"""

_BEFORE_HAPROXY = """
defaults
    timeout connect 5s
    timeout client 30s
    timeout server 30s
"""


def documented(page: Path, language: str) -> str:
    """The only block of a language on a page of the documentation."""
    (block,) = re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return str(block)


@contextlib.contextmanager
def nginx(folder: Path, behind: int, *, passes_certificates: bool = False) -> Iterator[str]:
    """nginx before a door at a port of loopback; gives its address. Skips where it, or a module that it needs, is not installed.

    Args:
        folder: Where its files are.
        behind: Port of the door.
        passes_certificates: Whether it passes on the certificates of its clients.
    """
    program = _installed("nginx")
    certificate, key = make_certificate(folder)
    paths = {"/etc/nginx/door.pem": certificate, "/etc/nginx/door.key": key}
    first, lines = "", _AROUND_LOCATION.format(location=documented(BEHIND_A_PROXY, "nginx"))
    places = {"10.0.0.20:8461": f"127.0.0.1:{behind}"}
    if passes_certificates:
        if not _JAVASCRIPT.exists():
            pytest.skip("nginx's module for JavaScript is not installed (Debian: apt-get install libnginx-mod-http-js)")
        script = folder / "client_cert.js"
        script.write_text(documented(CLIENT_CERTIFICATES, "js"))
        first, lines = f"load_module {_JAVASCRIPT};", documented(CLIENT_CERTIFICATES, "nginx")
        paths["/etc/nginx/client_cert.js"] = script
        places = {"10.0.0.20:8460": f"127.0.0.1:{behind}"}
    port = _free_port()
    places |= {"listen 443": f"listen 127.0.0.1:{port}", **{name: str(path) for name, path in paths.items()}}
    text = _AROUND_NGINX.format(first=first, folder=folder, lines=_replaced(lines, places))
    (folder / "nginx.conf").write_text(text)
    with _running([program, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")], port):
        yield f"https://localhost:{port}"


@contextlib.contextmanager
def haproxy(folder: Path, behind: int, authorities: str) -> Iterator[str]:
    """HAProxy before a door at a port of loopback, passing on certificates of clients; gives its address. Skips where it is not
    installed.

    Args:
        folder: Where its files are.
        behind: Port of the door.
        authorities: File with the authorities that clients are asked for.
    """
    program = _installed("haproxy")
    certificate, key = make_certificate(folder)
    both, port = folder / "both.pem", _free_port()
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    places = {
        "bind :443": f"bind 127.0.0.1:{port}",
        "/etc/haproxy/door.pem": str(both),
        "/etc/cocket/client-ca.pem": authorities,
        "10.0.0.20:8460": f"127.0.0.1:{behind}",
    }
    text = _BEFORE_HAPROXY + _replaced(documented(CLIENT_CERTIFICATES, "haproxy"), places)
    (folder / "haproxy.cfg").write_text(text)
    with _running([program, "-db", "-f", str(folder / "haproxy.cfg")], port):
        yield f"https://localhost:{port}"


def _installed(name: str) -> str:
    program = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if program is None:
        pytest.skip(f"{name} is not installed (Debian: apt-get install {name})")
    return program


def _replaced(lines: str, places: Mapping[str, str]) -> str:
    """The lines with what is different here; each place stands in them once."""
    for written, here in places.items():
        assert lines.count(written) == 1, f"{written} stands {lines.count(written)} times in:\n{lines}"
        lines = lines.replace(written, here)
    return lines


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextlib.contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command)
    try:
        _wait(port, process)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise TimeoutError("the proxy did not start")
