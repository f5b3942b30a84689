# SPDX-License-Identifier: Apache-2.0
"""The standards as the house sees them: low-value declarations, and express manifests."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from msgspec import structs

from cocket.model import Reading
from cocket.standards.json_forms import Form, StreamedForm, read_form, standard_of
from cocket.standards.json_parts import JsonParts
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.low_value.declarations import read_declaration, write_declaration
from cocket.standards.low_value.manifest import read_consignment, read_manifest, write_consignment, write_manifest
from cocket.standards.low_value.rows import RowParts, looks_like_rows
from cocket.standards.low_value.rules import (
    SENTENCES,
    WARNINGS,
    check_consignment,
    check_declaration,
)
from cocket.standards.low_value.tables import declarations, manifest

_DECLARATIONS = Form(
    name="low-value",
    title="low-value declarations (H7)",
    prefix="low-value",
    member="lowValueMessage",
    messages=("H7",),
    shape=declarations,
    root="Message",
    entries="declarations",
    entry="Declaration",
    is_apart=True,
    draw=read_declaration,
    make=write_declaration,
    check_entry=check_declaration,
    key="lrn",
    count="declarationCount",
    sentences=SENTENCES,
    warnings=WARNINGS,
)
_MANIFEST = Form(
    name="express-manifest",
    title="express manifest",
    prefix="low-value",
    member="lowValueMessage",
    messages=("EXPRESS-MANIFEST",),
    shape=manifest,
    root="Message",
    entries="consignments",
    entry="Consignment",
    draw=read_manifest,
    make=write_manifest,
    draw_entry=read_consignment,
    make_entry=write_consignment,
    check_entry=check_consignment,
    key="waybill",
    count="consignmentCount",
    sentences=SENTENCES,
    warnings=WARNINGS,
)


def _standard(form: Form) -> Standard:
    def read(source: Source, options: Options) -> Reading:
        return read_form(form, source, options)

    return standard_of(form, read)


def _stream(chunks: Iterable[bytes], options: Options) -> StreamedForm:
    """A manifest in parts, in JSON or in rows."""
    rest = iter(chunks)
    first = next(rest, b"")
    every = chain([first], rest)
    entries = RowParts(every) if looks_like_rows(first) else JsonParts(every, "consignments")
    return StreamedForm(_MANIFEST, entries, options)


LOW_VALUE = (_standard(_DECLARATIONS), structs.replace(_standard(_MANIFEST), stream=_stream))
