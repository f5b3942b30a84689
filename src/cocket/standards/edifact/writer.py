# SPDX-License-Identifier: Apache-2.0
"""From the model to an interchange: segments in the order of their message, counts and references made anew.

Source: ISO 9735-1 (syntax version 4) §7 to §11; UN/EDIFACT directories, segment tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cocket.errors import SenderError
from cocket.model import Certificate, Declaration, Document, Manifest, Movement, Response
from cocket.standards.edifact.declaration import write_declaration, write_response
from cocket.standards.edifact.manifest import write_manifest
from cocket.standards.edifact.mapping import Target
from cocket.standards.edifact.movement import write_movement
from cocket.standards.edifact.nodes import Node, find, laid_out, lay_back
from cocket.standards.edifact.separators import CHARACTER_SETS, Separators, forbidden, released
from cocket.standards.edifact.tables import Group, Structure, built_in
from cocket.standards.written import unwritable

#: Release in which a message is written that was read in none.
RELEASE = "21B"

_ENVELOPE = ("UNB", "UNG", "UNT", "UNE", "UNZ")
_KINDS: dict[str, type] = {"CUSCAR": Manifest, "CUSDEC": Declaration, "GOVCBR": Declaration, "CUSRES": Response}


def write_message(document: Document, name: str) -> bytes:
    """Write a document as an interchange of one message.

    Args:
        document: What to write.
        name: Message type.

    Returns:
        The interchange, in the character set that it was read in, else UNOC, or UNOW if that does not suffice. What
        the header asks for and the document does not know (sender, recipient, time) is left empty.

    Raises:
        SenderError: The message cannot carry this document, or the character set not its texts.

    Source: ISO 9735-1; the message's directory.
    """
    return write_interchange([document], [name])


def write_interchange(documents: Sequence[Document], names: Sequence[str]) -> bytes:
    """Write documents as one interchange, under the header of the first.

    Args:
        documents: What to write (1..n).
        names: Message type of each.

    Raises:
        SenderError: A message cannot carry its document, or the character set not its texts.

    Source: ISO 9735-1.
    """
    pairs = zip(documents, names, strict=True)
    return assembled([_tree(document, name, place) for place, (document, name) in enumerate(pairs, 1)])


def assembled(trees: Sequence[tuple[Node, Structure]]) -> bytes:
    """Messages as one interchange, under the header of the first, with counts and references made anew.

    Args:
        trees: Each with its segment table (1..n).

    Raises:
        SenderError: The character set does not have their texts.

    Source: ISO 9735-1 §8 to §11.
    """
    segments = list[Node]()
    for root, structure in trees:
        body = [node for node in _ordered(root, structure.whole, structure) if node.tag not in _ENVELOPE]
        segments += [*body, _trailer("UNT", len(body) + 1, body[0].get(1) if body else "")]
    first, count = trees[0][0], len(trees)
    header = _header(first, segments)
    group = first.first("UNG")
    if group is not None:
        segments = [group, *segments, _trailer("UNE", count, group.get(5))]
    segments = [header, *segments, _trailer("UNZ", 1 if group is not None else count, header.get(5))]
    return _bytes(segments, header)


def _tree(document: Document, name: str, place: int) -> tuple[Node, Structure]:
    kind = _KINDS.get(name, Movement)
    is_other = not isinstance(document, kind) or (isinstance(document, Movement) and document.message_name != name)
    if isinstance(document, Certificate) or is_other:
        raise SenderError(
            f"A {name} cannot carry this document.",
            expected=kind.__name__,
            found=type(document).__name__,
            findings=(unwritable("message_name", document.message_name),) if isinstance(document, Movement) else (),
        )
    release = next((each.value for each in document.extensions if each.path == "UNH[1]/2.3"), None) or RELEASE
    structure = built_in().structure(name, release)
    if structure is None:
        raise SenderError(f"There is no release {release} of {name} that can be written.", found=release)
    root = Node("", [])
    head = find(root, "UNH[1]") or root
    head.put(1, 1, str(place))
    for component, text in enumerate((name, "D", release, "UN"), 1):
        head.put(2, component, text)
    target = Target(root, structure.whole, laid_out(document.extensions))
    if isinstance(document, Manifest):
        write_manifest(target, document)
    elif isinstance(document, Declaration):
        write_declaration(target, document)
    elif isinstance(document, Response):
        write_response(target, document)
    elif isinstance(document, Movement):
        write_movement(target, document)
    lay_back(root, document.extensions)
    return root, structure


def _ordered(node: Node, group: Group | None, structure: Structure) -> Iterator[Node]:
    """A segment and all of its group, in the order of the message."""
    if node.tag:
        yield node
    by_name: dict[str, list[Node]] = {}
    for key, nodes in (node.kids or {}).items():
        by_name.setdefault(key.partition("{")[0], []).extend(nodes)
    yield from _beside(by_name, "", structure)
    for slot in group.members if group else ():
        for each in by_name.pop(slot.name, ()):
            yield from _ordered(each, slot.opens, structure)
        yield from _beside(by_name, slot.name, structure)
    for nodes in by_name.values():
        for each in nodes:
            yield from _ordered(each, None, structure)


def _beside(by_name: dict[str, list[Node]], anchor: str, structure: Structure) -> Iterator[Node]:
    """Segments that stand behind a place without having one."""
    for name in sorted(name for name in by_name if name.partition(">")[:2] == (anchor, ">")):
        slot = structure.elsewhere.get(name.rpartition(".")[2])
        for each in by_name.pop(name):
            yield from _ordered(each, slot.opens if slot else None, structure)


def _trailer(tag: str, count: int, reference: str) -> Node:
    return Node(tag, [str(count), reference])


def _header(root: Node, segments: list[Node]) -> Node:
    """The header of the interchange, as it was read; a new one names its character set and nothing it does not know."""
    header = root.first("UNB") or Node("UNB", [])
    if not header.get(1):
        texts = "".join("".join(element) for node in segments for element in node.values)
        syntax, version = ("UNOC", "3") if _holds(texts, "iso8859-1") else ("UNOW", "4")
        header.put(1, 1, syntax)
        header.put(1, 2, version)
    if not header.get(5):
        header.put(5, 1, "1")
    return header


def _holds(text: str, codec: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _bytes(segments: list[Node], header: Node) -> bytes:
    repeats = any(node.repeats for node in segments)
    separators = Separators(repetition="*") if repeats or header.get(1, 2) == "4" else Separators()
    advice = f"UNA:+.?{separators.repetition or ' '}'"
    texts = [_text(node, separators) for node in segments]
    syntax = header.get(1)
    if syntax not in CHARACTER_SETS:
        raise SenderError(f"There is no character set {syntax}.", expected=", ".join(CHARACTER_SETS), found=syntax)
    whole = advice + "".join(f"\n{text}'" for text in texts) + "\n"
    found = forbidden(syntax, separators).search("".join(texts))
    if found or any("\n" in text or "\r" in text for text in texts):
        sign = repr(found[0])[1:-1] if found else "a line break"
        raise SenderError(f"The message holds a character that {syntax} does not have.", expected=syntax, found=sign)
    try:
        return whole.encode(CHARACTER_SETS[syntax][0])
    except UnicodeEncodeError as error:
        sign = error.object[error.start : error.start + 1]
        raise SenderError(f"The message holds a character that {syntax} does not have.", found=sign) from error


def _text(node: Node, separators: Separators) -> str:
    parts = [node.tag]
    count = max([len(node.values), *(element for element, _ in node.repeats or {})])
    for element in range(1, count + 1):
        values = [node.components(element)]
        values += [each for (number, _), each in sorted((node.repeats or {}).items()) if number == element]
        mark = separators.repetition or ""
        parts.append(mark.join(_composite(each, separators) for each in values))
    return (
        separators.element.join(parts).rstrip(separators.element) if not parts[-1] else separators.element.join(parts)
    )


def _composite(values: list[str], separators: Separators) -> str:
    last = max((place for place, text in enumerate(values, 1) if text), default=0)
    return separators.component.join(released(text, separators) for text in values[:last])
