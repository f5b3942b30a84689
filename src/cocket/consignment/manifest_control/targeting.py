# SPDX-License-Identifier: Apache-2.0
"""Which bills and containers to look at before the ship is in, and why: a sum of points that an analyst can add up."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal

import msgspec

from cocket.consignment.manifest_control.indicators import INDICATORS, Indicator
from cocket.consignment.manifest_control.scene import Known, scenes_of
from cocket.consignment.paper import equipment_name
from cocket.model import Manifest

NOTHING_KNOWN = Known()


class TargetReason(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator that spoke.

    Attributes:
        code: Its code.
        points: What it adds to the score.
        message: Sentence with places.
        arguments: Values for the places.
        source: What it rests on.
        bill: Bill it spoke of, as written.
    """

    code: str
    points: int
    message: str
    arguments: dict[str, str] = {}
    source: str = ""
    bill: str = ""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One bill or container with its score.

    Attributes:
        kind: `bill` or `container`.
        id: Number of the bill as written, or of the container in canonical form; `line N` of a bill without a number.
        part: Place of the bill in its manifest (1-based), of a container that of its first bill.
        score: Sum of points, each indicator once (0..n, higher is worse).
        reasons: Indicators that spoke, weightiest first (1..n).
    """

    kind: Literal["bill", "container"]
    id: str
    part: int
    score: int
    reasons: tuple[TargetReason, ...]


def target(
    manifest: Manifest, known: Known = NOTHING_KNOWN, points: Mapping[str, int] | None = None
) -> tuple[Target, ...]:
    """Score the bills and containers of a manifest before arrival, from manifest facts alone.

    Args:
        manifest: The manifest as it stands.
        known: What earlier papers tell.
        points: Other points than the indicators' own, by code; 0 switches one off.

    Returns:
        Bills and containers of which any indicator spoke, highest score first (0..n).
    """
    bills: list[Target] = []
    spoken: dict[str, list[tuple[int, TargetReason]]] = {}
    for part, scene in enumerate(scenes_of(manifest, known), start=1):
        title = scene.bill.id or f"line {scene.bill.line or part}"
        reasons = [
            _reason(indicator, own if points is None else points.get(code_of(indicator), own), values, title)
            for indicator, own in INDICATORS
            for values in indicator(scene)
        ]
        reasons = [reason for reason in reasons if reason.points]
        for unit in dict.fromkeys(equipment_name(unit.id) for unit in scene.bill.equipment):
            mine = [(part, one) for one in reasons if equipment_name(one.arguments.get("container", unit)) == unit]
            spoken.setdefault(unit, []).extend(mine)
        if reasons:
            bills.append(_target("bill", title, [(part, reason) for reason in reasons]))
    containers = [_target("container", unit, found) for unit, found in spoken.items() if found]
    return tuple(sorted((*containers, *bills), key=lambda one: (-one.score, one.kind, one.id, one.part)))


@lru_cache(maxsize=64)
def code_of(indicator: Indicator) -> str:
    """The code an indicator is named after."""
    return indicator.__name__.replace("_", "-")


@lru_cache(maxsize=64)
def text_of(indicator: Indicator) -> str:
    """The sentence an indicator says: the first paragraph of its docstring, in one line, without its last stop."""
    paragraph = inspect.cleandoc(indicator.__doc__ or "").partition("\n\n")[0]
    return " ".join(paragraph.split()).removesuffix(".")


@lru_cache(maxsize=64)
def source_of(indicator: Indicator) -> str:
    """What an indicator rests on."""
    return " ".join(inspect.cleandoc(indicator.__doc__ or "").partition("Source:")[2].split())


def _reason(indicator: Indicator, points: int, values: dict[str, str], bill: str) -> TargetReason:
    return TargetReason(
        code=code_of(indicator),
        points=points,
        message=text_of(indicator),
        arguments=values,
        source=source_of(indicator),
        bill=bill,
    )


def _target(kind: Literal["bill", "container"], title: str, found: Iterable[tuple[int, TargetReason]]) -> Target:
    told = list(found)
    once = {reason.code: reason for _, reason in reversed(told)}
    reasons = sorted({(r.code, r.bill, tuple(sorted(r.arguments.items()))): r for _, r in told}.values(), key=_weight)
    return Target(
        kind=kind,
        id=title,
        part=min(part for part, _ in told),
        score=sum(reason.points for reason in once.values()),
        reasons=tuple(reasons),
    )


def _weight(reason: TargetReason) -> tuple[int, str, str]:
    return -reason.points, reason.code, reason.bill
