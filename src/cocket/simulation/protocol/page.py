# SPDX-License-Identifier: Apache-2.0
"""The report as one page that needs nothing but itself: tables, and pictures drawn in SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from cocket.risk.models.reliability import Bin
from cocket.simulation.protocol.figures import Mean
from cocket.simulation.protocol.run import SHOWN, Claim, Part, Report

_SIDE, _EDGE = 320, 44
_STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1c2430, #e4e8ee); --pale: light-dark(#d5dae1, #3a4350);
  --one: light-dark(#1f5fae, #7db4ff); --two: light-dark(#b3541e, #ffab73); --page: light-dark(#fff, #14181e); }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--pale); vertical-align: top; }
figure { display: inline-block; margin: 1rem 1rem 1rem 0; } figcaption { font-size: .9rem; max-width: 20rem; }
svg text { fill: var(--ink); font: 11px system-ui, sans-serif; } .axis { stroke: var(--ink); fill: none; }
.one { stroke: var(--one); fill: none; stroke-width: 2; } .two { stroke: var(--two); fill: none; stroke-width: 2; }
.grid { stroke: var(--pale); fill: none; } .yes { color: var(--one); } .no { color: var(--two); font-weight: 600; }
.wide { overflow-x: auto; }
"""

Point = tuple[float, float]


def page_of(report: Report) -> str:
    """The page, HTML in UTF-8, `lang="en"`."""
    seeds = len(report.protocol.seeds)
    parts = [
        (
            "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
            "<meta name='viewport' content='width=device-width'><title>Are we any good?</title>"
            f"<style>{_STYLE}</style></head><body><main><h1>Are we any good?</h1>"
        ),
        (
            f"<p>{seeds} paired seeds of worlds with parameters not used for tuning, {report.protocol.size:,} declarations each, "
            f"{report.protocol.budget:.0%} of each week examined; worlds of edition {report.version}. Everything is invented; the "
            "truth of each world is known to this page alone. Intervals are 95 % over seeds.</p>"
        ),
        _skipped(report),
        _claims(report),
        _worlds(report),
        _pictures(report),
        _baselines(report),
        _public(report),
        _segments(report),
        _hardness(report.parts),
        "</main></body></html>",
    ]
    return "\n".join(parts)


def _skipped(report: Report) -> str:
    if not report.skipped:
        return ""
    told_of = "".join(f"<li>{escape(f'{each.world}, seed {each.seed}: {each.why}')}</li>" for each in report.skipped)
    return f"<p>Left out of every figure below:</p><ul>{told_of}</ul>"


def _claims(report: Report) -> str:
    rows = [
        (claim.name, claim.asked, told(claim.mean), _verdict(claim)) for claim in report.claims
    ]  # fmt: skip
    return "<h2>What is asked, and what came out</h2>" + table(("figure", "asked", "measured", "holds"), rows)


def held(claim: Claim) -> str:
    """Whether a claim holds, in a word; a dash where nothing is asked."""
    return "–" if claim.asked == SHOWN else "yes" if claim.holds else "no"


def _verdict(claim: Claim) -> str:
    word = held(claim)
    return word if word == "–" else f"<span class='{word}'>{word}</span>"


def _worlds(report: Report) -> str:
    names = [
        ("norm_pre", "hits / truth's"), ("norm_rev", "revenue / truth's"), ("norm_pre_late", "hits, last third"),
        ("bayes_pre", "hits of best score"), ("to_bayes", "hits / best score's"), ("ece", "calibration error"),
        ("gap", "|p − best p|"), ("rate", "drawn at random"), ("weeks_to_fifth_hit", "weeks to fifth hit"),
    ]  # fmt: skip
    rows = [
        (f"{world}, {strategy}", *(told(means[name]) if name in means else "–" for name, _ in names))
        for world, strategies in report.means.items()
        for strategy, means in strategies.items()
    ]
    return (
        "<h2>Week after week</h2><p>Labels exist only for examined declarations, and count from their return. The best score "
        "knows each world's parameters and the host's results, not ours.</p>"
        + table(("world, strategy", *(title for _, title in names)), rows)
    )


def _pictures(report: Report) -> str:
    stable = [part for part in report.parts if part.world == "stable"]
    if not stable:
        return ""
    bins = _mean_bins([part.looks.bins for part in stable])
    biased = _mean_bins([part.looks.biased_bins for part in stable])
    ours = _mean_points([part.looks.ours for part in stable])
    best = _mean_points([part.looks.best for part in stable])
    return (
        "<h2>Pictures, stable world</h2>"
        + picture(
            "Calibration: predicted probability against share that an examination finds. Blue: with the random quota; orange: trained "
            "on the model's own choices alone.",
            ("told", "true"),
            (bins, biased),
            diagonal=True,
        )
        + picture(
            "Frontier: share of frauds among the selected against share of the revenue at stake. Blue: ours; orange: the best "
            "possible score.",
            ("revenue", "precision"),
            (
                [(revenue, precision) for precision, revenue in ours],
                [(revenue, precision) for precision, revenue in best],
            ),
        )
    )


def _baselines(report: Report) -> str:
    if not report.baselines:
        return ""
    rows = [
        (name, *(told(figures[each]) for each in ("p5", "to_bayes", "p10", "recall10", "rev5", "auc")))
        for name, figures in report.baselines.items()
    ]
    absent = (
        f"<p>Left out, for their libraries are not installed: {', '.join(report.absent)}.</p>" if report.absent else ""
    )
    return (
        "<h2>Others on the same table</h2><p>Stable world; all learn from the host's own results of the first 70 %, and are "
        "measured on every later declaration.</p>"
        + table(
            ("ordered by", "in top 5 %", "over best", "in top 10 %", "recall, top 10 %", "revenue, 5 %", "AUC"), rows
        )
        + absent
    )


