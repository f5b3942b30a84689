# SPDX-License-Identifier: Apache-2.0
"""The messages as the house sees them: one standard for each.

The whole message is kept, as one extension; the nouns of the model are drawn from it. Writing gives it again and
refuses a document whose nouns were changed against it; a document without it is written from its nouns. Bytes may hold
several messages, one behind another.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from cocket.errors import SenderError
from cocket.findings import Gathered
from cocket.model import Document, Manifest, Movement, Reading
from cocket.standards.air import finding, require_air
from cocket.standards.cargo_imp import reading, status, writing
from cocket.standards.cargo_imp.lines import Message, looks_like_cargo_imp, message_of, parted
from cocket.standards.cargo_imp.reading import WHOLE
from cocket.standards.cargo_imp.rules import check
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.placi import PROFILE
from cocket.standards.written import differences

_PROFILE = "cargo-imp"
_TITLES = {
    "FWB": "Cargo-IMP air waybill (FWB)",
    "FHL": "Cargo-IMP house list (FHL)",
    "FFM": "Cargo-IMP flight manifest (FFM)",
    "FSU": "Cargo-IMP status (FSU)",
}
#: Messages of the same form under another name.
_SAME = {"FSA": "FSU"}
_READERS: dict[str, Callable[[Message], Manifest | Movement]] = {
    "FWB": reading.read_waybill,
    "FHL": reading.read_houses,
    "FFM": reading.read_flight,
    "FSU": status.read_status,
}
_WRITERS = {"FWB": writing.write_waybill, "FHL": writing.write_houses, "FFM": writing.write_flight}


def _kind(message: Message) -> str:
    return _SAME.get(message.name, message.name)


def _recognises(name: str, source: Source) -> bool:
    is_text = source.root is None and source.value is None
    return is_text and looks_like_cargo_imp(source.data) and _kind(message_of(source.data)) == name


def _read(source: Source, options: Options) -> Reading:
    """The reading of the first message, with those of the others in `further`; they are accepted or refused together."""
    told, readings, before = Gathered(options.limit), list[Reading](), 0
    seen: set[tuple[str, str]] = set()
    for data in parted(source.data):
        message = message_of(data, before)
        before += data.count(b"\n")
        readings.append(_reading(message, options, told))
        reference = readings[-1].reference
        if reference is not None:
            if (message.name, reference) in seen:
                said = "the message {found} came before in the same file"
                told.add(finding(f"{_PROFILE}-repeated", "warning", said, f"{message.head}:1", found=reference))
            seen.add((message.name, reference))
    outcome = "refused" if told.has_error else "accepted"
    first, *others = (structs.replace(each, outcome=outcome) for each in readings)
    return structs.replace(first, findings=told.result(), further=tuple(others))


def _reading(message: Message, options: Options, told: Gathered) -> Reading:
    """The reading of one message, as yet without findings."""
    document = _READERS[_kind(message)](message)
    is_placi = options.profile == PROFILE
    told.extend(check(message, document, is_placi=is_placi))
    return Reading(
        standard=f"{_PROFILE}-{_kind(message).lower()}",
        version=f"{message.name}/{message.edition}",
        profile=PROFILE if is_placi else _PROFILE,
        outcome="accepted",
        document=document,
        reference=_reference(message, document),
    )


def _reference(message: Message, document: Manifest | Movement) -> str | None:
    """What identifies a message: the waybill, the master with its first house, the flight with its day; not a status."""
    if not isinstance(document, Manifest):
        return None
    if message.name == "FWB":
        return document.bills[0].id
    if message.name == "FHL":
        first = document.bills[0].id if document.bills else None
        return "/".join(part for part in (document.master_id, first) if part) or None
    return message.lines[0].text if message.lines else None


def _write(name: str, document: Document) -> bytes:
    kind = Movement if name == "FSU" else Manifest
    if not isinstance(document, (Manifest, Movement)) or not isinstance(document, kind):
        found = type(document).__name__
        raise SenderError(f"{_TITLES[name]} does not support this.", expected=kind.__name__, found=found)
    if document.extensions:
        return _as_read(name, document)
    if not isinstance(document, Manifest):
        return status.write_status(document).encode("ascii", "replace")
    require_air(document, "house" if name == "FHL" else "master")
    if name == "FWB" and len(document.bills) != 1:
        found = str(len(document.bills))
        raise SenderError("A waybill has one bill.", expected="1", found=found, hint="Choose one with --bill.")
    return _WRITERS[name](document).encode("ascii")


def _as_read(name: str, document: Manifest | Movement) -> bytes:
    whole = next((each.value or "" for each in document.extensions if each.path == WHOLE), "")
    data = whole.encode("latin-1", "replace")
    message = message_of(data)
    again = _READERS[name](message) if _kind(message) == name else None
    if again != document:
        raise SenderError(
            "This document was changed after it was read, or is another message.",
            code="cargo-imp-changed",
            hint="Write it without extensions, as a new message.",
            findings=differences(document, again),
        )
    return data


def _standard(name: str, title: str) -> Standard:
    def recognises(source: Source) -> bool:
        return _recognises(name, source)

    def write(document: Document) -> bytes:
        return _write(name, document)

    standard = f"{_PROFILE}-{name.lower()}"
    profiles = (_PROFILE,) if name == "FSU" else (_PROFILE, PROFILE)
    return Standard(name=standard, title=title, recognises=recognises, read=_read, write=write, profiles=profiles)


#: The messages, in the order in which they are told apart.
CARGO_IMP = tuple(_standard(name, title) for name, title in _TITLES.items())
