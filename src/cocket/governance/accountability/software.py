# SPDX-License-Identifier: Apache-2.0
"""What is so of every instance of this version: what the software is, not what was done with it."""

from __future__ import annotations

from typing import Final

from cocket import __version__
from cocket.governance.accountability.facts import SealedFact

_TOLD: Final = (
    (
        "system",
        "System and version",
        f"Cocket {__version__}: advice on which consignments to examine, with reasons.",
    ),
    (
        "interfaces",
        "Interfaces",
        (
            "Files, tables and HTTP of host systems; MQTT, HTTP and TCP of devices; PostgreSQL. It advises beside "
            "the host's own lanes."
        ),
    ),
    (
        "forms",
        "Forms",
        ("Open software that an administration runs itself; no cloud service, nothing is called over the network."),
    ),
    (
        "hardware",
        "Hardware",
        "Any machine that runs Debian 13 and Python 3.11; no special processors.",
    ),
    (
        "screens",
        "User interface",
        ("Pages of the workbench: queue, dossier with reasons, statistics, rules, log; described in docs/workbench."),
    ),
    (
        "instructions",
        "Instructions for use",
        ("Pages of the documentation: tutorials, how-tos, reference and explanations, by version with the code."),
    ),
    (
        "method",
        "How models are made",
        (
            "Trees on facts of declarations and on what each trader leaves to be seen, trained on results of "
            "examinations, judged on later results kept back and on worlds no one tuned on."
        ),
    ),
    (
        "logic",
        "General logic",
        (
            "Rules and a score give each consignment reasons; lanes follow under daily quotas; a share is drawn "
            "at random from a seed committed to beforehand; officers decide and may override with a reason."
        ),
    ),
    (
        "architecture",
        "Architecture",
        (
            "Interfaces, readers of standards, sealed log, dossiers, analysts, examiners: docs/architecture.md "
            "and docs/floor-plan.md."
        ),
    ),
    (
        "changes",
        "Changes planned beforehand",
        (
            "A model takes a role by an act of a person with a reason; a rule by two persons after its days in "
            "shadow. Models do not learn while in use; what is remembered of traders is brought forward with each "
            "result."
        ),
    ),
    (
        "dpia",
        "Data protection impact assessment",
        "It is part of this kit (dpia), filled in as far as facts go; what is open stands there.",
    ),
)

#: Facts that rest on no record (1..n).
SOFTWARE: Final = tuple(SealedFact(code=code, title=title, lines=(line,)) for code, title, line in _TOLD)
