# SPDX-License-Identifier: Apache-2.0
"""`cocket credential` in the house: issue, suspend, publish, and heed partners' certificates."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.output import HomeOption, JsonOption, Listing, complain, err, json_line, note, out, shown
from cocket.cli.commands.aeo import OPERATOR
from cocket.control.standing import SCOPES
from cocket.credentials import KINDS, PublicKey, Resolver, missing_members
from cocket.errors import SenderError, SettingsError, UnreadableError
from cocket.exchange.did_web import WebResolver
from cocket.findings import render
from cocket.findings.words import counted
from cocket.pipeline.credentials.credential_files import (
    IssuedCredential,
    IssuedForm,
    Recognition,
    State,
    TakenCredential,
)
from cocket.standards.certificates import read_json

#: What a person types for a kind of certificate, in the order of `KINDS`.
WORDS: Final = ("aeo", "origin", "phyto", "seal")
FORMS: Final[tuple[IssuedForm, ...]] = ("vc", "vc-selective", "sd-jwt")

NameArgument = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="Id of the certificate, the UUID in it, or the authorisation, such as AA:AEO-F/AA-17."
    ),
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it stays on record.")]
FetchOption = Annotated[
    list[str] | None,
    typer.Option("--fetch", metavar="HOST", help="Partner host that may be queried over HTTPS; repeatable."),
]


def issue(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="aeo, origin, phyto or seal.")],
    file: Annotated[Path, typer.Argument(help="JSON with its content.")],
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day of validity.")
    ] = None,
    form: Annotated[str, typer.Option("--form", help="vc, vc-selective or sd-jwt.")] = "vc",
    holder: Annotated[
        Path | None,
        typer.Option("--holder", metavar="FILE", help="Public key (JWK) of the one holder who may show an sd-jwt."),
    ] = None,
    to: Annotated[Path | None, typer.Option("--to", help="File to write it to; standard output if not given.")] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Issue a certificate, sealed and with its places in the status lists.

    `vc` is shown whole. Of `vc-selective` (whose signature TradeTrust's software checks) and `sd-jwt` its holder may show
    parts; what is handed out is for the holder alone to keep. The form `vc-selective` with its status lists is not called
    valid by TradeTrust's software, which reads an older draft of such lists. An `sd-jwt` may be bound to its holder's key:
    verifiers who ask for it then believe nobody else who shows it.

    Examples:
        cocket credential issue aeo trader.json --until 2028-12-31 --to aeo.json

        cocket credential issue aeo trader.json --form sd-jwt --holder trader.jwk --to aeo.sd-jwt
    """
    if kind not in WORDS or form not in FORMS:
        known = " ".join(WORDS if kind not in WORDS else FORMS)
        raise SettingsError(
            "There is no such certificate.", expected=known, found=f"{kind} {form}", hint=f"Known: {known}."
        )
    content = read_json(read_file(file))
    try:
        shape = msgspec.convert(content, KINDS[WORDS.index(kind)].shape)
    except msgspec.ValidationError as error:
        if lacking := missing_members(content, KINDS[WORDS.index(kind)].shape):
            says = f"{file} lacks {', '.join(lacking)}."
            raise UnreadableError(says, code="shape", expected=", ".join(lacking)) from error
        raise UnreadableError(f"{file} is not valid content for this certificate: {error}.", code="shape") from error
    last: date | None = until.date() if until else None
    bound = PublicKey.from_jwk(read_json(read_file(holder))) if holder else None
    with open_service(settings_of(**home_option(home)), lambda one: one.credentials.certificates) as certificates:
        try:
            issued = certificates.issue_credential(OPERATOR, shape, last, FORMS[FORMS.index(form)], bound)
        except SenderError as error:
            for finding in error.findings:
                complain(shown(render(finding)))
            raise
        alike = certificates.alike_credentials(OPERATOR, issued.id) if issued.authorisation else ()
    before = next((one for one in alike if one.state == "withdrawn"), None)
    if before is not None:
        why = f"{issued.authorisation} was withdrawn before ({before.reason}); this certificate is valid all the same."
        note(shown(why))
    if to is not None:
        _write(to, issued.content.encode())
    if json_lines:
        json_line(issued)
    elif to is None:
        typer.echo(issued.content)
    else:
        out.print(f"{issued.id} issued to {shown(str(to))}.", markup=False, highlight=False, soft_wrap=True)


