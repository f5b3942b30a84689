# SPDX-License-Identifier: Apache-2.0
"""What is to be paid for a declaration, charge by charge, from the answer of its tariff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from cocket.codes import currency
from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.measures.payments.account import Payee
from cocket.measures.tariff import Calculator, Duties, Goods

_NOTHING = Decimal()


class ChargeDue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be paid of one charge.

    Attributes:
        charge: Its name in the tariff.
        kind: What it is (`duty`, `vat`, …).
        amount: In the currency of the tariff, with as many places as that has.
        revenue: Code under which it is booked as revenue; empty for none.
        acts: Legal acts of its rates (0..n).
    """

    charge: str
    kind: str
    amount: Decimal
    revenue: str = ""
    acts: tuple[str, ...] = ()


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be paid for a declaration.

    Attributes:
        currency: ISO 4217.
        charges: What is due, charge by charge (1..n), in the order in which they are computed.
        total: Their sum, with as many places as the currency has.
        assumed: What was taken for granted, in words (0..n).
    """

    currency: str
    charges: tuple[ChargeDue, ...]
    total: Decimal
    assumed: tuple[str, ...] = ()


class PaymentAdvice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a declarant is asked to pay, and what that rests on. Its JSON is the payment slip as data.

    Attributes:
        reference: Structured creditor reference (ISO 11649) that the payment must carry, without blanks.
        consignment: Dossier it belongs to.
        declaration: Number of the declaration, as customs or else its sender has it; empty if it has none.
        message: Message that is the declaration.
        version: Version of the declaration, from 1.
        day: Day whose tariff applies.
        tariff: Name of the tariff.
        edition: Its edition; empty if it has none.
        tariff_digest: SHA-256 of the file of the tariff and, after a plus sign, of the rates of exchange, hexadecimal.
        answer_digest: SHA-256 of the JSON of the duty answer, hexadecimal.
        currency: ISO 4217 of all amounts.
        charges: What is due, charge by charge (1..n).
        total: Their sum.
        payee: To whom it is paid.
        payer: Number of the importer or declarant as customs has it; empty if none is stated.
        payer_name: Name of the same; empty if none is stated.
        issued: Day of the advice.
        due: Last day on which it is paid in time.
        assumed: What was taken for granted in the duty answer, in words (0..n).
    """

    reference: str
    consignment: str
    declaration: str
    message: str
    version: int
    day: date
    tariff: str
    edition: str
    tariff_digest: str
    answer_digest: str
    currency: str
    charges: tuple[ChargeDue, ...]
    total: Decimal
    payee: Payee
    payer: str = ""
    payer_name: str = ""
    issued: date
    due: date
    assumed: tuple[str, ...] = ()


def charges_due(calculator: Calculator, goods: Sequence[Goods], payee: Payee, *, strict: bool = False) -> Due:
    """What is to be paid for the items of a declaration.

    Args:
        calculator: The tariff.
        goods: The items (0..n).
        payee: For the codes of revenue.
        strict: Whether anything that was taken for granted refuses the advice.

    Returns:
        Each charge that is due, rounded as its law rounds what is paid. Where that leaves parts of the smallest unit of
        the currency, they are rounded half up, and `assumed` says so.

    Raises:
        SenderError: Something is not known (`payment-unknown`), assumed under `strict` (`payment-assumed`), nothing is
            due (`nothing-due`), or the currency has no unit (`payment-currency`); `findings` have the items.
    """
    answers = calculator.declaration(goods)
    unknown = tuple(_unknown(answers))
    if unknown:
        raise SenderError(
            "No payment can be asked for: not every amount is known.",
            code="payment-unknown",
            hint="Complete the declaration, or the tariff and its rates of exchange.",
            findings=unknown,
        )
    units = currency(calculator.tariff.currency)
    if units is None or units.minor_units is None:
        raise SenderError(f"{calculator.tariff.currency} is not a currency to pay in.", code="payment-currency")
    paid = calculator.payable(goods) or {}
    kinds, acts = _of_lines(answers)
    charges: list[ChargeDue] = []
    assumed = [one.says for answer in answers for one in answer.assumed]
    step = Decimal(1).scaleb(-units.minor_units)
    for name, exact in paid.items():
        amount = exact.quantize(step, ROUND_HALF_UP)
        if amount != exact:
            assumed.append(
                f"{name}: {exact:f} is rounded to {amount:f}, half up, because the tariff does not say how it is "
                f"rounded to the smallest unit of {units.letters}"
            )
        if amount:
            charges.append(
                ChargeDue(
                    charge=name,
                    kind=kinds[name],
                    amount=amount,
                    revenue=payee.revenue.get(name, ""),
                    acts=tuple(acts[name]),
                )
            )
    told = tuple(dict.fromkeys(assumed))
    if strict and told:
        raise SenderError(
            "No payment can be asked for: something was assumed, and --strict refuses that.",
            code="payment-assumed",
            hint="State what is missing, or ask without --strict.",
            findings=tuple(
                Finding(code="payment-assumed", severity="error", message="{what}", arguments={"what": one})
                for one in told
            ),
        )
    if not charges:
        raise SenderError("Nothing is due on this declaration.", code="nothing-due")
    total = sum((one.amount for one in charges), _NOTHING.quantize(step))
    return Due(currency=units.letters, charges=tuple(charges), total=total, assumed=told)


def _unknown(answers: Sequence[Duties]) -> Iterator[Finding]:
    if not answers:
        message = "the declaration has no items"
        yield Finding(code="payment-unknown", severity="error", message=message)
    for place, one in enumerate(answers, start=1):
        if one.total is not None:
            continue
        reasons = [
            f"{part.kind or 'the whole'} {part.type_code}".strip()
            + ": "
            + ", ".join(f"{missing.reason} {missing.what}" for missing in part.missing)
            for part in one.not_computable
        ]
        reasons += [finding.code for finding in one.findings if finding.severity == "error"]
        yield Finding(
            code="payment-unknown",
            severity="error",
            message="item {item} has no sum: {why}",
            arguments={"item": str(place), "why": "; ".join(reasons)[:1000] or "no duty is known"},
        )


def _of_lines(answers: Sequence[Duties]) -> tuple[dict[str, str], dict[str, list[str]]]:
    kinds: dict[str, str] = {}
    acts: dict[str, list[str]] = {}
    for line in (line for one in answers for line in one.lines if line.effect == "due"):
        kinds.setdefault(line.charge, line.kind)
        known = acts.setdefault(line.charge, [])
        if line.act and line.act not in known:
            known.append(line.act)
    return kinds, acts
