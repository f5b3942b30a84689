# SPDX-License-Identifier: Apache-2.0
"""`cocket ledger`: check a whole log folder, and prove one entry of it; offline, with the core install."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cocket import ledger
from cocket.cli.base.log_folders import read_below, settled_family
from cocket.cli.base.output import JsonOption, complain, json_bytes, json_line, shown
from cocket.cli.commands.ledger.audit import audit
from cocket.cli.commands.receipt import trusted_keys
from cocket.errors import ProofError, StoreError
from cocket.findings.words import counted

app = typer.Typer(
    name="ledger",
    no_args_is_help=True,
    help="The transparency log: verify a whole log, prove one entry.",
    pretty_exceptions_enable=False,
)

LogFolder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the log.", show_default=False)]


app.command()(audit)


@app.callback()
def _options() -> None:
    """Options of every `cocket ledger` command."""


@app.command()
def verify(
    folder: LogFolder,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="FILE|VKEY", help="Public keys of the log, obtained from another source."),
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """Check every byte of a log folder against its signed checkpoint, and that each year's log goes on from the last.

    Without --key the folder's own key.vkey is used: that shows that the folder is whole, not whose it is.

    Exit 0: every file is what it must be. Exit 1: one is not, and is named. Exit 2: no such folder, or no such key.

    Examples:
        cocket ledger verify var/demo/log

        cocket ledger verify /mnt/copy --key customs.example/log/2026+e4f9f72d+AQOhB7/z…

        cocket ledger verify var/demo/log --json
    """
    keys = trusted_keys(key) if key else []
    if not folder.is_dir():
        complain(f"{shown(str(folder))} is not a folder.")
        raise typer.Exit(2)
    try:
        family = settled_family(folder, keys)
    except OSError as error:
        complain(f"{shown(str(folder))} cannot be read: {error.strerror or error}.")
        raise typer.Exit(2) from error
    if json_lines:
        json_line({"log": str(folder), "holds": family.holds, **_plain(family)})
    else:
        for problem in family.problems:
            _say_problem(problem)
        for _, verdict in family.logs:
            _say_verdict(verdict)
    raise typer.Exit(int(not family.holds))


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
        json_bytes(ledger.write_proof(proof).rstrip(b"\n"))
        return
    typer.echo(f"Entry {index} of {head.size} is in {head.origin}.")
    typer.echo(f"  commitment  {proof.commit.hex()}")
    typer.echo(f"  leaf hash   {ledger.leaf_hash(ledger.write_entry(proof.commit)).hex()}")
    for height, sibling in enumerate(proof.path):
        typer.echo(f"  {'path' if height == 0 else '':10}  {sibling.hex()}")
    typer.echo(f"  root        {head.root.hex()}")


HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Home folder of the instance; COCKET_HOME, else var/cocket.")
]


@app.command("rotate-key")
def rotate_key(
    home: HomeOption = None,
    is_end: Annotated[
        bool, typer.Option("--end", help="Destroy the previous key, which then no longer signs.")
    ] = False,
    json_lines: JsonOption = False,
) -> None:
    """Change the key that signs heads. Needs the server's parts.

    Both keys sign from the next start of the `log` role on, for 100,000 leaves, and a note signed by both hands over the log.
    Whoever trusts the former key can follow it. After that, or sooner, --end destroys the former key. With COCKET_LOG_KEY the new
    key is one in a token (HSM), which signs there and never leaves it; without, it is in a file.

    Examples:
        cocket ledger rotate-key

        cocket ledger rotate-key --end
    """
    from cocket.cli.base.instance_access import home_option, need_home, settings_of
    from cocket.pipeline.operations.bootstrap import change_log_key, drop_former_log_key

    settings = settings_of(**home_option(home))
    need_home(settings)
    if not is_end:
        change_log_key(settings)
        done, says = (
            "created",
            "A new checkpoint key was created. Restart the `log` role; from then on both keys sign.",
        )
    elif drop_former_log_key(settings):
        done, says = "destroyed", "The previous checkpoint key is destroyed. Restart the `log` role."
    else:
        done, says = "nothing", "There is no previous checkpoint key."
    if json_lines:
        json_line({"done": done})
    else:
        typer.echo(says)


@app.command()
def reimport(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Restore the leaves that the database lacks, at its end or within it. Needs the server's parts.

    Where the message or record that a leaf sealed is still in the database, the leaf is made again whole. Of the others
    the published tiles have the commitment: proofs hold, contents are gone, and senders must send again what they have
    receipts for. After a database is lost, restore the newest backup first. The instance may run meanwhile; a `log` role that
    stands still for want of leaves then goes on by itself.

    Examples:
        cocket ledger reimport --home /srv/cocket

        cocket ledger reimport --json
    """
    from cocket.cli.base.instance_access import home_option, need_home, settings_of
    from cocket.pipeline import open_database, open_stores
    from cocket.pipeline.ledger.reimport import reimport as bring_back
    from cocket.pipeline.operations.row_audit import RowAudit

    settings = settings_of(**home_option(home))
    need_home(settings)
    with open_database(settings, to="repair") as server:
        stores = open_stores(settings, server.dsn, signs_heads=True)
        try:
            found = bring_back(stores)
            if found.missing:
                with suppress(StoreError):  # one that runs just now begins its next pass with the leaves
                    RowAudit(stores).begin_anew()
        finally:
            stores.database.close()
    if json_lines:
        json_line(msgspec.to_builtins(found))
        return
    if not found.missing:
        typer.echo("No index of the log is without its leaf." if found.unplaced else "No leaf was missing.")
    else:
        back = found.missing - found.blank
        typer.echo(f"{counted(found.missing, 'leaf was', 'leaves were')} missing; {back:,} restored.")
    for number, words in (
        (found.restored, "restored completely from the records they sealed"),
        (found.covers, "padding entries, which seal nothing"),
        (found.commitments, "as commitments only: proofs hold, but the sealed content cannot be decrypted"),
        (found.by_time, "of the restored leaves were in no head yet, and are ordered by time only"),
        (found.blank, "in no head yet and lost: replaced by padding entries"),
    ):
        if number:
            typer.echo(f"  {number:8} {words}")
    for record in found.unplaced:
        typer.echo(f"  {record} has no leaf, and cannot be matched to a missing leaf.")
    if found.unplaced:
        typer.echo(
            "  cocket ledger audit names each of these as record or message; with --set-right it is given a leaf again at a new "
            "index, or is recorded as lost."
        )
    for record in found.unworked:
        typer.echo(f"  {record} was skipped by the assessment worker, which processes it now.")


