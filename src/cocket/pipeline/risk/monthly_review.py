# SPDX-License-Identifier: Apache-2.0
"""A month of a host's files, read and reviewed in memory: no house, no database, nothing kept, nothing sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from cocket import standards
from cocket.consignment import (
    DayBasis,
    DeclarationDay,
    Paper,
    consignments_of,
    declaration_day,
    part_of,
    period_of,
    summarise,
)
from cocket.errors import SettingsError
from cocket.model import Declaration, Manifest, Reading
from cocket.pipeline.consignment.dossiers import with_bill
from cocket.pipeline.consignment.outcomes import HostRow
from cocket.pipeline.risk.month_rows import MonthRows, Told, amount_in, main_currency, put_together
from cocket.risk import Case, History, Outcome, Past, PastCase, Sitting, assess, day_number, facts_of, load_model, train
from cocket.risk.effort import Choice
from cocket.risk.indicators import INDICATORS
from cocket.risk.rules import (
    Looked,
    Named,
    Rule,
    Rulebook,
    lanes_as_rules,
    look_back,
    measure_rules,
)
from cocket.risk.rules.caveats import COUNTED, NO_EXAMINATIONS, TOO_FEW, caveat
from cocket.risk.rules.figures import RANDOM, RuleFigures, is_drawn
from cocket.risk.rules.month import Advised, Known, MonthReview, chances_of, compare

if TYPE_CHECKING:
    from cocket.risk.models import Model

#: Told what is being done, how much of it is done, and of how much.
Progress = Callable[[str, int, int], None]

_HOST = "host"
#: Built-in rules that rest on what only a house has: intelligence on file, and lists.
_OF_THE_HOUSE = {"intelligence", "party-listed", "alert-on-the-way", "partner-differs", "version-refused"}

#: From here on an amount is no value of goods (national currency).
_MOST = Decimal(10) ** 18

#: Share of the month that teaches the model where there is no earlier past.
_TEACHES = 0.6


class MonthFiles(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder holds.

    Attributes:
        name: Name of the folder.
        messages: Name and content of each message file (0..n).
        readings: Name of a message → its reading, where it was read before.
        rows: Lanes and results as the host's tables tell them (0..n).
        criteria: Declaration (as `office/year/serial/number`) → codes of the host's rules it met; empty if not told.
        chances: Declaration → chance of examination, where the host logged it.
        differing: Declarations whose rows differ in why they were chosen, or in the chance of that (count).
        rules: Rules to be measured too, ours or the host's restated (0..n).
        past: What came before the month, to learn from; None without.
        duties: Duty recovered by case id of that past.
        model: A trained model; None to train one here.
        options: How messages are to be read, such as by a country's habits; None for the defaults.
    """

    name: str
    messages: Sequence[tuple[str, bytes]]
    rows: Sequence[HostRow]
    readings: Mapping[str, Reading] = {}
    criteria: Mapping[str, tuple[str, ...]] = {}
    chances: Mapping[str, float] = {}
    differing: int = 0
    rules: Sequence[Rule] = ()
    past: Past | None = None
    model: Model | None = None
    options: standards.Options | None = None


class _Month(msgspec.Struct, frozen=True, kw_only=True):
    """The month as it was read: cases and results, and what was left out."""

    past: Past
    lanes: dict[str, str | None]
    overridden: frozenset[str]
    duties: dict[str, float]
    currency: str | None
    sums: dict[str, Decimal]
    counts: dict[str, int]
    known: Known
    bases: dict[DayBasis, int]


def review_month(files: MonthFiles, progress: Progress | None = None) -> MonthReview:
    """Review a month.

    Args:
        files: What the folder holds.
        progress: Told how far it is; None to work in silence.

    Returns:
        The review.

    Raises:
        SettingsError: There is not a declaration in it, or a rule does not hold.
    """
    step = progress or (lambda *_: None)
    month = _read_month(files, step)
    files, month = _without_the_month(files, month)
    before = files.past.cases if files.past else ()
    whole = Past((*before, *month.past.cases), {**(files.past.outcomes if files.past else {}), **month.past.outcomes})
    host_hits = dict(files.criteria) or lanes_as_rules(month.past)
    looked = look_back(
        whole, Rulebook(files.rules), host_hits, month.duties, lambda done, of: step("Measuring rules", done, of)
    )[len(before) :]
    figures = _figures(looked, files.rules, host_hits)
    advised, why_not = _advised(files, month, step)
    return _review(files, month, looked, figures, (advised, why_not))


