# SPDX-License-Identifier: Apache-2.0
"""What things are called on the pages. Every text here is looked up in the catalogue before it is shown."""

from __future__ import annotations

from typing import Final

from cocket.governance import OUTSIDE
from cocket.measures.tariff import DUTY_NAMES
from cocket.pipeline.control.views import ChosenBy


def _(sentence: str) -> str:
    """Marks a text for the catalogue; it is translated when shown."""
    return sentence


#: Units that papers and permits use, by their common code (UNECE Recommendation 20), in words.
UNITS: Final[dict[str, str]] = {
    "C62": _("pieces"),
    "DZN": _("dozens"),
    "GRM": _("grams"),
    "KGM": _("kilograms"),
    "KWH": _("kilowatt hours"),
    "LTR": _("litres"),
    "MTK": _("square metres"),
    "MTQ": _("cubic metres"),
    "MTR": _("metres"),
    "NAR": _("articles"),
    "NPR": _("pairs"),
    "SET": _("sets"),
    "TNE": _("tonnes"),
}

#: Order is urgency. Each lane has a letter and a shape, so that colour never stands alone.
LANES: Final[dict[str, tuple[str, str, str]]] = {
    "red": (_("Red"), "R", _("documents and examination")),
    "yellow": (_("Yellow"), "Y", _("documents")),
    "blue": (_("Blue"), "B", _("release, then audit")),
    "green": (_("Green"), "G", _("release")),
}

#: How goods went on while another agency holds them.
LET_GO: Final[dict[str, str]] = {
    "lane": _("Held by {agencies}, and the host gave the goods the green lane on {moment}."),
    "release": _("Held by {agencies}, and a message of {sender} of {moment} says that the goods are released."),
    "gate-out": _("Held by {agencies}, and a message of {sender} of {moment} says that the goods have left."),
}

#: How goods were let go before any of the agencies held them that hold them now → what is said of it.
LET_GO_BEFORE: Final[dict[str, str]] = {
    "lane": _("The host gave the goods the green lane on {moment}, before {agencies} held them."),
    "release": _(
        "A message of {sender} of {moment} says that the goods are released; {agencies} held them after that."
    ),
    "gate-out": _("A message of {sender} of {moment} says that the goods have left; {agencies} held them after that."),
}

STATES: Final[dict[str, str]] = {"open": _("Open"), "done": _("Done"), "all": _("All"), "held": _("Held")}

ORDERS: Final[dict[str, str]] = {
    "open": _("Open"),
    "done": _("Done"),
    "released": _("Released"),
    "lapsed": _("Lapsed: audited after release"),
}

#: Heading of the queue by state.
HEADINGS: Final[dict[str, str]] = {
    "open": _("Open consignments"),
    "done": _("Done"),
    "all": _("All consignments"),
    "held": _("Held by other agencies"),
}

ROLES: Final[dict[str, str]] = {
    "analyst": _("Risk analyst"),
    "officer": _("Examining officer"),
    "supervisor": _("Supervisor"),
    "auditor": _("Auditor"),
    "internal-affairs": _("Internal affairs"),
}

#: Purposes that a person of customs may state, in the order in which they are offered; the first is that of the task.
PURPOSES: Final[dict[str, str]] = {
    "": _("what the task serves"),
    "control": _("control of goods"),
    "release": _("release of goods"),
    "audit": _("audit after release"),
    "analysis": _("analysis"),
    "oversight": _("oversight"),
    "investigation": _("investigation"),
}

OUTCOMES: Final[dict[str, str]] = {
    "accepted": _("Accepted"),
    "refused": _("Refused"),
    "conflict": _("Conflict: same reference, other content"),
}

FUNCTIONS: Final[dict[str, str]] = {
    "original": _("Original"),
    "amendment": _("Amendment"),
    "cancellation": _("Cancellation"),
}

SEVERITIES: Final[dict[str, str]] = {"error": _("Error"), "warning": _("Warning"), "info": _("Note")}

PROOFS: Final[dict[str, str]] = {"sealed": _("Sealed, not yet in a head"), "in-head": _("In a signed head")}

PAPERS: Final[dict[str, str]] = {
    "asycuda-sad": _("SAD"),
    "asycuda-awmds": _("Manifest"),
    "wco-dm": _("WCO declaration"),
    "certificate": _("Certificate"),
}

