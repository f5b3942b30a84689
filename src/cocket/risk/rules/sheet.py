# SPDX-License-Identifier: Apache-2.0
"""Reports on paper: one HTML file without scripts or addresses, tables first, and pictures drawn as lines of text.

Whoever opens it needs no network; light, dark and print follow the reader's own settings.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from cocket.languages import ENGLISH, Language
from cocket.risk.estimate import Estimate

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1b1b1b;--quiet:#666;--line:#d8d8d8;--paper:#fff;--accent:#0b5d7a;--bad:#9b1c1c}
@media (prefers-color-scheme:dark){:root{--ink:#eee;--quiet:#a5a5a5;--line:#444;--paper:#161616;--accent:#7cc4de;--bad:#f19b9b}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:80rem;padding:1.5rem 1rem 4rem;font:15px/20px system-ui,sans-serif;color:var(--ink);
background:var(--paper)}
h1{font-size:24px;line-height:32px;margin:0 0 4px}h2{font-size:18px;line-height:24px;margin:32px 0 8px}
p{margin:0 0 8px;max-width:70ch}.quiet{color:var(--quiet)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:4px 6px;border-bottom:1px solid var(--line);text-align:start;vertical-align:top}
:is(td,th).n{text-align:end}td.n{white-space:nowrap}td:not(.n):has(+.n){min-width:12rem}
ul{padding-inline-start:20px;max-width:70ch}
figure{margin:8px 0 16px}figcaption{color:var(--quiet);margin-bottom:4px}svg{width:100%;height:auto;max-width:46rem;direction:ltr}
svg text{font:13px system-ui,sans-serif;fill:var(--ink)}svg .quiet{fill:var(--quiet)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:16px;margin:12px 0}
.tiles b{display:block;font-size:24px;line-height:32px}.tiles span{color:var(--quiet)}
"""

_WIDE, _ROW, _LABEL, _RIGHT = 720, 24, 220, 130
_TICKS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)


def page(title: str, about: str, parts: Iterable[str], language: Language = ENGLISH) -> str:
    """A whole document.

    Args:
        title: Its title.
        about: One line under it.
        parts: What `section`, `tiles`, `table` and `lifts` give, in order.
        language: Of all of it.
    """
    return (
        f'<!doctype html><html lang="{language.tag}" dir="{language.direction}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f'<header><h1>{escape(title)}</h1><p class="quiet">{escape(about)}</p></header>{"".join(parts)}</body></html>\n'
    )


def section(heading: str, *parts: str) -> str:
    """A heading with what follows it."""
    return f"<section><h2>{escape(heading)}</h2>{''.join(parts)}</section>"


def paragraph(text: str, *, quiet: bool = False) -> str:
    """A paragraph."""
    kind = ' class="quiet"' if quiet else ""
    return f"<p{kind}>{escape(text)}</p>"


def points(texts: Sequence[str]) -> str:
    """A list of sentences; nothing for none."""
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>" if texts else ""


