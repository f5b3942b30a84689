# SPDX-License-Identifier: Apache-2.0
"""The file of a licence ↔ the model."""

from __future__ import annotations

from typing import Any

from cocket.model import Document, Reading
from cocket.standards.asycuda.licence.fields import ITEM, LICENCE, LICENCE_OUTLINE
from cocket.standards.asycuda.licence.rules import check
from cocket.standards.asycuda.reading import Kind, read_kind, write_kind
from cocket.standards.kind import Options, Source

NAME = "asycuda-licence"

_KIND = Kind(NAME, "a licence", LICENCE_OUTLINE, LICENCE, "items", "Lic_item_segment", ITEM)


def recognises(source: Source) -> bool:
    """Whether a message is a licence, by its root element.

    Source: public schema of the licence: root `Licence`, no namespace.
    """
    namespace, name = source.root_name
    return namespace is None and name is not None and name.lower() == LICENCE_OUTLINE.top.name.lower()


def read(source: Source, options: Options) -> Reading:
    """Read and check one licence. Its number is not in the file, except where the host gives the root an id.

    Args:
        source: The message.
        options: How to read; a profile of another standard is as good as none.

    Raises:
        SenderError: There is no such profile.

    Source: public schema of the licence.
    """
    return read_kind(_KIND, source, options, _no_more, check)


def write(document: Document) -> bytes:
    """Write a licence, in the form it was read.

    Raises:
        SenderError: It is no licence, or a value cannot stand in XML.

    Source: public schema of the licence.
    """
    return write_kind(_KIND, document)


def _no_more(_: dict[str, Any]) -> dict[str, Any]:
    return {}
