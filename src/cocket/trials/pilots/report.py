# SPDX-License-Identifier: Apache-2.0
"""The report of a pilot, from its sealed records alone: what was planned, what was done, what was found, what is not known.

It holds no clock and no chance, so that whoever has the records makes the same report again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Final, Literal

import msgspec

from cocket.errors import ProofError, SenderError
from cocket.languages import ENGLISH, Language
from cocket.ledger import Verifier
from cocket.trials.pilots.changes import changes_of
from cocket.trials.pilots.checklists import DESIGNS, MEASURES, consort, registration
from cocket.trials.pilots.estimate import Effect
from cocket.trials.pilots.protocol import PilotProtocol, digest_of
from cocket.trials.pilots.running import PilotData, Result
from cocket.trials.pilots.worlds import Power

#: Longest words of an officer's answer (characters).
LONGEST_WORDS: Final = 500

_OFFERED: Final = {
    "useful": ("yes", "partly", "no"),
    "time": ("less", "same", "more"),
    "alone": ("yes", "no", "unsure"),
}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer said after an examination.

    Attributes:
        pilot: About which pilot.
        useful: Whether what the pilot gave was of use: `yes`, `partly`, `no`.
        time: Whether the examination took `less`, the `same` or `more` time.
        alone: Whether he would have examined without it: `yes`, `no`, `unsure`.
        words: In his own words; may be empty.
        consignment: What was examined; empty in reports, and set here.
        by: Who; empty in reports.
        at: When, UTC; None until it is sealed.
    """

    pilot: str
    useful: Literal["yes", "partly", "no"]
    time: Literal["less", "same", "more"]
    alone: Literal["yes", "no", "unsure"]
    words: str = ""
    consignment: str = ""
    by: str = ""
    at: datetime | None = None

    def check(self) -> None:
        """Refuse answers that are not offered.

        Raises:
            SenderError: One is none of those offered, or the words are too long.
        """
        for name, offered in _OFFERED.items():
            if getattr(self, name) not in offered:
                raise SenderError(
                    "Answer each of the three questions.",
                    code="pilot-answer",
                    expected=", ".join(offered),
                    found=str(getattr(self, name))[:20],
                )
        if len(self.words) > LONGEST_WORDS:
            raise SenderError(f"Say it in at most {LONGEST_WORDS} characters.", code="pilot-words")


class PilotLook(msgspec.Struct, frozen=True, kw_only=True):
    """A look at a pilot, as it was sealed.

    Attributes:
        pilot: The pilot.
        number: From 1.
        version: Of the protocol then.
        at: When, UTC.
        by: Who looked.
        is_planned: Whether it was planned.
        hours: Hours of work since the last look, as who looked stated; None where nobody counted.
        data: What was counted.
        result: What it said.
        replayed: Day by the calendar that was replayed; None where the calendar was that of the clock.
    """

    pilot: str
    number: int
    version: int
    at: datetime
    by: str
    is_planned: bool
    hours: float | None
    data: PilotData
    result: Result
    replayed: date | None = None

    @property
    def day(self) -> date:
        """The day on which it was, by the calendar of the pilot."""
        return self.replayed or self.at.date()


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed record that a report rests on: its kind, its place in the log, when, and SHA-256 of its bytes."""

    kind: str
    place: int
    at: datetime
    sha256: str


class PilotRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was sealed of a pilot.

    Attributes:
        versions: Of the protocol, oldest first (1..n).
        looks: In their order (0..n).
        answers: Of officers, without their names (0..n).
        sealed: The records that all of this was read from (1..n).
    """

    versions: tuple[PilotProtocol, ...]
    looks: tuple[PilotLook, ...] = ()
    answers: tuple[Answer, ...] = ()
    sealed: tuple[Sealed, ...] = ()

    @property
    def protocol(self) -> PilotProtocol:
        """The newest version."""
        return self.versions[-1]

    def protocol_of(self, version: int) -> PilotProtocol:
        """The version of a number."""
        return next(one for one in self.versions if one.version == version)


