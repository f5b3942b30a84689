# SPDX-License-Identifier: Apache-2.0
"""From what an auditor entered to what is recorded: each problem is said beside its field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

import msgspec

from cocket.control.audit import Difference, LineFinding
from cocket.model import Amount
from cocket.workbench.base.labels import _
from cocket.workbench.control.audit_labels import CONCLUSIONS, WHAT

#: Differences that the form has room for.
PLACES: Final = (1, 2, 3)

_AMOUNT: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,4})?\Z")
_CURRENCY: Final = re.compile(r"[A-Z]{3}\Z")
_BLANKS: Final = re.compile(r"[\s\u00a0\u202f]")
_LONGEST: Final = 4000


def read_finding(fields: Mapping[str, str], consignment: str, item: int) -> tuple[LineFinding | None, dict[str, str]]:
    """What was found on a line, from the fields of the form.

    Args:
        fields: `conclusion`, `what1`…`what3` with `declared` and `found`, `currency`, `duty`, `penalty`, `is_disclosed`,
            `note` (each 0..1). What belongs to irregular lines alone counts for these alone.
        consignment: Stable id.
        item: Goods item (1-based).

    Returns:
        The finding, None while something is wrong; and field → what is wrong with it, as a sentence.
    """
    conclusion, note = fields.get("conclusion", ""), fields.get("note", "").strip()
    is_irregular = conclusion == "irregular"
    duty, problems = read_amount(fields, "duty") if is_irregular else (None, {})
    penalty, more = read_amount(fields, "penalty") if is_irregular else (None, {})
    problems = problems | more
    differences, more = _differences(fields) if is_irregular else ((), {})
    problems |= more
    if conclusion not in CONCLUSIONS:
        problems["conclusion"] = _("Enter what the records show.")
    if len(note) > _LONGEST:
        problems["note"] = _("The note must be at most 4000 characters.")
    if conclusion == "not-verified" and not note:
        problems["note"] = _("Enter in the note what could not be verified.")
    if problems:
        return None, problems
    told = {
        "consignment": consignment,
        "item": item,
        "conclusion": conclusion,
        "differences": differences,
        "additional_duty": duty,
        "penalty": penalty,
        "is_disclosed": fields.get("is_disclosed") == "on",
        "note": note or None,
    }
    return msgspec.convert(told, LineFinding), {}


def read_amount(fields: Mapping[str, str], name: str) -> tuple[Amount | None, dict[str, str]]:
    """An amount with the form's one currency; None if none was entered, or if something is wrong with it."""
    text, currency = _BLANKS.sub("", fields.get(name, "")), fields.get("currency", "").strip().upper()
    if not text:
        return None, {}
    if not _AMOUNT.match(text):
        return None, {name: _("Enter the amount in figures, such as 41200.00.")}
    if not _CURRENCY.match(currency):
        return None, {"currency": _("Enter the three-letter currency code, such as USD.")}
    return Amount(Decimal(text), currency), {}


def day_of(text: str) -> date | None:
    """A day as `2026-11-25`; None if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _differences(fields: Mapping[str, str]) -> tuple[tuple[Difference, ...], dict[str, str]]:
    differences, problems = [], {}
    for place in PLACES:
        what, declared, found = (fields.get(f"{name}{place}", "").strip() for name in ("what", "declared", "found"))
        if not what and not declared and not found:
            continue
        if what not in WHAT:
            problems[f"what{place}"] = _("Enter what was declared incorrectly.")
        elif not found:
            problems[f"found{place}"] = _("Enter what was found.")
        else:
            told = {"what": what, "declared": declared or None, "found": found}
            differences.append(msgspec.convert(told, Difference))
    if not differences and not problems:
        problems["what1"] = _("Enter what was declared incorrectly.")
    return tuple(differences), problems
