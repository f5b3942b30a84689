# SPDX-License-Identifier: Apache-2.0
"""After release: whom to audit and why, which lines to look at, what was found, and what there is to learn from it.

In: released declarations of a period, days to spend, seeds committed to beforehand. Out: ranked traders with reasons, a plan,
samples anybody can draw again, audits in one state after the other, labels for the analysts.
Source: WCO Guidelines for Post-Clearance Audit, volume 1, 2012; WTO Trade Facilitation Agreement, article 7.5.
"""

from cocket.control.audit.case import (
    ACTS,
    AuditCase,
    AuditState,
    Close,
    Conclusion,
    Difference,
    Disclosure,
    LineFinding,
    Plan,
    acts_of,
    close,
    disclose,
    drop,
    find,
    hand_on,
    notify,
    plan_case,
    resume,
    start,
)
from cocket.control.audit.learning import outcomes_of
from cocket.control.audit.plan import AuditKind, Proposal, lines_of, plan, trader_number_drawn
from cocket.control.audit.ranking import AuditPolicy, Ranked, rank
from cocket.control.audit.sample import (
    AuditedLine,
    Sample,
    SampledLine,
    draw_sample,
    estimate,
    population_digest,
    verify_sample,
)
from cocket.control.audit.trader_year import (
    Before,
    PastAudit,
    Period,
    Released,
    ResultCode,
    TraderYear,
    interval,
    trader_of,
    trader_years,
)

__all__ = [
    "ACTS",
    "AuditCase",
    "AuditKind",
    "AuditPolicy",
    "AuditState",
    "AuditedLine",
    "Before",
    "Close",
    "Conclusion",
    "Difference",
    "Disclosure",
    "LineFinding",
    "PastAudit",
    "Period",
    "Plan",
    "Proposal",
    "Ranked",
    "Released",
    "ResultCode",
    "Sample",
    "SampledLine",
    "TraderYear",
    "acts_of",
    "close",
    "disclose",
    "draw_sample",
    "drop",
    "estimate",
    "find",
    "hand_on",
    "interval",
    "lines_of",
    "notify",
    "outcomes_of",
    "plan",
    "plan_case",
    "population_digest",
    "rank",
    "resume",
    "start",
    "trader_number_drawn",
    "trader_of",
    "trader_years",
    "verify_sample",
]
