# SPDX-License-Identifier: Apache-2.0
"""What an examination found: more than a yes or no, and never a "conform" for what nobody looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from cocket.findings import Finding
from cocket.model import Amount
from cocket.risk import Facts, Outcome, day_number

Depth = Literal["not-examined", "documents", "scan", "partial", "full"]
Conclusion = Literal["not-examined", "conform", "irregular"]
Offence = Literal["revenue", "smuggling", "narcotics", "ipr", "cites", "security", "health", "other"]
Corrected = Literal["value", "classification", "origin", "quantity", "description"]


class Correction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One value that was declared otherwise than found.

    Attributes:
        item: Goods item (1-based).
        what: What was corrected.
        declared: As declared, as text; None if it was not declared at all.
        found: As found, as text, unit included.
    """

    item: int
    what: Corrected
    declared: str | None = None
    found: str


class ExaminationResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of a control order.

    Attributes:
        consignment: Stable id.
        officer: Who examined.
        examined: When, offset kept; None if nobody did.
        returned: When the result was handed in, UTC; it counts for learning from then on.
        depth: How deep the look was.
        conclusion: `conform` only if somebody looked and found nothing.
        offences: Classes of the offences found (0..n).
        corrections: What was declared otherwise than found (0..n).
        duty_recovered: Additional duty and tax; None if none was demanded.
        sample: Number of a sample sent to the laboratory; None if none was.
        is_seized: Whether goods were seized.
        note: The officer's words; None if he wrote none.
    """

    consignment: str
    officer: str
    examined: datetime | None = None
    returned: datetime
    depth: Depth
    conclusion: Conclusion
    offences: tuple[Offence, ...] = ()
    corrections: tuple[Correction, ...] = ()
    duty_recovered: Amount | None = None
    sample: str | None = None
    is_seized: bool = False
    note: str | None = None


def check_result(result: ExaminationResult) -> tuple[Finding, ...]:
    """Whether a result says one thing only.

    Returns:
        Findings (0..n); an `error` means that it cannot be taken.

    Source: Revised Kyoto Convention, General Annex, standards 3.33 to 3.39 (examination of the goods, errors).
    """
    return tuple(_contradictions(result))


def label_of(result: ExaminationResult, facts: Facts, propensity: float | None) -> Outcome | None:
    """What there is to learn from a result.

    Args:
        result: As recorded, without errors.
        facts: The declaration as it stood when it was selected.
        propensity: Chance with which it was selected (above 0); None if nobody logged it.

    Returns:
        The label; None where nobody looked at the goods: not examined, or documents only without a finding.
    """
    found = result.conclusion == "irregular"
    if result.conclusion == "not-examined" or (result.depth == "documents" and not found):
        return None
    return Outcome(facts=facts, found=found, returned=day_number(result.returned), propensity=propensity)


def _contradictions(result: ExaminationResult) -> Iterator[Finding]:
    traces = bool(result.offences or result.corrections or result.duty_recovered or result.is_seized)
    if (result.conclusion == "not-examined") != (result.depth == "not-examined"):
        yield _error(
            "result-depth", "a result that is {found} cannot have the depth {depth}", result, depth=result.depth
        )
    if result.conclusion != "not-examined" and result.examined is None:
        yield _error("result-when", "it is not said when the consignment was examined", result)
    if result.conclusion == "irregular" and not result.offences:
        yield _error("result-offence", "an irregularity needs the class of the offence", result)
    if result.conclusion != "irregular" and traces:
        yield _error(
            "result-traces", "a result that is {found} cannot have offences, corrections, duty or seizure", result
        )
    if result.duty_recovered is not None and result.duty_recovered.value < 0:
        yield _error("result-duty", "the duty recovered cannot be negative", result)
    if result.duty_recovered is not None and result.duty_recovered.currency is None:
        yield _error("result-currency", "the duty recovered has no currency", result)
    if result.examined is not None and day_number(result.examined) > day_number(result.returned):
        yield _error("result-order", "the result was handed in before the examination", result)


def _error(code: str, message: str, result: ExaminationResult, **arguments: str) -> Finding:
    return Finding(code=code, severity="error", message=message, found=result.conclusion, arguments=arguments)
