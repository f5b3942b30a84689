# SPDX-License-Identifier: Apache-2.0
"""The list of standards, and the way in that finds the right one."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from cocket.errors import SenderError, UnreadableError
from cocket.findings import Finding
from cocket.model import Document, Reading
from cocket.standards import bounds
from cocket.standards.asycuda import C71, LICENCE, MANIFEST, RELEASE, SAD
from cocket.standards.asycuda.profiles import PREFIX, known
from cocket.standards.cargo_imp import CARGO_IMP, looks_like_cargo_imp
from cocket.standards.cargo_xml import CARGO_XML
from cocket.standards.certificates import CERTIFICATE, looks_like_one
from cocket.standards.dcsa import DCSA
from cocket.standards.edifact import EDIFACT, looks_like_edifact
from cocket.standards.efti import EFTI
from cocket.standards.ens import ENS, ENS_RESPONSE, ICS2
from cocket.standards.epcis import EPCIS, EPCIS_XML
from cocket.standards.imo_fal import FAL
from cocket.standards.inventory_linking import INVENTORY_LINKING
from cocket.standards.invoice import CII, UBL_INVOICE, UBL_PACKING
from cocket.standards.json import looks_like_json, parse_json
from cocket.standards.kind import Options, Source, Standard, options_of
from cocket.standards.low_value import LOW_VALUE, looks_like_rows, value_of_rows
from cocket.standards.ncts import NCTS
from cocket.standards.one_record import ONE_RECORD
from cocket.standards.postal import POSTAL
from cocket.standards.repair import parse_leniently
from cocket.standards.types import require_document
from cocket.standards.uncefact import UNCEFACT
from cocket.standards.wco_b2sw import WCO_B2SW
from cocket.standards.wco_dm import WCO_DM, read_at_once
from cocket.standards.wco_dm.response import WCO_RES
from cocket.standards.written import keeps_form, require_same
from cocket.standards.xml import LIMITS, Limits, parse_xml

STANDARDS: tuple[Standard, ...] = (
    SAD,
    MANIFEST,
    C71,
    LICENCE,
    RELEASE,
    WCO_RES,
    WCO_DM,
    WCO_B2SW,
    INVENTORY_LINKING,
    ENS,
    ENS_RESPONSE,
    ICS2,
    NCTS,
    EFTI,
    *EDIFACT,
    *CARGO_XML,
    *CARGO_IMP,
    ONE_RECORD,
    EPCIS,
    EPCIS_XML,
    DCSA,
    *POSTAL,
    *LOW_VALUE,
    *FAL,
    UNCEFACT,
    UBL_INVOICE,
    CII,
    UBL_PACKING,
    CERTIFICATE,
)


def source_of(data: bytes, *, lenient: bool = False, limits: Limits | None = None) -> Source:
    """Bytes as something that a standard can be found for: XML and JSON are parsed, EDIFACT, Cargo-IMP and tokens not yet.

    Args:
        data: The bytes as received.
        lenient: Whether known slips of XML are repaired first.
        limits: What the message may measure at most; None for the usual limits of its syntax.

    Raises:
        UnreadableError: They are none of these.

    Source: XML 1.0; RFC 8259; ISO 9735-1 §7.
    """
    if looks_like_edifact(data) or looks_like_cargo_imp(data):
        return Source(data, None)
    if looks_like_json(data):
        return Source(data, None, value=parse_json(data, *(() if limits is None else (limits.size, limits.elements))))
    if looks_like_one(data):
        return Source(data, None)
    if looks_like_rows(data):
        return Source(data, None, value=value_of_rows(data))
    most = LIMITS if limits is None else limits
    return Source(data, *parse_leniently(data, most)) if lenient else Source(data, parse_xml(data, most))


def recognise(data: bytes, *, lenient: bool = False, limits: Limits | None = None) -> tuple[Standard, Source]:
    """Find the standard of a message by its looks.

    Args:
        data: The bytes as received: XML, EDIFACT or JSON of any standard, or a certificate as a token.
        lenient: Whether known slips are repaired first, which the source then says.
        limits: What the message may measure at most; None for the usual limits of its syntax.

    Returns:
        The standard and the source, parsed once.

    Raises:
        UnreadableError: The bytes are not readable as any standard; `findings` (1..n) say why.
        SenderError: It is text, not bytes.

    Source: each standard's own root element or header.
    """
    if not isinstance(data, bytes):
        raise SenderError(
            "A message must be given as bytes.",
            code="not-bytes",
            expected="bytes",
            found=type(data).__name__,
            hint='Read files with `Path.read_bytes` or open(…, "rb"), and give text as `text.encode()`.',
        )
    try:
        return _recognised(source_of(data, lenient=lenient, limits=limits))
    except UnreadableError as error:
        raise bounds.tellable_error(error)  # noqa: B904 - the same error


def _recognised(source: Source) -> tuple[Standard, Source]:
    for standard in STANDARDS:
        if standard.recognises(source):
            return standard, source
    if source.root is None and looks_like_edifact(source.data):
        EDIFACT[0].read(source, Options())  # raises, saying why it is none of them
    if source.value is not None:
        raise _unknown("not a message of any known standard: a JSON message with {found}", _members(source.value))
    if source.root is None:
        raise _unknown("not a message of any known standard: {found}, but no certificate", "a token")
    namespace, name = source.root_name
    found = f"{{{namespace}}}{name}" if namespace else str(name)
    raise _unknown("not a message of any known standard: the root element is {found}", found)


def _unknown(message: str, found: str) -> UnreadableError:
    finding = Finding(code="standard-unknown", severity="error", message=message, found=found[:200])
    return UnreadableError("Not a message of any known standard.", code="standard-unknown", findings=(finding,))


def _members(value: Any) -> str:
    """What a JSON value has, for a person to know it by."""
    return ", ".join(list(value)[:8]) or "no members" if isinstance(value, dict) else "a list"


def read(data: bytes, options: Options | None = None) -> Reading:
    """Read and check one message of any standard; whatever is wrong with it is a finding.

    Args:
        data: The bytes as received.
        options: How to read; None for the defaults.

    Returns:
        The reading. Bytes that cannot be read as any standard give `standard=None`, `outcome="refused"`.

    Raises:
        SenderError: It is text: which bytes it was is not known any more, and a message says in which encoding it is; or
            `options` are none (`options-type`).

    Source: the standard recognised.
    """
    options = options_of(options, Options)
    at_once = read_at_once(data, options) if isinstance(data, bytes) else None
    if at_once is not None:
        return bounds.within_bounds(at_once)
    try:
        standard, source = recognise(data, lenient=options.lenient, limits=options.limits)
        return read_as(standard, source, options)
    except UnreadableError as error:
        return Reading(outcome="refused", findings=error.findings)


def read_as(standard: Standard, source: Source, options: Options) -> Reading:
    """Read and check one message of a standard that has been recognised, and hold it to the bounds of the house.

    Args:
        standard: The standard.
        source: The message.
        options: How to read.

    Returns:
        The reading, what was repaired before first among its findings. A profile that there is not, or that is none of
        this standard's, gives `outcome="refused"` and no document: nothing is judged by another profile than asked for.

    Raises:
        UnreadableError: The standard cannot read it after all.

    Source: the standard's own.
    """
    if (fault := profile_fault(standard, options)) is not None:
        return Reading(standard=standard.name, profile=options.profile, outcome="refused", findings=(fault,))
    try:
        reading = standard.read(source, options)
    except UnreadableError as error:
        raise bounds.tellable_error(error)  # noqa: B904 - the same error
    except (ArithmeticError, ValueError, RecursionError) as error:
        reading = bounds.unusable(standard.name, error)
    if source.repairs:
        reading = structs.replace(reading, findings=(*source.repairs, *reading.findings))
    limits = options.limits or LIMITS
    return bounds.within_bounds(reading, max(bounds.KEPT, limits.text, limits.binary))


def profile_names() -> tuple[str, ...]:
    """Names of all profiles, the habits of ASYCUDA countries that this process has adopted among them (1..n).

    Source: each standard's own.
    """
    names = [name for standard in STANDARDS for name in standard.profiles]
    return tuple(dict.fromkeys([*names, *(PREFIX + profile.name for profile in known())]))


def profile_fault(standard: Standard, options: Options) -> Finding | None:
    """What is wrong with the profile asked for: there is none of that name, or it is for messages of another standard.

    Args:
        standard: The standard of the message.
        options: How it is to be read.

    Returns:
        The finding; None if the message can be judged by that profile. A package that comes with the options is its
        own profile, for the WCO declaration or, as a directory, for EDIFACT.

    Source: ours.
    """
    asked, names = options.profile, standard.profiles
    if options.package is not None:
        is_for = standard is WCO_DM or standard in EDIFACT
    elif asked is None or asked in names:
        is_for = True
    elif asked not in (there := profile_names()):
        return Finding(
            code="profile-unknown",
            severity="error",
            message="there is no profile {found}; there are {expected}",
            expected=", ".join(there),
            found=asked or "of no name",
        )
    else:
        is_for = asked.startswith(PREFIX) and standard.name.startswith("asycuda-")
    if is_for:
        return None
    return Finding(
        code="profile-of-another-standard",
        severity="error",
        message="profile {expected} is not for this message, which is a {found}",
        expected=asked or "of the package",
        found=standard.title,
    )


def write(document: Document, standard_name: str, *, is_compared: bool | None = None) -> bytes:
    """Write a document in a standard, and read the message again: it says what the document says.

    Args:
        document: What to write.
        standard_name: Name of a standard in `STANDARDS`.
        is_compared: Whether it is read again and compared; None for documents with `extensions` alone, which keep an original
            form. Of one without, true names each field that the message would not say at all. Not to be wanted where fields are
            left empty on purpose and `extensions` say what they would, as in a document that is made of them.

    Returns:
        The message.

    Raises:
        SenderError: No such standard, or it cannot carry this document; `findings` (code `not-written`) name each field
            that the message would say otherwise or, of a document without `extensions`, not at all.

    Source: the standard named.
    """
    standard = writable(standard_name)
    message = draft(document, standard)
    if keeps_form(document) if is_compared is None else is_compared:
        require_same(document, _again(standard, message), standard.name)
    return message


def draft(document: Document, standard: Standard) -> bytes:
    """Write a document as far as a standard goes; what the message says of it is not looked at.

    Args:
        document: What to write.
        standard: One that can be written.

    Raises:
        SenderError: It is none (`not-a-document`) or holds a field of another type (`field-type`); the standard cannot carry this
            kind of document, or a text of it (`text-unwritable`).

    Source: the standard's own.
    """
    if standard.write is None:
        raise _unwritable(standard.name)
    require_document(document)
    try:
        return standard.write(document)
    except (UnicodeError, ValueError) as error:  # lxml's and Python's words for characters that no message can hold
        raise SenderError(
            "A text of the document has characters that no message can hold.",
            code="text-unwritable",
            found=str(error)[:200],
        ) from error


def writable(name: str) -> Standard:
    """The standard of a name, which can be written.

    Raises:
        SenderError: There is none.

    Source: ours.
    """
    standard = next((each for each in STANDARDS if each.name == name and each.write), None)
    if standard is None:
        raise _unwritable(name)
    return standard


def _unwritable(name: str) -> SenderError:
    known = ", ".join(each.name for each in STANDARDS if each.write)
    return SenderError(f"No standard named {name} can be written.", expected=known, found=name)


def _again(standard: Standard, message: bytes) -> Document | None:
    """What a standard's own reader makes of a message that was just written, however large it is."""
    try:
        return standard.read(source_of(message, limits=_OURS), Options(limit=1)).document
    except UnreadableError:
        return None


#: What a message of ours may measure: as much as its document does.
_OURS = Limits(**dict.fromkeys(Limits.__struct_fields__, 1 << 40))
