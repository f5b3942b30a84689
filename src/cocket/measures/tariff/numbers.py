# SPDX-License-Identifier: Apache-2.0
"""How a number is written: digits 0 to 9 and one point. The one place where texts become numbers of rates and money.

Python reads more than people write for money: `1_3` as 13, `1e2` as 100, digits of other scripts. A text that is written
so is refused by name, because a slip of the pen (`1_3` for `1.3`) would be another number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from cocket.standards.json import decode_json

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")

#: Texts of a file that a reader of decimals takes, and that are not written as numbers are.
_ODD = re.compile(r'"(?![+-]?[0-9]+(?:\.[0-9]+)?")\s*[+-]?(?:[\d._]+(?:e[+-]?[\d_]+)?|s?nan|inf)[^"]*"', re.IGNORECASE)

_ANYTHING = msgspec.json.Decoder()

#: Fields of a charge or a column that say something where they stand: a blank one is a slip of the pen.
_NEVER_BLANK = (
    "name", "column", "type", "floor", "cap", "waived_below", "rate", "base", "uses", "preference", "additional_code",
    "order_number",
)  # fmt: skip
_BLANK = re.compile(r'"(floor|cap|waived_below|rate|base|uses|preference|additional_code|order_number)"\s*:\s*"\s*"')

Read = TypeVar("Read")


def read_number(text: str) -> Decimal:
    """A number as it is written.

    Args:
        text: `12.50`, with a sign or without; blanks around it are passed over.

    Raises:
        ValueError: It is not written with the digits 0 to 9 and one point.
    """
    if not _NUMBER.fullmatch(text.strip()):
        raise ValueError(f"{text.strip()[:40]!r} is not a number: use the digits 0 to 9 and a point")
    return Decimal(text.strip())


def decode_numbers(content: bytes, decoder: msgspec.json.Decoder[Read], *, is_finite: bool = True) -> Read:
    """Decode JSON of which every number that stands in quotation marks is written as numbers are.

    Args:
        content: UTF-8.
        decoder: Of the type that is wanted.
        is_finite: Whether `NaN` and `Infinity` are refused here; else the caller says what is wrong with them.

    Raises:
        UnreadableError: It is not of that type.
        ValueError: A number is written in another way; the message has its place.
    """
    found = decode_json(content, decoder)
    text = content.decode("utf-8")
    if "\\u" in text or _ODD.search(text):
        check_numbers(decode_json(content, _ANYTHING), found, is_finite=is_finite)
    return found


def check_numbers(raw: Any, found: Any, place: str = "", *, is_finite: bool = True) -> None:
    """Look through what was decoded for numbers that are written in another way than with digits and a point.

    Args:
        raw: The values as they stand in the file: mappings, sequences, texts and numbers.
        found: The same as they were understood.
        place: Where they stand, for people.
        is_finite: Whether `NaN` and `Infinity` are refused here.

    Raises:
        ValueError: A number is written in another way.
    """
    if isinstance(found, Decimal):
        if isinstance(raw, str) and (is_finite or found.is_finite()):
            try:
                read_number(raw)
            except ValueError as error:
                raise ValueError(f"{place[:100]}: {error}") from error
    elif isinstance(found, msgspec.Struct):
        for field in msgspec.structs.fields(found):
            if isinstance(raw, Mapping) and field.encode_name in raw:
                inner = getattr(found, field.name)
                check_numbers(raw[field.encode_name], inner, field.encode_name, is_finite=is_finite)
    elif isinstance(found, Mapping):
        for name, one in found.items():
            if isinstance(raw, Mapping) and name in raw:
                check_numbers(raw[name], one, str(name), is_finite=is_finite)
    elif isinstance(found, list | tuple) and isinstance(raw, Sequence) and not isinstance(raw, str):
        for inner, one in zip(raw, found, strict=False):
            check_numbers(inner, one, place, is_finite=is_finite)


def check_blanks(charges: Any) -> None:
    """Refuse blank texts where a charge or a column of rates says something, so that a limit is never lost unseen.

    Args:
        charges: Charges or columns of rates as they stand in the file (0..n).

    Raises:
        ValueError: One has a blank text; leave the field out where there is none.
    """
    for one in charges or ():
        for field in _NEVER_BLANK:
            if isinstance(text := one.get(field), str) and not text.strip():
                raise ValueError(
                    f"{field} of {one.get('name') or one.get('column') or 'a charge'} is blank; leave it out"
                )


def check_blanks_of_json(content: bytes) -> None:
    """The same of a whole file of JSON, in which no such field is ever blank.

    Raises:
        ValueError: One is.
    """
    found = _BLANK.search(content.decode("utf-8"))
    if found is not None:
        raise ValueError(f"{found[1]} is blank; leave it out")
