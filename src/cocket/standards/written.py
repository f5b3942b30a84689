# SPDX-License-Identifier: Apache-2.0
"""Whether a message that was written says what its document says: it is read again, and compared field by field.

Many readers leave a value where it stood and only look at it, and their writers lay the original form back. A document
that was changed in such a value would be written with the old one. Nothing here knows where which standard does so:
what was written is read by the standard's own reader, and each field that does not come back is named.

A document that keeps nothing of an original form has no old values. It is written from its fields alone, as the standard says
things: a value may come back in another form, but what does not come back at all is named too.

Source: ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, zip_longest
from typing import Any

import msgspec

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.model import Document, Reference

#: Fields that are not compared, with the reason. Every other field must come back as the document has it.
DERIVED = {
    "references": "the numbers by which a paper is found: gathered from its fields, and gathered again when it is read",
    "extensions": "what no field has: where each stands may change, and what a changed field says now is not among them",
}

#: What to do about a message that would not say what its document says.
HINT = "Change what they follow from too, or leave them: the standard cannot be written with these values alone."

#: What is named where no field is.
_WHOLE = "the document"

#: Fields named in one error (count).
_MOST = 20

#: What parts a number or a text.
_PARTS = re.compile(r"[^0-9A-Za-z]+")

#: Characters of a value that a finding quotes.
_SHORT = 200


def require_same(document: Document, again: Document | None, standard: str) -> None:
    """Refuse a message that does not say what its document says; of one written from its fields alone, what it does not say at all.

    Args:
        document: What was to be written.
        again: What its standard's reader makes of the message; None if it can make nothing of it.
        standard: Name of the standard.

    Raises:
        SenderError: They differ; `findings` (1..20) name each field with what the document says (`expected`) and what
            the message says (`found`).

    Source: ours.
    """
    differing = unwritten(document, again) if keeps_form(document) else lost(document, again)
    found = tuple(islice(differing, _MOST))
    if found:
        raise SenderError(
            "The message would not say what the document says.",
            code="not-written",
            findings=found,
            found=", ".join(each.arguments["place"] for each in found)[:_SHORT],
            expected=standard,
            hint=HINT,
        )


def differences(one: Any, again: Any, place: str = "") -> tuple[Finding, ...]:
    """The fields in which a document differs from what is drawn from its own original form, for the error that says so.

    Args:
        one: What was to be written, or a part of it.
        again: What the reader draws from what was kept; None if it can draw nothing.
        place: Name of the part in its document, such as `bills[2]`.

    Returns:
        Findings (0..20), none only if the two are equal. What is derived is named if nothing else differs.

    Source: ours.
    """
    found = tuple(islice(unwritten(one, again), _MOST))
    if not found and one != again:
        found = tuple(islice(_derived(one, again), _MOST))
    return tuple(_within(place, each) for each in found) if place else found


def unwritable(place: str, value: Any) -> Finding:
    """A field with a value that a message has no way to say.

    Args:
        place: Name of the field, such as `bills[1].id`, or where in the message what was kept has no place any more.
        value: What the document says.

    Source: ours.
    """
    return _finding(place, value, None)


def unwritten(document: Document, again: Document | None) -> Iterator[Finding]:
    """Each field that a message does not say as its document does (0..n).

    Args:
        document: What was to be written.
        again: What its standard's reader makes of the message; None if it can make nothing of it.

    Source: ours.
    """
    if again is None or type(document) is not type(again):
        yield _finding("", type(document).__name__, None if again is None else type(again).__name__)
    else:
        said = _words(document)
        for finding in _differing(document, again, ""):
            if not (finding.arguments["place"] == "id" and finding.expected is None and _is_said(finding.found, said)):
                yield finding
        yield from _unsaid(document, again, said)


def lost(document: Document, again: Document | None) -> Iterator[Finding]:
    """Each field that a message does not say at all (0..n).

    Args:
        document: What was to be written.
        again: What its standard's reader makes of the message; None if it can make nothing of it.

    Source: ours.
    """
    if again is None or type(document) is not type(again):
        yield _finding("", type(document).__name__, None if again is None else type(again).__name__)
    else:
        yield from _lost(document, again, "")


def _lost(one: Any, other: Any, place: str) -> Iterator[Finding]:
    if _is_empty(one):
        return
    if _is_empty(other):
        yield _finding(place, one, None)
    elif isinstance(one, msgspec.Struct) and type(one) is type(other):
        for name in one.__struct_fields__:
            if name not in DERIVED:
                yield from _lost(getattr(one, name), getattr(other, name), f"{place}.{name}" if place else name)
    elif isinstance(one, tuple) and isinstance(other, tuple):
        for number, (mine, its) in enumerate(zip_longest(one, other), 1):
            yield from _lost(mine, its, f"{place}[{number}]")


def keeps_form(value: Any) -> bool:
    """Whether a document keeps something of an original form beside its fields.

    Source: ours.
    """
    if isinstance(value, tuple):
        return any(map(keeps_form, value))
    if not isinstance(value, msgspec.Struct):
        return False
    return any(name == "extensions" or keeps_form(one) for name, one in _said(value))


def _said(struct: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        if value is not None and value != ():
            yield name, value


def _differing(one: Any, other: Any, place: str) -> Iterator[Finding]:
    if one is other or (_is_empty(one) and _is_empty(other)):
        return
    if isinstance(one, msgspec.Struct) and type(one) is type(other):
        for name in one.__struct_fields__:
            if name not in DERIVED:
                inner = f"{place}.{name}" if place else name
                yield from _differing(getattr(one, name), getattr(other, name), inner)
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        for number, (mine, its) in enumerate(zip(one, other, strict=True), 1):
            yield from _differing(mine, its, f"{place}[{number}]")
    elif not _is_same(one, other):
        yield _finding(place, one, other)


def _derived(one: Any, again: Any) -> Iterator[Finding]:
    """Each field of two documents that differs in any way; the whole, if they are not of one kind."""
    if not isinstance(one, msgspec.Struct) or type(one) is not type(again):
        yield _finding("", one, again)
        return
    for name in one.__struct_fields__:
        if getattr(one, name) != getattr(again, name):
            yield _finding(name, getattr(one, name), getattr(again, name))


def _within(place: str, finding: Finding) -> Finding:
    inner = finding.arguments["place"]
    whole = place if inner == _WHOLE else f"{place}.{inner}"
    return msgspec.structs.replace(finding, arguments={**finding.arguments, "place": whole})


def _unsaid(document: Document, again: Document, said: set[str]) -> Iterator[Finding]:
    """Numbers by which the message is found and that the document says nowhere: they come from its original form."""
    known = {each.value for each in _references(document)}
    for each in _references(again):
        if each.value not in known and not _is_said(each.value, said):
            yield _finding("references", None, each.value)


def _is_said(number: str | None, said: set[str]) -> bool:
    """Whether a number is made of what a document says, such as a registration of office, year and number."""
    return number is not None and (number in said or said.issuperset(_parts(number)))


def _words(document: Document) -> set[str]:
    """Every value of a document, and the parts of each."""
    texts = set(_texts(document))
    return texts.union(*map(_parts, texts))


def _parts(text: str) -> list[str]:
    return [part for part in _PARTS.split(text) if part]


def _references(document: Document) -> tuple[Reference, ...]:
    found: tuple[Reference, ...] = getattr(document, "references", ())  # a certificate has none
    return found


def _texts(value: Any) -> Iterator[str]:
    """Every value of a document as text, but for what is derived."""
    if isinstance(value, msgspec.Struct):
        for name, one in _said(value):
            if name not in DERIVED:
                yield from _texts(one)
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(one)
    else:
        yield str(value)


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values say the same; blanks around a text say nothing, and a line may end in several ways."""
    if isinstance(one, str) and isinstance(other, str):
        return _lines(one) == _lines(other)
    return bool(one == other)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _is_empty(value: Any) -> bool:
    if isinstance(value, msgspec.Struct):
        return all(_is_empty(one) for _, one in _said(value))
    if isinstance(value, str):
        return not value.strip()
    return value is None or value in ((), {})


def _finding(place: str, one: Any, other: Any) -> Finding:
    return Finding(
        code="not-written",
        severity="error",
        message="{place} is {expected} in the document and would be {found} in the message",
        expected=_shown(one),
        found=_shown(other),
        arguments={"place": place or _WHOLE},
    )


def _shown(value: Any) -> str | None:
    if isinstance(value, (tuple, msgspec.Struct)):
        try:
            text = msgspec.json.encode(value, enc_hook=str).decode()
        except (ValueError, OverflowError):  # half a surrogate pair, a number of more than 64 bits
            text = repr(value)
    else:
        text = "" if value is None else str(value)
    text = text.encode("utf-8", "backslashreplace").decode()
    return (text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…") or None
