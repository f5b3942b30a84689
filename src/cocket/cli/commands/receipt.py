# SPDX-License-Identifier: Apache-2.0
"""`cocket receipt`: check, convert and print receipts and proofs, offline, with only a public key and the core install."""

from __future__ import annotations

import sys
import time
from base64 import b64encode
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cocket import ledger
from cocket.cli.base.files import read_file
from cocket.cli.base.output import JsonOption, complain, json_line, shown
from cocket.errors import PartnerError, ProofError, SettingsError
from cocket.exchange.log_reader import open_log
from cocket.exchange.policy_files import read_policies
from cocket.exchange.watch_files import write_alarm
from cocket.ledger.forms import Form, read_form, verify_form, write_form
from cocket.ledger.monitoring import Alarm
from cocket.ledger.receipt_page import LANGUAGES, write_receipt_page, write_verifier_page
from cocket.ledger.witness_policy import check_witnessed

app = typer.Typer(
    name="receipt",
    no_args_is_help=True,
    help="Receipts and proofs for senders.",
    pretty_exceptions_enable=False,
)


OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Where to write; standard output if absent.")
]


class To(Enum):
    """Forms by the names a user knows them under."""

    JSON = "json"
    TLOG = "tlog-proof"
    COSE = "cose"
    CODES = "codes"


@app.callback()
def _options() -> None:
    """Options of every `cocket receipt` command."""


