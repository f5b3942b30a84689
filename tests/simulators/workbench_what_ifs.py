# SPDX-License-Identifier: Apache-2.0
"""Questions to a past that is made up, as an instance answers them: the figures are of the real estimators and replays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random

import msgspec

from cocket.pipeline.trials.whatif import CheckedFigure, WhatIf, WhatIfAnswer, WhatIfCheck, _difference, _point
from cocket.pipeline.trials.whatif_past import PastCounts
from cocket.risk.estimate import Estimate
from cocket.trials.queues import Arrival, Changed, Closing, Delay, Office, delay_of
from cocket.trials.whatif import SENTENCES, Limit, Logged, Question, Scanners, Told, estimate

_FIRST = date(2026, 6, 1)

_PROBLEM = "The past holds 3 working days; nothing is said from fewer than 14."


@cache
def questions() -> tuple[WhatIf, ...]:
    """One that was answered, and one that was refused."""
    at = datetime(2026, 11, 25, 7, tzinfo=UTC)
    asked = Question(
        title="Autumn", examine=0.06, random=0.02, ignore_below="150", currency="XTS", opens="08:00", closes="20:00", weekdays=(1, 2, 6),
        staff={"examination": 2, "documents": -1}, scanners=Scanners(count=1, minutes=12.0), rule="new-importer", model="m-2",
        documents=0.1, audit=0.02, examinations_a_day=20, documents_a_day=30, offices=("PTA1",),
    )  # fmt: skip
    refused = WhatIf(
        id="0193a5f0-7a44-7c2e-9d1c-3f0a52b7e612", by="analyst.b", at=at, question=Question(examine=0.04), state="refused",
        problem=_PROBLEM,
        hint="Ask again when more days have passed, or over a longer time.",
    )  # fmt: skip
    answered = WhatIf(
        id="0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611",
        by="analyst.b",
        at=at,
        question=asked,
        state="answered",
        answer=_answer(),
    )
    return answered, refused


def held() -> WhatIfCheck:
    """The forecast held against what came."""
    today, changed = Estimate(9.0, 8.0, 10.0), Estimate(6.0, 5.0, 7.0)
    happened = Estimate(6.2, 5.5, 7.0)
    lines = (
        CheckedFigure(what="examinations a day", today=today, changed=changed, naive=9.1, happened=happened, cases=90),
        CheckedFigure(
            what="finds per examination", today=today, changed=today, naive=None, happened=happened, cases=90
        ),
        CheckedFigure(
            what="hours",
            office="PTA1",
            lane="red",
            today=changed,
            changed=today,
            naive=5.0,
            happened=happened,
            cases=90,
        ),
    )
    return WhatIfCheck(
        id=questions()[0].id, by="analyst.b", at=datetime(2026, 11, 25, 7, tzinfo=UTC), since=date(2026, 9, 1),
        until=date(2026, 11, 25), cases=1200, lines=lines,
    )  # fmt: skip


def _answer() -> WhatIfAnswer:
    today, changed = (_told(share) for share in (0.08, 0.06))
    points = tuple(
        _point(name, told, hours)
        for name, told, hours in (("0.5", _told(0.04), None), ("changed", changed, 1.5), ("today", today, 2.5))
    )
    arguments = dict.fromkeys(
        ("share", "missing", "all", "count", "known", "finds", "today", "changed", "least", "taken"), "7"
    )
    limits = tuple(
        Limit(
            code=code,
            arguments={
                **arguments,
                "model": "m-2",
                "why": _PROBLEM,
            },
        )
        for code in SENTENCES
    )
    return WhatIfAnswer(
        past=PastCounts(
            first=_FIRST, last=_FIRST + timedelta(days=59), declared=6000, asked=6000, examined=480, drawn=240, unanswered=7, picks=7,
            unknown=7, unscored=7, not_by_model=7, valueless=7, finds=40, amounts=33, currency="XTS",
        ),
        lanes={"red": (480, 360), "yellow": (600, 600), "blue": (0, 0), "green": (4920, 5040)},
        today=msgspec.structs.replace(today, draws=()),
        changed=msgspec.structs.replace(changed, draws=()),
        difference=_difference((today, changed)),
        frontier=points,
        delays=(_delay(),),
        limits=limits,
    )  # fmt: skip


@cache
def _told(share: float) -> Told:
    dice = Random(2)
    cases, target = [], []
    for number in range(6000):
        score = dice.random()
        is_sure, is_drawn = score > 0.92, dice.random() < 0.2
        is_bad = dice.random() < 0.02 + 0.3 * (score > 0.9)
        is_seen = is_sure or is_drawn
        cases.append(
            Logged(
                id=str(number),
                day=_FIRST + timedelta(days=number // 100),
                chance=1.0 if is_sure else 0.2,
                is_seen=is_seen,
                found=is_seen and is_bad,
                threat=is_seen and is_bad and number % 9 == 0,
                amount=700.0 if is_seen and is_bad else 0.0,
                marks=(score,),
            )
        )
        target.append(1.0 if score > 1 - share else 0.02)
    return estimate(cases, target)


def _delay() -> Delay:
    dice = Random(3)
    work = []
    for day in range(40):
        morning = datetime(2026, 6, 1, 6, tzinfo=UTC).timestamp() + 86_400 * day
        for worker in ("a", "b"):
            at = morning + 7_200
            for number in range(12):
                at += dice.uniform(1_000, 2_600)
                work.append(Closing(opened=morning + number, closed=at, worker=worker if dice.random() < 0.9 else None))
    office = Office(stations={"examination": tuple(work), "documents": ()})
    arrivals = [Arrival("red", one.opened, ("examination",)) for one in work]
    return delay_of("PTA1", office, (arrivals, arrivals), Changed(staff={"examination": 1}), (UTC, 1))
