# SPDX-License-Identifier: Apache-2.0
"""The standards as the house sees them: items declared, and lists of items told in advance."""

from __future__ import annotations

from cocket.model import Reading
from cocket.standards.json_forms import Form, read_form, standard_of
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.postal.advice import read_entry, read_list, write_entry, write_list
from cocket.standards.postal.items import read_item, write_item
from cocket.standards.postal.rules import SENTENCES, WARNINGS, check_item, check_message
from cocket.standards.postal.tables import shape

_ITEM = Form(
    name="postal-item",
    title="postal item (CN 22, CN 23, CUSITM)",
    prefix="postal",
    member="postalMessage",
    messages=("CN22", "CN23", "CUSITM"),
    shape=shape,
    root="Message",
    entries="items",
    entry="Item",
    is_apart=True,
    draw=read_item,
    make=write_item,
    check=check_message,
    check_entry=check_item,
    key="itemId",
    count="itemCount",
    sentences=SENTENCES,
    warnings=WARNINGS,
)
_LIST = Form(
    name="postal-list",
    title="list of postal items (ITMATT)",
    prefix="postal",
    member="postalMessage",
    messages=("ITMATT",),
    shape=shape,
    root="Message",
    entries="items",
    entry="Item",
    draw=read_list,
    make=write_list,
    draw_entry=read_entry,
    make_entry=write_entry,
    check=check_message,
    check_entry=check_item,
    key="itemId",
    count="itemCount",
    sentences=SENTENCES,
    warnings=WARNINGS,
)


def _standard(form: Form) -> Standard:
    def read(source: Source, options: Options) -> Reading:
        return read_form(form, source, options)

    return standard_of(form, read)


POSTAL = (_standard(_ITEM), _standard(_LIST))
