# SPDX-License-Identifier: Apache-2.0
"""What a result is checked for, described once: the instance applies it, and so does a phone while the result is typed.

A rule is data. Its condition is a nested list of a few words (`holds` says which), so that a page can be given the rules as
they are and needs none of its own. A rule of severity `error` refuses; a `warning` asks "are you sure?", once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final, Literal

import msgspec

from cocket.codes.country import alpha2_codes
from cocket.codes.currency import currency_letters
from cocket.codes.equipment import EquipmentNumber

Scope = Literal["item", "container", "seal", "result"]

#: A condition: a word, then what it is about (names of facts, values, or conditions).
Condition = tuple[Any, ...]

#: What is known of one item, container, seal or result: figures as `Decimal`, words as text, lists of codes; None where unknown.
Facts = Mapping[str, Any]

#: A figure once it is plain decimal text, a code of the tariff, a country, a currency.
FIGURE: Final = r"[0-9]{1,15}(\.[0-9]{1,6})?"
CLASSIFICATION: Final = r"[0-9][0-9 .\-]{0,20}"
COUNTRY: Final = r"[A-Z]{2}"
CURRENCY: Final = r"[A-Z]{3}"

#: Longest description of goods and longest note (characters), most files of one result (count).
MOST_WORDS, MOST_NOTE, MOST_FILES = 400, 4000, 200

#: Largest picture that is decoded (pixels).
MOST_PIXELS: Final = 100_000_000

#: From how many times as much, or as little, as declared it is asked whether a figure is meant.
FAR: Final = 20

#: Words with a character that cannot be seen.
_UNSEEN: Final = r"[\s\S]*[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff][\s\S]*"
_SIGNED: Final = r"\s*[-−–].*"
_CONTAINER: Final = r"[A-Z]{3}[UJZ][0-9]{7}"


class EntryRule(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a result is checked for.

    Attributes:
        code: Code of its finding.
        scope: What it looks at: each item, each container, each seal, or the result.
        field: Field beside which it is said.
        message: What is wrong, or what is asked; places are names of facts.
        wrong: The condition under which it is said.
        severity: `error` refuses; `warning` asks whether it is meant.
    """

    code: str
    scope: Scope
    field: str
    message: str
    wrong: Condition
    severity: Literal["error", "warning"] = "error"


def _far(found: str, declared: str) -> Condition:
    return ("all", ("above", declared, 0), ("any", ("above", found, declared, FAR), ("above", declared, found, FAR)))


def _unseen(scope: Scope, field: str) -> EntryRule:
    return EntryRule(
        code="control-character",
        scope=scope,
        field=field,
        message="A field contains a character that cannot be seen.",
        wrong=("like", field, _UNSEEN),
    )


