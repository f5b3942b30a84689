# SPDX-License-Identifier: Apache-2.0
"""`cocket gateway`: the gateway of an office, which goes on taking messages in while the line to the house is down."""

from __future__ import annotations

from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cocket.cli.base.output import JsonOption, complain, json_line, note, out, shown
from cocket.errors import ProofError, SettingsError
from cocket.exchange.gateway_calls import LONGEST_MESSAGE
from cocket.gate import Bounds, Door, listen, presented_key, serve
from cocket.gateway import (
    CarriedOver,
    Forwarder,
    GatewayDoor,
    HostFolder,
    House,
    Spool,
    SpoolStanding,
    carry_over,
    check_heir,
    make_identity,
    read_identity,
)
from cocket.gateway.forwarding import what_to_do
from cocket.gateway.identity import alone
from cocket.gateway.spool import check_spool, open_to_read, standing_of
from cocket.ledger import Verifier

#: Entries that are named where some were lost (count).
_MOST_NAMED = 20

app = typer.Typer(
    name="gateway",
    no_args_is_help=True,
    help="The gateway of an office: accepts messages while the line is down, and brings them once it is up.",
)

GatewayHome = Annotated[Path, typer.Option("--home", metavar="DIR", help="Folder of the gateway.", show_default=False)]


@app.command("init")
def init(
    name: Annotated[str, typer.Argument(help="Its name: lower case letters, digits, hyphens.", show_default=False)],
    office: Annotated[str, typer.Option("--office", help="Customs office where it stands.", show_default=False)],
    home: GatewayHome,
    json_lines: JsonOption = False,
) -> None:
    """Make the folder of a gateway with a key of its own, and print the public key, which is registered at customs.

    Example:
        cocket gateway init alpha-gate --office XAPRT001 --home gate
    """
    made = make_identity(home, name, office)
    if json_lines:
        json_line(made)
    else:
        typer.echo(made.vkey)
        note("Register it at customs: cocket continuity register-gateway VKEY --office OFFICE --key KEY.")


