# SPDX-License-Identifier: Apache-2.0
"""The public set of labelled declarations, as a check that nothing broke. Nothing is claimed from it.

Its generator glued the label to goods, route, tax and mass before drawing, so that a look-up without a model finds nearly
everything; that row always stands beside the model's.
Source: Jeong et al., Customs Import Declaration Datasets, arXiv 2208.02484.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from cocket.errors import UnreadableError
from cocket.risk.features import Terms
from cocket.risk.models.evidence import Flags, Floats
from cocket.risk.models.learning import past_of, raw_answers
from cocket.risk.models.metrics import auc, precision_at

_TUPLE = ("HS6 Code", "Country of Departure", "Country of Origin", "Tax Rate", "Tax Type", "Net Mass")
_FILES = ("df_syn_train_eng.csv", "df_syn_valid_eng.csv")


class PublicRow(msgspec.Struct, frozen=True, kw_only=True):
    """One way on some of the rows: `rows` and share of frauds `base`; area under the curve, precision at 5 and 10 %."""

    name: str
    among: str
    rows: int
    base: float
    auc: float | None
    p5: float | None
    p10: float | None


def public_rows(folder: Path) -> tuple[PublicRow, ...]:
    """Learnt on the training file, measured on the validation file: all rows, and rows of goods and mass unseen before.

    Raises:
        UnreadableError: The files cannot be read.
    """
    try:
        train, valid = (pl.read_csv(folder / name, infer_schema_length=None) for name in _FILES)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UnreadableError(f"The public set cannot be read: {error}", code="public-set") from error
    both = pl.concat([train, valid], how="vertical_relaxed").with_row_index("row")
    both = both.sort("Date", "row", maintain_order=True)
    is_valid = both["row"].to_numpy() >= len(train)
    label = both["Fraud"].to_numpy() > 0
    seen = train.select("HS6 Code", "Net Mass").unique().with_columns(seen=pl.lit(value=True))
    known = both.select("HS6 Code", "Net Mass").join(
        seen, on=["HS6 Code", "Net Mass"], how="left", maintain_order="left"
    )
    novel = known["seen"].is_null().to_numpy()
    scores = {"layered (ours)": _ours(both, is_valid), "look-up, no model": _look_up(both, train)}
    return tuple(
        _row(name, among, label[rows], score[rows])
        for name, score in scores.items()
        for among, rows in (("all rows", is_valid), ("unseen goods and mass", is_valid & novel))
    )


def _row(name: str, among: str, label: Flags, score: Floats) -> PublicRow:
    found, scores = label.tolist(), score.tolist()
    return PublicRow(name=name, among=among, rows=len(found), base=float(label.mean()), auc=auc(found, scores),
        p5=precision_at(found, scores, 0.05), p10=precision_at(found, scores, 0.10))  # fmt: skip


def _look_up(both: pl.DataFrame, train: pl.DataFrame) -> Floats:
    rate = train.group_by(_TUPLE).agg(rate=pl.col("Fraud").mean())
    found = both.select(_TUPLE).join(rate, on=_TUPLE, how="left", maintain_order="left", nulls_equal=True)
    return found["rate"].fill_null(float(train["Fraud"].to_numpy().mean())).to_numpy()


def _ours(both: pl.DataFrame, is_valid: Flags) -> Floats:
    day = both["Date"].cast(pl.String).str.to_date().cast(pl.Int32).cast(pl.Float64)
    text = {name: both[name].cast(pl.String) for name in both.columns}
    value = both["Item Price"].cast(pl.Float64)
    entries = pl.DataFrame(
        {
            "id": both["row"].cast(pl.String),
            "day": day,
            "office": text["Office ID"],
            "importer": text["Importer ID"],
            "declarant": text["Declarant ID"],
            "seller": text["Seller ID"],
            "carrier": text["Courier ID"],
            "origin": text["Country of Origin"],
            "export_country": text["Country of Departure"],
            "hs": text["HS6 Code"].str.zfill(6),
            "value": value,
            "duty_and_tax": value * both["Tax Rate"].cast(pl.Float64) / 100.0,
            "net_kg": both["Net Mass"].cast(pl.Float64),
        }
    )
    results = pl.DataFrame({"id": entries["id"], "returned": day + 7.0, "found": both["Fraud"] > 0}).filter(~is_valid)
    past = past_of(entries, results, Terms())
    return raw_answers(past, np.arange(len(past.place)))
