# SPDX-License-Identifier: Apache-2.0
"""What the pages on pilots call things."""

from __future__ import annotations

from typing import Final

from cocket.workbench.base.labels import _

STANDINGS: Final[dict[str, str]] = {
    "planned": _("planned"),
    "running": _("running"),
    "waiting": _("waits for results"),
    "ended": _("ended"),
    "stopped": _("stopped"),
}

ESTIMATORS: Final[dict[str, str]] = {
    "either": _("Whichever stands out: at once, or as officers learn"),
    "exposure": _("Mean over the time since the switch (officers may learn)"),
    "constant": _("The same from the first day on"),
}

APPLIES: Final[dict[str, str]] = {
    "record": _("The pilot says who is in which arm, people do it"),
    "host-advice": _("In the arm without it the host does not receive our advice"),
}

ARMS: Final[dict[str, str]] = {"treated": _("with the treatment"), "control": _("without the treatment")}
