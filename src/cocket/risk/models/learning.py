# SPDX-License-Identifier: Apache-2.0
"""The training job of the table model: learn, keep the latest part back, measure, scale, learn from all, write the card."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import polars as pl

from cocket.errors import SettingsError
from cocket.risk.estimate import Rate, Trial, ahead, area
from cocket.risk.features import COLUMN_NAMES, COLUMNS, Terms
from cocket.risk.features.batch import CORRECTED, Frame
from cocket.risk.models import jury
from cocket.risk.models.evidence import Flags, Floats, Ints, Results, Rows, believe, families_of, weigh
from cocket.risk.models.layered_v1 import (
    LEAST_FINDS,
    LayeredFile,
    Stages,
    alone_of,
    amounts_of,
    fit_layer_scale,
    in_families,
    learn_stages,
    matrix_of,
    plain_of,
    raw_of,
    rows_of,
    scaled,
)
from cocket.risk.models.metrics import auc, average_precision, precision_at
from cocket.risk.models.reliability import Reliable, bins_of, error_where_it_counts, reliability_of, stability_index
from cocket.risk.models.report import CHANCE, Latest, LayeredCard
from cocket.risk.models.trust import with_weights

_HOLDOUT, _TEST_ROWS, _MOST_WEIGHT, _LEAST_DRAWN, _MOST_DRIFTS = 0.25, 16, 200.0, 300, 10


#: Drawn examinations among the latest whose rate weighs as much as that of the whole past (count), and the furthest the scale moves (ln).
_FEW_DRAWN, _FURTHEST = 100.0, 4.0


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """Declarations with a result: `score` of each `(d,)`, and which result it is of `(d,)`."""

    score: Floats
    used: Ints


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model comes from: `data_root` hash of what it learnt from, `code_version` of the code."""

    data_root: str
    code_version: str


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """The past as arrays; `n` rows and `m` results in the order of their return.

    Attributes:
        features: Features by name `(n,)`.
        rows: The rows for the evidence.
        place: Row each result is of `(m,)`; `returned` its day number.
        offences: Offence each found, None where nothing was `(m,)`.
        weight: Weight in learning, 0–1 `(m,)`.
        propensity: Chance with which it was examined; 1 where nobody logged it `(m,)`.
        recovered: Duty and tax recovered; None if nobody wrote it down `(m,)`.
        declaration: Number of the declaration that each result is of `(m,)`.
    """

    features: dict[str, Floats]
    rows: Rows
    place: Ints
    returned: Floats
    offences: list[str | None]
    weight: Floats
    propensity: Floats
    recovered: Floats | None
    declaration: Ints

    def worst(self, raw: Floats, used: Ints) -> Judged:
        """Results as whole declarations: of each, the score of the item that scored highest."""
        score = raw[self.place[used]]
        order = np.lexsort((-score, self.declaration[used]))
        owner = self.declaration[used][order]
        first = order[np.r_[True, owner[1:] != owner[:-1]]] if len(order) else order
        first.sort()
        return Judged(score=score[first], used=used[first])

    def results(self, families: tuple[str, ...], used: Ints) -> Results:
        """Some of the results, in families."""
        family = in_families([self.offences[each] for each in used], families)
        return Results(place=self.place[used], returned=self.returned[used], family=family, weight=self.weight[used])

    @property
    def found(self) -> Flags:
        """Whether each result is a find."""
        return np.array([offence is not None for offence in self.offences], dtype=np.bool_)


def train_layered(entries: pl.DataFrame, results: pl.DataFrame, terms: Terms, origin: Origin) -> LayeredFile:
    """Train a table model.

    Args:
        entries: Declarations with the names of `Entry`, in the order of `day`.
        results: `id`, `returned` (day number), `found`; and if known `offence`, `duty_recovered`, `propensity`, what was corrected
            (`features.batch.CORRECTED`), and `weight` or the columns `trust.CARE`, of which it follows. Of a declaration with
            several items each has a result, which weighs as much as its share.
        terms: What the administration sets of the features.
        origin: Where it comes from.

    Raises:
        SettingsError: There are too few finds, or LightGBM is not installed.
    """
    past = past_of(entries, results, terms)
    everything = np.arange(len(past.place))
    split = int(len(everything) * (1.0 - _HOLDOUT))
    early, late = everything[:split], everything[split:]
    if not past.found[early].any() or not past.found[late].any():
        raise SettingsError("The history has too few findings to train on.", code="past-too-thin")
    families = families_of(past.offences)
    kept_back = _kept_back(past, early, late)
    judged = past.worst(kept_back.raw, late)
    scale, is_anchored = _scale(past, judged, kept_back.raw[past.rows.day >= past.rows.day[past.place[late]].min()])
    _, blend, plain_part = kept_back.parts
    stages = msgspec.structs.replace(_learn(past, everything, families), blend=blend, plain_part=plain_part)
    weights = weigh(stages.evidence, past.rows)
    belief = believe(stages.evidence, weights, past.rows, past.results(families, everything))
    matrix = matrix_of(past.features, belief)
    card = msgspec.structs.replace(
        _card(past, (early, late), kept_back, stages, origin), anchored=is_anchored, threshold=terms.threshold
    )
    return _file(stages, matrix, scale, card)


