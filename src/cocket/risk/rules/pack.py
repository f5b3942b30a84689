# SPDX-License-Identifier: Apache-2.0
"""The yearly review pack: every rule with its figures and what to do about it, for the people who must decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from cocket.languages import ENGLISH, Language
from cocket.risk.rules import sheet
from cocket.risk.rules.caveats import UNDECIDED, caveat, said_in
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
    "none drawn": "cannot say yet: draw {draw} more at random (none of its hits without another reason to be examined was drawn)",
    "no random draws": "cannot say yet: draw {draw} more at random (nothing was drawn at random yet)",
    "few draws": "cannot say yet: draw {draw} more at random (fewer than 20 were drawn)",
    "few drawn": "cannot say yet: draw {draw} more at random (fewer than 20 of its hits were drawn)",
    "few finds": "too few finds: five are needed",
    "few examined": "too few examinations: thirty are needed",
    "holds one": "its interval includes 1, the level of chance",
}

#: How a rule stands, in the words of the pages.
_STANDINGS: Final[dict[State, str]] = {
    "works": "finds more than chance",
    "unproven": "not proven",
    "barren": "finds less than chance",
    "dead": "does not fire",
    "expired": "expired",
    "unmeasured": "not measured",
}

_KINDS: Final = {"cel": "Rule lab", "python": "Built in", "host": "Host"}

_HEADS: Final = (
    "Rule", "Whose", "Stands", "Hits", "Examined", "Found", "Found share", "Lift over chance", "Recovered",
    "Recovered alone", "Delayed without a find, days", "Also hit by others", "Most like",
)  # fmt: skip
_PROPOSED: Final = ("Rule", "Proposal")
_TILES: Final = ("Rules", "Find more than chance", "Find less than chance", "Dead or expired")


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
    told = [caveat("not perfect")]
    if figures and not any(one.random_drawn for one in figures):
        told.append(caveat("no draws"))
    if examined < 400:
        told.append(caveat("few examined", count=examined))
    if any(one.undecided for one in figures):
        told.append(UNDECIDED)
    return tuple(told)


def write_pack(pack: Pack, language: Language = ENGLISH) -> str:
    """The pack as one HTML file, in a language."""
    say = language.say
    span = say("{first} to {last}", first=pack.first_day, last=pack.last_day) if pack.first_day else say("no days")
    about = say(
        "{administration} · {declarations} declarations, {span} · {examined} examined",
        administration=pack.administration,
        declarations=sheet.written(f"{pack.declarations:,}", language),
        span=span,
        examined=sheet.written(f"{pack.examined:,}", language),
    )
    ordered = sorted(pack.figures, key=lambda one: (-(one.lift.value if one.lift else 0.0), one.code))
    proposals = [(code, language.translate(told)) for code, told in sorted(pack.proposals.items())]
    return sheet.page(
        say("Rules under review"),
        about,
        (
            sheet.tiles(_tiles(pack, language)),
            sheet.section(
                say("Against chance"),
                sheet.paragraph(
                    say(
                        "Each line is the 95 % confidence interval of the rule's lift; at 1 it finds no more than an "
                        "examination drawn at random."
                    ),
                    quiet=True,
                ),
                sheet.lifts(say("Lift over chance"), [(one.code, one.lift) for one in ordered if one.lift], language),
            ),
            sheet.section(say("What to do"), proposals_table(proposals, language)),
            sheet.section(say("Every rule"), rules_table(ordered, language)),
            sheet.section(
                say("Limits of these figures"), sheet.points([said_in(one, language) for one in pack.caveats])
            ),
        ),
        language,
    )


def rules_table(figures: Sequence[RuleFigures], language: Language = ENGLISH) -> str:
    """Rules and their figures as a table of a report."""
    return sheet.table([language.translate(head) for head in _HEADS], [_row(one, language) for one in figures], words=3)


def proposals_table(proposals: Sequence[tuple[str, str]], language: Language = ENGLISH) -> str:
    """Rules and what to do about each, as a table of a report."""
    return sheet.table([language.translate(head) for head in _PROPOSED], proposals, words=2)


def standing(one: RuleFigures) -> str:
    """How a rule stands, and why where that is not proven or not measured."""
    return f"{STATES[one.state]}: {WHYS[one.why].format(draw=f'{one.draw:,}')}" if one.why else STATES[one.state]


def _standing_in(one: RuleFigures, language: Language) -> str:
    told = language.translate(_STANDINGS[one.state])
    return (
        f"{told}{' :' if language.tag == 'fr' else ':'} {language.say(WHYS[one.why], draw=f'{one.draw:,}')}"
        if one.why
        else told
    )


def _tiles(pack: Pack, language: Language) -> list[tuple[str, str]]:
    counted = {state: sum(one.state == state for one in pack.figures) for state in STATES}
    counts = len(pack.figures), counted["works"], counted["barren"], counted["dead"] + counted["expired"]
    return [(str(count), language.translate(what)) for count, what in zip(counts, _TILES, strict=True)]


def _row(one: RuleFigures, language: Language) -> tuple[str, ...]:
    figures = (
        f"{one.hits:,}",
        f"{one.examined:,}",
        f"{one.found:,}",
        sheet.estimate(one.found_share, "%"),
        sheet.estimate(one.lift, "×"),
        f"{one.duty:,.0f}",
        f"{one.duty_alone:,.0f}",
        f"{one.held_in_vain_days:,.0f}",
        "–" if one.overlap is None else f"{one.overlap:.0%}",
    )
    return (
        one.code,
        language.translate(_KINDS[one.kind]),
        _standing_in(one, language),
        *(sheet.written(figure, language) for figure in figures),
        f"{one.closest[0]} {sheet.written(f'{one.closest[1]:.0%}', language)}" if one.closest else "–",
    )