class PilotStatement(msgspec.Struct, frozen=True, kw_only=True):
    """What the administration signs of a report. The fields stand in JCS order.

    Attributes:
        log: Origin of the log that holds the records.
        pilot: Id of the pilot.
        report: SHA-256 of the canonical JSON of the record that it is made from.
        v: Version of this form.
    """

    log: str
    pilot: str
    report: str
    v: Literal[1] = 1


class SignedReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report with what proves it.

    Attributes:
        administration: Whose it is.
        record: What it is made from.
        is_same: Whether the analysis, done again from the sealed counts, gives what the last look says.
        seed: Seed of the draw in hexadecimal digits, once nothing is drawn by it any more; empty before.
        statement: What is signed.
        signature: Ed25519, hexadecimal, over the JSON of the statement.
        key: The public key, in C2SP form.
    """

    administration: str
    record: PilotRecord
    is_same: bool
    seed: str
    statement: PilotStatement
    signature: str
    key: str


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a report: a heading, a paragraph, or a table.

    Attributes:
        kind: Which.
        text: Of a heading or paragraph.
        heads: Of a table.
        rows: Of a table; each as long as its heads.
        is_quiet: Whether it is an aside.
    """

    kind: Literal["heading", "text", "table"]
    text: str = ""
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    is_quiet: bool = False


def read_signed(content: bytes, key: str | None = None) -> SignedReport:
    """A report as JSON, checked: its signature, and that the analysis again gives what it says.

    Args:
        content: As `cocket trials report --format json` writes it.
        key: The administration's public key as one knows it from elsewhere; None to take the report's own, which shows that it is
            whole but not whose it is.

    Raises:
        ProofError: It is no report, another key signed it, or it was changed.
        SenderError: It is no JSON of a report.
    """
    try:
        report = msgspec.json.decode(content, type=SignedReport)
    except msgspec.MsgspecError as error:
        raise SenderError(f"This is not a report of a pilot: {error}.", code="pilot-report") from error
    if key is not None and key != report.key:
        raise ProofError("This report is of another key.", code="report-key", expected=key, found=report.key)
    found = digest_of(report.record)
    if found != report.statement.report:
        raise ProofError(
            "This report was changed after it was signed.",
            code="report-changed",
            expected=report.statement.report,
            found=found,
        )
    try:
        signature = bytes.fromhex(report.signature)
    except ValueError as error:
        raise ProofError("The signature is not in hexadecimal digits.", code="report-signature") from error
    if not Verifier.from_vkey(report.key).signed(msgspec.json.encode(report.statement), signature):
        raise ProofError("The signature does not hold.", code="report-signature")
    return report


def title_of(report: SignedReport, language: Language = ENGLISH) -> str:
    """What a report is called."""
    return language.say("Report of the pilot {title}", title=report.record.protocol.plan.title)


def blocks_of(report: SignedReport, language: Language = ENGLISH) -> tuple[Block, ...]:
    """A report in a language, part by part."""
    record = report.record
    return (
        *_summary(record, language),
        *_planned(record, language),
        *_found(record, language),
        *_done(record, language),
        *_cost(record, language),
        *_said(record, language),
        *_unknown(record, language),
        *_checklists(record, report.administration, language),
        *_proof(report, language),
    )


def _head(text: str) -> Block:
    return Block(kind="heading", text=text)


def _text(text: str, *, is_quiet: bool = False) -> Block:
    return Block(kind="text", text=text, is_quiet=is_quiet)


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Block:
    return Block(kind="table", heads=heads, rows=tuple(rows))


def _summary(record: PilotRecord, language: Language) -> list[Block]:
    say, protocol = language.say, record.protocol
    last = record.looks[-1].result
    found = [_head(say("What it says"))]
    if last.effect is None:
        found.append(_text(say("No effect can be shown.") + " " + language.translate(last.lack)))
    else:
        found.append(
            _text(
                say(
                    "With the treatment {value} of 100 more than without ({low} to {high}, {level} % interval).",
                    value=hundred(last.effect.value),
                    low=hundred(last.effect.low),
                    high=hundred(last.effect.high),
                    level=f"{last.effect.level * 100:g}",
                )
            )
        )
        found.append(_text(verdict_of(last, protocol, language)))
    found += _shadow(last, language)
    if not last.is_final:
        found.append(
            _text(say("This is not the end of the pilot: the figures of its last look stand here."), is_quiet=True)
        )
    if protocol.stopped is not None:
        found.append(
            _text(
                say(
                    "It was stopped on {day} by {who}: {reason}",
                    day=f"{protocol.stopped:%Y-%m-%d}",
                    who=protocol.stopped_by,
                    reason=protocol.stop_reason,
                )
            )
        )
    return found