def past_of(entries: pl.DataFrame, results: pl.DataFrame, terms: Terms) -> Past:
    """The past as arrays; arguments as for `train_layered`."""
    return framed_past_of(entries, results, terms)[0]


def framed_past_of(entries: pl.DataFrame, results: pl.DataFrame, terms: Terms) -> tuple[Past, Frame]:
    """The same, and the features that it is made of."""
    places = entries.select("id").with_row_index("place")
    known = (
        with_weights(results.drop_nulls(["id", "returned", "found"]))
        .join(places, on="id", how="inner")
        .sort("returned", "id")
    )
    owner = pl.col("id") if "declaration" not in entries.columns else pl.coalesce("declaration", "id")
    number = entries.select(owner.rank("dense").cast(pl.Int64)).to_series().to_numpy()
    frame = Frame(entries, terms)
    columns = ["id", "returned", "found", *(name for name in ("weight", *CORRECTED) if name in known.columns)]
    features = frame.features(known.select(columns))
    day = entries["day"].cast(pl.Float64).to_numpy()
    found = known["found"].to_list()
    names = known["offence"].to_list() if "offence" in known.columns else [None] * len(found)
    trader = frame.numbers("phone")
    lacking = trader < 0
    trader = np.where(lacking, frame.numbers("importer") + int(trader.max(initial=0)) + 1, trader)
    trader[lacking & (frame.numbers("importer") < 0)] = -1
    place = known["place"].cast(pl.Int64).to_numpy()
    share = entries["share"].cast(pl.Float64).to_numpy() if "share" in entries.columns else None
    past = Past(
        features=features,
        rows=rows_of(features, frame, day, trader, share),
        place=place,
        returned=known["returned"].cast(pl.Float64).to_numpy(),
        offences=[(name or "other") if yes else None for name, yes in zip(names, found, strict=True)],
        weight=_column(known, "weight", 1.0),
        propensity=np.clip(_column(known, "propensity", 1.0), 1e-4, 1.0),
        recovered=_column(known, "duty_recovered", np.nan) if "duty_recovered" in known.columns else None,
        declaration=number[place],
    )
    return past, frame


def _column(table: pl.DataFrame, name: str, otherwise: float) -> Floats:
    if name not in table.columns:
        return np.full(len(table), otherwise)
    return table[name].cast(pl.Float64).fill_null(otherwise).to_numpy().copy()


def _learn(past: Past, used: Ints, families: tuple[str, ...]) -> Stages:
    recovered = None if past.recovered is None else past.recovered[used]
    return learn_stages(past.features, past.rows, past.results(families, used), families, recovered)


def raw_answers(past: Past, used: Ints) -> Floats:
    """Raw log-odds of all rows by what a part of the results teaches; every result moves the beliefs once it returned."""
    split = int(len(used) * (1.0 - _HOLDOUT))
    early, late = used[:split], used[split:]
    can_choose = past.found[early].any() and past.found[late].any()
    parts = _kept_back(past, early, late).parts if can_choose else jury.MIDDLE
    return jury.blended(_answers(past, used), parts)


class _KeptBack(msgspec.Struct, frozen=True, kw_only=True):
    """What the earlier results teach of all rows: log-odds `raw` `(n,)`, the `parts` that members have in them, and `others`,
    simpler orders `(n,)` by name.
    """

    raw: Floats
    parts: jury.Parts
    others: dict[str, Floats]


def _kept_back(past: Past, early: Ints, late: Ints) -> _KeptBack:
    members = _answers(past, early)
    parts = _chosen(past, early, late, members)
    layered, alone, plain = members
    rates = [np.nan_to_num(past.features[each.name]) for each in COLUMNS if each.name.endswith("_rate")]
    others = {
        "value": np.nan_to_num(past.features["ln_value"]),
        "importer-rate": np.nan_to_num(past.features["importer_rate"]),
        "rates": np.mean(rates, axis=0),
        "evidence": layered,
        "trees": alone,
        "plain-trees": plain,
    }
    return _KeptBack(raw=jury.blended(members, parts), parts=parts, others=others)