def suspend(name: NameArgument, reason: ReasonOption, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Suspend a certificate; publish the lists anew for partners to see it.

    All other certificates of the same authorisation are suspended with it, and named.

    Example:
        cocket credential suspend 0190c5f2-… --reason "books refused"
    """
    _change((name, "suspended", reason), home, json_lines)


def restore(name: NameArgument, reason: ReasonOption, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Make a suspended certificate valid again, and all others of the same authorisation with it.

    Example:
        cocket credential restore 0190c5f2-… --reason "books shown"
    """
    _change((name, "valid", reason), home, json_lines)


def withdraw(
    name: NameArgument,
    reason: ReasonOption,
    is_sure: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Withdraw a certificate for good, and with it all others of the same authorisation, in whatever form.

    They are named, and it asks before it does so; without a terminal it needs --yes.

    Example:
        cocket credential withdraw 0190c5f2-… --reason "convicted"
    """
    if not is_sure:
        with open_service(settings_of(**home_option(home)), lambda one: one.credentials.certificates) as certificates:
            alike = certificates.alike_credentials(OPERATOR, name)
        if alike[0].state != "withdrawn":
            _ask([one for one in alike if one.state != "withdrawn"])
    _change((name, "withdrawn", reason), home, json_lines)


def status(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List the certificates issued here, last changed first.

    Example:
        cocket credential status
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.credentials.certificates) as certificates:
        issued = certificates.issued_credentials(OPERATOR)
    if json_lines:
        for one in issued:
            json_line(_without_content(one))
        return
    table = Listing("certificate", "kind", "form", "state", whole=("certificate",))
    for one in issued:
        table.add_row(one.id, one.type, one.form, shown(one.state + (f": {one.reason}" if one.reason else "")))
    out.print(table if issued else "No certificate was issued yet; issue one with cocket credential issue KIND FILE.")


def publish(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Root of the web server's files.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Write what partners must see: our document and the status lists, signed anew and current for seven days.

    Example:
        cocket credential publish www
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.credentials.certificates) as certificates:
        files = certificates.published_credentials()
    for path, content in files.items():
        _write(folder / path, content)
        if json_lines:
            json_line({"file": str(folder / path), "bytes": len(content)})
    if not json_lines:
        out.print(
            f"{counted(len(files), 'file')} written to {shown(str(folder))}.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def recognise(
    issuer: Annotated[str, typer.Argument(metavar="DID", help="The issuer, such as did:web:customs.example.")],
    country: Annotated[str, typer.Option("--country", help="Its country, ISO 3166-1 code.")],
    document: Annotated[
        Path | None, typer.Option("--document", help="Its DID document; without it, --fetch is needed.")
    ] = None,
    schemes: Annotated[
        list[str] | None, typer.Option("--scheme", help="AEO programme that is recognised; repeatable.")
    ] = None,
    scopes: Annotated[
        list[str] | None, typer.Option("--scope", help="Scope its authorisations have here; repeatable.")
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Know an issuer, and recognise his authorised traders as far as was agreed; in place of what was agreed before.

    Without a scheme his papers are verified and give no standing.

    Example:
        cocket credential recognise did:web:customs.example --country AA --scheme AEO-F --scope import --document did.json
    """
    if wrong := [scope for scope in scopes or [] if scope not in SCOPES]:
        raise SettingsError(f"There is no scope {wrong[0]}.", expected=" ".join(SCOPES), found=wrong[0])
    known = Recognition(
        issuer=issuer,
        country=country,
        schemes=tuple(schemes or ()),
        scopes=tuple(scopes or ()),  # type: ignore[arg-type]  # each is one of SCOPES
        document=read_file(document).decode("utf-8", "replace") if document else "",
    )
    with open_service(settings_of(**home_option(home)), lambda one: one.credentials.partners) as partners:
        partners.recognise_issuer(OPERATOR, known)
    if json_lines:
        json_line({"issuer": issuer, "country": country, "schemes": known.schemes, "scopes": known.scopes})
    else:
        out.print(f"{shown(issuer)} is known here.", markup=False, highlight=False, soft_wrap=True)


def take(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Partners' certificates and status lists.")],
    fetch: FetchOption = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Take in partners' certificates and status lists: verify them, and let them count or not.

    Exit 1 if one of them does not count.

    Example:
        cocket credential take suspension.json revocation.json aeo.json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.credentials.partners) as partners:
        taken = [partners.take_credential(OPERATOR, read_file(file), _fetching(fetch)) for file in files]
    for file, one in zip(files, taken, strict=True):
        _tell_taken(f"{file}: ", one, json_lines)
    if any(one.outcome == "does-not-count" for one in taken):
        raise typer.Exit(1)


def refresh(fetch: FetchOption = None, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Judge partners' certificates anew, and tell those whose outcome changed.

    Example:
        cocket credential refresh --fetch customs.example
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.credentials.partners) as partners:
        changed = partners.refresh_credentials(OPERATOR, _fetching(fetch))
    for one in changed:
        _tell_taken("", one, json_lines)
    if not json_lines and not changed:
        err.print("Nothing changed.")


def pin(
    address: Annotated[str, typer.Argument(help="The context address that documents use.")],
    file: Annotated[Path, typer.Argument(help="The JSON-LD context.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Pin a JSON-LD context, so that certificates that name it can be verified.

    Example:
        cocket credential pin https://trustvc.io/context/coo.json coo.json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.credentials.partners) as partners:
        partners.pin_context(OPERATOR, address, read_file(file))
    if json_lines:
        json_line({"context": address, "file": str(file)})
    else:
        out.print(f"{shown(address)} is pinned.", markup=False, highlight=False, soft_wrap=True)


def rotate(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Sign with new keys from now on; what the former ones signed still verifies. Publish afterwards.

    Example:
        cocket credential rotate
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.credentials.certificates) as certificates:
        record = certificates.rotate_issuer_key(OPERATOR)
    if json_lines:
        json_line(record)
    else:
        out.print(f"{record.fragment} is the signing key from now on.", markup=False, highlight=False)


COMMANDS: Final[tuple[tuple[str, Callable[..., None]], ...]] = (
    ("issue", issue),
    ("suspend", suspend),
    ("restore", restore),
    ("withdraw", withdraw),
    ("status", status),
    ("publish", publish),
    ("recognise", recognise),
    ("take", take),
    ("refresh", refresh),
    ("pin", pin),
    ("rotate", rotate),
)


def _ask(ending: Sequence[IssuedCredential]) -> None:
    """Have it confirmed that certificates end for good."""
    names = ", ".join(f"{one.id} ({one.form})" for one in ending)
    if not sys.stdin.isatty():
        raise SettingsError(
            f"Nothing was withdrawn. These certificates would be, for good: {names}.",
            hint="Use --yes when running without a terminal.",
        )
    of = f" of {ending[0].authorisation}" if ending[0].authorisation else ""
    typer.confirm(f"Withdraw {counted(len(ending), 'certificate')}{of} for good: {names}?", abort=True, err=True)


def _change(what: tuple[str, State, str], home: Path | None, json_lines: bool) -> None:
    with open_service(settings_of(**home_option(home)), lambda one: one.credentials.certificates) as certificates:
        changed = certificates.change_credential(OPERATOR, *what)
    for one in changed:
        if json_lines:
            json_line(_without_content(one))
        else:
            out.print(f"{one.id} ({one.form}) is {one.state}.", markup=False, highlight=False, soft_wrap=True)


def _without_content(issued: IssuedCredential) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(issued).items() if name != "content"}


def _tell_taken(before: str, taken: TakenCredential, json_lines: bool) -> None:
    if json_lines:
        fields = msgspec.structs.asdict(taken)
        json_line({name: value for name, value in fields.items() if name != "content"})
    else:
        words = {"counts": "counts", "kept": "is kept", "does-not-count": "does not count"}
        says = f"{before}{taken.id} {words[taken.outcome]}. {taken.reason}"
        out.print(shown(says), markup=False, highlight=False, soft_wrap=True)


def _fetching(hosts: list[str] | None) -> Resolver | None:
    return WebResolver(hosts) if hosts else None


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: a web server must never give out half a list."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.", problems=(str(path),)) from error
