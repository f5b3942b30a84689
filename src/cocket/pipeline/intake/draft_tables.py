# SPDX-License-Identifier: Apache-2.0
"""Goods lines out of a table, CSV or workbook: every row becomes a line, every column that is not known is named."""

from __future__ import annotations

from typing import Final

from cocket.consignment.hand_drafts import MOST_LINES, Draft, DraftLine, DraftSource, read_number, typed_number
from cocket.errors import SenderError
from cocket.findings import Finding, Severity, render
from cocket.pipeline.risk.given_columns import plain
from cocket.pipeline.risk.given_files import Trouble, table_of

#: Field of a line → headings by which its column is known, as `plain` writes them.
_HEADINGS: Final[dict[str, str]] = {
    heading: field
    for field, headings in {
        "description": "description|goods|goods description|item|product|article|designation|libelle|marchandise|bezeichnung"
        "|descripcion|mercancia",
        "code": "code|hs|hs code|commodity code|tariff code|cn code|code sh|code nc|position tarifaire|nomenclature|warennummer"
        "|codigo|codigo arancelario|partida",
        "origin": "origin|country of origin|origine|pays d origine|ursprung|ursprungsland|origen|pais de origen",
        "amount": "amount|value|price|line amount|total|line total|montant|valeur|betrag|wert|importe|valor",
        "currency": "currency|devise|monnaie|wahrung|moneda",
        "quantity": "quantity|qty|quantite|menge|cantidad",
        "unit": "unit|uom|unite|einheit|unidad",
        "net_mass": "net mass|net weight|net kg|net mass kg|poids net|masse nette|eigenmasse|nettogewicht|peso neto|masa neta",
        "gross_mass": "gross mass|gross weight|gross kg|gross mass kg|poids brut|masse brute|rohmasse|bruttogewicht|peso bruto"
        "|masa bruta",
        "packages": "packages|number of packages|colis|nombre de colis|packstucke|bultos|numero de bultos",
        "package_kind": "package kind|package type|kind of packages|type de colis|nature des colis|packart|tipo de bultos",
        "marks": "marks|marks and numbers|marques|zeichen|marcas",
        "procedure": "procedure|regime|verfahren|regimen",
        "previous": "previous procedure|regime precedent|vorverfahren|regimen precedente",
        "preference": "preference|praferenz|preferencia",
    }.items()
    for heading in headings.split("|")
}

_NUMBERS: Final = frozenset({"amount", "quantity", "net_mass", "gross_mass", "packages"})

#: What fills a draft, and what to do with anything else.
TAKEN: Final = "an invoice in UBL or CII, a PDF that carries one, or lines as CSV or a workbook"
INSTEAD: Final = "Give an invoice in UBL or CII (XML), a PDF that carries one, or its lines as CSV or a workbook."

#: Rows among which the headings are looked for (count).
_HEAD_ROWS: Final = 10


def draft_of_table(draft: Draft, name: str, content: bytes) -> Draft:
    """Add the rows of a table to a draft as lines.

    Args:
        draft: The draft.
        name: Name of the file.
        content: Its bytes: CSV, or a workbook.

    Raises:
        SenderError: It is no table, or no row of it has headings that are known.
    """
    table = table_of(name, content)
    if isinstance(table, Trouble) and table.is_other:
        raise SenderError(
            "The file is neither an invoice that is read nor a table of lines.",
            code="draft-table", expected=TAKEN, found=table.found or None, hint=INSTEAD,
        )  # fmt: skip
    if isinstance(table, Trouble):
        finding = Finding(code="draft-table", severity="error", message=table.message, arguments=table.arguments)
        raise SenderError(
            render(finding), code="draft-table", expected=table.expected or None, found=table.found or None,
            hint=table.further or None, findings=(finding,),
        )  # fmt: skip
    found: list[Finding] = []
    head = next(
        (
            n
            for n, (_, cells) in enumerate(table.rows[:_HEAD_ROWS])
            if sum(plain(one) in _HEADINGS for one in cells) > 1
        ),
        None,
    )
    if head is None:
        raise SenderError(
            "No row of the table has headings that are known.",
            code="draft-table-headings",
            expected="description, code, origin, amount, currency, quantity, unit, net mass, gross mass, packages",
            found=", ".join(table.rows[0][1])[:200] if table.rows else None,
        )
    fields = _columns(table.rows[head][1], found)
    for line, why in table.broken:
        found.append(
            _say("draft-table-row", "row {row} of the table cannot be read", "error", row=str(line), reason=why)
        )
    if table.other_sheets:
        sheets = ", ".join(table.other_sheets)
        found.append(_say("draft-table-sheets", "sheets {sheets} of the workbook are not read", sheets=sheets))
    rows = table.rows[head + 1 :]
    room = MOST_LINES - len(draft.lines)
    if len(rows) > room:
        found.append(
            _say(
                "draft-lines-too-many",
                "a declaration has at most {expected} lines; lines from {found} on are not entered: declare them in another one",
                "error",
                expected=str(MOST_LINES),
                found=str(rows[room][0]),
            )
        )
    lines = [
        _line(number, cells, fields, (found, len(draft.lines) + n)) for n, (number, cells) in enumerate(rows[:room], 1)
    ]
    source = DraftSource(name=name, standard="table", notes=tuple(found))
    values = {"lines": (*draft.lines, *lines), "read_from": (*draft.read_from, source)}
    return Draft(**{name: getattr(draft, name) for name in Draft.__struct_fields__} | values)


def _columns(headings: tuple[str, ...], found: list[Finding]) -> list[str | None]:
    """The field of each column; columns that are not known, or come twice, are named."""
    fields: list[str | None] = []
    for heading in headings:
        field = _HEADINGS.get(plain(heading))
        if field is not None and field in fields:
            found.append(
                _say(
                    "draft-column-twice", "column {column} says again what another says; it is left out", column=heading
                )
            )
            field = None
        elif field is None and heading:
            found.append(_say("draft-column", "column {column} is not known; it is left out", "info", column=heading))
        fields.append(field)
    return fields


def _line(number: int, cells: tuple[str, ...], fields: list[str | None], where: tuple[list[Finding], int]) -> DraftLine:
    found, place = where
    values = {field: cell for field, cell in zip(fields, cells, strict=False) if field is not None and cell}
    for field in _NUMBERS & values.keys():
        values[field] = _number(values[field], (found, f"lines[{place}].{field}", str(number)))
    for field in ("origin", "currency", "unit", "package_kind"):
        if field in values:
            values[field] = values[field].upper()
    return DraftLine(**values, source=str(number))


def _number(text: str, where: tuple[list[Finding], str, str]) -> str:
    """A number as drafts keep it; as it is where it cannot be read, or could be two numbers, which is then said."""
    found, location, row = where
    number = typed_number(text)
    if read_number(number) is None:
        found.append(
            Finding(
                code="draft-number-open",
                severity="warning",
                message="row {row}: {found} is not a number, or could be two; write it with a point before decimals",
                location=location,
                found=text[:200],
                arguments={"row": row},
            )
        )
    return number


def _say(code: str, message: str, severity: Severity = "warning", **more: str) -> Finding:
    found, expected = more.pop("found", None), more.pop("expected", None)
    return Finding(
        code=code,
        severity=severity,
        message=message,
        found=found,
        expected=expected,
        arguments={name: value[:200] for name, value in more.items()},
    )
