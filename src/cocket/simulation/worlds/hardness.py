# SPDX-License-Identifier: Apache-2.0
"""Is a world worth judging anything by? Frauds must be rare, hard but not hopeless to tell, and no sum of profiles
may come near the best possible score.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
import numpy as np
import polars as pl

from cocket.simulation.worlds.play import Flags, Floats
from cocket.simulation.worlds.run import Tables

#: Share of the stretch from which the profiles learn; the rest is measured.
LEARNT = 0.7

#: Groups that a risk profile is kept of.
PROFILES = ("importer", "declarant", "seller", "office", "hs6", "origin", "export_country", ("hs6", "origin"))

#: A profile is risky among the worst tenth of its kind.
RISKY = 0.9

_FRAUD, _AUC, _PROFILE_SHARE = (0.01, 0.08), (0.80, 0.95), 0.7


class Hardness(msgspec.Struct, frozen=True, kw_only=True):
    """How hard a world is.

    Attributes:
        fraud: Share of declarations that are fraudulent (0–1).
        auc: Area under the curve of the best possible score (0–1).
        best: Share of frauds among the 5 % that it puts first, in the last part of the stretch.
        profiles: The same of the sum of risk profiles, learnt from results returned by then.
        rates: The same of the sum of the smoothed rates that the profiles stand on.
        problems: Why the world does not count (0..n).
    """

    fraud: float
    auc: float
    best: float
    profiles: float
    rates: float
    problems: tuple[str, ...]


def measure(tables: Tables) -> Hardness:
    """How hard a world is.

    Source: the profiles as in Kim et al., DATE, KDD 2020, and the BACUDA programme of the WCO: per group the found rate,
    risky above its 90th percentile, summed over the groups.
    """
    label: Flags = tables.truth["label"].to_numpy()
    score: Floats = tables.truth["p_bayes"].to_numpy()
    split: datetime = tables.declarations["registered"].sort()[int(LEARNT * len(label))]
    later = (tables.declarations["registered"] > split).to_numpy()
    flags, rates = _profiles(tables, split, later)
    best = _precision(label[later], score[later])
    profiles, summed = _precision(label[later], flags), _precision(label[later], rates)
    fraud, auc = float(label.mean()), _auc(label, score)
    problems = []
    if not _FRAUD[0] <= fraud <= _FRAUD[1]:
        problems.append(f"{fraud:.1%} are fraudulent, not {_FRAUD[0]:.0%} to {_FRAUD[1]:.0%}")
    if not _AUC[0] <= auc <= _AUC[1]:
        problems.append(f"the best possible score has an AUC of {auc:.3f}, not {_AUC[0]} to {_AUC[1]}")
    if profiles > _PROFILE_SHARE * best:
        problems.append(f"risk profiles reach {profiles:.3f}, over {_PROFILE_SHARE} of the best possible {best:.3f}")
    return Hardness(fraud=fraud, auc=auc, best=best, profiles=profiles, rates=summed, problems=tuple(problems))


def _profiles(tables: Tables, split: datetime, later: Flags) -> tuple[Floats, Floats]:
    """Sum of the flags and sum of the smoothed rates of the later declarations."""
    labels = tables.results.filter((pl.col("returned") <= split) & pl.col("depth").is_in(["partial", "full"]))
    table = tables.declarations.join(labels.select("id", "found"), on="id", how="left", maintain_order="left")
    base = float(labels["found"].sum()) / max(1, len(labels))
    flags, rates = np.zeros(int(later.sum())), np.zeros(int(later.sum()))
    for keys in PROFILES:
        names = [keys] if isinstance(keys, str) else list(keys)
        rate = table.drop_nulls("found").group_by(names).agg(
            rate=pl.col("found").mean(), smoothed=(pl.col("found").sum() + 5.0 * base) / (pl.len() + 5.0)
        )  # fmt: skip
        edge = rate["rate"].quantile(RISKY) or 0.0
        told = table.filter(pl.Series(later)).select(names).join(rate, on=names, how="left", maintain_order="left")
        flags += ((told["rate"] >= edge) & (told["rate"] > 0.0)).fill_null(False).to_numpy()
        rates += told["smoothed"].fill_null(base).to_numpy()
    return flags, rates


def profile_sums(tables: Tables) -> tuple[Floats, Floats]:
    """Sums of flags and of smoothed rates of the last part's declarations, learnt from results returned by then."""
    split: datetime = tables.declarations["registered"].sort()[int(LEARNT * len(tables.truth))]
    return _profiles(tables, split, (tables.declarations["registered"] > split).to_numpy())


def _precision(label: Flags, score: Floats, share: float = 0.05) -> float:
    """Share of frauds among the highest; ties at the edge share the places that are left."""
    places = max(1, round(len(label) * share))
    edge = np.sort(score)[-places]
    above, at = score > edge, score == edge
    return float((label[above].sum() + label[at].mean() * (places - above.sum())) / places)


def _auc(label: Flags, score: Floats) -> float:
    """Chance that a fraud scores above an honest declaration; a tie is half."""
    _, places, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[places]
    frauds, n = int(label.sum()), len(label)
    if frauds in (0, n):
        return float("nan")
    return float((ranks[label].sum() - frauds * (frauds + 1) / 2.0) / (frauds * (n - frauds)))
