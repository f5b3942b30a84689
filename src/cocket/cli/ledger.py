# SPDX-License-Identifier: Apache-2.0
"""`cocket ledger`: check a whole log folder, and prove one entry of it; offline, with the core install."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cocket import ledger
from cocket.cli.receipt import trusted_keys
from cocket.cli.say import JsonOption, complain, json_line, shown
from cocket.errors import ProofError

app = typer.Typer(
    name="ledger",
    no_args_is_help=True,
    help="The sealed book: check a whole log, prove one entry.",
    pretty_exceptions_enable=False,
)

#: How often a log that is being written is read again before its state is believed.
_ATTEMPTS = 5

LogFolder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the log.", show_default=False)]


@app.callback()
def _options() -> None:
    """Options of every `cocket ledger` command."""


@app.command()
def verify(
    folder: LogFolder,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="FILE|VKEY", help="The log's public key as you know it from elsewhere."),
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """Check every byte of a log folder against its signed checkpoint.

    Without --key the folder's own key.vkey is used: that shows that the folder is whole, not whose it is.

    Exit 0: every file is what it must be. Exit 1: one is not, and is named. Exit 2: no such folder, or no such key.

    Examples:
        cocket ledger verify var/demo/log

        cocket ledger verify /mnt/copy --key customs.example/log/2026+e4f9f72d+AQOhB7/z…

        cocket ledger verify var/demo/log --json
    """
    keys = trusted_keys(key) if key else []
    if len(keys) > 1:
        raise typer.BadParameter("A log has one key, but several were given.")
    if not folder.is_dir():
        complain(f"{shown(str(folder))} is not a folder.")
        raise typer.Exit(2)
    try:
        verdict = settled_verdict(folder, keys[0] if keys else None)
    except OSError as error:
        complain(f"{shown(str(folder))} cannot be read: {error.strerror or error}.")
        raise typer.Exit(2) from error
    if json_lines:
        json_line({"log": str(folder), "holds": verdict.holds, **msgspec.to_builtins(verdict)})
    else:
        _say_verdict(verdict)
    raise typer.Exit(int(not verdict.holds))


@app.command()
def prove(
    folder: LogFolder,
    index: Annotated[int, typer.Argument(metavar="INDEX", help="Place of the entry, from 0.", show_default=False)],
    json_lines: JsonOption = False,
) -> None:
    """Prove that an entry is in the log; the proof is checked before it is shown.

    With --json, the proof to hand out. It withholds what was sealed: a log holds commitments only.

    Exit 0: the proof holds. Exit 1: the log is broken there. Exit 2: no such folder or no such entry.

    Examples:
        cocket ledger prove var/demo/log 17

        cocket ledger prove var/demo/log 17 --json > 17.proof.json
    """
    if not folder.is_dir():
        complain(f"{shown(str(folder))} is not a folder.")
        raise typer.Exit(2)
    try:
        head, proof = _proof(folder, index)
    except ProofError as error:
        complain(f"{error} Expected: {error.expected}." if error.expected else str(error))
        raise typer.Exit(2 if error.code == "proof-range" else 1) from error
    except OSError as error:
        complain(f"{shown(str(folder))} cannot be read: {error.strerror or error}.")
        raise typer.Exit(2) from error
    if json_lines:
        sys.stdout.buffer.write(ledger.write_proof(proof))
        sys.stdout.buffer.flush()
        return
    typer.echo(f"Entry {index} of {head.size} is in {head.origin}.")
    typer.echo(f"  commitment  {proof.commit.hex()}")
    typer.echo(f"  leaf hash   {ledger.leaf_hash(ledger.write_entry(proof.commit)).hex()}")
    for height, sibling in enumerate(proof.path):
        typer.echo(f"  {'path' if height == 0 else '':10}  {sibling.hex()}")
    typer.echo(f"  root        {head.root.hex()}")


def _proof(folder: Path, index: int) -> tuple[ledger.Checkpoint, ledger.InclusionProof]:
    """The signed head and the proof of one entry under it."""

    def read(path: str) -> bytes | None:
        return _read(folder, path)

    key, note = read(ledger.KEY_FILE), read(ledger.CHECKPOINT_FILE)
    if key is None or note is None:
        raise ProofError("The folder holds no log: its checkpoint or its key.vkey is not there.")
    verifier = ledger.Verifier.from_vkey(key.decode("utf-8", "replace").removesuffix("\n"))
    head, _ = ledger.open_checkpoint(note, [verifier])
    proof = ledger.prove_leaf(index, head.size, note, read)
    verdict = ledger.verify_inclusion_proof(proof, verifier.vkey)
    if not verdict.holds:
        raise ProofError(" ".join(check.reason for check in verdict.checks if check.outcome == "failed"))
    return head, proof


def settled_verdict(folder: Path, vkey: str | None) -> ledger.LogVerdict:
    """The verdict on a log folder; one that the book writes meanwhile is read again."""
    for _ in range(_ATTEMPTS):
        note, paths = _state(folder)
        verdict = ledger.verify_log(lambda path: _read(folder, path), paths.copy, vkey)
        if verdict.holds or (note, paths) == _state(folder):
            break
    return verdict


def _state(folder: Path) -> tuple[bytes | None, list[str]]:
    return _read(folder, ledger.CHECKPOINT_FILE), _list(folder)


def _read(folder: Path, path: str) -> bytes | None:
    file = folder / path
    return file.read_bytes() if file.is_file() else None


def _list(folder: Path) -> list[str]:
    """Every path below the folder that is not a folder itself; a link is not followed but listed."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()
    )


def _say_verdict(verdict: ledger.LogVerdict) -> None:
    if verdict.origin is not None:
        typer.echo(f"{shown(verdict.origin)}: {verdict.size} entries")
    for problem in verdict.problems:
        where = [f"entry {problem.entry}"] if problem.entry is not None else []
        where += [f"byte {problem.offset}"] if problem.offset is not None else []
        place = f" ({', '.join(where)})" if where else ""
        typer.echo(f"  {problem.code:10} {shown(problem.file)}{place}: {shown(problem.message)}")
    if verdict.holds:
        typer.echo("Every file is what the signed checkpoint says it must be.")
    else:
        typer.echo(f"The log does not hold: {len(verdict.problems)} of its files are not what they must be.")
    if verdict.ahead:
        typer.echo(
            f"note: {len(verdict.ahead)} files carry the log on beyond the checkpoint; no signature covers them yet: "
            f"{', '.join(map(shown, verdict.ahead))}."
        )
    for note in verdict.notes:
        typer.echo(f"note: {shown(note)}")
