# SPDX-License-Identifier: Apache-2.0
"""A study as it is published under TFA article 7.6: figures, method, bottlenecks, what changed; small groups masked.

Source: WTO Agreement on Trade Facilitation, article 7.6.1 (average release times published) and 7.6.2 (methods, bottlenecks, results).
"""

from __future__ import annotations

from typing import Final

import msgspec

from cocket.trials.release.stamps import KIND_NAMES, Kind
from cocket.trials.release.study import BY_CODE, FEWEST_CASES, FEWEST_TRADERS, SEGMENTS, Study

#: Segments in words.
SEGMENT_NAMES: Final[dict[str, str]] = {
    "arrival-release": "Arrival to release",
    "lodgement-release": "Declaration to release",
    "arrival-gate-out": "Arrival to the gate",
    "arrival-lodgement": "Arrival to declaration",
    "lodgement-acceptance": "Declaration to acceptance",
    "lodgement-lane": "Declaration to lane",
    "lane-documents-checked": "Lane to documents checked (yellow lane)",
    "lane-examination-ended": "Lane to end of examination (red lane)",
    "examination-ordered-began": "Examination ordered to begun",
    "examination-began-ended": "Examination begun to ended",
    "permit-asked-given": "Permit asked to given (other agencies)",
    "lodgement-payment": "Declaration to payment",
    "payment-release": "Payment to release",
    "release-gate-out": "Release to the gate",
}

#: How the figures were made, in sentences.
METHOD: Final[tuple[str, ...]] = (
    "Every consignment declared on these days is counted, from the records of the systems themselves: no sample, no survey week.",
    "A time is given where both stamps are known; a consignment without one of them is left out of that time and counted.",
    "Consignments that are not through yet are counted as still waiting (Kaplan–Meier).",
    "Where fewer than a third of an office's consignments of a lane have a stamp, those without it count as not recorded.",
    "Of several stamps of a kind, the first observed one counts, and the last of what ends a step.",
    "A release that was taken back does not count.",
    "Goods declared before they arrive have negative times; these are kept.",
    "Outliers lie outside the middle half by more than three times its width (Tukey); figures are given with and without them.",
    "Working time counts the open days of each office, without holidays; an office without a calendar is taken as open every day.",
    "Intervals hold the true figure 95 times of 100; days are drawn again and again for them, since ships bring consignments in batches.",
    "Figures at a fixed mix give every mode, lane and procedure the same weight in what is compared.",
    "Time until a step is put down to whoever makes that step happen.",
)

#: Reasons why something was put aside or left out, and what was repaired.
COUNT_NAMES: Final[dict[str, str]] = {
    "cancelled": "Consignments left out: declaration cancelled",
    "no-stamps": "Consignments left out: no stamp that counts",
    "no-papers": "Consignments left out: their papers cannot be read",
    "undated": "Consignments left out: no day of declaration can be read",
    "reopened": "Releases taken back",
    "stamp-repeated": "Stamps that say the same again",
    "stamp-beside": "Stamps beside the one that counts",
    "stamp-future": "Stamps left out: later than the moment of the study",
    "stamp-long-ago": "Stamps left out: more than three years before the first day",
    "stamp-day-only": "Stamps left out: a day is stated without a time",
    "stamp-elsewhere": "Stamps left out: of a place in another country than that of unloading",
    "stamp-late-copy": (
        "Declarations that came here after customs had dealt with them: the moment they came here is not taken for that of the "
        "declaration"
    ),
    "stamp-expected": "Stamps left out: planned or estimated, not observed",
    "stamp-hour": "Stamps left out: the clocks skipped this hour, or it came twice and no offset says which one is meant",
    "stamp-feed-time": "Messages of the host's folder: when they came here is not when they were declared",
}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """How a time changed since the days before; times are seconds.

    Attributes:
        segment: Code of the segment.
        before: By when half were through in the days before; None where not known.
        now: The same of these days.
        before_fixed: Of the days before, with the mix of these days; None where the mix cannot be matched.
    """

    segment: str
    before: float | None
    now: float | None
    before_fixed: float | None


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What may be published.

    Attributes:
        study: The study without small groups, without single consignments and without what rests on few.
        masked: Groups that are masked (0..n).
        is_masked: Whether the whole is too small to be published.
        changes: What changed since as many days before (0..n).
        fewest_cases: Consignments below which a group is masked (count).
        fewest_traders: Traders below which a group is masked (count).
    """

    study: Study
    masked: tuple[str, ...]
    is_masked: bool
    changes: tuple[Change, ...]
    fewest_cases: int = FEWEST_CASES
    fewest_traders: int = FEWEST_TRADERS


def published(study: Study, before: Study | None = None) -> Published:
    """Leave out of a study what may not be published.

    Args:
        study: The study.
        before: That of as many days before, at the mix of the first; None where there is none.
    """
    is_masked = study.whole.is_small
    shown = tuple(one for one in study.groups if not one.is_small)
    kept = msgspec.structs.replace(
        study,
        whole=msgspec.structs.replace(study.whole, times=()) if is_masked else study.whole,
        groups=() if is_masked else shown,
        steps=() if is_masked else tuple(one for one in study.steps if one.cases >= FEWEST_CASES),
        lost={} if is_masked else study.lost,
        ways=() if is_masked else tuple(one for one in study.ways if one[1] >= FEWEST_CASES),
        waiting={kind: often for kind, often in study.waiting.items() if often >= FEWEST_CASES and not is_masked},
        slowest={},
        sources={},
        mix={},
    )
    masked = tuple(one.name for one in study.groups if one.is_small)
    return Published(
        study=kept, masked=masked, is_masked=is_masked, changes=() if is_masked else _changes(study, before)
    )


def _changes(study: Study, before: Study | None) -> tuple[Change, ...]:
    if before is None or before.whole.is_small:
        return ()
    found = []
    for segment in SEGMENTS:
        now, then = study.whole.of(segment.code), before.whole.of(segment.code)
        if now is not None and then is not None:
            fixed = then.fixed_mix[0] if then.fixed_mix else None
            found.append(Change(segment=segment.code, before=then.elapsed[0], now=now.elapsed[0], before_fixed=fixed))
    return tuple(found)


def name_of_segment(code: str) -> str:
    """A segment in words; what it begins and ends with where it has no name of its own."""
    ends: tuple[Kind, Kind] | None = (BY_CODE[code].start, BY_CODE[code].end) if code in BY_CODE else None
    return SEGMENT_NAMES.get(code) or (" – ".join(KIND_NAMES[one] for one in ends) if ends else code)