def _chosen(past: Past, early: Ints, late: Ints, members: jury.Members) -> jury.Parts:
    """Parts chosen on results that taught nothing: the latest quarter, and the one before it by what came before that.

    One quarter holds few finds; two hold enough to choose by in most countries.
    """
    latest = every = _held(past, late, members)
    before = early[: len(early) - len(late)]
    finds = int(past.found[before].sum())
    if LEAST_FINDS <= finds < len(before):
        quarter = _held(past, early[len(before) :], _answers(past, before))
        layered, alone, plain = map(np.concatenate, zip(quarter.members, latest.members, strict=True))
        every = jury.Held(
            members=(layered, alone, plain),
            found=np.concatenate([quarter.found, latest.found]),
            weight=np.concatenate([quarter.weight, latest.weight]),
        )
    return jury.choose(every, latest)


def _held(past: Past, used: Ints, members: jury.Members) -> jury.Held:
    """Some results, with what members that they did not teach say of them."""
    layered, alone, plain = (member[past.place[used]] for member in members)
    return jury.Held(
        members=(layered, alone, plain), found=past.found[used], weight=jury.weights_of(past.propensity[used])
    )


def _answers(past: Past, used: Ints) -> jury.Members:
    """Log-odds of all rows by evidence and trees, by trees alone, and by plain trees."""
    families = families_of([past.offences[each] for each in used])
    stages = _learn(past, used, families)
    every = past.results(families, np.arange(len(past.place)))
    belief = believe(stages.evidence, weigh(stages.evidence, past.rows), past.rows, every)
    matrix = matrix_of(past.features, belief)
    return raw_of(stages, matrix), alone_of(stages, matrix), plain_of(stages, matrix)