#: Forms of a verifiable certificate.
FORMS: Final[dict[str, str]] = {
    "vc": _("W3C credential"),
    "vp": _("W3C presentation"),
    "sd-jwt-vc": _("SD-JWT credential"),
    "oa-v2": _("OpenAttestation 2"),
    "oa-v3": _("OpenAttestation 3"),
}

#: What is asked of a certificate, and what may come of it.
QUESTIONS: Final[dict[str, str]] = {
    "integrity": _("Unchanged since issued"),
    "issuer": _("From the stated issuer"),
    "status": _("Still valid"),
}
CHECKED: Final[dict[str, str]] = {"passed": _("Yes"), "failed": _("No"), "not-checked": _("Not known")}

#: Where a title stands.
TITLES: Final[dict[str, str]] = {
    "unissued": _("Never issued"),
    "in-force": _("In force"),
    "surrendered": _("Surrendered"),
    "burned": _("Burned"),
}

REFERENCES: Final[dict[str, str]] = {
    "UCR": _("UCR"),
    "DUCR": _("DUCR"),
    "MUCR": _("MUCR"),
    "MRN": _("MRN"),
    "LRN": _("LRN"),
    "SAD": _("SAD"),
    "MANIFEST": _("Manifest"),
    "BL": _("Bill of lading"),
    "HBL": _("House bill of lading"),
    "EQUIPMENT": _("Container"),
    "INVOICE": _("Invoice"),
    "ORDER": _("Order"),
}

DEPTHS: Final[dict[str, tuple[str, str]]] = {
    "documents": (_("Documents"), _("Documents only")),
    "scan": (_("Scan"), _("X-ray image, not opened")),
    "partial": (_("Partial"), _("Opened, part of the goods seen")),
    "full": (_("Full"), _("Unloaded, all goods seen")),
    "not-examined": (_("Not examined"), _("Nothing was examined; give the reason in the note")),
}

#: Values of sentences that have a name of their own, by the place they stand in.
NAMES: Final[dict[str, dict[str, str]]] = {
    "lane": {lane: name for lane, (name, _letter, _meaning) in LANES.items()},
    "standard": PAPERS,
    "depth": {depth: name for depth, (name, _meaning) in DEPTHS.items()},
    "outcome": {
        "irregularity found": _("irregularity found"),
        "nothing found": _("nothing found"),
        "not examined": _("not examined"),
        "the laboratory result is pending": _("the laboratory result is pending"),
    },
    "purpose": {
        "control": _("control of goods"),
        "release": _("release of goods"),
        "audit": _("audit after release"),
        "analysis": _("analysis"),
        "oversight": _("oversight"),
        "investigation": _("investigation"),
        "own-affairs": _("own affairs"),
        "host-exchange": _("exchange with the host"),
    },
    "what": {
        "dossier": _("dossier"),
        "message": _("message"),
        "content": _("content"),
        "queue": _("queue"),
        "manifest": _("manifest"),
        "manifests": _("list of manifests"),
        "search": _("search hit"),
        "control order": _("control order"),
    },
}

#: How a permit that goods need stands, by its verdict.
PERMITS: Final[dict[str, str]] = {
    "satisfied": _("Satisfied"),
    "exempt": _("Exempt"),
    "missing": _("Missing"),
    "unknown": _("Not in the register"),
    "undecided": _("Not known"),
    "expired": _("Expired"),
    "not-yet-valid": _("Not yet valid"),
    "wrong-commodity": _("For other goods"),
    "wrong-origin": _("For another origin"),
    "wrong-destination": _("For another destination"),
    "wrong-holder": _("Of another holder"),
    "quantity-exceeded": _("Quantity used up"),
    "value-exceeded": _("Value used up"),
    "uses-exceeded": _("Used up"),
    "quantity-short": _("For less than is declared"),
    "suspended": _("Suspended"),
    "withdrawn": _("Withdrawn"),
    "ambiguous": _("Several of this number"),
    "number-missing": _("Without a number"),
}

#: Kinds of duty and tax.
DUTIES: Final = DUTY_NAMES

NAMES["charge_kind"] = DUTIES
NAMES["when"] = {"at arrival or after it": _("at arrival or after it")}