#: In the order in which they are said; beside one field only the first is.
RULES: Final[tuple[EntryRule, ...]] = (
    EntryRule(
        code="result-item-quantity",
        scope="item",
        field="quantity",
        message="the quantity found of item {item} is negative",
        wrong=("like", "quantity_text", _SIGNED),
    ),
    EntryRule(
        code="result-item-figures",
        scope="item",
        field="quantity",
        message="enter the quantity found of item {item} in figures, such as {example}",
        wrong=("all", ("has", "quantity_text"), ("not", ("has", "quantity"))),
    ),
    EntryRule(
        code="result-item-unit",
        scope="item",
        field="quantity",
        message="item {item} is declared in {declared}, which cannot be compared with {unit}: weigh or measure it in that "
        "unit, or count packages apart",
        wrong=("all", ("has", "quantity"), ("has", "declared_quantity"), ("not", ("has", "compared"))),
    ),
    EntryRule(
        code="result-item-value",
        scope="item",
        field="value",
        message="the value found of item {item} is negative",
        wrong=("like", "value_text", _SIGNED),
    ),
    EntryRule(
        code="result-item-figures",
        scope="item",
        field="value",
        message="enter the value found of item {item} in figures, such as {example}",
        wrong=("all", ("has", "value_text"), ("not", ("has", "value"))),
    ),
    EntryRule(
        code="result-item-currency",
        scope="item",
        field="currency",
        message="the value found of item {item} has no currency",
        wrong=("all", ("has", "value"), ("not", ("has", "currency"))),
    ),
    EntryRule(
        code="result-item-currency-unknown",
        scope="item",
        field="currency",
        message="{currency} is not a currency of ISO 4217: enter its three letters, such as USD",
        wrong=(
            "all",
            ("has", "currency"),
            ("not", ("same", "currency", "declared_currency")),
            ("not", ("listed", "currency", "currencies")),
        ),
    ),
    EntryRule(
        code="result-item-code",
        scope="item",
        field="classification",
        message="enter the digits of the code of item {item}",
        wrong=(
            "all",
            ("has", "classification"),
            ("not", ("same", "classification", "declared_classification")),
            ("not", ("like", "classification", CLASSIFICATION)),
        ),
    ),
    EntryRule(
        code="result-item-origin",
        scope="item",
        field="origin",
        message="{origin} is not a country of ISO 3166: enter its two letters, such as KE",
        wrong=(
            "all",
            ("has", "origin"),
            ("not", ("same", "origin", "declared_origin")),
            ("not", ("listed", "origin", "countries")),
        ),
    ),
    EntryRule(
        code="result-ask-quantity",
        scope="item",
        field="quantity",
        message="the quantity found of item {item} is {compared} {declared}, and {declared_quantity} are declared",
        wrong=_far("compared", "declared_quantity"),
        severity="warning",
    ),
    EntryRule(
        code="result-ask-value",
        scope="item",
        field="value",
        message="the value found of item {item} is {value} {currency}, and {declared_value} are declared",
        wrong=("all", ("same", "currency", "declared_currency"), _far("value", "declared_value")),
        severity="warning",
    ),
    _unseen("item", "description"),
    _unseen("container", "found"),
    _unseen("seal", "found"),
    _unseen("result", "note"),
    EntryRule(
        code="result-ask-number",
        scope="container",
        field="found",
        message="{found} is not a container number: four letters, the last of them U, J or Z, and seven figures",
        wrong=("all", ("has", "found"), ("not", ("like", "found", _CONTAINER))),
        severity="warning",
    ),
    EntryRule(
        code="result-ask-digit",
        scope="container",
        field="found",
        message="the check digit of {found} does not agree: read the number again",
        wrong=("all", ("like", "found", _CONTAINER), ("not", ("digit", "found"))),
        severity="warning",
    ),
    EntryRule(
        code="result-offence",
        scope="result",
        field="offence",
        message="an irregularity needs the class of the offence",
        wrong=("all", ("is", "conclusion", "irregular"), ("not", ("has", "offence"))),
    ),
    EntryRule(
        code="result-order",
        scope="result",
        field="clock",
        message="the result was submitted before the examination",
        wrong=("above", "days_ahead", 0),
    ),
    EntryRule(
        code="result-packages",
        scope="result",
        field="opened",
        message="more packages were opened than counted, or fewer than none",
        wrong=("any", ("above", 0, "counted"), ("above", "opened", "counted")),
    ),
    EntryRule(
        code="result-counted",
        scope="result",
        field="counted",
        message="{counted} packages were counted and {declared} are declared: count again, or record what differs",
        wrong=(
            "all",
            ("is", "conclusion", "conform"),
            ("any", ("above", "counted", "declared"), ("above", "declared", "counted")),
        ),
    ),
    EntryRule(
        code="result-equipment",
        scope="result",
        field="ticks",
        message="{number} is not as declared: record what differs, or tick it again",
        wrong=("all", ("is", "conclusion", "conform"), ("has", "number")),
    ),
    EntryRule(
        code="result-ask-none",
        scope="result",
        field="counted",
        message="no package was counted, and the goods are recorded as declared",
        wrong=("all", ("is", "conclusion", "conform"), ("has", "counted"), ("not", ("above", "counted", 0))),
        severity="warning",
    ),
    EntryRule(
        code="result-ask-packages",
        scope="result",
        field="counted",
        message="{counted} packages were counted, and {declared} are declared",
        wrong=_far("counted", "declared"),
        severity="warning",
    ),
)


class FileKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of file that is taken, known by its first bytes.

    Attributes:
        type: Media type.
        marks: Place (bytes from the start) and the bytes there, hexadecimal (1..n); all of them must be there.
    """

    type: str
    marks: tuple[tuple[int, str], ...]


#: Source: ITU-T T.81; W3C PNG; RFC 9649 (WebP); TIFF 6.0; DICOM PS3.10, 7.1; ISO 32000.
FILE_KINDS: Final[tuple[FileKind, ...]] = (
    FileKind(type="image/jpeg", marks=((0, "ffd8ff"),)),
    FileKind(type="image/png", marks=((0, "89504e470d0a1a0a"),)),
    FileKind(type="image/webp", marks=((0, "52494646"), (8, "57454250"))),
    FileKind(type="image/tiff", marks=((0, "49492a00"),)),
    FileKind(type="image/tiff", marks=((0, "4d4d002a"),)),
    FileKind(type="application/dicom", marks=((128, "4449434d"),)),
    FileKind(type="application/pdf", marks=((0, "255044462d"),)),
)


def kind_of_file(content: bytes) -> str | None:
    """Media type of a file by its first bytes; None for one of no kind that is taken."""
    for kind in FILE_KINDS:
        if all(content[at:].startswith(bytes.fromhex(mark)) for at, mark in kind.marks):
            return kind.type
    return None


def broken(scope: Scope, facts: Facts) -> Iterator[EntryRule]:
    """Rules of a scope that some facts break, in order, of each field the first alone (0..n)."""
    said: set[str] = set()
    for rule in RULES:
        if rule.scope == scope and rule.field not in said and holds(rule.wrong, facts):
            said.add(rule.field)
            yield rule


def holds(condition: Condition, facts: Facts) -> bool:
    """Whether a condition holds of some facts; one that is about what is not known does not.

    `has` a fact; it `is` one of some values; two are the `same`; it is `like` a pattern, whole; one is `above` another (or a
    number) so many times; it is `listed` in another; its check `digit` agrees; `not`, `all` and `any` of conditions.
    """
    word, *rest = condition
    match word:
        case "not":
            return not holds(rest[0], facts)
        case "all":
            return all(holds(one, facts) for one in rest)
        case "any":
            return any(holds(one, facts) for one in rest)
        case "above":
            one, other = _figure(rest[0], facts), _figure(rest[1], facts)
            times = rest[2] if len(rest) > 2 else 1
            return one is not None and other is not None and one > other * times
    fact = facts.get(rest[0])
    if fact is None or fact == "":
        return False
    match word:
        case "has":
            return True
        case "is":
            return fact in rest[1:]
        case "same":
            return bool(fact == facts.get(rest[1]))
        case "like":
            return re.fullmatch(rest[1], fact) is not None
        case "listed":
            return fact in (facts.get(rest[1]) or ())
        case "digit":
            number = EquipmentNumber.parse(fact)
            return number is not None and number.check_digit_ok
    raise ValueError(f"There is no condition {word!r}.")


@cache
def known_codes() -> dict[str, tuple[str, ...]]:
    """Codes that an entry may name: `countries` (ISO 3166 alpha-2, user-assigned ones too) and `currencies` (ISO 4217)."""
    return {"countries": alpha2_codes(), "currencies": currency_letters()}


def _figure(told: Any, facts: Facts) -> Decimal | None:
    known = facts.get(told) if isinstance(told, str) else told
    return None if known is None or known == "" else Decimal(known)
