# SPDX-License-Identifier: Apache-2.0
"""`cocket witness`: cosign the logs of other administrations."""

from __future__ import annotations

import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from cocket.api.witness import run_witness
from cocket.cli.base.instance_access import home_option, settings_of
from cocket.cli.base.output import HomeOption, JsonOption, err, json_line, shown
from cocket.cli.commands.receipt import trusted_keys
from cocket.cli.roles.roles import address_of
from cocket.gate import listen
from cocket.ledger.cosignature import WitnessKey
from cocket.pipeline.ledger.cosignatures import WitnessingView, read_witnessing
from cocket.pipeline.ledger.witness import Witness
from cocket.settings import Settings

#: How long our heads may go without their quorum before that is an alarm.
_PATIENCE_SECONDS = 600

app = typer.Typer(
    name="witness",
    no_args_is_help=True,
    help="Cosign other administrations' logs, so that they cannot present two histories.",
    pretty_exceptions_enable=False,
)


@app.callback()
def _options() -> None:
    """Options of every `cocket witness` command."""


@app.command()
def serve(home: HomeOption = None) -> None:
    """Cosign the added logs, over HTTP, until stopped.

    It needs no database, and keys of its own only. Each head is stored before its cosignature is returned.

    Examples:
        cocket witness serve --home /srv/witness

        COCKET_WITNESS_HOST=0.0.0.0 COCKET_WITNESS_PORT=8463 cocket witness serve
    """
    settings = settings_of(**home_option(home))
    witness = _open(settings)
    with closing(listen(settings.witness_host, settings.witness_port)) as door:
        with suppress(OSError):
            err.print(f"witness   {address_of(door)}", markup=False, highlight=False)
        run_witness(witness, door)


@app.command("add-log")
def add_log(
    key: Annotated[
        str, typer.Argument(metavar="VKEY|FILE", help="Public key of the log, or a file of them.", show_default=False)
    ],
    years: Annotated[
        bool, typer.Option("--years", help="Cosign its logs of other years too, under the same key.")
    ] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Cosign a log from now on; a log already known gets one more key. A running witness need not be restarted.

    Prints the witness's own public keys, for the log's policy.

    Example:
        cocket witness add-log customs.example/log/2026+e4f9f72d+AQOhB7/z… --years --home /srv/witness
    """
    settings = settings_of(**home_option(home))
    witness = _open(settings, is_new=True)
    log = witness.add_log(tuple(trusted_keys(key)), has_years=years)
    if json_lines:
        json_line({**msgspec.to_builtins(log), "witness": witness.vkeys})
        return
    typer.echo(f"{shown(log.origin)} is cosigned{', its other years too' if log.has_years else ''}.")
    for vkey in witness.vkeys:
        typer.echo(f"  {vkey}")


@app.command()
def status(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Say which logs are cosigned and how far; and how our own log is witnessed, as of its last check.

    With --json the public keys in full. Exit 1 if a log has signed two histories, or none of our heads met its quorum
    for ten minutes.

    Example:
        cocket witness status --home /srv/witness --json
    """
    settings = settings_of(**home_option(home))
    has_keys = (settings.keys_folder / "witness.key").exists()
    witness = _open(settings) if has_keys else None
    logs = witness.logs() if witness else ()
    forks = witness.forks() if witness else ()
    own = read_witnessing(settings.home)
    is_wanting = own is not None and _is_wanting(own)
    if json_lines:
        said = {"witness": witness.vkeys if witness else (), "logs": logs, "forks": forks, "own": own}
        json_line(said)
        raise typer.Exit(int(bool(forks) or is_wanting))
    for key in map(WitnessKey.from_vkey, witness.vkeys if witness else ()):
        typer.echo(f"{shown(key.name)}+{key.key_id}  {key.kind.name.replace('_', '-')}")
    for log in logs:
        when = "never yet" if log.time is None else f"size {log.size} at {_when(log.time)}"
        typer.echo(f"  {shown(log.origin)}: {when}{', other years too' if log.has_years else ''}")
    for fork in forks:
        typer.echo(f"  two histories: {shown(fork)}")
    if own is not None:
        typer.echo(f"{shown(own.log)}: size {own.size} witnessed {len(own.has)} of {len(own.of)} ({own.needed} needed)")
        if own.met is not None and len(own.has) < own.needed:
            typer.echo(f"  a head last met its quorum at {_when(own.met)}")
        for said_by in own.cosignatures:
            typer.echo(f"  {shown(WitnessKey.from_vkey(said_by.vkey).name)} at {_when(said_by.time)}")
        for one in own.witnesses:
            typer.echo(f"  {shown(one.url)}: {shown(one.failure) if one.failure else f'size {one.size}'}")
    raise typer.Exit(int(bool(forks) or is_wanting))


def _open(settings: Settings, *, is_new: bool = False) -> Witness:
    return Witness(settings.witness_name, settings.witness_folder, settings.keys_folder, is_new=is_new)


def _is_wanting(own: WitnessingView) -> bool:
    """Whether the quorum is wanting for longer than a witness may take to answer, heads following one another."""
    is_late = own.met is None or time.time() - own.met > _PATIENCE_SECONDS
    return len(own.has) < own.needed and is_late


def _when(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"second {seconds}"
