# SPDX-License-Identifier: Apache-2.0
"""What the authorisations of a trader are called on his pages."""

from __future__ import annotations

from typing import Final

from cocket.control.standing import Scope, Status
from cocket.workbench.base.labels import _

SCOPES: Final[dict[Scope, str]] = {
    "import": _("import of own goods"),
    "export": _("export of own goods"),
    "simplified": _("simplified declaration"),
    "security": _("security of cargo and transit"),
}

STATUSES: Final[dict[Status, str]] = {
    "valid": _("In force"),
    "suspended": _("Suspended"),
    "withdrawn": _("Withdrawn"),
}
