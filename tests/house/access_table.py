# SPDX-License-Identifier: Apache-2.0
"""Who may see what, written down by itself: no line of it is worked out by the code that it is held against.

Each thing in the house of the test carries a word that stands nowhere else. Whoever may see none of the things that carry
it must not meet the word, nor the ids of those things, in any answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

A, B, C = "XAPRT001", "XBPRT002", "XCPRT003"

CUSTOMS: Final = ("analyst", "officer", "supervisor", "auditor")
ANALYSTS: Final = ("analyst", "supervisor", "auditor")
EXAMINERS: Final = ("officer", "supervisor")
OVERSEERS: Final = ("supervisor", "auditor")

#: Who watch the people of customs, and see nothing else of the house; and whoever has an account at all.
AFFAIRS: Final = ("internal-affairs",)
STAFF: Final = (*CUSTOMS, *AFFAIRS)

#: Roles that see messages of the senders they speak for, and nothing else.
SENDING: Final = ("trader", "declarant", "carrier", "forwarder", "host", "feed")


@dataclass(frozen=True)
class Thing:
    """Something in the house.

    Attributes:
        kind: What it is.
        offices: Offices it belongs to; none where no office is known.
        word: Stands in it, and in nothing that is not about it.
        sender: Who sent it; empty for what nobody sends.
        advised: Offices that its advice, order and results are for; None for all of `offices`.
        secret: Stands in its advice, order or results, and in nothing else; empty for things without such a word.
    """

    kind: str
    offices: tuple[str, ...]
    word: str
    sender: str = ""
    advised: tuple[str, ...] | None = None
    secret: str = ""


THINGS: Final = {
    "dossier of A": Thing("dossier", (A,), "ZQALPHA"),
    "dossier of B": Thing("dossier", (B,), "ZQBRAVO"),
    "dossier of no office": Thing("dossier", (), "ZQNOWHERE"),
    "dossier of B, examined at A": Thing("dossier", (A, B), "ZQTWICE"),
    "dossier of a bill of A": Thing("dossier", (A,), "ZQBILLA"),
    "dossier of a bill of B": Thing("dossier", (B,), "ZQBILLB"),
    "dossier of A and B": Thing("dossier", (A, B), "ZQSHARED", advised=(B,), secret="ZQSECRET"),
    "message of A": Thing("message", (A,), "ZQALPHA", "ACME"),
    "message of B": Thing("message", (B,), "ZQBRAVO", "BETA"),
    "message of no office": Thing("message", (), "ZQNOWHERE", "BETA"),
    "message of B, examined at A": Thing("message", (A, B), "ZQTWICE", "BETA"),
    "message on a bill of A": Thing("message", (A,), "ZQBILLA", "HOST"),
    "message on a bill of B": Thing("message", (B,), "ZQBILLB", "HOST"),
    "message of the manifest": Thing("message", (A, B), "ZQCARGO", "HOST"),
    "message of A, sharing": Thing("message", (A, B), "ZQSHARED", "ACME"),
    "message of B, sharing": Thing("message", (A, B), "ZQSHARED", "BETA"),
    "refused message to A": Thing("message", (A,), "ZQREFUSED", "ACME"),
    "refused message to B": Thing("message", (B,), "ZQREJECTED", "BETA"),
    "unreadable message": Thing("message", (), "ZQGARBAGE", "BETA"),
    "manifest of A": Thing("manifest", (A,), "ZQCARGO"),
    "audit of A": Thing("audit", (A,), "XA990000000101"),
    "audit of B": Thing("audit", (B,), "XA990000000102"),
    "doubt of A": Thing("doubt", (A,), "ZQWHYA"),
    "doubt of B": Thing("doubt", (B,), "ZQWHYB"),
    "contest of A": Thing("contest", (A,), "ZQPLEAA", "ACME"),
    "contest of B": Thing("contest", (B,), "ZQPLEAB", "BETA"),
    "question of A": Thing("question", (A,), "ZQASKA", "ACME"),
    "question of B": Thing("question", (B,), "ZQASKB", "BETA"),
    "journey from A to B": Thing("journey", (A, B), "ZQROADAB"),
    "journey from B to C": Thing("journey", (B, C), "ZQROADBC"),
    "permit of wildlife": Thing("permit", (A, B, C), "ZQCITES", "wildlife"),
    "permit of food": Thing("permit", (A, B, C), "ZQFOOD", "food"),
    "alert between B and C": Thing("alert", (B, C), "ZQROADBC"),
    "proposal of a lane at A": Thing("proposal", (A,), "ZQMILDA"),
    "proposal of a lane at B": Thing("proposal", (B,), "ZQMILDB"),
}

#: The bill of lading on which two offices had a declaration each.
SHARED_BILL: Final = "ZQLADING4711"

#: What lists are searched for.
WORDS: Final = ("ZQCITES", "ZQALPHA", "ZQSHARED", "ZQBRAVO", "ZQNOWHERE", "ZQTWICE", "ZQBILLB", "ZQROADBC")

#: Words that stand in other things as well: the number of an importer is in the papers, and what they say of him is in the audit.
SHARED: Final = {
    "XA990000000101": ("dossier of A", "message of A"),
    "XA990000000102": ("dossier of B", "message of B"),
    "ZQWHYA": ("dossier of A",),
    "ZQWHYB": ("dossier of B",),
    "ZQASKA": ("message of A",),
    "ZQASKB": ("message of B",),
    "ZQPLEAA": ("message of A",),
    "ZQPLEAB": ("message of B",),
    "ZQALPHA": ("audit of A", "doubt of A"),
    "ZQBRAVO": ("audit of B", "doubt of B"),
}

#: Kind → people who see things of it at all, within their office.
PEOPLE_WHO_SEE: Final = {
    **dict.fromkeys(
        ("dossier", "message", "manifest", "audit", "doubt", "contest", "question", "journey", "alert", "permit"),
        CUSTOMS,
    ),
    "proposal": EXAMINERS,
}


@dataclass(frozen=True)
class Reader:
    """Somebody who asks.

    Attributes:
        name: Sign-in name, or name of the key.
        role: The role.
        office: Office bound to; None for none.
        senders: Senders spoken for.
    """

    name: str
    role: str
    office: str | None = None
    senders: tuple[str, ...] = ()

    def sees(self, thing: Thing) -> bool:
        """Whether this reader may see a thing."""
        if self.role == "agency":
            return thing.kind == "permit" and thing.sender in self.senders
        if self.role in SENDING:
            return thing.kind in ("message", "contest", "question") and thing.sender in self.senders
        is_near = self.office is None or self.office in thing.offices
        return self.role in PEOPLE_WHO_SEE[thing.kind] and is_near

    def knows(self, thing: Thing) -> bool:
        """Whether this reader may know what was advised, ordered and found on a thing that he sees."""
        is_for_him = thing.advised is None or self.office in (None, *thing.advised)
        return self.sees(thing) and is_for_him


#: Every role at one office, at another, and bound to none; and an officer of an office that one journey alone belongs to.
PEOPLE: Final = (
    *(
        Reader(f"{role}.{name}", role, office)
        for role in CUSTOMS
        for name, office in (("a", A), ("b", B), ("hq", None))
    ),
    Reader("officer.c", "officer", C),
    Reader("affairs", "internal-affairs"),
)
KEYS: Final = (
    *PEOPLE,
    Reader("trader.acme", "trader", None, ("ACME",)),
    Reader("declarant.beta", "declarant", None, ("BETA",)),
    Reader("carrier.acme", "carrier", A, ("ACME",)),
    Reader("forwarder.both", "forwarder", None, ("ACME", "BETA")),
    Reader("trader.nobody", "trader", None, ()),
    Reader("host", "host", None, ("HOST",)),
    Reader("host.a", "host", A, ("HOST",)),
    Reader("feed", "feed", None, ("HOST",)),
    Reader("agency", "agency", None, ("wildlife",)),
)


@dataclass(frozen=True)
class Route:
    """What a route is about.

    Attributes:
        kind: Of what one thing it is, by its address; empty for a list, or the house.
        roles: Who is answered at all.
        is_unbound: Whether it is for those bound to no office alone.
        is_spoken_for: Whether it is for those who speak for a sender alone.
        good: Statuses for who may see it.
        queries: Filters of a list, each asked for; `{word}` stands for each of `WORDS`, other names for each there is.
        is_act: Whether it changes something; then it is asked only where it must be refused.
        has_word: Whether its answer must hold the word of the thing.
        of_advice: Whether it is about what was advised, ordered or found, and not about the papers.
        beside: Roles that may do the act without seeing the thing; they are not asked.
        why_not: Why it is not asked at all; empty if it is.
    """

    kind: str = ""
    roles: tuple[str, ...] = CUSTOMS
    is_unbound: bool = False
    is_spoken_for: bool = False
    good: tuple[int, ...] = (200,)
    queries: tuple[str, ...] = ("",)
    is_act: bool = False
    has_word: bool = False
    of_advice: bool = False
    beside: tuple[str, ...] = ()
    why_not: str = ""


def _act(kind: str, roles: tuple[str, ...] = EXAMINERS, *, of_advice: bool = False) -> Route:
    return Route(kind, roles, is_act=True, of_advice=of_advice)


#: Where it is tested who may: people of no office alone, and of a form whoever examined.
_PILOTS = "for people of no office alone: tests/pipeline/trials/test_pilots.py, tests/workbench/trials/test_pilots.py"

_POCKET = Route(
    why_not="its token stands in a header and its body is no form; who is refused: tests/workbench/control/test_pocket.py"
)
_SENDS_NOTHING_BACK: Final = Route(
    why_not="an act of the house as a whole: it names nothing, and answers with a redirect"
)
_OWN_DRAFT: Final = Route(
    why_not="his own alone, by sender: tests/pipeline/intake/test_drafts.py, tests/workbench/intake/test_own_lodge.py"
)
_OWN_ASSESSMENT: Final = Route(why_not="his own alone, by sender: tests/pipeline/credentials/test_self_assessments.py")
_OF_AFFAIRS: Final = Route(
    why_not="an act of internal affairs; who is refused: tests/workbench/governance/test_watchers.py"
)
_OF_EMERGENCIES: Final = Route(
    why_not="for whoever opened it, and overseers of where it belongs: tests/pipeline/queries/test_emergencies.py"
)
_OF_ANYBODY: Final = Route(why_not="shows nothing of the house's: samples of our own, or the way in and out")
#: Pages of people of traders: to everybody of customs they are not there.
_OF_TRADERS: Final = Route(roles=(), queries=("",))
_ACT_OF_TRADERS: Final = Route(
    why_not="his own alone, by sender, and not there for customs: tests/workbench/intake/test_own_messages.py"
)
_OF_OWN_QUESTION: Final = Route(
    why_not="his own alone, by sender, and by the dossier's office: tests/pipeline/control/test_questions.py"
)
_OF_QUESTION: Final = Route(why_not="its body is a form of its own: tests/pipeline/control/test_questions.py")
_OF_WEBHOOK: Final = Route(
    why_not="by side and sender: tests/api/test_webhooks.py, tests/pipeline/operations/test_event_delivery.py"
)
_SUBSCRIBERS: Final = "of the whole house: tests/pipeline/partners/test_subscribers.py"
_OF_ORDER: Final = Route("dossier", good=(200, 404), of_advice=True)
_PROOF: Final = Route("message", good=(200, 202))

#: Each list with every filter it has, asked alone and together.
_QUEUE: Final = (
    "", "state=all", "state=done", "lane=red&state=all", "lane=green&state=all", "mine=yes", "office=" + A, "office=" + B,
    "office=" + C, "office=NOWHERE", "office=" + B + "&state=all&text={word}", "state=all&text={word}", "text={word}",
    "state=all&text={reference}", "state=all&offset=1", "state=all&offset=5",
)  # fmt: skip
_TABLE: Final = (
    "state=all",
    "office=" + B + "&state=all",
    "state=all&text={word}",
    "mine=yes&state=all",
    "lane=red&state=all",
)
_ALERTS: Final = (
    "", "state=all", "severity=red", "severity=amber", "text={word}", "state=all&text={reference}", "journey={journey}",
    "order=stake", "state=all&order=stake", "overdue=yes",
    "state=all&journey={journey}", "mine=yes", "kind=seal-opened",
)  # fmt: skip

#: A guarantee and a device of the journey from B to C: registers show them to every office, and only these two act on them.
GUARANTEE: Final = "26XX1234567890AB1"
DEVICE: Final = "dev-1"
_ON_BOUND: Final = Route(why_not="an act on what a journey binds, asked by each office in a test of its own")

_AGENCY_PATHS: Final = (
    ("GET", "consignments/{consignment_id}"),
    *(("POST", f"consignments/{{consignment_id}}/{act}") for act in ("hold", "permit", "result")),
    *(("POST", f"calendar/{act}") for act in ("attendance", "move", "end")),
)
_AGENCY_CALLS: Final = (
    ("GET", "queue"),
    ("GET", "consignments/{consignment_id}"),
    *(("POST", f"consignments/{{consignment_id}}/{act}") for act in ("holds", "permits", "results")),
)
_CALENDAR_CALLS: Final = (
    ("GET", ""),
    ("POST", "/slots"),
    ("POST", "/slots/closing"),
    ("PUT", "/slots/attendance"),
    ("POST", "/{consignment_id}/move"),
    ("POST", "/{consignment_id}/end"),
)

#: Of an agency's own scope, and of its offices: what is out of it is not there.
_OF_AGENCY: Final = Route(why_not="by the scope of an agency's agreement: tests/pipeline/partners/test_agencies.py")
_OF_CALENDAR: Final = Route(why_not="by office, agency or sender: tests/pipeline/partners/test_agencies.py")

WORKBENCH: Final[dict[tuple[str, str], Route]] = {
    ("GET", "/sign-in"): _OF_ANYBODY,
    ("POST", "/sign-in"): _OF_ANYBODY,
    ("GET", "/sign-in/provider"): _OF_ANYBODY,
    ("GET", "/sign-in/provider/answer"): _OF_ANYBODY,
    ("POST", "/sign-in/provider/sign-out"): _OF_ANYBODY,
    ("GET", "/sign-in/second"): _OF_ANYBODY,
    ("POST", "/sign-in/second"): _OF_ANYBODY,
    ("POST", "/language"): _OF_ANYBODY,
    ("POST", "/purpose"): _OF_ANYBODY,
    ("POST", "/sign-out"): _OF_ANYBODY,
    ("GET", "/password"): _OF_ANYBODY,
    ("POST", "/password"): _OF_ANYBODY,
    ("GET", "/account"): Route(roles=STAFF),
    ("GET", "/account/second-factor"): Route(roles=STAFF),
    ("POST", "/account/second-factor/app"): _SENDS_NOTHING_BACK,
    ("POST", "/account/second-factor/app/confirm"): _SENDS_NOTHING_BACK,
    ("POST", "/account/second-factor/passkey"): _SENDS_NOTHING_BACK,
    ("POST", "/account/second-factor/passkey/confirm"): _SENDS_NOTHING_BACK,
    ("POST", "/account/second-factor/remove"): _SENDS_NOTHING_BACK,
    ("POST", "/account/clock"): _SENDS_NOTHING_BACK,
    ("POST", "/account/notices"): _SENDS_NOTHING_BACK,
    ("POST", "/account/test"): _SENDS_NOTHING_BACK,
    ("GET", "/parts"): _OF_ANYBODY,
    ("GET", "/"): Route(roles=STAFF, good=(303,)),
    ("GET", "/own"): _OF_TRADERS,
    ("GET", "/own/contests"): _OF_TRADERS,
    ("GET", "/own/questions"): _OF_TRADERS,
    ("GET", "/own/mandates"): _OF_TRADERS,
    ("GET", "/own/appointments"): _OF_TRADERS,
    ("POST", "/own/appointments/move"): _ACT_OF_TRADERS,
    ("GET", "/agency"): Route(roles=()),
    ("GET", "/agency/calendar"): Route(roles=()),
    **{(method, f"/agency/{path}"): _OF_AGENCY for method, path in _AGENCY_PATHS},
    ("GET", "/own/keys"): _OF_TRADERS,
    ("GET", "/own/standing"): _OF_TRADERS,
    ("GET", "/own/quality"): _OF_TRADERS,
    ("GET", "/own/decisions"): _OF_TRADERS,
    ("GET", "/own/messages/{message_id}"): _ACT_OF_TRADERS,
    ("GET", "/own/messages/{message_id}/payment.pdf"): _ACT_OF_TRADERS,
    ("GET", "/own/messages/{message_id}/content.bin"): _ACT_OF_TRADERS,
    ("GET", "/own/messages/{message_id}/answer.bin"): _ACT_OF_TRADERS,
    ("GET", "/own/messages/{message_id}/receipt.json"): _ACT_OF_TRADERS,
    ("GET", "/own/messages/{message_id}/receipt.html"): _ACT_OF_TRADERS,
    ("GET", "/own/messages/{message_id}/proof.json"): _ACT_OF_TRADERS,
    ("GET", "/own/messages/{message_id}/proof.tlog-proof"): _ACT_OF_TRADERS,
    ("GET", "/own/messages/{message_id}/proof.cose"): _ACT_OF_TRADERS,
    ("GET", "/own/messages/{message_id}/accesses"): _ACT_OF_TRADERS,
    ("GET", "/own/messages/{message_id}/contest"): _ACT_OF_TRADERS,
    ("POST", "/own/messages/{message_id}/contest"): _ACT_OF_TRADERS,
    ("GET", "/own/contests/{contest_id}"): _ACT_OF_TRADERS,
    ("POST", "/own/contests/{contest_id}/papers"): _ACT_OF_TRADERS,
    ("POST", "/own/contests/{contest_id}/withdrawal"): _ACT_OF_TRADERS,
    ("POST", "/own/questions"): _ACT_OF_TRADERS,
    ("GET", "/own/questions/{question_id}"): _ACT_OF_TRADERS,
    ("GET", "/own/questions/{question_id}/papers/{record_id}"): _ACT_OF_TRADERS,
    ("POST", "/own/questions/{question_id}/papers"): _ACT_OF_TRADERS,
    ("POST", "/own/questions/{question_id}/answer"): _ACT_OF_TRADERS,
    ("POST", "/own/questions/{question_id}/withdrawal"): _ACT_OF_TRADERS,
    ("GET", "/questions"): Route(queries=("", "state=closed")),
    ("GET", "/questions/new"): Route(roles=("analyst", *EXAMINERS)),
    ("POST", "/questions/new"): _OF_QUESTION,
    ("GET", "/questions/{question_id}"): Route("question", has_word=True),
    ("GET", "/questions/{question_id}/papers/{record_id}"): Route("question", good=(404,)),
    ("POST", "/questions/{question_id}/papers"): _OF_QUESTION,
    ("POST", "/questions/{question_id}/answer"): _act("question"),
    ("POST", "/questions/{question_id}/withdrawal"): _act("question"),
    ("POST", "/own/mandates"): _ACT_OF_TRADERS,
    ("POST", "/own/mandates/{mandate_id}/revocation"): _ACT_OF_TRADERS,
    ("GET", "/own/webhooks"): _OF_TRADERS,
    ("POST", "/own/webhooks"): _ACT_OF_TRADERS,
    ("GET", "/own/webhooks/{webhook_id}"): _ACT_OF_TRADERS,
    ("POST", "/own/webhooks/{webhook_id}/test"): _ACT_OF_TRADERS,
    ("POST", "/own/webhooks/{webhook_id}/confirm"): _ACT_OF_TRADERS,
    ("POST", "/own/webhooks/{webhook_id}/secret"): _ACT_OF_TRADERS,
    ("POST", "/own/webhooks/{webhook_id}/state"): _ACT_OF_TRADERS,
    ("POST", "/own/webhooks/{webhook_id}/undelivered"): _ACT_OF_TRADERS,
    ("GET", "/administration/webhooks"): Route(roles=("supervisor",)),
    ("POST", "/administration/webhooks"): _OF_WEBHOOK,
    ("GET", "/administration/webhooks/{webhook_id}"): _OF_WEBHOOK,
    ("POST", "/administration/webhooks/{webhook_id}/test"): _OF_WEBHOOK,
    ("POST", "/administration/webhooks/{webhook_id}/confirm"): _OF_WEBHOOK,
    ("POST", "/administration/webhooks/{webhook_id}/secret"): _OF_WEBHOOK,
    ("POST", "/administration/webhooks/{webhook_id}/state"): _OF_WEBHOOK,
    ("POST", "/administration/webhooks/{webhook_id}/undelivered"): _OF_WEBHOOK,
    ("GET", "/queue"): Route(queries=_QUEUE),
    ("GET", "/queue.csv"): Route(queries=_TABLE),
    ("GET", "/queue.xlsx"): Route(queries=_TABLE),
    ("GET", "/queue/next"): Route(good=(303,), queries=(*_TABLE, "after={dossier}&state=all")),
    ("GET", "/search"): Route(good=(200, 303), queries=("", "text={word}", "text={reference}")),
    ("GET", "/traders/{key}"): Route(good=(200, 404)),
    ("GET", "/inbox"): Route(queries=("", "kind=due", "kind=mention", "kind=snoozed")),
    ("POST", "/inbox/{notice_id}/done"): _SENDS_NOTHING_BACK,
    ("GET", "/next"): Route(good=(303,), queries=("", "after={dossier}")),
    ("GET", "/orders/assign"): Route(roles=("supervisor",), good=(200, 404, 422), queries=("order=" + A,)),
    ("POST", "/orders/assign"): _SENDS_NOTHING_BACK,
    ("POST", "/orders/take-back"): _SENDS_NOTHING_BACK,
    ("POST", "/consignments/{consignment_id}/comments"): _act("dossier", ("analyst", *EXAMINERS), of_advice=True),
    ("GET", "/consignments/{consignment_id}/snooze"): Route("dossier", good=(200, 404)),
    ("POST", "/consignments/{consignment_id}/snooze"): _act("dossier", CUSTOMS, of_advice=True),
    ("POST", "/consignments/{consignment_id}/wake"): _act("dossier", CUSTOMS, of_advice=True),
    ("POST", "/queue/views"): _SENDS_NOTHING_BACK,
    ("POST", "/queue/views/{view_id}/remove"): _SENDS_NOTHING_BACK,
    ("GET", "/consignments/{consignment_id}"): Route("dossier", has_word=True),
    ("GET", "/consignments/{consignment_id}/papers"): Route("dossier"),
    ("POST", "/consignments/{consignment_id}/papers/part"): _act("dossier", ("analyst", *EXAMINERS)),
    ("POST", "/consignments/{consignment_id}/papers/join"): _act("dossier", ("analyst", *EXAMINERS)),
    ("POST", "/consignments/{consignment_id}/papers/undo"): _act("dossier", ("analyst", *EXAMINERS)),
    ("GET", "/quality"): Route(queries=("", "days=7", "days=366", "days=x")),
    ("GET", "/consignments/{consignment_id}/reasons"): Route("dossier", good=(200, 404), of_advice=True),
    ("GET", "/consignments/{consignment_id}/order"): Route("dossier", good=(200, 404), of_advice=True),
    ("POST", "/consignments/{consignment_id}/order"): _act("dossier", CUSTOMS, of_advice=True),
    ("GET", "/consignments/{consignment_id}/order.pdf"): Route("dossier", good=(200, 404), of_advice=True),
    ("GET", "/consignments/{consignment_id}/order/proof"): Route("dossier", good=(200, 404), of_advice=True),
    ("GET", "/consignments/{consignment_id}/values"): Route("dossier", of_advice=True),
    ("GET", "/consignments/{consignment_id}/values/{item}/ask"): _OF_ORDER,
    ("POST", "/consignments/{consignment_id}/values/{item}/ask"): _act(
        "dossier", ("analyst", *EXAMINERS), of_advice=True
    ),
    ("GET", "/consignments/{consignment_id}/doubts/{doubt_id}"): Route("doubt", has_word=True),
    ("POST", "/consignments/{consignment_id}/doubts/{doubt_id}/{kind}"): _act("doubt", ("analyst", *EXAMINERS)),
    ("GET", "/consignments/{consignment_id}/duties"): Route("dossier"),
    ("POST", "/consignments/{consignment_id}/payment"): _act("dossier"),
    ("GET", "/consignments/{consignment_id}/payment/slip.pdf"): Route("dossier", good=(200, 404)),
    ("POST", "/consignments/{consignment_id}/payment/received"): Route(
        why_not="an act on the account of the whole house; see tests/api/test_payments.py"
    ),
    ("POST", "/consignments/{consignment_id}/payment/assignment"): Route(
        why_not="an act on the account of the whole house; see tests/api/test_payments.py"
    ),
    ("POST", "/consignments/{consignment_id}/payment/refund"): Route(
        why_not="an act on the account of the whole house; see tests/api/test_payments.py"
    ),
    ("GET", "/tariff"): Route(
        why_not="the law of the house, which is public; see tests/workbench/measures/test_duties.py"
    ),
    ("GET", "/permits"): Route(queries=("", "state=valid", "state=withdrawn", "text={word}", "offset=1")),
    ("GET", "/permits/new"): Route(),
    ("POST", "/permits/new"): _SENDS_NOTHING_BACK,
    ("GET", "/permits/licence"): Route(),
    ("POST", "/permits/licence"): _SENDS_NOTHING_BACK,
    ("GET", "/permits/{permit_id}"): Route("permit", has_word=True),
    ("GET", "/permits/{permit_id}/{becomes}"): Route("permit", has_word=True),
    ("POST", "/permits/{permit_id}/{becomes}"): _act("permit"),
    ("GET", "/consignments/{consignment_id}/holds"): Route("dossier"),
    ("GET", "/consignments/{consignment_id}/agencies"): Route("dossier"),
    ("POST", "/consignments/{consignment_id}/agencies/override"): _SENDS_NOTHING_BACK,
    ("GET", "/appointments"): Route(),
    ("POST", "/appointments/slots"): _SENDS_NOTHING_BACK,
    ("POST", "/appointments/closing"): _SENDS_NOTHING_BACK,
    ("POST", "/appointments/move"): _SENDS_NOTHING_BACK,
    ("POST", "/appointments/end"): _SENDS_NOTHING_BACK,
    ("POST", "/consignments/{consignment_id}/holds"): _act("dossier"),
    ("GET", "/consignments/{consignment_id}/evidence/{record_id}"): Route("dossier", good=(200, 404), of_advice=True),
    ("GET", "/consignments/{consignment_id}/files/{record_id}"): Route("dossier", good=(200, 404), of_advice=True),
    ("GET", "/pocket"): Route(),
    ("GET", "/pocket/worker.js"): Route(why_not="program text, the same for everybody"),
    ("GET", "/pocket/orders.json"): Route(),
    ("POST", "/pocket/orders/{order_id}/files"): _POCKET,
    ("POST", "/pocket/orders/{order_id}/results"): _POCKET,
    ("GET", "/manifests"): Route(queries=("", "show=open", "show=over", "show=overdue", "show=findings", "offset=1")),
    ("GET", "/manifests/{manifest_id}"): Route("manifest", has_word=True),
    ("GET", "/consignments/{consignment_id}/orders/{order_id}/result"): Route(
        "dossier", good=(200, 403, 404), of_advice=True
    ),
    ("GET", "/consignments/{consignment_id}/orders/{order_id}/results/{result_id}"): Route(
        "dossier", good=(200, 403, 404), of_advice=True
    ),
    ("POST", "/consignments/{consignment_id}/orders/{order_id}/result"): _act("dossier", of_advice=True),
    ("GET", "/consignments/{consignment_id}/override"): Route("dossier", of_advice=True),
    ("POST", "/consignments/{consignment_id}/override"): _act("dossier", of_advice=True),
    ("GET", "/consignments/{consignment_id}/orders/{order_id}/release"): _OF_ORDER,
    ("POST", "/consignments/{consignment_id}/orders/{order_id}/release"): _act("dossier", of_advice=True),
    ("GET", "/consignments/{consignment_id}/orders/{order_id}/take-over"): _OF_ORDER,
    ("POST", "/consignments/{consignment_id}/orders/{order_id}/take-over"): _act("dossier", of_advice=True),
    ("POST", "/consignments/{consignment_id}/orders/{order_id}/reopen"): _act("dossier", of_advice=True),
    ("GET", "/intelligence"): Route(good=(200, 404), queries=("", "state=all", "consignment={dossier}")),
    ("GET", "/intelligence/new"): Route(roles=("analyst", "officer", "supervisor")),
    ("POST", "/intelligence/new"): _SENDS_NOTHING_BACK,
    ("GET", "/intelligence/{report_id}/end"): Route("report", good=(200, 404)),
    ("POST", "/intelligence/{report_id}/end"): _SENDS_NOTHING_BACK,
    ("GET", "/screening"): Route(
        queries=("", "state=open", "state=confirmed", "state=cleared", "state=gone", "page=2")
    ),
    ("GET", "/screening/names"): Route(),
    ("GET", "/screening/{consignment_id}"): Route("dossier", good=(200, 404)),
    ("POST", "/screening/{consignment_id}/clear"): _act("dossier", ("analyst", "supervisor")),
    ("POST", "/screening/{consignment_id}/confirm"): _act("dossier", ("analyst", "supervisor")),
    ("GET", "/messages/{message_id}"): Route("message"),
    ("GET", "/messages/{message_id}/content"): Route("message", has_word=True),
    ("GET", "/messages/{message_id}/content.bin"): Route("message", has_word=True),
    ("GET", "/messages/{message_id}/proof"): Route("message"),
    ("GET", "/messages/{message_id}/answer.bin"): Route("message"),
    ("GET", "/messages/{message_id}/receipt.json"): Route("message"),
    ("GET", "/messages/{message_id}/proof.json"): _PROOF,
    ("GET", "/messages/{message_id}/proof.tlog-proof"): _PROOF,
    ("GET", "/messages/{message_id}/proof.cose"): _PROOF,
    ("GET", "/messages/{message_id}/receipt.html"): _PROOF,
    ("GET", "/statistics"): Route(queries=("", "since=2020-01-01", "since=2999-01-01")),
    ("GET", "/statistics.xlsx"): Route(queries=("", "since=2020-01-01")),
    ("GET", "/trials/pilots"): Route(is_unbound=True),
    ("GET", "/trials/pilots/new"): Route(roles=("analyst", "supervisor"), is_unbound=True),
    ("POST", "/trials/pilots/power"): _SENDS_NOTHING_BACK,
    ("POST", "/trials/pilots"): _SENDS_NOTHING_BACK,
    ("GET", "/trials/pilots/{pilot_id}"): Route(why_not=_PILOTS),
    ("POST", "/trials/pilots/{pilot_id}/look"): _SENDS_NOTHING_BACK,
    ("POST", "/trials/pilots/{pilot_id}/stop"): _SENDS_NOTHING_BACK,
    ("GET", "/trials/pilots/{pilot_id}/report.{form}"): Route(why_not=_PILOTS),
    ("GET", "/consignments/{consignment_id}/pilot"): Route(why_not=_PILOTS),
    ("POST", "/consignments/{consignment_id}/pilot"): _SENDS_NOTHING_BACK,
    ("GET", "/trials/release"): Route(
        good=(200, 422), queries=("", "since=2020-06-01&until=2021-05-31", "by=office", "office={word}", "by=colour")
    ),
    ("GET", "/trials/release.csv"): Route(queries=("", "by=office")),
    ("GET", "/trials/release/published"): Route(queries=("", "by=office")),
    ("GET", "/trials/release/published.pdf"): Route(queries=("",)),
    ("GET", "/trials/what-if"): Route(),
    ("POST", "/trials/what-if"): _SENDS_NOTHING_BACK,
    ("GET", "/trials/what-if/{question_id}"): Route(good=(404,)),
    ("POST", "/trials/what-if/{question_id}/check"): _SENDS_NOTHING_BACK,
    ("GET", "/review"): Route(roles=("analyst", "supervisor")),
    ("GET", "/review/progress"): Route(roles=("analyst", "supervisor"), good=(303,)),
    ("GET", "/review/report.html"): Route(roles=("analyst", "supervisor"), good=(404,)),
    ("POST", "/review/files"): _SENDS_NOTHING_BACK,
    ("POST", "/review/read"): _SENDS_NOTHING_BACK,
    ("POST", "/review/columns"): _SENDS_NOTHING_BACK,
    ("POST", "/review/go"): _SENDS_NOTHING_BACK,
    ("POST", "/review/forget"): _SENDS_NOTHING_BACK,
    ("GET", "/contests"): Route(queries=("", "state=closed")),
    ("GET", "/contests/{contest_id}"): Route("contest", has_word=True),
    ("GET", "/contests/{contest_id}/papers/{record_id}"): Route("contest", good=(404,)),
    ("POST", "/contests/{contest_id}/receipt"): _act("contest"),
    ("POST", "/contests/{contest_id}/answer"): _act("contest"),
    ("GET", "/audits"): Route(queries=("", "state=all", "state=proposed", "state=closed")),
    ("GET", "/audits/plan"): Route(),
    ("POST", "/audits/plan"): _SENDS_NOTHING_BACK,
    ("GET", "/audits/{audit_id}"): Route("audit", has_word=True),
    ("GET", "/audits/{audit_id}/lines/{consignment}/{item}"): Route("audit", good=(200, 404)),
    ("POST", "/audits/{audit_id}/lines/{consignment}/{item}"): _act("audit"),
    ("GET", "/audits/{audit_id}/acts/{name}"): Route("audit", good=(200, 404)),
    ("POST", "/audits/{audit_id}/acts/{name}"): _act("audit"),
    ("GET", "/log"): Route(),
    ("GET", "/set-aside"): Route(roles=OVERSEERS, is_unbound=True, queries=("", "state=all", "state=open")),
    ("GET", "/set-aside/{wanted}/{act}"): Route(why_not="nothing is set aside in the house that is walked through"),
    ("POST", "/set-aside/{wanted}/{act}"): _SENDS_NOTHING_BACK,
    ("GET", "/threats"): Route(roles=ANALYSTS, queries=("", "days=365", "about=trade", "about=inside&days=30")),
    ("GET", "/threats/hubs"): Route(),
    ("POST", "/threats/hubs"): Route(why_not="a file, and the answer is about that file; nothing else is shown"),
    ("POST", "/threats/hubs/withdraw"): _SENDS_NOTHING_BACK,
    ("GET", "/rules"): Route(roles=ANALYSTS),
    ("GET", "/rules/review"): Route(roles=ANALYSTS),
    ("GET", "/rules/desk"): Route(roles=("analyst", "supervisor")),
    ("POST", "/rules/desk"): Route(
        why_not="what it shows of the past is decided case by case, as on the page of a rule"
    ),
    ("GET", "/rules/{code}"): Route("rule", roles=ANALYSTS),
    ("POST", "/rules/{code}/measure"): _SENDS_NOTHING_BACK,
    ("GET", "/administration"): Route(roles=OVERSEERS, is_unbound=True),
    ("GET", "/administration/access"): Route(roles=OVERSEERS, is_unbound=True),
    ("GET", "/administration/access/{kind}"): Route(why_not="an empty form, for supervisors alone"),
    ("POST", "/administration/access/account"): _SENDS_NOTHING_BACK,
    ("POST", "/administration/access/password"): _SENDS_NOTHING_BACK,
    ("POST", "/administration/access/shown-password"): _SENDS_NOTHING_BACK,
    ("POST", "/administration/access/enable"): _SENDS_NOTHING_BACK,
    ("POST", "/administration/access/factor"): _SENDS_NOTHING_BACK,
    ("POST", "/administration/access/disable"): _SENDS_NOTHING_BACK,
    ("POST", "/administration/access/key"): _SENDS_NOTHING_BACK,
    ("POST", "/administration/access/senders"): _SENDS_NOTHING_BACK,
    ("POST", "/administration/access/revoke"): _SENDS_NOTHING_BACK,
    ("GET", "/waiting"): Route(),
    ("GET", "/waiting/{proposal_id}"): Route("proposal", has_word=True),
    ("POST", "/waiting/{proposal_id}/approve"): _SENDS_NOTHING_BACK,
    ("POST", "/waiting/{proposal_id}/apply"): _SENDS_NOTHING_BACK,
    ("POST", "/waiting/{proposal_id}/refuse"): _SENDS_NOTHING_BACK,
    ("POST", "/waiting/{proposal_id}/withdraw"): _SENDS_NOTHING_BACK,
    ("GET", "/policies"): Route(roles=ANALYSTS),
    ("POST", "/policies/drafts"): _SENDS_NOTHING_BACK,
    ("GET", "/policies/drafts/{name}"): Route(roles=ANALYSTS, good=(404,)),
    ("POST", "/policies/drafts/{name}/try"): _SENDS_NOTHING_BACK,
    ("POST", "/policies/drafts/{name}/propose"): _SENDS_NOTHING_BACK,
    ("GET", "/policies/versions/{number}"): Route(roles=ANALYSTS, good=(404,)),
    ("POST", "/policies/versions/{number}/again"): _SENDS_NOTHING_BACK,
    ("GET", "/policies/looks"): Route(roles=OVERSEERS, is_unbound=True),
    ("GET", "/policies/looks/{look_id}"): Route(roles=OVERSEERS, is_unbound=True, good=(404,)),
    ("GET", "/administration/law"): Route(roles=OVERSEERS, is_unbound=True),
    ("POST", "/administration/law/{kind}"): _SENDS_NOTHING_BACK,
    ("GET", "/administration/codes"): Route(roles=OVERSEERS, is_unbound=True),
    ("POST", "/administration/codes"): _SENDS_NOTHING_BACK,
    ("POST", "/administration/codes/remove"): _SENDS_NOTHING_BACK,
    ("GET", "/administration/retention"): Route(roles=OVERSEERS, is_unbound=True),
    ("POST", "/administration/retention/schedule"): _SENDS_NOTHING_BACK,
    ("POST", "/administration/retention/holds"): _SENDS_NOTHING_BACK,
    ("POST", "/administration/retention/holds/release"): _SENDS_NOTHING_BACK,
    ("POST", "/administration/retention/erase"): _SENDS_NOTHING_BACK,
    ("GET", "/administration/retention/erasures/{proposal_id}"): Route(
        why_not="for overseers alone, and there is no proposal to erase: tests/api/test_retention.py"
    ),
    ("GET", "/administration/retention/report"): Route(roles=OVERSEERS, is_unbound=True),
    ("GET", "/administration/subjects"): Route(roles=("supervisor",), is_unbound=True),
    ("POST", "/administration/subjects"): Route(
        why_not="an answer about one subject, for supervisors of no office: tests/workbench/governance/test_subjects.py"
    ),
    ("GET", "/administration/agreements"): Route(roles=OVERSEERS, is_unbound=True),
    ("POST", "/administration/agreements"): _SENDS_NOTHING_BACK,
    ("GET", "/administration/agreements/{name}"): Route(
        why_not="of the whole house, for overseers alone: tests/api/test_retention.py"
    ),
    ("POST", "/administration/agreements/{name}/end"): _SENDS_NOTHING_BACK,
    ("GET", "/administration/sources"): Route(is_unbound=True),
    ("POST", "/administration/sources"): _SENDS_NOTHING_BACK,
    ("POST", "/administration/sources/{source_id}/state"): _SENDS_NOTHING_BACK,
    ("POST", "/consignments/{consignment_id}/sources"): _SENDS_NOTHING_BACK,
    ("POST", "/consignments/{consignment_id}/sources/{pull_id}/doubt"): _SENDS_NOTHING_BACK,
    ("GET", "/administration/mirror"): Route(
        roles=ANALYSTS, is_unbound=True, good=(200, 422), queries=("", "country=XB&month=2026-03")
    ),
    ("GET", "/trials/readiness"): Route(roles=ANALYSTS, is_unbound=True),
    ("GET", "/trials/readiness/report.html"): Route(roles=ANALYSTS, is_unbound=True),
    ("GET", "/trials/readiness/report.csv"): Route(roles=ANALYSTS, is_unbound=True),
    ("GET", "/trials/readiness/report.json"): Route(roles=ANALYSTS, is_unbound=True),
    ("POST", "/trials/readiness/answers/{question}"): _SENDS_NOTHING_BACK,
    ("POST", "/trials/readiness/costs/{question}"): _SENDS_NOTHING_BACK,
    ("GET", "/trials/use-cases"): Route(roles=ANALYSTS, is_unbound=True),
    ("GET", "/trials/use-cases/new"): Route(roles=("analyst", "supervisor"), is_unbound=True),
    ("POST", "/trials/use-cases"): _SENDS_NOTHING_BACK,
    ("POST", "/trials/use-cases/taken"): _SENDS_NOTHING_BACK,
    ("GET", "/trials/use-cases/taken/{card_id}"): Route(roles=ANALYSTS, is_unbound=True, good=(404,)),
    ("GET", "/trials/use-cases/{card_id}"): Route(roles=ANALYSTS, is_unbound=True, good=(404,)),
    ("GET", "/trials/use-cases/{card_id}/change"): Route(roles=("analyst", "supervisor"), is_unbound=True, good=(404,)),
    ("POST", "/trials/use-cases/{card_id}/change"): _SENDS_NOTHING_BACK,
    ("POST", "/trials/use-cases/{card_id}/share"): _SENDS_NOTHING_BACK,
    ("GET", "/trials/use-cases/{card_id}/file.json"): Route(roles=ANALYSTS, is_unbound=True, good=(404,)),
    ("GET", "/trials/years/{year}"): Route(
        why_not="of the whole house, for those of no office alone: tests/workbench/trials/test_lessons.py"
    ),
    ("GET", "/trials/years/{year}/report.html"): Route(
        why_not="of the whole house, for those of no office alone: tests/workbench/trials/test_lessons.py"
    ),
    ("GET", "/trials/years/{year}/report.json"): Route(
        why_not="of the whole house, for those of no office alone: tests/workbench/trials/test_lessons.py"
    ),
    ("POST", "/trials/years/{year}"): _SENDS_NOTHING_BACK,
    ("GET", "/trials/recommendations"): Route(roles=ANALYSTS, is_unbound=True),
    ("POST", "/trials/recommendations"): _SENDS_NOTHING_BACK,
    ("GET", "/trials/recommendations/{recommendation_id}"): Route(roles=ANALYSTS, is_unbound=True, good=(404,)),
    ("POST", "/trials/recommendations/{recommendation_id}/decide"): _SENDS_NOTHING_BACK,
    ("POST", "/trials/recommendations/{recommendation_id}/judge"): _SENDS_NOTHING_BACK,
    ("GET", "/administration/partners"): Route(roles=ANALYSTS, is_unbound=True),
    ("GET", "/administration/partners/{notice_id}"): Route(
        why_not="for analysts of no office alone: tests/api/test_exchange.py"
    ),
    ("GET", "/administration/partners/messages/{message_id}"): Route(
        why_not="for analysts of no office alone: tests/api/test_exchange.py"
    ),
    ("POST", "/administration/partners/{notice_id}/answer"): Route(
        why_not="an act, for supervisors of no office alone: tests/api/test_exchange.py"
    ),
    **{
        (method, f"/administration/partners/subscriptions/{{subscription_id}}{path}"): Route(why_not=_SUBSCRIBERS)
        for method, path in (("GET", ""), ("POST", "/again"), ("POST", "/end"))
    },
    ("GET", "/administration/offices"): Route(roles=OVERSEERS, is_unbound=True),
    ("GET", "/administration/offices/set"): Route(roles=("supervisor",), is_unbound=True),
    ("POST", "/administration/offices/set"): _SENDS_NOTHING_BACK,
    ("GET", "/administration/refusals"): Route(roles=OVERSEERS, is_unbound=True),
    ("GET", "/administration/settings"): Route(roles=OVERSEERS, is_unbound=True),
    ("GET", "/administration/lists"): Route(),
    ("POST", "/administration/lists"): _SENDS_NOTHING_BACK,
    ("GET", "/administration/devices"): Route(roles=("supervisor",), is_unbound=True),
    ("POST", "/administration/devices"): _SENDS_NOTHING_BACK,
    ("GET", "/administration/permits"): Route(roles=EXAMINERS),
    ("POST", "/administration/permits"): _SENDS_NOTHING_BACK,
    ("POST", "/rules/{code}/test"): _SENDS_NOTHING_BACK,
    ("POST", "/rules/{code}/shadow"): _SENDS_NOTHING_BACK,
    ("POST", "/rules/{code}/publish"): _SENDS_NOTHING_BACK,
    ("POST", "/rules/{code}/end"): _SENDS_NOTHING_BACK,
    ("GET", "/tracking"): Route(queries=_ALERTS),
    ("GET", "/tracking/live"): Route(queries=("", "since=2020-01-01T00:00:00Z")),
    ("GET", "/tracking/alerts/{alert_id}"): Route("alert", has_word=True),
    ("GET", "/tracking/alerts/{alert_id}/{name}"): Route("alert", good=(200, 404)),
    ("POST", "/tracking/alerts/{alert_id}/{name}"): _act("alert", ("analyst", *EXAMINERS)),
    ("GET", "/tracking/journeys"): Route(
        queries=("", "state=all", "state=arrived", "state=discharged", "state=all&text={word}", "page=2&state=all")
    ),
    ("GET", "/tracking/journeys/new"): Route(good=(200, 404), queries=("", "consignment={dossier}")),
    ("POST", "/tracking/journeys/new"): Route(why_not="an act at an office that is named; see the tests below"),
    ("GET", "/tracking/journeys/{journey_id}"): Route("journey", has_word=True),
    ("GET", "/tracking/journeys/{journey_id}/fixes.csv"): Route("journey"),
    ("GET", "/tracking/journeys/{journey_id}/events.json"): Route("journey", good=(200, 404)),
    ("GET", "/tracking/journeys/{journey_id}/{name}"): Route("journey", good=(200, 404)),
    ("POST", "/tracking/journeys/{journey_id}/leave"): _act("journey"),
    ("POST", "/tracking/journeys/{journey_id}/detour"): _act("journey"),
    ("POST", "/tracking/journeys/{journey_id}/convoy"): _act("journey"),
    ("POST", "/tracking/journeys/{journey_id}/discharge"): _act("journey"),
    ("GET", "/continuity"): Route(queries=("", "after=10", "after=none")),
    ("GET", "/continuity/gateways"): Route(queries=("", "shown=alpha-gate"), good=(303,)),
    ("POST", "/continuity/outages"): _SENDS_NOTHING_BACK,
    ("POST", "/continuity/outages/{outage_id}/end"): _SENDS_NOTHING_BACK,
    ("POST", "/continuity/held/{held_id}"): _SENDS_NOTHING_BACK,
    ("POST", "/continuity/packs"): Route(
        why_not="of one office alone, and heavy: tests/workbench/partners/test_office_packs.py"
    ),
    ("GET", "/continuity/packs/{pack_id}"): Route(
        why_not="of one office alone: tests/workbench/partners/test_office_packs.py"
    ),
    ("POST", "/continuity/results"): Route(
        why_not="its body is a signed file: tests/workbench/partners/test_office_packs.py"
    ),
    ("POST", "/continuity/paper"): Route(
        why_not="by the code of a form alone: tests/workbench/partners/test_office_packs.py"
    ),
    ("GET", "/emergencies"): Route(
        why_not="one's own, and those of one's offices: tests/pipeline/queries/test_emergencies.py"
    ),
    ("POST", "/emergencies"): _SENDS_NOTHING_BACK,
    ("GET", "/emergencies/{emergency_id}"): _OF_EMERGENCIES,
    ("GET", "/emergencies/{emergency_id}/consignment"): _OF_EMERGENCIES,
    ("GET", "/emergencies/{emergency_id}/messages/{message_id}"): _OF_EMERGENCIES,
    ("POST", "/emergencies/{emergency_id}/end"): _SENDS_NOTHING_BACK,
    ("POST", "/emergencies/{emergency_id}/review"): _SENDS_NOTHING_BACK,
    ("GET", "/watchers"): Route(roles=AFFAIRS),
    ("POST", "/watchers/find"): _OF_AFFAIRS,
    ("GET", "/watchers/decoys"): Route(roles=AFFAIRS),
    ("POST", "/watchers/decoys/{act}"): _OF_AFFAIRS,
    ("GET", "/watchers/{case_id}"): Route(roles=AFFAIRS, good=(404,)),
    ("POST", "/watchers/{case_id}/{act}"): _OF_AFFAIRS,
    ("GET", "/tracking/places"): Route(queries=("", "retired=yes")),
    ("GET", "/tracking/places/new"): Route(),
    ("POST", "/tracking/places/new"): _SENDS_NOTHING_BACK,
    ("GET", "/tracking/places/change"): Route(queries=("kind=geofence&name=" + A,)),
    ("GET", "/tracking/places/retire"): Route(queries=("kind=geofence&name=" + A,)),
    ("POST", "/tracking/places/retire"): _SENDS_NOTHING_BACK,
    ("POST", "/tracking/places/restore"): _SENDS_NOTHING_BACK,
    ("GET", "/tracking/guarantees"): Route(queries=("", "text={word}", "text={reference}")),
    ("GET", "/tracking/guarantees/new"): Route(roles=("supervisor",)),
    ("POST", "/tracking/guarantees/new"): _SENDS_NOTHING_BACK,
    ("GET", "/tracking/guarantees/{number}"): Route(
        why_not="a register of the whole house; what of other offices it hides: tests/pipeline/tracking/test_guarantees.py"
    ),
    ("POST", "/tracking/guarantees/{number}/{name}"): _ON_BOUND,
    ("GET", "/tracking/on-call"): Route(),
    ("POST", "/tracking/on-call"): _SENDS_NOTHING_BACK,
    ("GET", "/tracking/hand-overs"): Route(queries=("", "journey={journey}")),
    ("GET", "/tracking/hand-overs/{direction}/{name}.jwt"): Route(
        why_not="of a list that stands above; whose hand-overs are shown: tests/pipeline/tracking/test_hand_overs.py"
    ),
    ("POST", "/tracking/hand-overs/{act_name}"): Route(
        why_not="an act on a journey that is named in the form: tests/pipeline/tracking/test_hand_overs.py"
    ),
    ("GET", "/tracking/enquiries"): Route(),
    ("GET", "/tracking/enquiries/{journey_id}"): Route("journey", good=(200, 404)),
    ("POST", "/tracking/enquiries/{journey_id}/{name}"): _act("journey"),
    ("GET", "/tracking/reports"): Route(
        queries=("", f"departure={A}&destination={B}", f"departure={B}&destination={B}")
    ),
    ("GET", "/tracking/reports/{part}.csv"): Route(good=(200, 404)),
    ("GET", "/tracking/cells"): Route(),
    ("POST", "/tracking/cells"): Route(why_not="a file, and the answer is about that file; nothing else is shown"),
    ("POST", "/tracking/cells/withdraw"): _SENDS_NOTHING_BACK,
    ("GET", "/own/assessment"): _OWN_ASSESSMENT,
    ("GET", "/own/assessment/summary.json"): _OWN_ASSESSMENT,
    ("GET", "/own/assessment/summary.html"): _OWN_ASSESSMENT,
    ("POST", "/own/assessment/submission"): _OWN_ASSESSMENT,
    ("GET", "/own/assessment/{theme}"): _OWN_ASSESSMENT,
    ("POST", "/own/assessment/{theme}"): _OWN_ASSESSMENT,
    ("GET", "/own/lodge"): _OWN_DRAFT,
    ("POST", "/own/lodge"): _OWN_DRAFT,
    ("GET", "/own/lodge/receipts/{message_id}"): _OWN_DRAFT,
    ("GET", "/own/lodge/{draft_id}"): _OWN_DRAFT,
    ("POST", "/own/lodge/{draft_id}"): _OWN_DRAFT,
    ("POST", "/own/lodge/{draft_id}/file"): _OWN_DRAFT,
    ("POST", "/own/lodge/{draft_id}/disposal"): _OWN_DRAFT,
    ("GET", "/own/lodge/{draft_id}/codes"): _OWN_DRAFT,
    ("POST", "/own/lodge/{draft_id}/codes"): _OWN_DRAFT,
    ("GET", "/tracking/devices"): Route(queries=("", "custody=issued", "text={word}", "text=dev-1")),
    ("GET", "/tracking/devices/{name}"): Route(good=(200, 403, 404), queries=("device=dev-1", "device=dev-2")),
    ("POST", "/tracking/devices/{name}"): _ON_BOUND,
}

_SENDERS_TOO: Final = (*CUSTOMS, *SENDING)
_TRADING: Final = ("trader", "declarant", "carrier", "forwarder")

API: Final[dict[tuple[str, str], Route]] = {
    ("POST", "/v1/token"): Route(why_not="a token for whoever asks with a key; see tests/api/test_tokens.py"),
    ("GET", "/v1/messages/{message_id}"): Route("message", _SENDERS_TOO),
    ("GET", "/v1/messages/{message_id}/answer"): Route("message", _SENDERS_TOO),
    ("GET", "/v1/messages/{message_id}/receipt"): Route("message", _SENDERS_TOO),
    ("GET", "/v1/messages/{message_id}/proof"): Route("message", _SENDERS_TOO, good=(200, 202)),
    ("GET", "/v1/messages/{message_id}/reasons"): Route("message", (), good=(404,)),
    ("GET", "/v1/messages/{message_id}/content"): Route("message", _SENDERS_TOO, has_word=True),
    ("GET", "/v1/messages/{message_id}/contest"): Route("message", _TRADING, good=(200, 404)),
    ("POST", "/v1/messages/{message_id}/contest"): Route("message", _TRADING, is_act=True),
    ("GET", "/v1/messages/{message_id}/accesses"): Route("message", _TRADING, good=(200, 404)),
    ("GET", "/v1/own/messages"): Route(roles=_TRADING, is_spoken_for=True),
    ("GET", "/v1/own/quality"): Route(roles=_TRADING, is_spoken_for=True),
    ("GET", "/v1/own/questions"): Route(roles=_TRADING, is_spoken_for=True),
    ("POST", "/v1/own/questions"): _OF_OWN_QUESTION,
    ("GET", "/v1/own/questions/{question_id}"): _OF_OWN_QUESTION,
    ("POST", "/v1/own/questions/{question_id}/papers"): _OF_OWN_QUESTION,
    ("GET", "/v1/own/questions/{question_id}/papers/{record_id}"): _OF_OWN_QUESTION,
    ("POST", "/v1/own/questions/{question_id}/answer"): _OF_OWN_QUESTION,
    ("POST", "/v1/own/questions/{question_id}/withdrawal"): _OF_OWN_QUESTION,
    ("GET", "/v1/questions"): Route(queries=("", "state=closed")),
    ("POST", "/v1/questions"): _OF_OWN_QUESTION,
    ("GET", "/v1/questions/{question_id}"): Route("question", has_word=True),
    ("GET", "/v1/questions/{question_id}/papers/{record_id}"): Route("question", good=(404,)),
    ("POST", "/v1/questions/{question_id}/papers"): _OF_OWN_QUESTION,
    ("POST", "/v1/questions/{question_id}/answer"): _OF_OWN_QUESTION,
    ("POST", "/v1/questions/{question_id}/withdrawal"): _act("question"),
    ("GET", "/v1/asyncapi.json"): Route(why_not="what events there are, the same for everybody"),
    ("GET", "/v1/own/webhooks"): Route(roles=_TRADING, is_spoken_for=True),
    ("POST", "/v1/own/webhooks"): _OF_WEBHOOK,
    ("GET", "/v1/own/webhooks/{webhook_id}"): _OF_WEBHOOK,
    ("POST", "/v1/own/webhooks/{webhook_id}/test"): _OF_WEBHOOK,
    ("POST", "/v1/own/webhooks/{webhook_id}/confirm"): _OF_WEBHOOK,
    ("POST", "/v1/own/webhooks/{webhook_id}/code"): _OF_WEBHOOK,
    ("POST", "/v1/own/webhooks/{webhook_id}/secret"): _OF_WEBHOOK,
    ("POST", "/v1/own/webhooks/{webhook_id}/state"): _OF_WEBHOOK,
    ("GET", "/v1/own/webhooks/{webhook_id}/undelivered"): _OF_WEBHOOK,
    ("POST", "/v1/own/webhooks/{webhook_id}/undelivered"): _OF_WEBHOOK,
    ("GET", "/v1/webhooks"): Route(roles=("supervisor",)),
    ("POST", "/v1/webhooks"): _OF_WEBHOOK,
    ("GET", "/v1/webhooks/{webhook_id}"): _OF_WEBHOOK,
    ("POST", "/v1/webhooks/{webhook_id}/test"): _OF_WEBHOOK,
    ("POST", "/v1/webhooks/{webhook_id}/confirm"): _OF_WEBHOOK,
    ("POST", "/v1/webhooks/{webhook_id}/code"): _OF_WEBHOOK,
    ("POST", "/v1/webhooks/{webhook_id}/secret"): _OF_WEBHOOK,
    ("POST", "/v1/webhooks/{webhook_id}/state"): _OF_WEBHOOK,
    ("GET", "/v1/webhooks/{webhook_id}/undelivered"): _OF_WEBHOOK,
    ("POST", "/v1/webhooks/{webhook_id}/undelivered"): _OF_WEBHOOK,
    ("GET", "/v1/own/standings"): Route(roles=_TRADING, is_spoken_for=True),
    ("GET", "/v1/own/keys"): Route(roles=_TRADING, is_spoken_for=True),
    ("GET", "/v1/own/mandates"): Route(roles=_TRADING, is_spoken_for=True),
    ("POST", "/v1/own/mandates"): Route(
        why_not="of a client that is named: tests/pipeline/governance/test_mandates.py"
    ),
    ("POST", "/v1/own/mandates/{mandate_id}/revocation"): Route(
        why_not="his own alone, by sender: tests/pipeline/governance/test_mandates.py"
    ),
    ("GET", "/v1/own/assessment"): _OWN_ASSESSMENT,
    ("PUT", "/v1/own/assessment"): _OWN_ASSESSMENT,
    ("GET", "/v1/own/assessment/questions"): Route(why_not="the same questions for everybody"),
    ("POST", "/v1/own/assessment/submission"): _OWN_ASSESSMENT,
    ("GET", "/v1/own/drafts"): Route(roles=SENDING, is_spoken_for=True),
    ("POST", "/v1/own/drafts"): Route(why_not="for a sender that is named: tests/pipeline/intake/test_drafts.py"),
    ("GET", "/v1/own/drafts/{draft_id}"): _OWN_DRAFT,
    ("PUT", "/v1/own/drafts/{draft_id}"): _OWN_DRAFT,
    ("POST", "/v1/own/drafts/{draft_id}/files"): _OWN_DRAFT,
    ("POST", "/v1/own/drafts/{draft_id}/disposal"): _OWN_DRAFT,
    ("POST", "/v1/own/drafts/{draft_id}/lodgement"): _OWN_DRAFT,
    ("GET", "/v1/own/contests"): Route(roles=_TRADING, is_spoken_for=True),
    ("GET", "/v1/own/contests/{contest_id}"): Route(
        why_not="his own alone, by sender: tests/pipeline/control/test_contests.py"
    ),
    ("POST", "/v1/own/contests/{contest_id}/papers"): Route(
        why_not="his own alone, by sender: tests/pipeline/control/test_contests.py"
    ),
    ("POST", "/v1/own/contests/{contest_id}/withdrawal"): Route(
        why_not="his own alone, by sender: tests/pipeline/control/test_contests.py"
    ),
    ("GET", "/v1/automated-decisions"): Route(why_not="a public statement, the same for everybody"),
    ("GET", "/v1/contests"): Route(queries=("", "state=closed")),
    ("GET", "/v1/contests/{contest_id}"): Route("contest", has_word=True),
    ("GET", "/v1/contests/{contest_id}/papers/{record_id}"): Route("contest", good=(404,)),
    ("POST", "/v1/contests/{contest_id}/receipt"): _act("contest"),
    ("POST", "/v1/contests/{contest_id}/answer"): _act("contest"),
    ("GET", "/v1/consignments"): Route(
        queries=("ref={word}", "ref={reference}", "ref={reference}&kind=LRN", "ref=" + SHARED_BILL)
    ),
    ("GET", "/v1/consignments/{consignment_id}"): Route("dossier", has_word=True),
    ("GET", "/v1/quality"): Route(queries=("", "days=7")),
    ("GET", "/v1/trs"): Route(queries=("", "by=office", "office={word}")),
    ("GET", "/v1/trs/published"): Route(queries=("", "by=office")),
    ("GET", "/v1/consignments/{consignment_id}/papers"): Route("dossier"),
    ("POST", "/v1/consignments/{consignment_id}/parting"): _act("dossier", ("analyst", *EXAMINERS)),
    ("POST", "/v1/consignments/{consignment_id}/joining"): _act("dossier", ("analyst", *EXAMINERS)),
    ("POST", "/v1/consignments/{consignment_id}/undoing"): _act("dossier", ("analyst", *EXAMINERS)),
    ("GET", "/v1/consignments/{consignment_id}/timeline"): Route("dossier"),
    ("GET", "/v1/consignments/{consignment_id}/assessment"): Route("dossier", good=(200, 202), of_advice=True),
    ("GET", "/v1/consignments/{consignment_id}/reasons"): Route("dossier", good=(200, 404), of_advice=True),
    ("GET", "/v1/consignments/{consignment_id}/evidence/{record_id}"): Route(
        "dossier", good=(200, 404), of_advice=True
    ),
    ("GET", "/v1/consignments/{consignment_id}/duties"): Route("dossier", good=(200, 404)),
    ("GET", "/v1/consignments/{consignment_id}/payment"): Route("dossier"),
    ("POST", "/v1/consignments/{consignment_id}/payment"): _act("dossier"),
    ("POST", "/v1/consignments/{consignment_id}/payment/order"): _act("dossier", CUSTOMS),
    ("POST", "/v1/consignments/{consignment_id}/payment/refund"): Route(
        why_not="an act on the account of the whole house; see tests/pipeline/measures/test_payments.py"
    ),
    ("GET", "/v1/payments/overpaid"): Route(
        why_not="a list of the account of the whole house; see tests/pipeline/measures/test_payments.py"
    ),
    ("GET", "/v1/messages/{message_id}/payment"): Route("message", (), good=(404,)),
    ("POST", "/v1/messages/{message_id}/payment/order"): _act("message", SENDING),
    ("POST", "/v1/payments/statements"): Route(
        why_not="an act on the account of the whole house; see tests/pipeline/measures/test_payments.py"
    ),
    ("GET", "/v1/payments/unmatched"): Route(
        why_not="payments that no declaration is known of; see tests/pipeline/measures/test_payments.py"
    ),
    ("POST", "/v1/payments/{payment_id}/assignment"): Route(
        why_not="an act on the account of the whole house; see tests/pipeline/measures/test_payments.py"
    ),
    ("GET", "/v1/tariff/charges"): Route(
        why_not="the law of the house, which is public; see tests/workbench/measures/test_duties.py"
    ),
    ("GET", "/v1/proposals"): Route(),
    ("GET", "/v1/proposals/{proposal_id}"): Route("proposal", has_word=True),
    ("POST", "/v1/proposals/{proposal_id}/refusal"): _act("proposal"),
    ("GET", "/v1/looks"): Route(roles=OVERSEERS, is_unbound=True),
    ("GET", "/v1/looks/{look_id}"): Route(roles=OVERSEERS, is_unbound=True, good=(404,)),
    ("GET", "/v1/permits"): Route(
        roles=(*CUSTOMS, "agency"), queries=("", "status=valid", "status=suspended", "text={word}", "offset=1")
    ),
    ("POST", "/v1/permits"): Route(
        why_not="an act of an agency that is named in the body; see tests/api/test_permits.py"
    ),
    ("POST", "/v1/permits/licences"): Route(
        why_not="an act of an agency that is named in the body; see tests/api/test_permits.py"
    ),
    ("GET", "/v1/permits/{permit_id}"): Route("permit", (*CUSTOMS, "agency"), has_word=True),
    ("POST", "/v1/permits/{permit_id}/status"): _act("permit", (*EXAMINERS, "agency")),
    ("GET", "/v1/consignments/{consignment_id}/holds"): Route("dossier"),
    ("GET", "/v1/consignments/{consignment_id}/agencies"): Route("dossier"),
    ("POST", "/v1/consignments/{consignment_id}/agencies/override"): _OF_CALENDAR,
    ("GET", "/v1/agencies"): Route(),
    **{(method, f"/v1/agencies/{path}"): _OF_AGENCY for method, path in _AGENCY_CALLS},
    **{(method, f"/v1/appointments{path}"): _OF_CALENDAR for method, path in _CALENDAR_CALLS},
    ("GET", "/v1/own/appointments"): _OF_CALENDAR,
    ("POST", "/v1/consignments/{consignment_id}/holds"): Route("dossier", EXAMINERS, is_act=True, beside=("agency",)),
    ("GET", "/v1/alerts"): Route(queries=tuple(one for one in _ALERTS if one != "mine=yes")),
    ("GET", "/v1/alerts/{alert}"): Route("alert"),
    ("POST", "/v1/alerts/{alert}/acts"): Route(why_not="an act: tests/api/test_journeys.py"),
    ("GET", "/v1/guarantees"): Route(queries=("", "text={word}")),
    ("POST", "/v1/guarantees"): Route(why_not="supervisors register them: tests/api/test_tracking.py"),
    ("GET", "/v1/guarantees/{number}"): Route(
        why_not="a register of the whole house; what of other offices it hides: tests/pipeline/tracking/test_guarantees.py"
    ),
    ("POST", "/v1/guarantees/{number}/state"): _ON_BOUND,
    ("POST", "/v1/guarantees/{number}/claim"): _ON_BOUND,
    ("GET", "/v1/journeys"): Route(queries=("", "state=all", "text={word}")),
    ("POST", "/v1/journeys"): Route(why_not="what a journey takes with it: tests/house/test_access.py"),
    ("GET", "/v1/journeys/{journey}"): Route("journey"),
    ("POST", "/v1/journeys/{journey}/leave"): Route(why_not="an act: tests/api/test_journeys.py"),
    ("POST", "/v1/journeys/{journey}/detour"): Route(why_not="an act: tests/api/test_journeys.py"),
    ("POST", "/v1/journeys/{journey}/discharge"): Route(why_not="an act: tests/api/test_journeys.py"),
    ("GET", "/v1/on-call"): Route(),
    ("PUT", "/v1/on-call"): Route(why_not="supervisors keep them: tests/api/test_tracking.py"),
    ("GET", "/v1/hand-overs"): Route(),
    ("POST", "/v1/hand-overs"): Route(why_not="a partner's document: tests/pipeline/tracking/test_hand_overs.py"),
    ("POST", "/v1/hand-overs/answers"): Route(why_not="a partner's answer: tests/pipeline/tracking/test_hand_overs.py"),
    ("POST", "/v1/hand-overs/{hand_over}/answer"): Route(
        why_not="an act on a journey that was taken over: tests/pipeline/tracking/test_hand_overs.py"
    ),
    ("POST", "/v1/journeys/{journey}/hand-over"): Route(why_not="an act: tests/pipeline/tracking/test_hand_overs.py"),
    ("PUT", "/v1/journeys/{journey}/convoy"): Route(why_not="an act: tests/tracking/test_corridor_report.py"),
    ("GET", "/v1/corridor-reports"): Route(
        queries=(f"departure={A}&destination={B}", f"departure={B}&destination={B}")
    ),
    ("GET", "/v1/enquiries"): Route(),
    ("POST", "/v1/journeys/{journey}/enquiry"): Route(why_not="an act: tests/pipeline/tracking/test_enquiries.py"),
    ("POST", "/v1/journeys/{journey}/fines"): Route(why_not="an act: tests/pipeline/tracking/test_enquiries.py"),
    ("POST", "/v1/journeys/{journey}/fines/{number}"): Route(
        why_not="an act: tests/pipeline/tracking/test_enquiries.py"
    ),
    ("GET", "/v1/places"): Route(queries=("", "retired=true")),
    ("PUT", "/v1/places/geofences"): Route(why_not="what holds for the whole house: tests/api/test_places.py"),
    ("PUT", "/v1/places/corridors"): Route(why_not="what holds for the whole house: tests/api/test_places.py"),
    ("POST", "/v1/places/geofences/acts"): Route(why_not="what holds for the whole house: tests/api/test_places.py"),
    ("POST", "/v1/places/corridors/acts"): Route(why_not="what holds for the whole house: tests/api/test_places.py"),
    ("GET", "/v1/positions"): Route(queries=("", "since=2020-01-01T00:00:00Z")),
    ("GET", "/v1/retention"): Route(roles=OVERSEERS, is_unbound=True, queries=("", "on=2060-01-01")),
    ("GET", "/v1/retention/due"): Route(roles=OVERSEERS, is_unbound=True, queries=("", "within=36500")),
    ("GET", "/v1/retention/report"): Route(roles=OVERSEERS, is_unbound=True),
    ("GET", "/v1/retention/holds"): Route(roles=OVERSEERS, is_unbound=True),
    ("POST", "/v1/retention/holds"): Route(why_not="what holds for the whole house: tests/api/test_retention.py"),
    ("GET", "/v1/agreements"): Route(why_not="a partner sees its own: tests/api/test_retention.py"),
    ("GET", "/v1/agreements/{name}"): Route(why_not="a partner sees its own: tests/api/test_retention.py"),
    ("GET", "/v1/agreements/{name}/odrl"): Route(why_not="a partner sees its own: tests/api/test_retention.py"),
    ("GET", "/v1/agreements/{name}/measure"): Route(why_not="a partner sees its own: tests/api/test_retention.py"),
    ("GET", "/v1/trials/pilots"): Route(why_not=_PILOTS),
    ("POST", "/v1/trials/pilots"): Route(why_not=_PILOTS),
    ("GET", "/v1/trials/pilots/{pilot_id}"): Route(why_not=_PILOTS),
    ("POST", "/v1/trials/pilots/{pilot_id}/looks"): Route(why_not=_PILOTS),
    ("POST", "/v1/trials/pilots/{pilot_id}/changes"): Route(why_not=_PILOTS),
    ("POST", "/v1/trials/pilots/{pilot_id}/stop"): Route(why_not=_PILOTS),
    ("GET", "/v1/trials/pilots/{pilot_id}/report"): Route(why_not=_PILOTS),
    ("POST", "/v1/consignments/{consignment_id}/pilot"): Route(why_not=_PILOTS),
    ("POST", "/v1/mirror"): Route(
        why_not="by agreement alone: tests/pipeline/queries/test_mirror.py, tests/api/test_mirror.py"
    ),
    **{
        (method, f"/v1/joint{path}"): Route(
            why_not="of the whole house, or by agreement: tests/pipeline/partners/test_joint.py"
        )
        for method, path in (
            ("GET", ""),
            ("POST", "/letters"),
            ("POST", "/tables/{table}/comparison"),
            ("POST", "/tables/{table}/use"),
            ("POST", "/tables/{table}/end"),
        )
    },
    ("GET", "/v1/mirror"): Route(why_not="for analysts of no office alone: tests/api/test_mirror.py"),
    **{
        one: Route(why_not="of the whole house, by agreement: tests/pipeline/partners/test_exchange.py")
        for one in (
            ("POST", "/v1/partners/{country}/pushes"),
            ("GET", "/v1/partners/messages"),
            ("GET", "/v1/partners/messages/{message_id}"),
            ("POST", "/v1/partners/messages/{message_id}/again"),
        )
    },
    ("GET", "/v1/partners/notices"): Route(
        roles=ANALYSTS, is_unbound=True, queries=("", "open=true", "kind=assistance")
    ),
    ("GET", "/v1/partners/notices/{notice_id}"): Route(
        why_not="for analysts of no office alone: tests/pipeline/partners/test_notices.py"
    ),
    ("POST", "/v1/partners/notices/{notice_id}/answers"): Route(
        why_not="an act, for supervisors of no office alone: tests/pipeline/partners/test_notices.py"
    ),
    ("GET", "/v1/partners/subscriptions"): Route(roles=OVERSEERS, is_unbound=True),
    **{
        (method, f"/v1/partners/subscriptions/{{subscription_id}}{path}"): Route(why_not=_SUBSCRIBERS)
        for method, path in (("GET", ""), ("POST", "/again"), ("POST", "/end"))
    },
    ("GET", "/v1/mirror/report"): Route(why_not="for analysts of no office alone: tests/api/test_mirror.py"),
    **{
        (method, f"/v1/{path}"): Route(
            why_not="of the whole house, for those of no office alone: tests/api/test_lessons.py"
        )
        for method, path in (
            ("GET", "readiness"),
            ("PUT", "readiness/answers/{question}"),
            ("PUT", "readiness/costs/{question}"),
            ("GET", "use-cases"),
            ("POST", "use-cases"),
            ("POST", "use-cases/taken"),
            ("GET", "use-cases/taken/{card_id}"),
            ("GET", "use-cases/schema"),
            ("GET", "use-cases/{card_id}"),
            ("PUT", "use-cases/{card_id}"),
            ("POST", "use-cases/{card_id}/share"),
            ("GET", "use-cases/{card_id}/file"),
            ("GET", "use-cases/years/{year}"),
            ("GET", "use-cases/years/{year}/published"),
            ("POST", "use-cases/years/{year}"),
            ("GET", "recommendations"),
            ("POST", "recommendations"),
            ("GET", "recommendations/{recommendation_id}"),
            ("POST", "recommendations/{recommendation_id}/decisions"),
            ("POST", "recommendations/{recommendation_id}/outcome"),
        )
    },
    ("POST", "/v1/mirror/private"): Route(why_not="by agreement alone: tests/pipeline/queries/test_private_runs.py"),
    ("POST", "/v1/mirror/private/closings"): Route(
        why_not="by agreement alone: tests/pipeline/queries/test_private_runs.py"
    ),
    ("GET", "/v1/sources"): Route(
        why_not="of the whole house, for those of no office: tests/pipeline/partners/test_source_doors.py"
    ),
    ("POST", "/v1/sources"): Route(why_not="of the whole house: tests/pipeline/partners/test_source_doors.py"),
    ("POST", "/v1/sources/{source_id}/state"): Route(
        why_not="of the whole house: tests/pipeline/partners/test_source_doors.py"
    ),
    ("POST", "/v1/sources/{source_id}/pulls"): Route(
        why_not="by agreement alone, for those of no office: tests/pipeline/partners/test_source_doors.py"
    ),
    ("GET", "/v1/consignments/{consignment_id}/sources"): Route("dossier"),
    ("GET", "/v1/consignments/{consignment_id}/source-pulls"): Route("dossier"),
    ("POST", "/v1/consignments/{consignment_id}/source-pulls"): Route(
        why_not="by agreement alone: tests/pipeline/partners/test_source_doors.py"
    ),
    **{
        (method, path): Route(why_not="by agreement alone: tests/pipeline/partners/test_efti.py")
        for method, path in (
            ("GET", "/v1/efti/platform/v0/whoami"),
            ("PUT", "/v1/efti/platform/v0/consignments/{dataset_id}"),
            ("POST", "/v1/aap/control/identifiers"),
            ("GET", "/v1/aap/control/identifiers"),
            ("POST", "/v1/aap/control/uil"),
            ("GET", "/v1/aap/control/uil"),
            ("POST", "/v1/aap/control/uil/follow-up"),
            ("GET", "/v1/efti/gate/v0/consignments/{dataset_id}"),
            ("POST", "/v1/efti/gate/v0/consignments/{dataset_id}/follow-up"),
        )
    },
    **{
        (method, f"/v1/epcis/{path}"): Route(why_not="his own alone, by sender: tests/api/test_epcis.py")
        for method, path in (
            *((method, "capture") for method in ("GET", "POST", "OPTIONS")),
            *((method, "capture/{job_id}") for method in ("GET", "OPTIONS")),
            *((method, "events") for method in ("GET", "POST", "OPTIONS")),
            *((method, "events/{event_id}") for method in ("GET", "OPTIONS")),
            *((method, "queries") for method in ("GET", "POST", "OPTIONS")),
            *((method, "queries/{name}") for method in ("DELETE", "GET", "OPTIONS")),
            *((method, "queries/{name}/events") for method in ("GET", "OPTIONS")),
            *((method, "queries/{name}/subscriptions") for method in ("GET", "POST", "OPTIONS")),
            *((method, "queries/{name}/subscriptions/{subscription_id}") for method in ("DELETE", "GET", "OPTIONS")),
        )
    },
    **{
        one: Route(why_not="his own alone, by sender: tests/api/test_dcsa.py")
        for one in (("GET", "/v1/dcsa/events"), ("POST", "/v1/dcsa/events"), ("PUT", "/v1/dcsa/secret"))
    },
    **{
        (method, f"/v1/dcsa/event-subscriptions{path}"): Route(
            why_not="his own, or by agreement; for customs, how it goes: tests/api/test_dcsa_subscriptions.py"
        )
        for method, path in (
            *((method, "") for method in ("GET", "POST")),
            *((method, "/{subscription_id}") for method in ("DELETE", "GET", "PUT")),
            ("PUT", "/{subscription_id}/secret"),
            *((method, "/{subscription_id}/undelivered") for method in ("GET", "POST")),
        )
    },
    **{
        (method, f"/v1/dcsa/callbacks{path}"): Route(
            why_not="his own alone, by sender or by signature: tests/api/test_dcsa_subscriptions.py"
        )
        for method, path in (("GET", ""), ("POST", ""), ("DELETE", "/{callback_id}"), ("POST", "/{callback_id}"))
    },
    ("GET", "/v1/one-record"): Route(why_not="shows nothing of the house's: what the server can do"),
    **{
        (method, f"/v1/one-record/{path}"): Route(why_not="his own alone, by sender: tests/api/test_one_record.py")
        for method, path in (
            ("POST", "logistics-objects"),
            *((method, "logistics-objects/{object_id}") for method in ("GET", "PATCH", "POST")),
            ("GET", "logistics-objects/{object_id}/audit-trail"),
            *((method, "logistics-objects/{object_id}/logistics-events") for method in ("GET", "POST")),
            ("GET", "logistics-objects/{object_id}/logistics-events/{event_id}"),
            ("POST", "access-delegations"),
            ("POST", "subscriptions"),
            ("PUT", "callback"),
            ("GET", "outbox"),
            ("POST", "outbox/{notice_id}/again"),
            *((method, "action-requests/{request_id}") for method in ("DELETE", "GET", "PATCH")),
        )
    },
    **{
        one: Route(why_not="by agreement alone: tests/pipeline/partners/test_following.py")
        for one in (
            ("GET", "/v1/one-record/subscriptions"),
            ("POST", "/v1/one-record/notifications"),
            ("GET", "/v1/sources/work"),
            ("POST", "/v1/consignments/{consignment_id}/source-pulls/{pull_id}/doubt"),
            ("POST", "/v1/sources/{source_id}/subscriptions"),
            ("POST", "/v1/sources/{source_id}/subscriptions/end"),
        )
    },
    ("GET", "/v1/what-if"): Route(),
    ("POST", "/v1/what-if"): Route(why_not="for analysts and supervisors, of their offices: tests/api/test_whatif.py"),
    ("GET", "/v1/what-if/{question_id}"): Route(good=(404,)),
    ("POST", "/v1/what-if/{question_id}/check"): Route(
        why_not="of one's own offices, as the question is: tests/pipeline/trials/test_whatif.py"
    ),
    ("POST", "/v1/exchange/messages"): Route(
        why_not="signed, and by agreement: tests/pipeline/partners/test_exchange.py"
    ),
    ("POST", "/v1/exchange/receipts"): Route(
        why_not="signed, and by agreement: tests/pipeline/partners/test_exchange.py"
    ),
    ("GET", "/v1/hubs"): Route(),
    ("POST", "/v1/hubs"): Route(why_not="a file, and the answer is about that file: tests/api/test_places.py"),
    ("POST", "/v1/hubs/withdrawals"): Route(why_not="what holds for the whole house: tests/api/test_places.py"),
    ("POST", "/v1/gateways/entries"): Route(
        why_not="by the key of a registered gateway alone: tests/gateway/test_gateway.py"
    ),
    ("GET", "/v1/gateways"): Route(),
    ("GET", "/v1/gateways/held"): Route(),
    ("GET", "/v1/outages"): Route(),
    ("GET", "/v1/office-packs"): Route(),
    ("POST", "/v1/office-packs"): Route(
        why_not="of one office alone, and heavy: tests/workbench/partners/test_office_packs.py"
    ),
    ("GET", "/v1/office-packs/{pack_id}"): Route(
        why_not="of one office alone: tests/workbench/partners/test_office_packs.py"
    ),
    ("POST", "/v1/office-packs/results"): Route(
        why_not="its body is a signed file: tests/workbench/partners/test_office_packs.py"
    ),
    ("POST", "/v1/office-packs/photos"): Route(
        why_not="its body is a photo: tests/workbench/partners/test_office_packs.py"
    ),
    ("POST", "/v1/office-packs/paper-results"): Route(
        why_not="by the code of a form alone: tests/workbench/partners/test_office_packs.py"
    ),
    ("GET", "/v1/emergencies"): Route(why_not="of one's offices: tests/pipeline/queries/test_emergencies.py"),
    ("GET", "/v1/watchers"): Route(roles=AFFAIRS),
    ("GET", "/v1/watchers/{case_id}"): Route(roles=AFFAIRS, good=(404,)),
    ("POST", "/v1/watchers/{case_id}/acts"): Route(why_not="an act of internal affairs: tests/api/test_watchers.py"),
    ("GET", "/v1/cells"): Route(),
    ("POST", "/v1/cells"): Route(why_not="a file, and the answer is about that file: tests/api/test_places.py"),
    ("POST", "/v1/cells/withdrawals"): Route(why_not="what holds for the whole house: tests/api/test_places.py"),
    ("GET", "/v1/devices"): Route(),
    ("POST", "/v1/devices"): Route(why_not="a file, and the answer is about that file: tests/api/test_places.py"),
    ("POST", "/v1/devices/{device}/seal"): _ON_BOUND,
    ("POST", "/v1/devices/{device}/custody"): _ON_BOUND,
    ("POST", "/v1/assessments"): Route(why_not="advice on what the caller brings himself; nothing stored is shown"),
    ("POST", "/v1/control-orders/{order_id}/results"): Route(
        "dossier", EXAMINERS, is_act=True, of_advice=True, beside=("host",)
    ),
    ("GET", "/healthz"): _OF_ANYBODY,
    ("GET", "/readyz"): _OF_ANYBODY,
    ("GET", "/keys"): _OF_ANYBODY,
    ("GET", "/log/{name:path}"): Route(why_not="the public log: hashes and signatures"),
}

_NONE: Final = dict.fromkeys(
    (
        "queue", "queue done", "queue open, by lane", "queue, for others", "queue, searched", "statistics", "statistics, found",
        "advice by reference", "results", "journeys", "matches", "manifests",
    ),
    0,
)  # fmt: skip

#: Office → how much there is for whoever is bound to it; None for whoever is bound to none.
TOTALS: Final[dict[str | None, dict[str, int]]] = {
    A: _NONE
    | {
        "queue": 4,
        "queue done": 1,
        "queue open, by lane": 2,
        "queue, for others": 1,
        "queue, searched": 4,
        "statistics": 4,
        "statistics, found": 1,
    }
    | {"advice by reference": 3, "results": 1, "journeys": 1, "matches": 2, "manifests": 1},
    B: _NONE
    | {
        "queue": 4,
        "queue done": 2,
        "queue open, by lane": 2,
        "queue, searched": 4,
        "statistics": 4,
        "statistics, found": 2,
    }
    | {"advice by reference": 4, "results": 2, "journeys": 2, "matches": 2},
    C: _NONE | {"journeys": 1},
    None: _NONE
    | {
        "queue": 7,
        "queue done": 3,
        "queue open, by lane": 4,
        "queue, searched": 7,
        "statistics": 7,
        "statistics, found": 3,
    }
    | {"advice by reference": 7, "results": 3, "journeys": 2, "matches": 4, "manifests": 1},
}

#: Every act on what a journey binds, at either door, as it is asked for: {thing} is that thing or one that there is not.
BOUND: Final[dict[str, tuple[dict[tuple[str, str], Route], str, tuple[str, ...]]]] = {
    "/tracking/guarantees/{number}/{name}": (WORKBENCH, GUARANTEE, ("suspend", "restore", "cancel", "claim")),
    "/tracking/devices/{name}": (
        WORKBENCH, DEVICE,
        ("issue", "recover", "missing", "arm", "disarm", "workshop", "blacklist", "use", "calibrate", "revoke"),
    ),
    "/v1/guarantees/{number}/state": (API, GUARANTEE, ("suspend", "restore", "cancel")),
    "/v1/guarantees/{number}/claim": (API, GUARANTEE, ("claim",)),
    "/v1/devices/{device}/custody": (API, DEVICE, ("issue", "recover", "missing")),
    "/v1/devices/{device}/seal": (API, DEVICE, ("arm", "disarm", "workshop", "blacklist", "use", "calibrate")),
}  # fmt: skip


def is_on_bound(route: Route) -> bool:
    """Whether a route is an act on what a journey binds."""
    return route is _ON_BOUND
