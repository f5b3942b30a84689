# SPDX-License-Identifier: Apache-2.0
"""A mail server on a free port of this machine: it takes messages over TLS, refuses what it is told to, and keeps them."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path


class MailServer:
    """One server, as RFC 5321 and RFC 3207 have it.

    Args:
        certificate: PEM files of its certificate and secret key; None offers no TLS.
        is_tls: Whether TLS is spoken from the first byte.
        login: Name and password that it asks for; None asks for none.

    Attributes:
        port: Where it listens.
        taken: Messages that it took (0..n).
        plain: Commands that came without TLS and name somebody or hold a secret (0..n).
        answers: Address → what it answers to a message for it, or from it.
    """

    def __init__(
        self, certificate: tuple[Path, Path] | None, *, is_tls: bool = False, login: tuple[str, str] | None = None
    ) -> None:
        self.taken: list[EmailMessage] = []
        self.plain: list[str] = []
        self.answers: dict[str, str] = {}
        self._is_tls, self._login = is_tls, login
        self._context: ssl.SSLContext | None = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*certificate)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop; whoever asks then finds nobody."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), caller:
                if self._is_tls:
                    with self._wrapped(caller) as safe:
                        self._speak(safe, True)
                else:
                    self._speak(caller, False)

    def _wrapped(self, caller: socket.socket) -> socket.socket:
        assert self._context
        return self._context.wrap_socket(caller, server_side=True)

    def _speak(self, caller: socket.socket, is_safe: bool) -> None:
        caller.settimeout(10)
        lines = caller.makefile("rb")

        def say(text: str) -> None:
            caller.sendall(text.encode() + b"\r\n")

        say("220 mail.customs.example ready")
        while line := lines.readline():
            command, _, rest = line.decode("ascii", "replace").strip().partition(" ")
            verb = command.upper()
            if not is_safe and verb in ("MAIL", "RCPT", "DATA", "AUTH"):
                self.plain.append(verb)
            if verb == "EHLO":
                offers = ["mail.customs.example"]
                offers += ["STARTTLS"] if self._context and not is_safe else []
                offers += ["AUTH PLAIN"] if self._login else []
                for offer in offers[:-1]:
                    say(f"250-{offer}")
                say(f"250 {offers[-1]}")
            elif verb == "STARTTLS" and self._context:
                say("220 go ahead")
                return self._speak_safely(caller)
            elif verb == "AUTH":
                told = base64.b64decode(rest.split()[-1]).decode().split("\0")[1:]
                say("235 welcome" if tuple(told) == self._login else "535 no such user or password")
            elif verb in ("MAIL", "RCPT"):
                say(self.answers.get(rest[rest.index("<") + 1 : rest.index(">")], "250 ok"))
            elif verb == "DATA":
                say("354 go on")
                content = b""
                while (part := lines.readline()) not in (b".\r\n", b""):
                    content += part.removeprefix(b".") if part.startswith(b"..") else part
                self.taken.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
                say("250 taken")
            elif verb == "QUIT":
                say("221 bye")
                return None
            else:
                say("250 ok")
        return None

    def _speak_safely(self, caller: socket.socket) -> None:
        with self._wrapped(caller) as safe:
            self._greeted(safe)

    def _greeted(self, safe: socket.socket) -> None:
        """After STARTTLS there is no second greeting."""
        silent = _Quiet(safe)
        self._speak(silent, True)  # type: ignore[arg-type]


class _Quiet:
    """A socket that keeps its first line to itself."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner, self._is_first = inner, True

    def sendall(self, data: bytes) -> None:
        if not self._is_first:
            self._inner.sendall(data)
        self._is_first = False

    def settimeout(self, seconds: float) -> None:
        self._inner.settimeout(seconds)

    def makefile(self, mode: str) -> object:
        return self._inner.makefile(mode)  # type: ignore[call-overload]


@contextlib.contextmanager
def mail_server(
    certificate: tuple[Path, Path] | None, *, is_tls: bool = False, login: tuple[str, str] | None = None
) -> Iterator[MailServer]:
    """A mail server for as long as the block runs."""
    server = MailServer(certificate, is_tls=is_tls, login=login)
    try:
        yield server
    finally:
        server.stop()
