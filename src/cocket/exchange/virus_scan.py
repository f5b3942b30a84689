# SPDX-License-Identifier: Apache-2.0
"""Asking a virus scanner of the administration's own: clamd on a socket, or any command that reads standard input.

Source: clamd(8), command INSTREAM: chunks with their length before them (32 bits, network order), ended by one of 0.
"""

from __future__ import annotations

import shlex
import socket
import struct
import subprocess
from typing import Final

from cocket.errors import PartnerError

_CLAMD: Final = "clamd:"
_CHUNK: Final = 64 * 1024
_SECONDS: Final = 30.0
_MOST_SAID: Final = 4096


def scan(scanner: str, content: bytes) -> str | None:
    """What a scanner finds in some bytes.

    Args:
        scanner: `clamd:/run/clamav/clamd.ctl`, `clamd:host:port`, or a command that reads the bytes from its standard
            input and ends with 0 where it finds nothing and with 1 where it does.
        content: The bytes.

    Returns:
        Name of what it found; None if it found nothing.

    Raises:
        PartnerError: It could not be asked, or did not answer in time; nothing is known then.
    """
    try:
        return _clamd(scanner[len(_CLAMD) :], content) if scanner.startswith(_CLAMD) else _command(scanner, content)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise PartnerError(
            "The file cannot be checked for viruses now, so it was not taken.",
            code="virus-check",
            hint="Try again in a minute; it is kept where it is.",
        ) from error


def _clamd(where: str, content: bytes) -> str | None:
    with _connected(where) as asked:
        asked.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), _CHUNK):
            chunk = content[start : start + _CHUNK]
            asked.sendall(struct.pack("!L", len(chunk)) + chunk)
        asked.sendall(struct.pack("!L", 0))
        said = b""
        while not said.endswith(b"\0") and len(said) < _MOST_SAID:
            part = asked.recv(_MOST_SAID)
            if not part:
                break
            said += part
    answer = said.rstrip(b"\0").decode("utf-8", "replace").removeprefix("stream: ").strip()
    if answer == "OK":
        return None
    if answer.endswith(" FOUND"):
        return answer.removesuffix(" FOUND")
    raise ValueError(f"clamd said {answer[:200]!r}")


def _connected(where: str) -> socket.socket:
    if where.startswith("/"):
        asked = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        asked.settimeout(_SECONDS)
        try:
            asked.connect(where)
        except OSError:
            asked.close()
            raise
        return asked
    host, _, port = where.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=_SECONDS)


def _command(command: str, content: bytes) -> str | None:
    done = subprocess.run(shlex.split(command), input=content, capture_output=True, timeout=_SECONDS, check=False)
    if done.returncode == 0:
        return None
    if done.returncode == 1:
        said = done.stdout.decode("utf-8", "replace").strip().splitlines()
        return said[0][:200] if said else "a virus"
    raise ValueError(f"the scanner ended with {done.returncode}")