#: Bands of the order of work: what each is called, and what is said of it.
BANDS: Final[dict[int, tuple[str, str]]] = {
    1: (_("Breach or alert"), _("always first")),
    2: (_("Intelligence"), _("notices that name this consignment")),
    3: (_("Listed party"), _("to be confirmed or cleared")),
    4: (
        _("Chance × money at stake"),
        _("threats first, by their chance; then by the two figures shown; of equal ones the oldest first"),
    ),
    5: (_("Drawn at random"), _("chance alone chose these: examine in full")),
    6: (_("For no officer before release"), ""),
}

#: What is to be looked for where nothing is suspected, by what chose the case.
CHOSEN: Final[dict[ChosenBy, str]] = {
    "chance": _("Everything declared"),
    "rule": _("Everything declared: a rule chose it"),
    "score": _("Everything declared: the score alone chose it"),
}

#: Orders of the queue.
SORTS: Final[dict[str, str]] = {
    "work": _("Order of work"),
    "stake": _("At stake"),
    "time": _("Time left"),
    "received": _("Newest first"),
    "title": _("Reference"),
}

#: How much a fact weighs, from so many log-odds on.
WEIGHTS: Final[tuple[tuple[float, str], ...]] = ((1.0, _("much")), (0.3, _("some")), (0.0, _("little")))

#: What evidence is called.
EVIDENCE: Final[dict[str, str]] = {
    "paper": _("paper"),
    "consignment": _("consignment"),
    "alert": _("alert"),
    "intelligence": _("report"),
    "screening": _("listed entries"),
    "rule": _("rule"),
    "values": _("values of others"),
}

#: How a payment advice stands.
PAID: Final[dict[str, str]] = {
    "unpaid": _("not paid"),
    "part": _("paid in part"),
    "paid": _("paid in full"),
    "over": _("paid more than asked for"),
}

#: What a procedure makes of a duty.
EFFECTS: Final[dict[str, str]] = {
    "suspended": _("suspended"),
    "not-due": _("not due"),
    "repaid": _("repaid"),
    "private": _("not paid to customs"),
}

#: What hangs on a claim.
STAKES: Final[dict[str, str]] = {
    "preference": _("at stake with the preference:"),
    "value": _("more due for each tenth that the value is too low:"),
    "built-value": _("at stake by the value that price and terms come to:"),
}

#: What waits for a second person, or was done, as a sentence about it.
ACTS: Final[dict[str, str]] = {
    "account": _("Make or change the account {name}"),
    "password": _("Give {name} a new temporary password"),
    "enable": _("Let {name} sign in again"),
    "factor": _("Remove the lost second factors of {name}"),
    "key": _("Give the key {name}"),
    "senders": _("Set for whom the key {name} sends"),
    "tariff": _("Put a tariff in force: {tariff} {edition}, {currency}, {count} measures"),
    "rates": _("Put exchange rates in force: {count} rates, from {first} to {last}"),
    "permit-matrix": _("Put a permit matrix in force: {count} requirements"),
    "codes": _("Put the code list {name} in force, edition {edition}: {count} codes"),
    "codes-removed": _("Remove the edition {edition} of the code list {name}"),
    "list": _("Import the list for screening {name}: {count} entries"),
    "office": _("Set places and calendar of the office {name}"),
    "override": _("Give {name} the lane {lane}"),
    "retention-schedule": _("Put a retention schedule in force: {count} rules"),
    "retention-erasure": _("Erase what is due: {count} things"),
    "erasure": _("Erase by order: {dossiers} dossiers, {messages} messages"),
    "hold-release": _("Release the legal hold {name}"),
    "agreement": _("Put the agreement {name} in force"),
    "agreement-end": _("End the agreement {name}"),
    "model": _("Give the model {name} the role {role}"),
    "model-back": _("Let the model {name} be champion again"),
    "set-aside": _("Close what was set aside without working on it: {name}"),
    "set-aside-lost": _("Close everything whose key was lost: {count} things"),
    "policy": _("Put the policy {name} in force"),
    "rule-publish": _("Publish the rule {name}, version {number}"),
    "rule-end": _("End the rule {name}, version {number}"),
    "hold-override": _("End the hold of {agency} on {name}"),
    "joint-use": _("Let the table {name} of partners move scores"),
    "joint-end": _("Let the table {name} of partners move scores no more"),
    "link-part": _("Part a paper from the dossier {name}"),
    "link-join": _("Join the dossier {name} with {other_title}"),
    "link-undo": _("Take back a correction of the links of {name}"),
    "intelligence-end": _("End a report of intelligence before its time"),
    "pilot-change": _("Change the protocol of the pilot {name}"),
    "pilot-stop": _("Stop the pilot {name}"),
    "lesson-share": _("Give the use case {name} to other administrations"),
    "lesson-year": _("Publish what was learned in {name}"),
}

