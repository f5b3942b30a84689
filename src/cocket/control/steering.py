# SPDX-License-Identifier: Apache-2.0
"""How many of an office's examinations chance draws, week after week, from what its examinations found."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from cocket.control.exploration import Exploration, ExplorationState, Exploring, steer
from cocket.control.selection import ControlState
from cocket.control.terms import Policy, PolicyBook

#: Least share of the examinations drawn where the model holds; the policy's own random share is never undercut.
_LEAST = 0.01


class ToldResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the examination of one consignment found.

    Attributes:
        office: Customs office that selected it; "" for none.
        flow: What the declaration is for; None if not stated.
        found: Whether something was found.
        chance: Chance of a find that the score said when it chose the consignment (0–1); None where chance drew it.
    """

    office: str
    flow: str | None
    found: bool
    chance: float | None


def note_results(state: ControlState, book: PolicyBook, told: Iterable[ToldResult], week: int) -> None:
    """Take in what examinations found, and steer the offices for which a week is over.

    Args:
        state: What the selection remembers; brought up to date here.
        book: How examinations are spent; offices whose terms explore nothing (`explore_most` 0) are passed over.
        told: Results (0..n), in the order in which they returned.
        week: Number of the week in which they returned, counted from any fixed day.
    """
    for one in told:
        name, terms = book.terms(one.office, one.flow)
        if not terms.explore_most:
            continue
        exploring = state.exploring.get(name)
        if exploring is None:
            exploring = state.exploring[name] = Exploring(
                week=week, state=ExplorationState(rate=_settings(terms).least)
            )
        if week > exploring.week:
            _steer(state, name, terms, week)
        if one.chance is None:
            exploring.drawn.append(one.found)
        else:
            exploring.chosen.append((one.chance, one.found))


def _steer(state: ControlState, name: str, terms: Policy, week: int) -> None:
    """Set the share that chance draws from now on; it is one of cases, the rate one of examinations."""
    exploring = state.exploring[name]
    steer(exploring.state, _settings(terms), exploring.chosen, exploring.drawn)
    exploring.week, exploring.chosen, exploring.drawn = week, [], []
    if office := state.offices.get(name):
        office.explore = exploring.state.rate * (terms.red_share + terms.random_share)


def _settings(terms: Policy) -> Exploration:
    return Exploration(least=min(_LEAST, terms.explore_most), most=terms.explore_most)
