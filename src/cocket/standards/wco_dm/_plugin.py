# SPDX-License-Identifier: Apache-2.0
"""The standard as the house sees it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import chain, islice

from lxml import etree

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.model import Declaration, Document, Reading
from cocket.model.message import Function
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.wco_dm.envelope import is_envelope, open_envelope, wrap
from cocket.standards.wco_dm.explanation import explain
from cocket.standards.wco_dm.national import load_package
from cocket.standards.wco_dm.profile import PROFILES, WCO, Profile
from cocket.standards.wco_dm.reader import read_declaration
from cocket.standards.wco_dm.schema import accepts
from cocket.standards.wco_dm.tree import element_of, tree_of
from cocket.standards.wco_dm.writer import declaration_node

_NAME = "wco-dm"

#: Faults that an unknown field causes where it stands.
_OF_THE_UNKNOWN = {
    "wco-element-unexpected",
    "wco-element-misplaced",
    "wco-attribute-unexpected",
    "wco-content-unexpected",
    "wco-text-unexpected",
}

#: A message of this function asks to change or invalidate an earlier one; of this type it invalidates.
_REQUEST = "13"
_INVALIDATION = "INV"


def recognises(source: Source) -> bool:
    """Whether a message is a declaration of this standard, by its root element.

    Source: WCO Data Model 3.6, Declaration and MetaData; UK customs declarations API, submission request.
    """
    return source.root is not None and is_envelope(source.root.tag)


def read(source: Source, options: Options) -> Reading:
    """Read and check one declaration.

    Args:
        source: The message.
        options: How to read; a package goes before a profile, and a profile that is not known is the default.

    Returns:
        The reading. A refused declaration is read too, as far as it goes.

    Source: WCO Data Model 3.6, Declaration (42A).
    """
    profile = _profile(options)
    opened = open_envelope(source.root)
    declaration = opened.declaration
    document, is_sound = None, False
    found: Iterable[Finding] = ()
    if declaration is not None:
        is_sound = accepts(declaration)  # first, while what the parser built is still at hand in the processor's cache
        document = read_declaration(tree_of(declaration), opened.headers)
        found = profile.check(document, declaration) if is_sound else explain(declaration)
    findings = _first(chain(opened.findings, found), options.limit)
    is_refused = not is_sound or any(finding.severity == "error" for finding in findings)
    return Reading(
        standard=_NAME,
        version=opened.version,
        profile=profile.name,
        outcome="refused" if is_refused else "accepted",
        document=document,
        findings=findings,
        function=_function(document),
        reference=(document.functional_reference or document.id) if document else None,
    )


def write(document: Document) -> bytes:
    """Write a declaration in its envelope.

    Args:
        document: What to write.

    Returns:
        The message as UTF-8.

    Raises:
        SenderError: It is a manifest, or holds what this message has no room for; `findings` say what.

    Source: WCO Data Model 3.6, Declaration (42A) and MetaData.
    """
    if not isinstance(document, Declaration):
        raise SenderError("A manifest cannot be written as a declaration.", expected="declaration", found="manifest")
    try:
        declaration = element_of(declaration_node(document))
        envelope = wrap(declaration, document.extensions)
    except ValueError as error:  # lxml's word for a character or a name that XML has no way to write
        raise SenderError("This declaration contains text that XML does not allow.", found=str(error)) from error
    if not accepts(declaration):
        findings = _first(explain(declaration), Options().limit)
        # A field that was unknown when read is written back where it stood, and is as unknown there.
        if any(finding.code not in _OF_THE_UNKNOWN for finding in findings):
            raise SenderError("This declaration does not fit into the message.", findings=findings)
    return etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)


def _profile(options: Options) -> Profile:
    if options.package is not None:
        return _loaded(options.package)
    return PROFILES.get(options.profile or "", WCO)


@lru_cache(maxsize=8)
def _loaded(package: bytes) -> Profile:
    return load_package(package)


def _first(found: Iterable[Finding], limit: int) -> tuple[Finding, ...]:
    """Findings up to a limit. What is past it is not looked for, since each costs a walk through the message."""
    kept = tuple(islice(found, limit + 1))
    if len(kept) <= limit:
        return kept
    note = Finding(code="findings-left-out", severity="info", message="further findings were left out")
    return (*kept[:limit], note)


def _function(document: Declaration | None) -> Function:
    if document is None or document.function_code != _REQUEST:
        return "original"
    return "cancellation" if document.type_code == _INVALIDATION else "amendment"


WCO_DM = Standard(
    name=_NAME,
    title="WCO Data Model declaration",
    recognises=recognises,
    read=read,
    write=write,
    profiles=tuple(PROFILES),
)
