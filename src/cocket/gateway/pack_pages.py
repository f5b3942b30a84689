# SPDX-License-Identifier: Apache-2.0
"""The pack of an office as pages that need nothing from outside: orders, paper forms, and printed results, in the reader's language."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cocket.control import OFFENCES, OLD
from cocket.control.offences import NAMES
from cocket.exchange.office_packs import DEPTHS, FORM_PREFIX, FOUND, OfficePack, PackOrder
from cocket.languages import ENGLISH, Language

_HOME: Final = Path(__file__).parent / "templates"

#: Classes of offence that a form offers, with their names in English.
OFFENCES_OFFERED: Final[dict[str, str]] = {str(name): NAMES[name] for name in OFFENCES if name not in OLD}

_NO_OFFENCE: Final = "None"


def render(name: str, language: Language, **values: Any) -> str:
    """A page of the laptop, such as `orders.html`."""
    return _environment(language.tag, language).get_template(name).render(**values)


def pack_page(pack: OfficePack, language: Language = ENGLISH, orders: Sequence[PackOrder] | None = None) -> str:
    """A pack as one page of HTML, without scripts and without anything that is fetched; each order prints on an A4 page of its own.

    Args:
        pack: The pack.
        language: Of the page.
        orders: These orders alone; all of the pack if not given.
    """
    return render("forms.html", language, pack=pack, orders=pack.orders if orders is None else orders)


def qr(content: str) -> Markup:
    """A QR code as SVG."""
    made: Any = segno.make(content, error="m", boost_error=False, micro=False, encoding="utf-8", eci=False)
    drawn = io.BytesIO()
    made.save(drawn, kind="svg", xmldecl=False, svgns=False, omitsize=True, nl=False)
    return Markup(drawn.getvalue().decode())  # noqa: S704 - drawn by ourselves, and holds no text


@lru_cache(maxsize=32)
def _environment(_tag: str, language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HOME), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {
        "_": language.say,
        "language": language,
        "depths": DEPTHS,
        "findings": FOUND,
        "offences": {"": _NO_OFFENCE} | OFFENCES_OFFERED,
        "offence_names": NAMES,
        "form_qr": lambda code: qr(f"{FORM_PREFIX}{code}"),
    }
    environment.filters |= {"moment": _moment}
    return environment


def _moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
