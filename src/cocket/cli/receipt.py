# SPDX-License-Identifier: Apache-2.0
"""`cocket receipt`: check a receipt or an inclusion proof, offline, with only a public key and the core install."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cocket import ledger
from cocket.cli.say import JsonOption, complain, json_line, shown
from cocket.errors import ProofError

app = typer.Typer(
    name="receipt",
    no_args_is_help=True,
    help="Receipts and proofs: what a sender takes home.",
    pretty_exceptions_enable=False,
)


@app.callback()
def _options() -> None:
    """Options of every `cocket receipt` command."""


@app.command()
def verify(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A receipt or an inclusion proof, as JSON.", show_default=False)
    ],
    key: Annotated[
        str,
        typer.Option(
            "--key",
            metavar="FILE|VKEY",
            help="The public key: of receipts for a receipt, of the log for a proof. A file may hold several.",
            show_default=False,
        ),
    ],
    message: Annotated[
        Path | None, typer.Option("--message", metavar="FILE", help="The message itself, byte for byte as it was sent.")
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """Check a receipt or an inclusion proof, without asking anybody.

    Each check is told with its outcome, and so is what could not be checked.

    Exit 0: no check failed. Exit 1: one did. Exit 2: a file cannot be read, or is no receipt.

    Examples:
        cocket receipt verify declaration.xml.receipt.json --key receipts.vkey --message declaration.xml

        cocket receipt verify 17.proof.json --key var/demo/log/key.vkey

        cocket receipt verify 17.proof.json --key customs.example/log/2026+e4f9f72d+AQOhB7/z… --json
    """
    keys = trusted_keys(key)
    content = None if message is None else _content(message)
    try:
        proof = ledger.read_proof(_content(file))
    except ProofError as error:
        complain(f"{shown(str(file))}: {error}")
        raise typer.Exit(2) from error
    if isinstance(proof, ledger.Receipt):
        kind, verdict = "receipt", ledger.verify_receipt(proof, keys, content)
    else:
        kind, verdict = "inclusion proof", _by_any(keys, proof, content)
    if json_lines:
        said = msgspec.to_builtins(verdict.checks)
        json_line({"file": str(file), "kind": kind.replace(" ", "-"), "holds": verdict.holds, "checks": said})
    else:
        for check in verdict.checks:
            typer.echo(f"{check.outcome:11}  {check.name:10}  {shown(check.reason)}")
        typer.echo(f"The {kind} {'holds' if verdict.holds else 'does not hold'}.")
    raise typer.Exit(int(not verdict.holds))


def trusted_keys(key: str) -> list[str]:
    """The public keys an option names: the one it spells, or those in a file, one a line (1..n).

    Raises:
        typer.BadParameter: It is neither a public key nor a file of public keys.
    """
    try:
        return [ledger.Verifier.from_vkey(key).vkey]
    except ProofError as error:
        why = str(error)
    try:
        keys = [ledger.Verifier.from_vkey(line).vkey for line in Path(key).read_text("utf-8").splitlines()]
    except OSError as error:
        keys, why = [], why if "+" in key else f"{error.strerror or error}."
    except (ValueError, ProofError) as error:
        keys, why = [], str(error)
    if not keys:
        raise typer.BadParameter(f"{shown(key)} is neither a public key nor a file of public keys. {why}")
    return keys


def _by_any(keys: list[str], proof: ledger.InclusionProof, content: bytes | None) -> ledger.Verdict:
    """The verdict by the first key under which the proof holds, else by the last."""
    for vkey in keys:
        verdict = ledger.verify_inclusion_proof(proof, vkey, content=content)
        if verdict.holds:
            break
    return verdict


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        complain(f"{shown(str(file))} cannot be read: {error.strerror or error}.")
        raise typer.Exit(2) from error
