# SPDX-License-Identifier: Apache-2.0
"""XML as it comes in from outside: parsed once, with nothing looked up and everything limited.

What costs memory or time is counted in the bytes before anything is parsed. Comments and processing instructions are
no part of a message: they are dropped while parsing, so that neither can cut a value in two.
"""

from __future__ import annotations

import codecs
import re

import msgspec
from lxml import etree

from cocket.errors import UnreadableError
from cocket.findings import Finding
from cocket.standards.types import require_least, require_types


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a message may measure at most. Elements are nested at most 256 deep, whatever the limits.

    Given as `Options.limits`, `size` and `elements` hold for JSON too (`elements` for its objects and arrays), `size` and
    `segments` for EDIFACT.

    Attributes:
        size: Bytes of the whole message.
        elements: Elements of the whole message (count).
        segments: Segments of one message of EDIFACT, or of one part of it where it is read in parts (count).
        children: Child elements of one element (count).
        all_attributes: Attributes of the whole message, counted by equal signs (count).
        attributes: Attributes on one element, namespace declarations not counted (count).
        text: Bytes, as UTF-8, of one text, attribute value, name, comment or processing instruction.
        binary: Bytes of the base64 text of an element for a file, such as the picture of an invoice: one whose name ends
            in `BinaryObject`, as the naming rules of UN/CEFACT have it.
        namespaces: Namespace declarations in the whole message (count).

    Raises:
        SenderError: A value is no whole number (`options-type`), or below 1 (`options-value`).
    """

    size: int = 10 * 1024 * 1024
    elements: int = 150_000
    segments: int = 250_000
    children: int = 20_000
    all_attributes: int = 50_000
    attributes: int = 32
    text: int = 100_000
    binary: int = 10_000_000
    namespaces: int = 256

    def __post_init__(self) -> None:
        """Refuse what would fail later, in the middle of a message."""
        names = self.__struct_fields__
        require_types(self, **dict.fromkeys(names, (int,)))
        require_least(self, 1, *names)


LIMITS = Limits()

#: Elements in one another (count); libxml2's own bound, which its bound on texts cannot be raised without.
DEPTH = 256
#: Bytes of one text, comment or instruction that libxml2 takes unless it is told that texts may be huge.
_LIBXML2_TEXT = 10_000_000


def _parser(*, is_huge: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=is_huge,
    )


_PARSER, _HUGE_PARSER = _parser(is_huge=False), _parser(is_huge=True)

_DECLARATION = re.compile(
    rb"""<\?xml\s+version\s*=\s*["'](?P<version>[^"']{1,20})["']"""
    rb"""(?:\s+encoding\s*=\s*["'](?P<encoding>[^"']{1,40})["'])?"""
    rb"""(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*\?>"""
)
_DECLARATION_START = re.compile(rb"<\?xml\s")
_DOCTYPE = re.compile(rb"(?:\xef\xbb\xbf)?(?>\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)

#: Encodings taken, as the XML declaration names them, beside UTF-8; anything else could be read in more ways than one.
_ENCODINGS = {
    b"us-ascii": "ascii",
    b"iso-8859-1": "iso-8859-1",
    b"iso-8859-15": "iso-8859-15",
    b"windows-1252": "cp1252",
}
#: A start tag of an element for a file, and all of its text.
_BINARY = re.compile(rb"(?:[A-Za-z_][\w.-]*:)?[A-Za-z_]*BinaryObject(?:\s[^>]*)?>[A-Za-z0-9+/=\s]*")
_BASE_64 = re.compile(r"[A-Za-z0-9+/=\s]*")
_OTHER_UNICODE = (b"<\0", b"\0<", b"\0\0\0<", codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF8 = (None, b"utf-8", b"utf8")


def parse_xml(data: bytes, limits: Limits = LIMITS) -> etree._Element:
    """Parse XML from an untrusted sender: no DOCTYPE, no entity, no network, no oversize.

    Args:
        data: The bytes as received, in UTF-8, UTF-16 with its mark, or one of a few one-byte encodings that the XML
            declaration names.
        limits: What the message may measure at most.

    Returns:
        The root element, without comments and processing instructions.

    Raises:
        UnreadableError: It is not well-formed XML 1.0, carries a DOCTYPE, is in another encoding or exceeds a limit;
            `findings` says where.

    Source: XML 1.0 (5th edition) §2.1, §2.8, §4.3.3; Namespaces in XML 1.0; limits are ours.
    """
    if len(data) > limits.size:
        raise _oversize("bytes", limits.size, len(data))
    data = as_utf8(data)
    if _DOCTYPE.match(data):
        raise _unreadable("xml-doctype", "a DOCTYPE is not allowed")
    is_suspect = _check_bytes(data, limits)
    is_huge = len(data) > _LIBXML2_TEXT and max(limits.text, limits.binary) > _LIBXML2_TEXT
    try:
        root = etree.fromstring(data, _HUGE_PARSER if is_huge else _PARSER)
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(error) from error
    if is_huge:
        _check_depth(root)
    if root.getroottree().docinfo.internalDTD is not None:
        raise _unreadable("xml-doctype", "a DOCTYPE is not allowed")
    if is_suspect:
        _check_tree(root, limits)
    return root


def text_of(element: etree._Element) -> str:
    """The text of an element: all its own text joined, that of child elements left out.

    Args:
        element: Any element.

    Returns:
        The text as it stands, white space kept; empty if there is none.

    Source: XML 1.0 (5th edition) §2.4.
    """
    text = element.text or ""
    return text + "".join(child.tail or "" for child in element) if len(element) else text


def location_of(element: etree._Element, attribute: str | None = None) -> str:
    """The absolute XPath of an element, with a predicate on every step and the prefixes of the message.

    Args:
        element: The element, in the message as received.
        attribute: Name of one of its attributes, as `{namespace}name` if it has one; None means the element itself.

    Returns:
        Such as `/md:MetaData[1]/Declaration[1]/TypeCode[1]`.

    Source: XML Path Language 1.0 §2.
    """
    steps = [] if attribute is None else [_attribute_step(element, attribute)]
    step: etree._Element | None = element
    while step is not None:
        steps.append(f"{written_name(step)}[{place_of(step)}]")
        step = step.getparent()
    return "/" + "/".join(reversed(steps))


def place_of(element: etree._Element) -> int:
    """Which of the children of that name an element is (1-based).

    Source: XML Path Language 1.0 §2.
    """
    return 1 + sum(1 for _ in element.itersiblings(element.tag, preceding=True))


def written_name(element: etree._Element) -> str:
    """The name of an element with the prefix it has in the message.

    Source: Namespaces in XML 1.0 §4.
    """
    name = str(element.tag).rpartition("}")[2]
    return f"{element.prefix}:{name}" if element.prefix else name


def _attribute_step(element: etree._Element, attribute: str) -> str:
    namespace, _, name = attribute.removeprefix("{").rpartition("}")
    prefix = next((prefix for prefix, uri in element.nsmap.items() if prefix and uri == namespace), "xml")
    return f"@{prefix}:{name}" if namespace else f"@{name}"


def as_utf8(data: bytes) -> bytes:
    """The message in UTF-8, whatever encoding it came in.

    Args:
        data: The bytes as received.

    Returns:
        The same in UTF-8; the XML declaration is blanked where it named another encoding.

    Raises:
        UnreadableError: It is in no encoding that is read, or not in the one it names.

    Source: XML 1.0 (5th edition) §2.8, §4.3.3.
    """
    if data.startswith(_OTHER_UNICODE):
        raise _unreadable("xml-encoding", "the bytes are neither UTF-8 nor UTF-16 with a byte order mark")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded(data, "utf-16", (None, b"utf-16"))
    start = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    declared = _DECLARATION.match(data, start)
    if declared is None:
        if _DECLARATION_START.match(data, start):
            raise _unreadable("xml-not-well-formed", "the XML declaration is not well-formed", location="1:1")
        return data
    if declared["version"] != b"1.0":
        raise _unreadable("xml-version", "only XML 1.0 is supported", found=_shown(declared["version"]))
    encoding = declared["encoding"] and declared["encoding"].lower()
    if encoding in _UTF8:
        return data
    if encoding not in _ENCODINGS or start:
        raise _unreadable("xml-encoding", "the encoding is not supported", found=_shown(encoding))
    return _decoded(data, _ENCODINGS[encoding], (encoding,))


def _decoded(data: bytes, encoding: str, declarable: tuple[bytes | None, ...]) -> bytes:
    """A message in UTF-8, its XML declaration blanked, which has to name the encoding it came in or none."""
    try:
        recoded = data.decode(encoding).encode()
    except UnicodeError as error:
        raise _unreadable("xml-encoding", f"the bytes are not {encoding}") from error
    declared = _DECLARATION.match(recoded)
    if declared is None:
        return recoded
    named = declared["encoding"] and declared["encoding"].lower()
    if named not in declarable or declared["version"] != b"1.0":
        raise _unreadable("xml-encoding", f"the bytes are {encoding}, not what is declared", found=_shown(named))
    return b" " * declared.end() + recoded[declared.end() :]


def _check_bytes(data: bytes, limits: Limits) -> bool:
    """Refuse what would cost too much to parse.

    Each count is at least the number of the things it stands for, and a message of usual size passes by its size.

    Returns:
        Whether some limit could still be exceeded, so that the tree has to be looked at.
    """
    equal_signs = data.count(b"=")
    if equal_signs > limits.all_attributes:
        raise _oversize("attributes", limits.all_attributes, equal_signs)
    is_suspect = equal_signs > min(limits.attributes, limits.namespaces)
    if len(data) > limits.children * len(b"<a/>"):
        tags = data.count(b"<")
        is_suspect |= tags > limits.children
        starts = tags - data.count(b"</") if tags > limits.elements else 0
        if starts > limits.elements:
            raise _oversize("elements", limits.elements, starts)
    if len(data) > limits.text:
        for each in data.split(b"<"):
            if len(each) > limits.text and (len(each) > limits.binary or not _BINARY.fullmatch(each)):
                most = limits.binary if _BINARY.match(each) else limits.text
                raise _oversize("bytes in one text", most, len(each))
        is_suspect = True
    return is_suspect


def _check_depth(root: etree._Element) -> None:
    """Refuse what is nested too deep, where libxml2 does not."""
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEPTH:
            raise _too_deep(f"{element.sourceline}:1")


def _check_tree(root: etree._Element, limits: Limits) -> None:
    """Refuse what the bytes could not tell."""
    for element in root.iter():
        if len(element) > limits.children:
            raise _oversize("elements in one element", limits.children, len(element), element)
        if len(element.keys()) > limits.attributes:
            raise _oversize("attributes on one element", limits.attributes, len(element.keys()), element)
        longest = max(len(element.text or ""), len(element.tail or ""))
        if longest > limits.text and not _is_binary(element, limits):
            raise _oversize("characters in one text", limits.text, longest, element)
    namespaces = sum(1 for _ in etree.iterwalk(root, events=("start-ns",)))
    if namespaces > limits.namespaces:
        raise _oversize("namespace declarations", limits.namespaces, namespaces)


def _is_binary(element: etree._Element, limits: Limits) -> bool:
    """Whether what is long in an element is a file, and not too long for one."""
    text = element.text or ""
    is_named = str(element.tag).endswith("BinaryObject") and len(element.tail or "") <= limits.text
    return is_named and len(text) <= limits.binary and _BASE_64.fullmatch(text) is not None


def _not_well_formed(error: etree.XMLSyntaxError) -> UnreadableError:
    line, column = error.position
    why = (error.msg or "not well-formed").removesuffix(f", line {line}, column {column}").strip()
    if why.startswith("Excessive depth"):
        return _too_deep(f"{line}:{column}")
    return _unreadable("xml-not-well-formed", why, location=f"{line}:{column}")


def _too_deep(location: str) -> UnreadableError:
    return _unreadable("xml-too-large", "elements are nested too deep", location=location, expected=str(DEPTH))


def _oversize(what: str, most: int, found: int, element: etree._Element | None = None) -> UnreadableError:
    location = None if element is None else f"{element.sourceline}:1"
    why = f"more than {most} {what}"
    return _unreadable("xml-too-large", why, location=location, expected=str(most), found=str(found))


def _shown(name: bytes | None) -> str | None:
    return None if name is None else name.decode("ascii", "replace")


def _unreadable(
    code: str, why: str, *, location: str | None = None, expected: str | None = None, found: str | None = None
) -> UnreadableError:
    finding = Finding(
        code=code,
        severity="error",
        message="not readable as XML: {why}",
        location=location,
        expected=expected,
        found=found,
        arguments={"why": why[:200]},
    )
    return UnreadableError(f"Not readable as XML: {why}", code=code, findings=(finding,))