def _public(report: Report) -> str:
    if not report.public:
        return ""
    rows = [
        (
            row.name,
            row.among,
            f"{row.rows:,}",
            f"{row.base:.3f}",
            *(_number(each) for each in (row.auc, row.p5, row.p10)),
        )
        for row in report.public
    ]
    return (
        "<h2>The public set</h2><p>Nothing is claimed from it: its labels were drawn together with goods, route, tax and mass, so "
        "that a look-up without a model finds nearly everything. It shows that nothing broke.</p>"
        + table(("ordered by", "among", "rows", "fraud", "AUC", "in top 5 %", "in top 10 %"), rows)
    )


def _segments(report: Report) -> str:
    rows = []
    for world in report.protocol.worlds:
        looks = [part.looks for part in report.parts if part.world == world]
        if not looks:
            continue
        names = sorted({segment.name for look in looks for segment in look.segments})
        for name in names:
            those = [segment for look in looks for segment in look.segments if segment.name == name]
            cells = [
                sum(known) / len(known)
                if (known := [v for s in those if (v := getattr(s, what)) is not None])
                else None
                for what in ("selected", "false", "precision")
            ]
            rows.append((world, name[3:], *(_number(cell) for cell in cells)))
        rows.append(
            (world, "drift of the score (PSI)", _number(sum(look.drift for look in looks) / len(looks)), "", "")
        )
    return "<h2>Fairness and drift</h2><p>By how many declarations the importer had made before.</p>" + table(
        ("world", "importers", "selected", "honest ones selected", "precision"), rows
    )


def _hardness(parts: Sequence[Part]) -> str:
    rows = [
        (part.world, str(part.seed), str(part.thrown), f"{part.hardness.fraud:.3f}", f"{part.hardness.auc:.3f}",
         f"{part.hardness.best:.3f}", f"{part.hardness.profiles:.3f}") for part in parts
    ]  # fmt: skip
    return "<h2>The worlds</h2><p>No easy countries: draws that did not count were thrown away.</p>" + table(
        ("world", "seed", "thrown away", "fraud", "AUC of best", "best in top 5 %", "profile sum in top 5 %"), rows
    )


def told(mean: Mean) -> str:
    """A mean with its interval."""
    if mean.value is None:
        return "–"
    interval = "" if mean.low is None or mean.high is None else f" ({mean.low:.3f} to {mean.high:.3f})"
    return f"{mean.value:.3f}{interval}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; cells may hold markup of ours only."""
    titles = "".join(f"<th scope='col'>{escape(title)}</th>" for title in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{cell if cell.startswith('<span') else escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<div class='wide'><table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>"


def picture(
    caption: str, axes: tuple[str, str], lines: tuple[Sequence[Point], Sequence[Point]], *, diagonal: bool = False
) -> str:
    """Two lines in a square from 0 to 1 (or to the largest value)."""
    most = max((value for line in lines for point in line for value in point), default=1.0)
    most = min(1.0, max(0.1, math.ceil(most * 10) / 10))
    inner = _SIDE - 2 * _EDGE

    def at(point: Point) -> str:
        return f"{_EDGE + inner * point[0] / most:.1f},{_SIDE - _EDGE - inner * point[1] / most:.1f}"

    drawn = "".join(
        f"<polyline class='{name}' points='{' '.join(map(at, line))}'/>"
        + "".join(f"<circle class='{name}' cx='{at(p).split(',')[0]}' cy='{at(p).split(',')[1]}' r='3'/>" for p in line)
        for name, line in zip(("two", "one"), reversed(lines), strict=True)
    )
    middle = f"<polyline class='grid' points='{at((0, 0))} {at((most, most))}'/>" if diagonal else ""
    frame = f"<polyline class='axis' points='{at((0, most))} {at((0, 0))} {at((most, 0))}'/>"
    words = (
        f"<text x='{_SIDE / 2}' y='{_SIDE - 8}' text-anchor='middle'>{escape(axes[0])}</text>"
        f"<text x='12' y='{_SIDE / 2}' transform='rotate(-90 12 {_SIDE / 2})' text-anchor='middle'>{escape(axes[1])}</text>"
        f"<text x='{_EDGE - 6}' y='{_SIDE - _EDGE + 14}' text-anchor='end'>0</text>"
        f"<text x='{_SIDE - _EDGE}' y='{_SIDE - _EDGE + 14}' text-anchor='middle'>{most:g}</text>"
        f"<text x='{_EDGE - 6}' y='{_EDGE + 4}' text-anchor='end'>{most:g}</text>"
    )
    return (
        f"<figure><svg role='img' aria-label='{escape(caption, quote=True)}' width='{_SIDE}' height='{_SIDE}' "
        f"viewBox='0 0 {_SIDE} {_SIDE}'>{middle}{frame}{drawn}{words}</svg><figcaption>{escape(caption)}</figcaption></figure>"
    )


def _mean_bins(sets: Sequence[Sequence[Bin]]) -> list[Point]:
    return _mean_points([[(each.told, each.true) for each in bins] for bins in sets])


def _mean_points(sets: Sequence[Sequence[Point]]) -> list[Point]:
    return [
        (sum(point[0] for point in points) / len(points), sum(point[1] for point in points) / len(points))
        for points in zip(*sets, strict=False)
    ]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
