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

from cocket.languages import Language
from cocket.measures.tariff.picture import Picture

#: A figure in a step: with or without groups, and decimals.
_FIGURE: Final = re.compile(r"(?<![\w.,/-])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?![\w.])")

#: Kinds of duty and tax.
DUTY_NAMES: Final = {
    "duty": "Duty",
    "preference": "Duty, preference",
    "suspension": "Duty, suspension",
    "quota": "Duty, quota",
    "anti-dumping": "Anti-dumping duty",
    "countervailing": "Countervailing duty",
    "additional": "Additional duty",
    "excise": "Excise",
    "fee": "Fee",
    "vat": "Value added tax",
    "withholding": "Tax withheld",
}

#: Forms of a step, a note, an assumption and a difference, the more particular first. `{rate}`, `{base}`, `{kind}`,
#: `{reason}` and `{words}` are said again in the reader's language, all other places stand as they are.
SENTENCES: Final = (
    "step above {low} up to {high}: {rate} = {amount}",
    "step above {low}: {rate} = {amount}",
    "step from 0 up to {high}: {rate} = {amount}",
    "step from 0: {rate} = {amount}",
    "base = {base} = less than 0, which counts as 0",
    "base = {base}",
    "at least {amount}",
    "at most {amount}",
    "{share} % of it for {months} months",
    "waived below {amount}",
    "to 0.01, halves up = {amount}",
    "rounded {rounding} = {amount}",
    "payable: {exact} {rounding} = {amount}",
    "payable: {amount}",
    "{amount} for the declaration, by {measure}",
    "not applied: {rate}",
    "not applied, because it cannot be lower: {rate}",
    "not compared with: {rate}",
    "it is included in its own base",
    "the standard rate; a lower one must be claimed",
    "for beneficiaries only, whose list is not in this tariff",
    "“{use}” is accepted as the end use of the measure, which does not specify one",
    "accepted as claimed; its proof is not checked: no code",
    "accepted as claimed; its proof is not checked: {papers}",
    "computed without documents, because it is not known which are presented",
    "release for home use",  # in older advices
    "no rate for an end use: the use is not stated",
    "release for home use, because no procedure is stated",
    "amounts are in {currency}, because no currency is stated",
    "the goods return unaltered, within three years, to the exporter",
    "customs has granted the repayment",
    "{code} is not claimed; {kind} {type} would apply with it",
    "{name} is computed on {base}: the tariff does not state its base",
    "the rate of exchange of the day of acceptance; the law requires that of shipment",
    "no low-value relief: rate of {currency} is not known",
    "no low-value relief: {name} of every item is not known",
    "no low-value relief: {name} is not known",
    "low value (no act named): the line is the whole consignment",
    "low value ({act}): the line is the whole consignment",
    "low value (no act named): the declaration is the whole consignment",
    "low value ({act}): the declaration is the whole consignment",
    "its base, {base}, comes to less than 0 and counts as 0",
    "{name} is not stated: {base}, which comes to less than 0 and counts as 0",
    "{name} is not stated: {base}",
    "{name}: the line is the whole declaration",
    "the statistical value, because no customs value is stated",
    "the value built from price and terms, because no customs value is stated",
    "{name} is beyond the price: {term} at a place before the border",
    "{name} is in the price: {term} to a place behind the border",
    "{name} cannot be distinguished from the price under {term}, and stays in the value",
    "{name} is in the price and distinguished from it ({article})",
    "{name}: none beyond the price",
    (
        "{name}: {exact} is rounded to {amount}, half up, because the tariff does not say how it is rounded to the "
        "smallest unit of {currency}"
    ),
    "these goods have no charge {name}",
    "cannot be computed ({reason})",
    "the tariff has no charge {name}; say which charge the code stands for",
    "{name} is not declared (no act named)",
    "{name} is not declared ({act})",
    "{charge} is not declared by this name; it may be {names}",
    "{name}: the rate of {day}, because none of a later day is known",
    "{name} is withheld in full: no exemption or lower rate is looked at",
    "the additional procedure {name} changes nothing: the tariff says nothing of it",
    "total relief: no months of a partial relief are stated",
    "computed without a proof of origin, because no document is presented",
    "{name}: an entry of 2,500 USD or less is informal, automated and not prepared by customs",
    "the procedure makes it suspended",
    "the procedure or a relief for low value makes it not-due",
    "the procedure makes it not-due",
    "the procedure makes it repaid",
    "the base is {amount}, by the tariff it is {base}",
    "the rate is {amount}, by the tariff it is {rate} (no act named)",
    "the rate is {amount}, by the tariff it is {rate} ({act})",
    "base times rate is {exact}, and {amount} is declared",
    "it is {exact}, rounded from {amount}",
    "it is {exact} by the rate of the tariff, {rate}",
    "{rate} on {base} = {amount}",
    "{rate} = {amount}",
    "{rate} on {base}",
)

#: Words inside rates, roundings and bases; the longer first.
PHRASES: Final = (
    "rates on the goods", "inside its base", "the higher of", "the lower of", "of retail price",
    "retail price", "of excess", "for each per cent of", "or no concession", "no concession", "one of",
    "up to", "above", "below", "from", "flat", "free", "less", "itself", "or", "yes",
    "halves up", "halves down", "halves to even", "parts dropped", "parts up", "rounded", "at least",
    "declaration", "to", "in", "gross mass", "customs value", "the base of each line",
)  # fmt: skip

