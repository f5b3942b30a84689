# SPDX-License-Identifier: Apache-2.0
"""A month under review: what each rule of the host found against chance, and what other advice had found in its place.

What another choice had found is known only where the host looked too. There each examined case stands for as many as the
chance of its examination says; where nobody knows these chances, nothing is estimated, and the report says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal

import msgspec

from cocket.consignment import DayBasis
from cocket.languages import ENGLISH, Language
from cocket.risk.effort import Choice, EqualEffort, equal_effort, known_of, of_hundred, our_places, readable, trial_of
from cocket.risk.estimate import FEW_DRAWN, FIRST_DRAWS, LACKS, MISSED, Estimate, Yield, share, yield_of
from cocket.risk.rules import sheet
from cocket.risk.rules.caveats import said_in
from cocket.risk.rules.figures import RANDOM, RuleFigures
from cocket.risk.rules.pack import PROPOSALS, proposals_table, rules_table

#: What may be said of our advice, but that nothing can be said yet.
_VERDICTS: Final = {
    "finds more": "Our advice finds more: {value} of 100 examinations ({low} to {high}).",
    "finds less": "Our advice finds less: {value} of 100 examinations ({low} to {high}).",
    "no difference seen": "No difference seen: {value} of 100 examinations ({low} to {high}).",
}

#: What stands for a folder where files were given one by one.
GIVEN: Final = "the files given"

_EXAMINED, _RECOVERED = "Examined", "Recovered"

#: How the chances of examination are known.
Known = Literal["logged", "from the column criteria", "unknown"]


class Advised(msgspec.Struct, frozen=True, kw_only=True):
    """The same examinations, spent as the host did and as we had advised.

    Attributes:
        trained_on: What the model had learnt from.
        first_day: First day compared; the days before it taught the model, or were left out.
        declarations: Declarations compared (count).
        examinations: Examinations of the host on them, and so of ours (count).
        host_found: Irregularities it found (count).
        host_recovered: Duty it recovered, national currency.
        drawn: Of the examinations those that chance alone chose (count).
        left_out: Declarations left out (count): of the host's choice no chance is known, as where an officer set the lane.
        ours: What our choices would have found, of which those that it examined too are known; None where it drew none by
            chance.
        both: Of our choices those that it examined too (count); here nothing is estimated.
        both_found: Of them with an irregularity (count).
        random_found: What as many examinations drawn at random would have found; None likewise.
        better_half: Of the cases examined, the share with an irregularity in the half we would have put first.
        other_half: Likewise in the other half.
        effort: The three held against each other, and what may be said, as on the page of figures.
    """

    trained_on: str
    first_day: date
    declarations: int
    examinations: int
    host_found: int
    host_recovered: float
    drawn: int
    left_out: int
    ours: Yield | None
    both: int
    both_found: int
    random_found: Estimate | None
    better_half: Estimate | None
    other_half: Estimate | None
    effort: EqualEffort


class MonthReview(msgspec.Struct, frozen=True, kw_only=True):
    """A month under review.

    Attributes:
        folder: Name of the folder.
        first_day: First day declared on; None if there was no declaration.
        last_day: Last day.
        declarations: Declarations read (count).
        manifests: Manifests read (count).
        with_bill: Declarations whose transport document is on a manifest (count).
        refused: Messages with errors, left out (count).
        undated: Declarations without a date that can be read, left out (count).
        future: Declarations dated in the future, left out (count).
        unmatched: Rows of lanes or results whose declaration is not in the folder (count).
        lanes: Lane they went by → declarations.
        examined: Declarations whose goods were examined (count).
        found: Of them with an irregularity (count).
        recovered: Duty recovered, national currency.
        currency: Of it; None if not told.
        chances: How the chances of examination are known.
        drawn: Declarations that chance alone chose (count).
        random: Share of all declarations in which an examination finds something; None where chances are unknown.
        figures: Rules measured (0..n), ours and the host's.
        advised: What our advice would have done; None if no model could be had.
        caveats: What the figures do not say (1..n).
        left_out: What was put together or left out, by the name of its caveat → count.
        bases: Which day of each declaration counts, by `cocket.consignment.declaration_day` → declarations.
        sums: Currency ("?" if not stated) → what was recovered in it; several are never added.
    """

    folder: str
    first_day: date | None
    last_day: date | None
    declarations: int
    manifests: int
    with_bill: int
    refused: int
    undated: int
    future: int
    unmatched: int
    lanes: dict[str, int]
    examined: int
    found: int
    recovered: float
    currency: str | None
    chances: Known
    drawn: int
    random: Estimate | None
    figures: tuple[RuleFigures, ...]
    advised: Advised | None
    caveats: tuple[str, ...]
    left_out: dict[str, int] = {}
    sums: dict[str, float] = {}
    bases: dict[DayBasis, int] = {}


def chances_of(
    criteria: Mapping[str, tuple[str, ...]], lanes: Mapping[str, str | None], overridden: frozenset[str]
) -> dict[str, float]:
    """Chances of examination where the host tells which of its rules each declaration met, and which chance chose.

    Args:
        criteria: Id → codes of its rules, `RANDOM` among them where chance chose it.
        lanes: Id → lane by its rules.
        overridden: Ids of those whose lane an officer set; of them no chance is known.

    Returns:
        Id → chance; of those that no rule sent to red the share that was drawn, the same for all.
    """
    by_rule = {name for name, lane in lanes.items() if lane == "red" and RANDOM not in criteria.get(name, ())}
    others = [name for name in lanes if name not in by_rule]
    drawn = sum(RANDOM in criteria.get(name, ()) for name in others)
    if not drawn:
        return {}
    chance = drawn / len(others)
    return {name: 1.0 if name in by_rule else chance for name in lanes if name not in overridden}


def compare(choices: Sequence[Choice], trained_on: str, first_day: date) -> Advised:
    """Spend the host's examinations anew, office by office and day by day: those with the highest scores take the places.

    Nothing is ours because the host had drawn it: what chance drew only tells what the rest holds.

    Args:
        choices: Declarations of the days compared (1..n).
        trained_on: What the model had learnt from.
        first_day: First day compared.
    """
    effort, known = readable(equal_effort(choices)), known_of(choices)
    can_tell, ours = effort.ours is not None, our_places(known)
    examined = [one for one in known if one.is_examined]
    half = sorted(examined, key=lambda one: -one.score)
    middle = len(half) // 2
    both = [known[place] for place in ours if known[place].is_examined]
    return Advised(
        trained_on=trained_on,
        first_day=first_day,
        declarations=len(known),
        examinations=len(examined),
        host_found=sum(one.found for one in examined),
        host_recovered=sum(one.recovered for one in examined),
        drawn=effort.drawn,
        left_out=effort.left_out,
        ours=yield_of([trial_of(one) for one in known], ours) if can_tell else None,
        both=len(both),
        both_found=sum(one.found for one in both),
        random_found=effort.chance.found if effort.chance else None,
        better_half=share(sum(one.found for one in half[:middle]), middle),
        other_half=share(sum(one.found for one in half[middle:]), len(half) - middle),
        effort=effort,
    )


def write_review(review: MonthReview, language: Language = ENGLISH) -> str:
    """The review as one HTML file, in a language."""
    say = language.say
    span = say("no declarations")
    if review.first_day:
        span = say("{first} to {last}", first=review.first_day, last=review.last_day)
    measured = [one for one in review.figures if one.lift]
    ordered = sorted(measured, key=lambda one: -one.lift.value if one.lift else 0.0)
    dead = [one for one in review.figures if one.state in ("dead", "barren", "expired")]
    proposals = [(one.code, language.translate(PROPOSALS[one.state])) for one in dead]
    about = say(
        "{span} · {declarations} declarations, {manifests} manifests · computed on this machine; no data left it",
        span=span,
        declarations=_count(review.declarations, language),
        manifests=_count(review.manifests, language),
    )
    return sheet.page(
        say("The month of {folder}", folder=language.translate(review.folder)),
        about,
        (
            sheet.tiles(_tiles(review, language)),
            sheet.section(
                say("Your rules against chance"),
                sheet.paragraph(
                    say(
                        "At 1 a rule finds no more than an examination drawn at random among all declarations. The line "
                        "is the 95 % confidence interval."
                    ),
                    quiet=True,
                ),
                sheet.lifts(say("Lift over chance"), [(one.code, one.lift) for one in ordered if one.lift], language)
                or sheet.paragraph(
                    say("The random hit rate is not known, so no rule can be compared with it; see below.")
                ),
                rules_table(sorted(review.figures, key=lambda one: -one.hits), language),
            ),
            sheet.section(
                say("Rules to end or change"),
                proposals_table(proposals, language) if dead else sheet.paragraph(say("None for sure.")),
            ),
            _advice(review, language),
            sheet.section(
                say("Limits of these figures"), sheet.points([said_in(one, language) for one in review.caveats])
            ),
        ),
        language,
    )


def _count(number: float, language: Language) -> str:
    return sheet.written(f"{number:,.0f}", language)


def _tiles(review: MonthReview, language: Language) -> list[tuple[str, str]]:
    say = language.say
    at_random = say(
        "would be found by an examination drawn at random (drawn: {drawn})", drawn=_count(review.drawn, language)
    )
    if review.random is None:
        at_random = say("would be found at random: unknown, because no examination was drawn at random")
        if review.drawn:
            draw = _count(max(1, FIRST_DRAWS - review.drawn), language)
            at_random = say("would be found at random: cannot say yet, draw {draw} more at random", draw=draw)
    currency = f" {review.currency}" if review.currency else ""
    found = share(review.found, review.examined)
    return [
        (_count(review.examined, language), language.translate(_EXAMINED)),
        (sheet.written(f"{found.value:.1%}" if found else "–", language), say("of them found something")),
        (f"{_count(review.recovered, language)}{currency}", language.translate(_RECOVERED)),
        (sheet.estimate(review.random, "%", language), at_random),
    ]


def _advice(review: MonthReview, language: Language) -> str:
    say, advised = language.say, review.advised
    heading = say("The same examinations under our advice")
    if advised is None:
        return sheet.section(heading, sheet.paragraph(say("No model was available; see below.")))
    lines = [
        say(
            "Compared from {day}: {declarations} declarations, {examinations} examinations, as many at each office on each "
            "day. The model was trained on {teacher}.",
            day=advised.first_day,
            declarations=_count(advised.declarations, language),
            examinations=_count(advised.examinations, language),
            teacher=said_in(advised.trained_on, language),
        ),
        say(
            "Of our choices you also examined {both}, and found {found} irregular: this is certain.",
            both=_count(advised.both, language),
            found=_count(advised.both_found, language),
        ),
        say(
            "Of what you examined, the half that we would have ranked first was irregular in {better}, the other half in "
            "{other}: also not an estimate.",
            better=sheet.estimate(advised.better_half, "%", language),
            other=sheet.estimate(advised.other_half, "%", language),
        ),
    ]
    found = [(say("you found"), _exact(advised.host_found))]
    recovered = [(say("you recovered"), _exact(advised.host_recovered))]
    if advised.ours and advised.random_found:
        ours = advised.ours
        found += [(say("our advice, estimated"), ours.found), (say("at random, estimated"), advised.random_found)]
        recovered += [(say("our advice, estimated"), ours.amount)]
        lines += _rests_on(ours, advised.drawn, language)
    unit = f" {review.currency}" if review.currency else ""
    return sheet.section(
        heading,
        *map(sheet.paragraph, lines),
        sheet.paragraph(_verdict(advised.effort, language)),
        sheet.bars(say("Irregularities found"), found, language=language),
        sheet.bars(say("Duty recovered"), recovered, unit, language),
    )


def _verdict(effort: EqualEffort, language: Language) -> str:
    """What may be said, of a hundred examinations, with the digits of the page of figures."""
    if effort.verdict == "cannot say yet" or effort.more is None:
        if effort.lack is None:
            return language.say("Whether our advice finds more cannot be said: the host's own choice is not known.")
        why = language.say(
            LACKS[effort.lack.why], drawn=_count(effort.lack.drawn, language), least=_count(FEW_DRAWN, language)
        )
        return language.say(
            "Whether our advice finds more cannot be said yet: draw {count} more at random ({why}).",
            count=_count(effort.lack.draw, language),
            why=why,
        )
    value, low, high = (sheet.written(one, language) for one in of_hundred(effort.more))
    return language.say(_VERDICTS[effort.verdict], value=value, low=low, high=high)


def _rests_on(ours: Yield, drawn: int, language: Language) -> list[str]:
    """What the estimate of our advice hangs on, in words."""
    say = language.say
    lines = [
        say(
            "Of our choices {unseen} were not examined. Their result is estimated from the {ours} of our choices that were "
            "drawn at random, and their ranking from {drawn} drawn in all.",
            unseen=_count(ours.cases - ours.seen, language),
            ours=_count(ours.drawn, language),
            drawn=_count(drawn, language),
        )
    ]
    if ours.drawn < FEW_DRAWN:
        lines.append(
            say(
                "That is few (under {least}): use the interval, not the figure. More random examinations make it narrower.",
                least=FEW_DRAWN,
            )
        )
    lines.append(
        say(
            "If a random examination misses {missed} of what a targeted one finds, our advice would have found {value} "
            "({low} to {high}).",
            missed=sheet.written(f"{MISSED:.0%}", language),
            value=_count(ours.if_missed.value, language),
            low=_count(ours.if_missed.low, language),
            high=_count(ours.if_missed.high, language),
        )
    )
    return lines


def _exact(value: float) -> Estimate:
    return Estimate(value, value, value)
