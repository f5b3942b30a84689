# SPDX-License-Identifier: Apache-2.0
"""How models that are tried beside the champion fare: their sealed scores, held against what examinations found."""

from __future__ import annotations

from uuid import UUID

import msgspec

from cocket.control import Ranked
from cocket.pipeline.advice import SealedAdvice
from cocket.pipeline.results import outcomes_between
from cocket.pipeline.shelves import Shelves
from cocket.risk.models.metrics import auc, average_precision
from cocket.stores.database import Connection


class Tried(msgspec.Struct, frozen=True, kw_only=True):
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
    """

    version: str
    selects: bool
    examined: int
    found: int
    auc: float | None
    precision: float | None
    champion_auc: float | None
    champion_precision: float | None


def tried_in_house(shelves: Shelves, connection: Connection) -> tuple[Tried, ...]:
    """Every model that scored, those that selected first, on examined consignments alone.

    What is examined the champion had chosen, mostly: a model beside it is judged where the champion looked.
    """
    last = shelves.leaves.size(connection) - 1
    found = {UUID(one.facts.id): one.found for one in outcomes_between(shelves, connection, 0, last)}
    assessed = shelves.orders.assessed(connection, list(found))
    bodies = shelves.leaves.bodies(connection, [one.id for one in assessed.values()])
    told: dict[tuple[bool, str], list[tuple[bool, float, float]]] = {}
    for consignment, one in assessed.items():
        if one.id not in bodies:
            continue
        advice = msgspec.json.decode(bodies[one.id][1], type=SealedAdvice)
        if advice.score is None:
            continue
        if advice.model_version:
            told.setdefault((True, advice.model_version), []).append((found[consignment], advice.score, advice.score))
        for version, score in advice.beside.items():
            told.setdefault((False, version), []).append((found[consignment], score, advice.score))
    return tuple(_tried(key, rows) for key, rows in sorted(told.items(), key=lambda pair: (not pair[0][0], pair[0][1])))


def ranked_in_house(shelves: Shelves, connection: Connection) -> tuple[list[Ranked], int]:
    """Consignments that were scored and then examined, with what was found.

    Returns:
        Each once (0..n), standing for as many as its chance of examination says; and how many are left out (count), because
        something was found and nobody wrote down what it recovered, or because no chance was logged.
    """
    last = shelves.leaves.size(connection) - 1
    outcomes = {UUID(one.facts.id): one for one in outcomes_between(shelves, connection, 0, last)}
    assessed = shelves.orders.assessed(connection, list(outcomes))
    ranked, left_out = [], 0
    for consignment, one in assessed.items():
        outcome = outcomes[consignment]
        if outcome.origin != "examination" or one.score is None:
            continue
        if outcome.propensity is None or (outcome.found and outcome.recovered is None):
            left_out += 1
            continue
        ranked.append(
            Ranked(
                score=one.score,
                duty=None if outcome.facts.duty is None else float(outcome.facts.duty),
                found=outcome.found,
                recovered=outcome.recovered or 0.0 if outcome.found else 0.0,
                weight=1.0 / outcome.propensity,
            )
        )
    return ranked, left_out


def _tried(key: tuple[bool, str], rows: list[tuple[bool, float, float]]) -> Tried:
    found, own, champion = ([row[place] for row in rows] for place in range(3))
    labels = [bool(each) for each in found]
    return Tried(
        version=key[1],
        selects=key[0],
        examined=len(rows),
        found=sum(labels),
        auc=auc(labels, own),
        precision=average_precision(labels, own),
        champion_auc=auc(labels, champion),
        champion_precision=average_precision(labels, champion),
    )
