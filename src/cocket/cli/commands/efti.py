# SPDX-License-Identifier: Apache-2.0
"""`cocket efti`: payloads of eFTI as files, for an access point of eDelivery, and cutting data sets to subsets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import uuid4

import msgspec
import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, json_line, out, shown
from cocket.errors import SenderError, SettingsError
from cocket.exchange.efti_messages import (
    TYPES,
    IdentifierQuery,
    IdentifierResponse,
    Uil,
    UilQuery,
    UilResponse,
    check_token,
    checked_identifier,
    read_payload,
    write_payload,
)
from cocket.standards.efti import cut_to_subsets
from cocket.standards.efti.subsets import every_subset

app = typer.Typer(
    name="efti",
    no_args_is_help=True,
    help="eFTI: answer and write payloads that an access point of eDelivery (AS4) carries, and cut data sets to subsets.",
)

OutOption = Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write.")]


@app.command("answer")
def answer(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Payload that the access point handed on.")],
    party: Annotated[
        str,
        typer.Option(
            "--from", metavar="SENDER", help="Who sent it, as its agreement names it: what the access point proved."
        ),
    ],
    file_out: OutOption,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Answer a payload as the eFTI gate that this installation is: identifiers, a dataset, a follow-up, or identifiers to keep.

    The access point proves who the sender is and carries the answer; AS4 is its affair.

    Example:
        cocket efti answer query.xml --from GATE-FI --out response.xml
    """
    principal = msgspec.structs.replace(operator(), roles=("supervisor", "agency"), senders=(party,))
    payload = read_payload(read_file(file))
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.efti) as gate:
        made = gate.answer(principal, payload)
    _write(file_out, write_payload(made))
    status = getattr(made, "status", "")
    if json_lines:
        json_line({"file": str(file_out), "kind": type(made).__name__, "status": status})
    else:
        out.print(shown(f"{file_out}: {type(made).__name__} {status}"), markup=False, highlight=False)


@app.command("requests")
def requests(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Show how many datasets the gate knows of, and what it answered, newest first; the look is sealed.

    Example:
        cocket efti requests
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.efti) as gate:
        found = gate.held(operator())
    if json_lines:
        json_line(found)
        return
    out.print(f"{found.gate or 'No gate'}: {found.datasets} datasets", highlight=False)
    for one in found.requests:
        told = f"{one.at:%Y-%m-%d %H:%M} UTC {one.party} {one.kind}: {one.status} {one.problem}".rstrip()
        out.print(shown(told), markup=False, highlight=False, soft_wrap=True)


@app.command("query")
def query(
    file_out: OutOption,
    identifier: Annotated[str, typer.Option("--identifier", help="Ask which consignments are known by this.")] = "",
    types: Annotated[
        str, typer.Option("--types", help="Of these types, divided by commas: means, equipment, carried.")
    ] = "",
    uil: Annotated[
        str, typer.Option("--uil", metavar="GATE/PLATFORM/DATASET", help="Ask for this dataset instead.")
    ] = "",
    subsets: Annotated[str, typer.Option("--subsets", help="With --uil: subsets, divided by commas.")] = "",
    json_lines: JsonOption = False,
) -> None:
    """Write a question to another gate, for an access point to carry.

    Example:
        cocket efti query --identifier CSQU3054383 --types equipment,carried --out query.xml
        cocket efti query --uil FI/PLATFORM1/12345678-ab12-4ab6-8999-123456789abc --subsets EU01 --out query.xml
    """
    request = str(uuid4())
    if bool(identifier) == bool(uil):
        raise typer.BadParameter("Give --identifier or --uil.")
    if identifier:
        named = tuple(one.strip() for one in types.split(",") if one.strip())
        if unknown := [one for one in named if one not in TYPES]:
            raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(TYPES)}.")
        made = write_payload(
            IdentifierQuery(request=request, identifier=checked_identifier(identifier.strip()), types=named)  # type: ignore[arg-type]
        )
    else:
        wanted = tuple(one.strip() for one in subsets.split(",") if one.strip())
        parts = uil.split("/")
        if len(parts) != 3 or not wanted:
            raise typer.BadParameter("--uil is GATE/PLATFORM/DATASET, and needs --subsets.")
        for one in (*parts, *wanted):
            check_token(one, "link and subset")
        where = Uil(gate=parts[0], platform=parts[1], dataset=parts[2])
        made = write_payload(UilQuery(request=request, uil=where, subsets=wanted))
    _write(file_out, made)
    if json_lines:
        json_line({"file": str(file_out), "request": request})
    else:
        out.print(shown(f"{file_out}: request {request}"), markup=False, highlight=False)


@app.command("read")
def read_answer(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Payload that the access point handed on.")],
    file_out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="File to write the dataset of an answer to.")
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """Read a payload: what is asked, what was found, or the dataset, which `cocket lodge` sends as a paper.

    Example:
        cocket efti read response.xml --out dataset.xml
    """
    payload = read_payload(read_file(file))
    if isinstance(payload, UilResponse) and payload.dataset and file_out is not None:
        _write(file_out, payload.dataset)
    if json_lines:
        json_line({"kind": type(payload).__name__, **msgspec.to_builtins(payload)})
        return
    told = f"{type(payload).__name__} {getattr(payload, 'status', '')} {getattr(payload, 'description', '')}"
    out.print(shown(" ".join(told.split())), markup=False, highlight=False, soft_wrap=True)
    for one in payload.found if isinstance(payload, IdentifierResponse) else ():
        names = ", ".join(f"{kind} {value}" for kind, value in one.identifiers.names)
        link = f"    {one.uil.gate}/{one.uil.platform}/{one.uil.dataset}: {names}"
        out.print(shown(link), markup=False, highlight=False, soft_wrap=True)


@app.command("cut")
def cut(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A data set: a consignment of the common data set.")],
    subsets: Annotated[
        str, typer.Option("--subsets", help="Subsets, divided by commas; two letters for all of a state.")
    ],
    file_out: OutOption,
    json_lines: JsonOption = False,
) -> None:
    """Cut a data set to subsets, as a platform does before it gives one.

    Example:
        cocket efti cut dataset.xml --subsets EU01,FI --out cut.xml
    """
    wanted = tuple(one.strip() for one in subsets.split(",") if one.strip())
    known = every_subset()
    if unknown := [one for one in wanted if one not in known and not any(each[:2] == one for each in known)]:
        raise SenderError(f"There is no subset {unknown[0]}.", code="efti-subsets", found=unknown[0][:40])
    _write(file_out, cut_to_subsets(read_file(file), wanted))
    if json_lines:
        json_line({"file": str(file_out), "subsets": wanted})
    else:
        out.print(shown(f"{file_out}: cut to {', '.join(wanted)}"), markup=False, highlight=False)


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}.") from error
