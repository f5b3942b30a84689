# SPDX-License-Identifier: Apache-2.0
"""What the agencies, analysts and officers of the demo do, each act once, so that every page has something to show."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from pathlib import Path

import msgspec

from cocket.cli.base.files import history_folder
from cocket.cli.base.output import progress
from cocket.cli.demonstration.agencies import work_together
from cocket.cli.demonstration.country import Country, bill_of, registration_of
from cocket.cli.demonstration.lessons import lesson_cards
from cocket.cli.demonstration.pilot import DemoPilot
from cocket.cli.demonstration.release import write_release_study
from cocket.control import ExaminedItem, Quantity, Sample, SeenGoods, declared_goods
from cocket.control.audit import LineFinding, Period, Plan
from cocket.control.offences import Offence
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.model import Amount, Declaration
from cocket.model.message import Lane
from cocket.pipeline import Instance, NewResult, QueueFilter
from cocket.pipeline.control.views import ConsignmentView, NewEvidence
from cocket.pipeline.measures.doubt_views import NewDoubt
from cocket.pipeline.risk.intelligence import NewIntelligence
from cocket.risk import read_past
from cocket.risk.rules import Rule, read_duties
from cocket.screening import subjects_of
from cocket.simulation.people import goods_list
from cocket.simulation.standings import standings
from cocket.simulation.trade import CURRENCY
from cocket.trials.lessons.recommendations import Forecast, NewRecommendation
from cocket.trials.lessons.year import TRUTH_WORDS

#: Officers who sign in, as (name, name shown, role).
PEOPLE = (
    ("anna", "Anna A.", "officer"),
    ("sione", "Sione S.", "supervisor"),
    ("mei", "Mei M.", "analyst"),
    ("arjun", "Arjun A.", "auditor"),
    ("tevita", "Tevita T.", "officer"),
    ("lupe", "Lupe L.", "officer"),
    ("henrik", "Henrik H.", "officer"),
)

_ANNA, _SIONE, _MEI = (Principal(id=name, kind="officer", roles=(role,)) for name, _shown, role in PEOPLE[:3])

#: Who opens dossiers that are not hers, and who does not.
_CURIOUS, *_OTHERS = (Principal(id=name, kind="officer", roles=("officer",)) for name in ("lupe", "tevita", "henrik"))
_MOST_BROWSED = 45

#: Who activates journeys, who lays down where they go, and who keeps guarantees.
TRAVELLERS = (_ANNA, _MEI, _SIONE)

#: Auditor-days of the demo's audit plan.
_AUDITOR_DAYS = 60

#: How long a rule counts that cannot wait for its days in shadow.
_URGENT = timedelta(days=13)

#: How long intelligence counts, and how long an importer has to answer.
_COUNTS, _ANSWERS = timedelta(days=90), timedelta(days=30)

_WORD = "acts.json"

#: Traders on the demo's watch list (count).
_LISTED = 2

#: The rule that runs in shadow; its last day is set where it is added.
_RULE = Rule(
    code="preference-after-irregularity",
    says="{importer} claims a preference, and an examination found something within 180 days",
    when="found('importer', 180) >= 1.0 && items.exists(i, i.preference == \"200\")",
    asks="yellow",
    source="order 1 of the demo",
    expires=date(2000, 1, 1),
)

#: Lanes that give an order, and more lines than any queue of the demo has.
_LANES: tuple[Lane, ...] = ("red", "yellow")
_EVERY = 20_000


class Acts:
    """The acts of a demo: each is done once, and told in a file of its home.

    Args:
        house: The house.
        home: Folder of the demo.
        country: The synthetic country.
    """

    def __init__(self, house: Instance, home: Path, country: Country) -> None:
        self._house, self._country, self._home = house, country, home
        self._pilot = DemoPilot(
            lambda day: house.trials.pilots.replaying(day),  # noqa: PLW0108 (the call is what shows the door)
            (house.intake.messages, house.control.host_decisions),
            house.settings,
            _MEI,
            datetime.now(UTC).date(),
        )
        self._word = home / _WORD
        self._done: dict[str, str] = json.loads(self._word.read_text("utf-8")) if self._word.exists() else {}

    def before_papers(self) -> None:
        """What is known before any paper comes: permits of the agencies, authorised traders, intelligence."""
        with progress("registering permits, traders, intelligence"):
            self._once("permits", self._register_permits)
            self._once("standings", self._take_standings)
            self._once("intelligence", self._add_intelligence)
        with progress("sealing a pilot"):
            self._once("pilot", self._pilot.seal)
        with progress("importing a watch list, trying a rule"):
            self._once("list", self._import_list)
            self._once("rule", self._run_rule_in_shadow)

    def after_papers(self, follow: Callable[[], str], exchange: Callable[[], str]) -> dict[str, str]:
        """What officers do with the papers: a result in full, a doubt about a value, audits after release, journeys.

        Args:
            follow: Lets lorries be followed; what was told of them, in words.
            exchange: Hands a journey over to the country next door and takes one over, likewise; not called where no
                lorries could be followed.

        Returns:
            Act → what it is about, in words; empty where there was nothing to do it on.
        """
        with progress("looking at the pilot, measuring release times"):
            self._once("pilot-report", lambda: self._pilot.look(self._done["pilot"]))
            self._once("release-times", lambda: write_release_study(self._country, self._home))
        with progress("examining, asking, auditing"):
            self._once("result", self._record_result)
            self._once("doubt", self._raise_doubt)
            self._once("random", self._examine_drawn)
            self._once("examined", self._examine_others)
            self._once("browsed", self._browse)
            self._once("audits", self._plan_audits)
            self._once(
                "agency", lambda: work_together((self._house.governance, self._house.partners), self._home, _SIONE)
            )
        with progress("tracking lorries"):
            self._once("journey", follow)
            if self._done["journey"]:
                self._once("handed", exchange)
        with progress("writing down what was learned"):
            self._once("lessons", self._keep_lessons)
        return dict(self._done)

    def _once(self, name: str, act: Callable[[], str]) -> None:
        if name not in self._done:
            self._done[name] = act()
            self._word.write_text(json.dumps(self._done), "utf-8")

    def _register_permits(self) -> str:
        for permit in self._country.permits:
            agency = Principal(id=permit.agency.lower(), kind="key", roles=("agency",), senders=(permit.agency,))
            self._house.measures.permits.register_permit(agency, permit)
        return f"{len(self._country.permits)} permits"

    def _take_standings(self) -> str:
        report = self._house.credentials.standings.take_standings(_SIONE, standings(self._country.parameters))
        return f"{report.new + report.changed + report.unchanged} authorised traders"

    def _add_intelligence(self) -> str:
        """A threat that can be acted upon, and a rumour that selects nothing; on goods that no host has seen yet."""
        lodged = [one for one in self._country.declarations() if one.status is None or one.status.registration is None]
        named = [unit.id for one in lodged for unit in one.shipment.equipment if unit.id]
        ends = datetime.now(UTC) + _COUNTS
        if named:
            threat = NewIntelligence(
                threat="narcotics",
                source_grade="B",
                information_grade="2",
                handling="open",
                text="A liaison officer abroad reports that the container was opened at night before it was loaded.",
                links=(("EQUIPMENT", named[0]),),
                expires=ends,
            )
            self._house.risk.intelligence.add_intelligence(_MEI, threat)
        rumour = NewIntelligence(
            threat="undervaluation",
            source_grade="F",
            information_grade="6",
            handling="restricted",
            text="An anonymous caller claims that used clothing is invoiced twice, once for customs.",
            links=(("COMMODITY", "6309"),),
            expires=ends,
        )
        self._house.risk.intelligence.add_intelligence(_MEI, rumour)
        return named[0] if named else ""

    def _import_list(self) -> str:
        """A watch list of the administration's own: traders whom papers name, their names written a little otherwise."""
        times = Counter(
            subject.name
            for declaration in self._country.declarations()
            for role, subject in subjects_of(declaration)
            if role in ("importer", "exporter", "consignor", "seller")
        )
        listed = [name for name, _ in sorted(times.items(), key=lambda one: (-one[1], one[0]))[:_LISTED]]
        text = io.StringIO()
        table = csv.writer(text)
        table.writerow(("id", "name", "kind", "aliases", "programme", "note"))
        for number, name in enumerate(listed, start=1):
            otherwise = " ".join(reversed(name.title().split()))
            programme = "Watch list of Alphaland Customs"
            table.writerow((f"W{number}", otherwise, "organisation", name.title(), programme, "Invented for the demo."))
        table.writerow(
            (f"W{len(listed) + 1}", "Nowhere Trading Post", "organisation", "", "", "Invented for the demo.")
        )
        view = self._house.screening.lists.import_list(_MEI, "watch-list", text.getvalue().encode())
        return f"{view.name} with {view.entries} names"

    def _run_rule_in_shadow(self) -> str:
        """A rule of the analyst, tried on the country's past and run in shadow, where it changes no lane."""
        folder = history_folder(self._country.folder)
        results = (folder / "results.csv").read_bytes()
        past = read_past((folder / "declarations.ndjson").read_bytes(), results)
        ends = datetime.now(UTC).date() + _URGENT
        rule = msgspec.structs.replace(_RULE, expires=ends)
        rules = self._house.risk.rules
        rules.add_rules(_MEI, [rule])
        rules.test_rule(_MEI, rule.code, past, read_duties(results))
        rules.shadow_rule(_MEI, rule.code)
        urgent = "The trade is new, and the ring may move on."
        self._house.governance.second_person.propose(
            _MEI, rules.proposed_publication(_MEI, rule.code, urgent), make_key
        )
        return rule.code

    def _examine_drawn(self) -> str:
        """An examination of what chance alone drew, with what the truth of the country says would be found."""
        schemes = self._schemes()
        declared = {f"B/L {bill_of(one)}": one for one in self._country.declarations()}
        drawn = [
            line
            for line in self._house.queries.records.queue(_ANNA, QueueFilter(lane="red", limit=_EVERY)).lines
            if line.order is not None and line.advice and line.advice.is_random and line.title in declared
        ]
        scheme_of = {line.title: schemes.get(registration_of(declared[line.title]) or "", "") for line in drawn}
        for line in sorted(drawn, key=lambda one: scheme_of[one.title] not in _EXAMPLES or not scheme_of[one.title]):
            scheme = scheme_of[line.title]
            if line.title in self._done.values() or line.order is None or scheme not in _EXAMPLES:
                continue
            example = _EXAMPLES[scheme]
            first = self._house.control.officer_acts.record_result(_ANNA, line.order.id, example.first)
            corrected = example.corrected_for(declared[line.title], first.id)
            self._house.control.officer_acts.record_result(_ANNA, line.order.id, corrected)
            return f"{line.title}: {'irregular' if corrected.found else 'nothing found'}"
        return ""

    def _examine_others(self) -> str:
        """Every second order of each lane, by the examiner it was given to, as the truth of the country has it."""
        schemes = self._schemes()
        declared = {f"B/L {bill_of(one)}": one for one in self._country.declarations()}
        chosen: list[ConsignmentView] = []
        for lane in _LANES:
            lines = self._house.queries.records.queue(_SIONE, QueueFilter(lane=lane, limit=_EVERY)).lines
            free = [one for one in lines if one.title in declared and one.title not in self._done.values()]
            chosen += free[1::2]
        found = 0
        for line in chosen:
            if line.order is None:
                continue
            scheme = schemes.get(registration_of(declared[line.title]) or "", "")
            result = _EXAMPLES[scheme].alone_for(declared[line.title]) if scheme in _EXAMPLES else _of_scheme(scheme)
            examiner = Principal(id=line.order.examiner or _ANNA.id, kind="officer", roles=("officer",))
            self._house.control.officer_acts.record_result(examiner, line.order.id, result)
            found += bool(result.found)
        return f"{len(chosen)} further orders dealt with, {found} irregular"

    def _browse(self) -> str:
        """An examiner opens dossiers that are not hers one after the other, which the page of threats tells of."""
        lines = self._house.queries.records.queue(_SIONE, QueueFilter(state="all", limit=_MOST_BROWSED)).lines
        for line in lines:
            if line.order is None or line.order.examiner != _CURIOUS.id:
                self._house.queries.records.dossier(_CURIOUS, line.id)
        for other in _OTHERS:
            self._house.queries.records.dossier(other, lines[0].id)
        return f"{_CURIOUS.id} opened {len(lines)} dossiers outside her cases"

    def _schemes(self) -> dict[str, str]:
        """Registration → how it is fraudulent by the truth of the country; "" for honest."""
        with (self._country.folder / "truth/live.csv").open(encoding="utf-8", newline="") as file:
            return {row["id"]: row["scheme"] for row in csv.DictReader(file)}

    def _record_result(self) -> str:
        """An examination, of goods that are otherwise than declared if any were selected: told, then corrected."""
        for scheme, example in _EXAMPLES.items():
            lines = list(self._selected(scheme))
            for line, declaration in lines if scheme else reversed(lines):  # what is urgent is left to the newcomer
                if line.order is not None:
                    first = self._house.control.officer_acts.record_result(_ANNA, line.order.id, example.first)
                    corrected = example.corrected_for(declaration, first.id)
                    self._house.control.officer_acts.record_result(_ANNA, line.order.id, corrected)
                    return line.title
        return ""

    def _raise_doubt(self) -> str:
        """A declared value is asked about, and the importer has answered; the decision is left open."""
        for line, _ in chain(self._selected("undervaluation"), self._selected("")):
            if line.title in self._done.values():
                continue
            today = datetime.now(UTC).date()
            doubt = NewDoubt(
                item=1,
                to=line.trader or "the importer",
                question="How was the price agreed, and what was paid to the seller in addition to the invoice?",
                papers=("contract", "payment"),
                answer_by=today + _ANSWERS,
            )
            asked = self._house.measures.doubts.raise_doubt(_MEI, line.id, doubt)
            words = "The price was agreed by telephone. The proof of payment is enclosed; there is no contract."
            answer = {"received": today.isoformat(), "words": words, "papers": ["payment"]}
            self._house.measures.doubts.take_step(_ANNA, asked.id, "answered", answer)
            return line.title
        return ""

    def _plan_audits(self) -> str:
        """A plan for the live period; its first audit is at work, with one line looked at."""
        plan = self._house.control.audits.plan_audits(_SIONE, Period(*self._country.days), _AUDITOR_DAYS)
        if plan.proposed:
            first = plan.proposed[0]
            self._house.control.audits.plan_audit(
                _SIONE, first.id, Plan(auditor="anna", begins=datetime.now(UTC).date())
            )
            self._house.control.audits.notify_audit(_ANNA, first.id)
            started = self._house.control.audits.start_audit(_ANNA, first.id)
            if started.sample:
                line = started.sample[0]
                finding = LineFinding(
                    consignment=line.consignment,
                    item=line.item,
                    conclusion="not-verified",
                    note="The proof of payment is still to come.",
                )
                self._house.control.audits.record_line(_ANNA, first.id, finding)
        return f"{len(plan.proposed)} audits proposed"

    def _keep_lessons(self) -> str:
        """Four use cases with figures of this instance, and a recommendation whose day has come."""
        trials, today = self._house.trials, datetime.now(UTC).date()
        first = min(self._country.days[0], today - timedelta(days=1))
        cards = [trials.use_cases.put_card(_MEI, card) for card in lesson_cards(first, self._done["pilot"])]
        forecast = Forecast(
            measure="random-hit-rate",
            low=0.0,
            high=0.2,
            confidence=0.8,
            since=first,
            until=today - timedelta(days=1),
            look_on=today,
        )
        advice = NewRecommendation(
            title="Keep a share of examinations for chance",
            text="Without it no one can say what the rules miss. We expect at most one find in five.",
            evidence=(cards[0].id,),
            made=first,
            forecast=forecast,
        )
        known = trials.recommendations.recommend(_MEI, advice)
        trials.recommendations.decide(_SIONE, known.id, "accepted", "Two of a hundred examinations are affordable.")
        judged = trials.recommendations.judge(_SIONE, known.id)
        outcome = TRUTH_WORDS[judged.outcome.truth].lower() if judged.outcome is not None else "not looked at"
        return f"{len(cards)} use cases with figures measured here; a recommendation whose forecast {outcome}"

    def _selected(self, scheme: str) -> Iterator[tuple[ConsignmentView, Declaration]]:
        """Consignments to be examined that are fraudulent by a scheme (or "" for honest), with declarations, red first."""
        with (self._country.folder / "truth/live.csv").open(encoding="utf-8", newline="") as file:
            meant = {row["id"] for row in csv.DictReader(file) if row["scheme"] == scheme}
        declared = {f"B/L {bill_of(one)}": one for one in self._country.declarations() if registration_of(one) in meant}
        for lane in _LANES:
            for line in self._house.queries.records.queue(_ANNA, QueueFilter(lane=lane, limit=_EVERY)).lines:
                if line.title in declared:
                    yield line, declared[line.title]


