# SPDX-License-Identifier: Apache-2.0
"""Who runs commands: the operator of the machine, for the purpose and in the case that the command line states."""

from __future__ import annotations

from cocket.governance import Principal, stating

_STATED = {"purpose": "", "case": ""}


def state(name: str, value: str | None) -> None:
    """Keep what the command line states for the rest of this process.

    Args:
        name: `purpose` or `case`.
        value: What it states; None for nothing.
    """
    _STATED[name] = value or ""


def operator_of(name: str) -> Principal:
    """Whoever may run commands on this machine, as governance knows him: bound to no office.

    Args:
        name: As which he stands in sealed records.

    Raises:
        SenderError: There is no such purpose.
    """
    return stating(Principal(id=name, kind="officer", roles=("supervisor",)), _STATED["purpose"], _STATED["case"])
