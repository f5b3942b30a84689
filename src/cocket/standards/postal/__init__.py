# SPDX-License-Identifier: Apache-2.0
"""Post: what the sender of an item told on its customs declaration, keyed by the item's S10 identifier.

In: items declared to customs (the content of CN 22, CN 23 and CUSITM) and lists of items told in advance (ITMATT), in a
JSON form of our own after public facts. Out: a declaration for each item, or a manifest with a bill for each.
Source: UPU Convention Regulations, forms CN 22 and CN 23; WCO–UPU guidelines on electronic advance data.
"""

from cocket.standards.postal._plugin import POSTAL

__all__ = ["POSTAL"]
