# SPDX-License-Identifier: Apache-2.0
"""`cocket credential verify`: certificates judged offline, by files that are handed in; and the group of its commands."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.output import JsonOption, complain, json_line, out, shown
from cocket.credentials import Contexts, PaperVerdict, Resolver, read_context, read_shape, sd_jwt, verify_paper
from cocket.credentials.known import read_known, resolver_from
from cocket.errors import CocketError, ProofError, SettingsError, UnreadableError
from cocket.findings import Finding, describe, render

app = typer.Typer(
    name="credential",
    no_args_is_help=True,
    help="Certificates: issue, verify, suspend, and apply partners' certificates.",
)

_MARKS = {"passed": "yes", "failed": "NO", "not-checked": "not known"}
_QUESTIONS = {"integrity": "as it was made", "issuer": "by whom it names", "status": "still stands"}


NonceOption = Annotated[
    str | None, typer.Option("--nonce", metavar="TEXT", help="Text given for this one presentation, never used before.")
]
AudienceOption = Annotated[
    str | None, typer.Option("--audience", metavar="URL", help="Who asks, as the holder names them.")
]


@app.command("verify")
def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Certificates: W3C, SD-JWT, OpenAttestation.")],
    known: Annotated[
        list[Path] | None,
        typer.Option("--known", help="Issuer's DID document, or a status list, known by its id; repeatable."),
    ] = None,
    contexts: Annotated[
        list[str] | None, typer.Option("--context", help="ADDRESS=FILE: JSON-LD context to pin; repeatable.")
    ] = None,
    on: Annotated[datetime | None, typer.Option("--on", help="Verify as of this time, UTC; now if not given.")] = None,
    nonce: NonceOption = None,
    audience: AudienceOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Judge certificates: as they were made? by whom they name? do they still stand?

    Nothing is fetched. Whatever is needed and not handed in leaves its question open. Of several lists of one id the newest
    counts, in whatever order they are given; files that contradict each other, with none the newer, are refused. Exit 0 only
    if every certificate holds on all three; exit 2 if a file is none, or cannot be read: it is named, and the others are
    judged all the same. With --nonce and --audience an SD-JWT holds only if who shows it holds the key
    that it is bound to, and answered to these two.

    Examples:
        cocket credential verify aeo.json --known did.json --known suspension.json --known revocation.json

        cocket credential verify shown.sd-jwt --known did.json --known status.jwt --nonce 7f3a91 --audience https://port.example
    """
    asked = challenge_of(nonce, audience)
    moment = on.replace(tzinfo=UTC) if on else datetime.now(UTC)
    resolver = _resolver(known or [], moment)
    pinned = Contexts(dict(map(_context, contexts or [])))
    is_good, is_read = True, True
    for file in files:
        try:
            verdict = verify_paper(read_file(file), resolver, moment, pinned, asked)
        except (SettingsError, UnreadableError, ProofError) as error:
            is_read = False
            _say_unread(file, error, json_lines)
            continue
        findings = (*verdict.findings, *read_shape(verdict.claims, is_part=verdict.is_part)[1])
        is_good = is_good and verdict.holds and not findings
        if json_lines:
            json_line(_described(file, verdict, findings))
        else:
            _print(file, verdict, findings)
    raise typer.Exit(2 if not is_read else int(not is_good))


def challenge_of(nonce: str | None, audience: str | None) -> sd_jwt.Challenge | None:
    """What a holder is to answer to; None where nothing is asked.

    Raises:
        SettingsError: One of the two is missing.
    """
    if nonce is None and audience is None:
        return None
    if not nonce or not audience:
        raise SettingsError("--nonce and --audience go together.", hint="Give both, or neither.")
    return sd_jwt.Challenge(audience, nonce)


def _resolver(files: list[Path], now: datetime) -> Resolver:
    found = []
    for file in files:
        try:
            found.append(read_known(read_file(file)))
        except (UnreadableError, ProofError) as error:
            says = (
                "has no id, so it cannot be referred to."
                if error.code == "known"
                else f"cannot be read: {error.message}"
            )
            raise UnreadableError(f"{file} {says}", code=error.code) from error
    return resolver_from(found, now)


def _context(given: str) -> tuple[str, bytes]:
    address, equals, file = given.rpartition("=")
    if not equals or not address:
        raise SettingsError(f"{given} is not ADDRESS=FILE.", found=given)
    return address, read_context(read_file(Path(file)))


def _say_unread(file: Path, error: CocketError, json_lines: bool) -> None:
    """Say of a file that it is no certificate that can be judged, and why; by name, as it is one of several."""
    message = f"{shown(str(file))}: {error.message}"
    complain(message)
    if json_lines:
        json_line({"file": str(file), "error": {"code": error.code, "message": message}})


def _described(file: Path, verdict: PaperVerdict, findings: tuple[Finding, ...]) -> dict[str, Any]:
    return {
        "file": str(file),
        "form": verdict.form,
        "types": verdict.types,
        "issuer": verdict.issued_by,
        "holds": verdict.holds,
        "checks": {
            check.name if check.name in _QUESTIONS else "integrity": {"outcome": check.outcome, "reason": check.reason}
            for check in (verdict.integrity, verdict.issuer, verdict.status)
        },
        "findings": [describe(finding) for finding in findings],
    }


def _print(file: Path, verdict: PaperVerdict, findings: tuple[Finding, ...]) -> None:
    says = "holds" if verdict.holds else "FAILS" if verdict.fails else "is left open"
    name = verdict.types[-1] if verdict.types else verdict.form
    out.print(f"{shown(str(file))}: {shown(name)} {says}", markup=False, highlight=False, soft_wrap=True)
    for question, check in zip(_QUESTIONS, (verdict.integrity, verdict.issuer, verdict.status), strict=True):
        line = f"  {_QUESTIONS[question]}: {_MARKS[check.outcome]}. {shown(check.reason)}"
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    for finding in findings:
        out.print(f"  {shown(render(finding))}", markup=False, highlight=False, soft_wrap=True)
