# SPDX-License-Identifier: Apache-2.0
"""Results counted: by depth, by offence, by why the consignment was chosen; what nobody looked at stands apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import msgspec

from cocket.control.results import ExaminationResult


class Hits(msgspec.Struct, frozen=True):
    """How many of some examinations found something.

    Attributes:
        examined: Examinations that told whether something is wrong (count); neither those that nobody made, nor those
            that wait for a laboratory.
        found: Of these, with an irregularity (count).
    """

    examined: int
    found: int


class ResultCount(msgspec.Struct, frozen=True, kw_only=True):
    """Results of some time, each consignment's by its latest word.

    Attributes:
        results: All (count); the sum of the next four.
        not_examined: Nobody looked (count).
        pending: A laboratory has yet to say (count).
        conform: Looked at, nothing found (count).
        irregular: With an irregularity (count).
        documents_alone: Of the conform those that looked at documents alone, and so say nothing of the goods (count).
        by_depth: Depth → hits.
        by_selection: Why chosen → hits; `unknown` where it was not recorded.
        by_offence: Class of offence → results with it (count); one result may count in several.
        seizures: Class of offence → seizures (count).
        by_detection: How seized goods were detected → seizures (count).
    """

    results: int
    not_examined: int
    pending: int
    conform: int
    irregular: int
    documents_alone: int
    by_depth: dict[str, Hits]
    by_selection: dict[str, Hits]
    by_offence: dict[str, int]
    seizures: dict[str, int]
    by_detection: dict[str, int]


def unamended(results: Mapping[str, ExaminationResult]) -> dict[str, ExaminationResult]:
    """Those results of some that no other of them amends.

    Args:
        results: Id → result.
    """
    amended = {result.amends for result in results.values()}
    return {identity: result for identity, result in results.items() if identity not in amended}


def one_an_order(results: Mapping[str, ExaminationResult]) -> dict[str, ExaminationResult]:
    """The result that counts of each order: of those that none amends, the one that came back last.

    Args:
        results: Id → result; those that name no order are of one of their consignment's own.
    """
    last: dict[tuple[str, str | None], str] = {}
    standing = unamended(results)
    for identity, result in standing.items():
        order = result.consignment, result.order
        known = last.get(order)
        if known is None or standing[known].returned <= result.returned:
            last[order] = identity
    counting = set(last.values())
    return {identity: result for identity, result in standing.items() if identity in counting}


def count_results(results: Iterable[ExaminationResult]) -> ResultCount:
    """Count results.

    Args:
        results: One an order at most (0..n).
    """
    told = tuple(results)
    conclusions = Counter(result.conclusion for result in told)
    seized = [seizure for result in told for seizure in result.seizures]
    return ResultCount(
        results=len(told),
        not_examined=conclusions["not-examined"],
        pending=conclusions["pending"],
        conform=conclusions["conform"],
        irregular=conclusions["irregular"],
        documents_alone=sum(one.conclusion == "conform" and one.depth == "documents" for one in told),
        by_depth=_hits(told, lambda result: result.depth),
        by_selection=_hits(told, lambda result: result.selected or "unknown"),
        by_offence=_counted(offence for result in told for offence in result.offences),
        seizures=_counted(seizure.offence for seizure in seized),
        by_detection=_counted(seizure.detection or "unknown" for seizure in seized),
    )


def _hits(results: tuple[ExaminationResult, ...], of: Callable[[ExaminationResult], str]) -> dict[str, Hits]:
    known = [(of(result), result.is_found) for result in results if result.is_found is not None]
    examined, found = Counter(name for name, _ in known), Counter(name for name, is_found in known if is_found)
    return {name: Hits(number, found[name]) for name, number in examined.most_common()}


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names).most_common())
