# SPDX-License-Identifier: Apache-2.0
"""The messages of both editions as tables, and the schemas written from them.

`classes.txt` has a block for each class as in `cocket.standards.shape`, `values.txt` a line for each value: its name,
what it restricts, its limits; then its patterns (`~`) and codes (`=`). Both are edition 6. What edition 5.1 has
otherwise is in `classes-5.1.txt` and `values-5.1.txt`. Types have the names of the published schemas, since a message
may state them by `xsi:type`.

Source: DG TAXUD, NCTS, DDNTA 6.4.1 (schema version 60.4.16) and DDNTA 5.1 (51.8.6), as the UK uses them; facts
re-stated.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Literal

from cocket.standards.shape import Class, Outline, Shape, Value, rows

Edition = Literal["6", "5.1"]

NAMESPACE = "http://ncts.dgtaxud.ec"

#: Attribute of a root that says which phase the message is meant for.
PHASE = "PhaseID"

#: What each message is, by its root element.
MESSAGES = {
    "CC004C": "amendment acceptance",
    "CC007C": "arrival notification",
    "CC009C": "invalidation decision",
    "CC013C": "declaration amendment",
    "CC014C": "declaration invalidation request",
    "CC015C": "declaration data",
    "CC017C": "departure control results",
    "CC019C": "discrepancies",
    "CC022C": "notification to amend declaration",
    "CC023C": "guarantor notification",
    "CC025C": "goods release notification",
    "CC028C": "MRN allocated",
    "CC029C": "release for transit",
    "CC035C": "recovery notification",
    "CC040C": "transit invalidation notification to the export system",
    "CC042C": "destination control results to the export system",
    "CC043C": "unloading permission",
    "CC044C": "unloading remarks",
    "CC045C": "write-off notification",
    "CC048C": "recovery communication to the export system",
    "CC051C": "no release for transit",
    "CC055C": "guarantee not valid",
    "CC056C": "rejection from office of departure",
    "CC057C": "rejection from office of destination",
    "CC060C": "control decision notification",
    "CC170C": "presentation notification for the pre-lodged declaration",
    "CC182C": "forwarded incident notification",
    "CC190C": "transit presentation notification to the export system",
    "CC191C": "transit presentation notification response",
    "CC228C": "comprehensive guarantee cancellation, liability liberation",
    "CC906C": "functional negative acknowledgement",
    "CC917C": "XML negative acknowledgement",
    "CC928C": "positive acknowledgement",
}

_LATER = "-5.1"


@cache
def shape_of(edition: Edition) -> Shape:
    """The messages of an edition.

    Args:
        edition: `6`, which takes messages of phases 5.0 and 5.1 too as far as they fit, or `5.1`.

    Returns:
        The shape of all messages in it.

    Source: see the module.
    """
    classes, values = _classes(edition), _values(edition)
    outline = Outline(
        code="ncts",
        prefixes={"": NAMESPACE},
        roots={name: f"{name}Type" for name in MESSAGES},
        classes=classes,
        values=values,
        names_classes=True,
        is_qualified=False,
        root_attributes={PHASE: "phaseIDtype"},
    )
    return Shape(outline)


def _classes(edition: Edition) -> dict[str, Class]:
    classes = rows(_text("classes"))
    return classes if edition == "6" else classes | rows(_text(f"classes{_LATER}"))


def _values(edition: Edition) -> dict[str, Value]:
    text = _text("values")
    if edition != "6":
        text += _text(f"values{_LATER}")
    values: dict[str, Value] = {}
    for line in text.replace("\n  ", "\t").splitlines():
        head, *more = line.split("\t")
        name, base, *limits = head.split()
        numbers: dict[str, Any] = {key: int(number) for key, _, number in (limit.partition("=") for limit in limits)}
        patterns = tuple(each[2:] for each in more if each[0] == "~")
        codes = tuple(code for each in more if each[0] == "=" for code in each[2:].split())
        values[name] = Value(base=base, patterns=patterns, codes=codes, **numbers)
    return values


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(f"{name}.txt").read_text("utf-8")
