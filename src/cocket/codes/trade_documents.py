# SPDX-License-Identifier: Apache-2.0
"""The key trade documents of the ICC's Digital Standards Initiative, beside our standards and the model.

Source: `data/key-trade-documents/SOURCE.md`.
"""

from __future__ import annotations

from functools import cache

import msgspec

from cocket.codes._table import key, rows

_LIST, _EDITION = "key-trade-documents", "2024"


class TradeDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One key trade document.

    Attributes:
        name: What it is called, in lower case.
        group: `commercial`, `transport`, `regulatory` or `financial`.
        codes: Codes of UN/CEFACT list 1001 under which other papers name it (0..n).
        standards: Standards of ours whose messages are it, or tell what it tells (0..n).
    """

    name: str
    group: str
    codes: tuple[str, ...]
    standards: tuple[str, ...]


class TradeElement(msgspec.Struct, frozen=True, kw_only=True):
    """One element that several of them state.

    Attributes:
        field: Where the model has it, as class and attributes with dots between.
        wco_id: Its number in the WCO Data Model.
        name: What it is, in words.
        documents: Names of the documents that state it (1..n).
    """

    field: str
    wco_id: str
    name: str
    documents: tuple[str, ...]


@cache
def trade_documents() -> tuple[TradeDocument, ...]:
    """The key trade documents that meet messages or papers of customs (1..n).

    Source: ICC Digital Standards Initiative, Key Trade Documents and Data Elements (2023–2024); UNCL 1001.
    """
    return tuple(
        TradeDocument(
            name=row["document"],
            group=row["group"],
            codes=tuple(row["codes"].split()),
            standards=tuple(row["standards"].split()),
        )
        for row in rows(_LIST, _EDITION)
    )


@cache
def trade_elements() -> tuple[TradeElement, ...]:
    """The main elements of the model with the key trade documents that state them (1..n).

    Source: WCO Data Model 3.6 for the numbers; which document states them is our reading.
    """
    return tuple(
        TradeElement(
            field=row["field"],
            wco_id=row["wco"],
            name=row["element"],
            documents=tuple(row["documents"].split(";")),
        )
        for row in rows(_LIST, f"elements-{_EDITION}")
    )


def documents_of(code: str) -> tuple[TradeDocument, ...]:
    """The key trade documents that a document code may stand for.

    Args:
        code: A code of UN/CEFACT list 1001, also behind the `N` of the EU and the UK.

    Returns:
        Those of that code (0..n); several where the list tells less apart than the documents do.

    Source: UNCL 1001.
    """
    bare = key(code).removeprefix("N")
    return tuple(document for document in trade_documents() if bare in document.codes)