def _without_the_month(files: MonthFiles, month: _Month) -> tuple[MonthFiles, _Month]:
    """The files with a past that holds no declaration of the month: nothing is to teach the model what it is judged by."""
    ids = {one.case.facts.id for one in month.past.cases}
    if files.past is None or not any(one.case.facts.id in ids for one in files.past.cases):
        return files, month
    cases = tuple(one for one in files.past.cases if one.case.facts.id not in ids)
    outcomes = {name: one for name, one in files.past.outcomes.items() if name not in ids}
    counts = {**month.counts, "in history": len(files.past.cases) - len(cases)}
    past = Past(cases, outcomes) if cases else None
    return msgspec.structs.replace(files, past=past), msgspec.structs.replace(month, counts=counts)


def _read_month(files: MonthFiles, step: Progress) -> _Month:
    readings = []
    counts: Counter[str] = Counter()
    for number, (name, content) in enumerate(files.messages, start=1):
        reading = files.readings.get(name) or standards.read(content, files.options)
        counts["refused"] += reading.outcome == "refused"
        for place, one in enumerate(reading.readings, start=1):
            if one.outcome != "refused" and isinstance(one.document, Declaration | Manifest):
                own = name if place == 1 else f"{name} ({place})"
                readings.append((own, msgspec.structs.replace(one, further=())))
        step("Reading", number, len(files.messages))
    bills = _bills(readings)
    cases: dict[str, Case] = {}
    days: dict[str, DeclarationDay] = {}
    now = datetime.now(UTC)
    for name, reading in readings:
        if isinstance(reading.document, Declaration):
            said = declaration_day(reading.document)
            if said is None or said.day > now.date():
                counts["undated" if said is None else "future"] += 1
                continue
            case, has_bill = _case(name, reading, bills, datetime.combine(said.day, time(12), UTC))
            if not _has_real_values(case):
                counts["value"] += 1
                continue
            cases[case.facts.id] = case  # a later version of the same declaration takes its place
            days[case.facts.id] = said
            counts["with_bill"] += has_bill
    if not cases:
        left_out = counts["undated"] + counts["future"] + counts["value"]
        raise SettingsError(
            f"This folder has no usable declaration: {left_out} have an unreadable date, one in the future, or a value that is none."
            if left_out
            else "This folder has no readable declaration.",
            code="review-empty",
            hint="Set the country's date format with --profile." if left_out else "",
        )
    rows = put_together(files.rows, {name: _date(case.facts.day) for name, case in cases.items()}, now.date())
    unmatched = len(rows.told.keys() - cases.keys())
    counts.update(
        declarations=len(cases),
        manifests=sum(isinstance(reading.document, Manifest) for _, reading in readings),
        unmatched=unmatched,
    )
    bases = period_of(days.items(), None, None, now.date()).bases
    told = {**counts, **rows.counts, "reasons differ": files.differing}
    return _with_results(files, (cases, bases), rows, told)


def _has_real_values(case: Case) -> bool:
    """Whether what is declared of value and duty can be: finite, not negative, and an amount of money."""
    stated = [amount for item in case.facts.items for amount in (item.value, item.duty) if amount is not None]
    return all(amount.is_finite() and 0 <= amount < _MOST for amount in stated)


def _with_results(
    files: MonthFiles, of: tuple[Mapping[str, Case], dict[DayBasis, int]], rows: MonthRows, counts: dict[str, int]
) -> _Month:
    (cases, bases), none, told = of, Told(), rows.told
    lanes: dict[str, str | None] = {name: told.get(name, none).lane for name in cases}
    overridden = frozenset(name for name in cases if told.get(name, none).override)
    known: Known = "logged" if files.chances else "from the column criteria"
    logged = {name: chance for name, chance in files.chances.items() if name not in overridden}
    chances = logged or chances_of(files.criteria, lanes, overridden)
    outcomes, duties = {}, {}
    currency, sums = main_currency(one.examined for name, one in told.items() if one.examined and name in cases)
    past_cases = []
    for name, case in cases.items():
        one = told.get(name, none)
        chance = chances.get(name)
        past_cases.append(PastCase(case=case, lane=one.override or one.lane, propensity=chance))
        row = one.examined
        if row is None:
            continue
        returned = day_number(row.returned) if row.returned else case.facts.day
        outcomes[name] = Outcome(
            facts=case.facts, found=row.found, returned=max(returned, case.facts.day), propensity=chance
        )
        amount = amount_in(row, currency, sums)
        if amount is not None:
            duties[name] = amount
    past_cases.sort(key=lambda one: (one.case.facts.day, one.case.facts.id))
    return _Month(
        past=Past(tuple(past_cases), outcomes),
        lanes={one.case.facts.id: one.lane for one in past_cases},
        overridden=overridden,
        duties=duties,
        currency=currency or None,
        sums=sums,
        counts=counts,
        known=known if chances else "unknown",
        bases=bases,
    )