@app.command()
def verify(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A receipt or an inclusion proof: JSON, .tlog-proof, COSE or the text of its codes; a sealed record; or a "
            "provisional receipt of a gateway.",
            show_default=False,
        ),
    ],
    key: Annotated[
        str,
        typer.Option(
            "--key",
            metavar="FILE|VKEY",
            help="The public key: of receipts for a receipt, of the log for a proof, of the gateway for a provisional receipt. A file "
            "may contain several; --log needs both.",
            show_default=False,
        ),
    ],
    message: Annotated[
        Path | None, typer.Option("--message", metavar="FILE", help="The message itself, byte for byte as it was sent.")
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            "--policy", metavar="FILE|DIR", help="Witnesses that must have cosigned the head (C2SP tlog-policy)."
        ),
    ] = None,
    log: Annotated[
        str | None,
        typer.Option("--log", metavar="URL|DIR", help="Look there whether the log kept what a receipt promises."),
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option(
            "--evidence",
            metavar="FILE",
            help="With --log: where to write what proves a broken promise; FILE.evidence.json if absent.",
        ),
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """Check a receipt or an inclusion proof, offline; with --log, whether the log kept the promise of a receipt.

    The format is recognised from the content: JSON, C2SP .tlog-proof, COSE Receipt, or the text of the codes on a printed page.
    Each check is listed with its outcome, and so is what could not be checked. With --policy the head that a proof leads
    to must be witnessed by a quorum. A sealed record, such as that of cocket risk explain --out, holds its content itself.

    With --log a promise is broken if another leaf stands at its place under a signed head, or if the log states, after the
    time promised, a newest head that does not reach so far. Then a file is written that proves it to anyone with the public
    keys alone: cocket ledger convict. A log that cannot be reached, or is behind, shows nothing yet.

    Exit 0: no check failed. Exit 1: one did. Exit 2: a file cannot be read, or is not a receipt. Exit 3: with --log, it is
    not known yet whether the promise was kept.

    Examples:
        cocket receipt verify declaration.xml.receipt.json --key receipts.vkey --message declaration.xml

        cocket receipt verify receipt.json --key customs.vkeys --log https://customs.example/log

        cocket receipt verify receipt.json --key customs.vkeys --log /mnt/copy --evidence broken.json

        cocket receipt verify provisional.json --key gateway.vkey --message declaration.xml

        cocket receipt verify 17.proof.json --key var/demo/log/key.vkey

        cocket receipt verify 17.cose --key log.vkey --message declaration.xml

        cocket receipt verify 17.proof.json --key log.vkey --policy neighbours.policy

        cocket receipt verify 17.proof.json --key customs.example/log/2026+e4f9f72d+AQOhB7/z… --json
    """
    keys, policies = trusted_keys(key), read_policies(str(policy or ""))
    content = None if message is None else _content(message)
    proof = _read(file)
    kept: ledger.PromiseVerdict | None = None
    if log is not None and not isinstance(proof, ledger.Receipt):
        raise typer.BadParameter("--log is for receipts: a proof shows by itself that the promise was kept.")
    if isinstance(proof, ledger.SealedRecord):
        if content is not None and content != proof.body.encode():
            raise typer.BadParameter("A sealed record holds its own content; leave --message out.")
        kind, verdict = "sealed record", ledger.verify_sealed_record(proof, keys)
        witnesses = check_witnessed(policies, proof.proof.checkpoint, keys)
    elif isinstance(proof, ledger.ProvisionalReceipt):
        kind, verdict = "provisional receipt", ledger.verify_provisional(proof, keys, content)
        witnesses = ledger.Check("witnesses", "not-checked", "A gateway publishes no head to be witnessed.")
    elif isinstance(proof, ledger.Receipt):
        kind, verdict = "receipt", ledger.verify_receipt(proof, keys, content)
        if log is not None:
            kept = _promise(proof, log, keys, verdict)
            verdict = _with_promise(verdict, kept)
        witnesses = ledger.Check(
            "witnesses", "not-checked", "A receipt is a promise: there is no head to be witnessed."
        )
    else:
        kind, verdict = "inclusion proof", _by_any(keys, proof, content)
        witnesses = check_witnessed(policies, proof.checkpoint, keys)
    if policies:
        verdict = ledger.Verdict((*verdict.checks, witnesses))
    written = None
    if kept is not None and kept.evidence is not None:
        written = evidence or Path(f"{'receipt.json' if str(file) == '-' else file}.evidence.json")
        _write_evidence(written, kept.reason, kept.evidence)
    if json_lines:
        said = {"holds": verdict.holds, "checks": msgspec.to_builtins(verdict.checks)}
        if kept is not None:
            said |= {"promise": kept.state, "evidence": written and str(written)}
        json_line({"file": str(file), "kind": kind.replace(" ", "-"), **said})
    else:
        for check in verdict.checks:
            typer.echo(f"{check.outcome:11}  {check.name:10}  {shown(check.reason)}")
        typer.echo(_ending(kind, verdict, kept, written))
    raise typer.Exit(1 if not verdict.holds else 3 if kept is not None and kept.state == "unknown" else 0)


#: How often a log that is being written is looked at before it is said that its files do not fit, and the pause between.
_ATTEMPTS, _PAUSE_SECONDS = 3, 0.5

_OUTCOMES: dict[str, ledger.Outcome] = {"kept": "passed", "broken": "failed", "unknown": "not-checked"}


def _promise(receipt: ledger.Receipt, log: str, keys: list[str], verdict: ledger.Verdict) -> ledger.PromiseVerdict:
    """What a log shows of a receipt's promise; nothing yet, where it cannot be read."""
    if any(check.name == "signature" and check.outcome == "failed" for check in verdict.checks):
        return ledger.PromiseVerdict(state="unknown", reason="Without a valid signature it is not a promise.")
    for attempt in range(_ATTEMPTS):
        try:
            with open_log(log) as read:
                found = ledger.judge_promise(receipt, read, keys, datetime.now(UTC))
        except PartnerError as error:
            return ledger.PromiseVerdict(state="unknown", reason=f"The log cannot be read: {error}")
        if found.state != "unknown" or attempt + 1 == _ATTEMPTS:
            break
        time.sleep(_PAUSE_SECONDS)
    return found


def _with_promise(verdict: ledger.Verdict, kept: ledger.PromiseVerdict) -> ledger.Verdict:
    """The checks of a receipt, with what the log shows in place of what only the log can show."""
    own = [check for check in verdict.checks if check.name != "inclusion"]
    said = kept.reason if kept.state != "unknown" else f"Not known yet. {kept.reason}"
    return ledger.Verdict((*own, ledger.Check("promise", _OUTCOMES[kept.state], said)))


def _write_evidence(path: Path, reason: str, evidence: ledger.BrokenPromise) -> None:
    alarm = Alarm(kind="promise", message=reason, entry=evidence.promise.index, promise=evidence)
    write_alarm(path, alarm, evidence.checkpoint or evidence.statement or "", int(time.time()))


def _ending(kind: str, verdict: ledger.Verdict, kept: ledger.PromiseVerdict | None, written: Path | None) -> str:
    if kept is None or (kept.state == "unknown" and not verdict.holds):
        return f"The {kind} {'holds' if verdict.holds else 'does not hold'}."
    if kept.state == "broken":
        return f"The log broke this promise. What proves it is in {shown(str(written))}."
    if not verdict.holds:
        return "The promise was kept, but the receipt does not hold."
    kept_or_not = "was kept" if kept.state == "kept" else "is not known to have been kept yet"
    return f"The receipt holds, and its promise {kept_or_not}."


@app.command()
def convert(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An inclusion proof in any format.", show_default=False)],
    to: Annotated[To, typer.Option("--to", help="The format to write.", show_default=False)],
    out: OutOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Write an inclusion proof in another form; nothing is lost, and no key is needed.

    COSE needs a head that the log signed in COSE too. Nothing is checked: that is for cocket receipt verify. With --json
    what is written stands in the line in Base64, unless it went to a file.

    Exit 0: it is written. Exit 2: the file cannot be read, is not an inclusion proof, or cannot be written in this format.

    Examples:
        cocket receipt convert 17.proof.json --to cose --out 17.cose

        cocket receipt convert 17.cose --to tlog-proof
    """
    proof = _inclusion_proof(file)
    try:
        written = write_form(proof, Form[to.name])
    except ProofError as error:
        complain(f"{shown(str(file))}: {error}")
        raise typer.Exit(2) from error
    if out is not None or not json_lines:
        _write(written, out)
    if json_lines:
        content = None if out is not None else b64encode(written).decode()
        json_line(
            {"file": str(file), "to": to.value, "out": out and str(out), "bytes": len(written), "content": content}
        )


@app.command()
def page(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="PROOF",
            help="An inclusion proof in any format; without one, only the verifier.",
            show_default=False,
        ),
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="FILE|VKEY", help="The log's public key; needed for a proof.")
    ] = None,
    language: Annotated[str, typer.Option("--language", help=f"Language of the page: {', '.join(LANGUAGES)}.")] = "en",
    out: OutOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Make a page to keep: facts, the proof as codes, and a verifier that runs in any browser without a connection.

    Without PROOF it is the verifier alone, for whoever is shown a receipt. The page loads nothing and sends nothing.
    With --json the page stands in the line, unless it went to a file.

    Exit 0: it is written. Exit 1: the proof does not hold, and gets no page. Exit 2: a file cannot be read or written.

    Examples:
        cocket receipt page 17.proof.json --key var/demo/log/key.vkey --out receipt.html

        cocket receipt page --language fr --out verify.html
    """
    if language not in LANGUAGES:
        raise typer.BadParameter(f"There are no texts in {shown(language)}, only in {', '.join(LANGUAGES)}.")
    keys = trusted_keys(key) if key else []
    if file is None:
        _write_page(file, write_verifier_page(language, keys), out, json_lines)
        return
    if not keys:
        raise typer.BadParameter("A page for a proof needs --key, the log's public key.")
    proof = _inclusion_proof(file)
    vkey = next((one for one in keys if verify_form(proof, one).holds), keys[-1])
    try:
        made = write_receipt_page(proof, vkey, language)
    except ProofError as error:
        complain(f"{shown(str(file))}: {error}")
        raise typer.Exit(1) from error
    _write_page(file, made, out, json_lines)


def _write_page(file: Path | None, made: str, out: Path | None, json_lines: bool) -> None:
    if out is not None or not json_lines:
        _write(made.encode(), out)
    if json_lines:
        said = {"file": file and str(file), "out": out and str(out), "bytes": len(made.encode())}
        json_line(said | {"content": made if out is None else None})


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
        keys = [ledger.Verifier.from_vkey(line).vkey for line in read_file(Path(key)).decode().splitlines()]
    except SettingsError as error:
        keys, why = [], why if "+" in key else str(error)
    except (ValueError, ProofError) as error:
        keys, why = [], str(error)
    if not keys:
        raise typer.BadParameter(f"{shown(key)} is neither a public key nor a file of public keys. {why}")
    return keys


def _by_any(keys: list[str], proof: ledger.InclusionProof, content: bytes | None) -> ledger.Verdict:
    """The verdict by the first key under which the proof holds, else by the last."""
    for vkey in keys:
        verdict = verify_form(proof, vkey, content)
        if verdict.holds:
            break
    return verdict


def _read(file: Path) -> ledger.Receipt | ledger.InclusionProof | ledger.SealedRecord | ledger.ProvisionalReceipt:
    """What a file holds; it is read once, for it may be standard input."""
    content = _content(file)
    try:
        if ledger.is_provisional(content):
            return ledger.read_provisional(content)
        return ledger.read_sealed_record(content) if ledger.is_sealed_record(content) else read_form(content)
    except ProofError as error:
        complain(f"{shown(str(file))}: {error}")
        raise typer.Exit(2) from error


def _inclusion_proof(file: Path) -> ledger.InclusionProof:
    proof = _read(file)
    if isinstance(proof, ledger.InclusionProof):
        return proof
    if isinstance(proof, ledger.ProvisionalReceipt):
        why = "is a provisional receipt of a gateway: ask the gateway for the receipt of customs once the line is up."
    elif isinstance(proof, ledger.Receipt):
        why = f"is a receipt, a promise: after {shown(proof.promise.include_by)} ask for the proof."
    else:
        why = "is a sealed record, which holds its content and has this form alone: cocket receipt verify checks it."
    complain(f"{shown(str(file))} {why}")
    raise typer.Exit(2)


def _write(data: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        out.write_bytes(data)
    except OSError as error:
        complain(f"{shown(str(out))} cannot be written: {error.strerror or error}.")
        raise typer.Exit(2) from error


def _content(file: Path) -> bytes:
    try:
        return read_file(file)
    except SettingsError as error:
        complain(str(error))
        raise typer.Exit(2) from error
