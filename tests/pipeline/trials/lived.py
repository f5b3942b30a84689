# SPDX-License-Identifier: Apache-2.0
"""A house that has lived some weeks: declarations lodged each morning, a share drawn at random, examined one after the other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from cocket.pipeline import NewResult
from cocket.pipeline.assessment import worker
from cocket.pipeline.base import sealing
from cocket.pipeline.control import draws, officer_acts
from cocket.risk import replay, train
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.risk.test_active_models import HEAD
from tests.risk.given import past

#: Working days lived, declarations a day, and minutes from one result to the next.
DAYS, A_DAY, MINUTES = 24, 24, 20

#: All that is examined chance draws; documents are nobody's.
TERMS = (
    "random_share = 0.35\nred_share = 0.0\nred_score = 1.0\nyellow_share = 0.0\nyellow_score = 1.0\nblue_share = 0.0\n"
)

FIRST = datetime(2026, 9, 1, 5, tzinfo=UTC)


class Moment:
    """What desk, sealer and seeds take for now."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = FIRST
        moment = self

        class Shifted(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                return moment.now

        for module in (worker, draws, sealing, officer_acts):
            patch.setattr(module, "datetime", Shifted)


def dated(reference: str, day: date) -> bytes:
    """A declaration made on a day."""
    return declaration(reference).replace(b"20260305093000+02", f"{day:%Y%m%d}093000+02".encode())


def live(built: Built, moment: Moment, desk: Any, days: range, found_every: int = 4) -> int:
    """Live some days; how many results there are."""
    results, busy = 0, 0
    for number in days:
        moment.now = FIRST + timedelta(days=number)
        names = [f"L{number:02}{one:03}" for one in range(A_DAY)]
        day = moment.now.date()
        built.house.intake.messages.take_many([envelope(dated(one, day)) for one in names], principal=trader("ACME"))
        while desk.turn():
            pass
        moment.now += timedelta(hours=4)
        for order in waiting(built):
            moment.now += timedelta(minutes=MINUTES)
            busy += 1
            is_found = busy % found_every == 0
            told = NewResult(depth="full", found=False)
            if is_found:
                offence = "narcotics" if busy % (2 * found_every) == 0 else "undervaluation"
                told = NewResult(depth="full", found=True, offence=offence, duty_recovered="200", currency="XTS")
            built.house.control.officer_acts.record_result(officer(), str(order), told)
            results += 1
        while desk.turn():
            pass
    return results


def waiting(built: Built) -> list[UUID]:
    """Open orders of red, oldest first."""
    with built.stores.database.transaction() as connection:
        return [one.id for one in built.stores.orders.waiting(connection, "red", datetime.now(UTC) + timedelta(days=1))]


def lived(home: Path, moment: Moment, **given: Any) -> tuple[Built, Any]:
    """A house with a champion, and a model beside it, that has lived `DAYS`, and its desk."""
    built = build(home, red_per_day=1000, yellow_per_day=10, **given)
    (built.settings.home / "control.toml").write_text(TERMS)
    built.settings.first_history_file.write_bytes(replay(past(300)).snapshot())
    version = built.house.risk.models.register_model(HEAD, train(past()).to_bytes(), "trained")
    built.house.risk.models.promote_model(HEAD, version, "champion", "the first")
    beside = built.house.risk.models.register_model(HEAD, train(past(600, seed=2)).to_bytes(), "trained on less")
    built.house.risk.models.promote_model(HEAD, beside, "challenger", "to be compared")
    desk = built.desk()
    live(built, moment, desk, range(DAYS))
    return built, desk
