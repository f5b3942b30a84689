# SPDX-License-Identifier: Apache-2.0
"""Scores of a table, a row an entry: the chance, and what to look for because of which facts, as the assessment worker has them.

The same functions make them (`signs_of`, `head_of`); only what these read, which the worker keeps in its history, is taken from
the arrays of the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import polars as pl

from cocket.risk.assessment import Assessment, Basis
from cocket.risk.facts import Facts, ItemFacts
from cocket.risk.features import ROW_NAMES, Entry, Terms
from cocket.risk.features.batch import Frame
from cocket.risk.features.keys import keys_of
from cocket.risk.features.measured import Measurements, known
from cocket.risk.features.online import Look
from cocket.risk.heads import head_of, reasons_of
from cocket.risk.models.cells import declarations_in
from cocket.risk.models.evidence import Floats, Ints
from cocket.risk.models.layered_v1 import matrix_of
from cocket.risk.models.learning import Past, framed_past_of
from cocket.risk.models.tables import RESULT_TYPES, checked
from cocket.risk.signs import Around, signs_of, with_bill
from cocket.risk.suspicion import Head
from cocket.risk.trail import Looked, Seen, Step, Told, TraderPast

if TYPE_CHECKING:
    from cocket.risk.models.layered_v1 import LayeredModel

#: Earlier rows of a trader that a belief is taken apart over, the latest (count): fewer than the worker's, since a table has
#: many rows at once.
_MOST_ROWS: Final = 60

#: Rows at least of which that is done (count).
_LEAST: Final = 200


#: Type of reasons in a table.
_REASONS = pl.List(pl.Struct({"code": pl.String, "says": pl.String, "weight": pl.Float64}))


class _Scored(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a table as a model scored them, `n` of them.

    Attributes:
        place: Row of the past that each is `(n,)`.
        chance: Chance of a find, 0–1 `(n,)`.
        of_family: Its parts by the model's families `(n, k)`.
        whole: Features and evidence `(n, n_features + 1)`.
        pushes: What each adds to the log-odds `(n, n_features + 1)`.
    """

    place: Ints
    chance: Floats
    of_family: Floats
    whole: Floats
    pushes: Floats


class _Figures(dict[str, Any]):
    """Everything computed of one row, read when it is asked for."""

    def __init__(self, arrays: Mapping[str, Floats], place: int) -> None:
        super().__init__()
        self._arrays, self._place = arrays, place

    def __missing__(self, name: str) -> float:
        return float(self._arrays[name][self._place])


class _SeenHere(Seen, frozen=True):
    """A row, and the latest of its trader's rows before it; `before_past` declarations came before those."""

    before_past: float = 0.0
    since: float | None = None

    def before(self, most: int) -> TraderPast:
        """See `Seen`."""
        return self.past

    def earlier(self, most: int) -> float:
        """See `Seen`."""
        return self.before_past

    def first_day(self) -> float | None:
        """See `Seen`."""
        return self.since