class _Example(msgspec.Struct, frozen=True, kw_only=True):
    """How goods are examined.

    Attributes:
        first: What is told at once.
        corrected: What is told when all is known, but for the goods.
        found: What the first item was found to be; None if it is as declared.
    """

    first: NewResult
    corrected: NewResult
    found: Callable[[Declaration], SeenGoods] | None = None

    def alone_for(self, declaration: Declaration) -> NewResult:
        """What is told in one result, that corrects none."""
        items = () if self.found is None else (ExaminedItem(item=1, found=self.found(declaration)),)
        return msgspec.structs.replace(self.corrected, items=items, evidence=self.first.evidence)

    def corrected_for(self, declaration: Declaration, amends: str) -> NewResult:
        """The correcting result for a declaration."""
        corrected = msgspec.structs.replace(self.corrected, amends=amends)
        if self.found is None:
            return corrected
        found = self.found(declaration)
        items = (ExaminedItem(item=1, found=found),)
        return msgspec.structs.replace(corrected, items=items)


def _dearer_goods(declaration: Declaration) -> SeenGoods:
    """The goods that those declared were likely passed off for: of the same family, with the highest duty."""
    code = declaration.shipment.items[0].commodity.classifications[0].id
    declared = next(goods for goods in goods_list() if goods.hs == code)
    found = max((goods for goods in goods_list() if goods.family == declared.family), key=lambda goods: goods.duty)
    return SeenGoods(classification=found.hs, description=found.text)


