# SPDX-License-Identifier: Apache-2.0
"""Parts of groups as numbers: every spelling of the same gets one code, and what is not stated gets -1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain

import msgspec
import numpy as np
import polars as pl

from cocket.risk.features.canonical import canonical_address, canonical_name, canonical_phone
from cocket.risk.features.columns import GROUPS, Terms
from cocket.risk.features.editions import place_of
from cocket.risk.features.segments import Ints
from cocket.risk.features.turns import Doing, in_turn

#: Parts that are brought to one spelling first: part → column, and how.
_SPELT: dict[str, tuple[str, Callable[[str | None], str | None]]] = {
    "consignee": ("importer_name", canonical_name),
    "address": ("importer_address", canonical_address),
    "phone": ("importer_phone", canonical_phone),
}
_PLACES = ("hs6", "hs4", "hs2")

#: Codes above this leave too few bits for the places of rows; they are then numbered anew.
_MOST = 1 << 36


class Coded(msgspec.Struct, frozen=True):
    """One part of all rows.

    Attributes:
        codes: Code of each row, -1 where not stated `(n,)`.
        values: What each code stands for `(n_codes,)`.
    """

    codes: Ints
    values: Sequence[str] | pl.Series


def code_parts(entries: pl.DataFrame, terms: Terms, doing: Doing = in_turn) -> dict[str, Coded]:
    """All parts that groups are made of; `doing` as of `features_of`."""
    names = [part for part in dict.fromkeys(chain(*GROUPS.values())) if part not in _PLACES]
    parts = doing([partial(_part, entries, name) for name in names])
    return dict(zip(names, parts, strict=True)) | _places(entries, terms)


def _part(entries: pl.DataFrame, name: str) -> Coded:
    column, spell = _SPELT.get(name, (name, None))
    coded = code(entries, column)
    return renamed(coded, spell) if spell else coded


def combined(parts: Mapping[str, Coded], names: tuple[str, ...]) -> Ints:
    """Codes of a group of several parts; -1 where any is not stated."""
    codes = parts[names[0]].codes
    for name in names[1:]:
        other = parts[name]
        both = codes * len(other.values) + other.codes
        codes = np.where((codes < 0) | (other.codes < 0), -1, both)
        if codes.max(initial=0) > _MOST:
            codes = np.unique(codes, return_inverse=True)[1] - int((codes < 0).any())
    return codes


def code(entries: pl.DataFrame, column: str) -> Coded:
    """A column of text as codes; an empty text is not stated."""
    if column not in entries.columns:
        return Coded(np.full(len(entries), -1, dtype=np.int64), [])
    return code_of(entries[column])


def code_of(column: pl.Series) -> Coded:
    """A series of text as codes, in the order in which the texts first stand in it.

    The order makes sums add up alike in every run, to the last bit.
    """
    text = column.cast(pl.String).alias("text")
    rows = len(text)
    stated = (text != "").fill_null(False).to_numpy()
    placed = text.to_frame().with_row_index("place")
    first = placed.select(pl.col("place").min().over("text")).to_series().to_numpy()
    is_first = stated & (first == np.arange(rows))
    codes = np.where(stated, (np.cumsum(is_first) - 1)[first], -1)
    return Coded(codes, text.filter(pl.Series(is_first)))


def renamed(coded: Coded, spell: Callable[[str | None], str | None]) -> Coded:
    """The same with several spellings under one code."""
    return _mapped(coded, [spell(value) for value in coded.values])


def _mapped(coded: Coded, values: list[str | None]) -> Coded:
    numbers: dict[str, int] = {}
    table = [-1 if value is None else numbers.setdefault(value, len(numbers)) for value in values]
    return Coded(np.array([*table, -1], dtype=np.int64)[coded.codes], list(numbers))


def _places(entries: pl.DataFrame, terms: Terms) -> dict[str, Coded]:
    """Subheading, heading and chapter in the edition that counts."""
    hs, edition = code(entries, "hs"), code(entries, "hs_edition")
    subheadings, years = list(hs.values), list(edition.values)
    pairs = hs.codes * (len(edition.values) + 1) + edition.codes + 1
    pairs = np.where(hs.codes < 0, -1, pairs)
    known, codes = np.unique(pairs, return_inverse=True)
    stood = []
    for pair in known.tolist():
        code_, year = divmod(pair, len(edition.values) + 1)
        stood.append(
            place_of(subheadings[code_] if pair >= 0 else None, years[year - 1] if year and pair >= 0 else None,
                     terms.crossings)
        )  # fmt: skip
    whole = Coded(codes.astype(np.int64), [])
    return {name: _mapped(whole, [getattr(place, name) for place in stood]) for name in _PLACES}