def _shadow(last: Result, language: Language) -> list[Block]:
    """What a shadow found of what was examined, by what was advised, and what that cannot say."""
    say = language.say
    if not last.shadow:
        return []
    rows = [
        (
            language.translate(SHADOWS[one.name]),
            str(one.examined),
            hundred(one.value),
            hundred(one.low),
            hundred(one.high),
        )
        for one in last.shadow
    ]
    word = _words(language)
    found = [_table((word("examined"), word("consignments"), say("Irregular, of 100"), word("from"), word("to")), rows)]
    if last.advice is not None:
        found.append(
            _text(
                say(
                    "Of what was examined anyway, {value} of 100 more were irregular where our advice was to examine ({low} to {high}).",
                    value=hundred(last.advice.value),
                    low=hundred(last.advice.low),
                    high=hundred(last.advice.high),
                )
            )
        )
    found.append(
        _text(
            say(
                "What others chose to examine is not a sample: only what chance drew stands for the rest. It cannot say what officers would"
                " have done with our advice, nor what it would have found among what was not examined."
            ),
            is_quiet=True,
        )
    )
    return found


def verdict_of(result: Result, protocol: PilotProtocol, language: Language = ENGLISH) -> str:
    """What may be said of an effect, in one sentence."""
    say, effect = language.say, result.effect
    if effect is None:
        return say("No effect can be shown.")
    if any(one.code == "harm" for one in result.stops):
        return say("The bound of harm is passed: the treatment finds less.")
    if not result.is_final:
        if result.is_proven:
            return say("The bound of benefit is passed before the end: the treatment finds more.")
        return say("No bound is passed, so nothing may be concluded yet.")
    if result.p is not None and result.p <= protocol.plan.alpha:
        stands = effect.value if result.z is None else result.z
        return (
            say("The treatment finds more.") if stands > 0 else say("The treatment finds less.")
        ) + f" p = {_p(result.p)}"
    return say("No difference is shown; that is no proof that there is none.") + f" p = {_p(result.p)}"


def _planned(record: PilotRecord, language: Language) -> list[Block]:
    say, word, first, newest = language.say, _words(language), record.versions[0], record.protocol
    plan, missing = newest.plan, language.say("not recorded")
    rows = [
        (word("question"), plan.question),
        (word("treatment"), plan.treatment),
        (say("Primary measure"), language.translate(MEASURES[plan.measure])),
        (word("design"), language.translate(DESIGNS[plan.design])),
        (word("days"), f"{plan.first} – {plan.last}, {plan.periods} × {plan.period_days}"),
        (say("Results count until"), str(plan.locked)),
        (word("offices"), ", ".join(plan.offices)),
        (say("Share without the treatment, of 100"), hundred(plan.base)),
        (say("Smallest difference worth finding, of 100"), hundred(plan.effect)),
        (say("Consignments of an office in a period"), f"{plan.cell_size:g}"),
        (say("Alike within an office (ICC, CAC)"), f"{plan.spread.icc:.4g}, {plan.spread.cac:.4g}"),
        (say("Where these come from"), plan.basis or missing),
        (say("Power by simulation"), _power(newest.power, language)),
        (say("Who decides"), plan.board or missing),
        (word("ethics"), plan.ethics or missing),
        (word("sealed"), f"{first.sealed:%Y-%m-%d %H:%M} UTC, {first.by}"),
        (word("frozen"), "; ".join(f"{name}: {value}" for name, value in sorted(plan.frozen.items())) or missing),
        (say("Commitment to the draw"), first.commitment),
    ]
    found = [_head(say("What was planned")), _table((word("item"), say("As sealed")), rows)]
    if newest.steps_of:
        steps = sorted(newest.steps_of.items(), key=lambda each: (each[1], each[0]))
        found.append(_table((word("office"), say("Treatment from period")), [(o, str(s + 1)) for o, s in steps]))
    if first.replayed is not None:
        found.append(
            _text(
                say(
                    "This instance replays a past: by its calendar the plan was sealed on {day}. What shows that it came first is"
                    " its place in the log, {place}, before the papers of its days.",
                    day=str(first.replayed),
                    place=record.sealed[0].place,
                )
            )
        )
    if newest.changes:
        found.append(
            _table(
                (word("changed"), word("by"), word("what"), word("why"), say("After the start")),
                [
                    (
                        f"{one.at:%Y-%m-%d}",
                        one.by,
                        "; ".join(f"{each.name}: {each.before or '–'} → {each.after or '–'}" for each in one.fields),
                        one.reason,
                        word("yes") if one.is_after_start else word("no"),
                    )
                    for one in changes_of(record.versions)
                ],
            )
        )
    else:
        found.append(_text(say("Nothing was changed after it was sealed."), is_quiet=True))
    return found


