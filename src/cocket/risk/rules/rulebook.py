# SPDX-License-Identifier: Apache-2.0
"""Several rules over one case after the other: which fire, and what of that can be told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import msgspec

from cocket.errors import SettingsError
from cocket.risk.facts import Facts
from cocket.risk.rules.language import Ready
from cocket.risk.rules.rule import Rule
from cocket.risk.rules.view import Seen, View

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Fired(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules say of one case.

    Attributes:
        rules: Rules that fired, in the order of the rulebook (0..n).
        undecided: Codes of rules of which it cannot be told (0..n).
    """

    rules: tuple[Rule, ...] = ()
    undecided: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the rules that fired."""
        return tuple(rule.code for rule in self.rules)


class Rulebook:
    """Rules made ready.

    Args:
        rules: The rules, each code once (0..n).

    Raises:
        SettingsError: A condition does not hold.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._ready = [Ready(rule) for rule in rules]
        self._view = View() if self._ready else None

    @classmethod
    def of_those_that_hold(cls, rules: Iterable[Rule]) -> Rulebook:
        """The rules whose condition holds; one written for an earlier version may name what there is no more."""
        return cls([rule for rule in rules if problem_of(rule) is None])

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in order."""
        return tuple(ready.rule for ready in self._ready)

    def read(self, seen: Seen, *, heed_dates: bool = True, on: date | None = None) -> Fired:
        """What the rules say of a case.

        Args:
            seen: The case.
            heed_dates: Whether only rules in force speak; a look at the past lets all speak.
            on: Day on which they must be in force; None for the day of the case.
        """
        if self._view is None:
            return Fired()
        self._view.show(seen)
        today = on or day_of(seen.now)
        fired, undecided = [], []
        for ready in self._ready:
            if heed_dates and not ready.rule.counts_on(today):
                continue
            holds = ready.condition.holds(self._view)
            if holds:
                fired.append(ready.rule)
            elif holds is None:
                undecided.append(ready.rule.code)
        return Fired(rules=tuple(fired), undecided=tuple(undecided))


def problem_of(rule: Rule) -> str | None:
    """Why the condition of a rule does not hold; None where it does."""
    try:
        Ready(rule)
    except SettingsError as error:
        return error.message
    return None


def day_of(day: float) -> date:
    """The date of a day number, UTC."""
    return (_EPOCH + timedelta(days=day)).date()


def sentence_places(facts: Facts) -> dict[str, str]:
    """Values for the places that a rule's sentence may have; what is not declared is `–`."""
    names = ("importer", "declarant", "seller", "office", "export_country")
    return {name: getattr(facts, name) or "–" for name in names}