#: Amounts that bases name, and groups of charges.
NAMES: Final = (
    "value", "duty", "duties", "remedies", "excise", "fees", "vat", "withholding", "freight",
    "insurance", "price", "costs_to_destination", "customs_costs", "processing_cost", "landing",
    "brokerage", "bank_charge", "arrastre", "wharfage", "quantity", "months", "retail_price",
    "before",
)  # fmt: skip

#: What is missing, and what decided a sum; each before its own words.
REASONS: Final = (
    "quantity", "value", "amount", "person", "transport", "currency", "charge-not-in-force",
    "inside-itself", "exchange-rate", "origin", "additional-code", "procedure", "code", "rate",
    "rates-overlap", "choice", "range", "standard-import-price", "lactose-content", "number", "day",
    "preference", "additional-codes", "documents", "quotas", "cases", "persons", "use",
    "terms", "of delivery", "answer", "gross-mass", "of each line, to spread", "on", "of line",
    "whether royalties are a condition of the sale", "none above 0 is stated", "of the price",
    "customs-value", "trade measures depend on it", "out of range", "of the retail price",
    "the line of", "none", "this tariff has no rate for that day", "the last one is of", "the first one is of",
    "area", "band", "tariff-code", "minimum-above-maximum", "rate-too-high", "rate-negative",
    "rate-and-steps", "rate-not-understood", "days-turned-round", "day-unreadable", "row-too-long",
    "row-too-short", "currency-unknown", "unit-unknown", "charge-twice", "relief-negative", "steps-end",
    "steps-fall", "procedure-not-understood", "relief-not-understood",
)  # fmt: skip

#: What procedures are called.
PROCEDURES: Final = (
    "permanent export", "temporary export", "re-export", "release with VAT relief for onward supply",
    "release for an end use, with the rate that the use claims",
    "release of duties, goods stay in a tax warehouse", "goods of a special fiscal territory",
    "inward processing or temporary admission",
    "temporary admission: total relief, or partial relief by the months that are stated", "re-import",
    "re-import after outward processing: duty on the cost of processing", "returned goods",
    "re-import with VAT relief for onward supply", "customs warehouse", "transit", "other procedure",
    "carnet for temporary admission", "export with drawback of duties",
    "repayment of what was paid on goods that were defective, withdrawn or overcharged",
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
    say = {
        "rate": rate,
        "rounding": rate,
        "measure": base,
        "base": base,
        "kind": _kind,
        "reason": reason,
        "names": _names,
        "charge": charge,
    }.get(name)
    return text if say is None else say(text, language)


def _names(text: str, language: Language) -> str:
    return text.replace(" or ", f" {language.translate('or')} ")


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
    return language.translate(DUTY_NAMES[text]).lower() if text in DUTY_NAMES else text


def charge(name: str, language: Language) -> str:
    """A charge by its name; one that has only that of its kind, in the reader's language."""
    return _kind(name, language) if name in DUTY_NAMES else name


def unknown(text: str, language: Language) -> str:
    """What could not be computed, in the reader's language: `vat: quantity KGM`."""
    kind, sign, rest = text.partition(": ")
    if sign and kind in DUTY_NAMES:
        return f"{_kind(kind, language)}{sign}{reason(rest, language)}"
    return reason(text, language)


def decided(text: str, language: Language) -> str:
    """What decided a sum, in the reader's language."""
    return reason(text, language)


def drawn(picture: Picture, language: Language) -> Picture:
    """A drawing of charges with its words in the reader's language."""

    def boxed(text: str, say: Callable[[str, Language], str]) -> str:
        name, sign, kind = text.rpartition(": ")
        if not (sign and kind in DUTY_NAMES):
            return say(text, language)
        return _kind(kind, language) if name in DUTY_NAMES else f"{name}{sign}{_kind(kind, language)}"

    boxes = tuple(
        msgspec.structs.replace(
            one,
            title=figures(boxed(one.title, base), language),
            says=figures(rate(one.says, language), language),
        )
        for one in picture.boxes
    )
    return msgspec.structs.replace(picture, boxes=boxes)


def figures(text: str, language: Language) -> str:
    """The same with its figures as a language writes them: `2685797.73` is `2 685 797,73` in French.

    Source: Unicode CLDR, number symbols of Latin digits.
    """
    if language.tag == "en":
        return text
    symbols = language.locale.number_symbols["latn"]

    def written(found: re.Match[str]) -> str:
        whole, part = found[1].replace(",", ""), found[2] or ""
        if len(whole) > 4 or part or "," in found[1]:
            return f"{int(whole):,}".replace(",", symbols["group"]) + part.replace(".", symbols["decimal"])
        return found[0]

    return _FIGURE.sub(written, text)


def _replaced(text: str, phrases: tuple[str, ...], language: Language) -> str:
    if language.tag == "en":
        return text
    return _words(phrases).sub(lambda found: language.translate(found[0]), text)


class DutyWords:
    """What is said of steps, in one language.

    Args:
        language: The reader's.
    """

    def __init__(self, language: Language) -> None:
        self._language = language

    def charge(self, name: str) -> str:
        """A charge by its name; one that has only that of its kind, in words."""
        return charge(name, self._language)

    def step(self, text: str) -> str | None:
        """A sentence of the tariff; None if it stays English."""
        said = step(text, self._language)
        return None if said is None else figures(said, self._language)

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
