# SPDX-License-Identifier: Apache-2.0
"""`cocket device`: which devices may send, and what they prove themselves by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, need_home, settings_of
from cocket.cli.base.output import HomeOption, JsonOption, Listing, complain, json_line, out, shown
from cocket.errors import SettingsError
from cocket.pipeline import open_database
from cocket.pipeline.tracking.device_certificates import issue_certificate, make_ca, read_certificate
from cocket.pipeline.tracking.device_proofs import public_key, secret_key
from cocket.pipeline.tracking.device_register import (
    DeviceRegister,
    NewCredential,
    key_credential,
    make_device_key,
    new_device,
    open_register,
)
from cocket.pipeline.tracking.device_tables import ROW_PROBLEMS, read_device_table
from cocket.settings import Settings
from cocket.tracking.adapters import ADAPTERS

app = typer.Typer(
    name="device",
    no_args_is_help=True,
    help="Devices that may send: seals, locks, trackers.",
    pretty_exceptions_enable=False,
)

DeviceArgument = Annotated[str, typer.Argument(help="Name of the device, such as the number on its plate.")]
CertificateOption = Annotated[
    Path | None, typer.Option("--certificate", help="PEM file of a certificate that the device already has.")
]
IssueOption = Annotated[
    Path | None, typer.Option("--issue", metavar="FOLDER", help="Folder to write a new key and certificate for it to.")
]


@app.command()
def ca(
    host: Annotated[
        list[str] | None, typer.Option("--host", help="Host name or address that devices connect to; repeatable.")
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Create a root for certificates of devices, if there is none, and a certificate for the device endpoints.

    The endpoints' certificate is valid for 825 days: run this again in time, and restart the endpoints. The root key in
    `keys/device-ca.key` is needed only while certificates are made, and is best kept elsewhere between.

    Example:
        cocket device ca --host devices.customs.example --host 192.0.2.7
    """
    settings = settings_of(**home_option(home))
    need_home(settings)
    files = make_ca(settings, host or ["localhost", "127.0.0.1"])
    if json_lines:
        json_line({"root": str(files.root), "certificate": str(files.door), "key": str(files.door_key)})
    else:
        out.print(f"Devices need {files.root} to verify this server.", markup=False, highlight=False, soft_wrap=True)


