# SPDX-License-Identifier: Apache-2.0
"""The four rule sets: which rules hold where, as trees in the shape of the message.

Profiles differ in the header only: `gb-ens-new` is for messages that may leave totals out. The amendment (IE313) has
no office of lodgement; otherwise it follows the rules of the declaration (IE315).
"""

from __future__ import annotations

from cocket.standards.ens.rules import header as h
from cocket.standards.ens.rules import items, parties, values, whole
from cocket.standards.ens.rules.fields import (
    CARRIER,
    CONSIGNEE,
    CONSIGNOR,
    ITEM_CONSIGNEE,
    ITEM_CONSIGNOR,
    ITEM_NOTIFIED,
    LODGER,
    NOTIFIED,
    REPRESENTATIVE,
)
from cocket.standards.ens.rules.identification import identified, identified_by_tin
from cocket.standards.ens.rules.rule import Broken, Place, Rule, rule


def _rules(*functions: Broken) -> tuple[Rule, ...]:
    return tuple(map(rule, functions))


_MASS = (values.rule_8674, values.rule_8675, values.rule_8676, values.rule_8677)

_ITEM = Place(
    "GOOITEGDS",
    _rules(
        items.rule_8207,
        items.rule_8687,
        items.rule_8199,
        items.rule_8622,
        items.rule_8623,
        items.rule_8612,
        items.rule_8103,
        items.rule_8104,
        items.rule_8170,
    ),
    (
        Place("IteNumGDS7", _rules(values.rule_8678)),
        Place("GroMasGDS46", _rules(*_MASS, values.rule_8679)),
        Place("MetOfPayGDI12", _rules(items.rule_8135)),
        Place("PlaLoaGOOITE333", _rules(items.rule_8136)),
        Place("PlaUnlGOOITE333", _rules(items.rule_8171)),
        identified(ITEM_CONSIGNOR, *_rules(parties.rule_8119)),
        identified(ITEM_CONSIGNEE, *_rules(parties.rule_8624, parties.rule_8625, parties.rule_8208)),
        Place(
            "IDEMEATRAGI970",
            _rules(items.rule_8147, items.rule_8198),
            (Place("IdeMeaTraGIMEATRA971", _rules(items.rule_8114)),),
        ),
        Place(
            "PACGS2",
            (
                rule(items.rule_8149, items.KIND),
                rule(items.rule_8150, items.KIND),
                rule(items.rule_8151, items.KIND),
                rule(items.rule_8152),
                rule(items.rule_8153, items.MARKS),
            ),
            (
                Place(items.PACKAGES, _rules(values.rule_8680)),
                Place(items.PIECES, _rules(values.rule_8681)),
            ),
        ),
        identified(ITEM_NOTIFIED, *_rules(parties.rule_8620, parties.rule_8621)),
    ),
)

_HEADER = (
    rule(h.rule_8107),
    rule(h.rule_8111, h.MODE, "3"),
    rule(h.rule_8112, h.MODE, "2"),
    rule(h.rule_8689, h.MODE, ", ".join(map(str, h.MODES))),
    rule(h.rule_8690, h.MODE),
    rule(h.rule_8113, h.IDENTITY),
    rule(h.rule_8114, h.IDENTITY),
    rule(h.rule_8115, h.NATIONALITY),
    rule(h.rule_8671, h.ITEMS),
    rule(h.rule_8672, h.PACKAGES),
    rule(h.rule_8673, h.MASS),
    rule(h.rule_8118, h.CONVEYANCE),
    rule(h.rule_8691, h.CIRCUMSTANCE, "C, D, E"),
    rule(h.rule_8685, h.CONVEYANCE),
    rule(h.rule_8686, h.MASS, h.mass_of_items),
)
_TOTALS = (
    rule(h.rule_8206, h.ITEMS, h.items_present),
    rule(h.rule_8108),
    rule(h.rule_8109),
    rule(h.rule_8116, h.PACKAGES),
    rule(h.rule_8117, h.PACKAGES, h.packages_present),
)
_TOTALS_NEW = (rule(h.rule_8206_if_given, h.ITEMS, h.items_present),)

_OFFICE = Place("CUSOFFLON", below=(Place("RefNumCOL1", _rules(whole.rule_8616)),))


def _declaration(totals: tuple[Rule, ...], *more: Place) -> Place:
    return Place(
        "",
        _rules(
            parties.rule_8193,
            whole.rule_8102,
            whole.rule_8611,
            whole.rule_8688,
            whole.rule_8617,
            whole.rule_8684,
        ),
        (
            Place("MesSenMES3", _rules(values.rule_4065)),
            Place("HEAHEA", (*_HEADER, *totals), (Place(h.MASS, _rules(*_MASS)),)),
            identified(CONSIGNOR, *_rules(parties.rule_8119)),
            identified(CONSIGNEE, *_rules(parties.rule_8204, parties.rule_8105)),
            identified(NOTIFIED, *_rules(parties.rule_8619)),
            _ITEM,
            identified_by_tin(REPRESENTATIVE),
            identified_by_tin(LODGER, Place("TINPLD1", _rules(values.rule_8692))),
            identified(CARRIER, *_rules(parties.rule_8164), tin=_rules(parties.rule_8195)),
            *more,
        ),
    )


#: Name of the root element and profile → the rules of that message.
SETS: dict[tuple[str, str], Place] = {
    ("CC315A", "gb-ens"): _declaration(_TOTALS, _OFFICE),
    ("CC313A", "gb-ens"): _declaration(_TOTALS),
    ("CC315A", "gb-ens-new"): _declaration(_TOTALS_NEW, _OFFICE),
    ("CC313A", "gb-ens-new"): _declaration(_TOTALS_NEW),
}
