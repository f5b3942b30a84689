# SPDX-License-Identifier: Apache-2.0
"""Declarations of half a year whose truth is known, and the figures of them as an instance gives them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from random import Random
from typing import Any

from cocket.pipeline.risk.effort_figures import FiguresView, HostDraws, OfficerFigures, Slice
from cocket.pipeline.risk.fairness_figures import FairnessView
from cocket.risk.effort import Choice, by, equal_effort, random_share
from cocket.risk.estimate import share
from cocket.risk.fairness import Case, fairness

#: Share drawn at random, by office.
DRAWN = {"PTA1": 0.1, "PTA2": 0.0}


@cache
def choices(seed: int = 1) -> tuple[Choice, ...]:
    """A host that sends one in ten to red by a poor rule, a score that knows more, and chance at one office."""
    dice = Random(seed)
    made = []
    for number in range(6000):
        office, day = ("PTA1", "PTA2")[number % 2], 1 + number // 1000 * 30
        is_bad, is_red = dice.random() < 0.08, dice.random() < 0.1
        draws = DRAWN[office]
        is_drawn = not is_red and dice.random() < draws
        made.append(
            Choice(
                id=f"{number:05}",
                place=f"{office} {day}",
                score=min(1.0, dice.random() * 0.6 + 0.4 * is_bad),
                duty=None,
                is_examined=is_red or is_drawn,
                is_drawn=is_drawn,
                found=is_bad and (is_red or is_drawn),
                recovered=500.0 * dice.random() * (is_bad and (is_red or is_drawn)),
                chance=1.0 if is_red else draws or None,
            )
        )
    return tuple(made)


def figures_view(principal: Any, since: date | None = None, until: date | None = None) -> FiguresView:
    """The figures of these, of the principal's office alone if he is bound to one."""
    known = [one for one in choices() if principal.office in (None, one.place.split()[0])]
    parts = {
        "office": {one.id: one.place.split()[0] for one in known},
        "lane": {one.id: "red" if one.chance == 1.0 else "green" for one in known},
        "month": {one.id: f"2026-{6 + int(one.id) // 1000:02}" for one in known},
    }
    slices = {
        name: tuple(Slice(name=part, effort=equal_effort(some)) for part, some in by(known, of).items())
        for name, of in parts.items()
    }
    rate = share(12, 40)
    is_told = "supervisor" in principal.roles and rate is not None
    return FiguresView(
        at=datetime(2026, 11, 25, 7, tzinfo=UTC),
        since=since or date(2026, 6, 1),
        until=until or date(2026, 11, 25),
        office=principal.office,
        whole=equal_effort(known),
        offices=slices["office"],
        lanes=slices["lane"],
        months=slices["month"],
        officers=(OfficerFigures(officer="officer.a", results=40, found=12, share=rate),) if is_told and rate else None,
        too_few=1 if is_told else 0,
        declared=len(known),
        bases={"registered": len(known)},
        undated=3,
        future=2,
        examined=sum(one.is_examined for one in known),
        examined_unknown=0,
        examined_unscored=0,
        random=random_share(known),
        by_host=HostDraws(drawn=30, examined=24, found=3, unknown=4, effort=equal_effort(known)),
        currency="XTS",
        is_shadow=True,
        unscored=0,
    )


def fairness_view(principal: Any, since: date | None = None, until: date | None = None) -> FairnessView:
    """Two offices, at one of which less is found at the margin; a third with few examinations; traders by size."""
    told = (("PTA1", 400, 8), ("PTA2", 400, 60), ("PTA3", 20, 1))
    cases = [
        Case(
            groups={"office": office, "size": "1–9" if number % 2 else "100+", "age": "1 year or more"},
            trader=f"{office}{number}",
            score=0.055,
            bar=0.05,
            is_chosen=True,
            by_score=True,
            is_examined=True,
            found=number < found,
            chance=1.0,
        )
        for office, count, found in told
        if principal.office in (None, office)
        for number in range(count)
    ]
    return FairnessView(
        since=since or date(2026, 6, 1),
        until=until or date(2026, 11, 25),
        office=principal.office,
        dimensions=fairness(cases),
        cases=len(cases),
        without_trader=0,
        is_shadow=False,
        at=datetime(2026, 11, 25, 7, tzinfo=UTC),
    )
