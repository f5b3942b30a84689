# SPDX-License-Identifier: Apache-2.0
"""The file of a value declaration ↔ the model."""

from __future__ import annotations

from typing import Any

from cocket.model import Document, Reading, Reference
from cocket.standards.asycuda.c71.fields import C71_OUTLINE, INVOICE, VALUE_DECLARATION
from cocket.standards.asycuda.c71.rules import check
from cocket.standards.asycuda.reading import Kind, read_kind, write_kind
from cocket.standards.kind import Options, Source

NAME = "asycuda-c71"

_KIND = Kind(NAME, "a value declaration", C71_OUTLINE, VALUE_DECLARATION, "invoices", "Item", INVOICE)


def recognises(source: Source) -> bool:
    """Whether a message is a value declaration, by its root element.

    Source: public schema of the form C71: root `Value_declaration_form`, no namespace.
    """
    namespace, name = source.root_name
    return namespace is None and name is not None and name.lower() == C71_OUTLINE.top.name.lower()


def read(source: Source, options: Options) -> Reading:
    """Read and check one value declaration.

    Args:
        source: The message.
        options: How to read; a profile of another standard is as good as none.

    Raises:
        SenderError: There is no such profile.

    Source: public schema of the form C71; WTO Valuation Agreement.
    """
    return read_kind(_KIND, source, options, _references, check)


def write(document: Document) -> bytes:
    """Write a value declaration, in the form it was read.

    Raises:
        SenderError: It is no value declaration, or a value cannot stand in XML.

    Source: public schema of the form C71.
    """
    return write_kind(_KIND, document)


def _references(told: dict[str, Any]) -> dict[str, Any]:
    """Invoices by their seller, and the contract."""
    seller = told["seller"].name if told.get("seller") else None
    names = [Reference("INVOICE", one.number, seller) for one in told["invoices"] if one.number]
    if told.get("contract"):
        names.append(Reference("DOCUMENT", told["contract"], seller))
    return {"references": tuple(dict.fromkeys(names))}
