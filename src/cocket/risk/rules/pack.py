# SPDX-License-Identifier: Apache-2.0
"""The yearly review pack: every rule with its figures and what to do about it, for the people who must decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from cocket.risk.rules import sheet
from cocket.risk.rules.figures import RuleFigures, State, Why

#: How a rule stands → what the reviewer is asked to do.
PROPOSALS: Final[dict[State, str]] = {
    "works": "keep: it finds more than chance",
    "unproven": "watch: it may find no more than chance",
    "barren": "end: it finds less than examinations drawn at random",
    "dead": "end or fix: it no longer fires",
    "expired": "end, or publish it again with two people",
    "unmeasured": "draw some of its hits at random: without that its value cannot be measured",
}

STATES: Final[dict[State, str]] = {
    "works": "works",
    "unproven": "unproven",
    "barren": "barren",
    "dead": "dead",
    "expired": "expired",
    "unmeasured": "not measured",
}

#: Why a rule is unproven or not measured, in words.
WHYS: Final[dict[Why, str]] = {
    "": "",
    "none examined": "none of its hits was examined",
    "none drawn": "none of its hits without another reason to be examined was drawn at random",
    "no random draws": "no examination was drawn at random",
    "few finds": "too few finds: five are needed",
    "few examined": "too few examinations: thirty are needed",
    "few drawn": "too few of its hits were drawn at random",
    "holds one": "its interval includes 1, the level of chance",
}

_HEADS = (
    "rule", "whose", "stands", "hits", "examined", "found", "found share", "lift over chance", "recovered",
    "recovered alone", "delayed without a find, days", "also hit by others", "most like",
)  # fmt: skip


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """A review pack.

    Attributes:
        administration: Whose rules.
        first_day: First day measured; None if nothing was.
        last_day: Last day.
        declarations: Declarations measured on (count).
        examined: Of them examined (count).
        currency: Of amounts; None if not told.
        figures: One a rule (0..n).
        proposals: Rule → what is proposed.
        caveats: What the figures do not say (0..n).
    """

    administration: str
    first_day: date | None
    last_day: date | None
    declarations: int
    examined: int
    currency: str | None
    figures: tuple[RuleFigures, ...]
    proposals: dict[str, str]
    caveats: tuple[str, ...]


def caveats_of(figures: Sequence[RuleFigures], examined: int) -> tuple[str, ...]:
    """What figures on rules do not say (1..n)."""
    told = ["Examinations are not perfect: not finding anything is no proof that nothing was there."]
    if figures and all(one.random is None for one in figures):
        told.append(
            "No examination was drawn at random, or random draws were not logged, so nothing can be compared with chance. Draw "
            "at least one in a hundred at random, and log it."
        )
    if examined < 400:
        told.append(f"Only {examined} examinations: intervals are wide, and differences within them are noise.")
    if any(one.undecided for one in figures):
        told.append(
            "Some conditions could not be evaluated because a field was not declared; there the rule did not fire."
        )
    return tuple(told)


def write_pack(pack: Pack) -> str:
    """The pack as one HTML file."""
    span = f"{pack.first_day} to {pack.last_day}" if pack.first_day else "no days"
    about = f"{pack.administration} · {pack.declarations:,} declarations, {span} · {pack.examined:,} examined"
    ordered = sorted(pack.figures, key=lambda one: (-(one.lift.value if one.lift else 0.0), one.code))
    return sheet.page(
        "Rules under review",
        about,
        (
            sheet.tiles(_tiles(pack)),
            sheet.section(
                "Against chance",
                sheet.paragraph(
                    "Each line is the 95 % confidence interval of the rule's lift; at 1 it finds no more than "
                    "an examination drawn at random.",
                    quiet=True,
                ),
                sheet.lifts("Lift over chance", [(one.code, one.lift) for one in ordered if one.lift]),
            ),
            sheet.section("What to do", sheet.table(("rule", "proposal"), sorted(pack.proposals.items()), words=2)),
            sheet.section("Every rule", sheet.table(_HEADS, [_row(one) for one in ordered], words=3)),
            sheet.section("Limits of these figures", sheet.points(pack.caveats)),
        ),
    )


def rules_table(figures: Sequence[RuleFigures]) -> str:
    """Rules and their figures as a table of a report."""
    return sheet.table(_HEADS, [_row(one) for one in figures], words=3)


def standing(one: RuleFigures) -> str:
    """How a rule stands, and why where that is not proven or not measured."""
    return f"{STATES[one.state]}: {WHYS[one.why]}" if one.why else STATES[one.state]


def _tiles(pack: Pack) -> list[tuple[str, str]]:
    counted = {state: sum(one.state == state for one in pack.figures) for state in STATES}
    return [
        (str(len(pack.figures)), "rules"),
        (str(counted["works"]), "find more than chance"),
        (str(counted["barren"]), "find less than chance"),
        (str(counted["dead"] + counted["expired"]), "dead or expired"),
    ]


def _row(one: RuleFigures) -> tuple[str, ...]:
    return (
        one.code,
        {"cel": "rule lab", "python": "built in", "host": "host"}[one.kind],
        standing(one),
        f"{one.hits:,}",
        f"{one.examined:,}",
        f"{one.found:,}",
        sheet.estimate(one.found_share, "%"),
        sheet.estimate(one.lift, "×"),
        f"{one.duty:,.0f}",
        f"{one.duty_alone:,.0f}",
        f"{one.held_in_vain_days:,.0f}",
        "–" if one.overlap is None else f"{one.overlap:.0%}",
        f"{one.closest[0]} {one.closest[1]:.0%}" if one.closest else "–",
    )