class _TableHeads:
    """Heads of the rows of one table.

    Args:
        model: The model that scored it.
        entries: Its rows with the names of `Entry`, as the past has them.
        past: Their past.
        frame: Their features.
        terms: What the administration sets of these.
    """

    def __init__(self, model: LayeredModel, entries: pl.DataFrame, past: Past, frame: Frame, terms: Terms) -> None:
        self._model, self._entries, self._past, self._frame, self._terms = model, entries, past, frame, terms
        self._owner: list[str] = entries.select(owner=pl.coalesce("declaration", "id"))["owner"].to_list()
        self._rows_of = _grouped(past.rows.trader)
        self._results_of: dict[int, list[int]] = {}
        for number, place in enumerate(past.place.tolist()):
            self._results_of.setdefault(int(past.rows.trader[place]), []).append(number)
        self._steps: dict[int, Step] = {}

    def heads(self, scored: _Scored) -> Iterator[Head]:
        """The head of each row, in their order.

        Of the tenth with the highest chance the trader's past is taken apart too; the others, which nobody looks at first, are
        told by what they show themselves.
        """
        most = max(_LEAST, len(scored.place) // 10)
        first = set(np.argsort(-scored.chance, kind="stable")[:most].tolist())
        for number, place in enumerate(scored.place.tolist()):
            yield self._head(scored, number, place, _MOST_ROWS if number in first else 0)

    def _head(self, scored: _Scored, number: int, place: int, rows: int) -> Head:
        owner = self._owner[place]
        first = place
        while first and self._owner[first - 1] == owner:
            first -= 1
        looks = [self._look(each) for each in range(first, place + 1)]
        items = tuple(ItemFacts(number=each) for each in range(1, len(looks) + 1))
        facts = Facts(id=owner, day=float(self._past.rows.day[place]), items=items)
        steps = [self._step(each) for each in range(first, place + 1)]
        looked = Looked(facts, facts.day, looks, steps, False)
        past, earlier, since = self._trader_before(place, first, rows)
        seen = _SeenHere(looked, past, len(past.days), len(past.told), earlier, since)
        features = {name: known(value) for name, value in zip(ROW_NAMES, scored.whole[number].tolist(), strict=True)}
        assessment = Assessment(
            id=owner,
            made=facts.day,
            score=float(scored.chance[number]),
            families=dict(zip(self._model.families, scored.of_family[number].tolist(), strict=True)),
            features=features,
            model_version=self._model.version,
        )
        basis = Basis(seen=seen, measured=Measurements(values={}, items={}, rows=(), first="1"), place=len(looks) - 1)
        signs = signs_of(
            assessment, basis, self._model, Around(declaration=looks[-1].entry.id), scored.pushes[number].tolist()
        )
        return head_of(with_bill(signs, looks[-1].entry), assessment, self._model, is_random=False)

    def _look(self, place: int) -> Look:
        entry = Entry(**self._entries.row(place, named=True))
        keys = keys_of(entry, self._terms)
        meant = self._frame.meant(place)
        if meant is not None:
            keys["meant"] = ("hs4", meant)
        return Look(entry, keys, _Figures(self._frame.figures, place))

    def _step(self, place: int) -> Step:
        step = self._steps.get(place)
        if step is None:
            rows = self._past.rows
            named = {
                name: _name(rows.groups[name].codes[place], rows.groups[name].values) for name in ("hs2", "origin")
            }
            step = self._steps[place] = Step(
                tuple(rows.traces[place].tolist()),
                float(rows.tax[place]),
                float(rows.share[place]),
                named["hs2"],
                named["origin"],
            )
        return step

    def _trader_before(self, place: int, first: int, most: int) -> tuple[TraderPast, float, float | None]:
        """The latest rows of the trader before a declaration, with the results on them, how many came before those, and the day
        of the first of all.
        """
        rows, trader, day = self._past.rows, int(self._past.rows.trader[place]), float(self._past.rows.day[place])
        mine = self._rows_of[trader]
        end = int(np.searchsorted(mine, first))
        kept = mine[max(0, end - most) : end].tolist()
        earlier = float(rows.share[mine[: max(0, end - most)]].sum())
        at = {each: number for number, each in enumerate(kept)}
        past = TraderPast()
        past.days = rows.day[kept].tolist()
        past.owners = [self._owner[each] for each in kept]
        past.steps = [self._step(each) for each in kept]
        for number in self._results_of.get(trader, ()):
            of, returned = int(self._past.place[number]), float(self._past.returned[number])
            if of in at and returned <= day:
                past.told.append(Told(returned, at[of], float(self._past.weight[number]), self._past.offences[number]))
        return past, earlier, float(rows.day[mine[0]]) if end else None


def _grouped(trader: Ints) -> dict[int, Ints]:
    """Rows of each trader, in their order."""
    order = np.argsort(trader, kind="stable")
    starts = np.flatnonzero(np.r_[True, trader[order][1:] != trader[order][:-1]]) if len(order) else order
    return {int(trader[part[0]]): part for part in np.split(order, starts[1:])} if len(order) else {}


def _name(code: int, values: Sequence[str] | pl.Series) -> str | None:
    return None if code < 0 else str(values[int(code)])


def score_tables(
    model: LayeredModel, entries: pl.DataFrame, before: pl.DataFrame | None = None, results: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Score a table, each row with what was known on its day; tables as `train_on_tables` takes them.

    Args:
        model: The model.
        entries: What to score (0..n rows).
        before: Declarations before these, from which is known what is usual; None without.
        results: Results of any of both; each counts from its return. None without.

    Returns:
        One row an entry in the order given: `id`, `chance` (0–1 that an examination finds an irregularity), `recovers` (duty and
        tax of a find, national currency; null if the model knows no amounts) and `reasons`: what to look for, as the head of a
        case names it, then the facts that lead to it, the most telling first; each with `code`, `says` and `weight` (log-odds).

    Raises:
        SettingsError: As of `train_on_tables`; or an id is both among these and before them.
    """
    parts = [declarations_in(entries).table]
    if before is not None and len(before):
        parts.insert(0, declarations_in(before, name="history").table)
    both = pl.concat(parts)
    nothing = pl.DataFrame(schema={name: RESULT_TYPES[name] for name in ("id", "returned", "found")})
    told, found = checked(both, nothing if results is None else results)
    terms = Terms(threshold=model.card.threshold)
    past, frame = framed_past_of(told, found, terms)
    belief = model.belief(past.rows, past.results(model.families, np.arange(len(past.place))))
    asked = parts[-1].select("id")
    places = asked.join(told.select("id").with_row_index("place"), on="id", how="left", maintain_order="left")
    at = places["place"].cast(pl.Int64).to_numpy()
    features, of_these = {name: values[at] for name, values in past.features.items()}, belief.of(at)
    answer, whole = model.answer_believed(features, of_these), matrix_of(features, of_these)
    pushes = model.contributions_of(whole)
    scored = _Scored(place=at, chance=answer.chance, of_family=answer.of_family, whole=whole, pushes=pushes)
    heads = _TableHeads(model, told, past, frame, terms).heads(scored)
    return asked.with_columns(
        chance=pl.Series(answer.chance, dtype=pl.Float64),
        recovers=pl.Series(answer.amount, dtype=pl.Float64).fill_nan(None),
        reasons=pl.Series([reasons_of(head) for head in heads], dtype=_REASONS),
    )
