# SPDX-License-Identifier: Apache-2.0
"""Every public use case of an instance is called by a door."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import get_type_hints

from cocket.pipeline import instance
from tests.house.source import PACKAGE

DOORS = ("api", "cli", "feeds", "ingress", "workbench")

#: Public for another service that is handed this one, or for the instance itself.
WITHIN = {"tracking.alerts.views", "tracking.places.fence", "tracking.places.corridor", "intake.messages.close"}

#: Without a door so far. The list may only get shorter.
WITHOUT = {"control.officer_acts.evidence"}


def use_cases() -> set[str]:
    """Public methods of every service, as `topic.service.method`."""
    found = set()
    for name, kind in vars(instance).items():
        if is_dataclass(kind) and name.endswith("Services"):
            services = get_type_hints(kind)
            for field in fields(kind):
                found |= {
                    f"{name.removesuffix('Services').lower()}.{field.name}.{method}"
                    for method, what in inspect.getmembers(services[field.name], inspect.isfunction)
                    if not method.startswith("_")
                }
    return found


def called(texts: Iterable[str]) -> set[str]:
    """What these programs reach, by its last three names; of a service that was handed over, by the last one alone."""
    found = set()
    for text in texts:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Attribute):
                found.add(".".join(ast.unparse(node).split(".")[-3:]))
    return found


def without_a_door(cases: Iterable[str], reached: set[str]) -> set[str]:
    """Use cases that nothing reaches."""
    return {one for one in cases if one not in reached and f"service.{one.rpartition('.')[2]}" not in reached}


def test_every_use_case_has_a_door() -> None:
    cases = use_cases()
    reached = called(path.read_text(encoding="utf-8") for room in DOORS for path in (PACKAGE / room).rglob("*.py"))
    assert "intake.messages.take_many" in cases
    assert without_a_door(cases, reached) - WITHIN == WITHOUT


def test_a_use_case_without_a_door_is_found() -> None:
    reached = called(["instance.risk.rules.rules(principal)\nservice.close_alert(principal)"])
    assert without_a_door({"risk.rules.rules", "tracking.alerts.close_alert"}, reached) == set()
    assert without_a_door({"risk.rules.forget", "control.rules.rules"}, reached) == {
        "risk.rules.forget",
        "control.rules.rules",
    }
