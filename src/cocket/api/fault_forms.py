# SPDX-License-Identifier: Apache-2.0
"""Refusals in the form of the standard whose address was asked, wherever a request is refused: at the gate, before its route, or in it."""

from __future__ import annotations

from functools import partial

from cocket.api import dcsa_forms, epcis, one_record
from cocket.gate import Asked, Fault, Form


def forms_of(most_bytes: int) -> Form:
    """How a fault is put: as EPCIS, Track and Trace or ONE Record has it below their addresses, else as the house does.

    Args:
        most_bytes: Largest document that is taken, which EPCIS tells with a refusal of a larger one.
    """
    forms: tuple[tuple[str, Form], ...] = (
        (epcis.BASE, partial(epcis.formed, most_bytes=most_bytes)),
        (dcsa_forms.BASE, dcsa_forms.formed),
        (one_record.BASE, one_record.formed),
    )

    def formed(fault: Fault, asked: Asked) -> Fault:
        for base, form in forms:
            if asked.path == base or asked.path.startswith(f"{base}/"):
                return form(fault, asked)
        return fault

    return formed
