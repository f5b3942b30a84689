# SPDX-License-Identifier: Apache-2.0
"""Files of examinations: known by their content, checked, drawn anew for browsers, and kept encrypted beside their record.

The record seals the SHA-256 of the bytes as they were taken. These are kept as they are; a browser is shown only a picture
that was drawn anew from them, so that nothing that hides in a file runs at an officer's desk.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from cocket.control.entry import MOST_PIXELS, kind_of_file
from cocket.errors import CocketError, LostError, SenderError, SettingsError, StoreError
from cocket.exchange.virus_scan import scan
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.control.results import unreadable
from cocket.pipeline.control.views import FileView, NewFile
from cocket.settings import Settings
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.control.blobs import PARTS
from cocket.stores.ledger.leaves import StoredLeaf

#: Kind of the records that seal evidence.
EVIDENCE: Final = "evidence"

#: Longer edge of a picture that is shown (pixels).
_EDGE: Final = 2048

#: Transfer syntax under which a small file may become any size. Source: DICOM PS3.5, A.5.
_DEFLATED: Final = b"1.2.840.10008.1.2.1.99"

#: What decoders of files raise on files that are broken on purpose.
_BROKEN: Final = (
    OSError, ValueError, SyntaxError, LookupError, TypeError, ArithmeticError, AttributeError, EOFError, MemoryError,
    RuntimeError, struct.error, Warning,
)  # fmt: skip


class FileFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is sealed of a file beside its name and SHA-256; its bytes lie encrypted in the blob store.

    Attributes:
        own_id: Id that the device gave it.
        order: Control order it was taken for.
        kind: `photo`, `paper` or `x-ray`.
        type: Media type, by its content.
        size: Its size (bytes).
        taken: When, by the clock of the device; None if not said.
        verdict: What was said of a scanner's image; None if nothing.
        shown: Media type of the picture that is shown; None if there is none.
        facts: What the file says of itself, by name.
    """

    own_id: str
    order: str
    kind: str
    type: str
    size: int
    taken: datetime | None = None
    verdict: str | None = None
    shown: str | None = None
    facts: dict[str, str] = {}


class KeptEvidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The sealed record of a piece of evidence: a photograph, a scanner image, a paper.

    Attributes:
        name: Name of the file.
        sha256: SHA-256 of its bytes as they were taken, 64 hexadecimal digits.
        content: The bytes; empty where they lie in the blob store.
        file: What else is known of one that lies there; None for one whose bytes are here.
    """

    name: str
    sha256: str
    content: bytes = b""
    file: FileFacts | None = None


class CheckedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that may be kept: its media type, the picture to show with its own, and what it says of itself."""

    new: NewFile
    type: str
    shown: bytes | None
    shown_type: str | None
    facts: dict[str, str]


def check_file(new: NewFile, settings: Settings) -> CheckedFile:
    """See that a file is what it says, and draw the picture that is shown of it.

    Raises:
        SenderError: It is too large, was changed after it was taken, is of no kind that is taken, or bears a virus.
        PartnerError: The virus scanner could not be asked.
    """
    if len(new.content) > settings.max_file_bytes:
        raise unreadable("file-size", "the file is larger than {found} bytes", str(settings.max_file_bytes))
    if sha256(new.content).hexdigest() != new.sha256.lower():
        raise unreadable("evidence-digest", "the SHA-256 of {found} differs from the one given", new.name)
    kind, draw = _kind(new.content)
    check_virus(new.content, settings)
    shown, shown_type, facts = draw(new.content) if draw else (None, None, {})
    return CheckedFile(new=new, type=kind, shown=shown, shown_type=shown_type, facts=facts)


def check_virus(content: bytes, settings: Settings) -> None:
    """Ask the virus scanner about a file, where there is one.

    Raises:
        SenderError: It bears a virus.
        PartnerError: The scanner could not be asked.
    """
    if settings.virus_check and (found := scan(settings.virus_check, content)) is not None:
        raise unreadable("file-virus", "the virus scanner refused the file: {found}", found)


