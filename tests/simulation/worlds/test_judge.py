# SPDX-License-Identifier: Apache-2.0
"""The best possible score is what it says: exact by enumeration, calibrated in the large, and blind to the future."""

from __future__ import annotations

from itertools import product

import msgspec
import numpy as np
import pytest

from cocket.simulation.worlds import TABLE_WORLDS, World
from cocket.simulation.worlds.judge import Evidence, judge
from cocket.simulation.worlds.market import open_market
from cocket.simulation.worlds.play import WAYS, Play, cast
from cocket.simulation.worlds.run import make_tables
from cocket.simulation.worlds.traders import (
    WATCHED_RIGHTLY,
    WATCHED_WRONGLY,
    Traders,
    chances_of_ways,
    settle_traders,
)

WORLD = World(
    seed=3,
    days=60,
    size=600,
    season_days=20,
    keeps_on=0.6,
    starts={"splitting": 0.4},
    stops={"quantity": 0.5},
    lawful={"undervaluation": 0.3},
)


def some_evidence(rows: int = 9) -> tuple[Play, Traders, Evidence]:
    """Declarations of one trader over three seasons, with traces and results out of the air."""
    play = cast(WORLD)
    traders = settle_traders(WORLD, open_market(WORLD), play)
    trader = int(np.flatnonzero(traders.begin == 0.0)[0])
    draw = np.random.default_rng(1)
    day = np.sort(draw.uniform(0, 60, rows))
    ratio = draw.normal(0, 1.5, (rows, WAYS))
    ratio[:, 0] = 0.0
    returned = np.where(draw.random(rows) < 0.6, day + draw.exponential(15, rows), np.inf)
    evidence = Evidence(
        day=day, trader=np.full(rows, trader), season=(day // 20).astype(np.int64),
        propensity=draw.uniform(0.02, 0.6, (rows, WAYS)), log_ratio=ratio, returned=returned,
        tells_fraud=draw.uniform(0.1, 0.9, (rows, WAYS)), tells_honest=draw.uniform(0.1, 0.9, rows),
    )  # fmt: skip
    return play, traders, evidence


def enumerated(play: Play, traders: Traders, evidence: Evidence, row: int) -> float:
    """The same chance by going through everything the trader may have done, season by season."""
    trader, chances = int(evidence.trader[0]), chances_of_ways(WORLD, play)
    region, kind = traders.region[trader], traders.kind[trader]
    fraud_part = whole = 0.0
    for path in product(range(WAYS), repeat=int(evidence.season[row]) + 1):
        weight = chances[0, region, kind, path[0]]
        right = WATCHED_RIGHTLY if path[0] else WATCHED_WRONGLY
        weight *= right if traders.is_watched[trader] else 1.0 - right
        for season in range(1, len(path)):
            stays = WORLD.keeps_on * play.alive[season, region, path[season - 1]]
            kept = stays if path[season] == path[season - 1] else 0.0
            weight *= kept + (1.0 - stays) * chances[season, region, kind, path[season]]
        if not weight:
            continue
        for past in range(row):
            honest, fraud = _parts(play, evidence, past, path[evidence.season[past]], evidence.day[row])
            weight *= honest + fraud
        honest, fraud = _parts(play, evidence, row, path[-1], evidence.day[row])
        fraud_now = fraud * (play.offends[path[-1]] if path[-1] else play.offends @ play.mix)
        fraud_part, whole = fraud_part + weight * fraud_now, whole + weight * (honest + fraud)
    return fraud_part / whole


def _parts(play: Play, evidence: Evidence, row: int, way: int, now: float) -> tuple[float, float]:
    """Likelihood of what is seen of a row if it is honest, and if it is fraud, times the chance of either."""
    is_back = evidence.returned[row] < now
    schemes = [(way, 1.0)] if way else [(each, play.mix[each]) for each in range(1, WAYS)]
    fraud = sum(
        share
        * (np.exp(evidence.log_ratio[row, each]) if way else 1.0)
        * (evidence.tells_fraud[row, each] if is_back else 1.0)
        for each, share in schemes
    )
    chance = evidence.propensity[row, way]
    return (1.0 - chance) * (evidence.tells_honest[row] if is_back else 1.0), chance * fraud


def test_it_equals_the_sum_over_everything_a_trader_may_have_done() -> None:
    play, traders, evidence = some_evidence()
    scores = judge(WORLD, play, traders, evidence)
    assert scores.tolist() == pytest.approx([enumerated(play, traders, evidence, row) for row in range(9)], rel=1e-9)


def test_a_result_that_returns_later_changes_nothing_before() -> None:
    play, traders, evidence = some_evidence()
    now = evidence.day[5]
    later = np.where(evidence.returned > now, np.inf, evidence.returned)
    told, untold = (
        judge(WORLD, play, traders, evidence),
        judge(WORLD, play, traders, msgspec.structs.replace(evidence, returned=later)),
    )
    assert told[:6].tolist() == untold[:6].tolist()
    none = msgspec.structs.replace(evidence, returned=np.full(9, np.inf))
    assert judge(WORLD, play, traders, none)[:6].tolist() != told[:6].tolist()


@pytest.mark.parametrize("name", ["stable", "collapse", "noise"])
def test_it_is_calibrated(name: str) -> None:
    truth = make_tables(msgspec.structs.replace(TABLE_WORLDS[name], seed=5, size=40_000)).truth
    score, label = truth["p_bayes"].to_numpy(), truth["label"].to_numpy().astype(float)
    for low, high in ((0.0, 0.02), (0.02, 0.1), (0.1, 0.3), (0.3, 0.6), (0.6, 1.0)):
        here = (score >= low) & (score < high)
        error = 4.5 * np.sqrt((score[here] * (1 - score[here])).sum())
        assert abs(label[here].sum() - score[here].sum()) < error + 1.0, (low, high)