#: How far a proposal has got.
PROPOSAL_STATES: Final[dict[str, str]] = {
    "open": _("Waits for a second person"),
    "approved": _("Approved, and not carried out yet"),
    "refused": _("Refused"),
    "expired": _("Expired: no one approved it in time"),
    "withdrawn": _("Withdrawn"),
    "stale": _("Not carried out"),
    "applied": _("Carried out"),
}

#: What a proposal would set, by its name there, in the order in which it is shown.
PROPOSED: Final[dict[str, str]] = {
    "shown": _("Name shown"),
    "roles": _("Role"),
    "office": _("Office"),
    "senders": _("Senders"),
    "lane": _("Lane"),
    "count": _("Entries"),
    "dossiers": _("Dossiers"),
    "messages": _("Messages"),
    "records": _("Sealed records about them"),
    "edition": _("Edition"),
    "red_per_day": _("Examinations a day"),
    "yellow_per_day": _("Document checks a day"),
    "random_reserve": _("Of the examinations, kept for chance"),
    "order_hours": _("Hours to deal with an order"),
    "weekdays": _("Open on"),
    "holidays": _("Closed on"),
    "role": _("Role of the model"),
    "anyway": _("Although it is not fit by its figures, because"),
    "number": _("Version"),
    "author": _("Written by"),
    "expires": _("Last day"),
    "urgent": _("Urgent, because"),
    "version": _("Version"),
    "in_force": _("In force from (UTC)"),
    "widened": _("Rights widened"),
    "narrowed": _("Rights narrowed"),
    "freed": _("Roles allowed more"),
    "nobody": _("Acts that no one could do any more"),
    "looks": _("Past accesses tried"),
    "refused": _("Of these, refused wholly or in part"),
    "admitted": _("Of these, shown more"),
    "again": _("Text of version"),
    "item": _("Item"),
    "budget": _("Share of the drawn cases that is examined"),
    "weight": _("Weight of the table"),
    "partners": _("Whose examinations"),
    "table-examined": _("Examinations in the table"),
    "table-found": _("Finds in the table"),
    "drawn": _("Our own random examinations it was tested on"),
    "drawn-found": _("Finds among them"),
    "verdict": _("Tested here"),
    "more": _("More finds in a hundred"),
    "fit": _("Better fit of each chance, a thousandth part"),
    "taken": _("Weight that is taken"),
    "digest": "SHA-256",
    "sha256": "SHA-256",
}

#: What stands there already, in words of the record.
PRESENT: Final[dict[str, str]] = {"none": _("none"), "helps": _("helps here")}

#: Roles of keys that are not people's.
KEY_ROLES: Final[dict[str, str]] = {
    "trader": _("Trader"),
    "declarant": _("Declarant"),
    "carrier": _("Carrier"),
    "forwarder": _("Forwarder"),
    "agency": _("Other agency"),
    "host": _("Host system"),
    "feed": _("Feed of the host"),
}

#: Roles that an account can have: of customs, and of people of traders, who see their own affairs alone.
ACCOUNT_ROLES: Final[dict[str, str]] = {**ROLES, **{role: KEY_ROLES[role] for role in OUTSIDE}}

#: Pages of a person of a trader, in the order of the bar.
OWN_PLACES: Final[dict[str, str]] = {
    "/own": _("What I sent"),
    "/own/lodge": _("Declare by hand"),
    "/own/assessment": _("Self-assessment"),
    "/own/contests": _("Contests"),
    "/own/questions": _("Questions"),
    "/own/appointments": _("Appointments"),
    "/own/mandates": _("Mandates"),
    "/own/keys": _("Keys"),
    "/own/webhooks": _("Webhooks"),
    "/own/standing": _("Standing"),
    "/own/quality": _("Quality"),
    "/own/decisions": _("What machines decide"),
}

#: Pages of a person of another agency, in the order of the bar; and where pages below a first page lie.
AGENCY_PLACES: Final[dict[str, str]] = {"/agency": _("Consignments"), "/agency/calendar": _("Calendar")}
BELOW_PLACES: Final = {"/own": "/own/messages", "/agency": "/agency/consignments"}

