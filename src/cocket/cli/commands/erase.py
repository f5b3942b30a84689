# SPDX-License-Identifier: Apache-2.0
"""`cocket erase`: destroy what the house keeps of a consignment or message; the log keeps a commitment nobody can open."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from cocket.cli.base.instance_access import home_option, need_home, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, json_line, out
from cocket.pipeline import open_database, open_stores
from cocket.pipeline.operations.erasure import Erasure, ErasurePlan


def erase(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="Id of the consignment, or of a message of none.")],
    reason: Annotated[str, typer.Option("--reason", help="Reason, and who ordered it; sealed with the erasure.")],
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Erase a consignment with all its messages and everything derived from them. This cannot be undone.

    Keys and nonces are destroyed, rows deleted, and the erasure itself is sealed. The log still verifies, and so do
    receipts that people hold. What remains, and in whose hands: docs/explanation/governance/erasure.md.

    Examples:
        cocket erase 01a21032-dbd8-7236-9320-ac0953c99041 --reason "order 17/2026 of the data protection officer"

        cocket erase 01a21032-dbd8-7236-9320-ac0953c99041 --reason "retention period over" --yes --json
    """
    settings = settings_of(**home_option(home))
    need_home(settings)
    with open_database(settings) as server:
        stores = open_stores(settings, server.dsn)
        try:
            desk = Erasure(stores)
            plan = desk.plan_erasure(wanted)
            if not is_sure:
                _say(plan, "To be erased permanently")
                typer.confirm("Erase it?", abort=True)
            done = desk.erase(wanted, who=operator().id, reason=reason)
        finally:
            stores.database.close()
    if json_lines:
        json_line(msgspec.to_builtins(done))
    else:
        _say(done, "Erased")
        out.print(f"Leaves that can no longer be decrypted: {len(done.leaves)}", markup=False, highlight=False)
        if done.device_messages:
            out.print(f"Device messages as received: {done.device_messages}", markup=False, highlight=False)


def _say(plan: ErasurePlan, what: str) -> None:
    counts = f"{plan.consignments} dossiers, {plan.messages} messages, {plan.records} records about them"
    out.print(f"{what}: {counts}.", markup=False, highlight=False)
    for message in plan.kept:
        out.print(f"Message {message} is kept: other consignments depend on it.", markup=False, highlight=False)
