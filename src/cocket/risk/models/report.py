# SPDX-License-Identifier: Apache-2.0
"""What the training job writes about a table model: its card, and its entry in the register of algorithms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from cocket.errors import SettingsError
from cocket.risk.estimate import Estimate
from cocket.risk.models.jury import Rival
from cocket.risk.models.reliability import Reliable

PURPOSE = "Rank goods declarations by the probability that an examination finds an irregularity, and estimate what it would recover."
LIMITS = (
    "It knows only what past examinations found; what was never examined is not in it.",
    "Its probabilities are valid for all declarations only if some were examined at random with a logged probability.",
    "It must not decide alone: lanes also draw at random, and officers may override.",
    "It was trained for one administration and becomes outdated as trade changes; retrain it every few weeks.",
    "It assumes that a trader's behaviour persists for months; one-off fraud is found by traces alone.",
)


#: Finds among examinations drawn at random below which a scale is not to be trusted (count).
FEW_FINDS = 20

#: Area under the curve of an order by chance.
CHANCE = 0.5


class Latest(msgspec.Struct, frozen=True, kw_only=True):
    """How the order of a model does on the latest results, of which it learnt nothing.

    Attributes:
        results: Results (count); `found` of them finds.
        found: See `results`.
        auc: Chance that a find stands above a result without one (0–1, one half by chance), with its interval of 95 %.
    """

    results: int
    found: int
    auc: Estimate

    @property
    def beats_chance(self) -> bool:
        """Whether the order is better than one by chance, beyond what chance makes of so few results."""
        return self.auc.low > CHANCE


class LayeredCard(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader must know before trusting a table model.

    Attributes:
        purpose: What it is for.
        limits: What it must not be used for (1..n).
        data_root: SHA-256 of the tables it learnt from, hexadecimal.
        code_version: Version of the code that trained it.
        first_day: First day of the past it learnt from, day number; `last_day` the last.
        rows: Goods items (count), in tables one a declaration; `examined` results that taught; `found` finds;
            `random_examined` drawn at random; `random_found` finds of those.
        holdout_from: First day of the part kept back to measure it, day number.
        families: Offence families with a model of their own.
        measured: Order (`model` and its rivals) → figure → value on the examined rows kept back.
        blend: Part that the trees which take the evidence for one feature of many have in the log-odds, 0–1; `plain_part` that of
            the trees that know nothing of it.
        rivals: Simpler orders held against the model on the rows kept back, each result standing for its like, best first.
        latest: How its order does on the rows kept back; None of a model from before this was measured.
        reliability: Chances told and what observed, lowest first, on the later half of the rows kept back, scaled by the earlier.
        reliability_error: Calibration error with each part counted by its size and chance; None if there are no parts.
        anchored: Whether the scale was drawn to the rate of the examinations that chance drew.
        calibration: Lowest to highest tenth: (told, true) on rows kept back that were drawn at random; empty if too few.
        drift: Feature → population stability index from the learning part to the part kept back, largest first (0..10).
        segments: Group → share of its rows in the 5 % that score highest.
        importance: Feature → share of the gain (0–1), greatest first.
        threshold: Value under which clearance is simplified, national currency; None if none is known, and
            `threshold_found` whether nobody stated it.
    """

    purpose: str = PURPOSE
    limits: tuple[str, ...] = LIMITS
    data_root: str
    code_version: str
    first_day: float
    last_day: float
    rows: int
    examined: int
    found: int
    random_examined: int
    random_found: int
    holdout_from: float
    families: tuple[str, ...]
    measured: dict[str, dict[str, float | None]]
    blend: float = 0.0
    plain_part: float = 0.0
    rivals: tuple[Rival, ...] = ()
    latest: Latest | None = None
    reliability: tuple[Reliable, ...] = ()
    reliability_error: float | None = None
    anchored: bool = False
    calibration: tuple[tuple[float, float], ...] = ()
    drift: dict[str, float] = {}
    segments: dict[str, float] = {}
    importance: dict[str, float] = {}
    threshold: float | None = None
    threshold_found: bool = False


#: Whether the probabilities of a model are drawn to what chance found, or rest on too few of such finds.
Scale = Literal["anchored", "uncertain"]


