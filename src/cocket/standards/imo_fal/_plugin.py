# SPDX-License-Identifier: Apache-2.0
"""The standards as the house sees them: one for each form."""

from __future__ import annotations

from functools import partial
from typing import Any

from cocket.model import Document, Reading
from cocket.standards.imo_fal.call import read_declaration, read_notice, write_declaration, write_notice
from cocket.standards.imo_fal.cargo import (
    read_consignment,
    read_dangerous,
    read_manifest,
    write_consignment,
    write_dangerous,
    write_manifest,
)
from cocket.standards.imo_fal.rules import (
    SENTENCES,
    WARNINGS,
    check_call,
    check_consignment,
    check_dangerous,
    check_people,
)
from cocket.standards.imo_fal.stores import read_effects, read_stores, write_effects, write_stores
from cocket.standards.imo_fal.tables import shape
from cocket.standards.json_forms import Form, read_form, standard_of
from cocket.standards.kind import Options, Source, Standard


def _form(number: int, name: str, title: str, **rest: Any) -> Form:
    return Form(
        name=f"fal-{name}",
        title=f"IMO FAL form {number} ({title})",
        prefix="fal",
        member="falForm",
        messages=(f"FAL{number}",),
        shape=shape,
        root=f"FAL{number}",
        sentences=SENTENCES,
        warnings=WARNINGS,
        **({"check": check_call} | rest),
    )


def _manifest(number: int, name: str, title: str, **rest: Any) -> Form:
    def make(document: Document) -> dict[str, Any]:
        return write_manifest(document, f"FAL{number}")

    return _form(
        number, name, title, entries="consignments", count="consignmentCount", draw=read_manifest, make=make, **rest
    )


def _people(number: int, name: str, title: str) -> Form:
    return _form(
        number,
        name,
        title,
        draw=partial(read_notice, people=name),
        make=partial(write_notice, form=f"FAL{number}"),
        check=check_people,
    )


_FORMS = (
    _form(1, "general", "general declaration", draw=read_declaration, make=partial(write_declaration, form="FAL1")),
    _manifest(
        2,
        "cargo",
        "cargo declaration",
        entry="Consignment",
        draw_entry=read_consignment,
        make_entry=write_consignment,
        check_entry=check_consignment,
    ),
    _form(3, "stores", "ship's stores declaration", draw=read_stores, make=write_stores),
    _form(4, "effects", "crew's effects declaration", draw=read_effects, make=write_effects, check=check_people),
    _people(5, "crew", "crew list"),
    _people(6, "passengers", "passenger list"),
    _manifest(
        7,
        "dangerous-goods",
        "dangerous goods manifest",
        entry="Dangerous",
        draw_entry=read_dangerous,
        make_entry=write_dangerous,
        check_entry=check_dangerous,
    ),
)


def _standard(form: Form) -> Standard:
    def read(source: Source, options: Options) -> Reading:
        return read_form(form, source, options)

    return standard_of(form, read)


FAL = tuple(map(_standard, _FORMS))
