# SPDX-License-Identifier: Apache-2.0
"""`cocket erase`: propose to destroy what the house keeps of a consignment or message; the log keeps a commitment nobody can open."""

from __future__ import annotations

from typing import Annotated

import typer

from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, out
from cocket.cli.commands.proposals import tell_proposed
from cocket.pipeline.operations.erasure import ErasurePlan


def erase(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="Id of the consignment, or of a message of none.")],
    reason: Annotated[str, typer.Option("--reason", help="Reason, and who ordered it; sealed with the erasure.")],
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Propose to erase a consignment with all its messages and everything derived from them. This cannot be undone.

    Another person approves it (cocket proposals, or the page), and then it is erased at once, if it still is what was proposed.
    Keys and nonces are destroyed, rows deleted, and the erasure itself is sealed. The log still verifies, and so do
    receipts that people hold. What remains, and in whose hands: docs/explanation/governance/erasure.md.

    Examples:
        cocket erase 01a21032-dbd8-7236-9320-ac0953c99041 --reason "order 17/2026 of the data protection officer"

        cocket erase 01a21032-dbd8-7236-9320-ac0953c99041 --reason "retention period over" --yes --json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.retention) as retention:
        plan = retention.plan_order(operator(), wanted)
        if not is_sure:
            _say(plan, "To be erased permanently")
            typer.confirm("Propose it?", abort=True)
        tell_proposed(retention.propose_order(operator(), wanted, reason).proposal, json_lines)


def _say(plan: ErasurePlan, what: str) -> None:
    counts = f"{plan.consignments} dossiers, {plan.messages} messages, {plan.records} records about them"
    out.print(f"{what}: {counts}.", markup=False, highlight=False)
    if plan.archived:
        kept = f"{plan.archived} of the records and messages are in files of the archive"
        words = f"{kept}: they stay there, and no one can decrypt them then."
        out.print(words, markup=False, highlight=False, soft_wrap=True)
    for message in plan.kept:
        out.print(f"Message {message} is kept: other consignments depend on it.", markup=False, highlight=False)
