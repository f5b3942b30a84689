# SPDX-License-Identifier: Apache-2.0
"""The declaration of value among the papers of a dossier."""

from __future__ import annotations

from cocket.consignment import Paper
from cocket.model import ValueDeclaration


def value_form_of(papers: tuple[Paper, ...]) -> ValueDeclaration | None:
    """The declaration of value that came last; None if none did."""
    forms = [paper.document for paper in papers if paper.standing == "accepted"]
    return next((form for form in reversed(forms) if isinstance(form, ValueDeclaration)), None)
