# SPDX-License-Identifier: Apache-2.0
"""The question "what does this cost?" and its answer as JSON, one line each."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from cocket.errors import SenderError, UnreadableError
from cocket.findings import Finding, describe
from cocket.measures.tariff.duty import Duties, DutyLine, NotComputable
from cocket.measures.tariff.goods import Goods
from cocket.measures.tariff.numbers import decode_numbers
from cocket.standards.json import decode_json

_RETAIL = "RET"
_ANY_CLAIM = "300"
_MOST_ITEMS = 10_000


class _Question(msgspec.Struct, forbid_unknown_fields=True):
    code: str | int
    date: str
    value: Decimal | None = None
    currency: str | None = None
    origin: str | None = None
    quantities: dict[str, Decimal | None] | None = None
    preference: str | int | bool | None = None
    procedure: str | int | None = None
    documents: list[str] | None = None
    additional_codes: list[str] | None = None
    quotas: list[str] = []
    use: str | None = None
    cases: list[str] = []
    retail_price: Decimal | None = None
    retail_price_currency: str | None = None
    amounts: dict[str, Decimal | None] | None = None
    persons: list[str] | None = None
    transport: str | None = None
    rate_day: str | None = None
    facts: dict[str, Decimal] = {}
    id: str | int | None = None


_DECODER = msgspec.json.Decoder(_Question)


def read_question(line: bytes) -> Goods:
    """Read one question.

    Args:
        line: JSON object with `code` and `date`, and as far as known `value`, `currency`, `origin`, `quantities`
            (unit → number), `preference` (a code, the name of a column, or true for any), `procedure`, `documents`,
            `additional_codes`, `quotas`, `use`, `cases`, `retail_price`, `retail_price_currency`, `amounts` (name →
            money in `currency`), `persons`, `transport`, `rate_day`, `facts` (name → number). Numbers may be strings.

    Raises:
        SenderError: It is none; its findings say why.
    """
    try:
        told = decode_numbers(line, _DECODER, is_finite=False)
        day = date.fromisoformat(told.date.strip())
        rate_day = date.fromisoformat(told.rate_day.strip()) if told.rate_day else None
    except (UnreadableError, ValueError) as error:
        raise _unreadable(line, error) from error
    quantities, amounts = _named(line, told.quantities), _named(line, told.amounts)
    retail = told.retail_price if told.retail_price is not None else quantities.get(_RETAIL)
    return Goods(
        code=str(told.code),
        day=day,
        value=told.value,
        currency=told.currency.strip().upper() if told.currency else None,
        origin=told.origin.strip().upper() if told.origin and told.origin.strip() else None,
        quantities=quantities,
        preference=_claim(told.preference),
        procedure=str(told.procedure) if told.procedure not in (None, "") else None,
        additional_codes=None if told.additional_codes is None else tuple(told.additional_codes),
        documents=None if told.documents is None else tuple(told.documents),
        quotas=tuple(told.quotas),
        use=told.use or None,
        cases=tuple(told.cases),
        retail_price=retail,
        retail_price_currency=told.retail_price_currency.strip().upper() if told.retail_price_currency else None,
        amounts=amounts,
        persons=None if told.persons is None else tuple(told.persons),
        transport=told.transport.strip() if told.transport and told.transport.strip() else None,
        rate_day=rate_day,
        facts=told.facts,
    )


class Asked(msgspec.Struct, frozen=True):
    """Items that were asked for together.

    Attributes:
        items: The items (1..n).
        is_declaration: Whether they were asked as one declaration.
    """

    items: tuple[Goods, ...]
    is_declaration: bool = False


class _Whole(msgspec.Struct):
    items: list[msgspec.Raw] | None = None


class _Items(msgspec.Struct, forbid_unknown_fields=True):
    items: list[msgspec.Raw]


_WHOLE = msgspec.json.Decoder(_Whole)
_ITEMS = msgspec.json.Decoder(_Items)


def read_declaration(line: bytes) -> Asked:
    """Read one question, or several of one declaration: `{"items": [question, …]}`.

    Args:
        line: JSON object.

    Raises:
        SenderError: It is none; its findings say why.
    """
    try:
        whole = _WHOLE.decode(line)
    except (ValueError, RecursionError):  # no JSON, which the question says better
        whole = _Whole()
    if whole.items is None:
        return Asked((read_question(line),))
    try:
        decode_json(line, _ITEMS)
    except UnreadableError as error:
        raise _unreadable(line, error) from error
    if not whole.items or len(whole.items) > _MOST_ITEMS:
        finding = Finding(
            code="question-unreadable",
            severity="error",
            message="a declaration has 1 to {expected} items, not {found}",
            expected=str(_MOST_ITEMS),
            found=str(len(whole.items)),
        )
        raise SenderError("The question cannot be read.", findings=(finding,))
    return Asked(tuple(read_question(bytes(one)) for one in whole.items), is_declaration=True)


def _named(line: bytes, told: dict[str, Decimal | None] | None) -> dict[str, Decimal]:
    """What is stated by names, without blanks around them."""
    found: dict[str, Decimal] = {}
    for name, number in (told or {}).items():
        if name.strip() in found:
            raise _unreadable(line, ValueError(f"{name.strip()[:100]} is stated twice"))
        if number is not None:
            found[name.strip()] = number
    return found


def _unreadable(line: bytes, error: Exception) -> SenderError:
    finding = Finding(
        code="question-unreadable",
        severity="error",
        message="the question cannot be read: {why}",
        found=line[:200].decode("utf-8", "replace"),
        arguments={"why": str(error).rstrip(".")},
    )
    return SenderError("The question cannot be read.", findings=(finding,))


def _claim(told: str | int | bool | None) -> str | None:
    if told is None or told is False or told == "":
        return None
    return _ANY_CLAIM if told is True else str(told).strip()


def answer(duties: Duties) -> dict[str, Any]:
    """The answer as the JSON object that every door gives; decimals are strings, all keys always there.

    Args:
        duties: What was computed.
    """
    return {
        "code": duties.code or None,
        "currency": duties.currency,
        "lines": [_line(one) for one in duties.lines],
        "total": _text(duties.total),
        "payable": _text(duties.payable),
        "at_least": _text(duties.at_least),
        "at_most": _text(duties.at_most),
        "suspended": _text(duties.suspended),
        "security": _text(duties.security),
        "repaid": _text(duties.repaid),
        "not_computable": [_unknown(one) for one in duties.not_computable],
        "controls": list(duties.controls),
        "findings": [describe(one) for one in duties.findings],
        "assumed": [{"code": one.code, "says": one.says} for one in duties.assumed],
        "decided_by": [{"by": one.by, "found": one.found} for one in duties.decided_by],
    }


def no_answer(findings: tuple[Finding, ...]) -> dict[str, Any]:
    """The answer to a question that cannot be read."""
    return answer(Duties(code="", currency="", findings=findings)) | {"currency": None}


def _line(one: DutyLine) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "type": one.type_code,
        "base": one.base,
        "rate": one.rate,
        "amount": _text(one.amount),
        "act": one.act,
        "valid_from": one.valid_from,
        "effect": one.effect,
        "notes": list(one.notes),
        **({"how": list(one.how)} if one.how else {}),
    }


def _unknown(one: NotComputable) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "type": one.type_code,
        "rate": one.rate,
        "act": one.act,
        "missing": [{"reason": missing.reason, "what": missing.what} for missing in one.missing],
        "at_least": _text(one.at_least),
        "at_most": _text(one.at_most),
        "cases": [{"condition": case.condition, "rate": case.rate, "amount": _text(case.amount)} for case in one.cases],
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