@app.command("run")
def run(
    to: Annotated[
        str, typer.Option("--to", help="Address of customs, such as https://customs.example.", show_default=False)
    ],
    home: GatewayHome,
    office: Annotated[
        str | None, typer.Option("--office", help="Office that it must be the gateway of; any if not given.")
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", envvar="COCKET_KEY", help="The gateway's API key; preferably in COCKET_KEY.")
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen on; 0 takes a free one.")] = 8470,
    folder: Annotated[
        Path | None, typer.Option("--folder", metavar="DIR", help="Folder of the host whose files are accepted too.")
    ] = None,
    sender: Annotated[
        str, typer.Option("--sender", help="Sender of the files in the folder; the key's own if not given.")
    ] = "",
    key_days: Annotated[
        float,
        typer.Option(
            "--key-days", min=0.0, max=365.0, help="Days for which a sender's key that customs accepted is good here."
        ),
    ] = 7.0,
) -> None:
    """Run the gateway until it is stopped.

    Senders send here as to customs (POST /v1/messages). While the line is up, customs answers. While it is down, a message is
    stored on disk, numbered, signed, and answered with 202 and a provisional receipt, if customs accepted the sender's key
    through this gateway lately. Once the line is up, what waits is brought in its order. GET /readyz says how it stands.

    It uses plain HTTP: put a TLS proxy where senders reach it over a network that others use.

    Examples:
        COCKET_KEY=… cocket gateway run --to https://customs.example --home gate

        COCKET_KEY=… cocket gateway run --to https://customs.example --home gate --folder /srv/host/out --sender HOST
    """
    if not key or presented_key(f"Bearer {key}".encode()) is None:
        raise SettingsError("No API key of the gateway was given.", hint="Set COCKET_KEY, or give --key.")
    if not to.startswith(("http://", "https://")):
        raise SettingsError("The address of customs begins with http:// or https://.", found=to[:80])
    if folder is not None and not folder.is_dir():
        raise SettingsError(f"{folder} is not a folder.")
    known = read_identity(home)
    if office is not None and office != known.office:
        raise SettingsError("The gateway stands at another office.", expected=known.office, found=office)
    with ExitStack() as stack:
        stack.enter_context(alone(home))
        socket = listen(host, port)
        stack.callback(socket.close)
        spool = Spool(home)
        stack.callback(spool.close)
        house = House(to, key)
        stack.callback(house.close)
        forwarder = Forwarder(spool, house)
        forwarder.tell = lambda words: note(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {words}")
        stack.callback(forwarder.close)
        if folder is not None:
            files = HostFolder(spool, folder, sender, key.split("_")[1])
            files.tell = complain
            stack.callback(files.close)
            files.start()
        forwarder.start()
        bounds = Bounds(body_bytes=max(LONGEST_MESSAGE, Bounds().body_bytes))
        address = f"http://{host}:{socket.getsockname()[1]}"
        door = Door(GatewayDoor(spool, house, key_days), socket, bounds)
        serve(door, started=lambda: note(f"Gateway {known.name} of {known.office} at {address}"))


@app.command("status")
def status(home: GatewayHome, json_lines: JsonOption = False) -> None:
    """Say how a gateway stands, also while it runs. Exit 1 if it has stopped, or if its file does not hold what was signed.

    Example:
        cocket gateway status --home gate
    """
    known, database = read_identity(home), open_to_read(home)
    damage = ""
    with closing(database):
        try:
            check_spool(database, Verifier.from_vkey(known.vkey))
        except ProofError as error:
            damage = _damage(error)
        standing = standing_of(database)
    if json_lines:
        json_line({"name": known.name, "office": known.office, "standing": standing, "damage": damage})
    else:
        _print(known.name, known.office, standing)
    if damage:
        complain(damage)
    if standing.stopped or damage:
        raise typer.Exit(1)


@app.command("check")
def check(home: GatewayHome, json_lines: JsonOption = False) -> None:
    """Check offline that a gateway's file holds what was signed: every number, hash, signature and message. Exit 1 if not.

    Example:
        cocket gateway check --home gate
    """
    known, database = read_identity(home), open_to_read(home)
    try:
        last, head = check_spool(database, Verifier.from_vkey(known.vkey))
    except ProofError as error:
        complain(_damage(error))
        if json_lines:
            json_line({"holds": False, "problem": error.message, "at": error.pointer})
        raise typer.Exit(1) from error
    finally:
        database.close()
    if json_lines:
        json_line({"holds": True, "last": last, "head": head})
    else:
        out.print(f"{last} entries hold; head {head}", highlight=False, soft_wrap=True)


@app.command("recover")
def recover(
    old: Annotated[
        Path, typer.Argument(metavar="OLD", help="Folder of the gateway that cannot go on.", show_default=False)
    ],
    home: GatewayHome,
    json_lines: JsonOption = False,
) -> None:
    """Carry what waits in the file of a gateway that cannot go on over to another. Exit 1 if not all of it can be read.

    For a file that is damaged or was changed, and for each of two histories. What can be read and is as it was signed becomes
    entries of the other gateway, which is not running; done again, nothing is doubled. Nothing is written to the old file.

    Example:
        cocket gateway recover gate --home gate-2
    """
    check_heir(old, home)
    with ExitStack() as stack:
        for one in (old, home):
            stack.enter_context(alone(one))
        spool = Spool(home)
        stack.callback(spool.close)
        made = carry_over(old, spool)
    if json_lines:
        json_line(made)
    else:
        _print_carried(made)
    if made.lost:
        raise typer.Exit(1)


def _print_carried(made: CarriedOver) -> None:
    told = f"{made.carried} entries carried over; {made.answered} were answered by customs, and are left"
    out.print(shown(told), markup=False, highlight=False, soft_wrap=True)
    if made.lost:
        some = ", ".join(str(one) for one in made.lost[:_MOST_NAMED])
        more = f" and {len(made.lost) - _MOST_NAMED} more" if len(made.lost) > _MOST_NAMED else ""
        complain(
            f"Not carried over, since they are gone or not what was signed: entries {some}{more}. Their senders hold provisional "
            "receipts: they send again."
        )


def _damage(error: ProofError) -> str:
    where = f" ({error.pointer})" if error.pointer else ""
    return f"{error.message}{where} {error.hint or ''}".strip()


def _print(name: str, office: str, standing: SpoolStanding) -> None:
    lines = [f"Gateway {name} of {office}: {standing.last} entries, {standing.waiting} waiting"]
    if standing.oldest:
        lines.append(f"oldest that waits: {standing.oldest}")
    lines += [f"{outcome}: {number}" for outcome, number in sorted(standing.outcomes.items())]
    lines += [f"held by {agency}: {number}" for agency, number in sorted(standing.held_by.items())]
    if standing.problem and standing.problem != standing.stopped:
        lines.append(f"last try: {standing.problem}")
    if standing.stopped:
        lines.append(f"stopped: {standing.stopped} {what_to_do(standing.stopped_by)}")
    for line in lines:
        out.print(shown(line), markup=False, highlight=False, soft_wrap=True)