@app.command()
def add(
    device: DeviceArgument,
    adapter: Annotated[str, typer.Option("--adapter", help="Adapter that reads its messages.")],
    topic: Annotated[
        str | None, typer.Option("--topic", help="The one topic it may write to; iot/DEVICE/telemetry if not given.")
    ] = None,
    identity: Annotated[
        str | None,
        typer.Option("--identity", help="Its identity in its own protocol, such as its IMEI; DEVICE if not given."),
    ] = None,
    certificate: CertificateOption = None,
    issue: IssueOption = None,
    bare: Annotated[
        bool,
        typer.Option(
            "--bare",
            help="The device cannot authenticate itself, like most locks over TCP; its messages are marked so.",
        ),
    ] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Take a device in. Without a certificate it is given a key, shown once and kept only hashed.

    Examples:
        cocket device add dev1 --adapter open-e-seal

        cocket device add dev2 --adapter open-e-seal --issue ./dev2

        cocket device add lock-7 --adapter jt808 --identity 13800000007 --bare
    """
    _check_adapter(adapter)
    settings = settings_of(**home_option(home))
    made = new_device(device, adapter, topic, identity)
    if bare and (certificate or issue):
        raise SettingsError("A device that cannot authenticate itself has no certificate.")
    with _register(settings) as register:
        credential, key = (None, None) if bare else _credential(settings, device, certificate, issue)
        register.add((made, credential))
    _tell(key, issue, json_lines, device=device, topic=made.topic)


@app.command("import")
def import_devices(
    file: Annotated[
        Path,
        typer.Argument(help="CSV: columns device, adapter; identity, topic, authenticates (key or nothing) if wanted."),
    ],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Add the devices of a table in one transaction, each with a key of its own, shown once.

    Exit 1: a row was not recognised. Each is said with its line and the reason; the others are added.

    Example:
        cocket device import seals.csv
    """
    with _register(settings_of(**home_option(home))) as register:
        rows = read_device_table(read_file(file), [one.device for one in register.every()])
        good = [(row.device, row.is_bare) for row in rows if row.device is not None]
        added = register.add_table(good) if good else ()
    for name, key in added:
        if json_lines:
            json_line({"device": name, "outcome": "added", "key": key})
        else:
            out.print(f"{name}  {key or 'authenticates by nothing'}", markup=False, highlight=False, soft_wrap=True)
    wrong = [row for row in rows if row.device is None]
    for row in wrong:
        if json_lines:
            told = {"device": row.named, "outcome": "not recognised", "line": row.line, "problem": row.problem}
            json_line(told | {"found": row.found})
        else:
            complain(
                shown(f"line {row.line}, {row.named or 'no name'}: {ROW_PROBLEMS[row.problem]} {row.found}".rstrip())
            )
    if wrong:
        raise typer.Exit(1)


@app.command()
def rotate(
    device: DeviceArgument,
    overlap: Annotated[
        float, typer.Option("--overlap", min=0.0, max=8784.0, help="Hours for which the previous ones stay valid.")
    ] = 48.0,
    certificate: CertificateOption = None,
    issue: IssueOption = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Give a device a new key or certificate; the former ones still hold for a while.

    Examples:
        cocket device rotate dev1 --overlap 24

        cocket device rotate dev2 --issue ./dev2-new
    """
    settings = settings_of(**home_option(home))
    with _register(settings) as register:
        credential, key = _credential(settings, device, certificate, issue)
        until = register.rotate(device, credential, timedelta(hours=overlap))
    _tell(key, issue, json_lines, device=device, former_until=_text(until))


@app.command("proof-key")
def proof_key(
    device: DeviceArgument,
    kid: Annotated[str, typer.Option("--kid", help="Name of the key, as it appears in messages.")],
    secret: Annotated[
        Path | None,
        typer.Option("--secret", help="File with a shared secret, in hexadecimal; one is made if none is given."),
    ] = None,
    public: Annotated[
        Path | None, typer.Option("--public", help="PEM file of the device's own public key, Ed25519 or P-256.")
    ] = None,
    overlap: Annotated[
        float, typer.Option("--overlap", min=0.0, max=8784.0, help="Hours for which the previous ones stay valid.")
    ] = 48.0,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Give a device of the open e-seal profile a key by which each of its messages proves itself.

    From then on a message without such a proof is kept as evidence and ignored. A secret that is made is shown once;
    secrets are stored encrypted with the instance's wrapping key.

    Examples:
        cocket device proof-key dev1 --kid k1

        cocket device proof-key dev1 --kid k2 --public dev1.pem --overlap 24
    """
    if secret and public:
        raise SettingsError("--secret and --public exclude each other.")
    made = None if secret or public else make_device_key()
    if public:
        key = public_key(kid, read_file(public))
    else:
        key = secret_key(kid, _hexadecimal(read_file(secret).decode("ascii", "replace") if secret else made or ""))
    with _register(settings_of(**home_option(home))) as register:
        until = register.add_proof_key(device, key, timedelta(hours=overlap))
    _tell(made, None, json_lines, device=device, kid=kid, algorithm=key.algorithm, former_until=_text(until))


@app.command("list")
def list_devices(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Show all devices, with what they prove themselves by.

    Example:
        cocket device list --json
    """
    with _register(settings_of(**home_option(home))) as register:
        views = register.every()
    if json_lines:
        for view in views:
            held = [
                {"kind": one.kind, "digest": one.digest.hex(), "since": _text(one.since), "until": _text(one.until)}
                for one in view.credentials
            ]
            keys = [
                {"kid": one.kid, "algorithm": one.algorithm, "since": _text(one.since), "until": _text(one.until)}
                for one in view.proof_keys
            ]
            json_line({**msgspec.to_builtins(view.device), "credentials": held, "proof_keys": keys})
        return
    table = Listing(
        "device", "state", "adapter", "topic", "authenticates by", box=None, header_style="bold", whole=("device",)
    )
    for view in views:
        shown = [f"{one.kind} {one.digest.hex()[:12]}{_ends(one.until)}" for one in view.credentials]
        shown += [f"messages: {one.kid} ({one.algorithm}){_ends(one.until)}" for one in view.proof_keys]
        table.add_row(
            view.device.id, view.device.state, view.device.adapter, view.device.topic, "\n".join(shown) or "nothing"
        )
    out.print(table)


@app.command()
def suspend(device: DeviceArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Let a device send nothing until it is restored; it is cut off within five seconds.

    Example:
        cocket device suspend dev1
    """
    _put_state(device, "suspended", home, json_lines)


@app.command()
def restore(device: DeviceArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Let a suspended device send again.

    Example:
        cocket device restore dev1
    """
    _put_state(device, "active", home, json_lines)


@app.command()
def revoke(device: DeviceArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Let a device send nothing any more, for ever; it is cut off within five seconds.

    Example:
        cocket device revoke dev1
    """
    _put_state(device, "revoked", home, json_lines)


def _put_state(
    device: str, state: Literal["active", "suspended", "revoked"], home: Path | None, json_lines: bool
) -> None:
    with _register(settings_of(**home_option(home))) as register:
        register.put_state(device, state)
    if json_lines:
        json_line({"device": device, "state": state})


@contextmanager
def _register(settings: Settings) -> Iterator[DeviceRegister]:
    need_home(settings)
    with open_database(settings) as server:
        register = open_register(settings, server.dsn)
        try:
            yield register
        finally:
            register.close()


def _credential(
    settings: Settings, device: str, certificate: Path | None, issue: Path | None
) -> tuple[NewCredential, str | None]:
    """What the device will prove itself by, and its key if it is one."""
    if certificate and issue:
        raise SettingsError("--certificate and --issue exclude each other.")
    if certificate:
        return read_certificate(certificate), None
    if issue:
        return issue_certificate(settings, device, issue), None
    key = make_device_key()
    return key_credential(key), key


def _hexadecimal(text: str) -> bytes:
    try:
        return bytes.fromhex(text.strip())
    except ValueError as error:
        raise SettingsError("The secret is not in hexadecimal.") from error


def _tell(key: str | None, issue: Path | None, json_lines: bool, **more: str | None) -> None:
    if json_lines:
        json_line({**more, "key": key, "folder": str(issue) if issue else None})
    elif key:
        out.print(key, markup=False, highlight=False, soft_wrap=True)
    elif issue:
        out.print(f"Key and certificate are in {issue}.", markup=False, highlight=False, soft_wrap=True)


def _check_adapter(name: str) -> None:
    known = sorted(adapter.name for adapter in ADAPTERS)
    if name not in known:
        raise SettingsError(
            f"There is no adapter {name}.", expected=", ".join(known), hint=f"One of: {', '.join(known)}."
        )


def _text(time: datetime | None) -> str | None:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ") if time else None


def _ends(until: datetime | None) -> str:
    return f" until {_text(until)}" if until else ""
