# SPDX-License-Identifier: Apache-2.0
"""What may be published as one HTML file that needs nothing else: figures, method, bottlenecks, what changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from cocket.trials.release.publish import COUNT_NAMES, METHOD, SEGMENT_NAMES, Published
from cocket.trials.release.stamps import ACTOR_NAMES, KIND_NAMES
from cocket.trials.release.study import DIMENSION_NAMES, SEGMENTS, Study, Times

_HEADLINES: Final = frozenset(one.code for one in SEGMENTS if one.is_headline)
#: Names of the percentiles that are reported.
PERCENTILES: Final = ("P50", "P75", "P90", "P95")

_STYLE: Final = (
    "body{font:15px/1.4 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;margin:1rem 0}th,td{padding:.2rem .8rem .2rem 0;text-align:start;"
    "border-bottom:1px solid #ccc}td{font-variant-numeric:tabular-nums}rect{fill:#2b5f8a}"
)


def write_page(found: Published, administration: str) -> str:
    """The page, the same for the same figures; the pictures are SVG within it."""
    study = found.study
    title = f"{administration} · Average release times" if administration else "Average release times"
    days = f"Declared {study.first} to {study.last} · {study.cases:,} consignments · as of {study.as_of:%Y-%m-%d %H:%M} UTC"
    parts = [f"<h1>{escape(title)}</h1>", f"<p>{days} · WTO Agreement on Trade Facilitation, article 7.6</p>"]
    if found.is_masked:
        parts.append(
            f"<p>Too few consignments or traders: under {found.fewest_cases} consignments or {found.fewest_traders} traders nothing "
            "is published.</p>"
        )
    else:
        parts += _figures(found)
    parts += ["<h2>How the figures were made</h2><ul>", *(f"<li>{escape(one)}</li>" for one in METHOD), "</ul>"]
    counts = [(COUNT_NAMES.get(code, code), f"{often:,}") for code, often in study.counts.items()]
    parts.append(_table(("Left out, put aside, taken back", "Count"), counts))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style></head>'
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _figures(found: Published) -> Iterable[str]:
    study = found.study
    columns = ("P50", "P75", "P90", "P95", "P50 in working time", "Timed", "Waiting", "Left out", "Negative")
    yield "<h2>Figures</h2>"
    yield _table(("Time", *columns), [(SEGMENT_NAMES[one.segment], *_cells(one)) for one in study.whole.times])
    yield from _waiting(study)
    rows = [
        (group.name or "not known", SEGMENT_NAMES[one.segment], *_cells(one))
        for group in study.groups
        for one in group.times
        if one.segment in _HEADLINES
    ]
    if rows:
        yield _table((DIMENSION_NAMES[study.by], "Time", *columns), rows)
    if found.masked:
        yield f"<p>Masked, since they are small: {escape(', '.join(one or 'not known' for one in found.masked))}.</p>"
    yield "<h2>Where time is lost</h2>"
    yield _bars(study)
    steps = [
        (KIND_NAMES[one.start], KIND_NAMES[one.end], f"{one.cases:,}", in_hours(one.median)) for one in study.steps[:20]
    ]
    yield _table(("From", "To", "Consignments", "Half within"), steps)
    yield "<h2>What changed</h2>"
    if not found.changes:
        yield "<p>Nothing to compare with: too little is known of as many days before.</p>"
    else:
        yield _table(
            ("Half within", "As many days before", "Now", "Before, at the mix of now"),
            [
                (SEGMENT_NAMES[one.segment], in_hours(one.before), in_hours(one.now), in_hours(one.before_fixed))
                for one in found.changes
            ],
        )


def _waiting(study: Study) -> Iterable[str]:
    """How old those are that wait, beside those that have ended; and clocks that seem wrong."""
    columns = (
        "Time",
        "Waiting",
        "Longer than P95 of the ended",
        "Longer than any that ended",
        *(f"{one} of the ended" for one in PERCENTILES),
    )
    waiting = [one for one in study.whole.times if one.open]
    if waiting:
        yield "<h3>Those that wait, and those that have ended</h3>"
        counts = [(one.open, one.open_over_p95, one.open_over_longest) for one in waiting]
        yield _table(
            columns,
            [
                (SEGMENT_NAMES[one.segment], *(f"{each:,}" for each in told), *map(in_hours, one.ended))
                for one, told in zip(waiting, counts, strict=True)
            ],
        )
    yield from (f"<p><b>{escape(doubt_of(one))}</b></p>" for one in waiting if one.is_doubtful)
    for pair in study.clocks:
        if pair.is_clock:
            late, early = (pair.second, pair.first) if pair.offset >= 0 else (pair.first, pair.second)
            told = (
                f"A clock seems wrong: {late} is {in_hours(abs(pair.offset))} later than {early} on {pair.steps:,} steps that "
                "both saw. Nothing was corrected; times between the two are off by as much."
            )
            yield f"<p><b>{escape(told)}</b></p>"


def doubt_of(one: Times) -> str:
    """That many wait longer than any that is through, and what may be behind it."""
    return (
        f"{SEGMENT_NAMES[one.segment]}: {one.open_over_longest:,} of {one.timed + one.open:,} wait longer than any that has ended. "
        "Their stamps may be missing; see the times of those that have ended."
    )


def _bars(study: Study) -> str:
    together = sum(study.lost.values())
    if not together:
        return "<p>Nothing is known of it.</p>"
    lines = []
    for place, (actor, seconds) in enumerate(study.lost.items()):
        share, y = max(0.0, 100 * seconds / together), 26 * place
        lines.append(
            f'<text x="0" y="{y + 16}">{escape(ACTOR_NAMES[actor])}</text>'
            f'<rect x="180" y="{y + 3}" width="{5 * share:.1f}" height="18"/>'
            f'<text x="{190 + 5 * share:.1f}" y="{y + 16}">{share:.0f} of 100 hours</text>'
        )
    return (
        f'<svg role="img" aria-label="Who was waited for" width="860" height="{26 * len(lines)}">{"".join(lines)}</svg>'
    )


def _cells(one: Times) -> tuple[str, ...]:
    counts = (one.timed, one.open, one.missing_start + one.missing_end, one.negative)
    return (*map(in_hours, one.elapsed), in_hours(one.working[0]), *(f"{each:,}" for each in counts))


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def in_hours(seconds: float | None) -> str:
    """A length of time as hours and minutes, `51:20 h`; `–` where it is not known."""
    if seconds is None:
        return "–"
    minutes = round(abs(seconds) / 60)
    return f"{'−' if seconds < 0 and minutes else ''}{minutes // 60}:{minutes % 60:02} h"
