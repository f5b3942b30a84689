# SPDX-License-Identifier: Apache-2.0
"""Who runs commands: the operator of the machine, for the purpose and in the case that the command line states."""

from __future__ import annotations

import os
import pwd

from cocket.cli.base.output import shown
from cocket.governance import Principal, stating

_STATED = {"purpose": "", "case": ""}


def state(name: str, value: str | None) -> None:
    """Keep what the command line states for the rest of this process.

    Args:
        name: `purpose` or `case`.
        value: What it states; None for nothing.
    """
    _STATED[name] = value or ""


def machine_account() -> str:
    """The account of the machine under which this process runs: its name, or its number if it has none.

    The system is asked, never the environment: who may set `LOGNAME` would otherwise be anybody.
    """
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def operator() -> Principal:
    """Whoever works at this machine, under the name that looks are sealed with."""
    return operator_of(f"cli:{shown(machine_account())}")


def operator_of(name: str) -> Principal:
    """Whoever may run commands on this machine, as governance knows him: bound to no office.

    Args:
        name: As which he stands in sealed records.

    Raises:
        SenderError: There is no such purpose.
    """
    return stating(Principal(id=name, kind="officer", roles=("supervisor",)), _STATED["purpose"], _STATED["case"])
