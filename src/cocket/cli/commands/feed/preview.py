# SPDX-License-Identifier: Apache-2.0
"""`cocket feed --preview`: the first rows of a host's tables as they would be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from cocket.cli.base.output import complain, json_line, out, shown
from cocket.errors import SenderError, SettingsError
from cocket.feeds import HostMapping, Previewed, preview
from cocket.feeds.table_feed import Opener
from cocket.findings import describe, render
from cocket.model import Declaration, Manifest
from cocket.pipeline import HostRow
from cocket.pipeline.consignment.decision_tables import read_table

_MOST_FINDINGS = 8

#: Rows of a table of lanes and results that are shown (count), of its beginning (bytes).
_MOST_ROWS, _MOST_BYTES = 5, 1 << 16


def show_preview(opener: Opener, mapping: HostMapping | None, since: str | None, *, is_json: bool) -> int:
    """Print the first rows of each kind.

    Args:
        opener: Opens the tables.
        mapping: Their mapping; None if what was named has none, being a folder of messages.
        since: Begin at this value of the cursors; None from the beginning.
        is_json: Whether to print JSON lines.

    Returns:
        Exit code: 1 if anything would be refused.

    Raises:
        SettingsError: There is no mapping, or it does not fit.
    """
    if mapping is None:
        raise SettingsError("Only tables are previewed.", hint="Use cocket check for the host's files.")
    with opener() as tables:
        seen, absent = preview(tables, mapping, since=since)
    for finding in absent:
        if is_json:
            json_line(describe(finding))
        else:
            complain(render(finding))
    for one in seen:
        if is_json:
            json_line(_as_json(one))
        else:
            _print(one)
    return 1 if any(finding.severity == "error" for one in seen for finding in one.findings) else 0


def show_table(place: Path, *, is_json: bool) -> int:
    """Print the first rows of a host's table of lanes and results as they would be read.

    Returns:
        Exit code: 1 if a row would be left out.

    Raises:
        SenderError: The file cannot be read, or is not such a table.
    """
    try:
        with place.open("rb") as file:
            data = file.read(_MOST_BYTES)
    except OSError as error:
        raise SenderError(f"{place} cannot be read: {error.strerror}.", code="table-unreadable") from error
    whole = data if len(data) < _MOST_BYTES else data[: data.rfind(b"\n") + 1]
    rows, findings = read_table(whole, place.name)
    for row in rows[:_MOST_ROWS]:
        kind = "results" if row.depth or row.decision.found is not None else "decisions"
        one = Previewed(kind=kind, row=place.name, reference=row.reference.value, told=row)
        if is_json:
            json_line(_as_json(one))
        else:
            _print(one)
    for finding in findings[:_MOST_FINDINGS]:
        if is_json:
            json_line(describe(finding))
        else:
            complain(render(finding))
    return 1 if any(finding.severity == "error" for finding in findings) else 0


def _as_json(one: Previewed) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.to_builtins(one)
    return content | {"findings": [describe(finding) for finding in one.findings]}


def _print(one: Previewed) -> None:
    outcome = f": {one.outcome}" if one.outcome else ""
    _line(f"{one.kind} {one.row}{outcome} {one.reference or ''}".rstrip())
    if isinstance(one.document, Declaration):
        _print_declaration(one.document)
    elif isinstance(one.document, Manifest):
        _print_manifest(one.document)
    if one.told is not None:
        _print_told(one.told)
    for finding in one.findings[:_MOST_FINDINGS]:
        _line(f"    {finding.severity}: {render(finding)}")
    if len(one.findings) > _MOST_FINDINGS:
        _line(f"    and {len(one.findings) - _MOST_FINDINGS} more findings")


def _print_declaration(declaration: Declaration) -> None:
    shipment, status = declaration.shipment, declaration.status
    parties = [party.name or party.id for party in (shipment.exporter, shipment.importer) if party]
    _line(
        f"    {declaration.type_code or '–'}, registered {(status and status.registered) or '–'}, {' → '.join(filter(None, parties))}"
    )
    for item in shipment.items:
        commodity = item.commodity
        codes = " ".join(one.id for one in commodity.classifications) or "–"
        origin = " ".join(filter(None, (one.country_code for one in item.origins))) or "–"
        value = f"{item.customs_value.value:f}" if item.customs_value else "–"
        taxes = (
            " ".join(f"{tax.type_code} {tax.amount.value:f}" for tax in commodity.duties if tax.amount) or "no taxes"
        )
        _line(
            f"    item {item.sequence}: {codes} from {origin}, {commodity.net_mass_kg or '–'} kg, value {value}, {taxes}"
        )


def _print_manifest(manifest: Manifest) -> None:
    _line(f"    arrives {manifest.arrives or '–'}, {len(manifest.bills)} transport documents")
    for bill in manifest.bills[:3]:
        units = " ".join(unit.id for unit in bill.equipment) or "no containers"
        _line(f"    {bill.id or '–'}: {bill.gross_mass_kg or '–'} kg, {units}")


def _print_told(row: HostRow) -> None:
    decision = row.decision
    words = {
        "lane": decision.lane,
        "override": decision.override,
        "decided": decision.decided,
        "depth": row.depth,
        "found": {True: "yes", False: "no", None: None}[decision.found],
        "offence": decision.offence,
        "duty recovered": decision.duty_recovered,
        "returned": row.returned,
    }
    said = ", ".join(f"{name} {value}" for name, value in words.items() if value is not None)
    _line(f"    {said or 'nothing reported'}")


def _line(text: str) -> None:
    out.print(shown(text), markup=False, highlight=False, soft_wrap=True)
