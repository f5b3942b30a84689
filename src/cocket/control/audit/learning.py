# SPDX-License-Identifier: Apache-2.0
"""A closed audit → labels: what the books said about declarations that nobody examined, with the chance that they were asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from cocket.control.audit.case import AuditCase
from cocket.risk import Facts, Outcome, day_number


def outcomes_of(case: AuditCase, facts: Mapping[str, Facts]) -> Iterator[Outcome]:
    """What there is to learn from an audit: one label a consignment, of its audited lines alone.

    A line that was not verified teaches nothing, and a line beside the sample has no chance to be weighed by: the trader
    disclosed it. A label counts from the closing, however long ago the goods were released.

    Args:
        case: The audit; one that is not closed gives nothing.
        facts: Consignment → its declaration as it stood; those missing teach nothing.

    Returns:
        Outcomes by consignment (0..n); their propensity is that of the trader times that of the sample.
    """
    if case.closed is None or case.sample is None:
        return
    concluded = [finding for finding in case.findings if finding.conclusion != "not-verified"]
    for consignment in sorted({finding.consignment for finding in concluded}):
        known = facts.get(consignment)
        lines = {finding.item: finding for finding in concluded if finding.consignment == consignment}
        if known is None:
            continue
        audited = tuple(item for place, item in enumerate(known.items, start=1) if place in lines)
        chance = case.sample.chances.get(consignment)
        yield Outcome(
            facts=msgspec.structs.replace(known, items=audited),
            found=any(finding.conclusion == "irregular" for finding in lines.values()),
            returned=day_number(case.closed),
            propensity=case.propensity * chance if chance else None,
            origin="audit",
        )
