# SPDX-License-Identifier: Apache-2.0
"""A house in memory, as the workbench sees it: it answers as the pipeline does, and remembers who looked."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from cocket.consignment import Entry, derive
from cocket.consignment.completion import completion_of
from cocket.consignment.in_time import SAID, said_in_time
from cocket.control import ExaminedItem, Hits, Quantity, ResultCount, SeenGoods, link_of
from cocket.errors import PolicyError, SenderError
from cocket.findings import Finding
from cocket.governance import HOUSE_WIDE, Policy, decide, shipped_policy
from cocket.languages import ENGLISH, Language
from cocket.ledger import Checkpoint, InclusionProof, Signer, leaf_hash, merkle_root, write_entry
from cocket.ledger.cose import sign_head
from cocket.model import Amount, Reading
from cocket.pipeline import NotFoundError
from cocket.pipeline.base.gateway_files import Gateway, HeldEntry
from cocket.pipeline.base.notices import Preferences
from cocket.pipeline.base.office_pack_files import KeptPack
from cocket.pipeline.base.outage_files import Outage
from cocket.pipeline.consignment.manifest_views import ManifestFilter, ManifestList, ManifestView
from cocket.pipeline.control.audit_views import AuditList
from cocket.pipeline.control.contests import ContestList
from cocket.pipeline.control.desk_notes import Comment, SavedView
from cocket.pipeline.control.questions import QuestionList
from cocket.pipeline.control.views import AdviceView, ConsignmentView, NewResult, OrderView, ResultView
from cocket.pipeline.governance.factors import Passkey
from cocket.pipeline.governance.preferences import AccountView
from cocket.pipeline.governance.second_factors import OwnFactors, StepView
from cocket.pipeline.governance.sign_in import Officer, SignedIn
from cocket.pipeline.ledger.log_views import LogsView
from cocket.pipeline.measures.doubt_views import DoubtView, ValueView
from cocket.pipeline.operations.health import Check
from cocket.pipeline.operations.set_aside_acts import SetAsideList
from cocket.pipeline.operations.written_answers import WrittenAnswer
from cocket.pipeline.queries.emergencies import EmergencyView
from cocket.pipeline.queries.order_sheets import OrderSheet, SheetContainer, SheetItem
from cocket.pipeline.queries.papers_in_time import PapersInTime
from cocket.pipeline.queries.quality import Quality
from cocket.pipeline.queries.traders import SearchView
from cocket.pipeline.queries.views import (
    DossierView,
    GoodsView,
    MessageView,
    ProofView,
    Queue,
    QueueFilter,
    StatsView,
)
from cocket.pipeline.risk.effort_figures import FiguresView
from cocket.pipeline.risk.fairness_figures import FairnessView
from cocket.pipeline.risk.given_columns import Answers
from cocket.pipeline.risk.intelligence import IntelligenceView, NewIntelligence
from cocket.pipeline.risk.reviews import ReviewDesk, ReviewState
from cocket.pipeline.risk.rules import RuleView
from cocket.pipeline.risk.threat_views import ThreatList
from cocket.pipeline.screening.matches import MatchList
from cocket.pipeline.tracking.journey_drafts import JourneyDraft, draft_of
from cocket.pipeline.trials.whatif import WhatIf, WhatIfCheck
from cocket.risk.reasons import ReasonsCard
from cocket.risk.rules.month import write_review
from cocket.risk.rules.pack import Pack
from cocket.settings import Settings
from cocket.standards.answers import write_answer
from cocket.standards.wco_dm.response import Decision
from tests.simulators.services import stand_for_services
from tests.simulators.workbench_country import CONTENT, NOW, consignments, dossier_of, happening, messages, papers_in
from tests.simulators.workbench_figures import fairness_view, figures_view
from tests.simulators.workbench_logs import logs
from tests.simulators.workbench_tracking import SimulatedTracking
from tests.simulators.workbench_what_ifs import held, questions

PASSWORD = "seal and cord"
_ACTORS = ("officer", "supervisor")
_LEAVES = 1240
_SIGNER = Signer.from_bytes("customs.example/log/2026", bytes(32))


class SimulatedHouse(SimulatedTracking):
    """Stands where `cocket.pipeline.House` stands."""

    def __init__(self) -> None:
        super().__init__()
        stand_for_services(self)
        self.settings = Settings(
            home=Path(__file__).parent,
            administration="Port Alpha Customs",
            time_zone="Etc/GMT-7",
            requests_per_second_per_address=1e6,
        )
        self.looks: list[tuple[str, str]] = []
        self.recorded: list[tuple[str, NewResult]] = []
        self.people = {
            name: Officer(id=name, name=shown, role=role, office=office, csrf=f"csrf-{name}", expires=NOW + timedelta(hours=9))
            for name, shown, role, office in (
                ("officer.a", "Officer A.", "officer", "PTA1"),
                ("analyst.b", "Analyst B.", "analyst", None),
                ("head.c", "Head C.", "supervisor", None),
                ("auditor.d", "Auditor D.", "auditor", None),
            )
        }  # fmt: skip
        self._sessions: dict[str, str] = {}
        self.wishes: dict[str, Preferences] = {}
        self._lines = {line.id: line for line in consignments()}
        self._happened: dict[str, list[Entry]] = {}
        self.reports: list[IntelligenceView] = []
        self._results: dict[str, tuple[ResultView, ...]] = {}
        self._commits = [hashlib.sha256(str(place).encode()).digest() for place in range(_LEAVES)]
        self._hashes = [leaf_hash(write_entry(commit)) for commit in self._commits]
        self.desk = ReviewDesk(None)
        self.log_folder = Path(__file__).parent / "log"
        self.checks: tuple[Check, ...] = ()

    # Policy
    def in_force(self) -> Policy:
        return shipped_policy()

    # Refusals
    def note_refusal(self, who: str, method: str, path: str, error: Exception) -> None:
        pass

    # Health
    def late_advice(self) -> datetime | None:
        return next((one.since for one in self.checks if one.name == "advice"), None)

    def troubles(self) -> tuple[Check, ...]:
        return self.checks

    # People
    def sign_in(self, name: str, password: str, address: str, browser: str | None = None) -> SignedIn | None:
        if name not in self.people or password != PASSWORD:
            return None
        token = hashlib.sha256(f"{name}{len(self._sessions)}".encode()).hexdigest()
        self._sessions[token] = name
        return SignedIn(token=token, browser="known")

    def officer_of_session(self, token: str) -> Officer | None:
        name = self._sessions.get(token)
        return self.people[name] if name else None

    def second_step(self, step: str, site: Any) -> StepView | None:
        return StepView(officer="officer.a", has_app=True, options=None) if step else None

    def own_factors(self, officer: Officer) -> OwnFactors:
        stick = Passkey(id="stick", name="stick", key="", counter=1, is_backed_up=False, added=NOW, used=NOW)
        return OwnFactors(apps=(), passkeys=(stick,), is_needed=officer.role == "supervisor")

    def sign_out(self, token: str) -> None:
        self._sessions.pop(token, None)

    # Reading
    def completions(self, principal: Any, lines: Any) -> dict[str, Any]:
        return {}

    def queue(self, principal: Any, wanted: QueueFilter) -> Queue:
        self._look(principal, "queue")
        known = [line for line in self._lines.values() if principal.office in (None, line.office)]
        shown = known if wanted.state == "all" else [line for line in known if _state(line) == wanted.state]
        counted = [line for line in shown if _fits(line, msgspec.structs.replace(wanted, lane=None))]
        shown = [line for line in shown if _fits(line, wanted)]
        return Queue(
            lines=tuple(shown[wanted.offset : wanted.offset + wanted.limit]),
            counts={lane: sum(_lane(line) == lane for line in counted) for lane in ("red", "yellow", "blue", "green")},
            total=len(shown),
            places=20,
            taken=sum(_lane(line) == "red" for line in known),
            offices=(principal.office,) if principal.office else ("PTA1", "PTA2"),
        )

    def following(self, principal: Any, wanted: QueueFilter, after: str) -> ConsignmentView | None:
        lines = self.queue(principal, msgspec.structs.replace(wanted, offset=0, limit=1_000)).lines
        places = [line.id for line in lines]
        return (lines[places.index(after) + 1 :] or (None,))[0] if after in places else next(iter(lines), None)

    def goods(self, principal: Any, lines: Any) -> tuple[GoodsView, ...]:
        return tuple(GoodsView(hs=("87032300",), containers=("MSCU1234566",), duty=Decimal("1204.50")) for _ in lines)

    def sheet(self, principal: Any, consignment_id: str, *, is_print: bool = True) -> OrderSheet:
        shown = self.dossier(principal, consignment_id)
        return OrderSheet(
            dossier=shown,
            items=(SheetItem(number=1, goods="used cars", code="87032300", packages=49, gross_mass_kg="4005.4"),),
            left_out=0,
            containers=(SheetContainer(number="MSCU1234566", declared=("AL1",), other=("AL1",)),),
            packages=(49, 47),
            gross_mass_kg=("4005.4", None),
            index=1040,
            copy=int(is_print),
            printed=NOW,
        )

    def find(self, principal: Any, reference: str, kind: str | None = None) -> tuple[ConsignmentView, ...]:
        self._look(principal, f"find {reference}")
        return tuple(line for line in self._lines.values() if reference in {line.title, line.title.split(" ", 1)[1]})

    def preferences(self, principal: Any) -> Preferences:
        return self.wishes.get(principal.id, Preferences(officer=principal.id))

    def mine(self, principal: Any) -> AccountView:
        return AccountView(preferences=self.preferences(principal), channels=("email", "webhook"), under_way=())

    def set_language(self, principal: Any, tag: str | None) -> Preferences:
        self.wishes[principal.id] = msgspec.structs.replace(self.preferences(principal), language=tag)
        return self.wishes[principal.id]

    def asks(self, principal: Any) -> tuple[int, int]:
        return 0, 0

    def views(self, principal: Any) -> tuple[SavedView, ...]:
        return ()

    def comments(self, principal: Any, consignment_id: str) -> tuple[Comment, ...]:
        return ()

    def search(self, principal: Any, text: str) -> SearchView:
        named = self.queries.records.find(principal, text)  # type: ignore[attr-defined]
        words = text.casefold()
        lines = tuple(
            one for one in self._lines.values() if words and words in f"{one.title} {one.trader} {one.goods}".casefold()
        )
        return SearchView(text=text, named=named, lines=lines)

    def dossier(self, principal: Any, consignment_id: str, *, purpose: str = "control") -> DossierView:
        line = self._line(consignment_id)
        self._look(principal, consignment_id)
        shown = dossier_of(line, self._happened.get(consignment_id, []))
        if principal.office not in (None, line.office):
            for_another = msgspec.structs.replace(shown.summary, advice=None, order=None, is_for_another=True)
            shown = msgspec.structs.replace(shown, summary=for_another)
        journeys = tuple(one for one in map(self._journey_line, self._driven.values()) if one.consignment == line.id)
        return msgspec.structs.replace(shown, results=self._results.get(consignment_id, ()), journeys=journeys)

    def journey_draft(self, principal: Any, consignment_id: str) -> JourneyDraft:
        line = self._line(consignment_id)
        self._look(principal, consignment_id)
        papers = papers_in(line)
        return draft_of(line.id, derive(papers, ()), papers)

    def manifests(self, principal: Any, wanted: ManifestFilter | None = None) -> ManifestList:
        """None: the pages of manifests are tested over a real house (`test_manifests.py`)."""
        self._look(principal, "manifests")
        return ManifestList(lines=())

    def manifest(self, principal: Any, manifest_id: str, wanted: ManifestFilter | None = None) -> ManifestView:
        raise NotFoundError("There is no such manifest.")

    def contests(self, principal: Any, state: str = "open") -> ContestList:
        """None: the pages of contests are tested over a real house (`test_contests.py`)."""
        self._look(principal, "contests")
        return ContestList(lines=(), overdue=0, has_more=False)

    def papers(self, principal: Any, consignment_id: str) -> PapersInTime:
        """Who said what first, as the product says it; links have their tests over a real house (`test_papers.py`)."""
        line = self._line(consignment_id)
        self._look(principal, consignment_id)
        papers = papers_in(line)
        said = said_in_time(papers, derive(papers, ()).rows)
        return PapersInTime(
            id=line.id, title=line.title, office=line.office, said=said, fields=SAID, links=(), corrections=(), beside=(),
            completion=completion_of(papers),
        )  # fmt: skip

    def senders(self, principal: Any, days: int = 30, *, patience: float | None = None) -> Quality:
        """None: figures of senders are tested over a real house."""
        self._look(principal, "figures")
        return Quality(since=NOW - timedelta(days=days), measured=NOW, looked_at=0, is_whole=True, senders=())

    def questions(self, principal: Any, state: str = "open") -> QuestionList:
        """None: the pages of questions are tested over a real house (`test_questions.py`)."""
        self._look(principal, "questions")
        return QuestionList(lines=(), overdue=0, has_more=False)

    def emergencies(self, principal: Any) -> tuple[EmergencyView, ...]:
        """None: accesses in an emergency are tested over a real house (`test_emergencies.py`)."""
        self._look(principal, "emergencies")
        return ()

    def written_answer(self, principal: Any, message_id: str, form: Any = None) -> WrittenAnswer:
        """The answer to a message as the house writes it."""
        view = self.message(principal, message_id)
        judged = Reading(outcome="accepted", reference=view.reference, findings=view.findings)
        decision = Decision(now=view.received, reference="0199c0ffee0199c0ffee0199c0ffee01")
        content = write_answer(judged, decision, "wco-res", ("simulated.example", view.sender))
        return WrittenAnswer(form="wco-res", content=content)

    def offered(self, principal: Any, consignment_id: str) -> tuple[Any, ...]:
        """None: sources are tested over a real house (`test_source_doors.py`)."""
        return ()

    def pulls(self, principal: Any, consignment_id: str) -> tuple[Any, ...]:
        """None."""
        return ()

    def open_forms(self, principal: Any, consignment_id: str) -> tuple[Any, ...]:
        """None: pilots are tested over a real house (`tests/workbench/trials`)."""
        return ()

    def gateways(self, principal: Any) -> tuple[Gateway, ...]:
        """None: gateways and outages are tested over a real house (`test_continuity.py`)."""
        self._look(principal, "continuity")
        return ()

    def as_shown(self, principal: Any, names: Collection[str]) -> tuple[Gateway, ...]:
        """None, likewise."""
        return ()

    def held_entries(self, principal: Any, *, is_settled: bool = False) -> tuple[HeldEntry, ...]:
        """None, likewise."""
        self._look(principal, "continuity")
        return ()

    def packs(self, principal: Any) -> tuple[KeptPack, ...]:
        """None, likewise."""
        self._look(principal, "continuity")
        return ()

    def outages(self, principal: Any) -> tuple[Outage, ...]:
        """None, likewise."""
        self._look(principal, "continuity")
        return ()

    def audits(self, principal: Any, wanted: str = "open") -> AuditList:
        """None: the pages of audits are tested over a real house (`test_audits.py`)."""
        self._look(principal, "audits")
        return AuditList(lines=(), counts={}, days=0)

    def reasons(self, principal: Any, consignment_id: str, language: Any = "en") -> ReasonsCard:
        """A card without reasons: what stands on one is tested over a real house."""
        self._line(consignment_id)
        self._look(principal, f"reasons {consignment_id}")
        return ReasonsCard(id=consignment_id, language=language)

    def rules(
        self, principal: Any, *, with_ended: bool = False, again: bool = False, patience: float | None = None
    ) -> tuple[RuleView, ...]:
        """None: the pages of rules are tested over a real house (`test_rules.py`)."""
        return ()

    def written(self, principal: Any, *, with_ended: bool = False) -> tuple[RuleView, ...]:
        return ()

    def waiting(self, principal: Any) -> tuple[RuleView, ...]:
        return ()

    def rule_pack(self, principal: Any, since: date | None = None) -> Pack:
        return Pack(
            administration="Port Alpha Customs", first_day=None, last_day=None, declarations=0, examined=0,
            currency=None, figures=(), proposals={}, caveats=(),
        )  # fmt: skip

    def matches(self, principal: Any, state: Any = "open", offset: int = 0) -> MatchList:
        """None: the pages of screening are tested over a real house (`test_screening.py`)."""
        self._look(principal, "matches")
        return MatchList(lines=(), counts={}, has_more=False, lists=())

    def of_consignment(self, principal: Any, consignment_id: str) -> None:
        self._line(consignment_id)
        self._look(principal, f"screening {consignment_id}")

    def take_over(self, principal: Any, order_id: str, reason: str) -> None:
        """None: who examines is tested over a real house (`tests/pipeline/control/test_officer_allocation.py`)."""

    def hub_lists(self, principal: Any) -> tuple[Any, ...]:
        """None: the page of hubs is tested over a real house (`tests/api/test_tracking.py`)."""
        return ()

    def threats(self, principal: Any, *, days: int = 30) -> ThreatList:
        """None: the page of threats is tested over a real house (`test_threats.py`)."""
        self._look(principal, "threats")
        since = NOW - timedelta(days=days)
        return ThreatList(since=since, until=NOW, declarations=0, acts=0, is_cut=False, threats=())

    def values(self, principal: Any, consignment_id: str) -> tuple[ValueView, ...]:
        """None: the pages of values are tested over more than this (`test_doubts.py`)."""
        self._line(consignment_id)
        self._look(principal, f"values {consignment_id}")
        return ()

    def doubts(self, principal: Any, consignment_id: str) -> tuple[DoubtView, ...]:
        return ()

    def message(self, principal: Any, message_id: str) -> MessageView:
        self._look(principal, message_id)
        for line in self._lines.values():
            for message in messages(line):
                if message.id == message_id:
                    return message
        raise NotFoundError("There is no such message.")

    def set_aside_list(
        self, principal: Any, *, is_open: bool = True, role: str | None = None, offset: int = 0
    ) -> SetAsideList:
        return SetAsideList(lines=(), total=0)

    def set_aside_about(self, principal: Any, wanted: str) -> tuple[()]:
        return ()

    def content(self, principal: Any, message_id: str) -> bytes:
        self.message(principal, message_id)
        self._look(principal, f"content {message_id}")
        return CONTENT

    def receipt(self, principal: Any, message_id: str) -> dict[str, Any]:
        return {"index": self.message(principal, message_id).index, "include_by": "2026-11-25T07:06:00Z"}

    def proof(self, principal: Any, message_id: str) -> dict[str, Any] | None:
        shown = self.proof_view(principal, message_id)
        if shown.checkpoint is None:
            return None
        proof = InclusionProof(
            index=shown.index,
            commit=self._commits[shown.index],
            checkpoint=shown.checkpoint,
            path=[bytes.fromhex(digest) for _, digest in shown.path],
            opening=None,
            nonce=None,
        )
        return dict(msgspec.to_builtins(proof))

    def proof_view(self, principal: Any, message_id: str) -> ProofView:
        message = self.message(principal, message_id)
        known = {
            "message_id": message_id,
            "index": message.index,
            "include_by": message.received + timedelta(minutes=1),
            "leaf_hash": self._hashes[message.index].hex(),
        }
        if message.proof_state == "sealed":
            return ProofView(state="sealed", **known)
        root = merkle_root(self._hashes)
        checkpoint = sign_head(Checkpoint(_SIGNER.verifier.name, _LEAVES, root), _SIGNER).decode()
        return ProofView(
            state="in-head",
            tree_size=_LEAVES,
            path=self._path(message.index),
            root=root.hex(),
            checkpoint=checkpoint,
            **known,
        )

    def stats(
        self,
        principal: Any,
        since: date | None = None,
        until: date | None = None,
        *,
        again: bool = False,
        patience: float | None = None,
    ) -> StatsView:
        self._look(principal, "stats")
        return StatsView(
            since=since or date(2026, 10, 26),
            consignments=6412,
            lanes={"red": 604, "yellow": 1180, "blue": 902, "green": 3726},
            host_lanes={"red": 604, "yellow": 1466, "blue": 311, "green": 4031},
            examined=588,
            found=141,
            found_in_red=118,
            found_in_host_red=57,
            duty_recovered={"USD": "418220.50", "EUR": "20114.00"},
            log_size=31877,
            head_size=31870,
        )

    # Reviews of files
    def put(self, principal: Any, session: str, name: str, offset: int, data: bytes) -> None:
        self._may_review(principal)
        self.desk.put(session, name, offset, data)

    def answer(self, principal: Any, session: str, said: Answers) -> None:
        self._may_review(principal)
        self.desk.answer(session, said)

    def start(self, principal: Any, session: str, job: str) -> None:
        self._may_review(principal)
        self._look(principal, f"files given: {job}")
        self.desk.start(session, job)

    def state(self, principal: Any, session: str) -> ReviewState:
        self._may_review(principal)
        return self.desk.state(session)

    def report(self, principal: Any, session: str, language: Language = ENGLISH) -> str | None:
        review = self.state(principal, session).review
        return write_review(review, language) if review else None

    def forget(self, session: str) -> None:
        self.desk.forget(session)

    def _may_review(self, principal: Any) -> None:
        if not decide(principal, "review:run", HOUSE_WIDE).allowed:
            raise PolicyError("Not allowed: review:run.")

    def figures(
        self,
        principal: Any,
        since: date | None = None,
        until: date | None = None,
        *,
        again: bool = False,
        patience: float | None = None,
    ) -> FiguresView:
        """Half a year at two offices: what one drew at random allows an answer, what the other did not allows none."""
        self._look(principal, "figures")
        return figures_view(principal, since, until)

    def what_ifs(self, principal: Any) -> tuple[WhatIf, ...]:
        """One question that was answered and held, one that was refused."""
        self._look(principal, "figures")
        return questions()

    def what_if(self, principal: Any, identity: str) -> tuple[WhatIf, WhatIfCheck | None]:
        self._look(principal, "figures")
        found = next((one for one in questions() if one.id == identity), None)
        if found is None:
            raise NotFoundError("There is no such question.")
        return found, held() if found.answer else None

    def progress_of(self, principal: Any, identity: str) -> None:
        """None: nothing is being answered here."""

    def fairness(
        self,
        principal: Any,
        since: date | None = None,
        until: date | None = None,
        *,
        again: bool = False,
        patience: float | None = None,
    ) -> FairnessView:
        """Two offices, at one of which less is found at the margin."""
        self._look(principal, "fairness")
        return fairness_view(principal, since, until)

    def logs(self, principal: Any) -> LogsView:
        """Two years' logs; of three witnesses one is away; one neighbour's log has two histories."""
        self._look(principal, "logs")
        return logs()

    def declared_items(self, principal: Any, order_id: str, amends: str | None = None) -> tuple[ExaminedItem, ...]:
        self._act(principal, order_id)
        cars = SeenGoods(
            value=Amount(Decimal("41200.00"), "USD"),
            classification="870323",
            origin="XJ",
            quantity=Quantity(Decimal(8), "NMB"),
            description="used cars",
        )
        parts = SeenGoods(value=Amount(Decimal("1800.00"), "USD"), classification="870899", description="parts of cars")
        return tuple(ExaminedItem(item=n, declared=said, found=SeenGoods()) for n, said in enumerate((cars, parts), 1))

    def count_results(
        self,
        principal: Any,
        since: date | None = None,
        until: date | None = None,
        *,
        again: bool = False,
        patience: float | None = None,
    ) -> ResultCount:
        self._look(principal, "stats")
        return ResultCount(
            results=641,
            not_examined=37,
            pending=16,
            conform=447,
            irregular=141,
            documents_alone=100,
            by_depth={"full": Hits(214, 77), "partial": Hits(301, 58), "scan": Hits(73, 6)},
            by_selection={"score": Hits(470, 121), "random": Hits(104, 9), "intelligence": Hits(14, 11)},
            by_offence={"undervaluation": 71, "classification": 34, "not-declared": 22, "ipr": 11, "narcotics": 3},
            seizures={"ipr": 9, "narcotics": 3},
            by_detection={"search": 8, "dog": 3, "scanner": 1},
        )

    def intelligence(
        self, principal: Any, *, is_active: bool = True, consignment_id: str | None = None
    ) -> tuple[IntelligenceView, ...]:
        self._look(principal, "intelligence")
        shown = (
            self.reports if set(principal.roles) - {"officer"} else [r for r in self.reports if r.handling == "open"]
        )
        return tuple(report for report in shown if report.state == "active" or not is_active)

    # Acting
    def add_intelligence(self, principal: Any, new: NewIntelligence) -> IntelligenceView:
        links = [link_of(kind, text) for kind, text in new.links]
        wrong = [text for link, (_, text) in zip(links, new.links, strict=True) if link is None]
        if wrong:
            kind = next(kind for kind, text in new.links if text == wrong[0])
            finding = Finding(
                code="intelligence-link",
                severity="error",
                message="{found} is not a valid {kind}",
                found=wrong[0],
                arguments={"kind": kind.lower()},
            )
            raise SenderError("The report cannot be accepted.", code="intelligence", findings=(finding,))
        told = {**msgspec.structs.asdict(new), "links": tuple(links)}
        made = IntelligenceView(
            id=f"report-{len(self.reports)}", state="active", asks_for="red", entered=NOW, author=principal.id, **told
        )
        self.reports.append(made)
        return made

    def proposed_end(self, principal: Any, report_id: str, reason: str) -> None:
        """One person ends reports here."""

    def end_intelligence(self, principal: Any, report_id: str, reason: str) -> IntelligenceView:
        self._check_may_act(principal)
        place = next(n for n, report in enumerate(self.reports) if report.id == report_id)
        self.reports[place] = msgspec.structs.replace(self.reports[place], state="ended")
        return self.reports[place]

    def record_result(self, principal: Any, order_id: str, result: NewResult) -> ResultView:
        line = self._act(principal, order_id)
        self.recorded.append((order_id, result))
        made = ResultView(id="result-1", at=NOW, officer=principal.id, **msgspec.structs.asdict(result))
        self._results[line.id] = (made,)
        self._set_order(line, "done", made)
        outcome = {None: "not examined", True: "irregularity found", False: "nothing found"}[result.found]
        if result.found is None and result.sample:
            outcome = "the laboratory result is pending"
        self._note(line.id, "result", principal, depth=result.depth, outcome=outcome)
        return made

    def proposed_override(self, *_: Any) -> None:
        """No act needs a second person here."""

    def override(self, principal: Any, consignment_id: str, lane: Any, reason: str) -> AdviceView:
        line = self._line(consignment_id)
        self._check_may_act(principal)
        if not reason or line.advice is None:
            raise PolicyError("An override needs a reason.", reasons=("override-needs-reason",))
        advice = msgspec.structs.replace(line.advice, override=lane, override_reason=reason)
        self._lines[line.id] = msgspec.structs.replace(line, advice=advice)
        self._note(line.id, "override", principal, lane=lane, reason=reason)
        return advice

    def release(self, principal: Any, order_id: str, reason: str) -> OrderView:
        line = self._act(principal, order_id)
        self._note(line.id, "release", principal, reason=reason)
        return self._set_order(line, "released")

    def reopen(self, principal: Any, order_id: str) -> OrderView:
        line = self._act(principal, order_id)
        self._note(line.id, "reopen", principal)
        return self._set_order(line, "open")

    # Inside
    def _look(self, principal: Any, what: str) -> None:
        self.looks.append((principal.id, what))

    def _line(self, consignment_id: str) -> ConsignmentView:
        if consignment_id not in self._lines:
            raise NotFoundError("There is no such consignment.")
        return self._lines[consignment_id]

    def _check_may_act(self, principal: Any) -> None:
        if not set(principal.roles) & set(_ACTORS):
            raise PolicyError("Your role does not allow this.", reasons=("default-deny",))

    def _act(self, principal: Any, order_id: str) -> ConsignmentView:
        self._check_may_act(principal)
        return next(line for line in self._lines.values() if line.order and line.order.id == order_id)

    def _set_order(self, line: ConsignmentView, status: Any, result: ResultView | None = None) -> OrderView:
        order = msgspec.structs.replace(line.order, status=status, result=result)
        self._lines[line.id] = msgspec.structs.replace(line, order=order)
        return order

    def _note(self, consignment_id: str, kind: str, principal: Any, **arguments: str) -> None:
        entry = happening(kind, NOW, 1300, principal.id, officer=principal.id, **arguments)
        self._happened.setdefault(consignment_id, []).append(entry)

    def _path(self, index: int) -> tuple[Any, ...]:
        path, row, place = [], list(self._hashes), index
        while len(row) > 1:
            beside = place ^ 1
            if beside < len(row):
                path.append(("left" if beside < place else "right", row[beside].hex()))
            row = [merkle_root(row[at : at + 2]) for at in range(0, len(row), 2)]
            place //= 2
        return tuple(path)


def _lane(line: ConsignmentView) -> str | None:
    return (line.advice.override or line.advice.lane) if line.advice else None


def _state(line: ConsignmentView) -> str:
    return "open" if line.order is None or line.order.status == "open" else "done"


def _fits(line: ConsignmentView, wanted: QueueFilter) -> bool:
    words = f"{line.title} {line.trader} {line.goods}".lower()
    return (
        (wanted.lane is None or _lane(line) == wanted.lane)
        and (wanted.office is None or line.office == wanted.office)
        and (wanted.text is None or wanted.text.lower() in words)
    )