def _kind(content: bytes) -> tuple[str, Callable[[bytes], Any] | None]:
    """Media type by the first bytes, and what draws a picture of it."""
    kind = kind_of_file(content)
    if kind is None:
        message = "only JPEG, PNG, WebP, TIFF, DICOM and PDF are taken; export the image of a UFF, or of a scanner's own format"
        raise unreadable("file-type", message, None)
    return kind, {"application/dicom": _scan_image, "application/pdf": None}.get(kind, _picture)


def _picture(content: bytes) -> tuple[bytes, str, dict[str, str]]:
    """A picture drawn anew, upright, without what else its file held."""
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "TIFF")) as opened:
                width, height = opened.size
                if width * height > MOST_PIXELS:
                    raise unreadable("file-pixels", "the picture has too many pixels: {found}", f"{width} × {height}")
                upright = ImageOps.exif_transpose(opened)
                return (*_drawn(upright), {"pixels": f"{width} × {height}"})
    except (*_BROKEN, Image.DecompressionBombError) as error:
        raise _not_a_picture() from error


def _drawn(image: Any) -> tuple[bytes, str]:
    """A picture small enough to show: grey ones of a scanner without loss, others as JPEG."""
    written = io.BytesIO()
    if image.mode.startswith(("I", "F")):
        low, high = image.getextrema()
        scale = 255.0 / (high - low) if high > low else 0.0
        image = image.convert("F").point(lambda value: value * scale - low * scale).convert("L")
        image.thumbnail((_EDGE, _EDGE))
        image.save(written, "PNG")
        return written.getvalue(), "image/png"
    image = image.convert("L" if image.mode in ("1", "L") else "RGB")
    image.thumbnail((_EDGE, _EDGE))
    image.save(written, "JPEG", quality=85)
    return written.getvalue(), "image/jpeg"