def scale_of(card: LayeredCard) -> tuple[Scale, str | None]:
    """Whether the probabilities of a model can be trusted, and why not."""
    if card.random_found >= FEW_FINDS:
        return "anchored", None
    return "uncertain", (
        f"Only {card.random_found} finds among {card.random_examined} examinations drawn at random: its probabilities may be badly "
        "calibrated. Use its ranking, not its probabilities, or draw more at random."
    )


def as_known(chance: float, scale: Scale) -> float:
    """A chance (0–1) with the digits that are known: two where its scale is uncertain."""
    return float(f"{chance:.2g}") if scale == "uncertain" else chance


def warnings_of(card: LayeredCard) -> tuple[str, ...]:
    """What a reader must be warned of, besides the limits of every model (0..n)."""
    told = []
    if card.latest is not None and not card.latest.beats_chance:
        told.append(f"Not distinguishable from chance: {_area(card.latest)}.")
    _, uncertain = scale_of(card)
    if uncertain is not None:
        told.append(uncertain)
    beaten = [one.name for one in card.rivals if one.beats]
    if beaten:
        told.append(f"Something simpler did better on the latest results: {', '.join(beaten)}.")
    return tuple(told)


def _area(latest: Latest) -> str:
    area = latest.auc
    return (
        f"on the latest {latest.results:,} results, {latest.found:,} of them finds, its AUC is {area.value:.3f}, with an interval of "
        f"95 % from {area.low:.3f} to {area.high:.3f}; an order by chance has {CHANCE}"
    )


def must_be_fit(card: LayeredCard) -> None:
    """Make sure that a model may be champion: its order is better than chance, and no simple order is better than it.

    Raises:
        SettingsError: One of these is not so.
    """
    if card.latest is not None and not card.latest.beats_chance:
        raise SettingsError(
            f"The model is not distinguishable from chance: {_area(card.latest)}.",
            code="model-by-chance",
            expected=f"the lower end above {CHANCE}",
            found=f"{card.latest.auc.low:.3f}",
            hint='Train on more results, or promote it anyway: --anyway "reason".',
        )
    must_not_be_beaten(card.rivals)


def must_not_be_beaten(rivals: Sequence[Rival]) -> None:
    """Make sure that no simple order does better than a model by more than one standard error.

    Raises:
        SettingsError: One does.
    """
    beaten = [one for one in rivals if one.beats]
    if not beaten:
        return
    first = beaten[0]
    raise SettingsError(
        f"The ranking by {first.name} finds something in {first.found:.1%} of the first 5 % of the latest results, "
        f"{-first.ahead:.1%} more than this model (standard error {first.spread:.1%}).",
        code="model-beaten",
        found=", ".join(one.name for one in beaten),
        hint='Train on more results, or promote it anyway: --anyway "reason".',
    )


class RegisterEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a public register of algorithms; what only the administration can say is left to it, as None.

    Source: fields after the UK Algorithmic Transparency Recording Standard, version 3, and the Dutch Algoritmeregister,
    publication standard 1.0.
    """

    name: str
    version: str
    purpose: str
    data: str
    human_intervention: str
    performance: str
    risks: tuple[str, ...]
    owner: str | None = None
    legal_basis: str | None = None
    impact_assessment: str | None = None
    contact: str | None = None


def register_entry(version: str, card: LayeredCard) -> RegisterEntry:
    """The register's entry of a trained model."""
    p5 = card.measured.get("model", {}).get("p@5")
    measured = (
        "too few results to measure" if p5 is None else f"{p5:.0%} of the highest-scoring 5 % were found irregular"
    )
    return RegisterEntry(
        name="Selection of goods declarations for examination",
        version=version,
        purpose=card.purpose,
        data=(
            f"{card.rows:,} goods declarations and {card.examined:,} results of examinations, of which "
            f"{card.random_examined:,} were drawn at random; SHA-256 {card.data_root}"
        ),
        human_intervention="It advises; officers decide and may override with a reason, and a share is drawn at random.",
        performance=f"On later examinations not used for training, {measured}.",
        risks=card.limits,
    )
