# SPDX-License-Identifier: Apache-2.0
"""Which traders to audit first, and why: a chance, the money it is about, and reasons in words.

An audit measures compliance; none of these reasons says that anybody did wrong.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from statistics import median

import msgspec

from cocket.control.audit.trader_year import TraderYear, interval
from cocket.errors import SettingsError
from cocket.risk import Reason

#: Examinations that the share of all traders is worth when one trader's own are looked at (count).
_PRIOR_WEIGHT = 20.0

#: Share of audits taken to find something where no examination has shown better.
_PRIOR_RATE = 0.05

Arguments = dict[str, str]

#: Code of a reason → weight in log-odds, above zero for worse.
WEIGHTS = {
    "released-for-audit": 0.6,
    "value-doubts": 0.7,
    "sensitive-goods": 0.4,
    "fast-growth": 0.4,
    "never-audited": 0.2,
    "audited-irregular": 0.8,
    "audited-compliant": -0.7,
}


class AuditPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an administration spends its auditors.

    Attributes:
        sensitive: Headings, by first digits of their codes, that ask for more care (0..n).
        weights: Code of a reason → its weight in log-odds, above zero for worse; a code that is absent weighs nothing.
        transaction_days: Auditor-days that a check of single transactions takes (count).
        desk_days: Auditor-days of an audit at the desk (count).
        field_days: Auditor-days of an audit at the trader's (count).
        field_share: Share of the ranked list, from its top, meant for audits at the trader's (0–1).
        desk_share: Share after them meant for audits at the desk (0–1).
        random_share: Share of the days that chance spends (0–1).
        lines: Lines to draw in an audit at the desk (count); half in a transaction check, double at the trader's.
    """

    sensitive: tuple[str, ...] = ("22", "24", "2710", "61", "62", "64", "8703")
    weights: dict[str, float] = msgspec.field(default_factory=lambda: dict(WEIGHTS))
    transaction_days: int = 2
    desk_days: int = 5
    field_days: int = 15
    field_share: float = 0.05
    desk_share: float = 0.35
    random_share: float = 0.10
    lines: int = 20

    def __post_init__(self) -> None:
        problems = []
        shares = (self.field_share, self.desk_share, self.random_share)
        if min(shares) < 0 or max(shares) > 1 or self.field_share + self.desk_share > 1:
            problems.append(
                "shares must be between 0 and 1, and field_share and desk_share must not sum to more than 1"
            )
        if min(self.transaction_days, self.desk_days, self.field_days, self.lines) < 1:
            problems.append("days and lines must be at least 1")
        if problems:
            text = "The audit policy is not valid: " + "; ".join(problems) + "."
            raise SettingsError(text, problems=tuple(problems))


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """A trader's period with what speaks for an audit.

    Attributes:
        year: The sums.
        chance: Estimated chance that an audit finds an irregularity (0–1, higher is worse).
        expected: Chance times money at stake, national currency: what the list is sorted by. Of a trader whose money is
            not known the middle of the others' is taken.
        reasons: What moved the chance, strongest first (0..n).
    """

    year: TraderYear
    chance: float
    expected: float
    reasons: tuple[Reason, ...]


def rank(years: Sequence[TraderYear], policy: AuditPolicy) -> list[Ranked]:
    """Put traders in the order in which audits are worth most.

    Args:
        years: Traders of one period (0..n).
        policy: What weighs how much.

    Returns:
        The same traders, the most pressing first; ties by trader.

    Source: WCO Guidelines for Post-Clearance Audit, volume 1, 2012 (selection of auditees by risk); Revised Kyoto
    Convention, General Annex, standards 6.3 and 6.4.
    """
    examined, found = sum(year.examined for year in years), sum(year.found for year in years)
    prior = (found + _PRIOR_WEIGHT * _PRIOR_RATE) / (examined + _PRIOR_WEIGHT)
    known = [float(year.money) for year in years if year.money is not None]
    usual = median(known) if known else 1.0
    ranked = [_ranked(year, prior, usual, policy) for year in years]
    return sorted(ranked, key=lambda one: (-one.expected, one.year.trader))