#: Kinds of agency that accessed what is kept, as its trader reads it.
AGENCIES: Final[dict[str, str]] = {
    "customs": _("Customs"),
    "host": _("The customs system"),
    "agency": _("Another agency"),
    "trader": _("You, or who acts for you"),
    "partner": _("A partner administration abroad"),
}

#: What another agency was given under an agreement, as the trader whose it is reads it.
GIVEN: Final[dict[str, str]] = {
    "efti-dataset": _("the eFTI dataset, cut to what it may see"),
    "efti-identifiers": _("eFTI identifiers"),
    "events": _("events of the movement"),
    "records": _("data of the declaration"),
    "other": _("data"),
}

#: Purposes of accesses that a trader is told of.
OWN_PURPOSES: Final[dict[str, str]] = {
    "control": _("control of goods"),
    "release": _("release of goods"),
    "host-exchange": _("exchange between systems of customs"),
    "own-affairs": _("your own affairs"),
}

#: Places of an office, by the name of their field.
PLACES: Final[dict[str, str]] = {
    "red_per_day": _("Examinations a day"),
    "yellow_per_day": _("Document checks a day"),
    "random_reserve": _("Of the examinations, kept for chance"),
    "order_hours": _("Hours to deal with an order"),
}

#: Days of the week, 1 for Monday.
WEEKDAYS: Final[dict[str, str]] = {
    "1": _("Monday"),
    "2": _("Tuesday"),
    "3": _("Wednesday"),
    "4": _("Thursday"),
    "5": _("Friday"),
    "6": _("Saturday"),
    "7": _("Sunday"),
}


