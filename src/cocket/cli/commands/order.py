# SPDX-License-Identifier: Apache-2.0
"""`cocket order`: control orders on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator_of
from cocket.cli.base.output import HomeOption, JsonOption, json_line, out, shown
from cocket.errors import StoreError
from cocket.workbench.base.formats import Clock
from cocket.workbench.base.languages import spoken
from cocket.workbench.base.visits import consignment_path
from cocket.workbench.consignment.order_pdf import languages_of, write_order

app = typer.Typer(name="order", no_args_is_help=True, help="Control orders on paper.")

#: Who the operator of this machine is, as records name him.
_OPERATOR = operator_of("cli")


@app.command("pdf")
def pdf(
    consignment: Annotated[str, typer.Argument(metavar="CONSIGNMENT", help="ID of the consignment.")],
    target: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write.")],
    tag: Annotated[str, typer.Option("--language", help=f"First language of the sheet: {', '.join(spoken())}.")] = "en",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Write the control order of a consignment as PDF, in two languages, with a code that opens its proof.

    Each copy is recorded and counted on the sheet, like a print from the page. The code leads to `workbench_url`, else to
    the host and port of the workbench.

    Exit 1: there is no such consignment, or no order for it.

    Examples:
        cocket order pdf 01a21032-dbd8-7236-9320-ac0953c99041 --out order.pdf

        cocket order pdf 01a21032-dbd8-7236-9320-ac0953c99041 --out ordre.pdf --language fr
    """
    known = spoken()
    if tag not in known:
        raise typer.BadParameter(f"{tag} is none of {', '.join(known)}.", param_hint="--language")
    settings = settings_of(**home_option(home))
    with open_service(settings, lambda one: one.queries.order_sheets) as sheets:
        sheet = sheets.sheet(_OPERATOR, consignment)
    address = settings.workbench_url or f"http://{settings.workbench_host}:{settings.workbench_port}"
    proof = f"{address.rstrip('/')}{consignment_path(consignment)}/order/proof"
    clock = Clock(known[tag], ZoneInfo(settings.time_zone))
    content = write_order(sheet, (settings.administration, _OPERATOR.id), clock, languages_of(known[tag]), proof)
    try:
        target.write_bytes(content)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}.", code="file-unwritable") from error
    if json_lines:
        json_line({"file": str(target), "consignment": consignment, "copy": sheet.copy, "leaf": sheet.index})
    else:
        out.print(shown(f"{target}: copy {sheet.copy}"), markup=False, highlight=False, soft_wrap=True)
