# SPDX-License-Identifier: Apache-2.0
"""The pack of an office as one page that needs nothing from outside: its orders, and a paper form of each to print."""

from __future__ import annotations

import io
from html import escape
from typing import Any, Final

import segno

from cocket.exchange.office_packs import OfficePack, PackOrder

_STYLE: Final = """
body{font:15px/1.4 system-ui,sans-serif;margin:1rem auto;max-width:60rem;padding:0 1rem;color:#1b1b1b;background:#fff}
h1{font-size:1.3rem}h2{font-size:1.1rem;margin:.2rem 0}section{border-top:2px solid #555;padding:.8rem 0}
table{border-collapse:collapse;width:100%}td,th{border:1px solid #999;padding:.2rem .4rem;text-align:start;vertical-align:top}
.wide{overflow-x:auto}.code{font:700 1rem ui-monospace,monospace}.notice{border:1px solid #555;padding:.5rem}
.form{display:flex;gap:1rem;flex-wrap:wrap;align-items:flex-start}.form ul{flex:1 1 18rem;list-style:none;padding:0;margin:0}
.form li{border-bottom:1px solid #999;padding:.5rem 0}svg{width:32mm;height:32mm}
@page{size:A4;margin:15mm}@media print{section{break-before:page;border:0}.screen{display:none}}
"""

_FORM: Final = (
    "Examined: ☐ documents ☐ scan ☐ partial ☐ full ☐ not examined",
    "Found: ☐ nothing ☐ an irregularity ☐ not known yet",
    "Packages counted:",
    "When (date, time):",
    "Note:",
    "Officer, signature:",
)


def pack_page(pack: OfficePack) -> str:
    """A pack as HTML, without scripts and without anything that is fetched; each order prints on an A4 page of its own."""
    rules = _named("Rules in force", None if pack.rules is None else [f"{code}: {says}" for code, says in pack.rules])
    lists = _named(
        "Lists in force",
        None
        if pack.lists is None
        else [f"{name}, {count} entries, {version[:12]}" for name, version, count in pack.lists],
    )
    until = f"made {pack.made:%Y-%m-%d %H:%M} UTC, good until {pack.until:%Y-%m-%d %H:%M} UTC"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Pack {pack.id}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(pack.office)}: orders for when the line is down</h1>"
        f"<p>{escape(pack.administration)} · pack {pack.id} · {until} · {len(pack.orders)} orders</p>"
        '<p class="notice">Orders and advice are as they were when the pack was made. What changed since is not here.</p>'
        f'{"".join(map(_section, pack.orders))}<div class="screen">{rules}{lists}</div></main></body></html>'
    )


def _section(order: PackOrder) -> str:
    told = [
        f"Lane {order.lane}",
        f"with {order.examiner}" if order.examiner else "not assigned yet",
        f"due {order.due:%Y-%m-%d %H:%M} UTC" if order.due else "",
        order.trader or "trader unknown",
        order.goods or "",
        f"{order.packages} packages" if order.packages is not None else "packages not stated",
    ]
    rows = "".join(
        f"<tr><td>{one.number}</td>"
        + "".join(
            f"<td>{escape(text or '–')}</td>"
            for text in (one.description, one.classification, one.origin, one.quantity, one.value)
        )
        + "</tr>"
        for one in order.items
    )
    head = "".join(f"<th>{name}</th>" for name in ("Item", "Goods", "Code", "Origin", "Quantity", "Value"))
    more = f"<p>{order.left_out} further items are not here.</p>" if order.left_out else ""
    seals = "".join(
        f"<li>{escape(one.number)}: seals {escape(', '.join(one.seals) or 'none known')}</li>"
        for one in order.containers
    )
    advice = "".join(f"<li>{escape(one)}</li>" for one in order.advice) or "<li>No reasons were given.</li>"
    form = "".join(f"<li>{line}</li>" for line in _FORM)
    holds = "".join(
        f'<p class="notice">Held by {escape(agency)}{escape(f" ({law})" if law else "")}. '
        "Do not let the goods go: only that agency releases them.</p>"
        for agency, law in order.held_by
    )
    return (
        f'<section id="order-{order.number}"><h2>{order.number}. {escape(order.title)}</h2>'
        f"<p>{escape(' · '.join(filter(None, told)))}</p><p>Order {escape(order.order)}</p>{holds}"
        f"<ul>{advice}</ul>" + (f"<p>Advised by {escape(order.model)}</p>" if order.model else "")
        + (f'<div class="wide"><table><tr>{head}</tr>{rows}</table></div>' if rows else "") + f"{more}<ul>{seals}</ul>"
        f'<div class="form">{_qr(order.code)}<ul><li class="code">{order.code}</li>{form}</ul></div></section>'
    )  # fmt: skip


def _qr(code: str) -> str:
    made: Any = segno.make(f"COCKET:{code}", error="m", boost_error=False, micro=False)
    drawn = io.BytesIO()
    made.save(drawn, kind="svg", xmldecl=False, svgns=False, omitsize=True, nl=False)
    return drawn.getvalue().decode()


def _named(title: str, lines: list[str] | None) -> str:
    if lines is None:
        return f"<h2>{title}</h2><p>Not shown to whoever made this pack.</p>"
    return f"<h2>{title}</h2><ul>{''.join(f'<li>{escape(one)}</li>' for one in lines) or '<li>None.</li>'}</ul>"