#: Said once, after an act, on the next page; the last of each tells whether it can be undone.
TOASTS: Final[dict[str, tuple[str, bool]]] = {
    "subscription-again": (_("What waits is sent again."), False),
    "subscription-ended": (_("The subscription has ended."), False),
    "partner-answered": (_("The answer is on its way to the partner."), False),
    "failed-attempts": (
        _("{count} failed attempts to sign in with your name since your last visit."),
        False,
    ),
    "password-changed": (_("Password changed; your other sessions have ended."), False),
    "password-temporary": (_("Choose a password of your own first; another person knows this one."), False),
    "factor-needed": (_("Your role needs a second factor. Add a passkey or an authenticator app first."), False),
    "factor-added": (_("Added and sealed. From now on it is asked for after your password."), False),
    "factor-removed": (_("Removed and sealed."), False),
    "link-corrected": (_("Recorded. The papers are linked again within seconds; open the page once more."), False),
    "own-contest": (_("Contested and sealed. You can add papers here."), False),
    "own-contest-back": (_("Taken back and sealed."), False),
    "own-question": (_("Sent and sealed. You can add papers here."), False),
    "own-question-answer": (_("Answered and sealed."), False),
    "own-question-back": (_("Taken back and sealed."), False),
    "own-paper": (_("The paper is kept and sealed."), False),
    "own-mandate": (_("The mandate is given and sealed."), False),
    "webhook-test": (_("The test is on its way."), False),
    "webhook-code": (_("A code is on its way to the address. Give it here."), False),
    "webhook-confirmed": (_("The address is confirmed."), False),
    "webhook-active": (_("The webhook is active again."), False),
    "webhook-paused": (_("The webhook is paused."), False),
    "lesson-kept": (_("Kept and sealed."), False),
    "webhook-ended": (_("The webhook is ended."), False),
    "webhook-again": (_("What was not delivered is sent again."), False),
    "source-kept": (_("Kept and sealed."), False),
    "source-told": (_("The source was informed which fields differ; sealed."), False),
    "source-asked": (_("Asked {asked} times and sealed; {came} documents came."), False),
    "own-mandate-back": (_("The mandate is taken back and sealed. It ends within ten seconds."), False),
    "account-kept": (_("Your choice is kept with your account."), False),
    "purpose-stated": (_("What you look at from now on is sealed with this purpose."), False),
    "purpose-by-task": (_("What you look at from now on is sealed with the purpose that the task serves."), False),
    "test-notice": (_("A test notice is on its way."), False),
    "policy-kept": (_("The draft is checked, kept and sealed."), False),
    "policy-tried": (_("The draft was tried on past accesses."), False),
    "access-proposed": (_("Recorded; it waits until a second person approves it."), False),
    "outage-opened": (_("The outage is entered and sealed. Quote its number: {number}"), False),
    "outage-ended": (_("The outage is ended."), False),
    "gateway-settled": (_("Your decision is recorded and sealed."), False),
    "emergency-opened": (_("Opened until {until}. Supervisors were notified."), False),
    "emergency-ended": (_("The access is ended."), False),
    "emergency-reviewed": (_("Your review is recorded and sealed."), False),
    "access-approved": (
        _("Done and sealed. A temporary password is shown once, to who proposed it, under Accounts and keys."),
        False,
    ),
    "access-given": (_("Done and sealed."), False),
    "contest-receipt": (_("Receipt confirmed and sealed; the trader sees it."), False),
    "contest-answer": (_("Answered and sealed; the trader reads it."), False),
    "access-declined": (_("Refused and sealed."), False),
    "proposal-approved": (_("Approved and sealed; it still waits."), False),
    "proposal-withdrawn": (_("Withdrawn and sealed."), False),
    "officer-disabled": (_("The account is disabled, its sessions have ended, and it is sealed."), False),
    "key-revoked": (_("The key is revoked for ever, and it is sealed."), False),
    "result": (_("Result recorded and sealed."), False),
    "intelligence": (_("Report entered and sealed."), False),
    "intelligence-ended": (_("Report ended."), False),
    "override": (_("Lane set to {lane}. The advice is kept on record with it."), False),
    "released": (_("Released."), True),
    "reopened": (_("Open again."), False),
    "taken-over": (_("The order is now assigned to you."), False),
    "assigned": (_("{count} assigned to {examiner}."), True),
    "assignment-back": (_("{count} taken back."), False),
    "comment": (_("Comment recorded and sealed."), False),
    "snoozed": (_("Put off."), True),
    "awake": (_("It is in your inbox again."), False),
    "no-next": (_("No further case waits for you."), False),
    "view-saved": (_("View saved."), False),
    "view-removed": (_("View removed."), False),
    "last": (_("That was the last one in this part of the queue."), False),
    "rule-written": (_("Saved as a draft, and sealed."), False),
    "rule-measured": (_("Measured; the figures are sealed."), False),
    "rule-tested": (_("Tested on past declarations; the result is sealed."), False),
    "pilot-sealed": (_("The plan is sealed. It cannot be changed unseen."), False),
    "pilot-looked": (_("The look is sealed."), False),
    "pilot-stopped": (_("The pilot is stopped."), False),
    "pilot-answered": (_("Thank you. Your answers are sealed."), False),
    "rule-shadow": (_("Runs in shadow from now on."), False),
    "rule-ended": (_("Ended; it is no longer in force."), False),
    "match-cleared": (_("Cleared and sealed; it stays cleared until the listed entry changes."), False),
    "match-confirmed": (_("Confirmed and sealed."), False),
    "audits-planned": (_("{number} audits proposed and sealed."), False),
    "audit-line": (_("Line recorded and sealed."), False),
    "audit-act": (_("Done and sealed."), False),
    "alert-acknowledge": (_("Acknowledged and sealed."), False),
    "alert-assign": (_("Assigned and sealed."), False),
    "alert-dispatch": (_("Recorded as sent, and sealed."), False),
    "alert-there": (_("Recorded as there, and sealed."), False),
    "alert-close": (_("Closed and sealed."), False),
    "journey-activated": (_("The journey is under way; its start is sealed."), False),
    "journey-discharged": (_("Discharged and sealed."), False),
    "leave-given": (_("Permission given and sealed."), False),
    "detour-allowed": (_("Detour allowed and sealed."), False),
    "place-kept": (_("{name} saved as version {version}."), True),
    "place-retired": (_("{name} is no longer offered."), True),
    "place-restored": (_("{name} was restored."), False),
    "guarantee-registered": (_("Registered and sealed."), False),
    "guarantee-act": (_("Done and sealed."), False),
    "hand-over-act": (_("Done and sealed."), False),
    "enquiry-act": (_("Recorded and sealed."), False),
    "convoy-kept": (_("Recorded and sealed."), False),
    "on-call-kept": (_("On-call list kept and sealed."), False),
    "cells-withdrawn": (_("Withdrawn and sealed."), False),
    "hubs-withdrawn": (_("Withdrawn and sealed."), False),
    "device-act": (_("Recorded and sealed: {device}."), False),
    "permit-act": (_("Recorded and sealed."), False),
    "payment-act": (_("Recorded and sealed."), False),
    "agency-act": (_("Recorded and sealed."), False),
    "appointment-act": (_("Recorded and sealed; the trader is informed."), False),
    "hold-let-go": (
        _("Held and sealed. These goods were let go already, on {day}: find out where they are."),
        False,
    ),
    "hold-act": (_("Recorded and sealed; the dossier says so."), False),
    "set-aside-retry": (_("It will be retried with the next batch."), False),
    "watchers-found": (_("New cases: {number}."), False),
    "watchers-open": (_("The case is open."), False),
    "watchers-dismiss": (_("The case is dismissed; that is sealed."), False),
    "watchers-close": (_("The case is closed; that is sealed."), False),
    "watchers-decoy": (_("Done; it is sealed."), False),
    "set-aside-close": (_("Closed and sealed; nothing is done about it."), False),
    "signed-out": (_("Signed out."), False),
}

