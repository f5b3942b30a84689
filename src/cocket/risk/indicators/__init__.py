# SPDX-License-Identifier: Apache-2.0
"""The analysts' rules of thumb: one function a rule, named after its code.

In: a case and its features. Out: the values for the rule's sentence if it fires, else None; unknown never fires.
The first paragraph of a rule's docstring is what the officer reads.
Source: WTO Trade Facilitation Agreement, article 7.4; Revised Kyoto Convention, General Annex, standards 6.3 and 6.4.
"""

from cocket.risk.indicators.goods import mass_per_package_odd, papers_disagree, route_odd, version_refused
from cocket.risk.indicators.intelligence import intelligence
from cocket.risk.indicators.listed import party_listed
from cocket.risk.indicators.partner import partner_differs
from cocket.risk.indicators.rule import Indicator
from cocket.risk.indicators.trader import importer_new, past_offence
from cocket.risk.indicators.value import value_under_peers
from cocket.risk.indicators.way import alert_on_the_way

#: Changes with any rule, threshold or weight below.
RULES_VERSION = "rules-2026.7"

INDICATORS: tuple[Indicator, ...] = (
    Indicator("intelligence", intelligence, 0.35, ()),
    Indicator("party-listed", party_listed, 0.35, ()),
    Indicator("past-offence", past_offence, 0.30, ("importer_rate", "importer_examined")),
    Indicator("alert-on-the-way", alert_on_the_way, 0.35, ()),
    Indicator("partner-differs", partner_differs, 0.30, ()),
    Indicator("value-under-peers", value_under_peers, 0.25, ("price_gap", "price_position", "shortfall_at_reference")),
    Indicator("papers-disagree", papers_disagree, 0.20, ("bill_differs", "bill_gross_gap", "bill_packages_gap")),
    Indicator("version-refused", version_refused, 0.20, ()),
    Indicator("route-odd", route_odd, 0.10, ("route_rarity",)),
    Indicator("importer-new", importer_new, 0.10, ("importer_days", "importer_count")),
    Indicator("mass-per-package-odd", mass_per_package_odd, 0.10, ("package_gap", "package_position")),
)

__all__ = ["INDICATORS", "RULES_VERSION", "Indicator"]
