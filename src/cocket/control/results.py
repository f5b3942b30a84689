# SPDX-License-Identifier: Apache-2.0
"""What an examination found: more than a yes or no, and never a "conform" for what nobody looked at.

A result is never changed. What is learnt later, from a laboratory or a second look, is a further result that amends it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec

from cocket.control.entry import Scope, broken, known_codes
from cocket.control.found import (
    DIGEST,
    Evidence,
    ExaminedItem,
    PackageCount,
    Sample,
    SeenContainer,
    SeenSeal,
    Seizure,
    in_unit_of,
)
from cocket.control.offences import Offence
from cocket.findings import Finding
from cocket.model import Amount
from cocket.risk import Corrected, Facts, Outcome, day_number

Depth = Literal["not-examined", "documents", "scan", "partial", "full"]
Conclusion = Literal["not-examined", "pending", "conform", "irregular"]

#: What an item was found to differ in → the offence that it is.
_OF_DIFFERENCE: Final[dict[str, Offence]] = {
    "value": "undervaluation",
    "classification": "classification",
    "origin": "origin",
    "quantity": "quantity",
}

_PLACE: Final = re.compile(r"\{(\w+)\}")


class Confirmed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A question that an examiner was asked of his result, and answered "as entered".

    Attributes:
        code: Code of the rule that asks.
        of: Item or container it was about; None where it was about the result.
    """

    code: str
    of: str | None = None


class ExaminationResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of a control order.

    Attributes:
        consignment: Stable id.
        order: Control order it came of; None in records of before, and of a host's.
        office: Customs office of the declaration; None if not known.
        carried_out_at: Office where the order was carried out; None if not known, and in records of before.
        officer: Who examined.
        examined: When, offset kept; None if nobody did.
        returned: When the result was handed in, UTC; it counts for learning from then on.
        amends: Id of the result that this one takes the place of; None if it is the first.
        selected: Why the consignment was chosen (`score`, `random`, `rule`, `intelligence`, `override` …); None if not
            known.
        depth: How deep the look was.
        conclusion: `conform` only if somebody looked and found nothing; `pending` while only a laboratory can tell.
        offences: Classes of the offences found, the gravest first (0..n).
        items: Items declared otherwise than found (0..n).
        duty_recovered: Additional duty and tax; None if none was demanded.
        duty_basis: Whether the officer gave it or it was computed from declared and found; None if there is none.
        sample: The sample sent to a laboratory; None if none was.
        seizures: What was seized (0..n).
        evidence: What proves it (0..n).
        note: Words for the file.
        containers: Containers that were looked for (0..n).
        seals: Seals that were looked at (0..n).
        packages: Packages counted; None if nobody counted.
        own_id: Id that the examiner's device gave it, by which it is recorded once however often it is sent; None where
            it came from no device.
        confirmed: Questions about it that its examiner answered with "as entered" (0..n).
    """

    consignment: str
    order: str | None = None
    office: str | None = None
    carried_out_at: str | None = None
    officer: str
    examined: datetime | None = None
    returned: datetime
    amends: str | None = None
    selected: str | None = None
    depth: Depth
    conclusion: Conclusion
    offences: tuple[Offence, ...] = ()
    items: tuple[ExaminedItem, ...] = ()
    duty_recovered: Amount | None = None
    duty_basis: Literal["given", "computed"] | None = None
    sample: Sample | None = None
    seizures: tuple[Seizure, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    note: str | None = None
    containers: tuple[SeenContainer, ...] = ()
    seals: tuple[SeenSeal, ...] = ()
    packages: PackageCount | None = None
    own_id: str | None = None
    confirmed: tuple[Confirmed, ...] = ()

    @property
    def is_found(self) -> bool | None:
        """Whether an irregularity was found; None while nobody knows: nobody looked, or a laboratory has yet to say."""
        return {"irregular": True, "conform": False}.get(self.conclusion)


def check_result(result: ExaminationResult) -> tuple[Finding, ...]:
    """Whether a result says one thing only.

    Returns:
        Findings (0..n); an `error` means that it cannot be taken.

    Source: Revised Kyoto Convention, General Annex, standards 3.33 to 3.39 (examination of the goods, errors, samples).
    """
    return (
        *_contradictions(result),
        *_of_sample(result),
        *_of_ticks(result),
        *_of_items(result),
        *_of_seizures(result),
        *(found for found in _of_entry(result) if found.severity == "error"),
    )


def questions(result: ExaminationResult) -> tuple[Finding, ...]:
    """What of a result is so unlikely that its examiner is asked once whether he means it.

    Returns:
        Findings of severity `warning` (0..n); the argument `of` of each says of which item or container it is.
    """
    return tuple(found for found in _of_entry(result) if found.severity == "warning")


def confirmed(result: ExaminationResult) -> tuple[Finding, ...]:
    """Of these the ones that its examiner was asked, and kept (0..n)."""
    kept = set(result.confirmed)
    return tuple(one for one in questions(result) if Confirmed(one.code, one.arguments.get("of")) in kept)


def taught_by(result: ExaminationResult) -> bool | None:
    """Whether something was found, as far as that teaches anything; None where it does not, as in `label_of`."""
    found = result.is_found
    return None if found is None or (result.depth == "documents" and not found) else found


def label_of(result: ExaminationResult, facts: Facts, propensity: float | None) -> Outcome | None:
    """What there is to learn from a result.

    Args:
        result: As recorded, without errors.
        facts: The declaration as it stood when it was selected.
        propensity: Chance with which it was selected (above 0); None if nobody logged it.

    Returns:
        The label, which counts from when this result was returned; None where there is nothing to learn: nobody looked
        at the goods, only at documents and found nothing, or a laboratory has yet to say.
    """
    found = taught_by(result)
    if found is None:
        return None
    recovered = result.duty_recovered
    return Outcome(
        facts=facts,
        found=found,
        returned=day_number(result.returned),
        propensity=propensity,
        offence=result.offences[0] if found and result.offences else None,
        recovered=float(recovered.value) if found and recovered else None,
        items={one.item: offence for one in result.items if found and (offence := _offence_of(one, result.offences))},
        corrected={one.item: told for one in result.items if found and (told := _correction_of(one)).is_known},
    )


def more_than(label: Outcome, taught: Outcome) -> Outcome | None:
    """What a further result of an examination adds to one that came to the same conclusion: corrections alone.

    Args:
        label: What it would teach by itself.
        taught: What the result teaches that it amends.

    Returns:
        None where it corrects nothing that was not corrected before.
    """
    new = {item: told for item, told in label.corrected.items() if taught.corrected.get(item) != told}
    return msgspec.structs.replace(label, corrected=new, adds=True) if new else None


def _correction_of(item: ExaminedItem) -> Corrected:
    """How an item was found, as far as it can be held against what was declared: amounts of one currency, quantities of like units."""
    declared, found, differences = item.declared, item.found, item.differences
    value = quantity = None
    if "value" in differences and declared.value and found.value and declared.value.currency == found.value.currency:
        value = _ratio(found.value.value, declared.value.value)
    if "quantity" in differences and declared.quantity and found.quantity:
        alike = in_unit_of(found.quantity, declared.quantity)
        quantity = None if alike is None else _ratio(alike.value, declared.quantity.value)
    code = "".join(filter(str.isdigit, found.classification or ""))
    stated = "".join(filter(str.isdigit, declared.classification or ""))
    return Corrected(
        value_ratio=value,
        quantity_ratio=quantity,
        hs=code if code and code != stated else None,
        origin=found.origin if "origin" in differences and found.origin else None,
    )


def _ratio(found: Decimal, declared: Decimal) -> float | None:
    return float(found / declared) if found > 0 and declared > 0 else None


def _offence_of(item: ExaminedItem, offences: Sequence[Offence]) -> Offence | None:
    """What was found of one item: of its differences the first that is an offence of the result, else the first."""
    named = [_OF_DIFFERENCE[one] for one in item.differences if one in _OF_DIFFERENCE]
    told = [one for one in named if one in offences] or named
    return told[0] if told else offences[0] if item.differences and offences else None


def _contradictions(result: ExaminationResult) -> Iterator[Finding]:
    traces = bool(result.offences or result.items or result.duty_recovered or result.seizures)
    if (result.conclusion == "not-examined") != (result.depth == "not-examined"):
        yield _error(
            "result-depth", "a result that is {found} cannot have the depth {depth}", result, depth=result.depth
        )
    if result.conclusion != "not-examined" and result.examined is None:
        yield _error("result-when", "the time of the examination is missing", result)
    if result.conclusion != "irregular" and traces:
        yield _error(
            "result-traces", "a result that is {found} cannot have offences, corrections, duty or seizure", result
        )
    if result.duty_recovered is not None and result.duty_recovered.value < 0:
        yield _error("result-duty", "the duty recovered cannot be negative", result)
    if result.duty_recovered is not None and result.duty_recovered.currency is None:
        yield _error("result-currency", "the duty recovered has no currency", result)


def _of_sample(result: ExaminationResult) -> Iterator[Finding]:
    is_open = result.sample is not None and result.sample.answer is None
    if result.conclusion == "pending" and not is_open:
        yield _error("result-sample", "only a pending sample keeps a result open", result)
    if result.conclusion == "conform" and is_open:
        yield _error("result-sample", "a result cannot be {found} before the laboratory has answered", result)
    if result.conclusion == "not-examined" and (result.sample or result.evidence):
        yield _error("result-unseen", "goods that were not examined have neither sample nor evidence", result)
    if result.sample is not None and not result.sample.number.strip():
        yield _error("result-sample-number", "the sample needs its number", result)


def _of_ticks(result: ExaminationResult) -> Iterator[Finding]:
    """What was ticked and counted where nobody looked."""
    if result.conclusion == "not-examined" and (result.packages or result.containers or result.seals):
        yield _error("result-unseen", "goods that were not examined have neither ticks nor counts", result)


def _of_items(result: ExaminationResult) -> Iterator[Finding]:
    seen: set[int] = set()
    for one in result.items:
        item = str(one.item)
        if one.item < 1 or one.item in seen:
            yield _error("result-item", "item {item} does not exist, or appears twice", result, item=item)
        seen.add(one.item)
        if not one.differences:
            yield _error("result-item-same", "item {item} was found as declared", result, item=item)


def _of_seizures(result: ExaminationResult) -> Iterator[Finding]:
    for number, seizure in enumerate(result.seizures, start=1):
        place = str(number)
        if not seizure.goods.strip():
            yield _error("seizure-goods", "what was seized is missing (seizure {place})", result, place=place)
        if seizure.offence not in result.offences:
            yield _error("seizure-offence", "seizure {place} is for an offence that was not found", result, place=place)
        if seizure.quantity is not None and seizure.quantity.value <= 0:
            yield _error("seizure-quantity", "the quantity of seizure {place} must be above zero", result, place=place)
    for one in result.evidence:
        if not DIGEST.match(one.sha256):
            yield _error("evidence-digest", "{name} has no SHA-256 of 64 hexadecimal digits", result, name=one.name)
        if one.kept is None and one.record is None:
            yield _error("evidence-kept", "the place where {name} is stored is missing", result, name=one.name)


def _of_entry(result: ExaminationResult) -> Iterator[Finding]:
    """What the rules of entry say, which a phone applies too while the result is typed."""
    told: list[tuple[Scope, str | None, dict[str, Any]]] = [("result", None, _facts_of_result(result))]
    told += [("item", str(one.item), _facts_of_item(one)) for one in result.items]
    told += [("container", one.number, {"found": one.found}) for one in result.containers if one.state == "other"]
    told += [("seal", one.number, {"found": one.found}) for one in result.seals if one.state == "other"]
    for scope, of, facts in told:
        for rule in broken(scope, {**facts, **known_codes()}):
            said = {name: _written(facts.get(name)) for name in _PLACE.findall(rule.message)}
            arguments = {**said, **({"of": of} if of is not None and rule.severity == "warning" else {})}
            yield Finding(
                code=rule.code,
                severity=rule.severity,
                message=rule.message,
                found=result.conclusion,
                arguments=arguments,
            )


def _facts_of_item(one: ExaminedItem) -> dict[str, Any]:
    found, declared = one.found, one.declared
    compared = in_unit_of(found.quantity, declared.quantity) if found.quantity and declared.quantity else None
    return {
        "item": one.item,
        "quantity": found.quantity and found.quantity.value,
        "quantity_text": found.quantity and str(found.quantity.value),
        "unit": found.quantity and found.quantity.unit,
        "compared": compared and compared.value,
        "declared": declared.quantity and declared.quantity.unit,
        "declared_quantity": declared.quantity and declared.quantity.value,
        "value": found.value and found.value.value,
        "value_text": found.value and str(found.value.value),
        "currency": found.value and found.value.currency,
        "declared_value": declared.value and declared.value.value,
        "declared_currency": declared.value and declared.value.currency,
        "classification": found.classification,
        "declared_classification": declared.classification,
        "origin": found.origin,
        "declared_origin": declared.origin,
        "description": found.description,
    }


def _facts_of_result(result: ExaminationResult) -> dict[str, Any]:
    packages, examined = result.packages, result.examined
    odd = [one.number for one in result.containers if one.state != "here"]
    odd += [one.number for one in result.seals if one.state != "whole"]
    return {
        "conclusion": result.conclusion,
        "offence": result.offences[0] if result.offences else None,
        "days_ahead": day_number(examined) - day_number(result.returned) if examined else None,
        "counted": packages and packages.counted,
        "declared": packages and packages.declared,
        "opened": packages and packages.opened,
        "number": odd[0] if odd else None,
    }


def _written(fact: Any) -> str:
    return f"{fact:f}" if isinstance(fact, Decimal) else "?" if fact is None else str(fact)


def _error(code: str, message: str, result: ExaminationResult, **arguments: str) -> Finding:
    return Finding(code=code, severity="error", message=message, found=result.conclusion, arguments=arguments)
