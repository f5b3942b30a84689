# SPDX-License-Identifier: Apache-2.0
"""The standard as the house sees it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import chain, islice

from lxml import etree
from msgspec import structs

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.model import Declaration, Document, Extension, Reading
from cocket.model.message import Function
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.reasons import explain as explain_shape
from cocket.standards.wco_dm.dk import danish_element, data_set_of, data_sets, is_danish, names_of, shape_for, to_wco
from cocket.standards.wco_dm.envelope import is_envelope, open_envelope, wrap
from cocket.standards.wco_dm.explanation import explain
from cocket.standards.wco_dm.national import load_package
from cocket.standards.wco_dm.places import location_of
from cocket.standards.wco_dm.plain import read_plain
from cocket.standards.wco_dm.profile import DK_DMS, PROFILES, WCO, Profile
from cocket.standards.wco_dm.reader import plan, read_declaration, read_element
from cocket.standards.wco_dm.rules import deviates
from cocket.standards.wco_dm.schema import accepts
from cocket.standards.wco_dm.tree import element_of, tree_of
from cocket.standards.wco_dm.writer import declaration_node
from cocket.standards.xml import parse_xml

_NAME = "wco-dm"

#: Faults that an unknown field causes where it stands.
_OF_THE_UNKNOWN = {
    "wco-element-unexpected",
    "wco-element-misplaced",
    "wco-attribute-unexpected",
    "wco-content-unexpected",
    "wco-text-unexpected",
}

#: Findings on the structure of a Danish declaration that are looked for (count).
_MOST = 1_000

#: A message of this function asks to change or invalidate an earlier one; of this type it invalidates.
_REQUEST = "13"
_INVALIDATION = "INV"
#: What the function codes of the Danish system say to an earlier declaration.
_DANISH: dict[str, Function] = {"4": "amendment", "1": "cancellation"}


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
    opened = open_envelope(source.root)
    declaration = opened.declaration
    profile = _profile(options, source.root if declaration is source.root else None)
    document, is_sound = None, False
    found: Iterable[Finding] = ()
    if declaration is not None and profile is DK_DMS:
        document, found = _read_danish(declaration, opened.headers)
        is_sound = not isinstance(found, tuple)
    elif declaration is not None:
        is_sound = accepts(declaration)  # first, while what the parser built is still at hand in the processor's cache
        read_it = read_element if is_sound else _read_tree
        document = read_it(declaration, opened.headers)
        found = profile.check(document, declaration) if is_sound else explain(declaration)
    findings = _first(chain(opened.findings, found), options.limit)
    return _reading(opened.version, profile, document, findings, is_sound=is_sound)


def read_at_once(data: bytes, options: Options) -> Reading | None:
    """Read and check a declaration that is plainly written, without parsing it unless there is a place to be told.

    Args:
        data: A message as received, of any kind.
        options: How to read.

    Returns:
        What `read` gives; None if it is not plainly written, no declaration of this standard, or to be read in an unusual way.

    Source: WCO Data Model 3.6, Declaration (42A).
    """
    is_judged_so = options.profile in (None, WCO.name) and options.package is None
    is_usual = is_judged_so and not options.lenient and options.limits is None
    plain = read_plain(data, plan()) if is_usual else None
    if plain is None:
        return None
    document = read_declaration(plain.node, plain.headers, plain.fields)
    found: Iterable[Finding] = ()
    if deviates(document):
        found = WCO.check(document, open_envelope(parse_xml(data)).declaration)
    return _reading(plain.version, WCO, document, _first(found, options.limit), is_sound=True)


def _reading(
    version: str | None,
    profile: Profile,
    document: Declaration | None,
    findings: tuple[Finding, ...],
    *,
    is_sound: bool,
) -> Reading:
    is_refused = not is_sound or any(finding.severity == "error" for finding in findings)
    return Reading(
        standard=_NAME,
        version=version,
        profile=profile.name,
        outcome="refused" if is_refused else "accepted",
        document=document,
        findings=findings,
        function=_function(document),
        reference=(document.functional_reference or document.id) if document else None,
    )


def _read_tree(declaration: etree._Element, headers: tuple[Extension, ...]) -> Declaration:
    return read_declaration(tree_of(declaration), headers)


def _read_danish(declaration: etree._Element, headers: tuple[Extension, ...]) -> tuple[Declaration, Iterable[Finding]]:
    """A declaration of the Danish system, and what is wrong with it: a tuple if it is its structure."""
    node = to_wco(tree_of(declaration))
    data_set, names = node.get("ProcedureCategory"), names_of(node)
    shape = shape_for(str(data_set).strip(), str(node.get("FunctionCode")).strip())
    document = read_declaration(node, headers)
    document = structs.replace(document, references=tuple(dict.fromkeys((*document.references, *names))))
    if shape is None:
        return document, (_no_data_set(declaration, data_set),)
    if shape.accepts(declaration):
        return document, DK_DMS.check(document, declaration)
    return document, tuple(islice(explain_shape(shape, declaration), _MOST))


def _no_data_set(declaration: etree._Element, found: object) -> Finding:
    return Finding(
        code="dk-data-set",
        severity="error",
        message="{found} is not a data set of the Danish system that is supported; there are {expected}",
        location=location_of(declaration),
        expected=", ".join(data_sets()),
        found=str(found)[:200] if found else "no ProcedureCategory",
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
        kind = type(document).__name__
        raise SenderError(f"A {kind} cannot be written as a declaration.", expected="Declaration", found=kind)
    data_set = data_set_of(document.extensions)
    if data_set is not None:
        return _write_danish(document, data_set)
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


def draft(document: Declaration) -> etree._Element:
    """A message as its root element, even if it lacks what is asked for or holds what has no room.

    Args:
        document: What to write; read from a Danish declaration it becomes one again.

    Source: WCO Data Model 3.6, Declaration (42A) and MetaData.
    """
    shape = shape_for(data_set_of(document.extensions), document.function_code)
    if shape is not None:
        return danish_element(declaration_node(document), shape.outline)
    return wrap(element_of(declaration_node(document)), document.extensions)


def _write_danish(document: Declaration, data_set: str) -> bytes:
    """As it was read: without envelope, in the order of the Danish tables."""
    shape = shape_for(data_set, document.function_code)
    if shape is None:
        supported = ", ".join(data_sets())
        raise SenderError(f"The Danish data set {data_set} is not supported.", expected=supported, found=data_set)
    try:
        declaration = danish_element(declaration_node(document), shape.outline)
    except ValueError as error:  # lxml's word for a character or a name that XML has no way to write
        raise SenderError("This declaration contains text that XML does not allow.", found=str(error)) from error
    if not shape.accepts(declaration):
        findings = _first(explain_shape(shape, declaration), Options().limit)
        if any(finding.code not in _OF_THE_UNKNOWN for finding in findings):
            raise SenderError("This declaration does not fit into the message.", findings=findings)
    return etree.tostring(declaration, encoding="UTF-8", xml_declaration=True)


def _profile(options: Options, bare: etree._Element | None) -> Profile:
    """The profile asked for; if none was, the Danish one for a declaration without envelope that states its data set."""
    if options.package is not None:
        return _loaded(options.package)
    if options.profile is None and bare is not None and is_danish(bare):
        return DK_DMS
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
    if document is not None and data_set_of(document.extensions) is not None:
        return _DANISH.get(document.function_code or "", "original")
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
