# SPDX-License-Identifier: Apache-2.0
"""`cocket title`: whether a document of title is whole, and, apart from it, where its title stands; and acts on a title."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, get_args

import msgspec
import typer

from cocket.cli.base.chains import (
    AccountOption,
    BehindOption,
    ChainIdOption,
    RpcOption,
    account_in,
    chain_at,
    told,
)
from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.output import HomeOption, JsonOption, json_line, shown
from cocket.cli.commands.aeo import OPERATOR
from cocket.credentials import SigningKey, verify_paper
from cocket.credentials.title import (
    Act,
    ActKind,
    Title,
    TitleVerdict,
    TransferableRecord,
    judge_title,
    transferable_record,
)
from cocket.errors import PartnerError, SenderError, UnreadableError
from cocket.exchange.title_chain import TokenRegistry
from cocket.exchange.transactions import Account
from cocket.pipeline.base.secret_files import make_secret, read_secret
from cocket.pipeline.credentials.title_views import TitleView
from cocket.pipeline.credentials.titles import read_title_id
from cocket.standards.certificates import read_json

app = typer.Typer(
    name="title",
    no_args_is_help=True,
    help="Title to goods (electronic bills of lading): check who holds it, follow it, record it.",
    pretty_exceptions_enable=False,
)

KINDS: tuple[ActKind, ...] = get_args(ActKind)

KindArgument = Annotated[str, typer.Argument(metavar="ACT", help=", ".join(KINDS) + ".", show_default=False)]
TitleArgument = Annotated[str, typer.Argument(metavar="TITLE", help="The title: 64 hex digits.", show_default=False)]
BeneficiaryOption = Annotated[
    str | None, typer.Option("--beneficiary", metavar="PARTY", help="Beneficiary, or nominee.")
]
HolderOption = Annotated[str | None, typer.Option("--holder", metavar="PARTY", help="New holder.")]
RemarkOption = Annotated[
    str, typer.Option("--remark", help="Remark, at most 120 bytes. It is permanent: no personal data.")
]


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A W3C credential or OpenAttestation document.")],
    rpc: Annotated[
        str | None, typer.Option("--rpc", metavar="URL", help="Node to query for the title's state.")
    ] = None,
    issuer: Annotated[
        list[Path] | None,
        typer.Option("--issuer", metavar="FILE", help="DID document of an issuer, obtained from another source."),
    ] = None,
    behind: BehindOption = 0,
    json_lines: JsonOption = False,
) -> None:
    """Verify a document of title: is it whole and its issuer's, and, apart from that, is its title in force?

    A document stays whole after its title was burned. Exit 1 unless all that was asked is answered well.

    Example:
        cocket title verify bill.json --issuer carrier-did.json --rpc http://127.0.0.1:8545 --behind 12
    """
    data = read_file(file)
    record = transferable_record(read_json(data))
    if record is None:
        raise UnreadableError("This is not a document of title: it has no registry and token.", code="title-form")
    documents = _documents(issuer or [])
    paper = verify_paper(data, documents.get, datetime.now(UTC))
    verdict = judge_title((paper.integrity, paper.issuer), record, _asked(record, rpc, behind))
    _tell(verdict, json_lines)
    is_good = verdict.is_in_force if rpc else {paper.integrity.outcome, paper.issuer.outcome} == {"passed"}
    raise typer.Exit(0 if is_good else 1)


@app.command("follow")
def follow(
    reference: Annotated[str, typer.Argument(help="The consignment: its id, or a reference it is known by.")],
    rpc: RpcOption,
    chain_id: ChainIdOption = None,
    behind: BehindOption = 0,
    state_alone: Annotated[
        bool, typer.Option("--state-alone", help="Skip its history, which takes many queries on a long chain.")
    ] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Ask the registries of a consignment's documents of title, and keep the answers; every event is sealed.

    The dossier shows them from then on. Exit 1 if a title is not in force.

    Example:
        cocket title follow XCKT0000017 --rpc http://127.0.0.1:8545 --chain-id 137 --behind 64
    """
    views: list[TitleView] = []
    with (
        open_service(settings_of(**home_option(home)), lambda one: (one.queries.records, one.credentials.titles)) as (
            records,
            titles,
        ),
        chain_at(rpc, chain_id) as chain,
    ):
        known = records.find(OPERATOR, reference)
        for one in [view.id for view in known] or [reference]:
            views += titles.follow_titles(OPERATOR, one, chain, behind, state_alone=state_alone)
    for view in views:
        if json_lines:
            json_line(view)
        else:
            typer.echo(f"{shown(view.number or view.name)}: {shown(view.says)}")
            if view.holder:
                typer.echo(f"  holder {shown(view.holder)}, beneficiary {shown(view.beneficiary or '–')}")
            typer.echo(f"  document {view.integrity.outcome}, issuer {view.issuer.outcome}")
    raise typer.Exit(int(not views or any(view.is_in_force is not True for view in views)))