def tiles(figures: Iterable[tuple[str, str]]) -> str:
    """Large figures, each with what it is."""
    shown = "".join(f"<div><b>{escape(figure)}</b><span>{escape(what)}</span></div>" for figure, what in figures)
    return f'<div class="tiles">{shown}</div>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> str:
    """A table; the first `words` columns are words, the others figures."""
    kinds = ["" if place < words else ' class="n"' for place in range(len(heads))]
    head = "".join(f'<th scope="col"{kind}>{escape(text)}</th>' for text, kind in zip(heads, kinds, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{escape(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def lifts(caption: str, rows: Sequence[tuple[str, Estimate]], language: Language = ENGLISH) -> str:
    """Ratios with their intervals on a scale of ratios; the line at 1 is chance.

    Args:
        caption: What is shown.
        rows: Label and ratio (0..n); nothing is drawn of none.
        language: Whose way with figures it has.
    """
    if not rows:
        return ""
    high = len(rows) * _ROW + 28
    marks = [
        f'<line x1="{_at(1)}" y1="0" x2="{_at(1)}" y2="{high - 24}" stroke="var(--quiet)" stroke-dasharray="3 3"/>'
    ]
    marks += [
        f'<text class="quiet" x="{_at(tick)}" y="{high - 8}" text-anchor="middle">{written(f"{tick:g}", language)}×</text>'
        for tick in _TICKS
        if tick in (0.1, 0.5, 1, 2, 5, 10, 50)
    ]
    for number, (label, lift) in enumerate(rows):
        middle = number * _ROW + _ROW // 2
        colour = "var(--bad)" if lift.high < 1 else "var(--accent)" if lift.low > 1 else "var(--quiet)"
        marks.append(
            f'<text x="{_LABEL - 8}" y="{middle + 4}" text-anchor="end">{escape(label)}</text>'
            f'<line x1="{_at(lift.low)}" y1="{middle}" x2="{_at(lift.high)}" y2="{middle}" stroke="{colour}" stroke-width="3"/>'
            f'<circle cx="{_at(lift.value)}" cy="{middle}" r="5" fill="{colour}"/>'
            f'<text x="{_WIDE - _RIGHT + 8}" y="{middle + 4}">{estimate(lift, "×", language)}</text>'
        )
    return (
        f'<figure><figcaption>{escape(caption)}</figcaption><svg viewBox="0 0 {_WIDE} {high}" role="img" '
        f'aria-label="{escape(caption)}">{"".join(marks)}</svg></figure>'
    )


def bars(caption: str, rows: Sequence[tuple[str, Estimate]], unit: str = "", language: Language = ENGLISH) -> str:
    """Amounts with their intervals, from 0; nothing is drawn of none."""
    most = max((one.high for _, one in rows), default=0.0)
    if most <= 0:
        return ""
    room, high = _WIDE - _LABEL - _RIGHT, len(rows) * _ROW + 4
    marks = []
    for number, (label, one) in enumerate(rows):
        top, middle = number * _ROW + 5, number * _ROW + _ROW // 2
        low, end = (_LABEL + room * value / most for value in (one.low, one.high))
        marks.append(
            f'<text x="{_LABEL - 8}" y="{middle + 4}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{_LABEL}" y="{top}" width="{room * one.value / most:.1f}" height="14" fill="var(--accent)"/>'
            f'<line x1="{low:.1f}" y1="{middle}" x2="{end:.1f}" y2="{middle}" stroke="var(--ink)" stroke-width="2"/>'
            f'<text x="{_WIDE - _RIGHT + 8}" y="{middle + 4}">{written(f"{one.value:,.0f}", language)}{escape(unit)}</text>'
        )
    return (
        f'<figure><figcaption>{escape(caption)}</figcaption><svg viewBox="0 0 {_WIDE} {high}" role="img" '
        f'aria-label="{escape(caption)}">{"".join(marks)}</svg></figure>'
    )


def estimate(one: Estimate | None, unit: str = "", language: Language = ENGLISH) -> str:
    """A figure with its interval, as text; a share with the unit `%`."""
    if one is None:
        return "–"
    if unit == "%":
        return written(f"{one.value:.1%} ({one.low:.1%}–{one.high:.1%})", language)
    return written(f"{one.value:,.1f}{unit} ({one.low:,.1f}–{one.high:,.1f})", language)


def written(figures: str, language: Language) -> str:
    """Figures with the signs of a language for parts and thousands; a blank before `%` where it has one.

    Source: Unicode CLDR, number symbols of Latin digits.
    """
    if language is ENGLISH:
        return figures
    symbols = language.locale.number_symbols["latn"]
    shown = figures.translate({ord(","): symbols["group"], ord("."): symbols["decimal"]})
    return shown.replace("%", "\u00a0%") if language.tag in ("fr", "es") else shown


def _at(value: float) -> str:
    """Place of a ratio on the scale; what lies outside stands at its edge."""
    first, last = math.log(_TICKS[0]), math.log(_TICKS[-1])
    share = (math.log(min(max(value, _TICKS[0]), _TICKS[-1])) - first) / (last - first)
    return f"{_LABEL + share * (_WIDE - _LABEL - _RIGHT):.1f}"
