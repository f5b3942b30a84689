# SPDX-License-Identifier: Apache-2.0
"""Words of the pages on which a declaration is filled in by hand."""

from __future__ import annotations

from typing import Final

from cocket.workbench.base.labels import _

FLOWS: Final[dict[str, str]] = {"import": _("Import"), "export": _("Export")}

#: The same, as `forms.one_of` takes them.
FLOW_CHOICES: Final[dict[str, tuple[str, str]]] = {
    "import": (_("Import"), _("Goods come into the country.")),
    "export": (_("Export"), _("Goods leave the country.")),
}

#: Field of the whole → what it is called and, where that helps, what goes into it.
WHO: Final[dict[str, tuple[str, str]]] = {
    "declarant": (_("Declarant"), ""),
    "importer": (_("Importer"), ""),
    "exporter": (_("Exporter"), ""),
}

PARTY: Final[dict[str, tuple[str, str]]] = {
    "name": (_("Name"), ""),
    "id": (_("Number with customs"), ""),
    "address": (_("Address"), ""),
    "city": (_("City"), ""),
    "postcode": (_("Postcode"), ""),
    "country": (_("Country"), _("Two letters, such as DE.")),
}

HEAD: Final[dict[str, tuple[str, str]]] = {
    "reference": (_("Your reference"), _("One that you have not used before.")),
    "office": (_("Office of declaration"), ""),
}

JOURNEY: Final[dict[str, tuple[str, str]]] = {
    "export_country": (_("Country of export"), _("Two letters, such as DE.")),
    "destination_country": (_("Country of destination"), _("Two letters, such as DE.")),
    "border_mode": (_("Mode of transport at the border"), _("1 sea, 2 rail, 3 road, 4 air, 5 post.")),
    "border_means": (_("Ship, flight or vehicle"), ""),
    "border_country": (_("Its nationality"), _("Two letters, such as DE.")),
    "location": (_("Where the goods are"), ""),
    "containers": (_("Containers"), _("Numbers, parted by blanks.")),
    "gross_mass": (_("Gross mass in all (kg)"), ""),
    "packages": (_("Packages in all"), ""),
}

MONEY: Final[dict[str, tuple[str, str]]] = {
    "terms": (_("Delivery terms"), _("Incoterms, such as CIF.")),
    "terms_place": (_("Named place"), ""),
    "invoice_amount": (_("Invoiced in all, without tax"), _("With a point before decimals, such as 1234.50.")),
    "invoice_currency": (_("Currency"), _("Such as EUR.")),
    "transaction": (_("Nature of transaction"), _("A code, such as 11 for a sale.")),
}

LINE: Final[dict[str, tuple[str, str]]] = {
    "description": (_("Description"), ""),
    "code": (_("Commodity code"), ""),
    "origin": (_("Country of origin"), ""),
    "amount": (_("Price"), ""),
    "currency": (_("Currency"), ""),
    "net_mass": (_("Net mass (kg)"), ""),
    "gross_mass": (_("Gross mass (kg)"), ""),
    "packages": (_("Packages"), ""),
    "package_kind": (_("Kind of packages"), ""),
    "quantity": (_("Quantity"), ""),
    "unit": (_("Unit"), ""),
    "marks": (_("Marks"), ""),
    "procedure": (_("Procedure"), ""),
    "previous": (_("Previous procedure"), ""),
    "preference": (_("Preference"), ""),
}

CHARGES: Final[dict[str, str]] = {
    "freight": _("Freight"),
    "insurance": _("Insurance"),
    "packing": _("Packing and containers"),
    "discount": _("Discount (not declared)"),
    "other": _("Another charge (not declared)"),
}

#: Sums of an invoice.
SUMS: Final[dict[str, str]] = {
    "lines": _("Lines"),
    "freight": _("Freight"),
    "insurance": _("Insurance"),
    "packing": _("Packing and containers"),
    "discount": _("Discount"),
    "other": _("Another charge"),
    "charges": _("Charges in all"),
    "allowances": _("Discounts in all"),
    "without-tax": _("Total without tax"),
    "tax": _("Tax"),
    "with-tax": _("Total with tax"),
    "prepaid": _("Paid before"),
    "rounding": _("Rounding"),
    "payable": _("To be paid"),
}

WENT: Final[dict[str, str]] = {
    "declared": _("declared"),
    "left-out": _("left out"),
    "compared": _("compared only"),
}

SEVERITIES: Final[dict[str, str]] = {"error": _("Error"), "warning": _("Warning"), "info": _("Note")}