#: What the page says when it cannot answer: heading, what it means, what to do.
TROUBLES: Final[dict[int, tuple[str, str, str]]] = {
    400: (
        _("This address is not valid"),
        _("Part of it is not in a known format."),
        _("Go back and try again."),
    ),
    403: (
        _("Access denied"),
        _("Your role or office does not allow this. The attempt is recorded; auditors see it."),
        _("If your work needs it, ask your supervisor."),
    ),
    404: (
        _("Not found"),
        _("This page does not exist, or you may not see it."),
        _("Check the reference, or search for it."),
    ),
    405: (
        _("Method not allowed"),
        _("This address does not support this kind of request."),
        _("Go back and try again."),
    ),
    410: (
        _("Lost"),
        _("It was sealed here, but can no longer be decrypted: its key is lost."),
        _("Ask its sender to send it again."),
    ),
    422: (
        _("The form was not accepted"),
        _("Nothing was saved. Such characters come with words copied from other documents."),
        _("Go back, type the words again, and send the form again."),
    ),
    429: (
        _("Too many attempts"),
        _("After several wrong passwords sign-in is delayed for everyone."),
        _("Try again in a minute."),
    ),
    500: (
        _("Internal error"),
        _("Nothing that was sealed is lost, and no partial change was stored."),
        _("Try again; if the error persists, give the operator the time and this address."),
    ),
    503: (
        _("The database is not available"),
        _("The database does not answer, so nothing was written."),
        _("Try again in a minute. Clearance continues with the host's own lanes."),
    ),
}

#: The same for an act that was refused as it was asked for.
NOT_DONE: Final[tuple[str, str, str]] = (
    _("This was not done"),
    _("Nothing was saved or changed."),
    _("Go back and try again."),
)

#: What is asked for is in an archive file that is not at hand.
ARCHIVE_AWAY: Final[tuple[str, str, str]] = (
    _("In the archive"),
    _("This is in a file of the archive that is not at hand. It was not erased, and nothing is lost."),
    _("Ask whoever operates the instance to mount the archive folder, then try again."),
)

#: What each key does, as the keyboard help says it.
KEYS: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (("j", "k"), _("Next and previous line")),
    (("Enter",), _("Open the line")),
    (("n",), _("Next consignment")),
    (("e",), _("Examine: record the result")),
    (("o",), _("Override the lane")),
    (("r",), _("Release")),
    (("p",), _("Print the order")),
    (("t",), _("Take over the order")),
    (("a",), _("Assign the order, or the chosen ones")),
    (("x",), _("Choose the line")),
    (("z",), _("Put the case off")),
    (("c",), _("Write a comment")),
    (("u",), _("Undo, while available")),
    (("/",), _("Search")),
    (("g", "q"), _("Go to the queue")),
    (("g", "i"), _("Go to the inbox")),
    (("g", "m"), _("Go to the manifests")),
    (("g", "t"), _("Go to the control room")),
    (("g", "l"), _("Go to the screening matches")),
    (("g", "a"), _("Go to the audits")),
    (("g", "r"), _("Go to the rules")),
    (("g", "s"), _("Go to the statistics")),
    (("?",), _("This help")),
    (("Esc",), _("Close")),
)