def _found(record: PilotRecord, language: Language) -> list[Block]:
    say, word, last = language.say, _words(language), record.looks[-1]
    result = last.result
    found = [_head(say("What was found"))]
    effects = [(say("Primary effect"), result.effect), (say("By the other model of a wedge"), result.other)]
    rows = [(name, *_effect(one)) for name, one in effects if one is not None]
    if rows:
        found.append(_table((word("estimate"), say("Of 100"), word("from"), word("to"), "p"), rows))
    if result.best is not None or result.worst is not None:
        found.append(
            _text(
                say(
                    "If everything missing had gone for the treatment: {best}; against it: {worst} (of 100).",
                    best=hundred(result.best),
                    worst=hundred(result.worst),
                )
            )
        )
    for heading, several in ((word("office"), result.offices), (say("Size of trader"), result.sizes)):
        if several:
            lines = [(name, *(_effect(one)[:3] if one else ("–", "–", "–"))) for name, one in several]
            found.append(_table((heading, say("Of 100"), word("from"), word("to")), lines))
    if result.offices:
        found.append(
            _text(
                say(
                    "Figures of one office or size are differences without more: in a wedge they hold the course of time too."
                    " Small groups are not shown."
                ),
                is_quiet=True,
            )
        )
    looks = [
        (
            str(one.number),
            str(one.day),
            str(one.result.periods),
            "–" if one.result.z is None else f"{one.result.z:.2f}",
            "–" if one.result.bound is None else f"{bound(one.result.bound.harm)} … {bound(one.result.bound.benefit)}",
            ", ".join(language.translate(STOPS[rule.code]) for rule in one.result.stops) or "–",
        )
        for one in record.looks
    ]
    heads = (word("look"), word("day"), say("Whole periods"), "z", word("bounds"), say("Says stop"))
    return [*found, _table(heads, looks)]


def _done(record: PilotRecord, language: Language) -> list[Block]:
    say, word, last = language.say, _words(language), record.looks[-1]
    rows = [
        (
            say("with the treatment") if one.arm == "treated" else word("without"),
            *(str(each) for each in (one.consignments, one.ordered, one.examined, one.found, one.missing)),
            _share(one.overridden, one.consignments),
            _share(one.followed, one.known),
        )
        for one in last.result.arms
    ]
    heads = (
        word("arm"), word("consignments"), word("ordered"), word("examined"), word("irregular"), word("missing"),
        say("Lane set by an officer"), say("Handled in the lane advised"),
    )  # fmt: skip
    left = [(language.translate(LEFT_OUT.get(name, name)), str(count)) for name, count in last.data.left_out.items()]
    found = [_head(say("What was done")), _table(heads, rows)]
    if left:
        found.append(_table((say("Left out"), word("consignments")), left))
    if last.data.held:
        found.append(
            _text(say("Advice that was not given to the host, in the arm without the treatment, and what came of it:"))
        )
        lanes = [
            (language.translate(LANES.get(one.name, one.name)), *map(str, (one.consignments, one.examined, one.found)))
            for one in last.data.held
        ]
        found.append(_table((say("Lane advised"), word("consignments"), word("examined"), word("irregular")), lanes))
    return found