def _bills(readings: Iterable[tuple[str, Reading]]) -> dict[tuple[str, str], tuple[str, Reading, int]]:
    """Transport documents by their keys: name of the file, manifest, place of the bill."""
    found = {}
    for name, reading in readings:
        if isinstance(reading.document, Manifest):
            for claim in consignments_of(reading, _HOST):
                for key in claim.strong:
                    found[key.pair] = (name, reading, claim.part)
    return found


def _case(
    name: str, reading: Reading, bills: Mapping[tuple[str, str], tuple[str, Reading, int]], moment: datetime
) -> tuple[Case, bool]:
    """A declaration held against its transport documents; and whether any was found."""
    document = reading.document
    if not isinstance(document, Declaration):
        raise TypeError(name)
    now = datetime.now(UTC)
    papers = [_paper(name, reading, 0, now)]
    claims = consignments_of(reading, _HOST)
    named = dict.fromkeys(key.pair for claim in claims for key in claim.strong)
    papers += [_paper(*bills[key], now) for key in named if key in bills]
    registered = [reference.value for paper in papers[:1] for reference in paper.names if reference.kind == "SAD"]
    facts = facts_of(document, registered[0] if registered else name, moment)
    if len(papers) == 1:
        return Case(facts=facts), False
    dossier = summarise(papers)
    warnings = (finding.code for finding in dossier.findings if finding.severity == "warning")
    return Case(facts=with_bill(facts, dossier), differences=tuple(dict.fromkeys(warnings))), True


def _paper(name: str, reading: Reading, part: int, now: datetime) -> Paper:
    said = part_of(reading, part)
    return Paper(
        message_id=f"{name}#{part}",
        index=part,
        received=now,
        sender=_HOST,
        standard=reading.standard,
        function=said.function,
        document=said.document,
        part=part,
    )


def _figures(
    looked: Sequence[Looked], rules: Sequence[Rule], host_hits: Mapping[str, tuple[str, ...]]
) -> tuple[RuleFigures, ...]:
    today = _date(max(case.day for case in looked))
    host = sorted({code for codes in host_hits.values() for code in codes})
    named = [Named(code=rule.code, kind="cel", expires=rule.expires) for rule in rules]
    named += [Named(code=one.code, kind="python") for one in INDICATORS if one.code not in _OF_THE_HOUSE]
    named += [Named(code=code, kind="host") for code in host]
    return measure_rules(looked, named, today)


def _advised(files: MonthFiles, month: _Month, step: Progress) -> tuple[Advised | None, str | None]:
    """What our advice would have done, or why that cannot be told."""
    cases = month.past.cases
    begin, teacher, what = 0, files.past, "the history in the folder"
    if files.model is not None:
        what = f"model {files.model.version}"
    elif teacher is None:
        begin = int(len(cases) * _TEACHES)
        teacher, what = _before(month.past, begin), "the first part of the month"
    step("Training", 0, 1)
    try:
        model = files.model or load_model(train(teacher or Past((), {})).to_bytes())
    except SettingsError as error:
        return None, f"{TOO_FEW} ({error.message})"
    step("Training", 1, 1)
    before = files.past.cases if files.past else ()
    scores = _scores(Past((*before, *cases), _all_outcomes(files.past, month.past)), len(before) + begin, model)
    tells = any(RANDOM in codes for codes in files.criteria.values())
    choices = [_choice(one, score, (files, month), tells) for one, score in zip(cases[begin:], scores, strict=True)]
    if not any(one.is_examined for one in choices):
        return None, NO_EXAMINATIONS
    return compare(choices, what, _date(cases[begin].case.facts.day)), None


def _before(past: Past, end: int) -> Past:
    """The first part of a past, with the results that had returned before the rest began."""
    cases = past.cases[:end]
    until = past.cases[end].case.facts.day if end < len(past.cases) else float("inf")
    ids = {one.case.facts.id for one in cases}
    return Past(cases, {name: one for name, one in past.outcomes.items() if name in ids and one.returned <= until})


