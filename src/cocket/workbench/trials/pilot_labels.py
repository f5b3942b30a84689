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

#: Fields of a plan, as its form calls them.
FIELDS: Final[dict[str, str]] = {
    "first": _("First day"),
    "base": _("Share without the treatment, of 100"),
    "effect": _("Smallest difference worth finding, of 100"),
    "cell_size": _("Consignments of an office in a period"),
    "spread": _("Share of the variance between offices and periods (ICC)"),
    "basis": _("Where these come from"),
    "alpha": _("Error that is accepted, both sides"),
    "looks": _("Periods after which the board looks"),
    "stop": _("When it stops"),
    "lock_days": _("Days after the last on which results still count"),
    "board": _("Who looks and decides"),
    "hours": _("Hours of work expected a week"),
    "ethics": _("Who approved it, and how people are informed"),
    "frozen": _("What does not change while it runs"),
}
