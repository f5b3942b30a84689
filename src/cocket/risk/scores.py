# SPDX-License-Identifier: Apache-2.0
"""What a model says of declarations as they come, one after the other: the worst item speaks for the whole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from cocket.risk.trail import Looked, Trail

if TYPE_CHECKING:
    from cocket.risk.models import Model
    from cocket.risk.models.following import Believed


class Score(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one model says of one declaration.

    Attributes:
        chance: That an examination finds an irregularity, 0–1, higher is worse; of the item of which it is highest.
        shortfall: Duty and tax that a find would recover, all items together, national currency; None if the model knows no
            amounts.
        families: Offence family → its part of the chance.
        place: Which item that is (0-based); None of a declaration without items, which the model cannot tell from the rest.
        evidence: Log-odds of a find by the first stage; NaN without items.
    """

    chance: float
    shortfall: float | None = None
    families: dict[str, float] = {}
    place: int | None = None
    evidence: float = math.nan


class Scorer:
    """One model at work on a batch.

    Args:
        model: The model.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._rows: list[tuple[float, ...]] = []
        self._believed: list[Believed] = []
        self._counts: list[int] = []

    def see(self, looked: Looked, trail: Trail) -> None:
        """Look at the next declaration, of which the trail must not have taken note yet."""
        self._rows += [look.row for look in looked.looks]
        self._believed += self._model.follower.believe(trail, looked)
        self._counts.append(len(looked.looks))

    def scores(self) -> list[Score]:
        """One a declaration, in the order in which they were seen."""
        answer = self._model.answer_each(self._rows, self._believed)
        chances, amounts, families = answer.chance.tolist(), answer.amount.tolist(), answer.of_family.tolist()
        told, start = [], 0
        for count in self._counts:
            end = start + count
            told.append(self._score(chances[start:end], amounts[start:end], (families, start)))
            start = end
        return told

    def _score(self, chances: list[float], amounts: list[float], of: tuple[list[list[float]], int]) -> Score:
        if not chances:
            return Score(chance=0.0)
        place = max(range(len(chances)), key=chances.__getitem__)
        families, start = of
        shortfall = sum(amounts)
        return Score(
            chance=chances[place],
            shortfall=None if math.isnan(shortfall) else shortfall,
            families=dict(zip(self._model.families, families[start + place], strict=True)),
            place=place,
            evidence=self._believed[start + place].evidence,
        )
