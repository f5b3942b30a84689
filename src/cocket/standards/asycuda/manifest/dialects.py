# SPDX-License-Identifier: Apache-2.0
"""A manifest in the other dialect, and what has no place there.

Each dialect names a few facts in its own way and has a few elements of its own; all else they share. What neither
knows, such as an element of one country, stands as it stood.

Source: UNCTAD manifest XML message description (generic) and the form carriers hand in in Bangladesh, as five public
writers write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.model import BillOfLading, Document, Extension, Manifest, TransportEquipment
from cocket.standards.asycuda.form import FORM_PATH, Form, split_extensions
from cocket.standards.asycuda.manifest.writer import fresh, write
from cocket.standards.asycuda.profiles import Dialect

_CONTAINER = "ctn_segment/"
_PLACE = "Load_unload_place/"

#: The same fact in either dialect: the generic tag, the other.
_TWINS = (
    (_CONTAINER + "Empty_Full", _CONTAINER + "Status"),
    (_CONTAINER + "Marks1", _CONTAINER + "Seal_number"),
    (_PLACE + "Place_of_loading_code", _PLACE + "Port_of_origin_code"),
)

#: What the other dialect has no place for, by paths from a bill or from the root.
_OWN: dict[Dialect, frozenset[str]] = {
    "generic": frozenset({_CONTAINER + "Marks2", _CONTAINER + "Marks3"}),
    "bangladesh": frozenset(
        {
            _CONTAINER + "IMCO",
            _CONTAINER + "UN",
            _CONTAINER + "Ctn_location",
            _CONTAINER + "Commodity_code",
            "Bol_id/DG_status",
            "Traders_segment/Shipping_Agent/Shipping_Agent_code",
            "Traders_segment/Shipping_Agent/Shipping_Agent_name",
            "Traders_segment/Shipping_Agent/Shipping_Agent_address",
            "General_segment/General_segment_id/Import_Rotation",
            "General_segment/Transport_information/Shipping_Agent/Shipping_Agent_code",
            "General_segment/Transport_information/Shipping_Agent/Shipping_Agent_name",
        }
    ),
}

#: Seals a container can have.
_SEALS: dict[Dialect, int] = {"generic": 3, "bangladesh": 1}

_POSITION = re.compile(r"\[\d+\]")
_SHOWN = 200


def write_as(document: Document, dialect: Dialect) -> tuple[bytes, tuple[Finding, ...]]:
    """Write a manifest in one dialect, whichever it came in.

    Args:
        document: A manifest, read or made.
        dialect: `generic` or `bangladesh`.

    Returns:
        The file, and one finding for each value that has no place in it (0..n), of code `manifest-dialect-lost`, and
        for each code of a national list that stands as it was, of code `manifest-dialect-code`.

    Raises:
        SenderError: It is not a manifest, or there is no such dialect.

    Source: the tags of both dialects as public writers use them.
    """
    if not isinstance(document, Manifest):
        raise SenderError("A manifest file carries a manifest.", code="not-writable")
    if dialect not in _SEALS:
        raise SenderError("Unknown dialect.", expected=", ".join(_SEALS), found=str(dialect))
    form, _ = split_extensions(document.extensions)
    if form is not None and form.dialect == dialect:
        return write(document), ()
    if form is None:  # extensions are of another standard
        bare = (msgspec.structs.replace(bill, extensions=()) for bill in document.bills)
        document = msgspec.structs.replace(document, bills=tuple(bare), extensions=())
    written = _in_dialect(form, dialect) if form else fresh(document, dialect)
    place = f"/{written.root}[1]/"
    lost: list[Finding] = []
    kept = _extensions(document.extensions, dialect, place, lost)
    kept = (written.as_extension(), *(each for each in kept if each.path != FORM_PATH))
    bills = [_bill(bill, dialect, f"{place}Bol_segment[{line}]/", lost) for line, bill in enumerate(document.bills, 1)]
    again = write(msgspec.structs.replace(document, bills=tuple(bills), extensions=kept))
    return again, (*lost, *_codes(document, place))


def _bill(bill: BillOfLading, dialect: Dialect, place: str, lost: list[Finding]) -> BillOfLading:
    equipment = tuple(
        _container(unit, dialect, f"{place}{_CONTAINER[:-1]}[{number}]/", lost)
        for number, unit in enumerate(bill.equipment, 1)
    )
    extensions = _extensions(bill.extensions, dialect, place, lost, bill)
    return msgspec.structs.replace(bill, equipment=equipment, extensions=extensions)


def _container(unit: TransportEquipment, dialect: Dialect, place: str, lost: list[Finding]) -> TransportEquipment:
    most = _SEALS[dialect]
    lost += [_lost(f"{place}{_SEAL_TAGS[min(n, 3)]}[1]", seal.id) for n, seal in enumerate(unit.seals) if n >= most]
    return msgspec.structs.replace(unit, seals=unit.seals[:most])


#: Where the generic dialect has the first three seals; a fourth stands where the other has its only one.
_SEAL_TAGS = ("Marks1", "Marks2", "Marks3", "Seal_number")


def _extensions(
    extensions: tuple[Extension, ...],
    dialect: Dialect,
    place: str,
    lost: list[Finding],
    bill: BillOfLading | None = None,
) -> tuple[Extension, ...]:
    """Those that have a place in the dialect; the others are lost, unless the model says the same."""
    other: Dialect = "bangladesh" if dialect == "generic" else "generic"
    here, there = ({pair[each == "bangladesh"] for pair in _TWINS} for each in (dialect, other))
    told_by_model = here | there | _OWN["generic"]
    kept = []
    for extension in extensions:
        path = _POSITION.sub("", extension.path)
        is_told = path in told_by_model and _is_told(extension, bill)
        if (path in here and is_told) or path not in here | there | _OWN[other]:
            kept.append(extension)
        elif extension.value and not is_told:
            lost.append(_lost(place + _placed(extension.path), extension.value))
    return tuple(kept)


def _is_told(extension: Extension, bill: BillOfLading | None) -> bool:
    """Whether the model says what an extension says, which only keeps how it was written."""
    value = (extension.value or "").strip()
    if bill is None or extension.path.startswith(_PLACE):
        return bill is not None and bill.loading_place == value
    number = re.match(r"ctn_segment\[(\d+)\]", extension.path)
    unit = bill.equipment[int(number[1]) - 1] if number and int(number[1]) <= len(bill.equipment) else None
    return unit is not None and value in {unit.fullness_code, *(seal.id for seal in unit.seals)}


def _in_dialect(form: Form, dialect: Dialect) -> Form:
    """A form with the tags of a dialect where it remembers those of the other as present, absent or misspelt."""
    names = {
        f"Bol_segment/{pair[dialect == 'generic']}": f"Bol_segment/{pair[dialect != 'generic']}" for pair in _TWINS
    }
    gone = {f"Bol_segment/{path}" for path in _OWN["bangladesh" if dialect == "generic" else "generic"]}
    present = tuple(sorted({names.get(path, path) for path in form.present if path not in gone}))
    return msgspec.structs.replace(form, dialect=dialect, present=present)


def _codes(document: Manifest, place: str) -> Iterator[Finding]:
    """Codes of lists that differ between the two, which nobody can translate without both lists."""
    for line, bill in enumerate(document.bills, 1):
        for number, unit in enumerate(bill.equipment, 1):
            if unit.fullness_code:
                yield Finding(
                    code="manifest-dialect-code",
                    severity="info",
                    message="{found} comes from a national list of its original dialect, and was kept as it was",
                    location=f"{place}Bol_segment[{line}]/ctn_segment[{number}]",
                    found=unit.fullness_code[:_SHOWN],
                )


def _lost(location: str, value: str) -> Finding:
    return Finding(
        code="manifest-dialect-lost",
        severity="warning",
        message="{found} is not supported by the dialect it was written in",
        location=location,
        found=value[:_SHOWN],
    )


def _placed(path: str) -> str:
    """A path with a position on every step."""
    return "/".join(step if step.endswith("]") or step.startswith("@") else f"{step}[1]" for step in path.split("/"))
