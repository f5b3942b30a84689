# SPDX-License-Identifier: Apache-2.0
"""What stands in many messages of Cargo-XML: parties, masses, notes, unit load devices; read and written.

A value is taken from its place where the model can give it back as it was. Where it cannot (a mass in pounds, one of
several items), it is only looked at and stays where it is; writing never puts anything on what is there.

Source: IATA Cargo-XML; UNECE Recommendation 20 for units.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from cocket.codes import UnitLoadDevice
from cocket.model import CustomsNote, Extension, Packaging, Party, Seal, TransportEquipment
from cocket.standards.leaves import Leaves

#: Kilograms of the units of mass, cubic metres of those of volume.
#: Decimals of a converted measure at most (count); a division that does not end has more.
_DECIMALS = 9
KILOGRAMS = {"KGM": Decimal(1), "LBR": Decimal("0.45359237"), "GRM": Decimal("0.001"), "TNE": Decimal(1000)}
CUBIC_METRES = {
    "MTQ": Decimal(1),
    "CMQ": Decimal("0.000001"),
    "DMQ": Decimal("0.001"),
    "FTQ": Decimal("0.028316846592"),
    "INQ": Decimal("0.000016387064"),
}

_ADDRESSES = ("PostalStructuredAddress[1]", "FreightForwarderAddress[1]")


def laid(extensions: Iterable[Extension]) -> Leaves:
    """What a reader had left, where it stood; the beginning of a message to write.

    Source: the notation of `cocket.standards.leaves`.
    """
    leaves = Leaves()
    leaves.lay_back(extensions)
    return Leaves(dict(leaves.items()))


def put(leaves: Leaves, path: str, value: str | int | Decimal | None) -> None:
    """Put a text where none stands yet; None puts nothing.

    Source: the notation of `cocket.standards.leaves`.
    """
    if value is not None and leaves.peek(path) is None:
        leaves.put(path, value)


def free(leaves: Leaves, name: str) -> str:
    """The place behind the elements of a name that a message to write has already.

    Source: the notation of `cocket.standards.leaves`.
    """
    return f"{name}[{1 + sum(1 for _ in leaves.each(name))}]"


def take_measure(leaves: Leaves, path: str, units: dict[str, Decimal]) -> Decimal | None:
    """Take a measure; None, and it stays where it is, if it is no number or in a unit that is not known.

    Args:
        leaves: The message.
        path: Where it stands.
        units: What one of each unit is in the model's; the first is the model's own.

    Source: UNECE Recommendation 20.
    """
    own = next(iter(units))
    unit = leaves.peek(f"{path}/@unitCode")
    factor = units.get(unit or own)
    value = None if factor is None else leaves.take_decimal(path)
    if value is None or factor is None:
        return None
    if unit == own:
        leaves.take(f"{path}/@unitCode")
    return value * factor


def put_measure(leaves: Leaves, path: str, value: Decimal | None, units: dict[str, Decimal]) -> None:
    """Put a measure in the unit that stands there if it has an exact value in it, else in the model's own.

    Source: UNECE Recommendation 20.
    """
    if value is None or leaves.peek(path) is not None:
        return
    own = next(iter(units))
    put(leaves, f"{path}/@unitCode", own)
    factor = units.get(leaves.peek(f"{path}/@unitCode") or own, Decimal(1))
    converted = value / factor
    if converted * factor != value or -int(converted.as_tuple().exponent) > _DECIMALS:
        leaves.put(f"{path}/@unitCode", own)
        converted = value
    leaves.put(path, converted)


def take_pieces(leaves: Leaves, path: str) -> tuple[Packaging, ...]:
    """Take a number of pieces, of a kind that nobody tells.

    Source: IATA Cargo-XML, TotalPieceQuantity.
    """
    count = leaves.take_whole(path)
    return () if count is None else (Packaging(quantity=count),)


def pieces_of(packaging: Iterable[Packaging]) -> int | None:
    """All pieces together (count); None if there are none or one of them is not counted."""
    counts = [each.quantity for each in packaging]
    known = [count for count in counts if count is not None]
    return sum(known) if counts and len(known) == len(counts) else None


def take_all(leaves: Leaves, name: str, inner: str) -> tuple[str, ...]:
    """Take a text of each element of a name, if each has it; else they all stay, for their places would shift.

    Source: the notation of `cocket.standards.leaves`.
    """
    paths = [f"{each}/{inner}[1]" for each in leaves.each(name)]
    return tuple(leaves.take(path) or "" for path in paths) if all(map(leaves.peek, paths)) else ()


def put_all(leaves: Leaves, name: str, inner: str, values: Iterable[str]) -> None:
    """Put a text into each element of a name.

    Source: the notation of `cocket.standards.leaves`.
    """
    for place, value in enumerate(values, 1):
        put(leaves, f"{name}[{place}]/{inner}[1]", value)


# Parties ---------------------------------------------------------------------------------------------------------------


def take_party(leaves: Leaves, path: str) -> Party | None:
    """Take a party; None if nothing of it is known.

    Source: IATA Cargo-XML, ConsignorParty and its kin.
    """
    address = next((name for name in _ADDRESSES if leaves.has(f"{path}/{name[:-3]}")), _ADDRESSES[0])
    around = f"{path}/{address}"
    lines = leaves.take(f"{around}/StreetName[1]")
    party = Party(
        name=leaves.take(f"{path}/Name[1]"),
        address=() if lines is None else tuple(lines.split("\n")),
        city=leaves.take(f"{around}/CityName[1]"),
        postcode=leaves.take(f"{around}/PostcodeCode[1]"),
        country_code=leaves.take(f"{around}/CountryID[1]"),
        contact=leaves.take(f"{path}/DefinedTradeContact[1]/PersonName[1]"),
        function_code=leaves.peek(f"{path}/RoleCode[1]"),  # it stays, and marks the place
    )
    return None if party == Party() else party


def put_party(leaves: Leaves, path: str, party: Party | None, address: str = _ADDRESSES[0]) -> None:
    """Put a party; its number stands among the notes.

    Args:
        leaves: The message to write.
        path: Where.
        party: What; None puts nothing.
        address: Name of the element with its address.

    Source: IATA Cargo-XML, ConsignorParty and its kin.
    """
    if party is None:
        return
    address = next((name for name in _ADDRESSES if leaves.has(f"{path}/{name[:-3]}")), address)
    around = f"{path}/{address}"
    put(leaves, f"{path}/Name[1]", party.name)
    put(leaves, f"{around}/StreetName[1]", "\n".join(party.address) or None)
    put(leaves, f"{around}/CityName[1]", party.city)
    put(leaves, f"{around}/PostcodeCode[1]", party.postcode)
    put(leaves, f"{around}/CountryID[1]", party.country_code)
    put(leaves, f"{path}/DefinedTradeContact[1]/PersonName[1]", party.contact)
    put(leaves, f"{path}/RoleCode[1]", party.function_code)


# Notes -----------------------------------------------------------------------------------------------------------------


def take_notes(leaves: Leaves, around: str) -> tuple[CustomsNote, ...]:
    """Take the lines of customs and security information, one for each element.

    Args:
        leaves: The message.
        around: Path of the element they stand in, with its stroke.

    Source: IATA Cargo-XML, IncludedCustomsNote; the OCI line of Cargo-IMP.
    """
    return tuple(
        CustomsNote(
            country_code=leaves.take(f"{each}/CountryID[1]"),
            subject_code=leaves.take(f"{each}/SubjectCode[1]"),
            content_code=leaves.take(f"{each}/ContentCode[1]"),
            text=leaves.take(f"{each}/Content[1]"),
        )
        for each in leaves.each(f"{around}IncludedCustomsNote")
    )


def put_notes(leaves: Leaves, around: str, notes: Iterable[CustomsNote]) -> None:
    """Put lines of customs and security information.

    Source: IATA Cargo-XML, IncludedCustomsNote.
    """
    for place, note in enumerate(notes, 1):
        path = f"{around}IncludedCustomsNote[{place}]"
        put(leaves, f"{path}/ContentCode[1]", note.content_code)
        put(leaves, f"{path}/Content[1]", note.text)
        put(leaves, f"{path}/SubjectCode[1]", note.subject_code)
        put(leaves, f"{path}/CountryID[1]", note.country_code)


# Unit load devices -----------------------------------------------------------------------------------------------------


def device_at(leaves: Leaves, path: str) -> TransportEquipment | None:
    """Look at a unit load device; None if it has no number.

    Returns:
        The device, its number put together of kind, serial and owner.

    Source: IATA Cargo-XML, AssociatedUnitLoadTransportEquipment; IATA ULD Regulations, chapter 4.
    """
    serial = leaves.peek(f"{path}/ID[1]")
    if serial is None:
        return None
    kind = leaves.peek(f"{path}/CharacteristicCode[1]")
    owner = leaves.peek(f"{path}/OperatingParty[1]/PrimaryID[1]")
    whole = UnitLoadDevice.parse(f"{kind or ''}{serial}{owner or ''}")
    seals = leaves.each(f"{path}/AffixedLogisticsSeal")
    numbers = [number for each in seals if (number := leaves.peek(f"{each}/ID[1]"))]
    return TransportEquipment(
        id=whole.canonical if whole and UnitLoadDevice.parse(serial) is None else serial,
        type_code=kind,
        seals=tuple(Seal(id=number) for number in numbers),
        tare_mass_kg=measure_at(leaves, f"{path}/TareWeightMeasure[1]", KILOGRAMS),
        gross_mass_kg=measure_at(leaves, f"{path}/GrossWeightMeasure[1]", KILOGRAMS),
    )


def put_device(leaves: Leaves, path: str, device: TransportEquipment) -> None:
    """Put a unit load device, its number taken apart if it is one of the air.

    Source: IATA ULD Regulations, chapter 4.
    """
    if leaves.peek(f"{path}/ID[1]") is not None:
        return
    parts = UnitLoadDevice.parse(device.id)
    put(leaves, f"{path}/ID[1]", parts.serial if parts else device.id)
    put(leaves, f"{path}/CharacteristicCode[1]", parts.kind if parts else device.type_code)
    put(leaves, f"{path}/OperatingParty[1]/PrimaryID[1]", parts.owner if parts else None)
    put_measure(leaves, f"{path}/TareWeightMeasure[1]", device.tare_mass_kg, KILOGRAMS)
    put_measure(leaves, f"{path}/GrossWeightMeasure[1]", device.gross_mass_kg, KILOGRAMS)
    put_all(leaves, f"{path}/AffixedLogisticsSeal", "ID", (seal.id for seal in device.seals))


def measure_at(leaves: Leaves, path: str, units: dict[str, Decimal]) -> Decimal | None:
    """Look at a measure; None if it is no number or in a unit that is not known.

    Source: UNECE Recommendation 20.
    """
    text = leaves.peek(path)
    factor = units.get(leaves.peek(f"{path}/@unitCode") or next(iter(units)))
    probe = None if text is None else Leaves({path: text}).take_decimal(path)
    return None if probe is None or factor is None else probe * factor
