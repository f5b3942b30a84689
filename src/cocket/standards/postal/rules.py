# SPDX-License-Identifier: Apache-2.0
"""What a table cannot ask of a postal item: its identifier, sums, and what the category of its contents makes necessary.

Source: UPU S10; UPU Convention Regulations, instructions on forms CN 22 and CN 23; WCO–UPU Postal Customs Guide, data on
forms; WCO guidelines on acceptable descriptions of goods.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from cocket.codes import PostalItemId
from cocket.standards.descriptions import is_vague
from cocket.standards.json_drawing import number, objects, text
from cocket.standards.json_forms import Fault
from cocket.standards.json_nouns import money, total

SENTENCES = {
    "item-id": "{found} is not a UPU S10 identifier: two letters, nine digits, a country",
    "check-digit": "the check digit of {found} should be {expected}",
    "single": "a message {expected} must have one item",
    "party-incomplete": "this party must state {expected}",
    "explanation-missing": "the category is other, but there is no explanation",
    "mass": "the contents weigh {found} kg, more than the item with {expected} kg",
    "value": "the values of the contents total {found}, the item's is {expected}",
    "commercial": "goods for sale or display must state {expected}",
    "vague": "{found} does not say what the goods are",
}
WARNINGS = frozenset({"item-id", "check-digit", "mass", "value", "commercial", "vague"})

#: Forms that are for one item.
_OF_ONE = ("CN22", "CN23")
_COMMERCIAL = ("sale-of-goods", "commercial-sample")


def check_message(value: dict[str, Any], count: int) -> Iterator[Fault]:
    """What is wrong with a message as a whole.

    Args:
        value: The message without its items.
        count: How many items it has.

    Source: UPU Convention Regulations: a form goes with one item.
    """
    if value["postalMessage"] in _OF_ONE and count > 1:
        yield "single", "/items", value["postalMessage"], str(count)


def check_item(value: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong with an item whose form is sound.

    Args:
        value: The item.

    Source: as the module.
    """
    yield from _check_id(value["itemId"])
    for role in ("sender", "addressee"):
        lacking = [name for name in ("name", "country") if not text(value, role, name)]
        if not (value[role].get("address") or text(value, role, "city")):
            lacking.append("address")
        if lacking:
            yield "party-incomplete", f"/{role}", ", ".join(lacking), None
    if value["category"] == "other" and not text(value, "explanation"):
        yield "explanation-missing", "/explanation", None, None
    yield from _check_contents(value)


def _check_id(written: str) -> Iterator[Fault]:
    found = PostalItemId.parse(written)
    if found is None:
        yield "item-id", "/itemId", None, written
    elif not found.check_digit_ok:
        yield "check-digit", "/itemId", str(found.expected_check_digit), written


def _check_contents(value: dict[str, Any]) -> Iterator[Fault]:
    contents = list(objects(value, "contents"))
    gross = number(value, "grossMass") or Decimal()
    net = sum((number(each, "netMass") or Decimal() for each in contents), Decimal())
    if net > gross:
        yield "mass", "/contents", str(gross), str(net)
    declared, summed = money(value.get("value")), total([money(each.get("value")) for each in contents])
    if declared and summed and declared.currency == summed.currency and declared.value != summed.value:
        yield "value", "/value", str(declared.value), str(summed.value)
    for place, each in enumerate(contents):
        lacking = [name for name in ("hsCode", "origin", "value") if name not in each]
        if value["category"] in _COMMERCIAL and lacking:
            yield "commercial", f"/contents/{place}", ", ".join(lacking), None
        if is_vague(each["description"]):
            yield "vague", f"/contents/{place}/description", None, each["description"]
