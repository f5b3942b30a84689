# SPDX-License-Identifier: Apache-2.0
"""The form of postal messages: one table.

Source: UPU Convention Regulations, forms CN 22, CN 23 and CP 72; WCO–UPU Postal Customs Guide; WCO–UPU guidelines on the
exchange of electronic advance data; WCO Data Model, information package DIP UPU. Facts re-stated, names ours.
"""

from __future__ import annotations

from functools import cache

from cocket.standards.json_nouns import TABLE, VALUES
from cocket.standards.json_shape import JsonShape

#: Why an item was sent, as the boxes of CN 22 and CN 23 have it.
CATEGORIES = ("documents", "gift", "commercial-sample", "sale-of-goods", "returned-goods", "other")

_TABLE = (
    f"""
Message closed
  postalMessage 1 code CN22 CN23 CUSITM ITMATT
  id 1 text 1..35
  function ? code original amendment cancellation
  flow ? code import export transit
  prepared 1 moment
  sender 1 text 2..35
  recipient 1 text 2..35
  office ? text 1..17
  dispatch ? Dispatch
  transport ? Transport
  departurePlace ? location
  arrivalPlace ? location
  arrives ? moment
  itemCount ? integer 1..
  grossMass ? number >0..

Dispatch closed
  id ? text 1..35
  originOffice ? text 6..6 /^[A-Z]{{6}}$/
  destinationOffice ? text 6..6 /^[A-Z]{{6}}$/
  category ? code A B C D
  mailClass ? code U C E T
  departed ? date

Item closed
  itemId 1 text 1..35
  form ? code CN22 CN23
  mailClass ? code U C E
  category 1 code {" ".join(CATEGORIES)}
  explanation ? text 1..140
  posted ? date
  originOffice ? text 6..6 /^[A-Z]{{6}}$/
  grossMass 1 number >0..
  value ? Money
  postage ? Money
  insuredValue ? Money
  sender 1 Party
  addressee 1 Party
  senderReference ? text 1..35
  importerReference ? text 1..35
  ioss ? text 12..12 /^IM[0-9]{{10}}$/
  nonDelivery ? code return abandon forward
  remarks ? text 1..512
  documents ? [0..9] Paper
  contents 1 [1..99] Content

Content closed
  description 1 text 1..512
  quantity ? number >0..
  netMass ? number >0..
  value ? Money
  hsCode ? hs-code
  origin ? country
  reference ? text 1..70
"""
    + TABLE
)


@cache
def shape() -> JsonShape:
    """The table, read once.

    Source: as the module.
    """
    return JsonShape(_TABLE, VALUES)
