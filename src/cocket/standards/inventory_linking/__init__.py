# SPDX-License-Identifier: Apache-2.0
"""UK inventory linking: what port and customs tell each other of goods that arrive, leave and are grouped.

In: a movement, consolidation or query message about exports, or one about imports, and the answers. Out: a `Movement`
with findings, and back.
Source: UK inventory linking exports API 2.0 and inventory linking imports API 2.0.
"""

from cocket.standards.inventory_linking._plugin import INVENTORY_LINKING

__all__ = ["INVENTORY_LINKING"]