@app.command("key")
def key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File of the secret key.")],
    json_lines: JsonOption = False,
) -> None:
    """Make a party's secret key, if there is none, and tell its public names.

    Example:
        cocket title key bank.key
    """
    make_secret(file)
    secret = read_secret(file)
    names = {"account": Account(secret).address, "party": SigningKey("Ed25519", secret).public.multikey}
    if json_lines:
        json_line(names)
        return
    typer.echo(f"account on a chain     {names['account']}")
    typer.echo(f"party at a registrar   {names['party']}")


@app.command("deploy")
def deploy(
    artefacts: Annotated[
        Path, typer.Option("--artefacts", metavar="DIR", help="dist/artifacts of @tradetrust-tt/token-registry 5.")
    ],
    rpc: RpcOption,
    account: AccountOption,
    name: Annotated[str, typer.Option("--name", help="Name of the registry.")] = "Bills of lading",
    symbol: Annotated[str, typer.Option("--symbol", help="Its short name.")] = "BL",
    chain_id: ChainIdOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Put up a registry of titles: TradeTrust's own contracts, unchanged. Who does it issues, burns and restores.

    Example:
        cocket title deploy --artefacts node_modules/@tradetrust-tt/token-registry/dist/artifacts --rpc URL --account carrier.key
    """
    with chain_at(rpc, chain_id) as chain:
        registry = TokenRegistry.deploy(chain, account_in(account), artefacts, name, symbol)
        said = {"registry": registry.address, "chain_id": chain.chain_id}
    json_line(said) if json_lines else typer.echo(f"registry {registry.address} on chain {said['chain_id']}")


@app.command("act")
def act(
    kind: KindArgument,
    title: TitleArgument,
    registry: Annotated[
        str, typer.Option("--registry", metavar="ADDRESS", help="The registry of titles.", show_default=False)
    ],
    rpc: RpcOption,
    account: AccountOption,
    beneficiary: BeneficiaryOption = None,
    holder: HolderOption = None,
    remark: RemarkOption = "",
    chain_id: ChainIdOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Do something with a title on a chain; the contracts keep the rules. Exit 2, with their reason, if they refuse.

    Examples:
        cocket title act mint 5b…5b --registry 0x… --beneficiary 0x… --holder 0x… --rpc URL --account carrier.key

        cocket title act transferHolder 5b…5b --registry 0x… --holder 0x… --rpc URL --account bank.key
    """
    token, who = read_title_id(title), account_in(account)
    given = Act(kind=kind_of(kind), by=who.address, beneficiary=beneficiary, holder=holder, remark=remark.encode())
    with chain_at(rpc, chain_id) as chain:
        tokens = TokenRegistry(chain, registry)
        sent = tokens.act(who, token, given)
        reading = tokens.read(token, state_alone=True)
    if json_lines:
        json_line({**told(sent), "title": msgspec.to_builtins(reading.title)})
        return
    typer.echo(f"done in block {sent.block}, {sent.gas} gas. {standing_of(reading.title)}")


def kind_of(text: str) -> ActKind:
    """An act by its name.

    Raises:
        typer.BadParameter: No file of that name.
    """
    found = next((kind for kind in KINDS if kind == text), None)
    if found is None:
        raise typer.BadParameter(f"{shown(text)} is not an act. Acts are {', '.join(KINDS)}.")
    return found


def _asked(record: TransferableRecord, rpc: str | None, behind: int) -> tuple[Title, str] | str:
    """Where a title stands and what that rests on, or why that is not known."""
    if rpc is None:
        return "Its registry was not queried."
    try:
        with chain_at(rpc, record.chain_id) as chain:
            reading = TokenRegistry(chain, record.registry).read(record.token_id, behind)
    except PartnerError as error:
        return error.message
    return reading.title, reading.as_of


def _documents(paths: list[Path]) -> dict[str, bytes]:
    """DID documents by the DID they are of."""
    found = {}
    for path in paths:
        data = read_file(path)
        document = read_json(data)
        name = document.get("id") if isinstance(document, dict) else None
        if not isinstance(name, str):
            raise SenderError(f"{path} is not a DID document.", code="did")
        found[name] = data
    return found


def _tell(verdict: TitleVerdict, json_lines: bool) -> None:
    if json_lines:
        said: dict[str, Any] = msgspec.to_builtins(verdict)
        json_line(said | {"name": verdict.record.name, "says": verdict.says, "is_in_force": verdict.is_in_force})
        return
    for check in (verdict.integrity, verdict.issuer):
        typer.echo(f"{check.name:10} {check.outcome:12} {shown(check.reason)}")
    where = f" ({shown(verdict.as_of)})" if verdict.as_of else ""
    typer.echo(
        f"{'title':10} {verdict.title.standing if verdict.title else 'not known':12} {shown(verdict.says)}{where}"
    )
    if verdict.title is not None:
        typer.echo(f"           {standing_of(verdict.title)}")


def standing_of(title: Title) -> str:
    """Where a title stands, with its parties, in a sentence."""
    parties = {"holder": title.holder, "beneficiary": title.beneficiary, "nominee": title.nominee}
    named = ", ".join(f"{role} {shown(party)}" for role, party in parties.items() if party)
    return f"Title {title.standing}{': ' + named if named else ''}."
