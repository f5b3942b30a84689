# SPDX-License-Identifier: Apache-2.0
"""What one request and one process may cost."""

from __future__ import annotations

import msgspec

from cocket.settings import Settings


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of a door.

    Attributes:
        head_bytes: Request line and header fields together.
        target_bytes: Request target.
        fields: Header fields (count).
        body_bytes: Body, without its chunk framing.
        head_seconds: Time for a head, from the opening of the connection or its own first byte.
        body_seconds: Time for a body, to which a second is added for every `bytes_per_second` received.
        bytes_per_second: Slowest rate at which a long body may come, or a long answer go.
        idle_seconds: How long a connection may wait for its next request.
        write_seconds: How often a slow reader of an answer is looked at.
        linger_seconds: How long a refused sender is still listened to, so that it can read why.
        connections: Open connections (count).
        per_address: Open connections of one address (count); 0 counts no address.
        takes_files: Whether forms with files (`multipart/form-data`) come in, as browsers send them without a script.
    """

    head_bytes: int = 16 * 1024
    target_bytes: int = 8 * 1024
    fields: int = 100
    body_bytes: int = 10 * 1024 * 1024
    head_seconds: float = 10.0
    body_seconds: float = 10.0
    bytes_per_second: int = 32 * 1024
    idle_seconds: float = 30.0
    write_seconds: float = 10.0
    linger_seconds: float = 2.0
    connections: int = 1000
    per_address: int = 100
    takes_files: bool = False


#: Largest body that is not a message: a form, or the result of an examination.
FORM_BYTES = 64 * 1024

#: Largest part of a file that is given on a page: the largest body of that door.
UPLOAD_BYTES = 1024 * 1024
#: Largest file that somebody signed in uploads from a page, such as a list of names; read only once it is known that he may.
FILE_BYTES = 64 * 1024 * 1024


def bounds_of(settings: Settings, *, body_bytes: int | None = None, takes_files: bool = False) -> Bounds:
    """The limits that the settings ask for.

    Args:
        settings: Settings of this installation.
        body_bytes: Largest body of this door; None for the largest message.
        takes_files: Whether forms with files come in.
    """
    return Bounds(
        body_bytes=settings.max_message_bytes if body_bytes is None else body_bytes,
        head_seconds=settings.head_timeout_seconds,
        body_seconds=settings.body_timeout_seconds,
        connections=settings.max_connections,
        per_address=settings.max_connections_per_address,
        takes_files=takes_files,
    )
