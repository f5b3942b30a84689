# SPDX-License-Identifier: Apache-2.0
"""How examinations are spent: one set of terms for all, and others for some offices or flows."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from cocket.control.offices import MOST_HOURS, OfficeBook
from cocket.errors import SettingsError
from cocket.model.message import Lane

#: Before an office has scored this many cases, its own quantiles say little and the fixed thresholds hold.
SETTLED = 50


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an administration spends its examinations.

    Attributes:
        red_per_day: Examinations an office can do a day (count), random ones included.
        yellow_per_day: Document checks an office can do a day (count).
        random_reserve: Red places a day that are kept for chance (count, at most `red_per_day`).
        red_share: Share of cases, highest scores first, meant for red (0–1).
        yellow_share: Share after them meant for yellow (0–1).
        blue_share: Share after those meant for audit after release (0–1).
        random_share: Least share drawn for red whatever the score (0–1); without a model `red_share` is drawn too.
        explore_most: Most of the examinations that chance may draw where the score does little better than chance, or finds
            less than it said (0–1); 0 keeps to `random_share`.
        red_score: Score for red while an office is new (0–1).
        yellow_score: Score for yellow while an office is new (0–1).
        rules_score: Score by the rules alone from which red is wished for while there is no model (0–1).
        rules_to_yellow: Rules that ask for the documents at least (0..n).
        standing_factor: What the score of a consignment is multiplied by where its trader's standing covers it (0–1); 1
            gives a standing no weight.
        recent: Scores an office remembers (count).
        keeps_pace: Whether the bar rises so far that the day's places last to its end.
        revenue_weight: How far duty at stake moves a case up (0–1): 0 orders by chance of a find alone, 1 by the duty
            expected.
        duty_unit: Duty at stake, national currency, from which on it moves a case (above 0).
        most_hits_unselected: Hits of a rule in a row that may go unselected, where it asks on a share only; 0 for any.
        yellow_days: Days after which documents not yet checked are audited after release instead; None for never.
        order_hours: Hours, counted while the office is open, within which an order is to be dealt with (0–8760); 0 for no end.
        most_open_orders: Orders that one examiner may have at once (count); beyond them he is passed over in the draw.
        most_with_declarant: Orders of one declarant that an examiner may be given within `declarant_days` (count); 0 for any.
        declarant_days: Days over which these are counted (above 0).
        examiner_only: Whether nobody but the examiner drawn, or who took over from him, may record the result.
        tells_traders: Whether a trader may read, after release, which parts of his declaration to look at again.
        green_delay_minutes: Minutes for which a green consignment may still be given another lane before its release.
    """

    red_per_day: int = 20
    yellow_per_day: int = 40
    random_reserve: int = 4
    red_share: float = 0.08
    yellow_share: float = 0.12
    blue_share: float = 0.05
    random_share: float = 0.02
    explore_most: float = 0.0
    red_score: float = 0.20
    yellow_score: float = 0.10
    rules_score: float = 0.40
    rules_to_yellow: tuple[str, ...] = ("papers-disagree",)
    standing_factor: float = 0.5
    recent: int = 500
    keeps_pace: bool = True
    revenue_weight: float = 0.0
    duty_unit: float = 1000.0
    most_hits_unselected: int = 0
    yellow_days: int | None = None
    green_delay_minutes: int = 0
    order_hours: float = 24.0
    most_open_orders: int = 20
    most_with_declarant: int = 0
    declarant_days: int = 30
    examiner_only: bool = False
    tells_traders: bool = False

    def __post_init__(self) -> None:
        problems = []
        shares = (self.red_share, self.yellow_share, self.blue_share, self.random_share)
        if min(shares) < 0 or sum(shares) > 1:
            problems.append("shares must not be negative or sum to more than 1")
        if not 0 <= self.random_reserve <= self.red_per_day or self.yellow_per_day < 0:
            problems.append("places per day must not be negative, and the reserve must not exceed red_per_day")
        if not 0 <= self.explore_most <= 1:
            problems.append("explore_most must be between 0 and 1")
        if not 0 <= self.standing_factor <= 1:
            problems.append("standing_factor must be between 0 and 1")
        if not 0 <= self.revenue_weight <= 1 or self.duty_unit <= 0:
            problems.append("revenue_weight must be between 0 and 1, and duty_unit above 0")
        if min(self.most_hits_unselected, self.green_delay_minutes, self.yellow_days or 0) < 0:
            problems.append("most_hits_unselected, green_delay_minutes and yellow_days must not be negative")
        if not 0 <= self.order_hours <= MOST_HOURS:
            problems.append(f"order_hours must be between 0 and {MOST_HOURS}")
        if min(self.most_open_orders, self.declarant_days) < 1 or self.most_with_declarant < 0:
            problems.append("most_open_orders and declarant_days must be above 0, most_with_declarant not negative")
        if self.recent < SETTLED:
            problems.append(f"recent must be at least {SETTLED}")
        if problems:
            raise SettingsError(
                "The control policy is not valid: " + "; ".join(problems) + ".", problems=tuple(problems)
            )


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Other terms for an office, a flow, or both.

    Attributes:
        office: Customs office; None for every one.
        flow: `import`, `export` or `transit`; None for every one.
        policy: The terms.
    """

    office: str | None = None
    flow: str | None = None
    policy: Policy


class PolicyBook(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of an administration.

    Attributes:
        usual: Terms where nothing else is said.
        others: Other terms (0..n); of several that fit, one that names the office comes first, then one that names the flow.
        offices: What is set by page for some offices; terms that name an office stand above it.
        zone: Time zone in which the days of offices begin.
    """

    usual: Policy
    others: tuple[Terms, ...] = ()
    offices: OfficeBook = OfficeBook()
    zone: str = "UTC"

    def terms(self, office: str, flow: str | None) -> tuple[str, Policy]:
        """The terms of a case, and the name under which its places are counted.

        Args:
            office: Customs office.
            flow: What the declaration is for.

        Returns:
            The office, with the flow where this has places of its own; and the terms.
        """
        fitting = [one for one in self.others if one.office in (None, office) and one.flow in (None, flow)]
        best = max(fitting, key=lambda one: (one.office is not None, one.flow is not None), default=None)
        name, policy = (
            (office, self.usual) if best is None else (f"{office}/{flow}" if best.flow else office, best.policy)
        )
        set_by_page = self.offices.of(office) if best is None or best.office is None else None
        if set_by_page is None:
            return name, policy
        places = set_by_page.places((policy.red_per_day, policy.yellow_per_day, policy.random_reserve))
        red, yellow, reserve = places
        hours = policy.order_hours if set_by_page.order_hours is None else float(set_by_page.order_hours)
        return name, msgspec.structs.replace(
            policy, red_per_day=red, yellow_per_day=yellow, random_reserve=reserve, order_hours=hours
        )

    def due(
        self, case: tuple[str, str | None], lane: Lane, opened: datetime, assessed: datetime
    ) -> tuple[datetime | None, bool]:
        """By when an order is to be dealt with, and whether it lapses then.

        Args:
            case: Customs office, and what the declaration is for.
            lane: Lane that ordered it.
            opened: When the order was opened, UTC.
            assessed: When its lane was last advised, UTC: from then on documents lapse.

        Returns:
            The end, UTC; None for a lane without an order, and where no end is set.
        """
        office, policy = case[0], self.terms(*case)[1]
        if lane == "yellow" and policy.yellow_days is not None:
            return self.end_of(office, assessed, timedelta(days=policy.yellow_days)), True
        if lane not in ("red", "yellow") or not policy.order_hours:
            return None, False
        return self.end_of(office, opened, timedelta(hours=policy.order_hours)), False

    def end_of(self, office: str, start: datetime, span: timedelta) -> datetime:
        """When a span ends at an office, counted only on days on which it is open.

        Args:
            office: Customs office; of one without a calendar every hour counts.
            start: When it begins, UTC.
            span: How long it is.
        """
        known = self.offices.of(office)
        return start + span if known is None else known.end_of(start, span, ZoneInfo(self.zone))

    @property
    def explores(self) -> bool:
        """Whether chance may draw more anywhere where the score does little good."""
        return any(one.explore_most for one in (self.usual, *(other.policy for other in self.others)))

    def without_chance(self) -> PolicyBook:
        """The same terms with nothing drawn, for advice that is not to give away what chance would do."""
        changed = [
            msgspec.structs.replace(one, policy=msgspec.structs.replace(one.policy, random_share=0.0, explore_most=0.0))
            for one in self.others
        ]
        usual = msgspec.structs.replace(self.usual, random_share=0.0, explore_most=0.0)
        return msgspec.structs.replace(self, usual=usual, others=tuple(changed))


def read_policy(data: bytes, usual: Policy) -> PolicyBook:
    """Read the terms of an administration.

    Args:
        data: TOML: fields of `Policy` for all, and a table `[[terms]]` with `office`, `flow` and the fields that differ.
        usual: What holds where the file says nothing.

    Raises:
        SettingsError: It is not such a file.
    """
    try:
        given: dict[str, Any] = tomllib.loads(data.decode("utf-8"))
        tables = given.pop("terms", [])
        base = _changed(usual, given)
        others = []
        for table in tables:
            names = {name: table.pop(name, None) for name in ("office", "flow")}
            others.append(Terms(**names, policy=_changed(base, table)))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, TypeError, AttributeError) as error:
        raise SettingsError(f"The terms of control cannot be read: {error}.", code="control-terms") from error
    return PolicyBook(usual=base, others=tuple(others))


def _changed(policy: Policy, fields: dict[str, Any]) -> Policy:
    return msgspec.convert(msgspec.to_builtins(policy) | fields, Policy)