def _file(stages: Stages, matrix: Floats, scale: tuple[float, float], card: LayeredCard) -> LayeredFile:
    tests = matrix[:: max(1, len(matrix) // _TEST_ROWS)][:_TEST_ROWS]
    raw = raw_of(stages, tests)
    chance = 1.0 / (1.0 + np.exp(-np.clip(scale[0] * raw + scale[1], -40.0, 40.0)))
    amount = amounts_of(stages, tests)
    return LayeredFile(
        features=COLUMN_NAMES,
        evidence=stages.evidence,
        booster=stages.booster.model_to_string(),
        alone=stages.alone.model_to_string() if stages.blend else "",
        blend=stages.blend,
        plain=stages.plain.model_to_string() if stages.plain_part else "",
        plain_part=stages.plain_part,
        amounts=stages.amounts.model_to_string() if stages.amounts is not None else "",
        amount_spread=stages.amount_spread,
        scale=scale,
        card=card,
        test_rows=tuple(tuple(None if np.isnan(each) else float(each) for each in row) for row in tests),
        test_answers=tuple(zip(chance.tolist(), amount.tolist(), strict=True)),
    )


def _card(past: Past, parts: tuple[Ints, Ints], kept_back: _KeptBack, stages: Stages, origin: Origin) -> LayeredCard:
    (_early, late), raw = parts, kept_back.raw
    judged, every = past.worst(raw, late), past.worst(raw, np.arange(len(past.place))).used
    found, place = past.found, past.place[judged.used]
    drawn = past.propensity < 1.0
    gains = dict(zip((*COLUMN_NAMES, "evidence"), stages.booster.feature_importance("gain").tolist(), strict=True))
    total = sum(gains.values()) or 1.0
    since = float(past.rows.day[place].min())
    later, reliability = found[judged.used].tolist(), _reliability(past, judged, drawn)
    return LayeredCard(
        data_root=origin.data_root,
        code_version=origin.code_version,
        first_day=float(past.rows.day[0]),
        last_day=float(past.rows.day[-1]),
        rows=len(past.rows.day),
        examined=len(every),
        found=int(found[every].sum()),
        random_examined=int(drawn[every].sum()),
        random_found=int(found[every][drawn[every]].sum()),
        holdout_from=since,
        families=stages.evidence.families,
        measured={
            name: _figures(later, scores.tolist())
            for name, scores in {
                "model": judged.score,
                **{name: score[place] for name, score in kept_back.others.items()},
            }.items()
        },
        blend=kept_back.parts[1],
        plain_part=kept_back.parts[2],
        rivals=jury.rivals_of(
            judged.score,
            {name: past.worst(score, late).score for name, score in kept_back.others.items()},
            found[judged.used],
            jury.weights_of(past.propensity[judged.used]),
        ),
        latest=_latest(later, judged.score.tolist()),
        reliability=reliability,
        reliability_error=error_where_it_counts(reliability),
        calibration=_calibration(past, judged, drawn),
        drift=_drift(past, since),
        segments=_segments(past, raw, since),
        importance={name: gain / total for name, gain in sorted(gains.items(), key=lambda item: -item[1])},
    )


def _latest(found: list[bool], scores: list[float]) -> Latest:
    value = auc(found, scores)
    finds = sum(found)
    return Latest(
        results=len(found), found=finds, auc=area(CHANCE if value is None else value, finds, len(found) - finds)
    )


def _figures(found: list[bool], scores: list[float]) -> dict[str, float | None]:
    return {
        "auc": auc(found, scores),
        "ap": average_precision(found, scores),
        "p@5": precision_at(found, scores, 0.05),
        "p@10": precision_at(found, scores, 0.10),
    }


def _scale(past: Past, judged: Judged, raw: Floats) -> tuple[tuple[float, float], bool]:
    """Slope and intercept from results that taught nothing, moved until the mean chance is the rate of what chance drew.

    The latest results tell that rate the better the more of them chance drew; with few it is that of the whole past. What the
    fit makes of the mean counts only where chance drew nothing: a few finds that each speak for many others move it threefold.

    Args:
        past: The past.
        judged: The results.
        raw: Log-odds of all declarations of their days `(n,)`; the mean of their chances is what the rate must meet.
    """
    found, propensity = past.found[judged.used], past.propensity[judged.used]
    slope, level = fit_layer_scale(judged.score, found.astype(np.float64), propensity, _MOST_WEIGHT)
    every, latest = _rate(past, np.arange(len(past.place))), _rate(past, judged.used)
    if every is None or not len(raw):
        return (slope, level), False
    drawn = latest.drawn if latest else 0
    target = ((latest.share.value * drawn if latest else 0.0) + _FEW_DRAWN * every.share.value) / (drawn + _FEW_DRAWN)
    low, high = -_FURTHEST, _FURTHEST
    for _ in range(40):
        middle = (low + high) / 2.0
        low, high = (middle, high) if scaled(raw, (slope, level + middle)).mean() < target else (low, middle)
    return (slope, level + low), True


def _rate(past: Past, used: Ints) -> Rate | None:
    """Share with a find of all that some results stand for; None where chance drew none of them."""
    trials = [
        Trial(is_examined=True, is_drawn=chance < 1.0, found=bool(hit), chance=float(chance))
        for hit, chance in zip(past.found[used], past.propensity[used], strict=True)
    ]
    return ahead(trials, 1.0)


def _reliability(past: Past, judged: Judged, drawn: Flags) -> tuple[Reliable, ...]:
    """Scaled on the earlier half of the part kept back, looked at on the later half."""
    half = len(judged.used) // 2
    one, other = judged.used[:half], judged.used[half:]
    if not len(one) or not len(other):
        return ()
    scale, _ = _scale(past, Judged(score=judged.score[:half], used=one), judged.score[:0])
    weight = np.minimum(1.0 / past.propensity[other], _MOST_WEIGHT)
    return reliability_of(scaled(judged.score[half:], scale), past.found[other], weight, drawn[other])


def _calibration(past: Past, judged: Judged, drawn: Flags) -> tuple[tuple[float, float], ...]:
    """Scaled on the earlier half of the part kept back, looked at on the rows drawn at random of the later half."""
    half = len(judged.used) // 2
    one = judged.used[:half]
    scale = fit_layer_scale(judged.score[:half], past.found[one].astype(np.float64), past.propensity[one], _MOST_WEIGHT)
    is_chosen = drawn[judged.used[half:]]
    chosen = judged.used[half:][is_chosen]
    if len(chosen) < _LEAST_DRAWN:
        return ()
    chance = 1.0 / (1.0 + np.exp(-(scale[0] * judged.score[half:][is_chosen] + scale[1])))
    return tuple((each.told, each.true) for each in bins_of(chance, past.found[chosen]))


def _drift(past: Past, since: float) -> dict[str, float]:
    before = past.rows.day < since
    values: dict[str, Any] = {
        name: stability_index(column[before], column[~before]) for name, column in past.features.items()
    }
    return dict(sorted(values.items(), key=lambda item: -item[1])[:_MOST_DRIFTS])


def _segments(past: Past, raw: Floats, since: float) -> dict[str, float]:
    """Share of the 5 % that score highest, by how much the importer declared before."""
    later = past.rows.day >= since
    selected = raw >= np.quantile(raw[later], 0.95)
    count = np.nan_to_num(past.features["importer_count"])
    groups = {
        "new importers": count == 0,
        "under 10 declarations": (count > 0) & (count < 10),
        "10 and more": count >= 10,
    }
    return {name: float(selected[of & later].mean()) for name, of in groups.items() if (of & later).any()}
