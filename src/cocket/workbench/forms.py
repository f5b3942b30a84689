# SPDX-License-Identifier: Apache-2.0
"""From what was entered to what is recorded: each problem is said beside its field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from cocket.pipeline.views import NewResult
from cocket.workbench.wording import DEPTHS, OFFENCES, _

_AMOUNT: Final = re.compile(r"\d{1,15}(?:\.\d{1,4})?\Z")
_CURRENCY: Final = re.compile(r"[A-Z]{3}\Z")
_BLANKS: Final = re.compile(r"[\s\u00a0\u202f]")
_LONGEST_NOTE: Final = 4000


class Filled(msgspec.Struct, frozen=True):
    """A form as it came back.

    Attributes:
        result: What to record; None while something is wrong.
        problems: Field → what is wrong with it, as a sentence.
    """

    result: NewResult | None
    problems: dict[str, str]


def read_result(fields: Mapping[str, str]) -> Filled:
    """What an officer found, from the fields of the form.

    Args:
        fields: `depth`, `found` (yes or no), `offence`, `duty`, `currency`, `note` (each 0..1).
    """
    depth = fields.get("depth", "")
    is_examined = depth != "not-examined"
    is_found = {"yes": True, "no": False}.get(fields.get("found", "")) if is_examined else None
    offence = fields.get("offence", "") if is_found else ""
    duty = _BLANKS.sub("", fields.get("duty", "")) if is_found else ""
    currency = fields.get("currency", "").strip().upper()
    note = fields.get("note", "").strip()
    checks = {
        "depth": (depth in DEPTHS, _("Say how deep the examination went.")),
        "found": (not is_examined or is_found is not None, _("Say whether you found an irregularity.")),
        "offence": (not is_found or offence in OFFENCES, _("Say what kind of irregularity it was.")),
        "duty": (not duty or bool(_AMOUNT.match(duty)), _("Write the amount in figures, such as 41200.00.")),
        "currency": (
            not duty or bool(_CURRENCY.match(currency)),
            _("Write the three letters of the currency, such as USD."),
        ),
        "note": (is_examined or bool(note), _("Say in the note why nothing was examined.")),
        "length": (len(note) <= _LONGEST_NOTE, _("Keep the note to 4000 characters.")),
    }
    problems = {name: says for name, (is_right, says) in checks.items() if not is_right}
    if "length" in problems:
        problems["note"] = problems.pop("length")
    if problems:
        return Filled(None, problems)
    recorded = {
        "depth": depth,
        "found": is_found,
        "offence": offence or None,
        "duty_recovered": duty or None,
        "currency": currency if duty else None,
        "note": note or None,
    }
    return Filled(msgspec.convert(recorded, NewResult), {})
