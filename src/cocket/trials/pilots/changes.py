# SPDX-License-Identifier: Apache-2.0
"""What of a sealed pilot may still be changed, and what a change changed: each field as it was and as it is.

Source: ICH E9, Statistical Principles for Clinical Trials (1998), 4.4 and 4.5: what is asked, and by which bounds, is fixed before the
first datum.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import msgspec

from cocket.errors import SenderError
from cocket.trials.pilots.protocol import PilotPlan, PilotProtocol, StopRule

#: What makes a pilot this pilot: another question, treatment, measure or draw is another pilot.
IDENTITY: Final = frozenset(
    ("title", "question", "treatment", "measure", "design", "applies", "offices", "period_days", "periods", "share", "estimator")
)  # fmt: skip

#: What bounds and first day rest on: fixed from the first day on.
GOAL: Final = frozenset(("first", "base", "effect", "cell_size", "spread", "alpha", "looks"))


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """A field that a version changed.

    Attributes:
        name: Of the plan.
        before: As it was, in words; empty for nothing.
        after: As it is since.
    """

    name: str
    before: str
    after: str


class VersionChange(msgspec.Struct, frozen=True, kw_only=True):
    """What one version changed, with who answers for it.

    Attributes:
        version: Number of the version.
        at: When it was sealed, UTC.
        by: Who, all who answer for it.
        reason: Why.
        is_after_start: Whether the pilot had begun.
        fields: What changed (1..n).
    """

    version: int
    at: datetime
    by: str
    reason: str
    is_after_start: bool
    fields: tuple[FieldChange, ...]


def changed_fields(earlier: PilotPlan, later: PilotPlan) -> tuple[str, ...]:
    """What differs of two plans (0..n)."""
    return tuple(name for name in PilotPlan.__struct_fields__ if getattr(earlier, name) != getattr(later, name))


def check_change(earlier: PilotProtocol, later: PilotPlan, today: date) -> tuple[str, ...]:
    """What a change changes, unless it would move the goal, or change nothing at all.

    Args:
        earlier: The version in force.
        later: The wanted plan.
        today: The day it is: from the first day on, bounds stay as they are and stop rules only become stricter.

    Raises:
        SenderError: It would make another pilot of it, move the goal after the start, loosen a stop rule, or changes nothing.
    """
    fields = changed_fields(earlier.plan, later)
    if not fields:
        raise SenderError("Nothing is changed.", code="pilot-unchanged")
    if another := IDENTITY & set(fields):
        raise SenderError(
            "This would be another pilot: what it asks, what is done, what is measured and who is in which arm stay as they were "
            "sealed. Stop this one and plan another pilot.",
            code="pilot-fixed",
            found=", ".join(sorted(another)),
        )
    if today < earlier.plan.first:
        if later.first <= today:
            raise SenderError("The first day must lie ahead.", code="pilot-late", expected=f"after {today}")
        return fields
    if moved := GOAL & set(fields):
        raise SenderError(
            "This pilot has begun: what is to be found, its error, its looks and its first day stay as they were sealed. "
            "Stop this one and plan another pilot.",
            code="pilot-begun",
            found=", ".join(sorted(moved)),
        )
    if looser := _looser(earlier.plan.stop, later.stop):
        raise SenderError(
            "This pilot has begun: its stop rules may only become stricter, and none may be dropped.",
            code="pilot-looser",
            found=", ".join(looser),
        )
    return fields


def changes_of(versions: Sequence[PilotProtocol]) -> tuple[VersionChange, ...]:
    """What each version changed, the first change first (0..n).

    Args:
        versions: All versions, the first one first.
    """
    found = []
    for earlier, later in itertools.pairwise(versions):
        if len(later.changes) > len(earlier.changes):
            told = later.changes[-1]
            fields = tuple(
                FieldChange(name=name, before=said_of(earlier.plan, name), after=said_of(later.plan, name))
                for name in changed_fields(earlier.plan, later.plan)
            )
            found.append(
                VersionChange(
                    version=later.version,
                    at=told.at,
                    by=told.by,
                    reason=told.reason,
                    is_after_start=told.is_after_start,
                    fields=fields,
                )
            )
    return tuple(found)


def said_of(plan: PilotPlan, name: str) -> str:
    """A field of a plan as text: shares of `base` and `effect` of 100; empty where nothing is stated."""
    value = getattr(plan, name)
    if name == "stop":
        return "; ".join(f"{one.code} {one.limit:g}{f' ({one.person})' if one.person else ''}" for one in plan.stop)
    if name == "spread":
        told = plan.spread
        return f"ICC {told.icc:g}, CAC {told.cac:g}{f', IAC {told.iac:g}' if told.iac else ''}{' (decay)' if told.is_decay else ''}"
    if name in ("base", "effect"):
        return f"{100 * value:g} / 100"
    if name == "frozen":
        return "; ".join(f"{key}: {text}" for key, text in plan.frozen.items())
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


def _looser(earlier: Sequence[StopRule], later: Sequence[StopRule]) -> list[str]:
    """Rules that would stop later than before, or not at all: of harm a smaller error, of the others a higher limit."""
    now = {one.code: one.limit for one in later}
    return [
        one.code
        for one in earlier
        if one.code not in now or (now[one.code] < one.limit if one.code == "harm" else now[one.code] > one.limit)
    ]