def _cost(record: PilotRecord, language: Language) -> list[Block]:
    say, word = language.say, _words(language)
    counted = [one.hours for one in record.looks if one.hours is not None]
    stated = record.protocol.plan.hours
    waiting = [
        (
            say("with the treatment") if one.arm == "treated" else word("without"),
            str(one.results),
            *("–" if each is None else f"{each:.1f}" for each in (one.mean, one.median, one.p95)),
        )
        for one in record.looks[-1].data.waiting
    ]
    heads = (word("arm"), word("results"), word("mean"), word("median"), say("95th percentile"))
    return [
        _head(say("What it cost")),
        _text(
            say(
                "Hours of work counted at looks: {counted}. Expected a week: {stated}.",
                counted=f"{sum(counted):g}" if counted else say("not recorded"),
                stated=say("not recorded") if stated is None else f"{stated:g}",
            )
        ),
        _text(say("Hours from advice to result:")),
        _table(heads, waiting),
    ]


def _said(record: PilotRecord, language: Language) -> list[Block]:
    say, word = language.say, _words(language)
    found = [_head(say("What officers said"))]
    if not record.answers:
        return [*found, _text(say("No officer answered the three questions."))]
    rows = []
    for name, question in QUESTIONS.items():
        counts = [
            f"{language.translate(ANSWERS[one])}: {sum(getattr(each, name) == one for each in record.answers)}"
            for one in _OFFERED[name]
        ]
        rows.append((language.translate(question), "; ".join(counts)))
    found.append(_table((word("question"), word("answers")), rows))
    words = [one.words for one in record.answers if one.words.strip()]
    return [*found, *(_text(f"“{one}”") for one in words[:50])]


def _unknown(record: PilotRecord, language: Language) -> list[Block]:
    say, plan = language.say, record.protocol.plan
    found = [
        _head(say("What was not measured")),
        _text(say("What was not examined: a find that was not made is not in these figures.")),
        _text(say("What officers report is not always what is there; only a second examination by others can tell.")),
        _text(say("Whether the effect lasts after the pilot, or moves trade to offices that took no part.")),
    ]
    if plan.applies == "record":
        found.append(
            _text(
                say(
                    "The kit recorded who was in which arm; that the treatment was given is known as far as stated above."
                )
            )
        )
    return found


def _checklists(record: PilotRecord, administration: str, language: Language) -> list[Block]:
    """What readers and registries of trials ask, answered from the sealed records or said not to be."""
    say, word = language.say, _words(language)
    return [
        _head(say("What readers of trials ask")),
        _text(say("After CONSORT and its extension for stepped wedges, in our own words."), is_quiet=True),
        _table((word("question"), word("answers"), say("Where in this report")), consort(record, language)),
        _head(say("For a registry of trials")),
        _table((word("item"), say("As sealed")), registration(record, administration, language)),
    ]


def _proof(report: SignedReport, language: Language) -> list[Block]:
    say, word = language.say, _words(language)
    rows = [(one.kind, str(one.place), f"{one.at:%Y-%m-%d %H:%M:%S}", one.sha256) for one in report.record.sealed]
    again = (
        say("The analysis was done again from the sealed counts and gives the same.")
        if report.is_same
        else say(
            "The analysis done again from the sealed counts gives something else: this version of the program computes otherwise."
        )
    )
    return [
        _head(say("What proves it")),
        _text(again),
        _text(say("Made from these sealed records alone; the command makes the same report again:")),
        _text(f"cocket trials report {report.statement.pilot}"),
        _table((word("record"), say("Place in the log"), say("Sealed, UTC"), "SHA-256"), rows),
        _table(
            (word("item"), word("value")),
            [
                (word("administration"), report.administration),
                (word("log"), report.statement.log),
                (say("SHA-256 of the record"), report.statement.report),
                (say("Signature (Ed25519)"), report.signature),
                (say("Public key"), report.key),
                (say("Seed of the draw"), report.seed or say("secret while the pilot runs")),
            ],
        ),
    ]


