# SPDX-License-Identifier: Apache-2.0
"""The agency of the demo: its agreement, a hold put and ended, and goods that it examines together with customs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final

from cocket.governance import Principal
from cocket.measures.permits import Hold
from cocket.pipeline.instance import GovernanceServices, PartnersServices
from cocket.pipeline.partners.agencies import NewFinding
from cocket.pipeline.partners.appointments import NewSlots

#: The agency, and who works there.
AGENCY: Final = "FARMING"
_PAT = Principal(id="pat", kind="officer", roles=("agency",), senders=(AGENCY,))

#: Who confirms what another supervisor proposes.
_VEA = Principal(id="vea", kind="officer", roles=("supervisor",))

#: What each of them is, in words.
WHO: Final = {_VEA.id: "second supervisor", _PAT.id: f"agency {AGENCY}"}

_LAW: Final = "Plant Protection Act 2009, s. 8"

#: What the agency sees: goods for which the country's permit matrix asks its permit.
_AGREEMENT: Final = f"""
name = "plant-protection"
title = "Agreement on plant protection at the border"
other = "Plant Protection Service of Alphaland"
senders = ["{AGENCY}"]
purposes = ["control"]
begins = 2020-01-01
source = "{_LAW}"

[exchanges]
guest = ["office", "received", "trader", "goods", "items", "equipment", "references"]

[guest]
kind = "plant-health"
codes = ["0703", "0808", "1006", "1101"]
origins = ["*"]
offices = ["*"]
"""


def work_together(services: tuple[GovernanceServices, PartnersServices], home: Path, proposer: Principal) -> str:
    """Let an agency work in the demo, once: one hold ended with a finding, one that waits for its appointment.

    Args:
        services: Of the demo's instance: what makes accounts and agreements, and what agencies work with.
        home: Its folder, with the word by which people sign in.
        proposer: A supervisor, who proposes the agreement and keeps the calendar.

    Returns:
        What the agency did, in words.
    """
    word = home / "sign-in.json"
    known = json.loads(word.read_text("utf-8"))
    governance, partners = services
    accounts = governance.accounts
    accounts.put_officer(_VEA.id, "Vea V.", "supervisor", None, known["password"])
    accounts.put_officer(_PAT.id, "Pat P.", "agency", None, known["password"], senders=(AGENCY,))
    word.write_text(json.dumps({**known, "people": [*known["people"], _VEA.id, _PAT.id]}), "utf-8")
    given = governance.agreements.propose_agreement(proposer, "plant-protection.toml", _AGREEMENT.encode())
    governance.second_person.vote(_VEA, given.proposal.id, given.proposal.digest, lambda _: "")
    agencies = partners.agencies
    lines = [one.consignment for one in agencies.queue(_PAT).lines]
    if not lines:
        return f"{AGENCY} works here; nothing is in its scope"

    def say(consignment: str, *, is_held: bool, reason: str, examines: bool = False) -> None:
        word = Hold(agency=AGENCY, is_held=is_held, reason=reason, law=_LAW if is_held else "", examines=examines)
        agencies.place_hold(_PAT, consignment, word)

    first, last = lines[0], lines[-1]
    say(first.id, is_held=True, reason="the phytosanitary certificate is checked with the country of origin")
    agencies.record_finding(_PAT, first.id, NewFinding(outcome="conforms", words="the certificate is genuine"))
    say(first.id, is_held=False, reason="the certificate is genuine")
    told = f"{AGENCY} held and released {first.title}"
    if last.id == first.id or last.office is None:
        return told
    day = datetime.now(UTC).date() + timedelta(days=2)
    new = NewSlots(office=last.office, day=day, begins=time(8), count=2, place="shed 3")
    for slot in partners.appointments.open_slots(proposer, new):
        partners.appointments.attend(_PAT, slot.id, 1)
    say(last.id, is_held=True, reason="soil at the roots, seen at discharge", examines=True)
    return f"{told}; it holds {last.title}, examined with customs in two days"
