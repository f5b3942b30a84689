# SPDX-License-Identifier: Apache-2.0
"""The forms of low-value declarations and express manifests: two tables.

Source: Commission Delegated Regulation (EU) 2015/2446 as amended by (EU) 2021/234, Annex B, column H7; UK Trade Tariff
volume 3, appendix 21H; WCO Immediate Release Guidelines (four categories); WCO SAFE Framework, pre-loading data (7+1).
Facts re-stated, names ours.
"""

from __future__ import annotations

from functools import cache

from cocket.standards.json_nouns import TABLE, VALUES
from cocket.standards.json_shape import JsonShape

_DECLARATIONS = (
    """
Message closed
  lowValueMessage 1 code H7
  id 1 text 1..35
  function ? code original amendment cancellation
  prepared 1 moment
  sender 1 text 2..35
  office 1 text 1..17
  declarationCount ? integer 1..

Declaration closed
  lrn 1 text 1..22
  mrn ? text 18..18 /^[0-9]{2}[A-Z]{2}[A-Z0-9]{14}$/
  additionalType 1 code A D
  ucr ? text 1..35
  transportDocument 1 Paper
  masterDocument ? Paper
  previousDocuments ? [0..99] Paper
  documents ? [0..99] Paper
  information ? [0..99] Remark
  exporter 1 Party
  importer 1 Party
  declarant 1 Party
  representative ? Party
  fiscalReferences ? [0..9] FiscalReference
  transport ? Transport
  location ? Location
  exportCountry ? country
  transportCosts ? Money
  grossMass 1 number >0..
  items 1 [1..999] Item

FiscalReference closed
  role 1 code FR1 FR2 FR3 FR5 FR7
  id 1 text 1..17

Location closed
  id ? text 1..35
  type ? text 1..1
  qualifier ? text 1..1
  country ? country

Item closed
  number 1 integer 1..999
  procedures 1 [1..9] text 3..3
  description 1 text 1..512
  hsCode 1 hs-code
  intrinsicValue 1 Money
  grossMass ? number >0..
  packages 1 integer 0..
  packageKind ? text 2..2
  supplementaryUnits ? number >0..
  origin ? country
  documents ? [0..99] Paper
"""
    + TABLE
)

_MANIFEST = (
    """
Message closed
  lowValueMessage 1 code EXPRESS-MANIFEST
  id 1 text 1..35
  function ? code original amendment cancellation
  prepared 1 moment
  sender 1 text 2..35
  office ? text 1..17
  carrier 1 Party
  masterDocument ? text 1..35
  transport 1 Transport
  departurePlace 1 location
  arrivalPlace 1 location
  departed ? date
  arrives ? moment
  consignmentCount ? integer 1..
  packages ? integer 0..
  grossMass ? number >0..

Consignment closed
  waybill 1 text 1..35
  ucr ? text 1..35
  category ? code 1 2 3 4
  shipper 1 Party
  consignee 1 Party
  notify ? Party
  description 1 text 1..512
  hsCodes ? [0..99] hs-code
  origin ? country
  packages 1 integer 1..
  packageKind ? text 2..2
  grossMass 1 number >0..
  volume ? number >0..
  value ? Money
  freight ? Money
  insurance ? Money
  loadingPlace ? location
  unloadingPlace ? location
  deliveryPlace ? location
  screening ? Screening
  remarks ? [0..9] text 1..512

Screening closed
  status 1 code SPX SCO SHR
  methods ? [0..9] text 2..4
  by ? text 1..35
  at ? moment
"""
    + TABLE
)


@cache
def declarations() -> JsonShape:
    """The table of declarations, read once.

    Source: as the module.
    """
    return JsonShape(_DECLARATIONS, VALUES)


@cache
def manifest() -> JsonShape:
    """The table of manifests, read once.

    Source: as the module.
    """
    return JsonShape(_MANIFEST, VALUES)
