# SPDX-License-Identifier: Apache-2.0
"""Steps of a duty in the reader's language: the sentences that the tariff writes, recognised by their form.

The tariff computes and writes in English, which is what is sealed and what commands print. Each form that it writes stands
here once, with places; what fills a place is itself a rate, a base or a name. A sentence of no known form stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final

import msgspec

from cocket.measures.tariff import Picture
from cocket.workbench.base import labels
from cocket.workbench.base.labels import _
from cocket.workbench.base.languages import Language

#: Forms of a step, a note, an assumption and a difference, the more particular first. `{rate}`, `{base}`, `{kind}`,
#: `{reason}` and `{words}` are said again in the reader's language, all other places stand as they are.
SENTENCES: Final = (
    _("step above {low} up to {high}: {rate} = {amount}"),
    _("step above {low}: {rate} = {amount}"),
    _("step from 0 up to {high}: {rate} = {amount}"),
    _("step from 0: {rate} = {amount}"),
    _("base = {base} = less than 0, which counts as 0"),
    _("base = {base}"),
    _("at least {amount}"),
    _("at most {amount}"),
    _("{share} % of it for {months} months"),
    _("waived below {amount}"),
    _("to 0.01, halves up = {amount}"),
    _("rounded {rounding} = {amount}"),
    _("payable: {exact} {rounding} = {amount}"),
    _("payable: {amount}"),
    _("{amount} for the declaration, by {measure}"),
    _("not applied: {rate}"),
    _("not applied, because it cannot be lower: {rate}"),
    _("not compared with: {rate}"),
    _("it is included in its own base"),
    _("the standard rate; a lower one must be claimed"),
    _("for beneficiaries only, whose list is not in this tariff"),
    _("“{use}” is accepted as the end use of the measure, which does not specify one"),
    _("accepted as claimed; its proof is not checked: no code"),
    _("accepted as claimed; its proof is not checked: {papers}"),
    _("computed without documents, because it is not known which are presented"),
    _("release for home use"),  # in older advices
    _("no rate for an end use: the use is not stated"),
    _("release for home use, because no procedure is stated"),
    _("amounts are in {currency}, because no currency is stated"),
    _("the goods return unaltered, within three years, to the exporter"),
    _("customs has granted the repayment"),
    _("{code} is not claimed; {kind} {type} would apply with it"),
    _("{name} is computed on {base}: the tariff does not state its base"),
    _("the rate of exchange of the day of acceptance; the law requires that of shipment"),
    _("no low-value relief: rate of {currency} is not known"),
    _("no low-value relief: {name} of every item is not known"),
    _("no low-value relief: {name} is not known"),
    _("low value (no act named): the line is the whole consignment"),
    _("low value ({act}): the line is the whole consignment"),
    _("low value (no act named): the declaration is the whole consignment"),
    _("low value ({act}): the declaration is the whole consignment"),
    _("its base, {base}, comes to less than 0 and counts as 0"),
    _("{name} is not stated: {base}, which comes to less than 0 and counts as 0"),
    _("{name} is not stated: {base}"),
    _("{name}: the line is the whole declaration"),
    _("the statistical value, because no customs value is stated"),
    _("the value built from price and terms, because no customs value is stated"),
    _("{name} is beyond the price: {term} at a place before the border"),
    _("{name} is in the price: {term} to a place behind the border"),
    _("{name} cannot be distinguished from the price under {term}, and stays in the value"),
    _("{name} is in the price and distinguished from it ({article})"),
    _("{name}: none beyond the price"),
    _(
        "{name}: {exact} is rounded to {amount}, half up, because the tariff does not say how it is rounded to the "
        "smallest unit of {currency}"
    ),
    _("these goods have no charge {name}"),
    _("cannot be computed ({reason})"),
    _("the tariff has no charge {name}; say which charge the code stands for"),
    _("{name} is not declared (no act named)"),
    _("{name} is not declared ({act})"),
    _("{name} is not declared by this name; it may be {names}"),
    _("{name}: the rate of {day}, because none of a later day is known"),
    _("{name} is withheld in full: no exemption or lower rate is looked at"),
    _("the additional procedure {name} changes nothing: the tariff says nothing of it"),
    _("total relief: no months of a partial relief are stated"),
    _("computed without a proof of origin, because no document is presented"),
    _("{name}: an entry of 2,500 USD or less is informal, automated and not prepared by customs"),
    _("the procedure makes it suspended"),
    _("the procedure or a relief for low value makes it not-due"),
    _("the procedure makes it not-due"),
    _("the procedure makes it repaid"),
    _("the base is {amount}, by the tariff it is {base}"),
    _("the rate is {amount}, by the tariff it is {rate} (no act named)"),
    _("the rate is {amount}, by the tariff it is {rate} ({act})"),
    _("base times rate is {exact}, and {amount} is declared"),
    _("it is {exact}, rounded from {amount}"),
    _("it is {exact} by the rate of the tariff, {rate}"),
    _("{rate} on {base} = {amount}"),
    _("{rate} = {amount}"),
    _("{rate} on {base}"),
)

#: Words inside rates, roundings and bases; the longer first.
PHRASES: Final = (
    _("rates on the goods"), _("inside its base"), _("the higher of"), _("the lower of"), _("of retail price"),
    _("retail price"), _("of excess"), _("for each per cent of"), _("or no concession"), _("no concession"), _("one of"),
    _("up to"), _("above"), _("below"), _("from"), _("flat"), _("free"), _("less"), _("itself"), _("or"), _("yes"),
    _("halves up"), _("halves down"), _("halves to even"), _("parts dropped"), _("parts up"), _("rounded"), _("at least"),
    _("declaration"), _("to"), _("in"), _("gross mass"), _("customs value"), _("the base of each line"),
)  # fmt: skip

#: Amounts that bases name, and groups of charges.
NAMES: Final = (
    _("value"), _("duty"), _("duties"), _("remedies"), _("excise"), _("fees"), _("vat"), _("withholding"), _("freight"),
    _("insurance"), _("price"), _("costs_to_destination"), _("customs_costs"), _("processing_cost"), _("landing"),
    _("brokerage"), _("bank_charge"), _("arrastre"), _("wharfage"), _("quantity"), _("months"), _("retail_price"),
    _("before"),
)  # fmt: skip

#: What is missing, and what decided a sum; each before its own words.
REASONS: Final = (
    _("quantity"), _("value"), _("amount"), _("person"), _("transport"), _("currency"), _("charge-not-in-force"),
    _("inside-itself"), _("exchange-rate"), _("origin"), _("additional-code"), _("procedure"), _("code"), _("rate"),
    _("rates-overlap"), _("choice"), _("range"), _("standard-import-price"), _("lactose-content"), _("number"), _("day"),
    _("preference"), _("additional-codes"), _("documents"), _("quotas"), _("cases"), _("persons"), _("use"),
    _("terms"), _("of delivery"), _("answer"), _("gross-mass"), _("of each line, to spread"), _("on"), _("of line"),
    _("whether royalties are a condition of the sale"), _("none above 0 is stated"), _("of the price"),
    _("customs-value"), _("trade measures depend on it"), _("out of range"), _("of the retail price"),
    _("the line of"), _("none"), _("this tariff has no rate for that day"), _("the last one is of"), _("the first one is of"),
    _("area"), _("band"), _("tariff-code"), _("minimum-above-maximum"), _("rate-too-high"), _("rate-negative"),
    _("rate-and-steps"), _("rate-not-understood"), _("days-turned-round"), _("day-unreadable"), _("row-too-long"),
    _("row-too-short"), _("currency-unknown"), _("unit-unknown"), _("charge-twice"), _("relief-negative"), _("steps-end"),
    _("steps-fall"), _("procedure-not-understood"), _("relief-not-understood"),
)  # fmt: skip

#: What procedures are called.
PROCEDURES: Final = (
    _("permanent export"), _("temporary export"), _("re-export"), _("release with VAT relief for onward supply"),
    _("release for an end use, with the rate that the use claims"),
    _("release of duties, goods stay in a tax warehouse"), _("goods of a special fiscal territory"),
    _("inward processing or temporary admission"),
    _("temporary admission: total relief, or partial relief by the months that are stated"), _("re-import"),
    _("re-import after outward processing: duty on the cost of processing"), _("returned goods"),
    _("re-import with VAT relief for onward supply"), _("customs warehouse"), _("transit"), _("other procedure"),
    _("carnet for temporary admission"), _("export with drawback of duties"),
    _("repayment of what was paid on goods that were defective, withdrawn or overcharged"),
)  # fmt: skip

_PLACE = re.compile(r"\{(\w+)\}")

#: A currency or a code by itself, which is the same in every language.
_CODE = re.compile(r"[A-Z0-9]{3,}")

#: Places that are no more than figures, so that words do not pass for them.
_SHAPES: Final = {
    "amount": r"-?[\d.,]+(?:E[+-]?\d+)?(?: %| [A-Z]{3})?",
    "exact": r"[\d.,]+",
    "low": r"[\d.,]+",
    "high": r"[\d.,]+",
    "share": r"[\d.,]+",
    "months": r"[\d.,]+",
    "currency": r"[A-Z]{3}",
    "measure": r"value|gross-mass|gross mass|customs value|the base of each line",
    "kind": r"[a-z-]+",
    "rounding": r"to [\d.]+, [a-z0-9 ,.]+",
}


@cache
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Each sentence as a pattern."""
    found = []
    for sentence in SENTENCES:
        parts = _PLACE.split(sentence)
        text = "".join(
            f"(?P<{part}>{_SHAPES.get(part, '.+?')})" if place % 2 else re.escape(part)
            for place, part in enumerate(parts)
        )
        found.append((re.compile(text, re.DOTALL), sentence))
    return tuple(found)


