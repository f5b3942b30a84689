# SPDX-License-Identifier: Apache-2.0
"""The commands, in the order in which `cocket --help` shows them."""

from __future__ import annotations

import sys

import typer

from cocket import __version__
from cocket.cli import (
    check,
    codes,
    convert,
    credential,
    ledger,
    manifests,
    measures,
    measures_permits,
    measures_value,
    monitor,
    receipt,
    standards,
)
from cocket.cli.say import complain
from cocket.errors import CocketError

app = typer.Typer(
    name="cocket",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="rich",
    help="An open trade data pipeline for customs: reads what trade already sends, seals it with proofs, advises with reasons.",
    pretty_exceptions_enable=False,
)


def _version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"cocket {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    """Options of every command."""


app.command("check")(check.check)
app.command("convert")(convert.convert)
app.add_typer(codes.app, name="codes")
app.add_typer(credential.app, name="credential")
app.add_typer(ledger.app, name="ledger")
ledger.app.command("monitor")(monitor.monitor)
ledger.app.command("convict")(monitor.convict_command)
app.add_typer(manifests.app, name="manifest")
app.add_typer(measures.app, name="measures")
measures.app.command("permits")(measures_permits.permits)
measures.app.command("value")(measures_value.value)
app.add_typer(receipt.app, name="receipt")
app.add_typer(standards.app, name="standards")


def _add_server_commands() -> None:
    """Commands that need the server's parts; where these are not installed, each says so when called."""
    try:
        from cocket.cli.server_commands import add_to
    except ImportError as error:
        if (error.name or "").startswith("cocket"):
            raise
        _say_what_is_missing(error.name or "a package")
        return
    add_to(app)


def _say_what_is_missing(package: str) -> None:
    for name in (
        "demo",
        "serve",
        "init",
        "status",
        "feed",
        "lodge",
        "erase",
        "device",
        "track",
        "risk",
        "rules",
        "results",
        "screen",
        "classify",
        "intelligence",
        "audit",
        "aeo",
        "title",
        "anchor",
        "witness",
        "simulate",
        "bench",
    ):

        def missing(context: typer.Context) -> None:
            """Needs `pip install cocket[server,risk]`."""
            complain(f"This command needs {package}: pip install 'cocket[server,risk]'.")
            raise typer.Exit(2)

        app.command(name, context_settings={"ignore_unknown_options": True, "allow_extra_args": True})(missing)


_add_server_commands()


def main() -> None:
    """Run the command line; an error of ours is one plain sentence and exit 2."""
    try:
        app()
    except CocketError as error:
        complain(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
