# SPDX-License-Identifier: Apache-2.0
"""What the pages on rules call things, and the picture of a lift with its interval."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

import msgspec

from cocket.pipeline.risk.rulebooks import RuleFile
from cocket.risk.estimate import Estimate
from cocket.risk.features import FEATURES
from cocket.risk.rules import COMPARISONS, FIELDS, VALUELESS
from cocket.risk.rules.figures import Why
from cocket.risk.rules.hints import HintCode
from cocket.risk.rules.sentences import Comparison, Problem
from cocket.workbench.base.labels import _

KINDS: Final[dict[str, str]] = {"cel": _("Rule lab"), "python": _("Built in"), "host": _("Host")}

STATES: Final[dict[str, str]] = {
    "draft": _("Draft"),
    "tested": _("Tested on past declarations"),
    "shadow": _("In shadow"),
    "published": _("Published"),
    "expired": _("Expired"),
    "broken": _("Broken"),
    "ended": _("Ended"),
}

STANDINGS: Final[dict[str, str]] = {
    "works": _("finds more than chance"),
    "unproven": _("not proven"),
    "barren": _("finds less than chance"),
    "dead": _("does not fire"),
    "expired": _("expired"),
    "unmeasured": _("not measured"),
}

#: Why a rule is not proven or not measured.
WHYS: Final[dict[Why, str]] = {
    "": "",
    "none examined": _("none of its hits was examined"),
    "none drawn": _(
        "cannot say yet: draw {draw} more at random (none of its hits without another reason to be examined was drawn)"
    ),
    "no random draws": _("cannot say yet: draw {draw} more at random (nothing was drawn at random yet)"),
    "few draws": _("cannot say yet: draw {draw} more at random (fewer than 20 were drawn)"),
    "few drawn": _("cannot say yet: draw {draw} more at random (fewer than 20 of its hits were drawn)"),
    "few finds": _("too few finds: five are needed"),
    "few examined": _("too few examinations: thirty are needed"),
    "holds one": _("its interval includes 1, the level of chance"),
}

ASKS: Final[dict[str, str]] = {
    "nothing": _("nothing; for information only"),
    "blue": _("blue lane"),
    "yellow": _("yellow lane"),
    "red": _("red lane"),
    "query": _("a query to the declarant"),
}

#: Number of the model → what it is about, in the words of a reason.
FEATURE_REASONS: Final = {one.name: one.reason for one in FEATURES}


__all__ = [
    "ASKS",
    "COMPARISON_NAMES",
    "FIELD_GROUPS",
    "HINTS",
    "KINDS",
    "RESULTS",
    "SCOPES",
    "STANDINGS",
    "STATES",
    "STEPS",
    "TWO_ITEMS",
    "VALUELESS",
    "WHYS",
    "comparisons_of",
    "picture_of",
    "sentence_of",
    "step_of",
]

#: Steps of a rule in their order, by name.
STEPS: Final[dict[str, str]] = {
    "written": _("Written"),
    "tried": _("Tried on the past"),
    "shadow": _("In shadow"),
    "second": _("With a second person"),
    "published": _("Published"),
    "measured": _("Measured"),
    "ended": _("Ended"),
}

#: Groups of fields that the form offers: heading → fields with what each is called; names that are ours alone stay as they are.
FIELD_GROUPS: Final[dict[str, dict[str, str]]] = {
    _("Goods item"): {
        "item.hs": _("commodity code"),
        "item.origin": _("country of origin"),
        "item.value": _("value of the item"),
        "item.unit_value": _("value per kilogram"),
        "item.duty": _("duties and taxes of the item"),
        "item.gross_mass_kg": _("gross mass (kg)"),
        "item.net_mass_kg": _("net mass (kg)"),
        "item.packages": _("number of packages"),
        "item.package_mass_kg": _("mass per package (kg)"),
        "item.procedure": _("procedure"),
        "item.preference": _("preference claimed"),
        "item.words": _("description of the goods"),
    },
    _("Whole declaration"): {
        "importer": _("importer"),
        "declarant": _("declarant"),
        "seller": _("seller"),
        "export_country": _("country of dispatch"),
        "office": _("customs office"),
        "flow": _("purpose of the declaration"),
        "value": _("value of all items"),
        "duty": _("duties and taxes of all items"),
        "freight": _("freight"),
        "is_containerised": _("in containers"),
        "differences": _("differences between documents"),
    },
    _("Earlier declarations"): {
        "seen.importer": _("declarations of this importer"),
        "seen.declarant": _("declarations of this declarant"),
        "seen.seller": _("declarations with this seller"),
        "seen.office": _("declarations at this office"),
        "seen.importer_seller": _("declarations of this importer with this seller"),
        "seen.declarant_office": _("declarations of this declarant at this office"),
        "worth.importer": _("value declared by this importer"),
        "worth.declarant": _("value declared by this declarant"),
        "worth.seller": _("value declared with this seller"),
        "worth.office": _("value declared at this office"),
        "worth.importer_seller": _("value declared by this importer with this seller"),
        "worth.declarant_office": _("value declared by this declarant at this office"),
    },
    _("Earlier examinations"): {
        "examined.importer": _("examinations of this importer"),
        "examined.declarant": _("examinations of this declarant"),
        "examined.seller": _("examinations of this seller"),
        "examined.office": _("examinations at this office"),
        "examined.importer_seller": _("examinations of this importer with this seller"),
        "examined.declarant_office": _("examinations of this declarant at this office"),
        "found.importer": _("irregularities found at this importer"),
        "found.declarant": _("irregularities found at this declarant"),
        "found.seller": _("irregularities found with this seller"),
        "found.office": _("irregularities found at this office"),
        "found.importer_seller": _("irregularities found at this importer with this seller"),
        "found.declarant_office": _("irregularities found at this declarant at this office"),
    },
    _("Figures of the model"): {
        name: FEATURE_REASONS.get(name.removeprefix("features."), name)
        for name in FIELDS
        if name.startswith("features.")
    },
}

COMPARISON_NAMES: Final[dict[Comparison, str]] = {
    "is": _("is one of"),
    "is-not": _("is none of"),
    "begins": _("begins with one of"),
    "not-begins": _("begins with none of"),
    "on-list": _("is on the list"),
    "not-on-list": _("is not on the list"),
    "under": _("is under"),
    "at-most": _("is at most"),
    "over": _("is over"),
    "at-least": _("is at least"),
    "has": _("contains one of"),
    "has-not": _("contains none of"),
    "yes": _("is so"),
    "no": _("is not so"),
    "stated": _("is stated"),
    "not-stated": _("is not stated"),
}

#: Of a number, "is one of" means one.
EQUALS: Final = _("is")

SCOPES: Final[dict[str, str]] = {
    "one": _("of one item"),
    "every": _("of every item"),
    "same": _("of the same item as the line above"),
}

#: What is wrong with a line of the form.
LINE_PROBLEMS: Final[dict[Problem, str]] = {
    "field": _("Choose a field."),
    "comparison": _("Choose a comparison that this field has."),
    "value": _("Enter a value; several are parted by commas."),
    "number": _("Enter a number, such as 1200 or 0.7."),
    "code": _("Enter the first digits of a code, such as 8415."),
    "days": _("Enter a number of days from 1 to 180."),
    "list": _("Enter the name of one of the lists below."),
    "same": _("The line above is not about an item."),
}

HINTS: Final[dict[HintCode, str]] = {
    "two-items": _("Two conditions on items may be met by two different items: {lines}."),
    "two-items-met": _("On {count} of {of} hits no single item meets all conditions on items; only different items do."),
    "null": _("Nothing is null: no comparison with null is true. Write has(declared.importer) to ask whether it is stated."),
    "always": _("It is true of all {of} declarations, so it selects nothing."),
    "never": _("It was not true of any of {of} declarations."),
    "part-always": _("True of all {of} declarations: {part}"),
    "part-never": _("Not true of any of {of} declarations: {part}"),
    "unknown": _("Unknown on {count} of {of} declarations, as what it asks about is not stated; there the rule does not fire."),
    "part-unknown": _("Unknown on {count} of {of} declarations, as what it asks about is not stated; there the rule does not fire: {part}"),
}  # fmt: skip

#: Of a condition that has no lines.
TWO_ITEMS: Final = _(
    "Different items may meet the conditions on items; write one items.exists(…) if one must meet all."
)

#: What examination of a hit had found.
RESULTS: Final[dict[str, str]] = {
    "irregular": _("irregular"),
    "nothing": _("nothing found"),
    "none": _("not examined"),
}

_LEAST, _MOST, _WIDE = math.log(0.1), math.log(50.0), 120.0


class LiftPicture(msgspec.Struct, frozen=True):
    """A lift on a scale of ratios 120 wide.

    Attributes:
        low: Where its interval begins.
        value: Where it stands.
        high: Where its interval ends.
        chance: Where 1 stands.
    """

    low: float
    value: float
    high: float
    chance: float


def comparisons_of(field: str) -> dict[str, str]:
    """Comparisons that a field has, with what each is called; those of a text for none that we know."""
    kind = FIELDS.get(field, "text")
    is_of_past = field.partition(".")[0] in ("seen", "worth", "examined", "found")
    names = [one for one in COMPARISONS[kind] if not (is_of_past and one in ("stated", "not-stated"))]
    return {name: EQUALS if kind == "number" and name == "is" else COMPARISON_NAMES[name] for name in names}


#: Place of the sentence of a rule → what stands there once goods are declared.
_PLACES: Final = {
    "importer": _("importer"), "declarant": _("declarant"), "seller": _("seller"), "office": _("office"),
    "export_country": _("export country"), "country": _("country"), "item": _("item"), "days": _("days"), "times": _("times"),
    "percent": _("per cent"), "hits": _("hits"), "alerts": _("alerts"), "differences": _("differences"),
    "findings": _("findings"),
}  # fmt: skip


def sentence_of(says: str, translate: Callable[[str], str]) -> str:
    """The sentence of a rule where nothing is declared yet: its places are named, as in `goods of [importer]`.

    Args:
        says: The sentence, in the reader's language.
        translate: The reader's language.
    """
    return re.sub(r"\{(\w+)\}", lambda place: f"[{translate(_PLACES.get(place[1], place[1].replace('_', ' ')))}]", says)


def step_of(file: RuleFile, state: str, *, is_proposed: bool = False) -> str:
    """The last step that a rule has taken: a name of `STEPS`."""
    if state in ("ended", "expired"):
        return "ended"
    if file.state == "published":
        return "measured" if file.measured else "published"
    if is_proposed:
        return "second"
    return {"draft": "written", "tested": "tried"}.get(file.state, file.state)


def picture_of(lift: Estimate) -> LiftPicture:
    """The picture of a lift; what lies outside the scale stands at its edge."""
    low, value, high, chance = map(_place, (lift.low, lift.value, lift.high, 1.0))
    return LiftPicture(low, value, high, chance)


def _place(ratio: float) -> float:
    return round(_WIDE * (min(max(math.log(max(ratio, 1e-9)), _LEAST), _MOST) - _LEAST) / (_MOST - _LEAST), 1)
