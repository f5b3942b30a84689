# SPDX-License-Identifier: Apache-2.0
"""The rules in the order in which they are told, the messages they are about, and how an objection becomes a finding."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache

import msgspec
from lxml import etree

from cocket.findings import Finding, Severity
from cocket.standards.ncts.rules import goods, movement, others, transport
from cocket.standards.ncts.rules.sheet import Objection, Rule, Sheet
from cocket.standards.xml import location_of

_SHOWN = 200

_DECLARATIONS = ("CC013C", "CC015C")
_PRESENTED = (*_DECLARATIONS, "CC170C")
_INVALIDATIONS = ("CC009C", "CC014C")


class Held(msgspec.Struct, frozen=True):
    """A rule, and the messages it is about.

    Attributes:
        rule: The rule, a function named after its code.
        messages: Root elements.
        severity: How much it matters.
    """

    rule: Rule
    messages: tuple[str, ...]
    severity: Severity = "error"

    @property
    def code(self) -> str:
        """Code of its findings."""
        return f"ncts-{_name(self.rule).upper()}"


#: Every rule, in the order in which they are told.
RULES: tuple[Held, ...] = (
    *(
        Held(rule, _DECLARATIONS)
        for rule in (
            *(movement.c0411, movement.c0904, movement.r0849, movement.c0839, movement.c0101, movement.r0859),
            *(movement.r0900, movement.c0085, movement.c0086, movement.c0130, movement.r0318, movement.r0901),
            *(movement.r0905, movement.r0906, movement.r0909, movement.r0911, movement.c0030, movement.r0003),
            *(movement.r0005, movement.r0006, movement.r0103, movement.c0587, movement.c0598, movement.c0250),
            *(transport.c0822, transport.c0710, transport.c0191, transport.c0186, transport.c0586, transport.c0599),
            *(transport.c0806, transport.c0531, transport.r0789, transport.c0826),
            *(goods.c0909, goods.c0343, goods.c0502, goods.c0001, goods.c0542, goods.c0337, goods.r0507),
            *(goods.r0007, goods.r0988, goods.r0994, goods.r0983, goods.r0223, goods.r0221, goods.c0837),
            *(goods.c0060, goods.r0219, goods.r0220, goods.r0364, goods.c0045, goods.c0153, goods.c0821),
            *(goods.c0035, goods.r0020, goods.c0298, goods.c0015, goods.r0416, goods.r3060, goods.r3061),
        )
    ),
    *(
        Held(rule, _PRESENTED)
        for rule in (
            *(transport.c0823, transport.c0055, transport.r0106, transport.r0107, transport.r0448, transport.c0670),
            *(transport.c0387, transport.r0315, transport.r0076, transport.r0473, transport.r0472, transport.r0474),
            *(transport.r0476, transport.r0855, goods.r0506),
        )
    ),
    *(Held(rule, (*_PRESENTED, "CC007C")) for rule in (transport.c0394, transport.c0671, transport.c0382)),
    Held(transport.c0569, (*_PRESENTED, "CC182C")),
    Held(transport.r0028, (*_PRESENTED, "CC007C", "CC044C", "CC182C"), "warning"),
    Held(goods.r0023, (*_DECLARATIONS, "CC044C")),
    Held(movement.r0987, (*_PRESENTED, "CC007C", "CC022C", "CC055C", "CC060C", "CC182C")),
    Held(movement.c0505, (*_PRESENTED, *_INVALIDATIONS, "CC007C", "CC022C", "CC055C", "CC056C", "CC060C", "CC182C")),
    *(Held(rule, _INVALIDATIONS) for rule in (others.c0128, others.c0129, others.c0137, others.c0870)),
    Held(others.c0102, ("CC007C",)),
    *(Held(rule, ("CC060C",)) for rule in (others.c0451, others.c0452, others.c0455)),
    Held(others.c0492, ("CC057C",)),
    *(Held(rule, ("CC025C",)) for rule in (others.c0352, others.c0353)),
    Held(others.c0027, ("CC043C",)),
    *(Held(rule, ("CC182C",)) for rule in (others.c0240, others.c0396, others.c0040, others.c0460)),
)


def check(root: etree._Element) -> Iterator[Finding]:
    """Check a message by conditions and rules.

    Args:
        root: Its root element, whose structure is right.

    Returns:
        One finding for each place where a rule does not hold, rule by rule (0..n).

    Source: DDNTA 6.4.1, conditions and rules.
    """
    sheet, message = Sheet(root), etree.QName(root).localname
    for held in RULES:
        if message in held.messages:
            for objection in held.rule(sheet):
                yield _finding(held, objection)


def _finding(held: Held, objection: Objection) -> Finding:
    return Finding(
        code=held.code,
        severity=held.severity,
        message=_text(held.rule),
        location=location_of(objection.element),
        expected=objection.expected,
        found=None if objection.found is None else objection.found[:_SHOWN],
    )


@cache
def _text(rule: Rule) -> str:
    """The first paragraph of a rule's docstring: what the trader and the officer read."""
    return inspect.cleandoc(rule.__doc__ or _name(rule)).partition("\n\n")[0].replace("\n", " ")


def _name(rule: Rule) -> str:
    return str(getattr(rule, "__name__", rule))
