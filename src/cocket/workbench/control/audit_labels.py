# SPDX-License-Identifier: Apache-2.0
"""What audits are called on the pages. Every text here is looked up in the catalogue before it is shown."""

from __future__ import annotations

from typing import Final

from cocket.workbench.base.labels import _

KINDS: Final[dict[str, tuple[str, str]]] = {
    "transaction": (_("Transaction check"), _("single declarations and their documents")),
    "desk": (_("Desk audit"), _("books and records submitted")),
    "field": (_("Field audit"), _("systems, records and stock at the trader's")),
}

STATES: Final[dict[str, str]] = {
    "proposed": _("Proposed"),
    "planned": _("Planned"),
    "notified": _("Trader informed"),
    "in-progress": _("At work"),
    "handed-on": _("Referred"),
    "closed": _("Closed"),
    "dropped": _("Dropped"),
}

FILTERS: Final[dict[str, str]] = {"open": _("Open"), "closed": _("Closed"), "all": _("All")}

STRATA: Final[dict[str, str]] = {
    "certain": _("always included"),
    "money": _("drawn by value"),
    "unvalued": _("drawn, value unknown"),
    "beside": _("disclosed by the trader"),
}

CONCLUSIONS: Final[dict[str, tuple[str, str]]] = {
    "conform": (_("Conform"), _("the records confirm the declaration")),
    "irregular": (_("Irregular"), _("something was declared incorrectly")),
    "not-verified": (_("Not verified"), _("the records do not allow a conclusion")),
}

WHAT: Final[dict[str, str]] = {
    "value": _("Value"),
    "classification": _("Commodity code"),
    "origin": _("Origin"),
    "quantity": _("Quantity"),
    "procedure": _("Procedure"),
    "records": _("Records"),
}

RESULTS: Final[dict[str, tuple[str, str]]] = {
    "compliant": (_("Compliant"), _("nothing irregular was found")),
    "irregular": (_("Irregular"), _("at least one line was irregular")),
    "not-concluded": (_("Not concluded"), _("the records did not allow a conclusion")),
}

#: Act → what it is called, what it means, and what its button says. `close` has further fields of its own.
ACTS: Final[dict[str, tuple[str, str, str]]] = {
    "plan": (_("Plan"), _("Enter who leads the audit and when it starts."), _("Plan and seal")),
    "notify": (_("Trader informed"), _("Disclosures by the trader are recorded from now on."), _("Record and seal")),
    "start": (
        _("Begin"),
        _("The sample is drawn from all of the trader's released lines, from a seed committed in advance."),
        _("Draw and begin"),
    ),
    "disclose": (_("Disclosure"), _("What the trader disclosed voluntarily."), _("Record and seal")),
    "hand-on": (
        _("Refer"),
        _("An audit is not a fraud investigation. A suspicion is referred, and the audit is suspended."),
        _("Refer and seal"),
    ),
    "resume": (_("Go on"), _("The investigators returned it."), _("Go on")),
    "drop": (_("Drop"), _("Drop it before it starts. The trader may be proposed again."), _("Drop")),
    "close": (
        _("Close"),
        _("Findings become labels for the profiles, and the seed of the sample is published."),
        _("Close and seal"),
    ),
}