def _second_invoice(declaration: Declaration) -> SeenGoods:
    return SeenGoods(value=_times(declaration, Decimal("1.4")))


def _more_goods(declaration: Declaration) -> SeenGoods:
    value, said = _times(declaration, Decimal("1.3")), next(iter(declared_goods(declaration).values())).quantity
    if said is None:
        return SeenGoods(value=value)
    return SeenGoods(value=value, quantity=Quantity(said.value * Decimal("1.3"), said.unit))


_RECORD = NewEvidence(
    name="record-of-examination.txt", content=b"Seals whole. Unloaded in the presence of the broker.\n"
)
_SAMPLE = Sample(number="AL-0417", laboratory="Alphaland Customs Laboratory", question="Which goods are these?")
_ANSWERED = msgspec.structs.replace(_SAMPLE, answer="Not the goods declared; see the heading found.")

_AS_DECLARED = msgspec.structs.replace(_SAMPLE, answer="The goods declared.")

#: Scheme → how its goods are examined; "" stands for honest ones.
_EXAMPLES = {
    "misclassification": _Example(
        first=NewResult(depth="full", sample=_SAMPLE, evidence=(_RECORD,), note="Waits for the laboratory."),
        corrected=NewResult(depth="full", found=True, offence="classification", sample=_ANSWERED),
        found=_dearer_goods,
    ),
    "undervaluation": _Example(
        first=NewResult(
            depth="full", found=True, offence="undervaluation", evidence=(_RECORD,), note="Duty to follow."
        ),
        corrected=NewResult(depth="full", found=True, offence="undervaluation", note="By the second invoice found."),
        found=_second_invoice,
    ),
    "short-declaration": _Example(
        first=NewResult(depth="full", found=True, offence="quantity", evidence=(_RECORD,), note="Duty to follow."),
        corrected=NewResult(depth="full", found=True, offence="quantity", note="All of it weighed."),
        found=_more_goods,
    ),
    "": _Example(
        first=NewResult(depth="partial", sample=_SAMPLE, evidence=(_RECORD,), note="Waits for the laboratory."),
        corrected=NewResult(depth="partial", found=False, sample=_AS_DECLARED),
    ),
}


def _of_scheme(scheme: str) -> NewResult:
    """What an examination tells of goods that are fraudulent in a way without an example."""
    offence: Offence = "origin" if "origin" in scheme or "preference" in scheme else "not-declared"
    return NewResult(depth="full", found=True, offence=offence, evidence=(_RECORD,))


def _times(declaration: Declaration, factor: Decimal) -> Amount | None:
    value = declaration.shipment.items[0].customs_value
    return Amount((value.value * factor).quantize(Decimal("0.01")), value.currency or CURRENCY) if value else None
