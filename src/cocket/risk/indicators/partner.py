# SPDX-License-Identifier: Apache-2.0
"""The rule that passes on what a partner administration's records say."""

from __future__ import annotations

from cocket.risk.facts import Case
from cocket.risk.features import Measurements
from cocket.risk.indicators.rule import Arguments

_MOST = 2


def partner_differs(case: Case, measured: Measurements) -> Arguments | None:
    """A partner administration has the same shipment otherwise: {differences}.

    A difference is a question, not a fraud: what is known to make sides differ is taken off first. A partner's record that fits none of
    ours surely, or that is used without an agreement in force, says nothing here.

    Source: WCO, Guidelines on Data Analytics and on bilateral exchange of information (Globally Networked Customs, Utility Block of
    commercial fraud); IMTS 2010 Compilers Manual, 17 (mirror statistics).
    """
    if not case.mirror:
        return None
    more = len(case.mirror) - _MOST
    return {"differences": "; ".join((*case.mirror[:_MOST], *([f"(+{more})"] if more > 0 else [])))}