#: Check of the instance → of what kind it is that it finds not well.
HEALTH: Final[dict[str, str]] = {
    "advice": _("Messages wait longer than they should for their advice."),
    "api": _("The interface for messages does not take all that is sent."),
    "archive-files": _("A file of the archive is not at hand, or not as it was sealed."),
    "backup": _("There is no recent backup."),
    "certificates": _("A client certificate of a key has ended, or ends soon."),
    "canary": _("The last message of the test sender was not processed in time."),
    "clock": _("This machine, the database and the log have different times."),
    "database": _("The database does not answer, or cannot be written."),
    "devices": _("Messages of devices wait."),
    "disk": _("A disk is nearly full."),
    "durability": _("A setting lets the database lose what it acknowledged."),
    "emergencies": _("Accesses in an emergency are open, or wait for a review."),
    "log-following": _("The logs of partner administrations are not followed."),
    "partner-exchange": _("Messages to a partner administration are not answered."),
    "partner-requests": _("A request for assistance from a partner administration is past its day."),
    "partner-logs": _("The log of a partner administration is not what it was, or cannot be read."),
    "partner-sending": _("Messages to partner administrations are not being sent."),
    "event-pushing": _("Events of Track and Trace are not being pushed."),
    "notification-sending": _("Notifications of ONE Record are not being sent."),
    "source-asking": _("Sources are not being asked by their schedules."),
    "subscription-sending": _("Results of EPCIS subscriptions are not being sent."),
    "event-sending": _("Events are not published on the message bus."),
    "feed-files": _("Files of the host were not imported."),
    "gateways": _("What the gateway of an office brings is not taken."),
    "holds": _("Goods that another agency holds were let go."),
    "head": _("No signed head includes the newest messages."),
    "health": _("The state of the instance could not be checked."),
    "home": _("The home folder cannot be written."),
    "identity": _("The database is not known to be that of this instance."),
    "leaves": _("Leaves of the log are missing, or do not match what was sealed."),
    "learning": _("The state of the assessment worker could not be saved."),
    "models": _("A model was refused."),
    "months": _("Records stand in no table of their month."),
    "names": _("Names of accounts or keys could be taken for one another."),
    "policy": _("No one can change the policy in force, or no one approved it."),
    "notices": _("Notices to officers could not be sent."),
    "orders": _("Orders could not be counted."),
    "places": _("Receipts cannot name the places of messages in the log."),
    "rows": _("Rows of the database do not agree with their sealed records."),
    "sequences": _("A sequence of the database is near its end."),
    "set-aside": _("Items are set aside because they could not be processed."),
    "settings": _("A setting of the database hinders the program."),
    "sign-in": _("The OpenID provider does not say which groups people are in."),
    "subject-keys": _("Keys that decrypt sealed content are missing."),
    "sources": _("A source that is asked by itself cannot be asked."),
    "streamed-keys": _("The keys are not copied along with the database's write-ahead log."),
}
UNWELL: Final = _("A process of the instance does not do its work.")

#: For what another agency answers.
AGENCY_KINDS: Final[dict[str, str]] = {
    "health": _("Health"),
    "plant-health": _("Plant protection"),
    "veterinary": _("Veterinary"),
    "standards": _("Standards"),
    "security": _("Security"),
}

#: Purposes that agreements with partners name.
PARTNER_PURPOSES: Final[dict[str, str]] = {
    "control": _("control"),
    "release": _("release"),
    "audit": _("audit"),
    "analysis": _("analysis"),
    "oversight": _("oversight"),
    "own-affairs": _("own affairs"),
    "host-exchange": _("exchange with the host system"),
}

#: Field of a notice to or from a partner → what pages call it; those that every notice shows apart are left out.
NOTICE_FIELDS: Final[dict[str, str]] = {
    "office": _("Office"),
    "authority": _("Authority"),
    "measure": _("What is asked for"),
    "object": _("What it is to show"),
    "reason": _("Reason"),
    "law": _("Law"),
    "persons": _("Persons"),
    "facts": _("Facts"),
    "enquiries": _("Enquiries so far"),
    "ucrs": _("UCR"),
    "movements": _("Movements"),
    "transport_documents": _("Transport documents"),
    "equipment": _("Containers"),
    "offence": _("Offence"),
    "goods": _("Goods"),
    "hs": _("Commodity code"),
    "quantity": _("Quantity"),
    "unit": _("Unit"),
    "concealment": _("Concealment"),
    "conveyance": _("Conveyance"),
    "origin": _("Origin"),
    "departure": _("Departure"),
    "destination": _("Destination"),
    "seals": _("Seals"),
    "number": _("Number"),
    "type": _("Type"),
    "agency": _("Agency"),
    "holder": _("Holder"),
    "name": _("Name"),
    "version": _("Version"),
    "purpose": _("Purpose"),
}