def _all_outcomes(before: Past | None, month: Past) -> dict[str, Outcome]:
    return {**(before.outcomes if before else {}), **month.outcomes}


def _scores(whole: Past, begin: int, model: Model) -> list[float]:
    """Scores of the cases from `begin` on, each with what was known on its day."""
    history = History()
    history.go_by(model.card.threshold)
    for outcome in whole.outcomes.values():
        history.learn(outcome)
    for one in whole.cases[:begin]:
        history.observe(one.case.facts)
    return [
        one.score
        for one in assess([one.case for one in whole.cases[begin:]], history, model, sitting=Sitting(takes=True))
    ]


def _choice(one: PastCase, score: float, told: tuple[MonthFiles, _Month], tells: bool) -> Choice:
    (files, month), facts = told, one.case.facts
    outcome = month.past.outcomes.get(facts.id)
    duty = facts.duty
    return Choice(
        id=facts.id,
        place=f"{facts.office} {int(facts.day)}",
        score=score,
        duty=None if duty is None else float(duty),
        is_examined=outcome is not None,
        is_drawn=outcome is not None and is_drawn(one.propensity, files.criteria.get(facts.id), tells),
        found=bool(outcome and outcome.found),
        recovered=month.duties.get(facts.id, 0.0) if outcome and outcome.found else 0.0,
        chance=one.propensity,
    )


def _review(
    files: MonthFiles,
    month: _Month,
    looked: Sequence[Looked],
    figures: tuple[RuleFigures, ...],
    advice: tuple[Advised | None, str | None],
) -> MonthReview:
    examined = [one for one in looked if one.is_examined]
    days = [one.day for one in looked]
    return MonthReview(
        folder=files.name,
        first_day=_date(min(days)),
        last_day=_date(max(days)),
        declarations=month.counts["declarations"],
        manifests=month.counts["manifests"],
        with_bill=month.counts.get("with_bill", 0),
        refused=month.counts.get("refused", 0),
        undated=month.counts.get("undated", 0),
        future=month.counts.get("future", 0),
        unmatched=month.counts["unmatched"],
        lanes=dict(Counter(lane or "unknown" for lane in month.lanes.values())),
        examined=len(examined),
        found=sum(one.found for one in examined),
        recovered=sum(one.duty or 0.0 for one in examined),
        currency=month.currency,
        chances=month.known,
        drawn=sum(RANDOM in codes for name, codes in files.criteria.items() if name in month.lanes)
        or sum(one.is_drawn for one in looked),
        random=figures[0].random if figures else None,
        figures=figures,
        advised=advice[0],
        caveats=_caveats(month, len(examined), advice[1]),
        left_out={name: count for name, count in month.counts.items() if name in COUNTED and count},
        sums={name or "?": float(amount) for name, amount in month.sums.items()},
        bases=month.bases,
    )


def _caveats(month: _Month, examined: int, why_no_advice: str | None) -> tuple[str, ...]:
    counts = month.counts
    told = [caveat("not perfect")]
    if month.known == "unknown":
        told.append(caveat("chances unknown"))
    if month.known == "from the column criteria":
        told.append(caveat("chances assumed"))
    if examined < 400:
        told.append(caveat("few examined", count=examined))
    if month.overridden:
        told.append(caveat("overridden", count=len(month.overridden)))
    dated: tuple[DayBasis, ...] = ("registered", "accepted", "issued")
    told.append(caveat("days", **{basis: f"{month.bases.get(basis, 0):,}" for basis in dated}))
    if undated := counts.get("undated", 0):
        told.append(caveat("undated", count=undated))
    if future := counts.get("future", 0):
        told.append(caveat("future", count=future))
    told += [caveat(name, count=counts[name]) for name in COUNTED if counts.get(name)]
    if len(month.sums) > 1:
        amounts = "; ".join(f"{amount:,.2f} {name or '?'}" for name, amount in month.sums.items())
        told.append(
            caveat("currencies", amounts=amounts, currency=month.currency)
            if month.currency
            else caveat("no main currency", amounts=amounts)
        )
    if counts["unmatched"]:
        told.append(caveat("unmatched", count=counts["unmatched"]))
    if without := max(0, counts["declarations"] - counts.get("with_bill", 0)):
        told.append(caveat("no bill", count=without))
    told.append(caveat("no advice", why=why_no_advice) if why_no_advice else caveat("as known"))
    return tuple(told)


def _date(day: float) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date()
