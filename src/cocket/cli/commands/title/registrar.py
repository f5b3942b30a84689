# SPDX-License-Identifier: Apache-2.0
"""`cocket title …` without a chain: a registrar's books, the instructions of parties, and anybody's check of a book."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.output import AlwaysJsonOption, HomeOption, JsonOption, complain, json_line, shown
from cocket.cli.commands.aeo import OPERATOR
from cocket.cli.commands.title.chain import (
    BeneficiaryOption,
    HolderOption,
    KindArgument,
    RemarkOption,
    TitleArgument,
    app,
    kind_of,
    standing_of,
)
from cocket.credentials import PublicKey, SigningKey
from cocket.credentials.encoding import to_base64url
from cocket.credentials.title import ISSUER_ACTS, Act, Book, SignedInstruction, read_book, read_instruction, sign
from cocket.errors import ProofError, SettingsError
from cocket.findings.words import counted
from cocket.pipeline import NotFoundError
from cocket.pipeline.base.secret_files import read_secret
from cocket.pipeline.credentials.titles import read_title_id

__all__ = ["app"]

BookOption = Annotated[
    Path,
    typer.Option("--book", metavar="FILE", help="The title's record, as issued by the registrar.", show_default=False),
]


@app.command("registrar")
def registrar(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Show the public key under which this instance records titles; it is created on first use.

    Example:
        cocket title registrar
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.credentials.titles) as titles:
        name = titles.registrar(OPERATOR)
    json_line({"registrar": name}) if json_lines else typer.echo(name)


@app.command("issue")
def issue(
    kind: KindArgument,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="SHA-256 of the document.", show_default=False)],
    beneficiary: BeneficiaryOption = None,
    holder: HolderOption = None,
    remark: RemarkOption = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """As registrar, mint, burn or restore a title. Nothing else can a registrar do without its holder's key.

    Examples:
        cocket title issue mint "$(sha256sum bill.json | cut -c1-64)" --beneficiary z6Mk… --holder z6Mk…

        cocket title issue burn 5b…5b
    """
    wanted = kind_of(kind)
    if wanted not in ISSUER_ACTS:
        raise typer.BadParameter(
            f"A registrar performs {', '.join(sorted(ISSUER_ACTS))}; a party sends an instruction."
        )
    token = read_title_id(title)
    with open_service(settings_of(**home_option(home)), lambda one: one.credentials.titles) as titles:
        name = titles.registrar(OPERATOR)
        try:
            book = titles.title_book(OPERATOR, token)
        except NotFoundError:
            book = Book(name, token)
        act = Act(kind=wanted, by=name, beneficiary=beneficiary, holder=holder, remark=remark.encode())
        instruction = book.instruct(act)
        signature = to_base64url(titles.sign_as_registrar(OPERATOR, instruction.signed_bytes))
        book = titles.enter_title(OPERATOR, SignedInstruction(instruction=instruction, signature=signature))
    _tell(book, json_lines)


@app.command("instruct")
def instruct(
    kind: KindArgument,
    book: BookOption,
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="The party's secret key.", show_default=False)],
    beneficiary: BeneficiaryOption = None,
    holder: HolderOption = None,
    remark: RemarkOption = "",
    _as_json: AlwaysJsonOption = False,
) -> None:
    """As a party, sign an instruction that follows the record's last entry, and print it; nothing is sent.

    Example:
        cocket title instruct transferHolder --book bill.book.json --holder z6Mk… --key owner.key > transfer.json
    """
    signer = SigningKey("Ed25519", read_secret(key))
    act = Act(
        kind=kind_of(kind),
        by=signer.public.multikey,
        beneficiary=beneficiary,
        holder=holder,
        remark=remark.encode(),
    )
    json_line(sign(read_book(read_file(book)).instruct(act), signer))


@app.command("enter")
def enter(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="An instruction that a party signed.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """As registrar, enter a party's instruction into its title's record; the entry is sealed in the log.

    Example:
        cocket title enter transfer.json
    """
    data = read_file(Path(file))
    asked = read_instruction(data)
    with open_service(settings_of(**home_option(home)), lambda one: one.credentials.titles) as titles:
        book = titles.enter_title(OPERATOR, asked)
    _tell(book, json_lines)


@app.command("book")
def book_of(title: TitleArgument, home: HomeOption = None, _as_json: AlwaysJsonOption = False) -> None:
    """Print the record of a title that this instance holds, as JSON for its parties.

    Example:
        cocket title book 5b…5b > bill.book.json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.credentials.titles) as titles:
        json_line(titles.title_book(OPERATOR, read_title_id(title)))


@app.command("check")
def check(
    book: Annotated[Path, typer.Argument(metavar="BOOK", help="A title's record, as issued by a registrar.")],
    registrar: Annotated[
        str,
        typer.Option(
            "--registrar",
            metavar="KEY",
            help="The registrar's public key, obtained from another source.",
            show_default=False,
        ),
    ],
    json_lines: JsonOption = False,
) -> None:
    """Check a registrar's record of a title entry by entry, offline. The registrar's log and its witnesses show that it is complete.

    Exit 1: the record was changed, or is another registrar's. Exit 2: the file cannot be read as a record, or KEY as a public key.

    Example:
        cocket title check bill.book.json --registrar z6Mk…
    """
    try:
        PublicKey.from_multikey(registrar)
    except ProofError as error:
        raise SettingsError(f"{registrar} is not the public key of a registrar.", code="key-kind") from error
    data = read_file(book)
    try:
        found = read_book(data)
    except ProofError as error:
        if error.code == "title-unreadable":
            raise
        _fail(book, error, json_lines)
    if found.registrar != registrar:
        says = f"The record belongs to another registrar: {found.registrar}."
        _fail(book, ProofError(says, code="title-registrar", expected=registrar, found=found.registrar), json_lines)
    _tell(found, json_lines)


def _fail(book: Path, error: ProofError, json_lines: bool) -> NoReturn:
    """Say that a record does not hold, and end so."""
    complain(shown(f"{book} does not hold: {error.message}"))
    if json_lines:
        said = {"code": error.code, "message": error.message, "expected": error.expected, "found": error.found}
        json_line({"file": str(book), "holds": False, "error": said})
    raise typer.Exit(1)


def _tell(book: Book, json_lines: bool) -> None:
    if json_lines:
        json_line(book)
        return
    as_of = (
        f" as of {shown(book.entries[-1].at)}, its last entry here; later ones are with the registrar"
        if book.entries
        else ""
    )
    entries = counted(len(book.entries), "entry", "entries")
    typer.echo(f"{book.title_id}: {entries}. {standing_of(book.title).removesuffix('.')}{as_of}.")
