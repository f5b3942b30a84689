# SPDX-License-Identifier: Apache-2.0
"""The licence as tables: every element, and where each attribute of the model stands in it.

Source: public schema of the licence (element names and their order).
"""

from __future__ import annotations

from cocket.model import Licence, LicenceItem, Party
from cocket.standards.asycuda.codecs import DATE, NATION, NUMBER, PARTY_WITH_CONTACT, TEXT
from cocket.standards.asycuda.mapping import Codec, Entry, Record, Texts
from cocket.standards.asycuda.outline import Outline
from cocket.standards.asycuda.profiles import Profile
from cocket.standards.asycuda.values import lines_of

LICENCE_OUTLINE = Outline(
    "Licence",
    """
General_segment                -
  Importer_code                -    text
  Owner_code                   -    text
  Importer_name                -    text
  Importer_contact             -    text
  Importer_telephone           -    text
  Importer_cellphone           -    text
  Importer_email               -    text
  Exporter_name                -    text
  Exporter_address             -    text
  Exporter_country_code        -    text
  Exporter_country_name        -    text
  Exporter_telephone           -    text
  Exporter_cellphone           -    text
  Exporter_email               -    text
  Arrival_date                 -    date
  Application_date             -    date
  Expiry_date                  -    date
  Importation_date             -    date
Lic_item_segment               -    *
  Description                  -    text
  Commodity_code               -    text
  Quantity_requested           -    number
  Origin                       -    text
  Unit_of_measurement          -    text
  Quantity_to_approve          -    number
""",
)


def _read_exporter(profile: Profile, name: str | None, address: str | None, country: str | None) -> Party | None:
    name, lines, country = (name or "").strip(), lines_of(address), (country or "").strip()
    if not (name or lines or country):
        return None
    code = NATION.read(profile, country) if country else None
    return Party(name=name or None, address=tuple(lines), country_code=code)


def _write_exporter(profile: Profile, party: Party) -> Texts:
    code = NATION.write(profile, party.country_code)[0] if party.country_code else None
    return party.name, "\n".join(party.address) or None, code


_EXPORTER = Codec(_read_exporter, _write_exporter)


def _map(attribute: str, codec: Codec, *names: str) -> Entry:
    return Entry(attribute, codec, tuple(f"General_segment/{name}" for name in names))


LICENCE = Record(
    Licence,
    _map("holder", PARTY_WITH_CONTACT, "Importer_code", "Importer_name", "Importer_contact"),
    _map("holder_contact.telephone", TEXT, "Importer_telephone"),
    _map("holder_contact.mobile", TEXT, "Importer_cellphone"),
    _map("holder_contact.email", TEXT, "Importer_email"),
    _map("owner_id", TEXT, "Owner_code"),
    _map("exporter", _EXPORTER, "Exporter_name", "Exporter_address", "Exporter_country_code"),
    _map("exporter_contact.telephone", TEXT, "Exporter_telephone"),
    _map("exporter_contact.mobile", TEXT, "Exporter_cellphone"),
    _map("exporter_contact.email", TEXT, "Exporter_email"),
    _map("arrives", DATE, "Arrival_date"),
    _map("applied", DATE, "Application_date"),
    _map("expires", DATE, "Expiry_date"),
    _map("imported", DATE, "Importation_date"),
    apart=("Lic_item_segment",),
)

ITEM = Record(
    LicenceItem,
    Entry("description", TEXT, ("Description",)),
    Entry("commodity_code", TEXT, ("Commodity_code",)),
    Entry("quantity_requested", NUMBER, ("Quantity_requested",)),
    Entry("origin_country_code", NATION, ("Origin",)),
    Entry("unit_code", TEXT, ("Unit_of_measurement",)),
    Entry("quantity_approved", NUMBER, ("Quantity_to_approve",)),
)
