# SPDX-License-Identifier: Apache-2.0
"""The seven forms: one table, the names of its classes those of the forms.

Source: FAL Convention, annex, standards 2.2 to 2.8 and appendix 1 (forms 1 to 7); IMO Compendium on Facilitation and
Electronic Business, data set. Facts re-stated, names ours.
"""

from __future__ import annotations

from functools import cache

from cocket.standards.json_nouns import TABLE, VALUES
from cocket.standards.json_shape import JsonShape

_HEAD = """
  id 1 text 1..35
  function ? code original amendment cancellation
  prepared 1 moment
  sender 1 text 2..35
  movement 1 code arrival departure
  ship 1 Ship
  voyage ? text 1..17
  visit ? text 1..35
  port 1 location
  at ? moment
  lastPort ? location
  nextPort ? location
  master ? text 1..140
  agent ? Party
  remarks ? text 1..512
"""
_PERSON = """
  number 1 integer 1..
  familyName 1 text 1..70
  givenNames 1 text 1..70
  nationality 1 country
  birthDate 1 date
  birthPlace 1 text 1..70
  gender ? code F M X
  documentType 1 text 1..35
  documentNumber 1 text 1..35
  documentIssuer ? country
  documentExpiry ? date
"""

_TABLE = (
    f"""
FAL1 closed
  falForm 1 code FAL1{_HEAD}  registry ? Registry
  grossTonnage ? number >0..
  netTonnage ? number >0..
  berth ? text 1..70
  previousPorts ? [0..20] location
  subsequentPorts ? [0..20] location
  cargo ? text 1..512
  crewCount 1 integer 0..
  passengerCount 1 integer 0..
  wasteRequirements ? text 1..512
  attached ? [0..9] code FAL2 FAL3 FAL4 FAL5 FAL6 FAL7 health

FAL2 closed
  falForm 1 code FAL2{_HEAD}  consignmentCount ? integer 1..

FAL3 closed
  falForm 1 code FAL3{_HEAD}  personsOnBoard ? integer 0..
  daysOfStay ? number 0..
  place ? text 1..70
  stores 1 [0..999] Store

FAL4 closed
  falForm 1 code FAL4{_HEAD}  persons 1 [0..999] Effects

FAL5 closed
  falForm 1 code FAL5{_HEAD}  persons 1 [1..9999] CrewMember

FAL6 closed
  falForm 1 code FAL6{_HEAD}  persons 1 [0..19999] Passenger

FAL7 closed
  falForm 1 code FAL7{_HEAD}  consignmentCount ? integer 1..

Ship closed
  name 1 text 1..70
  type ? text 1..35
  imoNumber ? text 7..7 /^[0-9]{{7}}$/
  callSign ? text 1..10
  flag 1 country
  ! imoNumber | callSign

Registry closed
  port ? text 1..70
  date ? date
  number ? text 1..35

Consignment closed
  document 1 text 1..35
  loadingPort ? location
  dischargePort ? location
  marks ? text 1..512
  packages ? integer 0..
  packageKind ? text 1..35
  description 1 text 1..512
  hsCodes ? [0..99] hs-code
  grossMass 1 number >0..
  volume ? number >0..
  containers ? [0..999] Container
  shipper ? Party
  consignee ? Party
  notify ? Party

Container closed
  id 1 text 1..17
  type ? text 4..4
  seals ? [0..99] text 1..35

Dangerous closed
  reference 1 text 1..35
  container ? text 1..17
  marks ? text 1..512
  packages 1 integer 1..
  packageKind 1 text 1..35
  properShippingName 1 text 1..512
  hazardClass 1 text 1..4 /^[1-9](\\.[1-6][A-S]?)?$/
  unNumber 1 text 4..4 /^[0-9]{{4}}$/
  packingGroup ? code I II III
  subsidiaryHazards ? [0..3] text 1..4 /^[1-9](\\.[1-6])?$/
  flashPoint ? number
  marinePollutant ? flag
  grossMass 1 number >0..
  netMass ? number >0..
  emergencySchedules ? text 1..17
  stowage ? text 1..35
  loadingPort ? location
  dischargePort ? location

Store closed
  name 1 text 1..140
  quantity 1 number 0..
  unit ? text 1..3
  location ? text 1..70
  officialUse ? text 1..140

Effects closed
  number 1 integer 1..
  familyName 1 text 1..70
  givenNames 1 text 1..70
  rank 1 text 1..70
  effects 1 [0..99] Effect

Effect closed
  name 1 text 1..140
  quantity 1 number 0..
  unit ? text 1..3

CrewMember closed
  rank 1 text 1..70{_PERSON}
Passenger closed
  embarked 1 location
  disembarks 1 location
  isInTransit 1 flag
  visaNumber ? text 1..35{_PERSON}"""
    + TABLE
)


@cache
def shape() -> JsonShape:
    """The table, read once.

    Source: as the module.
    """
    return JsonShape(_TABLE, VALUES)
