# SPDX-License-Identifier: Apache-2.0
"""The standard as the house sees it."""

from __future__ import annotations

import msgspec
from lxml import etree

from cocket.errors import SenderError
from cocket.model import Declaration, Document, Reading
from cocket.model.message import Function
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.reasons import explain, first, only_unknown
from cocket.standards.wco_b2sw.fields import MAI, MAI_NAMESPACE
from cocket.standards.wco_b2sw.notice import notice_element, read_notice

_NAME = "wco-b2sw"
_VERSION = "MAI 01A"
_ROOT = f"{{{MAI_NAMESPACE}}}Declaration"

#: What a function code of UNCL 1225 makes of an earlier message.
_FUNCTIONS: dict[str, Function] = {"1": "cancellation", "4": "amendment", "5": "amendment"}


def recognises(source: Source) -> bool:
    """Whether a message is an arrival notice of this standard, by its root element.

    Source: WCO Data Model, B2SW, MAI 01A.
    """
    return source.root is not None and source.root.tag == _ROOT


def read(source: Source, options: Options) -> Reading:
    """Read and check one arrival notice.

    Args:
        source: The message.
        options: How to read; there is one profile.

    Returns:
        The reading. A refused message is read too, as far as it goes.

    Source: WCO Data Model, B2SW, MAI 01A.
    """
    document = read_notice(source.root)
    is_sound = MAI.accepts(source.root)
    return Reading(
        standard=_NAME,
        version=_VERSION,
        profile=_NAME,
        outcome="accepted" if is_sound else "refused",
        document=document,
        findings=() if is_sound else first(explain(MAI, source.root), options.limit),
        function=_FUNCTIONS.get(document.function_code or "", "original"),
        reference=document.functional_reference,
    )


def write(document: Document) -> bytes:
    """Write an arrival notice.

    Args:
        document: What to write.

    Returns:
        The message as UTF-8.

    Raises:
        SenderError: It is not a declaration, or holds what this message has no room for; `findings` say what.

    Source: WCO Data Model, B2SW, MAI 01A.
    """
    if not isinstance(document, Declaration):
        raise SenderError("Only a declaration can be written as an arrival notice.", expected="declaration")
    try:
        element = notice_element(document)
    except ValueError as error:  # lxml's word for a character or a name that XML has no way to write
        raise SenderError("This declaration contains text that XML does not allow.", found=str(error)) from error
    if not MAI.accepts(element):
        findings = first(explain(MAI, element), Options().limit)
        # A field that was unknown when read is written back where it stood, and is as unknown there.
        if not only_unknown(findings):
            raise SenderError("This declaration does not fit into an arrival notice.", findings=findings)
    lost = _left_behind(document, read_notice(element))
    if lost:
        raise SenderError("An arrival notice cannot contain all of this declaration.", found=", ".join(lost))
    return etree.tostring(element, encoding="UTF-8", xml_declaration=True)


def _left_behind(document: Declaration, written: Declaration) -> list[str]:
    """Fields of a declaration that what was written does not hold."""
    fields = (field.name for field in msgspec.structs.fields(Declaration))
    derived = ("extensions", "flow", "references")
    return [name for name in fields if name not in derived and getattr(document, name) != getattr(written, name)]


WCO_B2SW = Standard(
    name=_NAME,
    title="WCO business to single window, arrival notice",
    recognises=recognises,
    read=read,
    write=write,
    profiles=(_NAME,),
)
