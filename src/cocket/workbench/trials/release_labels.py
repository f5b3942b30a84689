# SPDX-License-Identifier: Apache-2.0
"""What the pages of release times call things: groups, causes, lengths of time; and the table for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cocket.exchange.tables import Cell, write_table
from cocket.trials.release import DIMENSIONS, Dimension, Study
from cocket.trials.release.publish import COUNT_NAMES, METHOD, SEGMENT_NAMES
from cocket.trials.release.stamps import ACTOR_NAMES, KIND_NAMES, Kind
from cocket.trials.release.study import DIMENSION_NAMES, Group, Times
from cocket.trials.release.survival import SHARES
from cocket.workbench.base.labels import LANES, _
from cocket.workbench.base.languages import Language

__all__ = ["ACTOR_NAMES", "COUNT_NAMES", "DIMENSION_NAMES", "KIND_NAMES", "METHOD", "SEGMENT_NAMES"]

#: Modes of transport as UN/ECE Recommendation 19 codes them.
MODES: Final[dict[str, str]] = {
    "1": _("Sea"),
    "2": _("Rail"),
    "3": _("Road"),
    "4": _("Air"),
    "5": _("Post"),
    "7": _("Fixed installation"),
    "8": _("Inland waterway"),
}

YES_NO: Final[dict[str, str]] = {"yes": _("Yes"), "no": _("No"), "none": _("None asked")}

COLUMNS: Final = (
    "group_by", "group", "consignments", "segment", "timed", "waiting", "missing_start", "missing_end", "negative",
    "mean_h", "p50_h", "p75_h", "p90_h", "p95_h", "p50_low_h", "p50_high_h", "p90_low_h", "p90_high_h",
    "working_p50_h", "working_p75_h", "working_p90_h", "working_p95_h", "outliers", "p50_without_outliers_h",
    "p95_without_outliers_h", "p50_fixed_mix_h", "fixed_mix_covered",
    "waiting_over_p95", "waiting_over_longest", "ended_p50_h", "ended_p75_h", "ended_p90_h", "ended_p95_h",
)  # fmt: skip


def length(seconds: float | None, language: Language) -> str:
    """A length of time: days and hours, hours and minutes, or minutes; `–` where it is not known."""
    if seconds is None:
        return "–"
    minutes = round(abs(seconds) / 60)
    sign = "−" if seconds < 0 and minutes else ""
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        said = language.say(_("{days} d {hours} h"), days=days, hours=hours)
    elif hours:
        said = language.say(_("{hours} h {minutes} min"), hours=hours, minutes=f"{rest:02}")
    else:
        said = language.say(_("{minutes} min"), minutes=rest)
    return sign + said


def group_name(by: Dimension, name: str, language: Language) -> str:
    """What a group is called."""
    if not name:
        return language.translate(_("not known"))
    if by == "lane" and name in LANES:
        return language.translate(LANES[name][0])
    if by == "mode":
        return language.translate(MODES.get(name, name))
    if by == "cause" and name in KIND_NAMES:
        return language.translate(KIND_NAMES[kind_of(name)])
    return language.translate(YES_NO[name]) if by in ("aeo", "agency") and name in YES_NO else name


def kind_of(name: str) -> Kind:
    """A kind of stamp by its name."""
    return next(one for one in KIND_NAMES if one == name)


def dimensions() -> tuple[Dimension, ...]:
    """By what consignments may be grouped."""
    return DIMENSIONS


def write_csv(study: Study) -> str:
    """Every figure as a table: a row for each group and segment, the whole first; times in hours, empty where not known."""
    return write_table(COLUMNS, _rows(study))


def _rows(study: Study) -> Iterator[list[Cell]]:
    for by, group in (("all", study.whole), *((study.by, one) for one in study.groups)):
        for times in group.times:
            yield [by, group.name, group.cases, *_cells(times, group)]


def _cells(one: Times, group: Group) -> list[Cell]:
    median, ninety = one.within[0] or (None, None), one.within[SHARES.index(0.9)] or (None, None)
    fixed = one.fixed_mix[0] if one.fixed_mix else None
    counts: list[Cell] = [one.segment, one.timed, one.open, one.missing_start, one.missing_end, one.negative]
    hours = (one.mean, *one.elapsed, *median, *ninety, *one.working)
    outside = (one.without_outliers[0], one.without_outliers[-1], fixed)
    covered = one.covered if group.cases else None
    ended = map(_hours, one.ended or (None,) * len(SHARES))
    beside = (one.open_over_p95, one.open_over_longest, *ended)
    return [*counts, *map(_hours, hours), one.outliers, *map(_hours, outside), covered, *beside]


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 3600, 4)
