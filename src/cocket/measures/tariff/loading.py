# SPDX-License-Identifier: Apache-2.0
"""Which loader a file needs, known by its content, and what several files make together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from cocket.errors import SettingsError, UnreadableError
from cocket.findings import Finding
from cocket.measures.tariff import files, taric
from cocket.measures.tariff.book import Tariff
from cocket.measures.tariff.goods import Rates
from cocket.measures.tariff.japanese import is_chapter, is_index, is_law_table, load_schedule
from cocket.measures.tariff.table import load_table, read_mapping

Form = Literal["cocket", "japan", "japan-laws", "japan-index", "taric", "taric-areas", "table", "rates", "other"]

#: Forms of which a tariff is made; the others only go with them.
_TARIFFS: tuple[Form, ...] = ("cocket", "japan", "taric", "table")
_START = 4_096


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A tariff as loaded.

    Attributes:
        tariff: The tariff.
        told_rates: Exchange rates that were among the files (0..n).
        findings: What was left out (0..n).
    """

    tariff: Tariff
    told_rates: tuple[files.ToldRate, ...] = ()
    findings: tuple[Finding, ...] = ()

    def rates(self, further: Iterable[files.ToldRate] = ()) -> Rates:
        """Exchange rates towards the tariff's currency: those loaded with it, and further ones."""
        return Rates(self.tariff.currency, (*self.told_rates, *further))


def form_of(content: bytes) -> Form:
    """What a file is.

    Args:
        content: The whole file.
    """
    start = content[:_START].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] not in (b"{", b"["):
        head = start.split(b"\n", 1)[0]
        if {b"currency", b"from", b"rate"} <= {name.strip() for name in head.split(b",")}:
            return "rates"
        return "table" if b"\0" not in start and head.strip() else "other"
    if start.startswith(b"[") and b'"stat_code"' in start:
        return "japan"
    if start.startswith(b'{"form":"cocket-tariff'):
        return "cocket"
    try:
        value = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "other"
    return _form_of_value(value)


def _form_of_value(value: Any) -> Form:
    known: tuple[tuple[Form, Any], ...] = (
        ("taric", taric.is_commodity),
        ("cocket", files.is_tariff),
        ("japan", is_chapter),
        ("japan-laws", is_law_table),
        ("japan-index", is_index),
        ("rates", files.is_monthly_rates),
        ("taric-areas", taric.is_areas),
    )
    return next((form for form, fits in known if fits(value)), "other")


def load_tariff(sources: Iterable[tuple[str, bytes]], mapping: bytes | None = None) -> Loaded:
    """Load a tariff from its files.

    Args:
        sources: Name and content of each file (1..n). Files that belong to no tariff are told and left out.
        mapping: How to read a table; None for none.

    Raises:
        UnreadableError: None of the files is of a tariff, or one is broken.
        SettingsError: They are of several kinds of tariff, or a table has no mapping.

    Source: `files.write_tariff`; Japan Customs, tariff schedule; UK Trade Tariff, commodity answers.
    """
    of_form: dict[Form, list[bytes]] = {}
    others: list[Finding] = []
    for name, content in sources:
        form = form_of(content)
        if form == "other":
            message = "{found} is not a tariff file; left out"
            others.append(Finding(code="file-left-out", severity="info", message=message, found=name[:200]))
        of_form.setdefault(form, []).append(content)
    present = [form for form in _TARIFFS if form in of_form]
    if "table" in present and mapping is None and len(present) > 1:
        present.remove("table")
    if not present:
        raise UnreadableError("None of these files is a tariff file.", code="tariff-unreadable")
    if len(present) > 1:
        raise SettingsError(f"The files belong to tariffs of several kinds: {', '.join(present)}.", code="tariff-mixed")
    tariff, findings = _load(present[0], of_form, mapping)
    told = [rate for content in of_form.get("rates", ()) for rate in files.read_rates(content, tariff.currency)]
    return Loaded(tariff=tariff, told_rates=tuple(told), findings=(*findings, *others))


def _load(form: Form, of_form: dict[Form, list[bytes]], mapping: bytes | None) -> tuple[Tariff, tuple[Finding, ...]]:
    contents = of_form[form]
    if form == "japan":
        laws, index = of_form.get("japan-laws", [None]), of_form.get("japan-index", [None])
        return load_schedule(contents, laws[0], index[0])
    if form == "taric":
        return taric.load_taric(contents, of_form.get("taric-areas", ()))
    if len(contents) > 1:
        raise SettingsError("One file at a time of this kind.", code="tariff-mixed")
    if form == "cocket":
        return files.read_tariff(contents[0]), ()
    if mapping is None:
        raise SettingsError("A table needs a mapping of its columns.", code="mapping-missing")
    return load_table(contents[0], read_mapping(mapping))