def _proof(folder: Path, index: int) -> tuple[ledger.Checkpoint, ledger.InclusionProof]:
    """The signed head and the proof of one entry under it."""

    def read(path: str) -> bytes | None:
        return read_below(folder, path)

    key, note = read(ledger.KEY_FILE), read(ledger.CHECKPOINT_FILE)
    if key is None or note is None:
        raise ProofError("The folder holds no log: its checkpoint or its key.vkey is missing.")
    tenures = ledger.read_tenures(key.decode("utf-8", "replace").removesuffix("\n"), read)
    head = ledger.read_checkpoint(ledger.split_note(note)[0])
    verdict, proof = None, ledger.prove_leaf(index, head.size, note, read)
    for verifier in ledger.verifiers_for(tenures, head.size):
        verdict = ledger.verify_inclusion_proof(proof, verifier.vkey)
        if verdict.holds:
            break
    if verdict is None:
        raise ProofError("None of the log's keys verifies its head.")
    if not verdict.holds:
        raise ProofError(" ".join(check.reason for check in verdict.checks if check.outcome == "failed"))
    return head, proof


def _plain(family: ledger.FamilyVerdict) -> dict[str, Any]:
    """The verdict on the newest log; where there are several, with those on all of them and on how they join."""
    plain: dict[str, Any] = msgspec.to_builtins(family.logs[-1][1])
    if len(family.logs) > 1:
        years = [{"folder": name, "holds": one.holds, **msgspec.to_builtins(one)} for name, one in family.logs]
        plain |= {"years": years, "passages": msgspec.to_builtins(family.problems)}
    return plain


def _say_problem(problem: ledger.Problem) -> None:
    where = [f"entry {problem.entry}"] if problem.entry is not None else []
    where += [f"byte {problem.offset}"] if problem.offset is not None else []
    place = f" ({', '.join(where)})" if where else ""
    typer.echo(f"  {problem.code:10} {shown(problem.file)}{place}: {shown(problem.message)}")


def _say_verdict(verdict: ledger.LogVerdict) -> None:
    if verdict.origin is not None:
        typer.echo(f"{shown(verdict.origin)}: {verdict.size} entries")
    for problem in verdict.problems:
        _say_problem(problem)
    if verdict.tables is not None:
        told = verdict.tables
        word = "agreed" if told.is_equal else "did NOT all agree"
        typer.echo(
            f"The instance states that its tables {word} with the log up to entry {told.size}, on {told.at:%Y-%m-%d %H:%M} UTC."
        )
    if verdict.holds:
        typer.echo("Every file agrees with the signed checkpoint.")
    else:
        typer.echo(f"The log is not valid: {len(verdict.problems)} of its files do not agree with the checkpoint.")
    if verdict.ahead:
        typer.echo(
            f"note: {counted(len(verdict.ahead), 'file carries', 'files extend')} the log beyond the checkpoint;"
            " no signature covers them yet: "
            f"{', '.join(map(shown, verdict.ahead))}."
        )
    for note in verdict.notes:
        typer.echo(f"note: {shown(note)}")