def _words(language: Language) -> Callable[[str], str]:
    """Says single words."""
    return lambda name: language.translate(WORDS[name])


def hundred(share: float | None) -> str:
    """A share as so many of a hundred; a dash for what is not known."""
    return "–" if share is None else f"{share * 100:+.2f}" if share < 0 else f"{share * 100:.2f}"


def bound(z: float | None) -> str:
    """A bound of a look; a dash where no order is rare enough yet."""
    return "–" if z is None else f"{z:.2f}"


def _effect(one: Effect) -> tuple[str, str, str, str]:
    return hundred(one.value), hundred(one.low), hundred(one.high), _p(one.p)


def _p(p: float | None) -> str:
    return "–" if p is None else f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _share(part: int, whole: int) -> str:
    return "–" if not whole else f"{part} / {whole} ({part / whole:.0%})"


def _power(power: Power | None, language: Language) -> str:
    if power is None:
        return "–"
    return language.say(
        "{power} of 100 pilots (± {error}, {runs} tried)",
        power=f"{power.power * 100:.0f}",
        error=f"{power.error * 200:.0f}",
        runs=power.runs,
    )


def _(text: str) -> str:
    """Marks a sentence for translation."""
    return text


STOPS: Final[dict[str, str]] = {
    "harm": _("Finds go down"),
    "delay": _("The slowest examinations take longer (hours)"),
    "not-examined": _("Ordered and not examined (share)"),
    "overrides": _("Lanes set otherwise by officers (share)"),
    "missing": _("Results missing in one arm more than in the other"),
    "queue": _("Examinations that wait (count)"),
}

SHADOWS: Final[dict[str, str]] = {
    "anyway-advised": _("Chosen by others, and our advice was to examine"),
    "anyway-not": _("Chosen by others, and our advice was not to"),
    "drawn-advised": _("Drawn by chance, and our advice was to examine"),
    "drawn-not": _("Drawn by chance, and our advice was not to"),
}

LANES: Final[dict[str, str]] = {
    "red": _("red"), "yellow": _("yellow"), "blue": _("blue"), "green": _("green"), "unknown": _("not known"),
}  # fmt: skip

LEFT_OUT: Final[dict[str, str]] = {
    "no-day": _("No day of declaration can be read"),
    "no-office": _("No office is known"),
    "elsewhere": _("Another office, or after the stop"),
}

QUESTIONS: Final[dict[str, str]] = {
    "useful": _("Was what the pilot gave you of use?"),
    "time": _("Did the examination take less, the same or more time?"),
    "alone": _("Would you have examined without it?"),
}

ANSWERS: Final[dict[str, str]] = {
    "yes": _("yes"), "partly": _("partly"), "no": _("no"), "less": _("less"), "same": _("the same"), "more": _("more"),
    "unsure": _("unsure"),
}  # fmt: skip

WORDS: Final[dict[str, str]] = {
    "administration": _("Administration"),
    "answers": _("Answers"),
    "arm": _("Arm"),
    "bounds": _("Bounds"),
    "by": _("By"),
    "changed": _("Changed"),
    "consignments": _("Consignments"),
    "day": _("Day"),
    "days": _("Days"),
    "design": _("Design"),
    "estimate": _("Estimate"),
    "ethics": _("Ethics"),
    "examined": _("Examined"),
    "from": _("From"),
    "frozen": _("Frozen"),
    "irregular": _("Irregular"),
    "item": _("Item"),
    "log": _("Log"),
    "look": _("Look"),
    "mean": _("Mean"),
    "median": _("Median"),
    "missing": _("Missing"),
    "no": _("no"),
    "office": _("Office"),
    "offices": _("Offices"),
    "ordered": _("Ordered"),
    "question": _("Question"),
    "record": _("Record"),
    "results": _("Results"),
    "sealed": _("Sealed"),
    "to": _("To"),
    "treatment": _("Treatment"),
    "value": _("Value"),
    "what": _("What"),
    "why": _("Why"),
    "without": _("without"),
    "yes": _("yes"),
}
