# SPDX-License-Identifier: Apache-2.0
"""Whether documents and options are of the types that their classes state: Python itself does not ask, and a writer would stumble.

Source: ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any

import msgspec
from msgspec import inspect

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.model import Document

#: Fields named in one error (count).
_MOST = 20

#: Characters of a value that an error quotes.
_SHORT = 200

#: How a class states the type of a field → what Python holds in it.
_KINDS: dict[type, tuple[type, ...]] = {
    inspect.NoneType: (type(None),),
    inspect.BoolType: (bool,),
    inspect.IntType: (int,),
    inspect.FloatType: (float, int),
    inspect.StrType: (str,),
    inspect.DateTimeType: (datetime,),
    inspect.DateType: (date,),
    inspect.DecimalType: (Decimal,),
    inspect.VarTupleType: (tuple,),
    inspect.TupleType: (tuple,),
    inspect.DictType: (dict,),
}


def require_document(document: Any) -> None:
    """Refuse anything but a document, and one of which a field is of another type than its class states.

    Args:
        document: What was given.

    Raises:
        SenderError: It is none (`not-a-document`); or `findings` (1..20, code `field-type`) name each field with the type that it
            takes (`expected`) and what it holds (`found`).

    Source: ours.
    """
    if not isinstance(document, Document):
        raise SenderError(
            "Only a document can be written.",
            code="not-a-document",
            expected="a document, such as `Reading.document`",
            found=type(document).__name__,
        )
    found = tuple(islice(_misfits(document, _info(type(document)), ""), _MOST))
    if found:
        raise SenderError(
            "Fields of the document are of another type than they take.",
            code="field-type",
            findings=found,
            found=", ".join(each.arguments["place"] for each in found)[:_SHORT],
        )


@cache
def _info(kind: type) -> inspect.Type:
    return inspect.type_info(kind)


def _misfits(value: Any, info: inspect.Type, place: str) -> Iterator[Finding]:
    """Each field that is of another type (0..n)."""
    parts = info.types if isinstance(info, inspect.UnionType) else (info,)
    chosen = next((one for one in parts if _is_of(value, one)), None)
    if chosen is None:
        yield Finding(
            code="field-type",
            severity="error",
            message="{place} takes {expected}, not {found}",
            expected=" or ".join(dict.fromkeys(map(_word, parts))),
            found=f"{type(value).__name__} {value!r:.80}",
            arguments={"place": place},
        )
    elif isinstance(chosen, inspect.StructType):
        for field in chosen.fields:
            yield from _misfits(
                getattr(value, field.name), field.type, f"{place}.{field.name}" if place else field.name
            )
    elif isinstance(chosen, inspect.VarTupleType):
        for number, one in enumerate(value, 1):
            yield from _misfits(one, chosen.item_type, f"{place}[{number}]")


def _is_of(value: Any, info: inspect.Type) -> bool:
    """Whether a value is of a type; what it holds is not looked at."""
    if isinstance(info, inspect.StructType):
        return isinstance(value, info.cls)
    if isinstance(info, inspect.LiteralType):
        return isinstance(value, str | int) and value in info.values
    if isinstance(value, bool | datetime):  # a bool is an int to Python, and a time a date
        return type(info) is (inspect.BoolType if isinstance(value, bool) else inspect.DateTimeType)
    return isinstance(value, _KINDS[type(info)])


def _word(info: inspect.Type) -> str:
    if isinstance(info, inspect.LiteralType):
        return " or ".join(map(str, info.values))
    kinds = (info.cls,) if isinstance(info, inspect.StructType) else _KINDS[type(info)]
    return " or ".join("None" if one is type(None) else one.__name__ for one in kinds)


def require_types(options: msgspec.Struct, **types: tuple[type, ...]) -> None:
    """Refuse options of which a value is of another type than it should be.

    Args:
        options: The options.
        types: Name of each → the types it may be of.

    Raises:
        SenderError: One is not (`options-type`).

    Source: ours.
    """
    for name, allowed in types.items():
        value = getattr(options, name)
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            raise SenderError(
                f"The option {name} is of the wrong type.",
                code="options-type",
                expected=" or ".join("None" if one is type(None) else one.__name__ for one in allowed),
                found=type(value).__name__,
            )


def require_least(options: msgspec.Struct, least: int, *names: str) -> None:
    """Refuse options of which a number is too low.

    Args:
        options: The options.
        least: What each may be at least.
        names: Which of them are numbers.

    Raises:
        SenderError: One is (`options-value`).

    Source: ours.
    """
    for name in names:
        value = getattr(options, name)
        if value < least:
            raise SenderError(
                f"The option {name} is too low.", code="options-value", expected=f"{least} or more", found=str(value)
            )
