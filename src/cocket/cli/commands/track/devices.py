# SPDX-License-Identifier: Apache-2.0
"""`cocket track`: what devices tell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cocket.cli.base.files import standard_input
from cocket.cli.base.output import AlwaysJsonOption, complain, json_line, shown
from cocket.errors import SenderError, SettingsError
from cocket.tracking import device_identity
from cocket.tracking.adapters import ADAPTERS, Context, adapter_of, named

app = typer.Typer(name="track", no_args_is_help=True, help="Devices, seals and vessels: messages, journeys and alerts.")

_NAMES = ", ".join(adapter.name for adapter in ADAPTERS)


class _Row(msgspec.Struct):
    """One line of what is to be read."""

    hex: str | None = None
    text: str | None = None
    http: str | None = None


@app.command("decode")
def decode(
    protocol: Annotated[str, typer.Option("--protocol", "-p", help=f"Of: {_NAMES}.")],
    file: Annotated[
        str, typer.Argument(metavar="FILE", help='Lines of {"hex"}, {"text"} or {"http"}; - is standard input.')
    ] = "-",
    device: Annotated[
        str | None, typer.Option("--device", help="Identity of the device, if messages do not include it.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", help="Maker's model name, if numbers are ambiguous.")] = None,
    _as_json: AlwaysJsonOption = False,
) -> None:
    """Read messages of devices, one a line, offline.

    Prints one line of JSON for each: an array of events `{"time","valid","lat","lon","attributes"}`, or null where the
    message reports nothing or cannot be read.

    Exit 1: a line could not be read, and why is said on stderr. Exit 2: wrong usage.

    Examples:
        cocket track decode --protocol jt808 messages.ndjson

        echo '{"http":"/?id=1&lat=-4.04&lon=39.67"}' | cocket track decode -p osmand -
    """
    adapter = adapter_of(protocol)
    now = datetime.now(UTC)
    context = Context(received_at=now, device=device and device_identity(device), model=model)
    unread = 0
    for number, line in _lines(file):
        try:
            events = adapter.read(_payload(line), context)
        except SenderError as error:
            complain(f"line {number}: {error}")
            unread += 1
            events = ()
        json_line([named(event) for event in events] or None)
    if unread:
        raise typer.Exit(1)


def _lines(file: str) -> Iterator[tuple[int, bytes]]:
    """Lines that hold something, with their numbers from 1."""
    try:
        with nullcontext(standard_input()) if file == "-" else Path(file).open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise SettingsError(f"{shown(file)} cannot be read: {error.strerror}.") from error


def _payload(line: bytes) -> bytes:
    try:
        row: Any = msgspec.json.decode(line, type=_Row)
        found = bytes.fromhex(row.hex) if row.hex is not None else row.text if row.text is not None else row.http
    except (msgspec.MsgspecError, ValueError) as error:
        raise SenderError("This line is not a message.", code="line-form", hint=f"{error}.") from error
    if found is None:
        raise SenderError("This line is not a message.", code="line-form", hint="It has neither hex, text nor http.")
    return found.encode() if isinstance(found, str) else found