def _scan_image(content: bytes) -> tuple[bytes | None, str | None, dict[str, str]]:
    """The middle frame of a DICOM or DICOS image, and what its head says; no frame where it is compressed.

    Source: DICOM PS3.3, C.7.6.3 (image pixel); NEMA IIC 1 (DICOS), which is written in the same form.
    """
    import pydicom
    from PIL import Image

    if _DEFLATED in content[:2048]:
        raise unreadable("file-type", "deflated DICOM is not taken; export it uncompressed", None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            told = pydicom.dcmread(io.BytesIO(content))
            names = {
                "modality": "Modality",
                "scanner": "Manufacturer",
                "model": "ManufacturerModelName",
                "day": "StudyDate",
            }
            facts = {name: str(told.get(key))[:80] for name, key in names.items() if told.get(key)}
            frames = int(told.get("NumberOfFrames") or 1)
            size = int(told.get("Rows") or 0) * int(told.get("Columns") or 0)
            if not size:
                raise _not_a_picture()
            if told.file_meta.TransferSyntaxUID.is_compressed:
                return None, None, facts
            if size * frames > MOST_PIXELS:
                raise unreadable("file-pixels", "the picture has too many pixels: {found}", str(size * frames))
            array = told.pixel_array
    except _BROKEN as error:
        raise _not_a_picture() from error
    is_grey = int(told.get("SamplesPerPixel") or 1) == 1
    array = array[frames // 2] if frames > 1 else array
    if is_grey:
        array = array.astype("float32")
        array = -array if told.get("PhotometricInterpretation") == "MONOCHROME1" else array
    elif str(array.dtype) != "uint8":
        return None, None, facts
    return (*_drawn(Image.fromarray(array)), facts)


def _not_a_picture() -> SenderError:
    return unreadable("file-broken", "the file cannot be opened as what it says it is; take it again", None)


def evidence_record(
    stores: Stores, who: str, checked: CheckedFile, order: str, about: UUID
) -> tuple[NewRecord, KeptEvidence]:
    """The record that seals a file whose bytes lie encrypted beside it, and its body.

    Args:
        stores: The stores of this process.
        who: Who took or sent it.
        checked: The file.
        order: What it was taken for, by id: a control order, a contest, a question.
        about: Consignment or case file that the record is about.
    """
    new = checked.new
    facts = FileFacts(
        own_id=new.id,
        order=order,
        kind=new.kind,
        type=checked.type,
        size=len(new.content),
        taken=new.taken,
        verdict=new.verdict,
        shown=checked.shown_type,
        facts=checked.facts,
    )
    body = KeptEvidence(name=new.name, sha256=new.sha256.lower(), file=facts)
    return stores.sealer.record(EVIDENCE, who, body, about=about), body


@contextmanager
def kept_blob(stores: Stores, record: NewRecord, checked: CheckedFile) -> Iterator[None]:
    """Keep the bytes of a file under the key of its record while that is sealed; where it cannot be, nothing of them is left.

    Raises:
        StoreError: They cannot be kept.
    """
    key = record.leaf.key
    if key is None:
        raise SettingsError("This service does not seal records.")
    try:
        stores.blobs.put(record.leaf.record, "original", key.close("original", checked.new.content))
        if checked.shown is not None:
            stores.blobs.put(record.leaf.record, "shown", key.close("shown", checked.shown))
        yield
    except CocketError:
        with suppress(CocketError):
            stores.blobs.remove(record.leaf.record)
        raise


def blob_of(stores: Stores, connection: Connection, record: UUID, part: str) -> bytes:
    """A part of a blob, decrypted.

    Raises:
        LostError: It is not there, or its key was destroyed.
        StoreError: It was altered.
    """
    key, closed = stores.leaves.key_of(connection, record), stores.blobs.get(record, part)
    if key is None or closed is None:
        raise LostError(
            "The file is no longer where it was kept; its SHA-256 stays sealed.",
            code="blob-lost",
            hint="Ask the operator to restore it: cocket doctor names it.",
        )
    return key.open(part, closed)


def blob_fault(stores: Stores, connection: Connection, leaf: StoredLeaf, body: bytes) -> str | None:
    """What is wrong with the file of a record of evidence; None where it is as sealed, or its bytes are in the record."""
    told = msgspec.json.decode(body, type=KeptEvidence)
    if told.file is None:
        return None
    try:
        content = blob_of(stores, connection, leaf.record, "original")
    except LostError:
        return "missing"
    except StoreError as error:
        if error.code != "content-altered":
            raise
        return "altered"
    return None if sha256(content).hexdigest() == told.sha256 else "altered"


def parts_named(stores: Stores, connection: Connection) -> set[tuple[UUID, str]]:
    """Every part of a blob that a record of evidence names (0..n)."""
    found: set[tuple[UUID, str]] = set()
    for leaf, body in stores.leaves.with_records_of_kind(connection, EVIDENCE):
        told = msgspec.json.decode(body, type=KeptEvidence)
        if told.file is not None:
            found |= {(leaf.record, part) for part in (PARTS if told.file.shown else PARTS[:1])}
    return found


def file_view(leaf: StoredLeaf, told: KeptEvidence) -> FileView | None:
    """A file as it is shown; None for evidence whose bytes are in its record."""
    facts = told.file
    if facts is None:
        return None
    return FileView(
        record=str(leaf.record),
        place=leaf.place,
        name=told.name,
        sha256=told.sha256,
        kind=facts.kind,
        type=facts.type,
        size=facts.size,
        at=leaf.at,
        officer=leaf.actor,
        taken=facts.taken,
        verdict=facts.verdict,
        is_shown=facts.shown is not None,
        facts=facts.facts,
    )


def evidence_about(stores: Stores, connection: Connection, consignment: UUID) -> list[tuple[StoredLeaf, KeptEvidence]]:
    """Evidence sealed about a consignment, oldest first (0..n)."""
    records = stores.leaves.records_about(connection, consignment, (EVIDENCE,))
    return [(leaf, msgspec.json.decode(body, type=KeptEvidence)) for leaf, body in records]


def files_of(stores: Stores, connection: Connection, consignment: UUID) -> tuple[FileView, ...]:
    """Files of the examinations of a consignment, oldest first (0..n)."""
    found = (file_view(leaf, told) for leaf, told in evidence_about(stores, connection, consignment))
    return tuple(one for one in found if one)