def _ranked(year: TraderYear, prior: float, usual: float, policy: AuditPolicy) -> Ranked:
    rate = (year.found + _PRIOR_WEIGHT * prior) / (year.examined + _PRIOR_WEIGHT)
    reasons, odds = [], _log_odds(prior)
    for rule in RULES:
        code = rule.__name__.replace("_", "-")
        arguments = rule(year)
        weight = _log_odds(rate) - _log_odds(prior) if rule is past_findings else policy.weights.get(code, 0.0)
        if arguments is not None and weight:
            odds += weight
            reasons.append(_reason(rule, code, arguments, weight))
    reasons.sort(key=lambda reason: -(reason.weight or 0.0))
    chance = 1 / (1 + math.exp(-odds))
    money = usual if year.money is None else float(max(year.money, Decimal(0)))
    return Ranked(year=year, chance=chance, expected=chance * money, reasons=tuple(reasons))


def released_for_audit(year: TraderYear) -> Arguments | None:
    """{count} of {all} declarations were released to be audited later.

    Fires where at least one in twenty went by the blue lane.

    Source: Revised Kyoto Convention, General Annex, standard 6.6 (audit-based controls).
    """
    blue = year.lanes.get("blue", 0)
    return {"count": str(blue), "all": str(year.declarations)} if 20 * blue >= year.declarations and blue else None


def past_findings(year: TraderYear) -> Arguments | None:
    """{found} of {examined} examinations found an irregularity: of all declarations of this trader between {low} and {high} %.

    Nine times in ten the true share lies between the two. It weighs as far as it departs from that of all traders.

    Source: WTO Trade Facilitation Agreement, article 7.4.4 (compliance record of traders).
    """
    if not year.examined:
        return None
    low, high = interval(year.found, year.examined)
    return {
        "found": str(year.found),
        "examined": str(year.examined),
        "low": f"{100 * low:.0f}",
        "high": f"{100 * high:.0f}",
    }


def value_doubts(year: TraderYear) -> Arguments | None:
    """{count} doubts about declared values were raised.

    A doubt is a reason to look at the books, not a finding.

    Source: WTO Committee on Customs Valuation, Decision 6.1.
    """
    return {"count": str(year.doubts)} if year.doubts else None


def sensitive_goods(year: TraderYear) -> Arguments | None:
    """{percent} % of the value is in goods that ask for more care.

    Fires from a third.

    Source: WTO Trade Facilitation Agreement, article 7.4.4 (nature and description of the goods).
    """
    share = year.sensitive_share
    return {"percent": f"{100 * share:.0f}"} if share is not None and share >= 1 / 3 else None


def fast_growth(year: TraderYear) -> Arguments | None:
    """His trade is {times} times that of the period before.

    Fires from double.

    Source: WCO Guidelines for Post-Clearance Audit, volume 1, 2012 (changes in trading pattern).
    """
    return {"times": f"{year.growth:.1f}"} if year.growth is not None and year.growth >= 2 else None


def never_audited(year: TraderYear) -> Arguments | None:
    """No audit of this trader is on record.

    Source: WCO Guidelines for Post-Clearance Audit, volume 1, 2012 (coverage of traders).
    """
    return {} if year.last_audit is None else None


def audited_irregular(year: TraderYear) -> Arguments | None:
    """The last audit, closed on {day}, found irregularities.

    Source: WTO Trade Facilitation Agreement, article 7.5.2 (audit results in risk management).
    """
    return _last(year, "irregular")


def audited_compliant(year: TraderYear) -> Arguments | None:
    """The last audit, closed on {day}, found nothing.

    Source: WTO Trade Facilitation Agreement, article 7.5.2 (audit results in risk management).
    """
    return _last(year, "compliant")


#: The rules, in the order in which they are asked.
RULES: tuple[Callable[[TraderYear], Arguments | None], ...] = (
    released_for_audit,
    past_findings,
    value_doubts,
    sensitive_goods,
    fast_growth,
    never_audited,
    audited_irregular,
    audited_compliant,
)


def _last(year: TraderYear, result: str) -> Arguments | None:
    last = year.last_audit
    return {"day": last.closed.isoformat()} if last is not None and last.result == result else None


def _reason(rule: Callable[[TraderYear], Arguments | None], code: str, arguments: Arguments, weight: float) -> Reason:
    text = inspect.cleandoc(rule.__doc__ or code)
    message = " ".join(text.split("\n\n", 1)[0].split()).removesuffix(".")
    source = " ".join(text.partition("Source:")[2].split()).removesuffix(".")
    return Reason(code=code, message=message, arguments=arguments, weight=weight, source=source)


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))
