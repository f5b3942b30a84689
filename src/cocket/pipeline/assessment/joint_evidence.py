# SPDX-License-Identifier: Apache-2.0
"""Scores moved by a table of partners, where two persons turned one on."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from cocket.pipeline.base.batch import Batch, Context
from cocket.pipeline.risk.joint_tables import USE, weighing_now
from cocket.risk import Reason
from cocket.risk.joint import adjust, estimated_evidence, partner_evidence
from cocket.risk.joint.table import cells_of


def weigh_partner_evidence(turn: Batch, context: Context) -> Batch:
    """Step: move scores of our own model by the table that is in use. Where the rules alone speak there is no chance to move."""
    if not turn.assessments or USE not in context.kinds_of_files:
        return turn
    now = weighing_now(context.stores, context.connection)
    if now is None or not now.weight:
        return turn
    moved: dict[str, Reason] = {}
    assessments = []
    for case, one in zip(turn.cases.values(), turn.assessments, strict=True):
        lift, cell = now.lifts.of(cells_of(case.facts))
        score = adjust(one.score, lift, now.weight)
        if one.degraded or score == one.score:
            assessments.append(one)
            continue
        parts = {family: part * score / one.score for family, part in one.families.items()}
        counts, scores = now.lifts.counts.get(cell), (one.score, score)
        moved[one.id] = (
            partner_evidence(now.who, cell, counts, lift, scores)
            if counts is not None
            else estimated_evidence(now.who, cell, lift, scores)
        )
        assessments.append(msgspec.structs.replace(one, score=score, families=parts))
    return replace(turn, assessments=tuple(assessments), moved=moved)
