# SPDX-License-Identifier: Apache-2.0
"""JSON forms of our own for what has no public wire form: read and judged by a table, written, and read part by part.

A form is known by one member. Most have one list whose entries are its parts: the bills of a manifest, or declarations
that only share a message. The same code judges a message at once and in parts, so both say the same in one order:
entry by entry, then the message around them.

Source: RFC 8259; what a form holds rests on the sources of its standard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, Protocol

import msgspec
from msgspec import structs

from cocket.errors import SenderError, UnreadableError
from cocket.findings import Finding, Gathered, Severity
from cocket.model import BillOfLading, Declaration, Document, Manifest, Movement, Reading
from cocket.model.message import Function
from cocket.standards.json import write_json
from cocket.standards.json_left import lay_back, left
from cocket.standards.json_parts import JsonParts
from cocket.standards.json_shape import Fault as Misshapen
from cocket.standards.json_shape import JsonShape
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.parts import Part
from cocket.standards.written import differences

#: What every form may be told; the code is that of its standard and these words.
SENTENCES = {
    "type": "the value is not of the type {expected}",
    "missing": "{expected} is missing",
    "unexpected": "the form has no member {found} here; it is preserved",
    "length": "the text is not of a length within {expected}",
    "pattern": "the text does not follow {expected}",
    "code": "the value is not one of {expected}",
    "range": "the number is not within {expected}",
    "count": "there are {found} where {expected} are allowed",
    "miscounted": "{expected} are declared where {found} were found",
    "repeated": "{found} appears twice in the message",
    "country": "{found} is not a country code of ISO 3166-1 (two letters)",
    "currency": "{found} is not an ISO 4217 currency code",
    "hs-code": "{found} is not a Harmonized System code of 6, 8 or 10 digits",
    "location": "{found} is not a UN/LOCODE",
    "moment": "{found} is not a date and time with offset",
}
_WARNINGS = frozenset({"unexpected"})
_NONE = object()

#: A judgement before it is a finding: what is wrong, where in the part, what was expected, what was found.
Fault = tuple[str, str, str | None, str | None]


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """One form.

    Attributes:
        name: Name of its standard.
        title: Name for people.
        prefix: How the codes of its findings begin.
        member: Member by which it is known.
        messages: Values of it (1..n); each is the version told.
        shape: Gives its table.
        root: Class of the message without its entries.
        entries: Name of the list of entries; None if it has none.
        entry: Class of an entry.
        is_apart: Whether each entry is a document of its own, with the message around it; else they are its bills.
        draw: Message without entries, or if they are apart with one → document.
        make: Back.
        draw_entry: Entry → bill; None if there are none or they are apart.
        make_entry: Back.
        check: Message without entries, count of these → faults.
        check_entry: Entry → faults.
        key: Member of an entry that no two may share; None if there is none.
        count: Member of the message that counts the entries; None if there is none. A document that is apart lacks it.
        sentences: What its own faults are told as, by their word.
        warnings: Words of those that do not refuse a message.
    """

    name: str
    title: str
    prefix: str
    member: str
    messages: tuple[str, ...]
    shape: Callable[[], JsonShape]
    root: str
    entries: str | None = None
    entry: str = ""
    is_apart: bool = False
    draw: Callable[[dict[str, Any]], Document]
    make: Callable[[Document], dict[str, Any]]
    draw_entry: Callable[[dict[str, Any]], BillOfLading] | None = None
    make_entry: Callable[[BillOfLading], dict[str, Any]] | None = None
    check: Callable[[dict[str, Any], int], Iterable[Fault]] = lambda value, count: ()
    check_entry: Callable[[dict[str, Any]], Iterable[Fault]] = lambda value: ()
    key: str | None = None
    count: str | None = None
    sentences: dict[str, str] = {}
    warnings: frozenset[str] = frozenset()


def standard_of(form: Form, read: Callable[[Source, Options], Reading]) -> Standard:
    """The form as a standard of this room.

    Args:
        form: The form.
        read: Its reader: `read_form` with this form.

    Source: that of the form.
    """
    return Standard(
        name=form.name,
        title=form.title,
        recognises=lambda source: _message_of(form, source.value) is not None,
        read=read,
        write=lambda document: write_form(form, document),
        profiles=(form.name,),
        stream=None if form.entries is None else lambda chunks, options: _streamed(form, chunks, options),
    )


def _message_of(form: Form, value: Any) -> str | None:
    found = value.get(form.member) if isinstance(value, dict) else None
    return found if isinstance(found, str) and found in form.messages else None


# Reading ---------------------------------------------------------------------------------------------------------------


class _Judge:
    """Draws the parts of a message and gathers what is wrong with them."""

    def __init__(self, form: Form, options: Options) -> None:
        self._form = form
        self._told = Gathered(options.limit)
        self._seen: set[str] = set()
        self.count = 0

    def part(self, value: Any, around: dict[str, Any]) -> Part:
        """One entry, with the message around it."""
        form, place = self._form, f"/{self._form.entries}/{self.count}"
        self.count += 1
        found = [self._finding(each, place) for each in self._faults_of_entry(value)]
        self._told.extend(found)
        document = self._apart(value, around) if form.is_apart else _bill(form, value)
        return Part(position=self.count, document=document, findings=tuple(found))

    def _apart(self, value: Any, around: dict[str, Any]) -> Document:
        members = {name: each for name, each in around.items() if name != self._form.count}
        return _apart(self._form, {**members, self._form.entries or "": [value]})

    def whole(self, head: dict[str, Any]) -> Gathered:
        """The message without its entries, once these have been judged."""
        form = self._form
        faults = [_fault(each) for each in form.shape().faults(head, form.root)]
        is_sound = all(word in _WARNINGS for word, *_ in faults)
        if form.entries is not None and not self.count:
            fault = "type" if form.entries in head and not isinstance(head[form.entries], list) else "missing"
            faults = [each for each in faults if each[1] != f"/{form.entries}"]
            faults.append((fault, f"/{form.entries}", form.entries if fault == "missing" else "a list", None))
        if is_sound:
            faults += self._miscounted(head)
            faults += form.check(head, self.count)
        self._told.extend(self._finding(each, "") for each in faults)
        return self._told

    def _miscounted(self, head: dict[str, Any]) -> Iterator[Fault]:
        declared = head.get(self._form.count or "")
        if declared is not None and declared != self.count:
            yield "miscounted", f"/{self._form.count}", str(declared), str(self.count)

    def _faults_of_entry(self, value: Any) -> Iterator[Fault]:
        form, is_sound = self._form, True
        for each in form.shape().faults(value, form.entry):
            is_sound = is_sound and each.kind in _WARNINGS
            yield _fault(each)
        if form.key is not None and isinstance(value, dict) and isinstance(name := value.get(form.key), str):
            if name in self._seen:
                yield "repeated", f"/{form.key}", None, name
            self._seen.add(name)
        if is_sound:
            yield from form.check_entry(value)

    def _finding(self, fault: Fault, place: str) -> Finding:
        word, pointer, expected, found = fault
        severity: Severity = "warning" if word in _WARNINGS or word in self._form.warnings else "error"
        return Finding(
            code=f"{self._form.prefix}-{word}",
            severity=severity,
            message=self._form.sentences.get(word) or SENTENCES[word],
            location=f"{place}{pointer}" or None,
            expected=expected and expected[:200],
            found=found and found[:200],
        )


def _fault(found: Misshapen) -> Fault:
    return found.kind, found.pointer, found.expected, found.found


def _bill(form: Form, value: Any) -> BillOfLading:
    if form.draw_entry is None or form.make_entry is None:
        raise SenderError(f"{form.title} has no bills.")
    drawn = form.draw_entry(value if isinstance(value, dict) else {})
    return structs.replace(drawn, extensions=left(value, form.make_entry(drawn)))


def _apart(form: Form, value: dict[str, Any]) -> Document:
    drawn = form.draw(value)
    return structs.replace(drawn, extensions=left(value, form.make(drawn)))


def read_form(form: Form, source: Source, options: Options) -> Reading:
    """Read and check a message.

    Args:
        form: Its form.
        source: The message.
        options: How to read; there is one profile.

    Returns:
        The reading. A refused message is read too, as far as it goes.

    Raises:
        UnreadableError: It is not of this form.

    Source: that of the form.
    """
    message, value = _message_of(form, source.value), source.value
    if message is None:
        raise UnreadableError(f"Not a message of {form.title}.", code="standard-unknown")
    judge = _Judge(form, options)
    listed = value.get(form.entries) if form.entries else None
    listed = listed if isinstance(listed, list) else []
    head = {name: each for name, each in value.items() if not listed or name != form.entries}
    documents = [judge.part(each, head).document for each in listed]
    told = judge.whole(head)
    return _reading(form, head, told, documents)


def _reading(form: Form, head: dict[str, Any], told: Gathered, documents: list[BillOfLading | Document]) -> Reading:
    apart = [each for each in documents if not isinstance(each, BillOfLading)] or [_apart(form, head)]
    first = apart[0]
    bills = tuple(each for each in documents if isinstance(each, BillOfLading))
    if bills and isinstance(first, Manifest):
        first = structs.replace(first, bills=bills)
    outcome: Literal["accepted", "refused"] = "refused" if told.has_error else "accepted"
    whole = Reading(
        standard=form.name,
        version=_message_of(form, head),
        profile=form.name,
        outcome=outcome,
        document=first,
        findings=told.result(),
        function=_function(head),
        reference=_reference(head) or getattr(first, "functional_reference", None),
    )
    further = tuple(
        structs.replace(whole, document=each, findings=(), reference=getattr(each, "functional_reference", None))
        for each in apart[1:]
    )
    return structs.replace(whole, further=further)


def _function(head: dict[str, Any]) -> Function:
    found = head.get("function")
    return found if found in ("amendment", "cancellation") else "original"


def _reference(head: dict[str, Any]) -> str | None:
    found = head.get("id")
    return (found.strip() or None) if isinstance(found, str) else None


# Writing ---------------------------------------------------------------------------------------------------------------


def write_form(form: Form, document: Document) -> bytes:
    """Write a document in a form, with whatever was beside it when it was read.

    Args:
        form: The form.
        document: What to write; what the form has no room for is left behind.

    Returns:
        The message as UTF-8.

    Raises:
        SenderError: The form is not for documents of this kind, or it was changed where it has something beside it.

    Source: that of the form.
    """
    if not isinstance(document, (Declaration, Manifest, Movement)):
        raise SenderError(f"{form.title} has no message for this.", found=type(document).__name__)
    value = lay_back(form.make(document), document.extensions)
    bills = document.bills if isinstance(document, Manifest) else ()
    if document.extensions:
        _require_drawn(document, _apart(form, value) if isinstance(value, dict) else None)
    if bills and form.entries:
        value[form.entries] = [_entry(form, bill, place) for place, bill in enumerate(bills, 1)]
    return write_json(value)


def _require_drawn(document: Declaration | Manifest | Movement, again: Document | None) -> None:
    bare = structs.replace(document, bills=()) if isinstance(document, Manifest) else document
    if again != bare:
        raise _changed(differences(bare, again))


def _entry(form: Form, bill: BillOfLading, place: int) -> Any:
    if form.make_entry is None:
        raise SenderError(f"{form.title} has no bills.")
    value = lay_back(form.make_entry(bill), bill.extensions)
    if bill.extensions and (again := _bill(form, value)) != bill:
        raise _changed(differences(bill, again, f"bills[{place}]"))
    return value


def _changed(findings: tuple[Finding, ...]) -> SenderError:
    return SenderError(
        "This document was changed after it was read, in a value that has extension data.",
        code="changed-since-read",
        hint="Write it without its extensions.",
        findings=findings,
    )


# In parts --------------------------------------------------------------------------------------------------------------


class Entries(Protocol):
    """The entries of a message as they come in, and what is told of the whole: `JsonParts`, or another syntax of it.

    Source: our own.
    """

    @property
    def rest(self) -> dict[str, Any]:
        """Members of the message met so far."""

    def __iter__(self) -> Iterator[Any]:
        """The entries, once."""


def _streamed(form: Form, chunks: Iterable[bytes], options: Options) -> StreamedForm:
    return StreamedForm(form, JsonParts(chunks, form.entries or ""), options)


class StreamedForm:
    """A large message on its way through.

    Args:
        form: Its form.
        entries: Its entries as they come in.
        options: How to read.

    Raises:
        UnreadableError: It is no such message; while the parts are taken, that it cannot be read on.

    Source: that of the form.
    """

    def __init__(self, form: Form, entries: Entries, options: Options) -> None:
        self._form = form
        self._parts = entries
        self._entries = iter(self._parts)
        self._first = next(self._entries, _NONE)
        self._judge = _Judge(form, options)
        self._kept: list[BillOfLading | Document] = []
        self._reading: Reading | None = None

    @property
    def head(self) -> Document:
        """The message without entries."""
        return _apart(self._form, dict(self._parts.rest))

    def __iter__(self) -> Iterator[Part]:
        """The entries in order, once."""
        entry = self._first
        while entry is not _NONE:
            part = self._judge.part(entry, self._parts.rest)
            if self._form.is_apart and not self._kept:
                self._kept.append(part.document)
            yield part
            entry = next(self._entries, _NONE)
        head = dict(self._parts.rest)
        self._reading = _reading(self._form, head, self._judge.whole(head), self._kept)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the whole."""
        return self.reading.findings

    @property
    def reading(self) -> Reading:
        """What reading it at once gives, but for the bills in its document and for further messages.

        Raises:
            SenderError: Not all parts have been taken.
        """
        if self._reading is None:
            raise SenderError("The message has not been read to its end.")
        return self._reading
