# SPDX-License-Identifier: Apache-2.0
"""Technical documentation, and the duties of a deployer, each point answered from facts or left to a person.

Source: Regulation (EU) 2024/1689, Annex IV, Articles 26 and 27, in our own words; the Official Journal alone is authentic.
"""

from __future__ import annotations

from typing import Final

from cocket.governance.accountability.answers import Answers
from cocket.governance.accountability.facts import Facts
from cocket.governance.accountability.points import Asked, Document, answered

ANNEX_IV: Final = (
    Asked(id="1a", title="Intended purpose, provider, version", by="both", facts=("system", "models"),
          question="Intended purpose, and who the provider is."),
    Asked(id="1b", title="Other hardware and software it works with", by="facts", facts=("interfaces",)),
    Asked(id="1c", title="Versions of software, and what an update needs", by="facts", facts=("system", "log.upgrades")),
    Asked(id="1d", title="Forms in which it is put into service", by="facts", facts=("forms",)),
    Asked(id="1e", title="Hardware on which it runs", by="both", facts=("hardware",),
          question="Machines of this installation."),
    Asked(id="1f", title="Product of which it is a component", by="not-applicable",
          lines=("It is a component of no product: software alone.",)),
    Asked(id="1g", title="User interface", by="facts", facts=("screens",)),
    Asked(id="1h", title="Instructions for use", by="facts", facts=("instructions",)),
    Asked(id="2a", title="How it was developed", by="facts", facts=("method",)),
    Asked(id="2b", title="General logic, and the main choices of design", by="both", facts=("logic", "rules"),
          question="Which choices of this administration matter: weights, quotas, what is optimised, and why."),
    Asked(id="2c", title="Architecture", by="facts", facts=("architecture",)),
    Asked(id="2d", title="Data: where from, how chosen, labelled, cleaned", by="both", facts=("data", "models.data"),
          question="What the data leaves out, and what bias of selection is known."),
    Asked(id="2e", title="Human oversight", by="facts", facts=("oversight.overrides", "oversight.time", "oversight.second-person")),
    Asked(id="2f", title="Changes that are planned beforehand", by="facts", facts=("changes",)),
    Asked(id="2g", title="Validation and testing, by group", by="facts", facts=("models.measured", "fairness")),
    Asked(id="2h", title="Security", by="facts", facts=("security",)),
    Asked(id="3", title="Monitoring, functioning, limits, by group", by="both", facts=("models.limits", "fairness", "incidents"),
          question="Foreseeable unintended outcomes, and risks to health, safety and fundamental rights."),
    Asked(id="4", title="Why these measures of performance", by="person",
          question="Why precision at the selected share, and not another measure, is right here."),
    Asked(id="5", title="Risk management system", by="person", question="How risks of this system are managed (Article 9)."),
    Asked(id="6", title="Changes through the lifecycle", by="facts", facts=("models.acts", "rules")),
    Asked(id="7", title="Standards applied", by="person", question="Harmonised standards applied, or what else was done."),
    Asked(id="8", title="EU declaration of conformity", by="person",
          question="The declaration, or why none is needed (a system that is not high-risk needs none)."),
    Asked(id="9", title="Monitoring after it is put into service", by="facts", facts=("monitoring", "incidents")),
)  # fmt: skip

DEPLOYER: Final = (
    Asked(id="26(1)", title="Use by the instructions", by="both", facts=("instructions",),
          question="Which measures ensure that it is used by its instructions."),
    Asked(id="26(2)", title="Human oversight by competent persons", by="both", facts=("oversight.second-person",),
          question="Who oversees it, with what training and authority."),
    Asked(id="26(4)", title="Input data relevant and representative", by="both", facts=("data",),
          question="Whether the data that goes in stands for the trade it is used on."),
    Asked(id="26(5)", title="Monitoring, and serious incidents reported", by="both", facts=("incidents",),
          question="Who reports a serious incident to provider and authority, and how fast."),
    Asked(id="26(6)", title="Logs kept for six months at least", by="facts", facts=("log",)),
    Asked(id="26(7)", title="Workers informed", by="person",
          question="How workers and their representatives were informed, where it allots or evaluates their work."),
    Asked(id="26(8)", title="Registered in the database of the Union", by="person", question="Registration, or why none is needed."),
    Asked(id="26(9)", title="Data protection impact assessment", by="facts", facts=("dpia",)),
    Asked(id="26(11)", title="Natural persons informed that it is used on them", by="person",
          question="How natural persons are informed, as far as the law asks."),
    Asked(id="27(1)(a)", title="Process in which it is used", by="both", facts=("logic",), question="The process of this administration."),
    Asked(id="27(1)(b)", title="Period and frequency of use", by="facts", facts=("log",)),
    Asked(id="27(1)(c)", title="Persons and groups affected", by="both", facts=("fairness",),
          question="Which natural persons and groups may be affected."),
    Asked(id="27(1)(d)", title="Specific risks of harm", by="person", question="Risks of harm to these."),
    Asked(id="27(1)(e)", title="Human oversight", by="facts", facts=("oversight.overrides", "oversight.time")),
    Asked(id="27(1)(f)", title="What is done if a risk comes true; complaints", by="person",
          question="Governance and remedies: who decides, and how a trader complains."),
)  # fmt: skip


def documents_of(facts: Facts, answers: Answers) -> tuple[Document, ...]:
    """Both documents."""
    return (
        Document(
            name="ai-act-annex-iv",
            title="Technical documentation (Regulation (EU) 2024/1689, Annex IV)",
            basis=(
                "Selection of goods is normally not high-risk (recital 59); this documentation is kept all the same.",
            ),
            points=answered(ANNEX_IV, facts, answers, "annex-iv"),
        ),
        Document(
            name="ai-act-deployer",
            title="Duties of the deployer (Regulation (EU) 2024/1689, Articles 26 and 27)",
            basis=("What holds for a high-risk system, answered also where it may not be one.",),
            points=answered(DEPLOYER, facts, answers, "deployer"),
        ),
    )
