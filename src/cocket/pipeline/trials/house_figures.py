# SPDX-License-Identifier: Apache-2.0
"""Works out the measures of the fixed list from what this house holds, for days that are named.

Whoever uses it decides by policy and records the look; it reads the whole house, so it serves those bound to no office.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from cocket.consignment.quality import OPTIONAL_FIELDS
from cocket.governance import Principal
from cocket.governance.agreements import standing_on
from cocket.governance.contest import Contest
from cocket.pipeline.base.document_files import read_body
from cocket.pipeline.base.partner_agreements import newest_agreements, today_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.mirror_matching import HIT
from cocket.pipeline.consignment.mirror_records import RECORD
from cocket.pipeline.control.contests import CONTEST
from cocket.pipeline.queries.quality import MOST_DAYS, DataQuality, Quality
from cocket.pipeline.risk.effort_figures import choices_of, declared_between
from cocket.pipeline.risk.read_past import PastReader
from cocket.pipeline.tracking.alert_effects import ALERT
from cocket.risk.effort import random_share
from cocket.stores.base.database import Connection
from cocket.stores.tracking.devices import Devices
from cocket.stores.trials.counts import TrialCounts
from cocket.trials.lessons.measures import MEASURES, Measured, Span, counted, shared, timed, unmeasured

#: Newest messages of which the time to advice is looked at (count).
_MOST_WAITS: Final = 20_000

_EXAMINED: Final = (
    "random-hit-rate", "advice-hit-rate", "missed", "examinations", "random-examinations", "random-share", "finds",
)  # fmt: skip
_SEALED: Final = ("overrides", "mirror-records", "mirror-differences", "alerts", "sealed-records", "signed-heads")
_MESSAGES: Final = ("messages", "refused", "conflicts")
_WAITS: Final = ("advice-seconds", "advice-seconds-95")
_QUALITY: Final = ("completeness", "disagreement", "timeliness")
_TODAY: Final = ("agreements", "devices", "accounts", "analysts")


class HouseFigures:
    """Figures of this house.

    Args:
        stores: The stores of this process.
        past: Reads what was assessed and found.
        quality: Scorecards of senders.
    """

    def __init__(self, stores: Stores, past: PastReader, quality: DataQuality) -> None:
        self._stores, self._past, self._quality = stores, past, quality
        self._counts = TrialCounts()

    def today(self) -> date:
        """Today, in the zone of the administration."""
        return today_of(self._stores)

    def measure(self, principal: Principal, names: Collection[str], since: date, until: date) -> dict[str, Measured]:
        """A figure for each measure, or why there is none.

        Args:
            principal: Who asks: bound to no office, and may see statistics.
            names: Of `MEASURES`.
            since: First day, in the zone of the administration.
            until: Last day; days that have not come are left out.

        Raises:
            PolicyError: The principal may not see statistics.
        """
        now, today = datetime.now(UTC), self.today()
        span = Span(since=since, until=min(until, today), at=now)
        if since > today:
            span = Span(since=since, until=until, at=now)
            return {name: unmeasured(name, span, "not-begun") for name in names}
        found: dict[str, Measured] = {}
        works: tuple[tuple[tuple[str, ...], Callable[[Connection, Span], dict[str, Measured]]], ...] = (
            (_EXAMINED, self._examined),
            (_SEALED, self._sealed),
            (_MESSAGES, self._messages),
            (_WAITS, self._waits),
            (("contests-upheld",), self._contests),
            (_TODAY, self._as_of_today),
        )
        with self._stores.database.transaction() as connection:
            for several, work in works:
                if set(several) & set(names):
                    found |= work(connection, span)
        if set(_QUALITY) & set(names):
            found |= self._data(principal, span)
        return {name: found[name] for name in MEASURES if name in names}

    def _moments(self, span: Span) -> tuple[datetime, datetime]:
        """Midnight before the first day and after the last, in the zone of the administration."""
        zone = ZoneInfo(self._stores.settings.time_zone)
        first = datetime.combine(span.since, time.min, zone)
        return first, datetime.combine(span.until + timedelta(days=1), time.min, zone)

    def _examined(self, connection: Connection, span: Span) -> dict[str, Measured]:
        past = self._past.read(connection, span.since, None)
        period = declared_between(past.rows, span.since, span.until)
        rows = [one for one in past.rows if str(one.consignment) in period.days]
        choices, _ = choices_of(rows, past.examined)
        chance = random_share(choices)
        outcomes = [past.examined.get(str(one.consignment)) for one in rows]
        told = [one for one in outcomes if one is not None]
        chosen = [
            outcome
            for row, outcome in zip(rows, outcomes, strict=True)
            if outcome is not None and row.lane in ("red", "yellow") and not row.is_random
        ]
        finds = sum(one.found for one in told)
        made = {
            "examinations": counted("examinations", span, len(told)),
            "finds": counted("finds", span, finds),
            "random-share": shared("random-share", span, sum(one.is_random for one in rows), len(rows)),
            "advice-hit-rate": shared("advice-hit-rate", span, sum(one.found for one in chosen), len(chosen)),
            "random-examinations": counted("random-examinations", span, chance.drawn if chance else 0),
            "random-hit-rate": unmeasured("random-hit-rate", span, "no-draw"),
            "missed": unmeasured("missed", span, "no-draw"),
        }
        if chance is not None:
            made["random-hit-rate"] = shared("random-hit-rate", span, chance.found, chance.drawn)
            missed, high = chance.missed, chance.missed.high
            made["missed"] = msgspec.structs.replace(
                counted("missed", span, 0),
                value=missed.value,
                low=missed.low,
                high=high if high < float("inf") else None,
                of=chance.drawn,
            )
        return made

    def _sealed(self, connection: Connection, span: Span) -> dict[str, Measured]:
        first, last = self._moments(span)
        kinds = self._counts.kinds(connection, ("override", "assessment", RECORD, HIT, ALERT), first, last)
        return {
            "overrides": shared("overrides", span, min(kinds["override"], kinds["assessment"]), kinds["assessment"]),
            "mirror-records": counted("mirror-records", span, kinds[RECORD]),
            "mirror-differences": counted("mirror-differences", span, kinds[HIT]),
            "alerts": counted("alerts", span, kinds[ALERT]),
            "sealed-records": counted("sealed-records", span, self._counts.sealed(connection, first, last)),
            "signed-heads": counted("signed-heads", span, self._counts.heads(connection, first, last)),
        }

    def _messages(self, connection: Connection, span: Span) -> dict[str, Measured]:
        outcomes = self._counts.outcomes(connection, *self._moments(span))
        whole = sum(outcomes.values())
        return {
            "messages": counted("messages", span, whole),
            "refused": shared("refused", span, outcomes.get("refused", 0), whole),
            "conflicts": shared("conflicts", span, outcomes.get("conflict", 0), whole),
        }

    def _waits(self, connection: Connection, span: Span) -> dict[str, Measured]:
        found = self._counts.waits(connection, *self._moments(span), _MOST_WAITS)
        note = "newest" if found.number == _MOST_WAITS else ""
        made = {
            "advice-seconds": timed("advice-seconds", span, found.median, found.number),
            "advice-seconds-95": timed("advice-seconds-95", span, found.of_95, found.number),
        }
        return {
            name: msgspec.structs.replace(one, note=note) if one.value is not None else one
            for name, one in made.items()
        }

    def _contests(self, connection: Connection, span: Span) -> dict[str, Measured]:
        first, last = self._moments(span)
        every = [read_body(file, Contest) for file in self._stores.case_files.of_kind(connection, CONTEST, ())]
        answers = [one.answer for one in every if one.answer is not None and first <= one.answer.at < last]
        upheld = sum(one.outcome in ("upheld", "upheld-in-part") for one in answers)
        return {"contests-upheld": shared("contests-upheld", span, upheld, len(answers))}

    def _as_of_today(self, connection: Connection, span: Span) -> dict[str, Measured]:
        if span.until < self.today():
            return {name: unmeasured(name, span, "only-today") for name in _TODAY}
        agreements = newest_agreements(self._stores, connection).values()
        staff = self._stores.people.staff(connection, span.at)
        roles = [role for _, _, role, _, disabled, _ in staff if disabled is None]
        numbers = {
            "agreements": sum(standing_on(one, self.today()) == "in-force" for one in agreements),
            "devices": sum(one.state == "active" for one in Devices().every(connection)),
            "accounts": len(roles),
            "analysts": roles.count("analyst"),
        }
        return {name: counted(name, span, number, "as-of-today") for name, number in numbers.items()}

    def _data(self, principal: Principal, span: Span) -> dict[str, Measured]:
        """From the scorecards of senders, which look back from now."""
        if span.until < self.today():
            return {name: unmeasured(name, span, "only-today") for name in _QUALITY}
        days = max((self.today() - span.since).days, 1)
        told = self._quality.senders(principal, days)
        note = "year" if days > MOST_DAYS else "" if told.is_whole else "newest"
        return {
            name: msgspec.structs.replace(one, note=note) if one.value is not None else one
            for name, one in _of_scorecards(told, span).items()
        }


def _of_scorecards(told: Quality, span: Span) -> dict[str, Measured]:
    fields = [field for sender in told.senders for field in sender.fields]
    expected = [field for field in fields if field.name not in OPTIONAL_FIELDS]
    dated = [(one.days, one.dated) for one in told.senders if one.days is not None and one.dated]
    spread = [days for days, number in dated for _ in range(number)]
    return {
        "completeness": shared(
            "completeness", span, sum(one.stated for one in expected), sum(one.papers for one in expected)
        ),
        "disagreement": shared(
            "disagreement", span, sum(one.differs for one in fields), sum(one.compared for one in fields)
        ),
        "timeliness": timed("timeliness", span, float(median(spread)) if spread else None, len(spread)),
    }
