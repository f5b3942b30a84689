# SPDX-License-Identifier: Apache-2.0
"""The rules of the profile in the order in which they are told, and how an objection becomes a finding."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cache

from lxml import etree

from cocket.findings import SEVERITIES, Finding, Severity
from cocket.standards.wco_dm.gb import obligations, relations, values
from cocket.standards.wco_dm.gb.sheet import Objection, Rule, Sheet, authority_pointer
from cocket.standards.xml import location_of

_AUTHORITY = re.compile(r"dms\d+")
_SHOWN = 200

#: Every rule with its severity; an objection may be milder where the fact is less sure.
RULES: tuple[tuple[Rule, Severity], ...] = (
    (values.gb_invisible, "error"),
    (values.gb_look_alike, "error"),
    (values.gb_foreign_letters, "error"),
    (obligations.dms10001_mandatory, "error"),
    (obligations.dms10001_procedure, "error"),
    (obligations.dms10001_party, "error"),
    (values.dms10001_currency, "error"),
    (values.dms10010_lrn, "error"),
    (values.dms10010_trader, "error"),
    (values.dms10010_date, "error"),
    (values.dms10020_type, "error"),
    (values.dms10020_sequence, "error"),
    (values.dms10020_currency, "error"),
    (values.dms10020_country, "error"),
    (values.dms10020_exit_office, "error"),
    (values.dms10020_code, "error"),
    (values.dms10021_negative, "error"),
    (values.dms10021_gross_mass, "error"),
    (values.dms12050_procedure, "error"),
    (values.dms12056_commodity, "error"),
    (values.gb_package_kind, "warning"),
    (values.gb_mixed_scripts, "warning"),
    (values.gb_vague_description, "warning"),
    (relations.dms11003_items_total, "error"),
    (relations.dms11004_procedure_and_type, "error"),
    (relations.dms11006_net_over_gross, "error"),
    (relations.gb_item_numbers, "warning"),
    (relations.gb_gross_mass_total, "warning"),
    (relations.gb_invoice_total, "warning"),
    (relations.gb_price_nought, "warning"),
    (relations.gb_twice, "warning"),
)


def check_gb_cds(declaration: etree._Element) -> Iterator[Finding]:
    """Check a declaration by what the UK's Customs Declaration Service asks beyond the schema.

    Args:
        declaration: A Declaration element whose structure is right, in the message as received.

    Returns:
        Findings (0..n), errors first, then in the order of the rules, so that whoever stops at a limit has seen an
        error if there is one; a value objected to by one rule is not objected to by the next.
        Where the authority has a code and a pointer for the fact, these are used: `DMS10001`, which today's service
        writes `CDS10001`.

    Source: UK Trade Tariff, volume 3 for CDS; error codes of the Customs Declaration Service.
    """
    objections = sorted(_objections(Sheet(declaration)), key=lambda each: SEVERITIES.index(each[1]))
    for rule, severity, objection in objections:
        yield _finding(rule, objection, severity)


def _objections(sheet: Sheet) -> Iterator[tuple[Rule, Severity, Objection]]:
    told: set[tuple[etree._Element, str | None]] = set()
    for rule, severity in RULES:
        for objection in rule(sheet):
            place = (objection.element, objection.missing)
            if place not in told:
                told.add(place)
                yield rule, objection.severity or severity, objection


def code_of(rule: Rule) -> str:
    """The code of a rule: the authority's if its name begins with one (`DMS10001`), else its own name.

    Source: error codes of the Customs Declaration Service.
    """
    found = _AUTHORITY.match(rule.__name__)
    return found[0].upper() if found else rule.__name__.replace("_", "-")


def _finding(rule: Rule, objection: Objection, severity: Severity) -> Finding:
    return Finding(
        code=code_of(rule),
        severity=severity,
        message=_text(rule),
        pointer=authority_pointer(objection.element, objection.missing),
        location=location_of(objection.element),
        expected=objection.expected,
        found=None if objection.found is None else objection.found[:_SHOWN],
    )


@cache
def _text(rule: Rule) -> str:
    return inspect.cleandoc(rule.__doc__ or rule.__name__).partition("\n\n")[0].replace("\n", " ")