@cache
def _words(phrases: tuple[str, ...]) -> re.Pattern[str]:
    every = "|".join(re.escape(one) for one in sorted(phrases, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{every})(?![\w-])")


def step(text: str, language: Language) -> str | None:
    """A sentence of the tariff in the reader's language.

    Args:
        text: As the tariff wrote it.
        language: The reader's.

    Returns:
        The sentence; None if it is of no form that is known here, and so stays English.
    """
    if language.tag == "en" or _CODE.fullmatch(text):
        return text
    for pattern, sentence in _forms():
        found = pattern.fullmatch(text)
        if found is not None:
            return language.say(
                sentence, **{name: _place(name, one, language) for name, one in found.groupdict().items()}
            )
    named, sign, rest = text.partition(": ")
    inner = step(rest, language) if sign else None
    return f"{named} : {inner}" if inner is not None else None


def _place(name: str, text: str, language: Language) -> str:
    say = {"rate": rate, "rounding": rate, "measure": base, "base": base, "kind": _kind, "reason": reason}.get(name)
    return text if say is None else say(text, language)


def rate(text: str, language: Language) -> str:
    """A rate or a rounding in the reader's language: `the higher of 5 %; 2 EUR / KGM`."""
    return _replaced(text, PHRASES, language)


def base(text: str, language: Language) -> str:
    """What a charge is taken on, in the reader's language: `value + duties = 1000 + 100`."""
    return _replaced(text, (*PHRASES, *NAMES), language)


def reason(text: str, language: Language) -> str:
    """What is missing, or what decided a sum, in the reader's language."""
    return _replaced(text, (*REASONS, *NAMES, *PHRASES, *PROCEDURES), language)


def _kind(text: str, language: Language) -> str:
    return language.translate(labels.DUTIES[text]).lower() if text in labels.DUTIES else text


def unknown(text: str, language: Language) -> str:
    """What could not be computed, in the reader's language: `vat: quantity KGM`."""
    kind, sign, rest = text.partition(": ")
    if sign and kind in labels.DUTIES:
        return f"{_kind(kind, language)}{sign}{reason(rest, language)}"
    return reason(text, language)


def decided(text: str, language: Language) -> str:
    """What decided a sum, in the reader's language."""
    return reason(text, language)


def drawn(picture: Picture, language: Language) -> Picture:
    """A drawing of charges with its words in the reader's language."""

    def boxed(text: str, say: Callable[[str, Language], str]) -> str:
        name, sign, kind = text.rpartition(": ")
        return f"{name}{sign}{_kind(kind, language)}" if sign and kind in labels.DUTIES else say(text, language)

    boxes = tuple(
        msgspec.structs.replace(one, title=boxed(one.title, base), says=rate(one.says, language))
        for one in picture.boxes
    )
    return msgspec.structs.replace(picture, boxes=boxes)


def _replaced(text: str, phrases: tuple[str, ...], language: Language) -> str:
    if language.tag == "en":
        return text
    return _words(phrases).sub(lambda found: language.translate(found[0]), text)


class DutyWords:
    """What pages say of steps, in one language.

    Args:
        language: The reader's.
    """

    def __init__(self, language: Language) -> None:
        self._language = language

    def step(self, text: str) -> str | None:
        """A sentence of the tariff; None if it stays English."""
        return step(text, self._language)

    def rate(self, text: str) -> str:
        """A rate."""
        return rate(text, self._language)

    def part(self, name: str, text: str) -> str:
        """A part of what is written of a charge, by its name; acts and persons stand as they are."""
        if name == "base":
            return base(text, self._language)
        return text if name in ("act", "of persons", "not of persons") else rate(text, self._language)

    def unknown(self, text: str) -> str:
        """What could not be computed."""
        return unknown(text, self._language)

    def decided(self, text: str) -> str:
        """What decided a sum."""
        return decided(text, self._language)
