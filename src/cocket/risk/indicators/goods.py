# SPDX-License-Identifier: Apache-2.0
"""Rules on the goods, their packing, their way and their papers."""

from __future__ import annotations

import math

from cocket.risk.facts import Case
from cocket.risk.features import Measurements
from cocket.risk.indicators.rule import Arguments

_RARE_ROUTE = 0.98
_ODD_MASS = math.log(2.0)
_MOST_VERSIONS = 2


def route_odd(case: Case, measured: Measurements) -> Arguments | None:
    """Goods of this origin seldom come from {country}.

    Fires where less than one in fifty consignments of the origin was sent from that country, and enough are known to tell.

    Source: WTO Trade Facilitation Agreement, article 7.4.4 (country of origin, country from which the goods were
    shipped).
    """
    rarity = measured["route_rarity"]
    if rarity is None or rarity <= _RARE_ROUTE or case.facts.export_country is None:
        return None
    return {"country": case.facts.export_country}


def mass_per_package_odd(case: Case, measured: Measurements) -> Arguments | None:
    """Packages of item {item} weigh {times} times more or less than is usual for such goods.

    Fires from twice or half the median of goods of the same HS subheading.

    Source: WTO Trade Facilitation Agreement, article 7.4.4 (nature and description of the goods).
    """
    gap = measured["package_gap"]
    if gap is None or abs(gap) < _ODD_MASS:
        return None
    return {"item": measured.item("package_gap"), "times": f"{math.exp(abs(gap)):.1f}"}


def papers_disagree(case: Case, measured: Measurements) -> Arguments | None:
    """The documents of this consignment disagree: {findings}.

    Compared are the declaration and the transport document of the manifest, where both are in the dossier.

    Source: Revised Kyoto Convention, General Annex, standards 6.3 and 6.4; WTO Trade Facilitation Agreement,
    article 7.4.4.
    """
    if not case.differences:
        return None
    return {"findings": ", ".join(code.replace("-", " ") for code in case.differences)}


def version_refused(case: Case, measured: Measurements) -> Arguments | None:
    """Why was another version of a paper sent under its reference, and not as an amendment? {versions}.

    The version was refused, and the paper stands. What was corrected by an amendment, or sent again unchanged in what is compared,
    says nothing here; nor does the same change that is sent again.

    Source: Revised Kyoto Convention, General Annex, standard 3.27 (a declaration that was lodged is amended on request), and standard
    6.4 (risk analysis).
    """
    if not case.versions:
        return None
    more = len(case.versions) - _MOST_VERSIONS
    return {"versions": "; ".join((*case.versions[:_MOST_VERSIONS], *([f"(+{more})"] if more > 0 else [])))}
