# SPDX-License-Identifier: Apache-2.0
"""How models that are tried beside the champion fare: their sealed scores, held against what examinations found."""

from __future__ import annotations

from uuid import UUID

import msgspec

from cocket.control import Ranked
from cocket.pipeline.base.sealed_advice import SealedAdvice
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.outcomes import outcomes_between
from cocket.risk import Outcome
from cocket.risk.estimate import Rate, Trial, ahead
from cocket.risk.models.metrics import auc, average_precision
from cocket.stores.base.database import Connection
from cocket.stores.control.orders import StoredAssessment

#: Share of all consignments by whose finds models are held against each other.
_TOP = 0.05


class ChallengerResult(msgspec.Struct, frozen=True, kw_only=True):
    """One model on the consignments that it scored and that were examined since.

    Attributes:
        version: The model.
        selects: Whether its scores selected.
        examined: Consignments it scored that were examined (count); `found` of them found irregular.
        found: See `examined`.
        auc: Chance that it scores one that was found above one that was not (0–1); None if it cannot be told.
        precision: Average precision of its order (0–1, higher is better); None if it cannot be told.
        champion_auc: The same as `auc` of the scores that selected, on the same consignments.
        champion_precision: The same as `precision` of them.
        in_top: Share with a find among the 5 % of all consignments that it scored highest, each examined one standing for its
            like; None where chance drew none of those examined.
        champion_in_top: The same of the scores that selected, on the same consignments.
    """

    version: str
    selects: bool
    examined: int
    found: int
    auc: float | None
    precision: float | None
    champion_auc: float | None
    champion_precision: float | None
    in_top: Rate | None
    champion_in_top: Rate | None


def results_of_challengers(stores: Stores, connection: Connection) -> tuple[ChallengerResult, ...]:
    """Every model that scored, those that selected first, on examined consignments alone.

    What is examined the champion had chosen, mostly: a model beside it is judged where the champion looked.
    """
    last = stores.leaves.size(connection) - 1
    outcomes = {UUID(one.facts.id): one for one in outcomes_between(stores, connection, 0, last)}
    assessed = stores.orders.assessed(connection, list(outcomes))
    bodies = stores.leaves.bodies(connection, [one.id for one in assessed.values()])
    told: dict[tuple[bool, str], list[tuple[Trial, float, float]]] = {}
    for consignment, one in assessed.items():
        if one.id not in bodies:
            continue
        advice = msgspec.json.decode(bodies[one.id][1], type=SealedAdvice)
        if advice.score is None:
            continue
        trial = _trial(outcomes[consignment], one, advice.score)
        if advice.model_version:
            told.setdefault((True, advice.model_version), []).append((trial, advice.score, advice.score))
        for version, score in advice.beside.items():
            told.setdefault((False, version), []).append((trial, score, advice.score))
    return tuple(_tried(key, rows) for key, rows in sorted(told.items(), key=lambda pair: (not pair[0][0], pair[0][1])))


def ranked_challengers(stores: Stores, connection: Connection) -> tuple[list[Ranked], int]:
    """Consignments that were scored and then examined, with what was found.

    Returns:
        Each once (0..n), standing for as many as its chance of examination says; and how many are left out (count), because
        something was found and nobody wrote down what it recovered, or because no chance was logged.
    """
    last = stores.leaves.size(connection) - 1
    outcomes = {UUID(one.facts.id): one for one in outcomes_between(stores, connection, 0, last)}
    assessed = stores.orders.assessed(connection, list(outcomes))
    ranked, left_out = [], 0
    for consignment, one in assessed.items():
        outcome = outcomes[consignment]
        if outcome.origin != "examination" or one.score is None:
            continue
        if outcome.propensity is None or (outcome.found and outcome.recovered is None):
            left_out += 1
            continue
        duty = None if outcome.facts.duty is None else float(outcome.facts.duty)
        ranked.append(Ranked(_trial(outcome, one, one.score), duty))
    return ranked, left_out


def _trial(outcome: Outcome, one: StoredAssessment, score: float) -> Trial:
    """An examined consignment: chance drew it if our advice sent it to red and might not have."""
    chance = outcome.propensity
    return Trial(
        is_examined=True,
        is_drawn=chance is not None and chance < 1.0 and one.lane == "red",
        found=outcome.found,
        amount=outcome.recovered or 0.0 if outcome.found else 0.0,
        chance=chance,
        score=score,
    )


def _tried(key: tuple[bool, str], rows: list[tuple[Trial, float, float]]) -> ChallengerResult:
    trials, own, champion = [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]
    labels = [one.found for one in trials]
    tops = (
        ahead([msgspec.structs.replace(one, score=score) for one, score in zip(trials, scores, strict=True)], _TOP)
        for scores in (own, champion)
    )
    return ChallengerResult(
        version=key[1],
        selects=key[0],
        examined=len(rows),
        found=sum(labels),
        auc=auc(labels, own),
        precision=average_precision(labels, own),
        champion_auc=auc(labels, champion),
        champion_precision=average_precision(labels, champion),
        in_top=next(tops),
        champion_in_top=next(tops),
    )
